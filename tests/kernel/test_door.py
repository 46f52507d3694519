"""The one door: rights, one transaction, one journal line, events after the commit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from backoffice.billing.issuing import IssueMonth, MonthIssued
from backoffice.catalog.commands import Close, DescribeTown
from backoffice.catalog.queries import ListServices, Town
from backoffice.catalog.tables import ClosureRow, TownRow
from backoffice.families.commands import FamilyChanged, SetQuotient
from backoffice.kernel import application
from backoffice.kernel.application import READS, USE_CASES, Command, Query, Read, Reading, UseCase, read, use_case
from backoffice.kernel.audit import AuditRow
from backoffice.kernel.errors import EnvironmentFault, NeedsConfirmation, PermissionDenied, UserError
from backoffice.kernel.permissions import EVERYTHING, PERMISSIONS
from tests.support.books import dump
from tests.support.towns import GRID, ISSUED_ON, OCTOBER, SINCE, SmallTown

NO_RIGHT: frozenset[str] = frozenset()
CLOSURE = Close(None, date(2025, 12, 24), date(2025, 12, 31), "congés")


@dataclass(frozen=True)
class CountTwice(Query[tuple[int, int]]):
    """Counts the families, lets somebody else work, counts again."""


@dataclass(frozen=True)
class Twice(Command[str]):
    """A closure that must not be entered twice."""

    op_id: UUID | None


def test_an_agent_without_any_right_changes_and_reads_nothing(either_town: SmallTown) -> None:
    before = dump(either_town.database)
    door = either_town.door(NO_RIGHT)
    for command in list(USE_CASES):
        with pytest.raises(PermissionDenied):
            door.execute(command.__new__(command))
    for query in list(READS):
        with pytest.raises(PermissionDenied):
            door.ask(query.__new__(query))

    assert USE_CASES
    assert READS
    assert dump(either_town.database) == before


def test_every_right_but_the_one_that_is_asked_is_not_enough(town: SmallTown) -> None:
    before = dump(town.database)
    for command, case in USE_CASES.items():
        door = town.door(EVERYTHING - {case.permission})
        with pytest.raises(PermissionDenied) as refusal:
            door.execute(command.__new__(command))
        assert refusal.value.params == {"permission": PERMISSIONS[case.permission]}

    assert dump(town.database) == before


def test_an_agent_without_the_right_to_bill_draws_no_number(either_town: SmallTown) -> None:
    """Fault 1 of the peer: the page was closed, the request behind it was open."""
    meals = either_town.slot()
    either_town.attend(either_town.family(), meals)
    before = dump(either_town.database)

    with pytest.raises(PermissionDenied):
        either_town.door(NO_RIGHT).execute(IssueMonth(OCTOBER, ISSUED_ON))

    assert dump(either_town.database) == before


def test_a_change_and_its_journal_line_are_one(either_town: SmallTown) -> None:
    either_town.app.execute(CLOSURE)

    [closure] = either_town.rows("closures")
    [line] = either_town.rows("audit_journal")
    assert closure["reason"] == "congés"
    assert (line["actor"], line["action"]) == ("cheffe", "structure.closed")
    assert (line["at"] == either_town.now) is either_town.database.is_embedded  # a server tells its own hour
    assert json.loads(line["details"]) == {"first_day": "2025-12-24", "last_day": "2025-12-31"}


def test_a_change_whose_journal_line_cannot_be_written_does_not_remain(
    either_town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = USE_CASES[Close]
    monkeypatch.setitem(USE_CASES, Close, UseCase(case.permission, None, case.handler))  # type: ignore[arg-type]

    with pytest.raises(DBAPIError):
        either_town.app.execute(CLOSURE)

    assert either_town.rows("closures") == []


def test_a_refused_command_leaves_neither_data_nor_journal_line(either_town: SmallTown) -> None:
    before = dump(either_town.database)

    with pytest.raises(UserError):
        either_town.app.execute(SetQuotient(404, Decimal(700), "", date(2025, 9, 1)))

    assert dump(either_town.database) == before


def test_events_are_heard_after_the_commit_and_only_then(town: SmallTown) -> None:
    household = town.family()
    seen: list[int] = []

    def look(event: FamilyChanged) -> None:
        # Another connection already sees what happened.
        seen.extend(row["family_id"] for row in town.rows("quotients") if row["family_id"] == event.family_id)

    town.app.events.subscribe(FamilyChanged, look)
    town.app.execute(SetQuotient(household.id, Decimal(700), "", date(2025, 9, 1)))

    assert seen == [household.id]


def test_a_command_that_fails_tells_nobody(town: SmallTown) -> None:
    town.slot(tariff=GRID)
    town.attend(town.family(), 1)
    heard: list[MonthIssued] = []
    town.app.events.subscribe(MonthIssued, heard.append)

    with pytest.raises(NeedsConfirmation):
        town.issue(yes=False)

    assert heard == []


def test_a_question_leaves_nothing_behind(either_town: SmallTown) -> None:
    slot = either_town.slot(tariff=GRID)
    either_town.attend(either_town.family("SANSQUOTIENT"), slot)
    either_town.attend(either_town.family("MARTIN", quotient="700"), slot)
    before = dump(either_town.database)

    with pytest.raises(NeedsConfirmation) as question:
        either_town.issue(yes=False)

    assert (question.value.code, question.value.params["count"]) == ("billing.leave_blocked", 1)
    assert dump(either_town.database) == before


def test_the_same_operation_sent_twice_is_done_once(
    either_town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = USE_CASES[Close]
    monkeypatch.setitem(
        USE_CASES, Twice, UseCase(case.permission, "twice", lambda _command, context: case.handler(CLOSURE, context))
    )
    first = uuid4()
    either_town.app.execute(Twice(first))
    with pytest.raises(UserError) as refusal:
        either_town.app.execute(Twice(first))
    either_town.app.execute(Twice(uuid4()))
    either_town.app.execute(Twice(None))

    assert refusal.value.code == "operation.already_done"
    assert len(either_town.rows("closures")) == 3
    assert next(line["op_id"] for line in either_town.rows("audit_journal")) == str(first)


def test_the_same_operation_sent_twice_at_the_very_same_time_is_done_once(
    either_town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that lost the answer to its COMMIT asks again while the first try still runs."""
    case = USE_CASES[Close]
    together = Barrier(2, timeout=2)

    def handler(command: Twice, context: application.Context) -> object:
        if not either_town.database.is_embedded:  # there, the second waits at the door instead
            together.wait()
        return case.handler(CLOSURE, context)

    monkeypatch.setitem(USE_CASES, Twice, UseCase(case.permission, "twice", handler))
    operation, outcomes = Twice(uuid4()), list[str]()

    def send() -> None:
        try:
            either_town.app.execute(operation)
        except UserError as error:
            outcomes.append(error.code)
        else:
            outcomes.append("done")

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "operation.already_done"]
    assert len(either_town.rows("closures")) == 1


