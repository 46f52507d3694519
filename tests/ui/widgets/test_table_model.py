"""The model of every list: what Qt asks of a model, then the order and the filter of its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester

from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from backoffice.kernel.progress import Progress, silent
from backoffice.kernel.text import folded
from ui.widgets.table.columns import Column, Kind, Mark, copied, shown
from ui.widgets.table.model import TableModel
from ui.widgets.table.order import Order, rank, sort_key

DESCENDING = Qt.SortOrder.DescendingOrder
RIGHT = Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody and what they owe."""

    name: str
    due: Money | None = None
    born: date | None = None
    number: int = 0


NAME = Column[Row]("Nom", lambda row: row.name, strong=True)
DUE = Column[Row](
    "Montant", lambda row: row.due, Kind.MONEY, mark=lambda row: Mark("circle-alert", "danger") if row.due else None
)
BORN = Column[Row]("Né(e) le", lambda row: row.born, Kind.DATE)
NUMBER = Column[Row]("Dossier", lambda row: row.number, Kind.NUMBER)
COLUMNS = (NAME, DUE, BORN, NUMBER)

PEOPLE = (
    Row("Élodie ZOLA", Money(1000), date(2017, 5, 1), 3),
    Row("ÉMILE", Money(200), None, 1),
    Row("emma", None, date(2016, 1, 1), 12),
    Row("Zoé", Money(-50), date(2019, 12, 31), 2),
    Row("Anaïs", None, None, 4),
)


@pytest.fixture
def model(qapp: object) -> TableModel[Row]:
    found: TableModel[Row] = TableModel(COLUMNS)
    found.set_rows(PEOPLE)
    return found


def names(model: TableModel[Row]) -> list[str]:
    return [row.name for row in model.rows_seen()]


def test_qt_finds_nothing_to_say(model: TableModel[Row], qtmodeltester: ModelTester) -> None:
    """The tester listens: rows replaced, filtered, sorted and emptied must all be announced as Qt wants."""
    check: Callable[[TableModel[Row]], None] = qtmodeltester.check
    check(model)
    model.sort(1)
    model.set_words("é")
    model.sort(0, DESCENDING)
    model.set_words("")
    model.set_rows(PEOPLE[:2])
    check(model)
    model.set_rows(())
    check(model)


def test_an_index_kept_follows_its_row_when_the_order_changes(model: TableModel[Row]) -> None:
    kept = QPersistentModelIndex(model.index(2, 0))
    assert kept.data() == "emma"
    for column in range(len(COLUMNS)):
        for order in Qt.SortOrder:
            model.sort(column, order)
            assert kept.data() == "emma"
            assert model.row(kept.row()).name == "emma"


def test_the_order_stays_when_rows_are_read_again(model: TableModel[Row]) -> None:
    model.sort(3, DESCENDING)
    model.set_rows([*PEOPLE, Row("Noé", number=100)])
    assert names(model)[:2] == ["Noé", "emma"]
    model.sort(-1)
    assert names(model)[0] == "Élodie ZOLA"  # as they were given


def test_the_filter_stays_when_rows_are_read_again(model: TableModel[Row]) -> None:
    model.set_words("zo")
    assert names(model) == ["Élodie ZOLA", "Zoé"]
    model.set_rows(PEOPLE[3:])
    assert names(model) == ["Zoé"]
    assert (model.rowCount(), model.total) == (1, 2)


def test_cells_and_headers_are_read(model: TableModel[Row]) -> None:
    amount = model.index(0, 1)
    assert model.data(amount) == "10,00"
    assert model.data(amount, Qt.ItemDataRole.AccessibleTextRole) == "10,00"
    assert model.data(model.index(2, 1)) == ""
    assert model.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole) & RIGHT
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Montant"
    assert model.headerData(9, Qt.Orientation.Horizontal) is None


def test_a_row_is_found_among_those_seen(model: TableModel[Row]) -> None:
    model.sort(3)
    assert model.position_of(lambda row: row.number == 12) == 4
    model.set_words("zoe")
    assert model.position_of(lambda row: row.number == 12) is None


