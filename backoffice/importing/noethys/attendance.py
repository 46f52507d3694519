"""Enrolments and attendance units (« consommations »)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from backoffice.importing.noethys import schema
from backoffice.importing.noethys.catalog import NO_ACTIVITY, NO_GROUP, NO_UNIT
from backoffice.importing.noethys.file import NoethysFile
from backoffice.importing.noethys.notes import DropRecordError, Notes, Row, each
from backoffice.importing.noethys.source import AttendanceUnit, Enrollment

NO_ACCOUNT = "aucune famille derrière le compte payeur"
NO_CHILD = "l'enfant n'existe pas dans le fichier"
NO_CATEGORY = "la catégorie de tarif n'existe pas dans le fichier"
_STATES = frozenset({"reservation", "present", "absenti", "absentj", "attente", "refus", "demande"})


@dataclass(frozen=True, slots=True)
class Known:
    """The ids that the other parts of the file may point to."""

    person_ids: Collection[int]
    family_ids: Collection[int]
    family_of_account: Mapping[int, int]
    activity_ids: Collection[int]
    group_ids: Collection[int]
    unit_ids: Collection[int]
    category_ids: Collection[int]


def read_enrollments(source: NoethysFile, notes: Notes, known: Known) -> tuple[Enrollment, ...]:
    """Who is enrolled where."""

    def make(row: Row) -> Enrollment:
        family = row.code("family")
        if family not in known.family_ids:
            family = known.family_of_account.get(row.code("account") or 0)
        if family is None:
            raise DropRecordError("la famille n'existe pas dans le fichier")
        return Enrollment(
            id=row.id,
            person_id=row.known("person", known.person_ids, NO_CHILD),
            family_id=family,
            activity_id=row.known("activity", known.activity_ids, NO_ACTIVITY),
            group_id=row.linked("group", known.group_ids, "groupe", NO_GROUP),
            tariff_category_id=row.linked("tariff_category", known.category_ids, "catégorie de tarif", NO_CATEGORY),
            enrolled_on=row.day("enrolled_on", "date d'inscription"),
            left=row.flag("left"),
            left_on=row.day("left_on", "date de départ"),
            status=row.text("status"),
        )

    return tuple(each(source, schema.ENROLLMENTS, notes, make))


def read_attendance(source: NoethysFile, notes: Notes, known: Known, enrollments: Collection[Enrollment],
                    family_of_line: Mapping[int, int]) -> tuple[AttendanceUnit, ...]:
    """Every unit booked or attended; the family is that of the account, else of the line, else of the enrolment."""
    family_of_enrollment = {enrollment.id: enrollment.family_id for enrollment in enrollments}

    def make(row: Row) -> AttendanceUnit:
        state = row.needed_text("state", "état absent")
        person = row.known("person", known.person_ids, NO_CHILD)
        activity = row.known("activity", known.activity_ids, NO_ACTIVITY)
        unit = row.known("unit", known.unit_ids, NO_UNIT)
        day = row.needed_day("day")
        family = (known.family_of_account.get(row.code("account") or 0)
                  or family_of_line.get(row.code("line") or 0)
                  or family_of_enrollment.get(row.code("enrollment") or 0))
        if family is None:
            raise DropRecordError(NO_ACCOUNT)
        quantity = row.whole("quantity", "quantité")
        return AttendanceUnit(
            id=row.id,
            day=day,
            activity_id=activity,
            unit_id=unit,
            group_id=row.linked("group", known.group_ids, "groupe", NO_GROUP),
            person_id=person,
            family_id=family,
            enrollment_id=row.linked("enrollment", family_of_enrollment, "inscription",
                                     "l'inscription n'existe pas dans le fichier"),
            tariff_category_id=row.linked("tariff_category", known.category_ids, "catégorie de tarif", NO_CATEGORY),
            state=state,
            start=row.minutes("start", "heure de début"),
            end=row.minutes("end", "heure de fin"),
            quantity=1 if quantity is None else quantity,
            line_id=row.linked("line", family_of_line, "prestation", "la prestation n'a pas été reprise"),
            entered_on=row.day("entered_on", "date de saisie"),
            package=row.flag("package"),
        )

    found = tuple(each(source, schema.ATTENDANCE, notes, make))
    slots = Counter((unit.person_id, unit.day, unit.unit_id, unit.start) for unit in found)
    notes.warn_ids("Consommations en double (même enfant, même jour, même unité, même heure)",
                   {unit.id for unit in found if slots[unit.person_id, unit.day, unit.unit_id, unit.start] > 1})
    for state, count in sorted(Counter(unit.state for unit in found if unit.state not in _STATES).items()):
        notes.warn(f"État de consommation inconnu, gardé tel quel : « {state} », {count} fois")
    return found
