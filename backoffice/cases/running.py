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
        yield case, tuple(_differences(file, case))


def _differences(file: CaseFile, case: Case) -> Iterator[Difference]:
    """A rule that refuses what it was not expected to refuse says why, and nothing else."""
    expected = plain(case.expect)
    try:
        found = plain(_answer(file, case))
    except UserError as refusal:
        found = {"error": refusal.code, "sentence": sentence(refusal)}
        if "error" not in expected:
            yield Difference(case.name, "error", _words(_ABSENT), f"{refusal.code} ({sentence(refusal)})")
            return
    for place, wanted, answered in _compared("", expected, found):
        yield Difference(case.name, place, _words(wanted), _words(answered))


def _answer(file: CaseFile, case: Case) -> Mapping[str, Any]:
    """What the rule answers. A word that it never reads would be a case that tries nothing.

    Raises UserError: that of the rule, `cases.unknown_word`, `cases.missing_word`, `cases.bad_given`.
    """
    unknown = sorted({str(word) for word in case.given} - file.rule.given.keys())
    if unknown:
        known = ", ".join(file.rule.given)
        raise UserError("cases.unknown_word", word=unknown[0], rule=file.rule.name, known=known)
    try:
        return file.rule.run(case.given)
    except KeyError as missing:
        raise UserError("cases.missing_word", word=missing.args[0], rule=file.rule.name) from missing
    except (TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as exc:
        # A case may hold anything: what its rule cannot read is a case to correct, and the others still run.
        raise UserError("cases.bad_given", rule=file.rule.name, why=f"{type(exc).__name__}: {exc}") from exc


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
