"""What every tariff shape offers, and how its parameters are read back from stored data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import ClassVar, Self, TypeVar

from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.tariffs.rules.psu_figures import PsuFigures
from backoffice.tariffs.rules.values import NoQuotient, Situation, UnitPrice

Choice = TypeVar("Choice", bound=StrEnum)


class Tariff(ABC):
    """Frozen parameters and one pure function. Every constructor raises UserError `tariff.bad_parameters`."""

    shape: ClassVar[str]
    label: ClassVar[str]
    needs_quotient: ClassVar[bool] = False
    needs_income: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        """Read what `to_data` wrote. Raises UserError `tariff.bad_parameters`, unknown keys included."""

    @abstractmethod
    def to_data(self) -> dict[str, object]:
        """Parameters for JSON: amounts are whole cents, other numbers are text, days are ISO text."""

    @abstractmethod
    def unit_price(self, situation: Situation) -> UnitPrice:
        """The price of one unit. Raises NoQuotient, NoIncome or another UserError, never a default price.

        The steps name no day but those from which figures hold: a price may be kept from one of
        `change_days` to the next.
        """

    @abstractmethod
    def in_french(self) -> tuple[str, ...]:
        """The parameters as an agent checks them against the deliberation, one sentence each."""

    def change_days(self, figures: PsuFigures | None) -> frozenset[date]:
        """Days on which the price of an unchanged family may differ from the eve."""
        del figures
        return frozenset()

    @classmethod
    def wrong(cls, field: str) -> UserError:
        """The error that names the parameter to correct (a French noun)."""
        return UserError("tariff.bad_parameters", shape=cls.label, field=field)


class WithoutQuotientRule(StrEnum):
    """What a family without quotient pays, when it is not an explicit price."""

    ANOMALY = "anomaly"
    MAXIMUM = "maximum"


WithoutQuotient = WithoutQuotientRule | Money


def price_without_quotient(rule: WithoutQuotient, highest: Money, day: date) -> UnitPrice:
    """The price the town decided for families without quotient. Raises NoQuotient when it decided none."""
    if isinstance(rule, Money):
        return UnitPrice(rule, (f"Quotient inconnu : {rule} (prix prévu sans quotient)",))
    if rule is WithoutQuotientRule.MAXIMUM:
        return UnitPrice(highest, (f"Quotient inconnu : {highest} (tarif maximum)",))
    raise NoQuotient("tariff.no_quotient", day=day)


def without_quotient_in_french(rule: WithoutQuotient, highest: Money) -> str:
    """« sans quotient : 4,15 € (tarif maximum) »."""
    if isinstance(rule, Money):
        return f"sans quotient : {rule}"
    if rule is WithoutQuotientRule.MAXIMUM:
        return f"sans quotient : {highest} (tarif maximum)"
    return "sans quotient : rien n'est facturé, le quotient est demandé"


def without_quotient_data(rule: WithoutQuotient) -> int | str:
    return rule.cents if isinstance(rule, Money) else rule.value


class Parameters:
    """Stored parameters read with their types. Every reader raises UserError `tariff.bad_parameters`."""

    def __init__(self, shape: type[Tariff], data: object, where: str = "paramètres") -> None:
        if not isinstance(data, Mapping):
            raise shape.wrong(where)
        self._shape = shape
        self._data: Mapping[str, object] = data

    def only(self, known: Collection[str]) -> Self:
        """Refuse a key nobody reads: a misspelt parameter must not pass for an absent one."""
        for key in self._data:
            if key not in known:
                raise self._shape.wrong(f"« {key} » inconnu")
        return self

    def has(self, key: str) -> bool:
        return self._data.get(key) is not None

    def integer(self, key: str, field: str) -> int:
        number = self._data.get(key)
        if not isinstance(number, int) or isinstance(number, bool):
            raise self._shape.wrong(field)
        return number

    def money(self, key: str, field: str) -> Money:
        return Money(self.integer(key, field))

    def decimal(self, key: str, field: str) -> Decimal:
        text = self._data.get(key)
        if not isinstance(text, str | Decimal):
            raise self._shape.wrong(field)
        try:
            number = Decimal(text)
        except InvalidOperation as exc:
            raise self._shape.wrong(field) from exc
        if not number.is_finite():
            raise self._shape.wrong(field)
        return number

    def flag(self, key: str, field: str) -> bool:
        answer = self._data.get(key)
        if not isinstance(answer, bool):
            raise self._shape.wrong(field)
        return answer

    def choice(self, key: str, options: type[Choice], field: str) -> Choice:
        try:
            return options(str(self._data.get(key)))
        except ValueError as exc:
            raise self._shape.wrong(field) from exc

    def day(self, key: str, field: str) -> date:
        text = self._data.get(key)
        if not isinstance(text, str):
            raise self._shape.wrong(field)
        try:
            return date.fromisoformat(text)
        except ValueError as exc:
            raise self._shape.wrong(field) from exc

    def rows(self, key: str, field: str) -> list[Parameters]:
        rows = self._data.get(key)
        if not isinstance(rows, Sequence) or isinstance(rows, str | bytes):
            raise self._shape.wrong(field)
        return [Parameters(self._shape, row, field) for row in rows]

    def without_quotient(self) -> WithoutQuotient:
        """Absent is not accepted: the town says what a family without quotient pays, or that it is an anomaly."""
        field = "règle sans quotient"
        if isinstance(self._data.get("without_quotient"), str):
            return self.choice("without_quotient", WithoutQuotientRule, field)
        return self.money("without_quotient", field)
