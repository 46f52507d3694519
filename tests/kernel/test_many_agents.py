"""Many agents at once, and the worst instants: no number lost or drawn twice, one winner, no change made twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest

from backoffice.billing.cancelling import CancelInvoice
from backoffice.billing.issuing import IssueMonth
from backoffice.catalog.ending import EndOffer
from backoffice.catalog.kinds import OfferKind
from backoffice.families.commands import AskLink, CreateFamily, DecideLink, EditFamily
from backoffice.families.kinds import LinkState
from backoffice.families.queries import LinkPlaces, LinksToDecide, OwnLinks, ReadFamily
from backoffice.families.rules import FamilyValues, PersonValues
from backoffice.kernel.application import Application, Command
from backoffice.kernel.errors import EnvironmentFault, UserError
from tests.support.books import check_books
from tests.support.cut import Cut, wired
from tests.support.towns import ISSUED_ON, OCTOBER, SmallTown
from tests.support.two_services import BORN, LEISURE, MEALS, TwoServices
from tests.support.writing import kill_some_writers

YES = frozenset({"person.maybe_known", "billing.issued_before_last", "billing.leave_blocked"})
RACERS = 4


@pytest.fixture
def rounds(long: bool) -> int:
    return 100 if long else 8


def test_numbers_have_no_hole_whoever_gives_up_or_dies(
    shared_town: SmallTown, long: bool, figure: Callable[[str], None]
) -> None:
    """Several writers issue at once; one in five gives up at the last moment, and some are killed."""
    shared_town.slot()
    shared_town.family()
    writers, each, kills = (16, 1000, 40) if long else (4, 15, 3)

    told = kill_some_writers(shared_town.address, writers, each, kills)

    invoices = shared_town.rows("invoices")
    numbers = [row["number"] for row in invoices]
    assert told.acknowledged <= set(numbers)
    assert told.refused == 0
    assert len(told.acknowledged) + told.given_up >= writers * each - kills
    assert len(set(numbers)) == len(numbers) == max(int(number[-5:]) for number in numbers)
    check_books(shared_town.database)
    journalled = {row["row_id"] for row in shared_town.rows("row_journal") if row["table_name"] == "invoices"}
    assert {row["id"] for row in invoices} <= journalled
    figure(
        f"{writers} writers x {each}, {kills} kills ({told.killed_inside} in the midst of a transaction): "
        f"{len(numbers)} invoices numbered 1 to {len(numbers)}, {len(told.acknowledged)} acknowledged, "
        f"{told.given_up} given up; lost 0, duplicates 0, holes 0, without a line of journal 0"
    )


# --- one winner --------------------------------------------------------------------------------------------------


class Race:
    """Doors of several agents to one base, opened once, that all do something at the same instant."""

    def __init__(self, doors: Sequence[Application], pool: ThreadPoolExecutor) -> None:
        self._doors = doors
        self._pool = pool
        self.losers: set[str] = set()

    def run(self, commands: Sequence[Command[Any]]) -> list[Any]:
        """Each agent its command; what the winners were answered. The codes that the losers heard go to `losers`."""
        start = Barrier(len(self._doors))

        def compete(number: int) -> Any:
            start.wait(60)
            return self._doors[number].execute(commands[number], confirmed=YES)

        runs = [self._pool.submit(compete, number) for number in range(len(self._doors))]
        won = []
        for run in runs:
            error = run.exception()
            if error is None:
                won.append(run.result())
            elif isinstance(error, (UserError, EnvironmentFault)):
                self.losers.add(error.code)
            else:
                raise error
        return won


@contextmanager
def _race(*doors: Application) -> Iterator[Race]:
    with ThreadPoolExecutor(len(doors)) as pool:
        yield Race(doors, pool)


@pytest.fixture
def race(shared_town: SmallTown) -> Iterator[Race]:
    with ExitStack() as opened:
        towns = [opened.enter_context(SmallTown(shared_town.address)) for _ in range(RACERS)]
        yield opened.enter_context(_race(*(town.app for town in towns)))


def _told(figure: Callable[[str], None], rounds: int, what: str, race: Race) -> None:
    losers = ", ".join(sorted(race.losers)) or "nothing left to do"
    figure(f"{rounds} races of {what}: 1 winner each; the others heard: {losers}")


def test_of_agents_who_bill_the_same_days_one_wins(
    shared_town: SmallTown, race: Race, rounds: int, figure: Callable[[str], None]
) -> None:
    slot = shared_town.slot()
    for number in range(rounds):
        shared_town.attend(shared_town.family(f"FAMILLE {number:03d}"), slot)
        issued = race.run([IssueMonth(OCTOBER, ISSUED_ON)] * RACERS)
        assert sorted(len(run.numbers) for run in issued) == [0] * (len(issued) - 1) + [1]
    assert len(shared_town.rows("invoices")) == rounds
    check_books(shared_town.database)
    _told(figure, rounds, f"{RACERS} who bill", race)


def test_of_agents_who_save_the_same_record_one_wins(
    shared_town: SmallTown, race: Race, rounds: int, figure: Callable[[str], None]
) -> None:
    family = shared_town.family("MARTIN").id
    for number in range(rounds):
        version = shared_town.app.ask(ReadFamily(family)).version
        saved = race.run(
            [EditFamily(family, version, FamilyValues(f"MARTIN {number} {racer}")) for racer in range(RACERS)]
        )
        assert len(saved) == 1
        assert shared_town.app.ask(ReadFamily(family)).version == version + 1
    assert race.losers == {"record.changed_meanwhile"}
    _told(figure, rounds, f"{RACERS} who save", race)


def test_of_agents_who_cancel_the_same_invoice_one_wins(
    shared_town: SmallTown, race: Race, rounds: int, figure: Callable[[str], None]
) -> None:
    slot = shared_town.slot()
    for number in range(rounds):
        shared_town.attend(shared_town.family(f"FAMILLE {number:03d}"), slot)
    invoices = shared_town.issue().numbers
    for invoice in invoices:
        notes = race.run([CancelInvoice(invoice, "Pointage erroné", ISSUED_ON)] * RACERS)
        assert len(notes) == 1
    assert race.losers == {"invoice.already_cancelled"}
    assert len(shared_town.rows("invoices")) == 2 * len(invoices) == 2 * rounds
    check_books(shared_town.database)
    _told(figure, rounds, f"{RACERS} who cancel", race)


def test_of_agents_who_close_the_same_offer_one_wins(
    shared_town: SmallTown, race: Race, rounds: int, figure: Callable[[str], None]
) -> None:
    """Each gives it another last day: the one that stands is the winner's."""
    slot = shared_town.slot()
    for number in range(rounds):
        (row,) = shared_town.rows("slots")
        at, first = row["version"], date(2026, 1, 1) + timedelta(days=number * RACERS)
        ended = race.run(
            [EndOffer(OfferKind.SLOT, slot, at, first + timedelta(days=racer)) for racer in range(RACERS)]
        )
        assert len(ended) == 1
        (row,) = shared_town.rows("slots")
        assert row["version"] == at + 1
    assert race.losers == {"record.changed_meanwhile"}
    _told(figure, rounds, f"{RACERS} who close", race)


