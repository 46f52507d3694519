"""What arrives: from a real mailbox and a scanner's folder into the sorting basket, once each, then to a family."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from itertools import count
from pathlib import Path

import pytest

from backoffice.documents.arrivals.depositing import deposit
from backoffice.documents.arrivals.folder import ScanFolder
from backoffice.documents.arrivals.mail import Mail, read_mail
from backoffice.documents.arrivals.mailbox import Mailbox, opened
from backoffice.documents.arrivals.reading import read_mailbox
from backoffice.documents.arrivals.receiving import LARGEST
from backoffice.documents.arrivals.sorting import (
    ArrivalView,
    DiscardArrival,
    ListArrivals,
    OpenArrivalFile,
    RestoreArrival,
    SortArrival,
)
from backoffice.documents.kinds import Origin
from backoffice.documents.safety.verdict import NewFile, Verdict
from backoffice.kernel.application import Application
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.mailing import MailAccount
from backoffice.kernel.progress import Progress, silent
from tests.letters.test_sending import household
from tests.support.mail_servers import LOGIN, PASSWORD, BoxServer, imap_server, silent_server
from tests.support.pretending import Authority
from tests.support.towns import SmallTown
from tests.support.workers import worker_door

_NUMBERS = count(1)
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4


def judge(files: Sequence[NewFile], _progress: Progress) -> Sequence[Verdict]:
    """Lets photos in, and nothing else."""
    return [_photo() if file.content.startswith(b"\xff\xd8") else _other() for file in files]


def _photo() -> Verdict:
    return Verdict(
        accepted=True, media_type="image/jpeg", pages=1, flags=(), code="", sentence="", content=None
    )


def _other() -> Verdict:
    told = "Ce fichier n'est pas une image."
    return Verdict(
        accepted=False, media_type="", pages=0, flags=(), code="file.not_shown", sentence=told, content=None
    )


@pytest.fixture(scope="module")
def server() -> Iterator[BoxServer]:
    with imap_server() as made:
        yield made


@dataclass(frozen=True)
class Box:
    """A folder of the mailbox, of one test alone. It begins with a message that no test means."""

    server: BoxServer
    name: str

    @property
    def coded(self) -> str:
        return '"' + self.name.replace("è", "&AOg-") + '"'

    def put(self, *files: tuple[str, bytes], sender: str = "camille@familles.example") -> None:
        self.server.put(mail(*files, sender=sender), self.coded)

    def __call__(self) -> AbstractContextManager[Mailbox]:
        return opened(_account(self.server.port), PASSWORD, self.name)


@pytest.fixture
def box(server: BoxServer) -> Box:
    made = Box(server, f"Pièces {next(_NUMBERS)}")
    server.put(b"Subject: vide\r\n\r\n", made.coded)
    return made


def mail(*files: tuple[str, bytes], sender: str = "camille@familles.example") -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = f"Camille <{sender}>", "Assurance"
    message.set_content("Voici.")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def basket(town: SmallTown) -> list[ArrivalView]:
    """What waits there on purpose."""
    return [view for view in town.ask(ListArrivals()) if view.subject != "vide"]


# --- by mail -----------------------------------------------------------------------------------------------------


def test_a_mail_lands_in_the_basket_with_a_proposal(either_town: SmallTown, box: Box) -> None:
    home = household(either_town, "Camille@familles.example")
    box.put(("photo.jpg", PHOTO), ("macro.docm", b"PK\x03\x04"))
    read_mailbox(either_town.app, box, judge)
    (view,) = basket(either_town)
    assert (view.channel, view.sender, view.body) == (Origin.EMAIL, "camille@familles.example", "Voici.")
    assert view.proposal is not None
    assert (view.proposal.family_id, view.proposal.family) == (home.id, "DUBOIS")
    photo, macro = view.files
    assert (photo.name, photo.media_type, photo.size, photo.refusal) == ("photo.jpg", "image/jpeg", len(PHOTO), "")
    assert (macro.name, macro.size, macro.refusal) == ("macro.docm", 0, "file.not_shown")
    assert either_town.do(OpenArrivalFile(photo.id)) == NewFile("photo.jpg", PHOTO)
    assert either_town.refused(OpenArrivalFile(macro.id)) == "arrival.file_refused"


def test_each_message_is_taken_once(either_town: SmallTown, box: Box) -> None:
    box.put(("a.jpg", PHOTO))
    assert read_mailbox(either_town.app, box, judge) == 2
    assert read_mailbox(either_town.app, box, judge) == 0
    box.put(("b.jpg", PHOTO + b"2"))
    assert read_mailbox(either_town.app, box, judge) == 1
    assert len(basket(either_town)) == 2


def test_a_mailbox_numbered_anew_brings_nothing_back(town: SmallTown, box: Box) -> None:
    box.put(("a.jpg", PHOTO))
    read_mailbox(town.app, box, judge)
    town.sql("UPDATE document_arrivals SET key = key || 'x', version = version + 1")
    assert read_mailbox(town.app, box, judge) == 2
    assert len(basket(town)) == 1
    assert [row["state"] for row in town.rows("document_arrivals")] == ["to_sort"] * 2 + ["discarded"] * 2
    assert len(town.rows("document_arrival_files")) == 1


def test_an_address_of_two_families_proposes_none(town: SmallTown, box: Box) -> None:
    household(town, "camille@familles.example")
    household(town, "camille@familles.example", "PETIT")
    box.put(("a.jpg", PHOTO))
    read_mailbox(town.app, box, judge)
    (view,) = basket(town)
    assert (view.proposal, view.known_in) == (None, 2)


def test_the_background_service_reads_it_without_seeing_families(
    shared_town: SmallTown, box: Box
) -> None:
    household(shared_town, "camille@familles.example")
    box.put(("a.jpg", PHOTO))
    with worker_door(shared_town.database) as worker:
        assert read_mailbox(worker, box, judge) == 2
    (view,) = basket(shared_town)
    assert view.proposal is not None


def test_twenty_megabytes_arrive_whole(town: SmallTown, box: Box) -> None:
    large = PHOTO + bytes(20 * 1024 * 1024)
    box.put(("scan.jpg", large))
    read_mailbox(town.app, box, judge)
    (view,) = basket(town)
    assert town.do(OpenArrivalFile(view.files[0].id)).content == large


def test_a_message_that_is_too_large_is_said_and_not_read(
    town: SmallTown, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.documents.arrivals.reading.LARGEST", 3000)
    box.put(("a.jpg", PHOTO * 4))
    box.put(("b.jpg", PHOTO))
    read_mailbox(town.app, box, judge)
    first, second = basket(town)
    assert [file.refusal for file in first.files + second.files] == ["arrival.too_large", ""]


def test_what_crashes_the_reader_stops_no_other_mail(
    town: SmallTown, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.put(("a.jpg", PHOTO), sender="bad@familles.example")
    box.put(("b.jpg", PHOTO))

    def fragile(raw: bytes) -> Mail:
        if b"bad@familles" in raw:
            raise RecursionError
        return read_mail(raw)

    monkeypatch.setattr("backoffice.documents.arrivals.reading.read_mail", fragile)
    read_mailbox(town.app, box, judge)
    first, second = basket(town)
    assert [file.refusal for file in first.files + second.files] == ["arrival.unreadable", ""]


@pytest.mark.parametrize(
    ("known", "password", "refusal"),
    [(True, PASSWORD, ""), (True, "fausse", "mail.refused"), (True, None, "mail.no_password"),
     (False, PASSWORD, "mail.untrusted")],
)
def test_a_mailbox_is_opened_by_a_server_that_proved_its_name_only(
    tmp_path: Path, known: bool, password: str | None, refusal: str
) -> None:
    authority = Authority(tmp_path)
    authority.certificate("localhost")
    (file,) = tmp_path.glob("serveur-*.pem")
    told = str(authority.file if known else Authority(tmp_path, "Une autre").file)
    with imap_server(file) as secured:
        account = MailAccount("imap", "localhost", secured.port, LOGIN, told)
        if not refusal:
            with opened(account, password) as mailbox:
                assert isinstance(mailbox._server.sock, ssl.SSLSocket)
            return
        with pytest.raises(EnvironmentFault) as caught, opened(account, password):
            pass
    assert caught.value.code == refusal


def test_a_mailbox_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.documents.arrivals.mailbox.TIMEOUT_SECONDS", 0.2)
    with silent_server() as port:
        pass
    with pytest.raises(EnvironmentFault, match=r"mail\.unreachable"), opened(_account(port), PASSWORD):
        pass
    with (
        silent_server() as mute, pytest.raises(EnvironmentFault, match=r"mail\.unreachable"),
        opened(_account(mute), PASSWORD),
    ):
        pass


def test_a_folder_that_is_not_there_is_said(server: BoxServer) -> None:
    with pytest.raises(EnvironmentFault, match=r"mail\.no_folder"), opened(_account(server.port), PASSWORD, "Nulle"):
        pass


def _account(port: int) -> MailAccount:
    return MailAccount("imap", "127.0.0.1", port, LOGIN)


# --- by the scanner ----------------------------------------------------------------------------------------------


class Scanner:
    """A watched folder and its ticks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 0.0
        self.watched = ScanFolder(folder, lambda: self.now)

    def look(self, app: Application, after: float = 0) -> int:
        self.now += after
        return self.watched.empty(app, judge)

    def left(self) -> list[str]:
        return sorted(file.name for file in self.folder.iterdir() if file.is_file())

    def taken(self) -> list[str]:
        return sorted(file.name for file in (self.folder / "Repris").glob("*"))


