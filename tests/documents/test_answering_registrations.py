"""A request is accepted, refused or put on the waiting list; an exception says why, by who holds the right."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period
from backoffice.registrations.commands import (
    PutOnWaitingList,
    RefuseRegistration,
    RegisterChild,
    ReopenRequest,
    RequestRegistration,
)
from backoffice.registrations.kinds import RegistrationState
from backoffice.registrations.queries import ListAllRegistrations, RegistrationLine
from tests.documents.conftest import YEAR, Desk
from tests.support.towns import CHIEF


def _asked(desk: Desk) -> RegistrationLine:
    desk.town.do(RequestRegistration(desk.family.id, desk.family.child, desk.activity, YEAR, "portal"))
    return _line(desk)


def _line(desk: Desk) -> RegistrationLine:
    (line,) = desk.town.ask(ListAllRegistrations(Period(date(2025, 9, 1), date(2027, 8, 31))))
    return line


def test_a_request_that_is_refused_says_why_and_may_be_reopened(desk: Desk) -> None:
    line = _asked(desk)
    assert desk.town.refused(RefuseRegistration(line.id, line.version, "  ")) == "fields.invalid"
    desk.town.do(RefuseRegistration(line.id, line.version, "Plus de place le mercredi"))
    refused = _line(desk)
    assert (refused.state, refused.reason) == (RegistrationState.REFUSED, "Plus de place le mercredi")
    assert desk.town.refused(PutOnWaitingList(refused.id, refused.version)) == "registration.not_requested"
    desk.town.do(ReopenRequest(refused.id, refused.version))
    assert _line(desk).state is RegistrationState.REQUESTED


def test_who_was_refused_may_ask_again(desk: Desk) -> None:
    line = _asked(desk)
    desk.town.do(RefuseRegistration(line.id, line.version, "Dossier incomplet"))
    desk.town.do(RequestRegistration(desk.family.id, desk.family.child, desk.activity, YEAR))
    found = desk.town.ask(ListAllRegistrations(YEAR))
    assert sorted(one.state for one in found) == [RegistrationState.REFUSED, RegistrationState.REQUESTED]


def test_who_waits_is_accepted_in_the_same_line(desk: Desk) -> None:
    line = _asked(desk)
    desk.town.do(PutOnWaitingList(line.id, line.version))
    desk.send_everything()
    desk.town.do(RegisterChild(desk.family.id, desk.family.child, desk.activity, YEAR))
    found = _line(desk)
    assert (found.id, found.state, found.channel) == (line.id, RegistrationState.ACCEPTED, "portal")


def test_an_exception_is_kept_with_its_reason_and_needs_the_right(desk: Desk) -> None:
    wish = RegisterChild(desk.family.id, desk.family.child, desk.activity, YEAR, channel="desk",
                         reason="Accord de l'adjointe")
    without = desk.town.door(CHIEF.permissions - {"attendance.unlock"})
    with pytest.raises(UserError) as refusal:
        without.execute(wish)
    assert refusal.value.code == "registration.held_back"
    desk.town.do(wish)
    found = _line(desk)
    assert (found.state, found.channel, found.reason) == (RegistrationState.ACCEPTED, "desk", "Accord de l'adjointe")
