"""What a kiosk is given: the day of its structure, the codes that sign, the cards that name a child."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.clocking.badges import CODE_LENGTH, MakeCards
from backoffice.clocking.code_rules import FREE_TRIES, Tries, check_code
from backoffice.clocking.codes import SetOwnCode
from backoffice.clocking.conflicts import ListConflicts
from backoffice.clocking.roster import ReadRoster, Roster
from backoffice.families.commands import AddPerson
from backoffice.families.kinds import MemberRole
from backoffice.families.rules import PersonValues
from backoffice.health.commands import EditHealthSheet
from backoffice.kernel.errors import UserError
from tests.clocking.days import DAY, MORNING, WHOLE, Centre, at, centre_in
from tests.support.private import SHEET
from tests.support.towns import NOON, SmallTown

YES = frozenset({"person.maybe_known", "person.known_elsewhere"})


@pytest.fixture
def centre(either_town: SmallTown) -> Centre:
    return centre_in(either_town)


def roster(centre: Centre, day: date = DAY) -> Roster:
    return centre.town.ask(ReadRoster(centre.structure, "Les Lucioles", day))


def test_the_day_of_a_structure_in_one_read(centre: Centre) -> None:
    booked, away, unbooked = (centre.child(name) for name in ("ARNAUD", "BLANC", "COSTE"))
    centre.child("DUVAL", registered=False)
    centre.book(booked, MORNING)
    centre.book(away, WHOLE, state=AttendanceState.EXCUSED)
    centre.receive(centre.arrives(booked, at(8, 32)))
    found = {child.name: child for child in roster(centre).children}
    assert list(found) == ["ARNAUD Léa", "BLANC Léa", "COSTE Léa"]
    first = found["ARNAUD Léa"]
    assert (first.expected, first.arrived, first.left, first.first_name) == (("Matin",), 512, None, "Léa")
    assert [touch.kind.value for touch in first.touches] == ["arrival"]
    assert (found["BLANC Léa"].away, found["BLANC Léa"].expected) == (True, ())
    assert (found["COSTE Léa"].away, found["COSTE Léa"].expected) == (False, ())
    assert unbooked.child == found["COSTE Léa"].child_id


def test_who_may_take_a_child_home_and_whom_to_call(centre: Centre) -> None:
    lea = centre.child()
    centre.book(lea, WHOLE)
    contact = PersonValues("ROUX", "Denise", mobile="06 12 34 56 78")
    centre.town.app.execute(AddPerson(lea.id, contact, MemberRole.CONTACT), confirmed=YES)
    (child,) = roster(centre).children
    assert [(one.name, one.parent, one.phone) for one in child.adults] == [
        ("MARTIN Camille", True, ""), ("ROUX Denise", False, "06 12 34 56 78"),
    ]


def test_an_alert_is_a_dot_and_nothing_of_it_is_told(town: SmallTown) -> None:
    centre = centre_in(town)
    lea = centre.child()
    centre.book(lea, WHOLE)
    town.door(town.app.actor.permissions | {"health.edit", "health.read"}).execute(
        EditHealthSheet(lea.child, 0, SHEET))
    found = roster(centre)
    assert [child.alert for child in found.children] == [True]
    assert SHEET.allergies not in repr(found)


def test_another_structure_has_other_children(centre: Centre) -> None:
    centre.book(centre.child(), WHOLE)
    assert roster(Centre(centre.town, centre.structure + 1000, 0, ())).children == ()


# --- codes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["", "123", "1234", "4321", "0000", "12a4", "123456789", "²²²²", " 4821"])
def test_what_is_too_easy_or_no_code_is_refused(code: str) -> None:
    with pytest.raises(UserError) as caught:
        check_code(code)
    assert caught.value.code == "kiosk.bad_code"


def test_a_code_signs_and_is_never_kept_as_typed(centre: Centre) -> None:
    for code in ("4821", "907351"):
        centre.town.do(SetOwnCode(code))
    (signer,) = roster(centre).signers
    assert signer.signs_with("907351")
    assert not signer.signs_with("4821")
    (row,) = centre.town.rows("kiosk_codes")
    assert "907351" not in repr(row)
    assert "907351" not in repr(SetOwnCode("907351"))
    assert "907351" not in repr(centre.town.rows("audit_journal"))


def test_five_wrong_tries_slow_down_and_a_right_one_forgives() -> None:
    tries, now, waits = Tries(), NOON, []
    for _ in range(FREE_TRIES + 6):
        tries = tries.after(now, right=False)
        waits.append(tries.wait(now))
        now += timedelta(seconds=tries.wait(now))
        assert tries.wait(now) == 0
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert tries.after(now, right=True) == Tries()


# --- cards -----------------------------------------------------------------------------------------------------------


def test_a_card_is_drawn_once_and_renewed_when_lost(centre: Centre) -> None:
    lea, noe = centre.child("ARNAUD"), centre.child("BLANC")
    first = centre.town.do(MakeCards((lea.child, noe.child)))
    assert [card.name for card in first] == ["ARNAUD Léa", "BLANC Léa"]
    assert all(len(card.code) == CODE_LENGTH for card in first)
    assert centre.town.do(MakeCards((lea.child,))) == first[:1]
    renewed = centre.town.do(MakeCards((lea.child,), renew=True))
    assert renewed[0].code != first[0].code
    badges = {child.child_id: child.badge for child in roster(centre).children}
    assert badges == {lea.child: renewed[0].code, noe.child: first[1].code}


def test_conflicts_are_found_again_from_the_raw_events(centre: Centre) -> None:
    stranger = centre.child(registered=False)
    centre.receive(centre.arrives(stranger, at(8, 32)))
    found = centre.town.ask(ListConflicts(DAY, DAY, centre.structure))
    assert [(one.child_id, one.why.sentence.split(" ")[0]) for one in found] == [(stranger.child, "L'enfant")]
    assert centre.town.ask(ListConflicts(DAY + timedelta(days=2), DAY + timedelta(days=3))) == ()
