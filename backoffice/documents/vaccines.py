"""The vaccines that the law asks of a child by the day it was born (`resources/vaccines.toml`, with sources)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from backoffice.documents.kinds import Feed, ObligationState
from backoffice.documents.obligations import asked_types, obligations_of
from backoffice.families.queries import child_names
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Month, clamp_day, french_day
from backoffice.kernel.resources import load_toml
from backoffice.registrations.queries import ProvisionalAdmission, provisional_admissions


@dataclass(frozen=True, slots=True)
class Vaccine:
    """Compulsory since `in_force_from` for children born from a day to another (None: until further notice).

    `months`: the age, in months, at each dose. `source`: where this was read; `confidence`: H, M or L.
    """

    name: str
    months: tuple[int, ...]
    born_from: date
    born_to: date | None
    in_force_from: date
    source: str
    confidence: str

    def concerns(self, birth_date: date, today: date) -> bool:
        return (
            self.born_from <= birth_date
            and (self.born_to is None or birth_date <= self.born_to)
            and self.in_force_from <= today
        )


@dataclass(frozen=True, slots=True)
class VaccineDue:
    """A compulsory vaccine of a child: how many doses of how many should have been given, and when the next one is."""

    name: str
    doses_due: int
    doses: int
    next_on: date | None

    @property
    def in_french(self) -> str:
        """« Rougeole, oreillons, rubéole : 1 dose sur 2, la suivante vers le 02/04/2026 »."""
        words = f"{self.name} : {self.doses_due} dose{'s' if self.doses_due > 1 else ''} sur {self.doses}"
        return f"{words}, la suivante vers le {french_day(self.next_on)}" if self.next_on else words


@cache
def vaccine_schedule() -> tuple[Vaccine, ...]:
    """Every compulsory vaccine, in the order of a health record."""
    return tuple(
        Vaccine(
            row["name"], tuple(row["months"]), row["born_from"], row.get("born_to"),
            row.get("in_force_from", row["born_from"]),
            row["source"], row["confidence"],
        )
        for row in load_toml("vaccines.toml")["vaccine"]
    )


def vaccines_due(
    birth_date: date, today: date, schedule: Iterable[Vaccine] | None = None
) -> tuple[VaccineDue, ...]:
    """What the record of a child must show on a day: a help for whoever reads it, who alone decides."""
    known = vaccine_schedule() if schedule is None else schedule
    return tuple(_due(one, birth_date, today) for one in known if one.concerns(birth_date, today))


def _due(vaccine: Vaccine, birth_date: date, today: date) -> VaccineDue:
    days = [_at_age(birth_date, months) for months in vaccine.months]
    given = sum(day <= today for day in days)
    return VaccineDue(vaccine.name, given, len(days), min((day for day in days if day > today), default=None))


def _at_age(birth_date: date, months: int) -> date:
    return clamp_day(Month.of(birth_date).plus(months), birth_date.day)


@dataclass(frozen=True)
class VaccinesDue(Query[tuple[VaccineDue, ...]]):
    """What the vaccination record of a child must show today; nothing when the birth date is not known."""

    person_id: int


@read(VaccinesDue, permission="documents.read")
def list_vaccines_due(query: VaccinesDue, reading: Reading) -> tuple[VaccineDue, ...]:
    found = child_names(reading.session, [query.person_id]).get(query.person_id)
    return vaccines_due(found.birth_date, reading.today) if found and found.birth_date else ()


@dataclass(frozen=True)
class ProvisionalAdmissions(Query[tuple[ProvisionalAdmission, ...]]):
    """Provisional admissions whose end is near or past, and whose vaccines are still not validated."""


@read(ProvisionalAdmissions, permission="documents.read")
def list_provisional_admissions(
    _query: ProvisionalAdmissions, reading: Reading
) -> tuple[ProvisionalAdmission, ...]:
    return ending_admissions(reading.session, reading.today)


def ending_admissions(session: Session, today: date) -> tuple[ProvisionalAdmission, ...]:
    """The same, for a reading under way."""
    ending = provisional_admissions(session, today)
    if not ending:
        return ()
    about_vaccines = {one.id for one in asked_types(session).values() if one.feeds is Feed.VACCINES}
    validated = {
        (family_id, one.person_id)
        for family_id, obliged in obligations_of(session, {one.family_id for one in ending}, today).items()
        for one in obliged.asked
        if one.state is ObligationState.VALIDATED and about_vaccines & set(one.type_ids)
    }
    return tuple(one for one in ending if (one.family_id, one.child_id) not in validated)