# --- many rows are ranked away from the window ----------------------------------------------------------------


class Later:
    """Keeps what it is asked to run, as a busy machine would; a newer read of a topic replaces the older."""

    def __init__(self) -> None:
        self.waiting: dict[str, Callable[[], None]] = {}

    def read(
        self, work: Callable[[Progress], Any], done: Callable[[Any], None], failed: Callable[[Exception], None],
        topic: str = "", label: str = "",
    ) -> None:
        self.waiting[topic] = lambda: done(work(silent))

    def write(
        self, work: Callable[[Progress], Any], done: Callable[[Any], None], failed: Callable[[Exception], None],
        label: str = "",
    ) -> None:
        raise AssertionError("a table changes nothing")

    def hand_over(
        self, work: Callable[[Progress], Any], done: Callable[[Any], None], failed: Callable[[Exception], None],
        label: str,
    ) -> None:
        raise AssertionError("a table makes no file by itself")

    def catch_up(self) -> None:
        waiting, self.waiting = self.waiting, {}
        for run in waiting.values():
            run()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    monkeypatch.setattr("ui.widgets.table.model._RANKED_AT_ONCE", 2)
    return Later()


@pytest.fixture
def slow(qapp: object, later: Later) -> TableModel[Row]:
    found: TableModel[Row] = TableModel(COLUMNS, later)
    found.set_rows(PEOPLE)
    return found


def test_rows_change_places_once_they_are_ranked(slow: TableModel[Row], later: Later) -> None:
    before = names(slow)
    slow.sort(0)
    assert names(slow) == before
    later.catch_up()
    assert names(slow) == ["Anaïs", "Élodie ZOLA", "ÉMILE", "emma", "Zoé"]
    slow.sort(0, DESCENDING)  # known by now
    assert names(slow)[0] == "Zoé"


def test_the_last_order_asked_is_the_one_shown(slow: TableModel[Row], later: Later) -> None:
    slow.sort(0)
    slow.sort(3, DESCENDING)
    later.catch_up()
    assert names(slow)[0] == "emma"


def test_other_rows_come_in_their_order_and_only_the_last_ones(slow: TableModel[Row], later: Later) -> None:
    slow.sort(3)
    later.catch_up()
    shown_at: list[list[str]] = []
    slow.rows_shown.connect(lambda: shown_at.append(names(slow)))
    slow.set_rows([Row("deux", number=2), Row("un", number=1), Row("trois", number=3)])
    slow.set_rows([Row("b", number=2), Row("a", number=1), Row("c", number=3)])
    assert names(slow)[0] == "ÉMILE"  # until the others are ranked
    later.catch_up()
    assert shown_at == [["a", "b", "c"]]


def test_few_rows_need_no_job(slow: TableModel[Row], later: Later) -> None:
    slow.sort(3)
    later.catch_up()
    slow.set_rows([Row("b", number=2), Row("a", number=1)])
    assert names(slow) == ["a", "b"]
    assert not later.waiting


def test_qt_finds_nothing_to_say_of_rows_that_come_late(
    slow: TableModel[Row], later: Later, qtmodeltester: ModelTester
) -> None:
    check: Callable[[TableModel[Row]], None] = qtmodeltester.check
    check(slow)
    slow.sort(1, DESCENDING)
    slow.set_words("z")
    later.catch_up()
    slow.set_rows([*PEOPLE, *PEOPLE])
    slow.sort(2)
    later.catch_up()
    check(slow)


# --- order and filter, without Qt -----------------------------------------------------------------------------


def seen(rows: Sequence[Row], words: str, column: Column[Row] | None, *, descending: bool = False) -> list[int]:
    """The positions a table shows."""
    order = Order(rows, lambda row: folded(row.name))
    index = -1
    if column is not None:
        index = COLUMNS.index(column)
        order.keep(index, rank(rows, column))
    return list(order.seen(words, index, descending=descending))


