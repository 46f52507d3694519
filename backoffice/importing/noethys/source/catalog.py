"""Activities, their groups and units, tariffs and enrolments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backoffice.importing.noethys.source.base import Record


class TariffShape(StrEnum):
    """The two shapes of tariff that can be described without loss."""

    FLAT = "flat"
    QUOTIENT_BRACKETS = "quotient_brackets"


@dataclass(frozen=True, slots=True, repr=False)
class ActivityGroup(Record):
    """A heading under which the source files activities (« Activités Enfants »)."""

    id: int
    name: str
    activity_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Approval(Record):
    """The authorisation number of an activity over a period."""

    id: int
    activity_id: int
    number: str
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True, repr=False)
class Activity(Record):
    """A service families enrol in; no bound when the source says « unlimited » (1977-01-01, 2999-01-01)."""

    id: int
    name: str
    short_name: str
    first_day: date | None
    last_day: date | None
    capacity: int | None
    accounting_code: str


@dataclass(frozen=True, slots=True, repr=False)
class Group(Record):
    """A group of children inside an activity."""

    id: int
    activity_id: int
    name: str
    short_name: str
    position: int
    capacity: int | None


@dataclass(frozen=True, slots=True, repr=False)
class Unit(Record):
    """What is booked on a day: a morning, a meal, an hour band.

    `kind` as in the source: « Unitaire », « Horaire », « Multihoraires », « Quantite », « Evenement ».
    An empty `group_ids` means every group of the activity.
    """

    id: int
    activity_id: int
    name: str
    short_name: str
    position: int
    kind: str
    start: int | None
    end: int | None
    start_fixed: bool
    end_fixed: bool
    meal: bool
    first_day: date | None
    last_day: date | None
    group_ids: tuple[int, ...]
    incompatible_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Opening(Record):
    """One unit is open on one day for one group (None: for all)."""

    id: int
    activity_id: int
    unit_id: int
    group_id: int | None
    day: date


@dataclass(frozen=True, slots=True, repr=False)
class TariffCategory(Record):
    """« Commune », « Hors commune »… with the postcodes and towns it applies to by default."""

    id: int
    activity_id: int | None
    name: str
    towns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, repr=False)
class TariffBracket(Record):
    """A price; bounds (both inside) only for quotient brackets."""

    quotient_min_cents: int | None
    quotient_max_cents: int | None
    amount_cents: int


@dataclass(frozen=True, slots=True, repr=False)
class Tariff(Record):
    """A tariff that can be described by a flat amount or by quotient brackets; the others are left out.

    `unit_sets`: the sets of units of one day that trigger it (any of them). `package`: one amount for all.
    `billed_states`: the attendance states it prices. Empty `category_ids` or `group_ids`: all of them.
    """

    id: int
    activity_id: int
    name: str
    shape: TariffShape
    package: bool
    first_day: date | None
    last_day: date | None
    category_ids: tuple[int, ...]
    group_ids: tuple[int, ...]
    billed_states: tuple[str, ...]
    unit_sets: tuple[tuple[int, ...], ...]
    brackets: tuple[TariffBracket, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Enrollment(Record):
    """A child is enrolled in an activity, on the account of a family. `status`: "", « ok », « attente », « refus »."""

    id: int
    person_id: int
    family_id: int
    activity_id: int
    group_id: int | None
    tariff_category_id: int | None
    enrolled_on: date | None
    left: bool
    left_on: date | None
    status: str
