"""The contracts of Valbrume's crèches: what each child's days of the year already say, agreed and signed, and one that
waits for its signature."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from backoffice.contracts.commands import DraftContract, SignContract, Terms, draft_contract, sign_contract
from backoffice.contracts.kinds import ContractKind
from backoffice.contracts.rules.pattern import WeeklyPattern
from backoffice.contracts.rules.smoothing import Smoothing
from backoffice.demo.days import ChildDay
from backoffice.demo.moment import DemoMoment
from backoffice.kernel.application import Context
from backoffice.kernel.periods import Period, SchoolYear

_SIGNED = 6
_LEAVE_DAYS = 15
_AUGUST = 8


def agree(context: Context, moment: DemoMoment, days: Sequence[tuple[int, int, ChildDay]]) -> None:
    """A contract for each of some children whose hours are reserved; the last one is a draft. They are signed until the
    end of the year: what is to come is booked, what happened stays."""
    apart = replace(context, details={})  # the journal says that a town was built, not each of its contracts
    weeks = _weeks(days)
    year = SchoolYear.of(moment.september.first_day)
    period = Period(moment.september.first_day, year.last_day)
    for number, ((family, child, slot), week) in enumerate(sorted(weeks.items())[: _SIGNED + 1]):
        terms = Terms(ContractKind.REGULAR, period, WeeklyPattern((week,)), Smoothing(excluded=frozenset({_AUGUST})),
                      _LEAVE_DAYS)
        made = draft_contract(DraftContract(family, child, slot, terms), apart)
        if number < _SIGNED:
            sign_contract(SignContract(made, version=1), apart)


def _weeks(days: Sequence[tuple[int, int, ChildDay]]) -> dict[tuple[int, int, int], dict[int, tuple[int, int]]]:
    """The usual hours of each day of the week, of the children whose hours are reserved."""
    told: dict[tuple[int, int, int], dict[int, Counter[tuple[int, int]]]] = defaultdict(lambda: defaultdict(Counter))
    for family, child, unit in days:
        if unit.booked is not None:
            told[family, child, unit.slot_id][unit.day.weekday()][unit.booked] += 1
    return {
        key: {day: counts.most_common(1)[0][0] for day, counts in sorted(week.items())} for key, week in told.items()
    }