@pytest.mark.parametrize(
    ("column", "descending", "expected"),
    [
        (None, False, [0, 1, 2, 3, 4]),
        (NAME, False, [4, 0, 1, 2, 3]),  # no accent, no case
        (NAME, True, [3, 2, 1, 0, 4]),
        (DUE, False, [3, 1, 0, 2, 4]),  # empty last…
        (DUE, True, [0, 1, 3, 2, 4]),  # …in both directions
        (BORN, False, [2, 0, 3, 1, 4]),
        (NUMBER, False, [1, 3, 0, 4, 2]),  # 12 after 4: numbers, not their texts
    ],
)
def test_sorting(column: Column[Row] | None, descending: bool, expected: list[int]) -> None:
    assert seen(PEOPLE, "", column, descending=descending) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("   ", [0, 1, 2, 3, 4]),
        ("zo", [0, 3]),
        ("ZOÉ", [3]),
        ("zola élo", [0]),  # every word, in any order
        ("em", [1, 2]),
        ("nobody", []),
    ],
)
def test_filtering(words: str, expected: list[int]) -> None:
    assert seen(PEOPLE, words, None) == expected


def test_filter_and_sort_together() -> None:
    assert seen(PEOPLE, "em", DUE, descending=True) == [1, 2]


def test_equal_values_keep_their_order_in_both_directions() -> None:
    rows = (Row("Zoé", number=1), Row("Anaïs", number=2), Row("ZOE", number=1), Row("zoé", number=2))
    assert seen(rows, "", NAME) == [1, 0, 2, 3]
    assert seen(rows, "", NAME, descending=True) == [0, 2, 3, 1]


def test_a_column_may_be_ranked_by_what_it_does_not_show() -> None:
    by_length = Column[Row]("Nom", lambda row: row.name, key=lambda row: len(row.name))
    assert list(rank(PEOPLE, by_length).ascending) == [3, 2, 1, 4, 0]


@given(st.lists(st.one_of(st.none(), st.integers(-500, 500))), st.booleans())
def test_any_amounts_are_sorted_with_the_empty_ones_last(amounts: list[int | None], descending: bool) -> None:
    rows = [Row("", None if amount is None else Money(amount)) for amount in amounts]
    found = seen(rows, "", DUE, descending=descending)
    assert sorted(found) == list(range(len(rows)))
    filled = sorted((amount for amount in amounts if amount is not None), reverse=descending)
    assert [amounts[position] for position in found] == filled + [None] * (len(amounts) - len(filled))


@pytest.mark.parametrize(
    ("value", "painted", "pasted"),
    [
        (None, "", ""),
        (Money(123456), "1\u00a0234,56", "1234,56"),
        (12345, "12\u00a0345", "12345"),
        (Decimal("874.50"), "874,50", "874,50"),
        (date(2026, 10, 7), "07/10/2026", "07/10/2026"),
        (Month(2026, 10), "octobre 2026", "octobre 2026"),
        (True, "oui", "oui"),
        ("deux\tcases\net lignes", "deux\tcases\net lignes", "deux cases et lignes"),
    ],
)
def test_values_as_shown_and_as_pasted(value: object, painted: str, pasted: str) -> None:
    assert shown(value) == painted
    assert copied(value) == pasted


def test_months_and_texts_are_compared_as_people_do() -> None:
    assert sort_key(Month(2025, 12)) < sort_key(Month(2026, 1))
    assert sort_key("École") == sort_key("ecole")


@pytest.mark.parametrize("values", [(3, 1, None, 2, 1, 3, None, 2), (5, 4, 3, 2, 1, None), (), (None,)])
def test_rows_ranked_in_turns_come_as_if_in_one(
    values: tuple[int | None, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.widgets.table.order._AT_ONCE", 3)
    ranking = rank(range(len(values)), Column[int]("Valeur", values.__getitem__))
    keys = [-1 if value is None else value for value in values]
    filled = [line for line in range(len(values)) if keys[line] >= 0]
    empty = [line for line in range(len(values)) if keys[line] < 0]
    assert list(ranking.ascending) == [*sorted(filled, key=keys.__getitem__), *empty]
    assert list(ranking.descending) == [*sorted(filled, key=keys.__getitem__, reverse=True), *empty]
