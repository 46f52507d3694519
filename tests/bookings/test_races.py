"""Two agents at the same moment, on the shared database: the last place has one taker, a wish one answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.kinds import RuleKind
from backoffice.bookings.rules.capacity import Capacity
from backoffice.bookings.saving import SaveBookings
from backoffice.bookings.wishes import AnswerWishes, Wished
from backoffice.kernel.errors import UserError
from tests.bookings.conftest import BOOKED, MONDAY, NOTHING, Canteen

RACES = 100
# School days of the year, one for each race.
DAYS = [day for day in (MONDAY + timedelta(days=offset) for offset in range(280))
        if day.weekday() < 4 and (day.month, day.day) not in {(11, 11), (5, 1), (5, 8), (1, 1)}][:RACES]


def at_once(*gestures: Callable[[], object]) -> list[object]:
    """Do these at the same moment; answers what each gave, or the code that refused it."""
    start = Barrier(len(gestures))

    def run(gesture: Callable[[], object]) -> object:
        start.wait(10)
        try:
            return gesture()
        except UserError as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(gestures)) as agents:
        return list(agents.map(run, gestures))


def test_of_two_agents_who_book_the_last_place_one_gets_it_each_time(shared_canteen: Canteen) -> None:
    canteen = shared_canteen
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    first, second = canteen.family("A"), canteen.family("B")
    doors = [canteen.town.door(), canteen.town.door()]
    assert len(DAYS) == RACES
    for day in DAYS:
        at_once(*(
            partial(door.execute, SaveBookings((canteen.change(home, BOOKED, day),)))
            for door, home in zip(doors, (first, second), strict=True)
        ))
    by_day = {day: Counter[AttendanceState]() for day in DAYS}
    for (_, day), state in canteen.states().items():
        by_day[day][state] += 1
    expected = Counter({AttendanceState.BOOKED: 1, AttendanceState.WAITING: 1})
    assert [day for day, found in by_day.items() if found != expected] == []


def test_a_place_freed_while_another_agent_books_is_given_once(shared_canteen: Canteen) -> None:
    canteen = shared_canteen
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    leaving, waiting, coming = (canteen.family(name) for name in "ABC")
    days = DAYS[:10]
    canteen.book(leaving, *days)
    canteen.book(waiting, *days)
    doors = [canteen.town.door(), canteen.town.door()]
    for day in days:
        leave = SaveBookings((canteen.change(leaving, NOTHING, day, seen=BOOKED),))
        come = SaveBookings((canteen.change(coming, BOOKED, day),))
        at_once(partial(doors[0].execute, leave), partial(doors[1].execute, come))
    states = canteen.states()
    assert {states[waiting.child, day] for day in days} == {AttendanceState.BOOKED}
    assert {states[coming.child, day] for day in days} == {AttendanceState.WAITING}


def test_of_two_agents_who_answer_a_wish_one_hears_of_the_other(shared_canteen: Canteen) -> None:
    canteen = shared_canteen
    home = canteen.family()
    canteen.ask(home, Wished(home.child, canteen.meal, MONDAY))
    (wish,) = (row["id"] for row in canteen.town.rows("booking_wishes"))
    doors = [canteen.town.door(), canteen.town.door()]
    answers = at_once(
        partial(doors[0].execute, AnswerWishes((wish,), accept=True)),
        partial(doors[1].execute, AnswerWishes((wish,), accept=False, reason="Complet")),
    )
    assert answers.count("bookings.wish_answered") == 1
    (row,) = canteen.town.rows("booking_wishes")
    assert (row["answer"] == "accepted") == bool(canteen.states())
