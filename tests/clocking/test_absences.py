"""An announced absence is deducted or billed by the rule of the activity, and judged again when the proof comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.kinds import RuleKind
from backoffice.bookings.tables import ActivityRuleRow
from backoffice.clocking.absences import (
    AbsenceDone,
    AbsenceValues,
    AnnounceAbsence,
    ChangeAbsence,
    ListAbsences,
    RemoveAbsence,
)
from backoffice.clocking.kinds import AbsenceReason
from tests.clocking.days import MORNING, Centre, at, centre_in
from tests.support.towns import OCTOBER, Household, SmallTown

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = WEEK = tuple(date(2025, 10, 6 + shift) for shift in range(5))
BEFORE = datetime(2025, 10, 1, 8, tzinfo=UTC)
ILL = AbsenceValues(MONDAY, THURSDAY, AbsenceReason.ILLNESS, BEFORE)
# Savigny-sur-Orge from 2026: two waiting days, then on proof (domain.md 1.7).
TWO_DAYS = {"illness": {"waiting_days": 2, "needs_proof": True}, "hospital": {}}


def decided(centre: Centre, value: Mapping[str, Any]) -> Centre:
    with centre.town.database.write() as session:
        session.add(ActivityRuleRow(
            activity_id=centre.activity, kind=RuleKind.ABSENCE.value, first_day=date(2025, 9, 1), last_day=None,
            value=dict(value), source="Règlement de 2025",
        ))
    return centre


@pytest.fixture
def centre(either_town: SmallTown) -> Centre:
    return decided(centre_in(either_town, whole=False), TWO_DAYS)


def booked_week(centre: Centre) -> Household:
    child = centre.child()
    for day in WEEK:
        centre.book(child, MORNING, day=day)
    return child


def announce(centre: Centre, child: Household, values: AbsenceValues = ILL) -> AbsenceDone:
    return centre.town.do(AnnounceAbsence(child.id, child.child, centre.activity, values))


def states(centre: Centre, child: Household) -> list[str]:
    return [centre.units(child, day)[MORNING][0] for day in WEEK]


def notes(centre: Centre) -> list[str]:
    return [row["note"] for row in sorted(centre.town.rows("attendances"), key=lambda row: str(row["day"]))]


def test_without_proof_all_is_billed_and_with_it_only_the_waiting_days(centre: Centre) -> None:
    child = booked_week(centre)
    done = announce(centre, child)
    assert states(centre, child) == ["absent"] * 4 + ["booked"]
    waiting, missing = "Facturé : jour de carence (maladie)", "Facturé : justificatif attendu (maladie)"
    assert [verdict.why for verdict in done.days] == [waiting, waiting, missing, missing]

    (line,) = centre.town.ask(ListAbsences(child.child, MONDAY))
    proof = replace(line.values, proof_on=WEDNESDAY)
    done = centre.town.do(ChangeAbsence(line.id, line.version, proof))

    assert states(centre, child) == ["absent", "absent", "excused", "excused", "booked"]
    assert [verdict.why for verdict in done.days] == [
        waiting, waiting, "Déduit : maladie", "Déduit : maladie",
    ]
    assert notes(centre) == [*(verdict.why for verdict in done.days), ""]
    centre.town.do(done.undo)
    assert states(centre, child) == ["absent"] * 4 + ["booked"]
    (line,) = centre.town.ask(ListAbsences(child.child, MONDAY))
    assert line.values.proof_on is None


def test_a_shorter_absence_gives_its_days_back(centre: Centre) -> None:
    child = booked_week(centre)
    announce(centre, child, replace(ILL, reason=AbsenceReason.HOSPITAL))
    assert states(centre, child) == ["excused"] * 4 + ["booked"]
    (line,) = centre.town.ask(ListAbsences(child.child, MONDAY))
    centre.town.do(ChangeAbsence(line.id, line.version, replace(line.values, first_day=TUESDAY, last_day=TUESDAY)))
    assert states(centre, child) == ["booked", "excused", "booked", "booked", "booked"]
    assert notes(centre) == ["", "Déduit : hospitalisation", "", "", ""]


def test_removed_then_undone(centre: Centre) -> None:
    child = booked_week(centre)
    announced = announce(centre, child, replace(ILL, reason=AbsenceReason.HOSPITAL))
    (line,) = centre.town.ask(ListAbsences(child.child, MONDAY))
    gone = centre.town.do(RemoveAbsence(line.id, line.version))
    assert states(centre, child) == ["booked"] * 5
    assert centre.town.ask(ListAbsences(child.child, MONDAY)) == ()
    centre.town.do(gone.undo)
    assert states(centre, child) == ["excused"] * 4 + ["booked"]
    assert [line.values for line in centre.town.ask(ListAbsences(child.child, MONDAY))] == [
        replace(ILL, reason=AbsenceReason.HOSPITAL)]
    assert announced.undo.values is None


def test_announcing_is_undone(centre: Centre) -> None:
    child = booked_week(centre)
    centre.town.do(announce(centre, child).undo)
    assert states(centre, child) == ["booked"] * 5
    assert centre.town.rows("absences") == []


def test_who_came_and_what_is_billed_stay_as_they_are(either_town: SmallTown) -> None:
    centre = decided(centre_in(either_town, whole=False), TWO_DAYS)
    child = booked_week(centre)
    centre.receive(centre.arrives(child, at(8, 5, TUESDAY)), centre.leaves(child, at(11, 0, TUESDAY)))
    either_town.issue(OCTOBER)
    done = announce(centre, child, replace(ILL, reason=AbsenceReason.HOSPITAL))
    assert states(centre, child) == ["excused", "present", "excused", "excused", "booked"]
    assert done.billed == (TUESDAY,)
    assert [verdict.day for verdict in done.days] == [MONDAY, WEDNESDAY, THURSDAY]


def test_the_allowance_of_the_year_goes_from_one_absence_to_the_next(either_town: SmallTown) -> None:
    centre = decided(centre_in(either_town, whole=False), {"leave": {"notice_days": 2, "allowance_days": 3}})
    child = booked_week(centre)
    leave = AbsenceValues(THURSDAY, FRIDAY, AbsenceReason.LEAVE, BEFORE)
    announce(centre, child, leave)
    assert states(centre, child) == ["booked"] * 3 + ["excused"] * 2
    announce(centre, child, AbsenceValues(MONDAY, TUESDAY, AbsenceReason.LEAVE, BEFORE))
    assert states(centre, child) == ["excused", "excused", "booked", "excused", "absent"]
    assert notes(centre)[-1] == "Facturé : au-delà des 3 jours de l'année"


def test_without_a_rule_all_is_billed_and_says_so(either_town: SmallTown) -> None:
    centre = centre_in(either_town, whole=False)
    child = booked_week(centre)
    announce(centre, child)
    assert states(centre, child) == ["absent"] * 4 + ["booked"]
    assert notes(centre)[0] == "Facturé : aucune règle d'absence n'est en vigueur pour cette activité"


@pytest.mark.parametrize(("values", "code"), [
    (AbsenceValues(TUESDAY, MONDAY, AbsenceReason.ILLNESS), "absence.backwards"),
    (AbsenceValues(MONDAY, date(2027, 1, 1), AbsenceReason.ILLNESS), "absence.too_long"),
    (AbsenceValues(MONDAY, MONDAY, AbsenceReason.ILLNESS, note="x" * 401), "absence.long_note"),
    (AbsenceValues(THURSDAY, FRIDAY, AbsenceReason.OTHER), "absence.overlap"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(centre: Centre, values: AbsenceValues, code: str) -> None:
    child = booked_week(centre)
    announce(centre, child)
    assert centre.town.refused(AnnounceAbsence(child.id, child.child, centre.activity, values)) == code
    assert len(centre.town.rows("absences")) == 1


def test_a_change_seen_too_late_is_refused(centre: Centre) -> None:
    child = booked_week(centre)
    announce(centre, child)
    (line,) = centre.town.ask(ListAbsences(child.child, MONDAY))
    centre.town.do(ChangeAbsence(line.id, line.version, replace(line.values, note="Appel de la mère")))
    assert centre.town.refused(RemoveAbsence(line.id, line.version)) == "record.changed_meanwhile"


def test_an_absence_marked_by_hand_comes_back_with_the_undo(centre: Centre) -> None:
    child = centre.child()
    for day in WEEK:
        centre.book(child, MORNING, day=day, state=AttendanceState.ABSENT)
    done = announce(centre, child, replace(ILL, reason=AbsenceReason.HOSPITAL))
    assert states(centre, child) == ["excused"] * 4 + ["absent"]
    centre.town.do(done.undo)
    assert states(centre, child) == ["absent"] * 5
