"""The issuer, and one service, one activity and its slots for each activity of Noethys."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backoffice.catalog.commands import NewService, NewSlot, add_activity, add_service, add_slots, default_texts
from backoffice.catalog.kinds import BillingBasis
from backoffice.catalog.queries import Town
from backoffice.catalog.rules import DueDateRule, SchoolZone
from backoffice.families.queries import postal_address
from backoffice.importing.noethys.source import Activity, NoethysSource, Organisation, Unit
from backoffice.importing.noethys.writing.leftovers import Leftovers
from backoffice.kernel.database import Session
from backoffice.kernel.text import folded

MISCELLANEOUS = "Adhésions et divers"
_EVERY_DAY = frozenset(range(7))
_SLOT_CODE = 20
_SERVICE_CODE = 10

# Académies of each zone by department (code de l'éducation, L521-1; arrêté of the school calendar).
_ZONES = {
    SchoolZone.A: "01 03 07 15 16 17 19 21 23 24 25 26 33 38 39 40 42 43 47 58 63 64 69 70 71 73 74 79 86 87 89 90",
    SchoolZone.C: "09 11 12 30 31 32 34 46 48 65 66 75 77 78 81 82 91 92 93 94 95",
}


@dataclass(frozen=True, slots=True)
class KeptSlot:
    """One of our slots, and the word for one attendance in it."""

    id: int
    unit: str


@dataclass(frozen=True, slots=True)
class KeptCatalog:
    """Where the activities and units of the source went, by their ids there.

    `miscellaneous`: the service of the lines without activity (None when the file has none).
    """

    services: Mapping[int, int]
    miscellaneous: int | None
    slots: Mapping[int, KeptSlot]

    def service_of(self, activity_id: int | None) -> int:
        if activity_id is not None:
            return self.services[activity_id]
        if self.miscellaneous is None:
            raise ValueError("no service was made for lines without activity")
        return self.miscellaneous


def town_of(organisation: Organisation, left: Leftovers) -> Town:
    """The issuer, as far as the source knows it."""
    left.add("signataire des factures", "« Le Maire » proposé ; nom, prénom et qualité sont à écrire dans les réglages")
    left.add("zone de vacances scolaires", "tirée du code postal de l'organisateur : à vérifier")
    digits = re.sub(r"\D", "", organisation.siret)
    if len(digits) == 14:
        digits = f"{digits[:3]} {digits[3:6]} {digits[6:9]} {digits[9:]}"
    return Town(
        name=left.fitted(organisation.name, 120, "nom de l'organisateur"),
        address=postal_address(organisation.street, organisation.postcode, organisation.town),
        identifier=left.fitted(f"SIRET {digits}", 60, "SIRET") if digits else "",
        signatory="Le Maire",
        school_zone=school_zone(organisation.postcode).value,
    )


def school_zone(postcode: str) -> SchoolZone:
    """The zone of a postcode. Departments of no zone (Corsica, overseas) have their own calendar: B, to be checked."""
    department = postcode[:2]
    return next((zone for zone, known in _ZONES.items() if department and department in known.split()), SchoolZone.B)


def unique_code(words: str, fallback: str, taken: set[str], length: int) -> str:
    """« Mercredi (après-midi) » → « MERCREDIAP », then « MERCREDIA2 » when it is taken. Adds it to `taken`."""
    letters = re.sub(r"[^A-Z0-9]", "", folded(words).upper())[:length] or fallback
    code, number = letters, 1
    while code in taken:
        number += 1
        code = f"{letters[: length - len(str(number))]}{number}"
    taken.add(code)
    return code


def write_catalog(session: Session, source: NoethysSource, left: Leftovers, *, miscellaneous: bool) -> KeptCatalog:
    """Create services, activities and slots. Raises UserError `catalog.service_exists`."""
    organisation = next(iter(source.organisations), None)
    contact = tuple(text for text in (organisation.phone, organisation.email) if text) if organisation else ()
    units: dict[int, list[Unit]] = defaultdict(list)
    for unit in sorted(source.units, key=lambda unit: (unit.position, unit.id)):
        units[unit.activity_id].append(unit)
    opened: dict[int, set[int]] = defaultdict(set)
    for opening in source.openings:
        opened[opening.unit_id].add(opening.day.weekday())

    taken: set[str] = set()
    services: dict[int, int] = {}
    slots: dict[int, KeptSlot] = {}
    for activity in source.activities:
        name = left.fitted(activity.name or f"Activité {activity.id}", 120, "nom d'activité")
        code = unique_code(_short(activity), "ACTIVITE", taken, _SERVICE_CODE)
        services[activity.id] = _service(session, code, name, contact)
        activity_id = add_activity(session, services[activity.id], None, code, name, BillingBasis.BOOKED)
        own = units[activity.id]
        new = _slots(own, opened, left)
        for unit, slot, slot_id in zip(own, new, add_slots(session, activity_id, new), strict=True):
            slots[unit.id] = KeptSlot(slot_id, slot.unit)
    other: int | None = None
    if miscellaneous:
        code = unique_code("DIVERS", "DIVERS", taken, _SERVICE_CODE)
        other = _service(session, code, MISCELLANEOUS, contact)
    return KeptCatalog(services, other, slots)


def _short(activity: Activity) -> str:
    """The short name when it says something, else the name."""
    return activity.short_name if re.search(r"[a-z0-9]", folded(activity.short_name)) else activity.name


def _service(session: Session, code: str, name: str, contact: tuple[str, ...]) -> int:
    service = NewService(
        code=code,
        name=name,
        prefix=code,
        revenue_office=f"Régie de recettes « {name} »",
        contact=contact,
        texts=default_texts(),
        due_rule=DueDateRule(),
    )
    return add_service(session, service)


def _slots(units: Iterable[Unit], opened: Mapping[int, set[int]], left: Leftovers) -> tuple[NewSlot, ...]:
    taken: set[str] = set()
    slots = []
    for unit in units:
        timed = unit.start is not None and unit.end is not None and unit.start < unit.end
        slots.append(
            NewSlot(
                code=unique_code(unit.short_name or unit.name, f"U{unit.id}", taken, _SLOT_CODE),
                label=left.fitted(unit.name or f"Unité {unit.id}", 80, "nom d'unité"),
                unit=_counted(unit),
                weekdays=frozenset(opened.get(unit.id, ())) or _EVERY_DAY,
                start_minute=unit.start if timed else None,
                end_minute=unit.end if timed else None,
            )
        )
    return tuple(slots)


def _counted(unit: Unit) -> str:
    """What one attendance counts, as an invoice says it."""
    if unit.meal:
        return "repas"
    return "journée" if folded(unit.name).startswith("journee") else "présence"
