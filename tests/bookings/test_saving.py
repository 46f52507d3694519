"""What is painted in the grid is saved whole, judged by the rules, and undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from backoffice.attendance.commands import AttendanceOfDayChanged
from backoffice.attendance.recording import AttendanceEntry, RecordMany
from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.kinds import Channel, RuleKind
from backoffice.bookings.rules.combinations import Combinations
from backoffice.bookings.rules.notice import DaysNotice, Late, NoticeRule
from backoffice.bookings.rules.season import Opening
from backoffice.bookings.rules.window import BookingWindow
from backoffice.bookings.saving import BookingsChanged, BookingsRefused, SaveBookings
from backoffice.catalog.rules import Season
from backoffice.kernel.errors import InvalidFields, PermissionDenied, UserError
from backoffice.kernel.periods import Month
from backoffice.kernel.zone import PARIS
from tests.bookings.conftest import ABSENT, BOOKED, EXCUSED, MONDAY, NOTHING, SPECIAL, WEEK, Canteen, units
from tests.support.books import dump

TUESDAY = WEEK[1]


def test_a_week_is_booked_told_and_undone(canteen: Canteen) -> None:
    home = canteen.family()
    before = units(canteen)
    heard = canteen.town.heard(AttendanceOfDayChanged)
    saved = canteen.book(home, *WEEK)
    assert canteen.states() == {(home.child, day): AttendanceState.BOOKED for day in WEEK}
    assert sorted(event.day for event in heard if isinstance(event, AttendanceOfDayChanged)) == list(WEEK)
    row = canteen.row(home)
    assert (row["channel"], row["note"], row["changed_by"]) == ("office", "", "cheffe")
    canteen.save(*saved.undo)
    assert units(canteen) == before


def test_every_gesture_writes_what_it_says_and_comes_back(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.book(home, *WEEK)
    booked = units(canteen)
    wanted = (SPECIAL, ABSENT, EXCUSED, NOTHING)
    saved = canteen.save(*(canteen.change(home, stored, day, seen=BOOKED)
                           for stored, day in zip(wanted, WEEK, strict=True)))
    assert canteen.states() == {
        (home.child, WEEK[0]): AttendanceState.BOOKED,
        (home.child, WEEK[1]): AttendanceState.ABSENT,
        (home.child, WEEK[2]): AttendanceState.EXCUSED,
    }
    assert canteen.row(home)["special"]
    canteen.save(*saved.undo)
    assert units(canteen) == booked


def test_what_is_there_already_is_no_change(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.book(home)
    before = dump(canteen.town.database, "audit_journal")
    assert canteen.book(home, seen=BOOKED).undo == ()
    assert canteen.save().undo == ()
    assert dump(canteen.town.database, "audit_journal") == before


def test_the_same_operation_is_done_once(canteen: Canteen) -> None:
    home = canteen.family()
    command = SaveBookings((canteen.change(home, BOOKED),), op_id=UUID(int=7))
    canteen.town.do(command)
    assert canteen.town.refused(command) == "operation.already_done"


def test_another_agents_change_is_shown_cell_by_cell(canteen: Canteen) -> None:
    home, other = canteen.family("A"), canteen.family("B")
    canteen.book(home)
    with pytest.raises(BookingsChanged) as refusal:
        canteen.save(canteen.change(home, ABSENT), canteen.change(other, BOOKED))
    (cell,) = refusal.value.cells
    assert (cell.child_id, cell.slot_id, cell.day) == (home.child, canteen.meal, MONDAY)
    assert (cell.state, cell.stored, cell.changed_by) == (AttendanceState.BOOKED, BOOKED, "cheffe")
    assert (other.child, MONDAY) not in canteen.states()


def test_one_cell_that_breaks_a_rule_saves_nothing_and_says_every_reason(canteen: Canteen) -> None:
    home = canteen.family("A")
    stranger = canteen.town.family("B")  # not registered
    canteen.without("attendance.unlock")
    sunday = MONDAY - timedelta(days=1)
    with pytest.raises(BookingsRefused) as refusal:
        canteen.save(canteen.change(home, BOOKED), canteen.change(stranger, BOOKED, sunday))
    (cell,) = refusal.value.cells
    assert (cell.child_id, cell.day, cell.is_final) == (stranger.child, sunday, False)
    assert cell.reasons == ("Pas d'inscription à « Restauration » en cours le 06/09/2026", "Fermé le dimanche")
    assert (refusal.value.code, refusal.value.may_override) == ("bookings.refused", False)
    assert canteen.states() == {}


def test_the_right_and_a_reason_go_past_a_rule_and_are_kept(canteen: Canteen) -> None:
    home = canteen.town.family()
    change = canteen.change(home, BOOKED)
    with pytest.raises(BookingsRefused) as refusal:
        canteen.save(change)
    assert (refusal.value.code, refusal.value.may_override) == ("bookings.reason_missing", True)
    regular = canteen.family("B")
    canteen.save(change, canteen.change(regular, BOOKED), reason="Hospitalisation de la mère", channel=Channel.PHONE)
    row = canteen.row(home)
    assert (row["channel"], row["note"]) == ("phone", "Hospitalisation de la mère")
    assert canteen.row(regular)["note"] == ""  # nothing was broken there
    line = canteen.town.rows("audit_journal")[-1]
    assert line["action"] == "bookings.saved"
    assert '"overridden": 1' in line["details"]
    assert "Hospitalisation" in line["details"]
    canteen.without("attendance.unlock")
    assert canteen.why(canteen.change(home, BOOKED, TUESDAY), reason="Même chose") == [
        "Pas d'inscription à « Restauration » en cours le 08/09/2026"
    ]


def test_a_reason_too_long_is_said_beside_its_field(canteen: Canteen) -> None:
    with pytest.raises(InvalidFields) as refusal:
        canteen.save(canteen.change(canteen.family(), BOOKED), reason="x" * 201)
    assert set(refusal.value.fields) == {"reason"}


def test_no_right_and_no_reason_go_past_what_is_final(canteen: Canteen) -> None:
    home, other = canteen.family("A"), canteen.family("B")
    stranger = replace(canteen.change(home, BOOKED), child_id=other.child)
    assert canteen.why(stranger, reason="Pourtant") == [
        "Impossible de pointer cet enfant ici car il n'est pas rattaché à cette famille."
    ]
    assert "aucune réservation" in canteen.why(canteen.change(home, ABSENT), reason="Pourtant")[0]
    unknown = replace(canteen.change(home, BOOKED), slot_id=999)
    assert canteen.town.refused(SaveBookings((unknown,))) == "catalog.unknown_slot"


def test_who_may_not_edit_attendance_saves_nothing(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.without("attendance.edit")
    with pytest.raises(PermissionDenied):
        canteen.book(home)


# --- the rules ---------------------------------------------------------------------------------------------------


def test_a_window_opens_and_closes(canteen: Canteen) -> None:
    home = canteen.family()
    opens = datetime(2026, 9, 1, 8, tzinfo=PARIS)
    canteen.rule(RuleKind.WINDOW, BookingWindow(opens, opens + timedelta(days=1)))
    assert "ouvrent le mardi 01/09/2026 à 8 h" in canteen.why(canteen.change(home, BOOKED))[0]
    canteen.at(24)
    canteen.book(home)
    canteen.at(72)
    assert "closes depuis" in canteen.why(canteen.change(home, NOTHING, seen=BOOKED))[0]


def test_a_late_booking_follows_the_notice(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.rule(RuleKind.NOTICE, NoticeRule(book=DaysNotice(2), late_booking=Late.REFUSED), until=MONDAY)
    canteen.rule(RuleKind.NOTICE, NoticeRule(book=DaysNotice(2), late_booking=Late.ASKS), since=TUESDAY)
    canteen.at(24 * 7 + 1)  # Monday 7 September, 14 h
    assert "Trop tard pour réserver" in canteen.why(canteen.change(home, BOOKED))[0]
    canteen.book(home, TUESDAY)  # the service is who answers


@pytest.mark.parametrize(
    ("late", "left"), [(Late.BILLED, AttendanceState.ABSENT), (Late.ASKS, None), (Late.REFUSED, "Trop tard")]
)
def test_a_late_cancellation_does_what_the_town_decided(
    canteen: Canteen, late: Late, left: AttendanceState | str | None
) -> None:
    home = canteen.family()
    canteen.book(home)
    canteen.rule(RuleKind.NOTICE, NoticeRule(cancel=DaysNotice(2), late_cancellation=late))
    canteen.at(24 * 6)
    if isinstance(left, str) and not isinstance(left, AttendanceState):
        assert left in canteen.why(canteen.change(home, NOTHING, seen=BOOKED))[0]
        return
    saved = canteen.cancel(home)
    assert canteen.states().get((home.child, MONDAY)) == left
    if left is AttendanceState.ABSENT:  # billed: clearing it afterwards is no way round
        assert "Trop tard pour annuler" in canteen.why(canteen.change(home, NOTHING, seen=ABSENT))[0]
    canteen.save(*saved.undo)
    assert canteen.states() == {(home.child, MONDAY): AttendanceState.BOOKED}


def test_closures_and_seasons_keep_children_out(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.town.sql("INSERT INTO closures (first_day, last_day, reason) VALUES (:day, :day, 'Grève')", day=MONDAY)
    assert canteen.why(canteen.change(home, BOOKED)) == ["Fermeture le 07/09/2026 : Grève"]
    canteen.rule(RuleKind.SEASON, Opening(Season.SCHOOL_HOLIDAYS))
    assert "vacances scolaires" in canteen.why(canteen.change(home, BOOKED, TUESDAY))[0]


def test_slots_that_do_not_go_together_are_refused_with_what_is_missing(canteen: Canteen) -> None:
    home = canteen.family()
    both, meal = frozenset({"REPAS", "SOIR"}), frozenset({"REPAS"})
    canteen.rule(RuleKind.COMBINATIONS, Combinations(frozenset({both, meal})))
    evening = canteen.change(home, BOOKED, slot=canteen.evening)
    assert canteen.why(evening) == ["Choix des temps d'accueil non valide : ajoutez Repas"]
    canteen.save(evening, canteen.change(home, BOOKED))
    assert "ajoutez Repas" in canteen.why(canteen.change(home, NOTHING, seen=BOOKED))[0]
    canteen.save(canteen.change(home, ABSENT, seen=BOOKED))  # an absence was chosen too


# --- what is locked ----------------------------------------------------------------------------------------------


def test_a_clocked_presence_needs_the_right_and_a_reason(canteen: Canteen) -> None:
    home = canteen.family()
    entry = AttendanceEntry(home.id, home.child, canteen.meal, MONDAY, AttendanceState.PRESENT, 720, 780)
    canteen.town.do(RecordMany((entry,)))
    clear = canteen.change(home, NOTHING, seen=BOOKED)
    assert "déjà pointée" in canteen.why(clear)[0]
    saved = canteen.save(clear, reason="Pointé pour un autre")
    assert canteen.states() == {}
    canteen.save(*saved.undo)
    row = canteen.row(home)
    assert (row["state"], row["arrived_minute"], row["left_minute"]) == ("present", 720, 780)


def test_a_billed_day_never_changes_here(canteen: Canteen) -> None:
    home = canteen.family()
    days = tuple(date(2026, 9, day) for day in (3, 4, 7, 8, 10, 11))
    canteen.book(home, *days)
    canteen.town.do(RecordMany(tuple(
        AttendanceEntry(home.id, home.child, canteen.meal, day, AttendanceState.PRESENT) for day in days
    )))
    canteen.at(24 * 35)
    assert canteen.town.issue(Month(2026, 9), issued_on=date(2026, 10, 5)).numbers
    canteen.at(0)
    clear = canteen.change(home, NOTHING, seen=BOOKED)
    before = units(canteen)
    assert "Déjà facturé" in canteen.why(clear)[0]
    with pytest.raises(BookingsRefused) as refusal:
        canteen.save(clear, reason="Erreur de pointage")
    (cell,) = refusal.value.cells
    assert cell.is_final
    assert "annulez d'abord la facture par un avoir" in cell.reasons[0]
    assert units(canteen) == before


def test_an_unreadable_rule_is_said_and_nothing_is_saved(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.rule(RuleKind.NOTICE, {"book": "jeudi"})
    with pytest.raises(UserError) as refusal:
        canteen.book(home)
    assert refusal.value.code == "rule.bad_value"
