"""Golden cases, run: every difference between what is expected and what the rule answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

from backoffice.cases.reading import Case, CaseFile
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import Money
from backoffice.kernel.zone import PARIS


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the answer is not the expected one, in plain words: `place` is « jours.2025-10-06 »."""

    case: str
    place: str
    expected: str
    found: str


def differences(file: CaseFile) -> Iterator[tuple[Case, tuple[Difference, ...]]]:
    """Each case with its differences; none when the rule answers as expected."""
    for case in file.cases:
        found = _answer(file, case)
        yield case, tuple(
            Difference(case.name, place, _words(expected), _words(answered))
            for place, expected, answered in _compared("", plain(case.expect), found)
        )


def _answer(file: CaseFile, case: Case) -> object:
    try:
        return plain(file.rule.run(case.given))
    except UserError as refusal:
        return {"error": refusal.code, "sentence": sentence(refusal)}
    except KeyError as missing:
        return {"error": f"il manque « {missing.args[0]} » dans given"}


def plain(value: Any) -> Any:
    """The same value in words that a file can hold: exact, without types of ours."""
    if isinstance(value, Mapping):
        return {_key(key): plain(one) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        local = value if value.tzinfo is None else value.astimezone(PARIS)
        return f"{local:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Money):
        return Decimal(value.cents).scaleb(-2)
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else str(value)
    return value


def _key(key: object) -> str:
    return str(plain(key))


def _compared(place: str, expected: object, found: object) -> Iterator[tuple[str, object, object]]:
    """Only what is expected is looked at, but of a list every item."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key, wanted in expected.items():
            inside = f"{place}.{key}" if place else str(key)
            yield from _compared(inside, wanted, found.get(key, _ABSENT))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, (wanted, answered) in enumerate(zip(expected, found, strict=True), 1):
            yield from _compared(f"{place}[{number}]", wanted, answered)
    elif expected != found or isinstance(expected, bool) is not isinstance(found, bool):
        yield place, expected, found


_ABSENT = object()


def _words(value: object) -> str:
    if value is _ABSENT:
        return "rien"
    if value is None:
        return "aucun"
    if isinstance(value, bool):
        return "oui" if value else "non"
    return str(value)