@pytest.fixture
def scanner(tmp_path: Path) -> Scanner:
    folder = tmp_path / "numérisations à trier"
    folder.mkdir()
    return Scanner(folder)


def test_a_scan_is_taken_once_it_is_whole(either_town: SmallTown, scanner: Scanner) -> None:
    file = scanner.folder / "numérisation 1.jpg"
    file.write_bytes(PHOTO[:100])
    scanner.look(either_town.app)
    file.write_bytes(PHOTO)
    assert scanner.look(either_town.app, 11) == 0  # it has just changed
    assert scanner.look(either_town.app, 5) == 0
    assert scanner.look(either_town.app, 5) == 1
    (view,) = either_town.ask(ListArrivals())
    assert (view.channel, view.files[0].name, view.files[0].size) == (Origin.POST, "numérisation 1.jpg", len(PHOTO))
    assert (scanner.left(), scanner.taken()) == ([], ["numérisation 1.jpg"])


def test_the_same_name_takes_nobody_s_place(town: SmallTown, scanner: Scanner) -> None:
    for content in (PHOTO, PHOTO + b"2"):
        (scanner.folder / "scan.jpg").write_bytes(content)
        scanner.look(town.app)
        assert scanner.look(town.app, 10) == 1
    assert scanner.taken() == ["scan (2).jpg", "scan.jpg"]


