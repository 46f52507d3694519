"""Many agents at once, and the worst instants: no number lost or drawn twice, one winner, no change made twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from backoffice.billing.issuing import IssueMonth
from backoffice.families.commands import CreateFamily, EditFamily
from backoffice.families.queries import ReadFamily
from backoffice.families.rules import FamilyValues, PersonValues
from backoffice.kernel.errors import EnvironmentFault, UserError
from tests.support.books import check_books
from tests.support.cut import Cut, wired
from tests.support.towns import ISSUED_ON, OCTOBER, SmallTown
from tests.support.writing import kill_some_writers

YES = frozenset({"person.maybe_known", "billing.issued_before_last", "billing.leave_blocked"})


def _rounds(request: pytest.FixtureRequest, short: int, full: int) -> int:
    return full if request.config.getoption("long", default=False) else short


def test_numbers_have_no_hole_whoever_gives_up_or_dies(shared_town: SmallTown, request: pytest.FixtureRequest) -> None:
    """Several writers issue at once; one in five gives up at the last moment, and some are killed."""
    shared_town.slot()
    shared_town.family()
    writers, each, kills = (16, 1000, 40) if _rounds(request, 0, 1) else (4, 15, 3)

    acknowledged = kill_some_writers(shared_town.address, writers, each, kills)

    numbers = {row["number"] for row in shared_town.rows("invoices")}
    assert acknowledged <= numbers
    check_books(shared_town.database)
    journalled = {row["row_id"] for row in shared_town.rows("row_journal") if row["table_name"] == "invoices"}
    assert {row["id"] for row in shared_town.rows("invoices")} <= journalled


def test_of_two_agents_who_bill_the_same_days_one_wins(shared_town: SmallTown, request: pytest.FixtureRequest) -> None:
    slot = shared_town.slot()
    rounds = _rounds(request, 8, 100)
    for number in range(rounds):
        shared_town.attend(shared_town.family(f"FAMILLE {number:03d}"), slot)
        with SmallTown(shared_town.address) as other, ThreadPoolExecutor(2) as pool:
            runs = [
                pool.submit(town.app.execute, IssueMonth(OCTOBER, ISSUED_ON), confirmed=YES)
                for town in (shared_town, other)
            ]
            issued = sorted(len(run.result().numbers) for run in runs)
        assert issued == [0, 1]
    check_books(shared_town.database)


def test_of_two_agents_who_save_the_same_record_one_wins(
    shared_town: SmallTown, request: pytest.FixtureRequest
) -> None:
    family = shared_town.family("MARTIN").id
    for number in range(_rounds(request, 10, 100)):
        version = shared_town.app.ask(ReadFamily(family)).version
        with SmallTown(shared_town.address) as other, ThreadPoolExecutor(2) as pool:
            saves = [
                pool.submit(town.app.execute, EditFamily(family, version, FamilyValues(f"MARTIN {name}{number}")))
                for town, name in ((shared_town, "A"), (other, "B"))
            ]
            lost = [save.exception() for save in saves if save.exception() is not None]
        assert [error.code for error in lost if isinstance(error, UserError)] == ["record.changed_meanwhile"]
        assert shared_town.app.ask(ReadFamily(family)).version == version + 1


def test_a_reply_lost_at_the_last_instant_changes_nothing_twice(
    shared_town: SmallTown, request: pytest.FixtureRequest
) -> None:
    rounds = _rounds(request, 8, 50)
    with wired(shared_town.address) as wire, SmallTown(wire.address(shared_town.address)) as far:
        for number in range(rounds):
            far.app.database.close()  # connections of before the cut are gone with it
            wire.cut = Cut.BEFORE_REPLY
            far.app.execute(_family(f"PERDU{number:03d}"), confirmed=YES)
            assert wire.cut is Cut.NOWHERE
        assert len(shared_town.rows("families")) == rounds

        for number in range(rounds):
            far.app.database.close()
            wire.cut = Cut.BEFORE_COMMIT
            with pytest.raises(EnvironmentFault) as fault:
                far.app.execute(_family(f"JAMAIS{number:03d}"), confirmed=YES)
            assert fault.value.code in {"database.unreachable", "database.in_doubt"}
            wire.cut = Cut.NOWHERE
    names = {row["name"] for row in shared_town.rows("families")}
    assert len(names) == rounds
    assert not any(name.startswith("JAMAIS") for name in names)


def _family(name: str) -> CreateFamily:
    return CreateFamily(PersonValues(name, "Camille", birth_date=date(1990, 1, 1)), payers_from=date(2025, 9, 1))