def test_of_agents_who_decide_the_same_request_one_wins(
    two_services: TwoServices, rounds: int, figure: Callable[[str], None]
) -> None:
    """Half of them accept, the others refuse: the decision that stands is the one that was answered for."""
    asker, decider = two_services.door(LEISURE), two_services.door(MEALS)
    (place,) = asker.ask(LinkPlaces())
    with ExitStack() as opened:
        others = [opened.enter_context(SmallTown(decider.database.address)).database for _ in range(RACERS)]
        doors = [Application(other, decider.actor, decider.clock) for other in others]
        race = opened.enter_context(_race(*doors))
        for number in range(rounds):
            name = f"FAMILLE {_letters(number)}"
            two_services.family(MEALS, name)
            asker.execute(AskLink(name, "Léa", BORN, place.service_id, place.structure_id, "Inscription"))
            (request,) = [one for one in decider.ask(LinksToDecide()) if one.state is LinkState.ASKED]
            decided = race.run([DecideLink(request.id, accepted=racer % 2 == 0) for racer in range(RACERS)])
            assert len(decided) == 1
    assert race.losers == {"record.changed_meanwhile"}
    answers = asker.ask(OwnLinks())
    lines = [row for row in two_services.rows("audit_journal") if row["action"] == "link.decided"]
    accepted = sum(answer.state is LinkState.ACCEPTED for answer in answers)
    assert len(lines) == rounds
    assert sum('"accepted": true' in line["details"] for line in lines) == accepted
    _told(figure, rounds, f"{RACERS} who decide ({accepted} accepted)", race)


def _letters(number: int) -> str:
    """0 → AA, 1 → AB…: a name without digits."""
    return chr(65 + number // 26) + chr(65 + number % 26)


# --- a reply that never comes ------------------------------------------------------------------------------------


def test_a_reply_lost_at_the_last_instant_changes_nothing_twice(
    shared_town: SmallTown, long: bool, figure: Callable[[str], None]
) -> None:
    rounds = 50 if long else 8
    with wired(shared_town.address) as wire, SmallTown(wire.address(shared_town.address)) as far:
        for number in range(rounds):
            far.app.database.engine.dispose()  # connections of before the cut are gone with it
            wire.cut = Cut.BEFORE_REPLY
            far.app.execute(_family(f"PERDU{number:03d}"), confirmed=YES)
            assert wire.cut is Cut.NOWHERE
        assert len(shared_town.rows("families")) == rounds

        for number in range(rounds):
            far.app.database.engine.dispose()
            wire.cut = Cut.BEFORE_COMMIT
            with pytest.raises(EnvironmentFault) as fault:
                far.app.execute(_family(f"JAMAIS{number:03d}"), confirmed=YES)
            assert fault.value.code in {"database.unreachable", "database.in_doubt"}
            wire.cut = Cut.NOWHERE
    names = {row["name"] for row in shared_town.rows("families")}
    assert len(names) == len(shared_town.rows("families")) == rounds
    assert not any(name.startswith("JAMAIS") for name in names)
    figure(f"reply of COMMIT lost x {rounds}: {rounds} families, 0 duplicates; COMMIT lost x {rounds}: 0 families")


def _family(name: str) -> CreateFamily:
    return CreateFamily(PersonValues(name, "Camille", birth_date=date(1990, 1, 1)), payers_from=date(2025, 9, 1))
