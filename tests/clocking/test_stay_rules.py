"""Raw events give the same stays in any order and any number of times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backoffice.clocking.kinds import AbsenceReason, ClockKind
from backoffice.clocking.rules.absences import Absence, AbsenceRules, ReasonRule, verdicts
from backoffice.clocking.rules.stays import ClockEvent, clocked, minutes_between, standing

NOON = datetime(2026, 10, 24, 12, tzinfo=UTC)
UIDS = [f"u{number}" for number in range(8)]

events = st.lists(
    st.builds(
        ClockEvent, st.sampled_from(UIDS), st.just(1), st.sampled_from(ClockKind),
        st.integers(0, 180_000).map(lambda seconds: NOON + timedelta(seconds=seconds)),
        st.integers(0, 180_000).map(lambda seconds: NOON + timedelta(seconds=seconds)),
        st.none() | st.sampled_from(UIDS),
    ),
    max_size=8, unique_by=lambda event: event.uid,
)  # fmt: skip


@given(events, st.randoms())
def test_order_and_repetition_change_nothing(found: list[ClockEvent], random: st.DataObject) -> None:
    shuffled = [*found, *found]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert clocked(shuffled) == clocked(found)


@given(events)
def test_a_stay_never_ends_before_it_begins_and_its_parts_hold_it(found: list[ClockEvent]) -> None:
    result = clocked(found)
    for stay in result.stays:
        assert stay.arrived is None or stay.left is None or stay.arrived <= stay.left
    whole = sum(
        minutes_between(stay.arrived.replace(second=0), stay.left.replace(second=0))
        for stay in result.stays if stay.arrived is not None and stay.left is not None
    )
    assert sum(part.elapsed for part in result.parts if part.elapsed is not None) == whole
    assert len(result.stays) <= len(standing(found))


@given(events)
def test_a_touch_and_all_that_corrects_it_leave_one_event_at_most(found: list[ClockEvent]) -> None:
    chained = [
        replace(event, replaces=found[number // 2].uid if number else None)
        for number, event in enumerate(found)
    ]
    left = standing(chained)
    assert len(left) <= 1
    kept = {event.replaces for event in chained}
    assert all(event.uid not in kept for event in left)
    assert left or not chained or any(event.kind is ClockKind.CANCEL for event in chained)


@given(st.integers(0, 5), st.integers(1, 20), st.sets(st.integers(0, 19)), st.booleans())
def test_a_day_expected_has_one_verdict_and_no_other_day_has(
    waiting: int, length: int, expected: set[int], proven: bool
) -> None:
    first = date(2025, 10, 6)
    days = {first + timedelta(days=offset) for offset in expected}
    rules = AbsenceRules({AbsenceReason.ILLNESS: ReasonRule(waiting_days=waiting, needs_proof=True)})
    absence = Absence(AbsenceReason.ILLNESS, first, first + timedelta(days=length - 1),
                      proof_on=first if proven else None)
    found = verdicts(absence, rules, days, days)
    assert [one.day for one in found] == sorted(day for day in days if day <= absence.last_day)
    assert proven or not any(one.deducted for one in found)
    assert not any(one.deducted for one in found if (one.day - first).days < waiting)
