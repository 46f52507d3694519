"""The table itself: what a cell shows when it is narrow, what the agent and the page choose of its columns."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.widgets.test_table_model import COLUMNS, PEOPLE, Row
from ui.preferences import Preferences
from ui.theme.fonts import font
from ui.theme.tokens import Theme
from ui.widgets.table.arrangement import Arrangement, Placed
from ui.widgets.table.delegate import fitted
from ui.widgets.table.view import Table


@pytest.fixture
def table(qtbot: QtBot) -> Table[Row]:
    found: Table[Row] = Table("Gens", COLUMNS, Theme())
    qtbot.addWidget(found)
    found.set_rows(PEOPLE)
    return found


def titles(table: Table[Row]) -> list[str]:
    return [column.title for column in table.columns_seen()]


def test_a_name_is_cut_at_its_end_and_a_number_never(qapp: QApplication) -> None:
    metrics = QFontMetrics(font(Theme()))
    narrow = metrics.horizontalAdvance("1 234,56") - 4
    assert fitted("MARTIN-DUPONT", metrics, narrow, whole=False).endswith("…")
    assert fitted("1 234,56", metrics, narrow, whole=True) == "…"
    assert fitted("1 234,56", metrics, narrow + 4, whole=True) == "1 234,56"


def test_columns_come_back_where_they_were(table: Table[Row]) -> None:
    first = table.arrangement()
    wanted = Arrangement((Placed("Dossier", 90), Placed("Nom", 200), Placed("Montant", 0, seen=False)), "Dossier", True)
    table.arrange(wanted)
    assert titles(table) == ["Dossier", "Nom", "Né(e) le"]  # what the arrangement does not know comes last
    assert table.columnWidth(0) == 200
    assert [row.number for row in table.table_model.rows_seen()][:2] == [12, 4]
    table.arrange(first)
    assert table.arrangement().looks_like(first)  # the last column fills what is left


def test_widths_follow_the_size_of_the_text(qtbot: QtBot, table: Table[Row]) -> None:
    large: Table[Row] = Table("Gens", COLUMNS, Theme(scale=2.0))
    qtbot.addWidget(large)
    large.arrange(Arrangement((Placed("Nom", 150),)))
    assert large.columnWidth(0) == 300
    assert large.arrangement().columns[0] == Placed("Nom", 150)


def test_what_the_page_forces_is_not_what_the_agent_chose(table: Table[Row]) -> None:
    table.force_column("Montant", seen=False)
    assert titles(table) == ["Nom", "Né(e) le", "Dossier"]
    kept = table.arrangement()
    assert all(placed.seen for placed in kept.columns)
    table.force_column("Montant", seen=True)
    table.arrange(kept)
    assert titles(table) == ["Nom", "Montant", "Né(e) le", "Dossier"]


def test_an_agent_finds_the_columns_as_they_were_left(qtbot: QtBot, table: Table[Row], tmp_path: Path) -> None:
    preferences = Preferences("essai", tmp_path)
    table.remember(preferences, "gens/columns")
    table.horizontalHeader().moveSection(3, 0)
    table._show_column(2, False)
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    again: Table[Row] = Table("Gens", COLUMNS, Theme())
    qtbot.addWidget(again)
    again.remember(Preferences("essai", tmp_path), "gens/columns")
    assert titles(again) == ["Dossier", "Nom", "Montant"]
    assert again.arrangement().looks_like(table.arrangement())


def test_what_is_copied_is_what_is_seen(table: Table[Row]) -> None:
    table.horizontalHeader().moveSection(3, 0)
    table._show_column(1, False)
    table.choose(0)
    table.copy()
    assert QGuiApplication.clipboard().text() == "Dossier\tNom\tNé(e) le\n3\tÉlodie ZOLA\t01/05/2017"


def test_a_table_left_in_a_wide_window_does_not_scroll_sideways_in_a_narrow_one(table: Table[Row]) -> None:
    table.resize(1600, 400)
    table.show()
    wide = table.arrangement()
    table.resize(1000, 400)
    table.arrange(wide)
    assert table.horizontalHeader().length() <= table.viewport().width()
