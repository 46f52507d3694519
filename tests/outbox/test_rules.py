"""What is kept, told from what happened."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.outbox.rules import (
    EMPTY,
    Added,
    Again,
    Clocked,
    Fact,
    Gesture,
    Kept,
    Mark,
    Refused,
    Settled,
    after,
    facts_of,
    read_fact,
    replay,
    written,
)

NOON = datetime(2025, 11, 20, 11, tzinfo=UTC)
DAY = date(2025, 11, 20)
BOOKED = Clocked(AttendanceState.BOOKED)
HERE = Clocked(AttendanceState.PRESENT, 485, 1050)
ABSENT = Clocked(AttendanceState.ABSENT)


def gesture(number: int, wanted: Clocked = HERE, seen: Clocked = BOOKED, child: int = 7) -> Gesture:
    return Gesture(UUID(int=number), NOON, (Mark(3, child, 4, DAY, wanted, seen),))


A, B = gesture(1), gesture(2, child=8)
REFUSED_A = Refused(A.op_id, "attendance.already_billed", {"day": DAY})


@pytest.mark.parametrize(("facts", "waiting", "refused"), [
    ((), (), ()),
    ((Added(A), Added(B)), (A, B), ()),
    ((Added(A), Added(B), Settled(A.op_id)), (B,), ()),
    ((Added(A), Added(B), REFUSED_A), (B,), (A,)),
    ((Added(A), REFUSED_A, Settled(A.op_id)), (), ()),
    ((Added(A), Settled(A.op_id), REFUSED_A, Again(A.op_id)), (), ()),  # another window had settled it
])  # fmt: skip
def test_what_is_left(facts: tuple[Fact, ...], waiting: tuple[Gesture, ...], refused: tuple[Gesture, ...]) -> None:
    kept = replay(facts)
    assert kept.waiting == waiting
    assert tuple(one.gesture for one in kept.refused) == refused


def test_a_refused_one_wanted_all_the_same_waits_behind_the_others() -> None:
    kept = replay([Added(A), REFUSED_A, Added(B), Again(A.op_id)])
    assert [(one.op_id, one.forced) for one in kept.waiting] == [(B.op_id, False), (A.op_id, True)]
    assert not kept.refused


def test_gestures_on_one_unit_follow_each_other_and_count_once() -> None:
    second = after(Kept((A,)), gesture(3, wanted=ABSENT))
    assert second.marks[0].seen == HERE
    assert after(EMPTY, B) == B
    kept = Kept((A, second))
    assert kept.units == 1
    assert kept.wanted[7, 4, DAY].wanted == ABSENT


@pytest.mark.parametrize("fact", [
    Added(A), Added(Gesture(UUID(int=9), NOON, (*A.marks, *B.marks), forced=True)), Settled(A.op_id), REFUSED_A,
    Refused(A.op_id, "catalog.slot_ended", {"slot": "Repas", "count": 2}), Again(A.op_id),
])  # fmt: skip
def test_what_is_written_is_read_again(fact: Fact) -> None:
    assert read_fact(written(fact)) == fact


def test_the_fewest_facts_say_the_same() -> None:
    kept = replay([Added(A), REFUSED_A, Added(B), Added(gesture(3)), Settled(B.op_id)])
    assert replay(facts_of(kept)) == kept


@pytest.mark.parametrize("content", [b"", b"{}", b'{"fact":"lost","op_id":"%032d"}' % 1, b"[]"])
def test_what_is_no_fact_is_refused(content: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_fact(content)
