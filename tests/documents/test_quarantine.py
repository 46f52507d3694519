"""Files that came while the antivirus was away: asked about again, then opened, or shut for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from backoffice.documents.adding import AddDocument
from backoffice.documents.arrivals.receiving import ArrivedFile, Receive
from backoffice.documents.arrivals.sorting import ListArrivals, OpenArrivalFile, SortArrival
from backoffice.documents.deciding import AcceptDocument, OpenFile, RejectDocument
from backoffice.documents.kinds import Origin
from backoffice.documents.quarantine import ListQuarantine, ask_again
from backoffice.documents.safety.antivirus import Antivirus
from backoffice.documents.safety.rules import QUARANTINE
from backoffice.kernel.application import Application
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.progress import silent
from backoffice.kernel.settings import Settings
from backoffice.worker.tasks import Skipped, ask_antivirus
from tests.documents.conftest import Desk, judged
from tests.support.clamd import HARMFUL, Clamd, clamd, closed_port
from tests.support.towns import CHIEF
from tests.support.two_services import MEALS, TwoServices
from tests.support.workers import worker_door

CLEAN, BAD = b"une page", b"une page " + HARMFUL


@pytest.fixture
def daemon() -> Iterator[Clamd]:
    with clamd() as made:
        yield made


@pytest.fixture
def service(desk: Desk) -> Iterator[Application]:
    """Who does the work: the background service, the window on an embedded database."""
    town = desk.town
    with nullcontext(town.app) if town.database.is_embedded else worker_door(town.database) as app:
        yield app


def _held(desk: Desk, content: bytes) -> int:
    """A piece that came while the antivirus was away."""
    return desk.town.do(
        AddDocument(desk.family.id, None, "QF_CAF", Origin.EMAIL, (judged(content, "blurred", QUARANTINE),))
    )


def _arrived(service: Application, *contents: bytes) -> None:
    files = tuple(ArrivedFile("a.jpg", "image/jpeg", 1, (QUARANTINE,), "", content) for content in contents)
    service.execute(Receive(Origin.EMAIL, "1", "0" * 64, "", "", "", files))


def test_a_clean_piece_opens_and_an_infected_one_never_does(
    desk: Desk, service: Application, daemon: Clamd
) -> None:
    clean, bad = _held(desk, CLEAN), _held(desk, BAD)
    for piece in (clean, bad):
        assert desk.town.refused(AcceptDocument(piece, 1, date(2025, 9, 1), None)) == "documents.quarantined"

    assert ask_again(service, Antivirus("127.0.0.1", daemon.port), silent) == 2
    assert ask_again(service, Antivirus("127.0.0.1", daemon.port), silent) == 0

    assert daemon.received == [CLEAN, BAD]
    (file,), (shut,) = desk.piece(clean).files, desk.piece(bad).files
    assert (file.is_quarantined, file.flags) == (False, ("blurred",))
    assert (shut.is_quarantined, shut.flags) == (True, ("blurred", "infected"))
    assert desk.town.do(OpenFile(file.id)) == CLEAN
    assert desk.town.refused(OpenFile(shut.id)) == "documents.infected"
    desk.town.do(AcceptDocument(clean, 1, date(2025, 9, 1), None))
    assert desk.town.refused(AcceptDocument(bad, 1, date(2025, 9, 1), None)) == "documents.infected"
    desk.town.do(RejectDocument(bad, 1, "unreadable", "Ce fichier est infecté."))


def test_what_waits_in_the_basket_is_let_in_or_refused_there(
    desk: Desk, service: Application, daemon: Clamd
) -> None:
    _arrived(service, CLEAN, BAD)
    (arrival,) = desk.town.ask(ListArrivals())
    assert {desk.town.refused(OpenArrivalFile(file.id)) for file in arrival.files} == {"documents.quarantined"}

    assert ask_again(service, Antivirus("127.0.0.1", daemon.port), silent) == 2

    (arrival,) = desk.town.ask(ListArrivals())
    clean, bad = arrival.files
    assert (clean.refusal, clean.flags, clean.size) == ("", (), len(CLEAN))
    assert (bad.refusal, bad.flags, bad.size) == ("judged.infected", (), 0)
    assert desk.town.do(OpenArrivalFile(clean.id)).content == CLEAN
    document = desk.town.do(SortArrival(arrival.id, desk.family.id, None, "QF_CAF"))
    assert [file.is_quarantined for file in desk.piece(document).files] == [False]


def test_what_is_sorted_before_the_antivirus_is_back_stays_in_quarantine(
    desk: Desk, service: Application, daemon: Clamd
) -> None:
    _arrived(service, CLEAN)
    (arrival,) = desk.town.ask(ListArrivals())
    document = desk.town.do(SortArrival(arrival.id, desk.family.id, None, "QF_CAF"))
    assert [file.is_quarantined for file in desk.piece(document).files] == [True]
    ask_again(service, Antivirus("127.0.0.1", daemon.port), silent)
    assert [file.is_quarantined for file in desk.piece(document).files] == [False]


def test_what_it_cannot_tell_waits_and_holds_up_nothing_else(
    desk: Desk, service: Application, daemon: Clamd
) -> None:
    large, small = _held(desk, bytes(200_000)), _held(desk, CLEAN)
    daemon.most_bytes = 100_000
    with pytest.raises(UserError, match=r"antivirus\.unsure"):
        ask_again(service, Antivirus("127.0.0.1", daemon.port), silent)
    assert [desk.piece(piece).files[0].is_quarantined for piece in (large, small)] == [True, False]


def test_an_antivirus_that_is_still_away_lets_nothing_go(desk: Desk, service: Application) -> None:
    _held(desk, CLEAN)
    with pytest.raises(EnvironmentFault, match=r"antivirus\.unreachable"):
        ask_again(service, Antivirus("127.0.0.1", closed_port()), silent)
    assert len(service.ask(ListQuarantine())) == 1


def test_the_task_says_what_is_left_to_set_up_only_while_files_wait(
    desk: Desk, service: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.worker.tasks.load_settings", Settings)
    assert not ask_antivirus(service, silent)
    _held(desk, CLEAN)
    with pytest.raises(Skipped, match=r"antivirus\.not_set"):
        ask_antivirus(service, silent)


def test_on_the_shared_database_agents_end_no_quarantine(two_services: TwoServices) -> None:
    for statement in (
        "SELECT * FROM quarantined_files()", "SELECT open_quarantined('piece', 1)",
        "SELECT end_quarantine('piece', 1, false)", "UPDATE document_arrival_files SET flags = '[]'",
    ):
        with two_services.psql(MEALS) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
    for statement in (  # nor who may put files in the basket by hand
        "SELECT * FROM quarantined_files()", "SELECT open_quarantined('piece', 1)",
        "SELECT end_quarantine('piece', 1, false)",
    ):
        with two_services.psql(CHIEF.login) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_in_psql_nobody_accepts_what_is_in_quarantine(shared_desk: Desk) -> None:
    document = _held(shared_desk, CLEAN)
    accepted = (
        "UPDATE documents SET state = 'accepted', decided_at = now(), decided_by = session_user, version = version + 1"
        " WHERE id = %s"
    )
    engine = shared_desk.town.database.engine
    with pytest.raises(DBAPIError, match="in quarantine"), engine.begin() as connection:
        connection.exec_driver_sql(accepted, (document,))


def test_the_background_service_is_given_no_byte_but_those_in_quarantine(shared_desk: Desk) -> None:
    document = shared_desk.add("QF_CAF", CLEAN)
    (file,) = shared_desk.piece(document).files
    with worker_door(shared_desk.town.database) as service, service.database.engine.begin() as connection:
        asked = "SELECT open_quarantined('piece', %s), end_quarantine('piece', %s, true)"
        assert connection.exec_driver_sql(asked, (file.id, file.id)).one()[0] is None
    assert shared_desk.town.do(OpenFile(file.id)) == CLEAN