def test_of_two_agents_who_change_the_same_record_at_once_the_second_is_told(
    shared_town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = USE_CASES[DescribeTown]
    together, outcomes = Barrier(2, timeout=10), list[str]()

    def handler(command: DescribeTown, context: application.Context) -> None:
        row = context.session.get_one(TownRow, 1)
        together.wait()
        row.name = command.town.name

    def describe(name: str) -> None:
        try:
            shared_town.app.execute(DescribeTown(Town(name, (), "", "", "A")))
        except UserError as error:
            outcomes.append(error.code)
        else:
            outcomes.append("done")

    monkeypatch.setitem(USE_CASES, DescribeTown, UseCase(case.permission, case.action, handler))
    threads = [Thread(target=describe, args=(name,)) for name in ("Aubraie", "Brumeval")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "record.changed_meanwhile"]
    assert len(shared_town.rows("audit_journal")) == 1


def test_what_is_added_to_a_record_removed_at_once_is_refused(
    shared_town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the shared database another agent may remove a structure between the check and the write."""

    def handler(command: Close, context: application.Context) -> None:
        row = ClosureRow(structure_id=404, first_day=command.first_day, last_day=command.last_day, reason="")
        context.session.add(row)

    case = USE_CASES[Close]
    monkeypatch.setitem(USE_CASES, Close, UseCase(case.permission, case.action, handler))
    with pytest.raises(UserError) as refusal:
        shared_town.app.execute(CLOSURE)

    assert refusal.value.code == "record.changed_meanwhile"
    assert (shared_town.rows("closures"), shared_town.rows("audit_journal")) == ([], [])


def test_a_query_sees_one_moment_whatever_happens_meanwhile(
    either_town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count_twice(_query: CountTwice, reading: Reading) -> tuple[int, int]:
        def families() -> int:
            return reading.session.scalar(text("SELECT count(*) FROM families")) or 0

        first = families()
        either_town.family()
        return first, families()

    monkeypatch.setitem(READS, CountTwice, Read("families.read", count_twice))

    assert either_town.app.ask(CountTwice()) == (0, 0)
    assert len(either_town.rows("families")) == 1


def test_a_query_that_would_write_leaves_nothing(either_town: SmallTown, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_query: CountTwice, reading: Reading) -> tuple[int, int]:
        reading.session.execute(text("DELETE FROM closures"))
        return 0, 0

    either_town.app.execute(CLOSURE)
    monkeypatch.setitem(READS, CountTwice, Read("families.read", write))
    with pytest.raises((DBAPIError, EnvironmentFault)):
        either_town.app.ask(CountTwice())

    assert len(either_town.rows("closures")) == 1


def test_the_journal_holds_no_name(town: SmallTown) -> None:
    slot = town.slot(tariff=GRID)
    household = town.family("ROUVIER-SECRET", "Prénomsecret", quotient="812.34")
    town.attend(household, slot)
    town.app.execute(SetQuotient(household.id, Decimal("899.99"), "attestation", SINCE.start))
    number = town.issue().numbers[0]
    town.cancel(number, "Erreur sur Prénomsecret")
    with town.database.read() as session:
        lines = session.execute(select(AuditRow.subject, AuditRow.details)).all()

    told = " ".join(f"{subject} {details}" for subject, details in lines)
    assert number in told
    for secret in ("ROUVIER", "Prénomsecret", "812", "899", "VALBRUME"):
        assert secret not in told


def test_a_use_case_cannot_be_registered_without_a_known_right() -> None:
    with pytest.raises(ValueError, match="unknown permission"):
        use_case(Twice, permission="billing.everything", action="x")(lambda _command, _context: "")
    with pytest.raises(ValueError, match="unknown permission"):
        read(CountTwice, permission="")(lambda _query, _reading: (0, 0))
    with pytest.raises(ValueError, match="already has a handler"):
        use_case(DescribeTown, permission="catalog.edit", action="x")(lambda _command, _context: None)
    with pytest.raises(ValueError, match="already has a handler"):
        read(ListServices, permission="catalog.read")(lambda _query, _reading: ())

    assert Twice not in USE_CASES
    assert CountTwice not in READS


def test_two_listeners_hear_in_order_and_one_can_leave(town: SmallTown) -> None:
    heard: list[str] = []
    household = town.family()
    leave = town.app.events.subscribe(FamilyChanged, lambda _event: heard.append("first"))
    town.app.events.subscribe(FamilyChanged, lambda _event: heard.append("second"))
    town.app.execute(SetQuotient(household.id, Decimal(1), "", date(2025, 9, 1)))
    leave()
    town.app.execute(SetQuotient(household.id, Decimal(2), "", date(2025, 9, 1)))

    assert heard == ["first", "second", "second"]


def test_the_town_is_described_once_and_replaced_afterwards(either_town: SmallTown) -> None:
    either_town.app.execute(DescribeTown(Town("Commune d'Aubraie", ("1 rue Haute",), "SIRET 1", "La Maire", "B")))
    with either_town.database.read() as session:
        assert session.scalar(select(func.count()).select_from(text("town"))) == 1

    [row] = either_town.rows("town")
    assert (row["name"], row["address"], row["version"]) == ("Commune d'Aubraie", ["1 rue Haute"], 2)
