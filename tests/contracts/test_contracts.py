"""A contract from its draft to its end: what it books, what it comes to, what an amendment leaves alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from backoffice.attendance.commands import RecordAttendance
from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.commands import NewSlot
from backoffice.contracts.commands import (
    AmendContract,
    ChangeDraft,
    DraftContract,
    DropDraft,
    EndContract,
    SignContract,
    Terms,
)
from backoffice.contracts.following import FollowHours, thresholds_on
from backoffice.contracts.kinds import ContractKind, ContractState
from backoffice.contracts.queries import ContractLine, FigureContract, ListContracts
from backoffice.contracts.rules.pattern import WeeklyPattern
from backoffice.contracts.rules.rate import RateBand
from backoffice.contracts.rules.smoothing import Smoothing
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Month, Period
from tests.support.towns import Household, SmallTown

MONDAY = date(2026, 9, 7)
HOURS = NewSlot("HEURES", "Accueil", "heure", frozenset(range(5)), None, None)
NINE_HOURS = WeeklyPattern(({0: (480, 1020), 1: (480, 1020)},))
TERMS = Terms(ContractKind.REGULAR, Period(date(2026, 9, 1), date(2026, 12, 31)), NINE_HOURS, Smoothing(), 2)


@dataclass
class Nursery:
    town: SmallTown
    slot: int
    home: Household

    def draft(self, terms: Terms = TERMS) -> ContractLine:
        number = self.town.do(DraftContract(self.home.id, self.home.child, self.slot, terms))
        return self.line(number)

    def line(self, number: int) -> ContractLine:
        return next(line for line in self.town.ask(ListContracts()) if line.id == number)

    def signed(self, terms: Terms = TERMS) -> ContractLine:
        line = self.draft(terms)
        self.town.do(SignContract(line.id, line.version))
        return self.line(line.id)

    def booked(self) -> dict[date, tuple[int, int]]:
        rows = self.town.rows("attendances")
        return {
            row["day"] if isinstance(row["day"], date) else date.fromisoformat(row["day"]):
            (row["booked_start"], row["booked_end"])
            for row in rows if row["state"] == AttendanceState.BOOKED
        }


@pytest.fixture
def nursery(either_town: SmallTown) -> Nursery:
    town = either_town
    return Nursery(town, town.slot("CRECHE", slots=(HOURS,)), town.family("MARTIN", "Zoé"))


def test_a_draft_books_nothing_and_a_signed_contract_books_its_open_days(nursery: Nursery) -> None:
    line = nursery.draft()
    assert nursery.booked() == {}
    assert line.moment(MONDAY) == "Brouillon"
    done = nursery.town.do(SignContract(line.id, line.version))
    days = nursery.booked()
    assert done.written == len(days)
    assert set(days.values()) == {(480, 1020)}
    assert {day.weekday() for day in days} == {0, 1}
    assert nursery.line(line.id).state is ContractState.SIGNED


def test_what_it_comes_to_is_told_before_it_is_saved(nursery: Nursery) -> None:
    found = nursery.town.ask(FigureContract(nursery.slot, TERMS))
    days = sum(month.days for month in found.months)
    assert found.hours.days == days - 2
    assert found.hours.minutes == (days - 2) * 540
    assert sum((month.billed or Fraction() for month in found.months), Fraction()) == found.hours.minutes
    assert [month.month for month in found.months] == [Month(2026, number) for number in (9, 10, 11, 12)]
    assert (found.leave.allowed, found.leave.left) == (2, 2)


def test_an_amendment_changes_the_days_to_come_and_none_that_happened(nursery: Nursery) -> None:
    line, town = nursery.signed(), nursery.town
    town.do(RecordAttendance(nursery.home.id, nursery.home.child, nursery.slot, MONDAY + timedelta(days=28),
                             AttendanceState.PRESENT, 490, 1000))
    since = MONDAY + timedelta(days=14)
    short = replace(TERMS, period=Period(since, date(2026, 12, 31)), pattern=WeeklyPattern(({2: (480, 720)},)))
    number = town.do(AmendContract(line.id, line.version, short))
    assert nursery.line(line.id).terms.period.end == since - timedelta(days=1)
    assert nursery.line(number).replaces_id == line.id
    days = nursery.booked()
    assert all((day.weekday() == 2) is (day >= since) for day in days)
    rows = [row for row in town.rows("attendances") if row["state"] == AttendanceState.PRESENT]
    assert [(row["booked_start"], row["arrived_minute"]) for row in rows] == [(480, 490)]


def test_ending_it_sooner_frees_the_days_after(nursery: Nursery) -> None:
    line = nursery.signed()
    nursery.town.do(EndContract(line.id, line.version, MONDAY))
    assert max(nursery.booked()) == MONDAY
    assert nursery.line(line.id).moment(MONDAY) == "Terminé"


def test_two_contracts_never_hold_the_same_day(nursery: Nursery) -> None:
    nursery.signed()
    other = nursery.draft()
    assert nursery.town.refused(SignContract(other.id, other.version)) == "contract.meets_another"


def test_what_is_signed_is_amended_and_not_rewritten(nursery: Nursery) -> None:
    line = nursery.signed()
    assert nursery.town.refused(ChangeDraft(line.id, line.version, TERMS)) == "contract.signed"
    assert nursery.town.refused(DropDraft(line.id, line.version)) == "contract.signed"
    assert nursery.town.refused(SignContract(line.id, line.version - 1)) == "record.changed_meanwhile"
    draft = nursery.draft()
    nursery.town.do(ChangeDraft(draft.id, draft.version, replace(TERMS, leave_days=5)))
    draft = nursery.line(draft.id)
    assert draft.terms.leave_days == 5
    assert nursery.town.refused(AmendContract(draft.id, draft.version, TERMS)) == "contract.not_signed"
    nursery.town.do(DropDraft(draft.id, draft.version))


def test_terms_that_cannot_be_are_refused_by_their_field(nursery: Nursery) -> None:
    endless = replace(TERMS, period=Period(date(2026, 9, 1)))
    assert nursery.town.refused(DraftContract(nursery.home.id, nursery.home.child, nursery.slot, endless)) == \
        "fields.invalid"
    stranger = nursery.town.family("ROY", "Noé")
    refused = DraftContract(nursery.home.id, stranger.child, nursery.slot, TERMS)
    assert nursery.town.refused(refused) == "attendance.not_in_family"


def test_the_weeks_say_what_is_booked_attended_and_billed(nursery: Nursery) -> None:
    nursery.signed()
    town, home = nursery.town, nursery.home
    for day, arrived, left in ((MONDAY, 480, 1020), (MONDAY + timedelta(days=1), 540, 900)):
        town.do(RecordAttendance(home.id, home.child, nursery.slot, day, AttendanceState.PRESENT, arrived, left))
    (week,) = town.ask(FollowHours(MONDAY, MONDAY + timedelta(days=6)))
    assert (week.monday, week.booked, week.attended, week.billed) == (MONDAY, 1080, 900, 1080)
    assert (str(week.rate.percent), week.rate.band) == ("120.0", RateBand.LOWEST)


def test_before_the_thresholds_are_known_no_rate_is_guessed() -> None:
    with pytest.raises(UserError) as refusal:
        thresholds_on(date(2020, 1, 1))
    assert refusal.value.code == "dated.not_in_force"
