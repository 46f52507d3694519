"""Tariffs as agents read, try, end and remove them; figures a town enters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.kernel.dated import NotInForce
from backoffice.kernel.money import Money
from backoffice.tariffs.commands import AdoptTariff
from backoffice.tariffs.editing import (
    EndTariff,
    EnterTownFigure,
    RemoveTariff,
    RemoveTownFigure,
    TariffChanged,
)
from backoffice.tariffs.figures import FigureKind
from backoffice.tariffs.overview import ListFigures, TariffsInForce, TariffsOfSlot, TryFamily, TrySlot, TryTariff
from backoffice.tariffs.rules import (
    TARIFFS,
    Bracket,
    BracketTariff,
    CareKind,
    FlatTariff,
    HoursRounding,
    LinearEffortTariff,
    NoQuotient,
    PsuHourlyTariff,
    Quotient,
    ReferenceIncome,
    RoundingMode,
    Tariff,
    WithoutIncome,
    WithoutQuotientRule,
)
from tests.support.desk import GRID, SINCE, Desk, open_desk

TODAY = date(2025, 11, 20)
NEXT_YEAR = date(2026, 1, 1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def spaced(lines: tuple[str, ...]) -> list[str]:
    """Sentences with ordinary spaces, to compare."""
    return [line.replace("\u00a0", " ").replace("\u202f", " ") for line in lines]


def test_a_grid_reads_as_the_deliberation_prints_it(desk: Desk) -> None:
    (view,) = desk.ask(TariffsOfSlot(desk.slot(tariff=GRID)))
    assert spaced(view.lines) == [
        "de 0,00 à 399,99 : 1,20 €",
        "de 400,00 à 599,99 : 2,60 €",
        "à partir de 600,00 : 4,15 €",
        "sans quotient : rien n'est facturé, le quotient est demandé",
    ]
    assert (view.shape_label, view.in_force, view.deliberation) == (
        "Tarif par tranches de quotient", True, "2024-12"
    )


PSU = PsuHourlyTariff(
    CareKind.COLLECTIVE, HoursRounding(30, RoundingMode.DURATION, 10), without_income=WithoutIncome.FLOOR
)


@pytest.mark.parametrize(
    ("tariff", "lines"),
    [
        (FlatTariff(Money(350)), ["3,50 € pour toutes les familles"]),
        (
            LinearEffortTariff(Decimal("0.36"), Money(260), Money(450), WithoutQuotientRule.MAXIMUM),
            ["0,36 % du quotient, de 2,60 € à 4,50 €", "sans quotient : 4,50 € (tarif maximum)"],
        ),
        (
            BracketTariff((Bracket(Decimal(0), Money(0)), Bracket(Decimal(500), Money(100))), Money(500)),
            ["à 0,00 : 0,00 €", "de 0,01 à 500,00 : 1,00 €", "à partir de 500,01 : aucun prix",
             "sans quotient : 5,00 €"],
        ),
        (
            BracketTariff((Bracket(None, Money(100)),), Money(1)),
            ["tous les quotients : 1,00 €", "sans quotient : 0,01 €"],
        ),
        (
            PSU,
            ["Accueil collectif : ressources mensuelles × taux national, par heure",
             "heures : durée arrondie au pas supérieur, pas de 30 min, tolérance de 10 min",
             "sans ressources connues : plancher appliqué"],
        ),
    ],
)
def test_every_shape_says_its_parameters(tariff: Tariff, lines: list[str]) -> None:
    assert spaced(tariff.in_french()) == lines


def test_no_shape_is_without_words() -> None:
    assert all("in_french" in vars(shape) for shape in TARIFFS.values())


def test_a_tariff_tried_before_it_is_adopted_gives_its_price_and_why(desk: Desk) -> None:
    price = desk.ask(TryTariff(GRID, Quotient(Decimal("412.50")), None, TODAY))
    assert price.price == Money(260)
    assert "412,50" in price.steps[0]
    with pytest.raises(NoQuotient):
        desk.ask(TryTariff(GRID, None, None, TODAY))


def test_an_hourly_tariff_is_tried_with_national_and_entered_figures(desk: Desk) -> None:
    desk.do(EnterTownFigure(FigureKind.FLOOR, Money(80_000), date(2025, 9, 1), None, "courrier de la CAF"))
    price = desk.ask(TryTariff(PSU, None, ReferenceIncome(Money(3_000_000), 2), TODAY))
    assert price.price == Money(129)  # 2 500,00 × 0,0516 %


def test_what_a_family_would_pay_comes_from_its_file(desk: Desk) -> None:
    slot = desk.slot(tariff=GRID)
    family = desk.family(quotient="399.50")
    found = desk.ask(TryFamily(slot, family.id, TODAY))
    assert found.price == Money(120)
    assert found.steps[0].startswith("Tarif par tranches de quotient, en vigueur depuis le 01/09/2024")
    assert desk.ask(TrySlot(slot, Quotient(Decimal(600)), None, TODAY)).price == Money(415)
    with pytest.raises(NotInForce):
        desk.ask(TryFamily(slot, family.id, date(2024, 8, 31)))


def test_a_tariff_adopted_with_a_wrong_day_is_removed_and_the_one_before_reopened(desk: Desk) -> None:
    slot = desk.slot()
    heard = desk.heard(TariffChanged)
    desk.do(AdoptTariff(slot, FlatTariff(Money(500)), NEXT_YEAR, "2025-12"))
    wrong, before = desk.ask(TariffsOfSlot(slot))
    assert (wrong.in_force, before.valid_to) == (False, date(2025, 12, 31))
    assert desk.refused(EndTariff(before.id, before.version, None)) == "dated.overlap"
    desk.do(RemoveTariff(wrong.id, wrong.version))
    desk.do(EndTariff(before.id, before.version, None))
    (only,) = desk.ask(TariffsOfSlot(slot))
    assert (only.valid_from, only.valid_to) == (SINCE.start, None)
    assert heard == [TariffChanged(slot), TariffChanged(slot)]


def test_a_tariff_in_force_is_ended_not_removed(desk: Desk) -> None:
    slot = desk.slot()
    (view,) = desk.ask(TariffsOfSlot(slot))
    assert desk.refused(RemoveTariff(view.id, view.version)) == "tariff.already_begun"
    assert desk.refused(EndTariff(view.id, view.version, date(2024, 1, 1))) == "period.ends_before_start"
    desk.do(EndTariff(view.id, view.version, TODAY))
    assert desk.refused(EndTariff(view.id, view.version, None)) == "record.changed_meanwhile"
    assert [tariff.slot_id for tariff in desk.ask(TariffsInForce(TODAY))] == [slot]
    assert desk.ask(TariffsInForce(date(2025, 11, 21))) == ()


def test_a_figure_of_the_town_is_used_until_it_is_removed(desk: Desk) -> None:
    far = date(2031, 1, 1)
    entered = EnterTownFigure(FigureKind.CEILING, Money(900_000), far, date(2031, 12, 31), "courrier de la CAF")
    figure = desk.do(entered)
    assert desk.refused(entered) == "dated.overlap"
    figures = desk.ask(ListFigures())
    assert [(view.id, view.source) for view in figures.entered] == [(figure, "courrier de la CAF")]
    used = [view for view in figures.used if view.by_town]
    assert [(view.kind, view.monthly, view.valid_from) for view in used] == [(FigureKind.CEILING, Money(900_000), far)]
    desk.do(RemoveTownFigure(figure))
    assert not any(view.by_town for view in desk.ask(ListFigures()).used)
    assert desk.refused(RemoveTownFigure(figure)) == "record.changed_meanwhile"


def test_a_figure_without_source_is_refused(desk: Desk) -> None:
    figure = EnterTownFigure(FigureKind.FLOOR, Money(80_000), NEXT_YEAR, None, " ")
    assert desk.refused(figure) == "tariff.town_figure_without_source"
