"""Reading a commune file: JSON checked field by field, into frozen values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from backoffice.kernel.errors import UserError
from backoffice.kernel.filestore import disk_faults
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month, parse_day

T = TypeVar("T")

_LONGEST_NAME = 120  # what the columns hold
_LARGEST_NUMBER = 10**9


@dataclass(frozen=True, slots=True)
class CommuneActivity:
    code: str
    name: str
    weekdays: frozenset[int]
    label: str
    prices: tuple[Money, ...]  # one for each bracket


@dataclass(frozen=True, slots=True)
class CommuneFamily:
    id: int
    name: str
    parent_last_name: str
    parent_first_name: str
    street: str
    postcode: str
    city: str
    quotient: Decimal | None


@dataclass(frozen=True, slots=True)
class CommuneChild:
    id: int
    family_id: int
    last_name: str
    first_name: str
    birth_date: date
    sex: str


@dataclass(frozen=True, slots=True)
class CommuneUnit:
    """One attended unit and what the source says it costs."""

    day: date
    family_id: int
    child_id: int
    activity_code: str
    announced: Money


@dataclass(frozen=True, slots=True)
class Commune:
    billed_month: Month
    activities: tuple[CommuneActivity, ...]
    bounds: tuple[Decimal, ...]  # upper bounds of the brackets, inclusive
    families: tuple[CommuneFamily, ...]
    children: tuple[CommuneChild, ...]
    units: tuple[CommuneUnit, ...]
    enrolment_count: int


def read_commune(path: Path) -> Commune:
    """Raises UserError `import.file_missing`, `import.not_json`, `import.bad_entry` (naming the entry)."""
    if not path.is_file():
        raise UserError("import.file_missing", path=str(path))
    with disk_faults(path):
        content = path.read_bytes()
    try:
        data = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as exc:
        raise UserError("import.not_json", path=path.name) from exc
    if not isinstance(data, dict):
        raise UserError("import.not_json", path=path.name)
    entry = _Entries(data)
    commune = Commune(
        billed_month=entry.one("mois_facture", Month.parse),
        activities=entry.all("activites", _activity),
        bounds=entry.all("qf_bornes", _decimal),
        families=entry.all("familles", _family),
        children=entry.all("enfants", _child),
        units=entry.all("lignes", _unit),
        enrolment_count=sum(entry.all("enfants", _enrolments)),
    )
    _check(commune)
    return commune


class _Entries:
    """Reads named entries and says which one is wrong."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    def one(self, name: str, convert: Callable[[Any], T]) -> T:
        return self._converted(name, self._value(name), convert)

    def all(self, name: str, convert: Callable[[Any], T]) -> tuple[T, ...]:
        values = self._value(name)
        if not isinstance(values, list):
            raise UserError("import.bad_entry", entry=name)
        return tuple(self._converted(f"{name}[{i}]", value, convert) for i, value in enumerate(values))

    def _value(self, name: str) -> Any:
        if name not in self._data:
            raise UserError("import.bad_entry", entry=name)
        return self._data[name]

    @staticmethod
    def _converted(name: str, value: Any, convert: Callable[[Any], T]) -> T:
        try:
            return convert(value)
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, UserError) as exc:
            raise UserError("import.bad_entry", entry=name) from exc


def _activity(value: Any) -> CommuneActivity:
    return CommuneActivity(
        code=_text(value["code"], 20),
        name=_text(value["nom"]),
        weekdays=frozenset(_weekday(day) for day in value["jours"]),
        label=_text(value["label"], 80),
        prices=tuple(Money(_integer(cents)) for cents in value["tarifs"]),
    )


def _family(value: Any) -> CommuneFamily:
    quotient = value.get("qf")
    return CommuneFamily(
        id=_integer(value["id"]),
        name=_text(value["nom"]),
        parent_last_name=_text(value["nom_parent"]),
        parent_first_name=_text(value["prenom_parent"]),
        street=_text(value["rue"]),
        postcode=_text(value["cp"], 10),
        city=_text(value["ville"]),
        quotient=None if quotient is None else _quotient(quotient),
    )


def _child(value: Any) -> CommuneChild:
    return CommuneChild(
        id=_integer(value["id"]),
        family_id=_integer(value["famille"]),
        last_name=_text(value["nom"]),
        first_name=_text(value["prenom"]),
        birth_date=parse_day(_text(value["naissance"])),
        sex=_text(value.get("sexe", ""), 1),
    )


def _enrolments(value: Any) -> int:
    return len([_text(code) for code in value.get("inscr", ())])


def _unit(value: Any) -> CommuneUnit:
    day, family, child, activity, cents = value
    return CommuneUnit(
        parse_day(_text(day)), _integer(family), _integer(child), _text(activity), Money(_integer(cents))
    )


def _text(value: Any, longest: int = _LONGEST_NAME) -> str:
    """Text that both engines can keep: no half character, no NUL, no longer than its column."""
    if not isinstance(value, str):
        raise TypeError
    value.encode()
    if "\0" in value or len(value) > longest:
        raise ValueError
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    if abs(value) > _LARGEST_NUMBER:
        raise ValueError
    return value


def _weekday(value: Any) -> int:
    if _integer(value) not in range(7):
        raise ValueError
    return int(value)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TypeError
    return Decimal(value)


def _quotient(value: Any) -> Decimal:
    quotient = _decimal(value)
    if not 0 <= quotient <= _LARGEST_NUMBER or quotient * 100 != int(quotient * 100):
        raise ValueError
    return quotient


def _check(commune: Commune) -> None:
    """References inside the file. Raises UserError `import.bad_entry`."""
    families = _unique("familles", [family.id for family in commune.families])
    children = {child.id: child.family_id for child in commune.children}
    _unique("enfants", [child.id for child in commune.children])
    codes = _unique("activites", [activity.code for activity in commune.activities])
    for index, activity in enumerate(commune.activities):
        if len(activity.prices) != len(commune.bounds):
            raise UserError("import.bad_entry", entry=f"activites[{index}].tarifs")
    for index, child in enumerate(commune.children):
        if child.family_id not in families:
            raise UserError("import.bad_entry", entry=f"enfants[{index}].famille")
    for index, unit in enumerate(commune.units):
        if children.get(unit.child_id) != unit.family_id or unit.activity_code not in codes:
            raise UserError("import.bad_entry", entry=f"lignes[{index}]")
    _unique("lignes", [(unit.child_id, unit.activity_code, unit.day) for unit in commune.units])


def _unique(name: str, values: list[T]) -> set[T]:
    seen: set[T] = set()
    for index, value in enumerate(values):
        if value in seen:
            raise UserError("import.duplicate_entry", entry=f"{name}[{index}]")
        seen.add(value)
    return seen
