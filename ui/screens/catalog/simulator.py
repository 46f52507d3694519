"""« Combien paierait une famille ? »: the price of one unit for a situation typed by hand, live. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from backoffice.kernel.application import Query
from backoffice.kernel.errors import BackofficeError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import Money
from backoffice.tariffs.overview import TariffView, TrySlot, TryTariff
from backoffice.tariffs.rules import Quotient, ReferenceIncome, Tariff, UnitPrice
from ui.forms import Entry, FieldSpec, Reader, typed_day
from ui.presenting import Desk, banner_for


@dataclass(frozen=True, slots=True)
class Simulation:
    """A price and why, or the sentence that says what is missing."""

    price: Money | None = None
    unit: str = ""
    steps: tuple[str, ...] = ()
    problem: str = ""


class SimulatorPage(Protocol):
    """What the simulator shows."""

    def show_simulator(self, specs: Sequence[FieldSpec]) -> None: ...

    def show_simulator_errors(self, errors: Mapping[str, str]) -> None: ...

    def show_simulation(self, simulation: Simulation) -> None: ...


class Simulator:
    """Prices a slot as its tariffs say, or a tariff that is still being typed."""

    def __init__(self, page: SimulatorPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk
        self._slot: int | None = None
        self._tariff: Tariff | None = None
        self._unit = ""
        self._needs: tuple[bool, bool] | None = None
        self._asked: Query[UnitPrice] | None = None  # whose answer is awaited
        self._typed: dict[str, str] = {
            "quotient": "850", "income": "24\u00a0000", "children": "1", "disabled": "0",
            "day": typed_day(desk.context.day()),
        }

    def about_slot(self, slot_id: int, unit: str, tariffs: Sequence[TariffView]) -> None:
        """Try the tariffs a slot has."""
        self._slot, self._tariff, self._unit = slot_id, None, unit
        kinds = [view.tariff for view in tariffs]
        self._ask_for(any(tariff.needs_quotient for tariff in kinds), any(tariff.needs_income for tariff in kinds))
        self._price()

    def about_tariff(self, tariff: Tariff | None, unit: str, why_not: str = "") -> None:
        """Try a tariff that is being typed; None: it is not whole yet."""
        self._slot, self._tariff, self._unit, self._asked = None, tariff, unit, None
        if tariff is None:
            self._page.show_simulation(Simulation(problem=why_not or "Complétez le tarif pour l'essayer."))
            return
        self._ask_for(tariff.needs_quotient, tariff.needs_income)
        self._price()

    def show_again(self) -> None:
        """The page lost what it showed (another place for the same simulator)."""
        self._needs = None

    def follow_year(self) -> None:
        """Another school year: try a day of it."""
        self._typed["day"] = typed_day(self._desk.context.day())
        self.show_again()

    def typed(self, values: Mapping[str, str]) -> None:
        self._typed |= values
        self._price()

    def _ask_for(self, quotient: bool, income: bool) -> None:
        if self._needs == (quotient, income):
            return
        self._needs = (quotient, income)
        self._page.show_simulator(self._specs())

    def _specs(self) -> tuple[FieldSpec, ...]:
        quotient, income = self._needs or (False, False)
        typed = self._typed
        specs = [FieldSpec("day", "&Jour", Entry.DAY, typed["day"], required=True)]
        if quotient:
            specs.append(FieldSpec("quotient", "Qu&otient familial", Entry.NUMBER, typed["quotient"], width=12,
                                   beside=True, placeholder="inconnu"))
        if income:
            specs += [
                FieldSpec("income", "Ressour&ces de l'année (€)", Entry.MONEY, typed["income"], width=14,
                          placeholder="inconnues"),
                FieldSpec("children", "&Enfants", Entry.NUMBER, typed["children"], width=5, beside=True),
                FieldSpec("disabled", "dont AEEH", Entry.NUMBER, typed["disabled"], width=5, beside=True),
            ]
        return tuple(specs)

    def _price(self) -> None:
        question = self._asked = self._question()
        if question is not None:
            self._desk.run.read(
                lambda _progress: self._desk.app.ask(question),
                partial(self._found, question),
                partial(self._failed, question),
                "simulation",
            )

    def _question(self) -> Query[UnitPrice] | None:
        reader = Reader(self._specs(), self._typed, self._desk.context.day())
        day = reader.day("day")
        quotient, income = None, None
        if self._needs is not None and self._needs[0]:
            number = reader.optional_decimal("quotient")
            quotient = None if number is None else self._checked(reader, number)
        if self._needs is not None and self._needs[1]:
            income = self._household(reader)
        self._page.show_simulator_errors(reader.errors)
        if reader.errors:
            self._page.show_simulation(Simulation(problem="Corrigez la saisie pour voir le prix."))
            return None
        if self._slot is not None:
            return TrySlot(self._slot, quotient, income, day)
        return None if self._tariff is None else TryTariff(self._tariff, quotient, income, day)

    @staticmethod
    def _checked(reader: Reader, number: object) -> Quotient | None:
        try:
            return Quotient.parse(str(number))
        except BackofficeError as error:
            reader.blame("quotient", sentence(error))
            return None

    @staticmethod
    def _household(reader: Reader) -> ReferenceIncome | None:
        income = reader.optional_money("income")
        children, disabled = reader.integer("children", 1, 20, 1), reader.integer("disabled", 0, 20)
        if disabled > children:
            reader.blame("disabled", "Pas plus que d'enfants.")
            return None
        try:
            return ReferenceIncome(income, children, disabled)
        except BackofficeError as error:
            reader.blame("income", sentence(error))
            return None

    def _found(self, question: Query[UnitPrice], price: UnitPrice) -> None:
        if question is not self._asked:
            return  # what is typed since has no price, and says why
        self._page.show_simulation(Simulation(price.price, self._unit, price.steps))

    def _failed(self, question: Query[UnitPrice], error: Exception) -> None:
        if question is not self._asked:
            return
        if isinstance(error, BackofficeError):
            self._page.show_simulation(Simulation(problem=sentence(error)))
            return
        banner = banner_for(error)
        self._page.show_simulation(Simulation(problem=banner.text if banner else ""))
