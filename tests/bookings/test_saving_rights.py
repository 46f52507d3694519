"""On the shared database the rights of each agent hold by themselves; and what other wings put in the way."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.inbox import ListWishes
from backoffice.bookings.kinds import Channel, RuleKind, Wish
from backoffice.bookings.rules.capacity import Capacity
from backoffice.bookings.rules.states import Stored
from backoffice.bookings.saving import BookingsRefused, Change, SaveBookings
from backoffice.bookings.tables import ActivityRuleRow
from backoffice.bookings.wishes import AnswerWishes, ReceiveWishes, UndoAnswers, Wished
from backoffice.catalog.queries import slots_of
from backoffice.documents.types import AdoptStartingTypes
from backoffice.kernel.errors import BackofficeError, PermissionDenied
from backoffice.kernel.periods import Period
from backoffice.registrations.commands import RequestRegistration
from backoffice.registrations.tables import RegistrationRow
from tests.bookings.conftest import BOOKED, MONDAY, NOTHING, SINCE, WEEK, Canteen
from tests.support.shared import by_administrator
from tests.support.two_services import DIRECTOR, LEISURE, MEALS, OFFICER, TwoServices


def _registered(two: TwoServices, name: str) -> tuple[int, int]:
    """A family entered by the secretary of meals, its child registered there; written past what documents ask."""
    family, _, child = two.family(MEALS, name)
    app = two.door(MEALS)
    with app.database.read() as session:
        activity = slots_of(session)[two.slots["CANT"]].activity_id
    number = app.execute(RequestRegistration(family, child, activity, Period(date(2026, 9, 1))))
    with by_administrator(app.database) as opened, opened.write() as session:
        session.get_one(RegistrationRow, number).state = "accepted"
    return family, child


def _capacity(two: TwoServices, places: int) -> None:
    database = two.door(MEALS).database
    with by_administrator(database) as opened, opened.write() as session:
        activity = slots_of(session)[two.slots["CANT"]].activity_id
        session.add(ActivityRuleRow(
            activity_id=activity, kind=RuleKind.CAPACITY, first_day=SINCE, last_day=None,
            value=Capacity(total=places).to_data(), source="essai",
        ))


def test_the_agents_of_a_service_save_in_it_and_the_others_do_not(two_services: TwoServices) -> None:
    _capacity(two_services, 1)
    slot = two_services.slots["CANT"]
    homes = [_registered(two_services, name) for name in ("A", "B")]
    changes = [SaveBookings((Change(*home, slot, MONDAY, BOOKED),), Channel.PHONE) for home in homes]
    two_services.door(DIRECTOR).execute(changes[0])
    assert two_services.door(MEALS).execute(changes[1]).waiting == ((homes[1][1], slot, MONDAY),)
    with pytest.raises(PermissionDenied):
        two_services.door(OFFICER).execute(changes[0])
    with pytest.raises(BackofficeError):
        two_services.door(LEISURE).execute(SaveBookings((Change(*homes[0], slot, WEEK[1], BOOKED),), reason="Moi"))
    # The director may not write to families: the place is given all the same, and who is to be told is said.
    clear = Change(*homes[0], slot, MONDAY, NOTHING, seen=BOOKED)
    (given,) = two_services.door(DIRECTOR).execute(SaveBookings((clear,))).given
    assert (given.child_id, given.is_told) == (homes[1][1], False)
    states = {row["child_id"]: row["state"] for row in two_services.rows("attendances")}
    assert states == {homes[1][1]: AttendanceState.BOOKED}


def test_wishes_are_received_and_answered_by_the_agents_of_the_service(two_services: TwoServices) -> None:
    slot = two_services.slots["CANT"]
    family, child = _registered(two_services, "A")
    two_services.door(DIRECTOR).execute(ReceiveWishes(family, (Wished(child, slot, MONDAY, Wish.BOOK),), Channel.DESK))
    assert two_services.door(LEISURE).ask(ListWishes()) == ()
    ((wish,),) = (request.wishes for request in two_services.door(MEALS).ask(ListWishes()))
    answered = two_services.door(MEALS).execute(AnswerWishes((wish.id,), accept=True))
    assert answered.is_told
    two_services.door(MEALS).execute(UndoAnswers(answered))
    assert two_services.rows("attendances") == []
    with pytest.raises(BackofficeError):
        two_services.door(LEISURE).execute(AnswerWishes((wish.id,), accept=True))


def test_a_piece_that_holds_bookings_back_is_named(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.town.do(AdoptStartingTypes())
    canteen.book(home)  # what is asked holds registrations back, not bookings
    canteen.town.sql("UPDATE document_requirements SET blocks = 'booking' WHERE type_id ="
                     " (SELECT id FROM document_types WHERE code = 'PHOTO')")
    change = canteen.change(home, BOOKED, WEEK[1])
    (why,) = canteen.why(change)
    assert "Photo" in why
    assert "MARTIN Léa : manquante." in why
    canteen.save(change, reason="Photo promise pour demain")
    with pytest.raises(BookingsRefused):
        canteen.save(canteen.change(home, Stored.BOOKED, MONDAY + timedelta(days=7)))
