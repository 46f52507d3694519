"""From a photo in a parent's mail to a child who can be registered, through real servers: nothing is pretended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

import pytest

from backoffice.documents.arrivals.mailbox import Mailbox, opened
from backoffice.documents.arrivals.reading import read_mailbox
from backoffice.documents.arrivals.sorting import ListArrivals, SortArrival
from backoffice.documents.deciding import AcceptDocument, OpenFile, RejectDocument
from backoffice.documents.kinds import DocumentState
from backoffice.documents.obligations import ListObligations
from backoffice.documents.queue import ListQueue, ReadPiece
from backoffice.documents.safety.judging import judge
from backoffice.documents.starting import reject_reasons
from backoffice.documents.taking import TakePiece
from backoffice.kernel.application import Application
from backoffice.kernel.errors import UserError
from backoffice.kernel.mailing import MailAccount
from backoffice.letters.posting import Posting, Sender, posting
from backoffice.letters.sending import send_letters
from backoffice.registrations.commands import RegisterChild
from tests.documents.conftest import YEAR, Desk
from tests.documents.safety.hostile import photo
from tests.support.mail_servers import LOGIN, PASSWORD, BoxServer, Drop, imap_server, smtp_server
from tests.support.towns import NOON, SmallTown
from tests.support.workers import worker_door

HER = "camille@familles.example"


@dataclass
class Post:
    """The mailbox families write to, and the server the town sends by."""

    box: BoxServer
    drop: Drop
    port: int

    def families_write(self, subject: str, name: str, content: bytes) -> None:
        message = EmailMessage()
        message["From"], message["Subject"] = f"Camille <{HER}>", subject
        message.set_content("Bonjour, voici.")
        message.add_attachment(content, maintype="image", subtype="jpeg", filename=name)
        self.box.put(message.as_bytes(), "INBOX")

    def open_box(self) -> AbstractContextManager[Mailbox]:
        return opened(MailAccount("imap", "127.0.0.1", self.box.port, LOGIN), PASSWORD, "INBOX")

    def open_post(self) -> AbstractContextManager[Posting]:
        sender = Sender("Mairie de Valbrume", "enfance@valbrume.example")
        return posting(MailAccount("smtp", "127.0.0.1", self.port, ""), None, sender)


@pytest.fixture
def post() -> Iterator[Post]:
    drop = Drop()
    with ExitStack() as servers:
        yield Post(servers.enter_context(imap_server()), drop, servers.enter_context(smtp_server(drop)))


@contextmanager
def service(town: SmallTown) -> Iterator[Application]:
    """Who reads mail and sends letters: the background service, or the window of a base that is not shared."""
    if town.app.database.is_embedded:
        yield town.app
    else:
        with worker_door(town.database) as worker:
            yield worker


def _take_in(desk: Desk, post: Post) -> int:
    """What arrived, tied to its family as the insurance of its child: the document to review."""
    with service(desk.town) as background:
        read_mailbox(background, post.open_box, judge)
    (arrival,) = [view for view in desk.town.ask(ListArrivals()) if view.files]
    assert arrival.proposal is not None
    assert arrival.proposal.family_id == desk.family.id
    return desk.town.do(SortArrival(arrival.id, desk.family.id, desk.family.child, "INSURANCE"))


def _send(desk: Desk, post: Post, seconds: int) -> None:
    with service(desk.town) as background:
        send_letters(background, post.open_post, now=lambda: NOON + timedelta(seconds=seconds))


def test_from_a_mail_to_a_registration(desk: Desk, post: Post) -> None:
    town = desk.town
    town.sql("UPDATE people SET email = :email, version = version + 1 WHERE id = :id",
             email=HER, id=desk.family.parent)
    desk.send_everything()
    town.spoil("DELETE FROM documents WHERE type_id = :type", type=desk.type_id("INSURANCE"))
    assert town.refused(_registration(desk)) == "registration.held_back"

    # A photo arrives, and is rejected with a comment.
    post.families_write("Assurance", "IMG_0042.jpg", photo((400, 300)))
    blurred = _take_in(desk, post)
    (line,) = town.ask(ListQueue()).lines
    assert (line.document_id, line.blocks_opening) == (blurred, True)
    assert town.do(TakePiece((blurred,))) == blurred
    piece = town.ask(ReadPiece(blurred))
    assert town.do(OpenFile(piece.files[0].id)) == photo((400, 300))
    said = reject_reasons()["insurance_cover"].words
    town.do(RejectDocument(blurred, piece.version, "insurance_cover", said))
    assert town.ask(ListQueue()).lines == ()
    _send(desk, post, 59)
    assert post.drop.received == []
    _send(desk, post, 61)
    (mail,) = post.drop.messages
    assert mail["To"] == HER
    assert said in " ".join(mail.get_content().split())
    assert town.refused(_registration(desk)) == "registration.held_back"

    # A new one comes, is accepted, and the child is free.
    post.families_write("Assurance, encore", "attestation.jpg", photo((800, 600)))
    good = _take_in(desk, post)
    piece = town.ask(ReadPiece(good))
    assert [(one.document_id, one.state) for one in piece.sent_before] == [(blurred, DocumentState.REJECTED)]
    assert piece.sent_before[0].comment == said
    town.do(AcceptDocument(good, piece.version, YEAR.start, YEAR.end))  # the server's clock has its own year
    assert town.ask(ListObligations(desk.family.id)).blocked == frozenset()
    assert desk.register() > 0
    _send(desk, post, 180)
    assert len(post.drop.received) == 2


def _registration(desk: Desk) -> RegisterChild:
    return RegisterChild(desk.family.id, desk.family.child, desk.activity, YEAR)


def test_a_family_s_decisions_make_one_mail(desk: Desk, post: Post) -> None:
    desk.town.sql("UPDATE people SET email = :email, version = version + 1 WHERE id = :id",
                  email=HER, id=desk.family.parent)
    for code, person in (("PHOTO", desk.family.child), ("INSURANCE", desk.family.child), ("RULES_SIGNED", None)):
        document = desk.add(code, code.encode(), person=person)
        piece = desk.piece(document)
        desk.town.do(AcceptDocument(document, piece.version, piece.period.start, piece.period.end))
    _send(desk, post, 61)
    (mail,) = post.drop.messages
    assert "Photo récente" in mail.get_content()
    assert "Attestation d'assurance" in mail.get_content()


def test_what_was_decided_is_not_decided_again(desk: Desk) -> None:
    document = desk.add("RULES_SIGNED")
    piece = desk.piece(document)
    desk.town.do(AcceptDocument(document, piece.version, piece.period.start, piece.period.end))
    with pytest.raises(UserError) as refused:
        desk.town.do(RejectDocument(document, piece.version, "unreadable", "Illisible."))
    assert refused.value.code == "documents.decided_already"
