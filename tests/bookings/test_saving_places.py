"""The last place, the queue behind it, and who is called when it becomes free."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.events import PlacesGiven
from backoffice.bookings.kinds import RuleKind
from backoffice.bookings.queueing import ReleasePlaces
from backoffice.bookings.rules.capacity import Capacity
from backoffice.bookings.rules.notice import DaysNotice, NoticeRule
from backoffice.bookings.rules.states import Stored
from backoffice.bookings.tables import ActivityRuleRow
from backoffice.bookings.wishes import Wished
from backoffice.catalog.calendar import is_public_holiday
from backoffice.kernel.errors import UserError
from tests.bookings.conftest import (
    ABSENT,
    BOOKED,
    MONDAY,
    NOTHING,
    SPECIAL,
    WEEK,
    YEAR,
    Canteen,
    open_canteen,
    units,
)
from tests.support.towns import SmallTown

HERE, WAITS = AttendanceState.BOOKED, AttendanceState.WAITING


def test_who_finds_no_place_waits_and_is_called_with_a_mail(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    first, second, third = (canteen.family(name) for name in "ABC")
    canteen.book(first)
    saved = canteen.book(second)
    assert saved.waiting == ((second.child, canteen.meal, MONDAY),)
    assert canteen.row(second)["queued_at"] == canteen.town.now
    canteen.at(1)
    canteen.book(third)
    heard = canteen.town.heard(PlacesGiven)
    canteen.at(2)
    canteen.town.app.events.subscribe(PlacesGiven, heard.append)
    saved = canteen.cancel(first)
    assert canteen.states() == {(second.child, MONDAY): HERE, (third.child, MONDAY): WAITS}
    assert [(one.child_id, one.day, one.is_told) for one in saved.given] == [(second.child, MONDAY, True)]
    assert heard == [PlacesGiven(canteen.activity)]
    (body,) = canteen.letters("places_given")
    assert "Restauration, Repas : le 7 septembre 2026 (B Léa)" in body
    assert '"given"' in canteen.town.rows("audit_journal")[-1]["details"]


def test_undoing_a_cancellation_takes_the_place_back_and_the_mail_too(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    first, second = canteen.family("A"), canteen.family("B")
    canteen.book(first, *WEEK)
    canteen.book(second, *WEEK)
    before = units(canteen)
    saved = canteen.save(*(canteen.change(first, NOTHING, day, seen=BOOKED) for day in WEEK))
    (body,) = canteen.letters("places_given")
    assert "les 7, 8, 10 et 11 septembre 2026" in body  # one mail, one line
    canteen.save(*saved.undo)
    assert units(canteen) == before
    assert canteen.letters("places_given") == []


def test_a_place_given_and_told_is_not_taken_back(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    first, second = canteen.family("A"), canteen.family("B")
    canteen.book(first)
    canteen.book(second)
    saved = canteen.cancel(first)
    canteen.town.sql("UPDATE letters SET state = 'closed', closed_at = send_after, version = version + 1")
    before = units(canteen)
    with pytest.raises(UserError) as refusal:
        canteen.save(*saved.undo)
    assert refusal.value.code == "bookings.letter_left"
    assert units(canteen) == before


def test_an_agent_who_may_not_write_to_families_gives_the_place_and_hears_it(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    first, second = canteen.family("A"), canteen.family("B")
    canteen.book(first)
    canteen.book(second)
    canteen.without("letters.write")
    (given,) = canteen.cancel(first).given
    assert (given.child_id, given.is_told) == (second.child, False)
    assert canteen.town.rows("letters") == []


def test_a_special_presence_in_a_full_slot_asks_why(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    first, second = canteen.family("A"), canteen.family("B")
    canteen.book(first)
    special = canteen.change(second, SPECIAL)
    assert canteen.why(special) == ["Limite de capacité atteinte pour « Repas » le 07/09/2026"]
    canteen.save(special, reason="Fratrie")
    assert canteen.states() == {(first.child, MONDAY): HERE, (second.child, MONDAY): HERE}


def test_a_place_gained_in_the_same_save_goes_to_who_waited_longest(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    first, second, third = (canteen.family(name) for name in "ABC")
    canteen.book(first)
    canteen.book(second)
    canteen.save(canteen.change(first, NOTHING, seen=BOOKED), canteen.change(third, BOOKED))
    assert canteen.states() == {(second.child, MONDAY): HERE, (third.child, MONDAY): WAITS}


def test_a_full_group_lets_the_next_one_pass(canteen: Canteen) -> None:
    """Children are born on 1 and 2 January 2017: 116 and 115 months old in September 2026."""
    canteen.group("PETITS", 0, 116)
    canteen.group("GRANDS", 116, None)
    canteen.rule(RuleKind.CAPACITY, Capacity(total=3, by_group={"GRANDS": 1}))
    one, two = canteen.family("A"), canteen.family("B")
    both = canteen.family("C", "Ali", "Bea")
    canteen.book(one)
    canteen.book(two)
    canteen.save(canteen.change(both, BOOKED), canteen.change(both, BOOKED, child=1))
    assert canteen.states()[one.child, MONDAY] is HERE
    assert canteen.states()[two.child, MONDAY] is WAITS


def test_an_absence_frees_the_place_only_in_time(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    canteen.rule(RuleKind.NOTICE, NoticeRule(cancel=DaysNotice(2)))
    first, second = canteen.family("A"), canteen.family("B")
    canteen.book(first, *WEEK)
    canteen.book(second, *WEEK)
    canteen.save(canteen.change(first, ABSENT, WEEK[0], seen=BOOKED))
    assert canteen.states()[second.child, WEEK[0]] is HERE
    canteen.at(24 * 7)  # Monday: too late for Tuesday
    canteen.save(canteen.change(first, ABSENT, WEEK[1], seen=BOOKED))
    assert canteen.states()[second.child, WEEK[1]] is WAITS
    canteen.save(canteen.change(first, BOOKED, WEEK[1], seen=ABSENT))  # the place was kept
    assert canteen.states()[first.child, WEEK[1]] is HERE


def test_a_capacity_that_is_raised_calls_the_queue(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    homes = [canteen.family(name) for name in "ABC"]
    for home in homes:
        canteen.book(home)
    release = ReleasePlaces(canteen.activity, MONDAY, MONDAY)
    assert canteen.town.do(release) == ()
    with canteen.town.database.write() as session:
        session.query(ActivityRuleRow).one().value = Capacity(total=2).to_data()
    assert [one.child_id for one in canteen.town.do(release)] == [homes[1].child]
    assert canteen.states()[homes[2].child, MONDAY] is WAITS


def test_a_wish_that_waits_for_its_answer_keeps_its_rank(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    asking, later = canteen.family("A"), canteen.family("B")
    canteen.ask(asking, Wished(asking.child, canteen.meal, MONDAY))
    canteen.at(1)
    canteen.book(later)
    assert canteen.states() == {(later.child, MONDAY): WAITS}


_GESTURES = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from([BOOKED, NOTHING])), min_size=1, max_size=10
)


def test_whatever_is_done_the_places_are_never_exceeded_nor_left_empty(town: SmallTown) -> None:
    """Each trial has a day of its own, with the capacity it is given."""
    canteen = open_canteen(town)
    homes = [canteen.family(f"F{number}") for number in range(5)]
    days = iter(day for day in YEAR.days() if day.weekday() < 5 and day > MONDAY and not is_public_holiday(day))

    @settings(max_examples=25, deadline=None, database=None)
    @given(places=st.integers(0, 3), gestures=_GESTURES)
    def tried(places: int, gestures: list[tuple[int, Stored]]) -> None:
        day = next(days)
        canteen.rule(RuleKind.CAPACITY, Capacity(total=places), since=day, until=day)
        for hour, (number, wanted) in enumerate(gestures):
            canteen.at(hour / 60)
            home = homes[number]
            if ((home.child, day) in canteen.states()) is (wanted is BOOKED):
                continue
            change = canteen.change(home, wanted, day, seen=NOTHING if wanted is BOOKED else BOOKED)
            before = units(canteen)
            saved = canteen.save(change)
            after = units(canteen)
            canteen.save(*saved.undo)
            assert units(canteen) == before
            canteen.save(change)
            assert units(canteen) == after
            found = [state for (_, on), state in canteen.states().items() if on == day]
            assert found.count(HERE) == min(places, len(found))

    tried()


def test_nobody_is_called_for_a_day_that_is_over(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    first, second = canteen.family("A"), canteen.family("B")
    canteen.book(first)
    canteen.book(second)
    canteen.at(24 * 10)
    assert canteen.town.do(ReleasePlaces(canteen.activity, date(2026, 9, 1), MONDAY)) == ()
    saved = canteen.save(canteen.change(first, NOTHING, seen=BOOKED), reason="Jamais venu")
    assert saved.given == ()
