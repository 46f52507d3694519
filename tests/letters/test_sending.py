"""Letters that leave: once their hold is over, once each, whatever the server does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from backoffice.kernel.application import Application
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.mailing import MailAccount
from backoffice.letters import posting as posting_module
from backoffice.letters.commands import MarkPrinted, SendAgain
from backoffice.letters.kinds import STOPPED
from backoffice.letters.posting import Posting, Sender, posting
from backoffice.letters.queries import LetterLine, ListLetters, PreviewLetter
from backoffice.letters.sending import LEASE, TakeLetter, send_letters
from backoffice.letters.tables import LetterFileRow
from tests.letters.saying import decide, undo
from tests.support.mail_servers import LOGIN, PASSWORD, Drop, silent_server, smtp_server
from tests.support.pretending import Authority
from tests.support.shared import by_administrator
from tests.support.towns import NOON, Household, SmallTown
from tests.support.workers import worker_door

SENDER = Sender("Mairie de Valbrume", "enfance@valbrume.example")
HER = "camille@familles.example"


@pytest.fixture
def drop() -> Drop:
    return Drop()


@pytest.fixture
def port(drop: Drop) -> Iterator[int]:
    with smtp_server(drop) as opened:
        yield opened


def by(port: int) -> AbstractContextManager[Posting]:
    return posting(MailAccount("smtp", "127.0.0.1", port, ""), None, SENDER)


def send(app: Application, port: int, seconds: float) -> int:
    return send_letters(app, lambda: by(port), now=lambda: NOON + timedelta(seconds=seconds))


def household(town: SmallTown, email: str = HER, name: str = "DUBOIS") -> Household:
    home = town.family(name)
    town.sql("UPDATE people SET email = :email, version = version + 1 WHERE id = :id", email=email, id=home.parent)
    return home


def stopped_of(town: SmallTown) -> tuple[LetterLine, ...]:
    return town.ask(ListLetters(STOPPED)).lines


def states(town: SmallTown) -> list[str]:
    return [row["state"] for row in town.rows("letters")]


# --- the hold ----------------------------------------------------------------------------------------------------


def test_nothing_leaves_before_the_hold_is_over(either_town: SmallTown, drop: Drop, port: int) -> None:
    decide(either_town, household(either_town), 1)
    send(either_town.app, port, 59)
    assert (states(either_town), drop.received) == (["held"], [])
    assert undo(either_town, 1, 59) is True
    send(either_town.app, port, 61)
    assert (states(either_town), drop.received) == (["cancelled"], [])


def test_once_it_is_over_nothing_is_taken_back(either_town: SmallTown, drop: Drop, port: int) -> None:
    decide(either_town, household(either_town), 1)
    send(either_town.app, port, 61)
    assert undo(either_town, 1, 61) is False
    assert states(either_town) == ["sent"]
    assert len(drop.received) == 1


def test_what_leaves_is_what_was_previewed(either_town: SmallTown, drop: Drop, port: int) -> None:
    home = household(either_town)
    decide(either_town, home, 1, outcome="rejected", reason="Illisible", comment="Écrivez-nous « ici » : 12 €.")
    (seen,) = either_town.ask(PreviewLetter(home.id))
    send(either_town.app, port, 60)
    (message,) = drop.messages
    assert message["Subject"] == seen.subject
    assert message.get_content().replace("\r\n", "\n") == seen.body
    assert message["To"] == seen.to_address == HER
    assert message["From"] == "Mairie de Valbrume <enfance@valbrume.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    (row,) = either_town.rows("letters")
    assert message["Message-ID"] == f"<{row['message_id']}@valbrume.example>"


def test_the_background_service_of_a_shared_base_sends_it(shared_town: SmallTown, drop: Drop, port: int) -> None:
    decide(shared_town, household(shared_town), 1)
    with worker_door(shared_town.database) as worker:
        assert send(worker, port, 61) > 0
    assert states(shared_town) == ["sent"]
    assert len(drop.received) == 1


# --- what cannot leave -------------------------------------------------------------------------------------------


def test_a_family_without_address_is_never_forgotten(either_town: SmallTown, drop: Drop, port: int) -> None:
    home = household(either_town, "")
    decide(either_town, home, 1)
    send(either_town.app, port, 61)
    (stopped,) = stopped_of(either_town)
    assert (stopped.family, stopped.letter.state.label) == ("DUBOIS", "À imprimer")
    assert either_town.refused(SendAgain(stopped.letter.id)) == "letters.no_address"
    either_town.do(MarkPrinted(stopped.letter.id))
    assert stopped_of(either_town) == ()
    assert either_town.refused(MarkPrinted(stopped.letter.id)) == "letters.not_failed"
    assert drop.received == []


def test_an_address_that_is_refused_waits_for_an_agent(either_town: SmallTown, drop: Drop, port: int) -> None:
    drop.recipients["perdue@familles.example"] = ["550 5.1.1 no such user"]
    home = household(either_town, "perdue@familles.example")
    decide(either_town, home, 1)
    decide(either_town, household(either_town, name="PETIT"), 2)
    send(either_town.app, port, 61)
    assert states(either_town) == ["failed", "sent"]  # one refusal stops nobody else
    (stopped,) = stopped_of(either_town)
    assert stopped.letter.failure == (
        "L'adresse perdue@familles.example est refusée (code 550) : corrigez le courriel de la famille, puis"
        " « Renvoyer »."
    )
    either_town.sql("UPDATE people SET email = :new, version = version + 1 WHERE id = :id", new=HER, id=home.parent)
    either_town.do(SendAgain(stopped.letter.id))
    send(either_town.app, port, 62)
    assert states(either_town) == ["sent", "sent"]
    assert [message["To"] for message in drop.messages] == [HER, HER]


def test_a_content_that_is_refused_waits_for_an_agent(town: SmallTown, drop: Drop, port: int) -> None:
    drop.contents = ["554 5.7.1 looks like spam"]
    decide(town, household(town), 1)
    send(town.app, port, 61)
    (row,) = town.rows("letters")
    assert row["state"] == "failed"
    assert row["failure"].startswith("Le serveur de messagerie refuse ce courriel (code 554)")


@pytest.mark.parametrize("where", ["recipient", "content", "sender"])
def test_what_passes_is_tried_again_later(town: SmallTown, drop: Drop, port: int, where: str) -> None:
    reply = ["451 4.7.1 greylisted, come back later"]
    if where == "recipient":
        drop.recipients[HER] = reply
    elif where == "content":
        drop.contents = reply
    else:
        drop.senders = reply
    decide(town, household(town), 1)
    send(town.app, port, 61)
    assert (states(town), drop.received) == (["closed"], [])
    send(town.app, port, 90)
    assert drop.received == []  # not before its pause
    send(town.app, port, 122)
    assert (states(town), len(drop.received)) == (["sent"], 1)


def test_nobody_tries_for_ever(town: SmallTown, drop: Drop, port: int) -> None:
    drop.recipients[HER] = ["452 mailbox full"] * 400
    decide(town, household(town), 1)
    seconds, turns = 61.0, 0
    while states(town) != ["failed"]:
        send(town.app, port, seconds)
        seconds, turns = seconds + 7200, turns + 1
        assert turns < 60
    (row,) = town.rows("letters")
    assert row["failure"].startswith("La messagerie de la famille n'a rien accepté pendant 3 jours (code 452)")
    assert seconds > timedelta(days=3).total_seconds()


def test_a_sender_that_is_refused_is_no_letter_s_fault(town: SmallTown, drop: Drop, port: int) -> None:
    drop.senders = ["550 not yours"]
    decide(town, household(town), 1)
    with pytest.raises(EnvironmentFault, match="sender_refused"):
        send(town.app, port, 61)
    assert states(town) == ["closed"]
    send(town.app, port, 200)
    assert states(town) == ["sent"]


# --- a server that does as it likes ------------------------------------------------------------------------------


def test_cut_in_the_midst_of_a_message_it_is_sent_again_as_the_same(town: SmallTown, drop: Drop, port: int) -> None:
    drop.cut = 1
    decide(town, household(town), 1)
    decide(town, household(town, name="PETIT"), 2)
    with pytest.raises(EnvironmentFault, match=r"mail\.interrupted"):
        send(town.app, port, 61)
    assert drop.received == []
    send(town.app, port, 62)
    assert len(drop.received) == 1  # the other one did not wait for it
    send(town.app, port, 122)
    assert states(town) == ["sent", "sent"]
    told = [f"<{row['message_id']}@valbrume.example>" for row in town.rows("letters")]
    assert sorted(told) == sorted(message["Message-ID"] for message in drop.messages)


def test_a_server_that_is_away_costs_nothing(town: SmallTown) -> None:
    with smtp_server(Drop()) as closed:
        pass
    decide(town, household(town), 1)
    with pytest.raises(EnvironmentFault, match=r"mail\.unreachable"):
        send(town.app, closed, 61)
    (row,) = town.rows("letters")
    assert (row["state"], row["tries"]) == ("closed", 0)


def test_a_server_that_says_nothing_is_left(town: SmallTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting_module, "TIMEOUT_SECONDS", 0.2)
    decide(town, household(town), 1)
    with silent_server() as port, pytest.raises(EnvironmentFault, match=r"mail\.unreachable"):
        send(town.app, port, 61)
    assert states(town) == ["closed"]


def test_two_senders_never_send_the_same_letter(either_town: SmallTown, drop: Drop, port: int) -> None:
    for number in range(12):
        decide(either_town, household(either_town, name=f"FAMILLE {number}"), number)
    send_at = NOON + timedelta(seconds=61)
    start = threading.Barrier(2)

    def work() -> None:
        start.wait(30)
        send_letters(either_town.door(), lambda: by(port), now=lambda: send_at)

    senders = [threading.Thread(target=work) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(60)
    assert states(either_town) == ["sent"] * 12
    assert len({message["Message-ID"] for message in drop.messages}) == len(drop.received) == 12


def test_the_letter_of_a_sender_that_died_is_taken_over(either_town: SmallTown, drop: Drop, port: int) -> None:
    decide(either_town, household(either_town), 1)
    send_letters(either_town.app, lambda: by(port), now=lambda: NOON)
    died = NOON + timedelta(seconds=61)
    with pytest.raises(KeyboardInterrupt):
        send_letters(either_town.app, _dying, now=lambda: died)
    assert states(either_town) == ["closed"]
    assert either_town.do(TakeLetter(died)) is not None  # and it died here
    send(either_town.app, port, 62)
    assert drop.received == []
    send(either_town.app, port, 61 + LEASE.total_seconds())
    assert (states(either_town), len(drop.received)) == (["sent"], 1)


def _dying() -> AbstractContextManager[Posting]:
    raise KeyboardInterrupt


def test_a_long_turn_tells_each_letter_its_own_time(town: SmallTown, drop: Drop, port: int) -> None:
    """A slow server: what is left of a turn is not taken over by another sender while it lasts."""
    hours = iter(range(1, 100))
    for number in range(3):
        decide(town, household(town, name=f"FAMILLE {number}"), number)
    send_letters(town.app, lambda: by(port), now=lambda: NOON + timedelta(hours=next(hours)))
    sent = [row["sent_at"] for row in town.rows("letters")]
    assert len(set(sent)) == 3


# --- what a letter may carry -------------------------------------------------------------------------------------


def test_no_word_becomes_a_header(town: SmallTown, drop: Drop, port: int) -> None:
    evil = "Assurance\r\nBcc: voleur@ailleurs.example\r\n\r\n"
    home = household(town, name="DUBOIS\r\nBcc: voleur@ailleurs.example")
    decide(town, home, 1, document=evil, outcome="rejected", comment="a\r\n.\r\nQUIT\r\n.b", reason=evil)
    send(town.app, port, 61)
    (envelope,) = drop.received
    assert envelope.rcpt_tos == [HER]
    (message,) = drop.messages
    assert message["Bcc"] is None
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
        "Content-Language", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    }
    assert "QUIT" in message.get_content()


def test_what_no_mail_can_say_waits_for_an_agent_and_stops_no_other(town: SmallTown, drop: Drop, port: int) -> None:
    poisoned, other = household(town), household(town, name="AUTRE")
    decide(town, poisoned, 1)
    decide(town, other, 2)
    first = min(row["id"] for row in town.rows("letters"))
    with town.database.write() as session:
        session.add(LetterFileRow(
            letter_id=first, family_id=poisoned.id, about="document", about_id=1, name="a.pdf",
            media_type="application/pdf\r\nBcc: voleur@ailleurs.example", content=b"%PDF-",
        ))
    send(town.app, port, 61)
    assert sorted(states(town)) == ["failed", "sent"]
    assert len(drop.messages) == 1


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "a b@c.example"])
def test_an_address_that_is_not_one_is_printed(town: SmallTown, drop: Drop, port: int, address: str) -> None:
    decide(town, household(town, address), 1)
    send(town.app, port, 61)
    assert (states(town), drop.received) == (["to_print"], [])


# --- trust -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "password", "refusal"),
    [(True, PASSWORD, ""), (True, "fausse", "mail.refused"), (True, None, "mail.no_password"),
     (False, PASSWORD, "mail.untrusted")],
)
def test_a_password_is_told_to_a_server_that_proved_its_name_only(
    town: SmallTown, drop: Drop, tmp_path: Path, known: bool, password: str | None, refusal: str
) -> None:
    authority = Authority(tmp_path)
    told = str(authority.file if known else Authority(tmp_path, "Une autre").file)
    decide(town, household(town), 1)
    with smtp_server(drop, authority.certificate("localhost")) as port:
        account = MailAccount("smtp", "localhost", port, LOGIN, told)

        def work() -> int:
            return send_letters(
                town.app, lambda: posting(account, password, SENDER), now=lambda: NOON + timedelta(seconds=61)
            )

        if not refusal:
            work()
            assert len(drop.received) == 1
            return
        with pytest.raises(EnvironmentFault) as caught:
            work()
    assert (caught.value.code, drop.received) == (refusal, [])


def test_what_is_closed_never_says_something_else(shared_town: SmallTown) -> None:
    """Neither by the program nor in psql: its words would leave under the name of the town."""
    decide(shared_town, household(shared_town), 1)
    with by_administrator(shared_town.database) as database:
        with database.write() as session:
            session.execute(text("UPDATE letters SET body = 'encore retenue', version = version + 1"))
            session.execute(text("UPDATE letters SET closed_at = now(), version = version + 1"))
        for change in ("body = 'autre chose'", "subject = 'autre chose'", "closed_at = NULL"):
            with pytest.raises(EnvironmentFault) as refusal, database.write() as session:
                session.execute(text(f"UPDATE letters SET {change}, version = version + 1"))
            assert refusal.value.code == "database.closed_row"