def test_what_is_not_a_scan_is_left(town: SmallTown, scanner: Scanner, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(PHOTO)
    (scanner.folder / "page.tmp").write_bytes(PHOTO)
    (scanner.folder / "empty.jpg").write_bytes(b"")
    (scanner.folder / ".hidden.jpg").write_bytes(PHOTO)
    with suppress(OSError):  # Windows lets few accounts make one
        (scanner.folder / "link.jpg").symlink_to(secret)
    (scanner.folder / "sub").mkdir()
    scanner.look(town.app)
    assert scanner.look(town.app, 60) == 0


def test_a_file_that_another_program_holds_waits(
    town: SmallTown, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    (scanner.folder / "held.jpg").write_bytes(PHOTO)
    (scanner.folder / "free.jpg").write_bytes(PHOTO + b"2")
    whole = Path.read_bytes

    def locked(path: Path) -> bytes:
        if path.name == "held.jpg":
            raise PermissionError
        return whole(path)

    scanner.look(town.app)
    with monkeypatch.context() as held:
        held.setattr(Path, "read_bytes", locked)
        assert scanner.look(town.app, 10) == 1
    assert scanner.left() == ["held.jpg"]
    assert scanner.look(town.app, 10) == 1
    assert scanner.left() == []


def test_a_file_that_cannot_be_put_away_is_not_taken_twice(
    town: SmallTown, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    (scanner.folder / "scan.jpg").write_bytes(PHOTO)
    scanner.look(town.app)
    with monkeypatch.context() as held:
        held.setattr(Path, "rename", lambda _path, _target: (_ for _ in ()).throw(PermissionError()))
        assert scanner.look(town.app, 10) == 1
    assert scanner.left() == ["scan.jpg"]
    assert scanner.look(town.app, 10) == 0
    assert (scanner.left(), len(town.ask(ListArrivals()))) == ([], 1)


def test_a_file_that_is_too_large_is_said(town: SmallTown, scanner: Scanner) -> None:
    with (scanner.folder / "huge.tif").open("wb") as file:
        file.truncate(LARGEST + 1)
    scanner.look(town.app)
    assert scanner.look(town.app, 10) == 1
    (view,) = town.ask(ListArrivals())
    assert view.files[0].refusal == "arrival.too_large"
    assert scanner.taken() == ["huge.tif"]


def test_a_folder_that_is_away_is_said(town: SmallTown, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"scan\.unreachable"):
        Scanner(tmp_path / "nulle part").look(town.app)


# --- sorting -----------------------------------------------------------------------------------------------------


@pytest.fixture
def arrival(town: SmallTown, scanner: Scanner) -> ArrivalView:
    town.sql(
        "INSERT INTO document_types (code, name, owner, sensitivity, validity, validity_years, alternative_group,"
        " rule, feeds, condition, form, reject_reasons, retention_days, position, version)"
        " VALUES ('INSURANCE', 'Assurance', 'child', 'usual', 'school_year', 0, '', '', '', '', '', '[]', 365, 1, 1)"
    )
    (scanner.folder / "scan.jpg").write_bytes(PHOTO)
    scanner.look(town.app)
    scanner.look(town.app, 10)
    (view,) = town.ask(ListArrivals())
    return view


def test_an_arrival_becomes_a_document_of_its_family(town: SmallTown, arrival: ArrivalView) -> None:
    home = household(town)
    document = town.do(SortArrival(arrival.id, home.id, home.child, "INSURANCE"))
    (row,) = town.rows("documents")
    assert (row["id"], row["family_id"], row["person_id"], row["origin"]) == (document, home.id, home.child, "post")
    assert town.ask(ListArrivals()) == ()
    assert town.rows("document_arrival_files") == []
    assert [row["content"] for row in town.rows("document_contents")] == [PHOTO]
    assert town.refused(SortArrival(arrival.id, home.id, None, "INSURANCE")) == "arrival.gone"


def test_what_is_discarded_can_be_put_back(town: SmallTown, arrival: ArrivalView) -> None:
    town.do(DiscardArrival(arrival.id))
    assert town.ask(ListArrivals()) == ()
    assert town.refused(DiscardArrival(arrival.id)) == "arrival.gone"
    town.do(RestoreArrival(arrival.id))
    assert town.ask(ListArrivals()) == (arrival,)


def test_a_file_of_another_arrival_is_not_taken(town: SmallTown, arrival: ArrivalView) -> None:
    home = household(town)
    wrong = (arrival.files[0].id, arrival.files[0].id + 1000)
    assert town.refused(SortArrival(arrival.id, home.id, None, "INSURANCE", wrong)) == "arrival.no_file"


# --- by a portal -------------------------------------------------------------------------------------------------


def test_what_a_portal_deposits_is_there_once(either_town: SmallTown) -> None:
    household(either_town, "camille@familles.example")
    files = (NewFile("/tmp/portail/photo.jpg", PHOTO),)
    for new in (True, False):
        done = deposit(either_town.app, judge, "ENVOI-1", "Camille@familles.example", "Assurance", files, silent)
        assert done is new
    deposit(either_town.app, judge, "ENVOI-2", "inconnue@familles.example", "", files, silent)
    first, second = either_town.ask(ListArrivals())
    assert (first.channel, first.files[0].name) == (Origin.PORTAL, "photo.jpg")
    assert first.proposal is not None
    assert (second.proposal, second.known_in) == (None, 0)
    with pytest.raises(UserError, match=r"arrival\.bad_key"):
        deposit(either_town.app, judge, "é", "a@b.example", "", files, silent)
