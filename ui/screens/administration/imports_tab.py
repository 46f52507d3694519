"""Reprise de données: files taken over at the left, the report of one of them at the right."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QVBoxLayout, QWidget

from backoffice.importing.reports import ImportView
from ui.dialogs import choose_file_to_read
from ui.screen import Surroundings
from ui.screens.administration.imports import (
    AmountLine,
    DifferenceLine,
    ImportsPresenter,
    LeftOutLine,
    Report,
    Source,
)
from ui.widgets.basics import Empty, Panel, button, chip, clear, label
from ui.widgets.columns import SideBySide
from ui.widgets.flow import FlowLayout
from ui.widgets.scrolled import scrolled
from ui.widgets.table.columns import Column, Kind, shown
from ui.widgets.table.page import ListPane
from ui.widgets.table.view import Table

HISTORY: Sequence[Column[ImportView]] = (
    Column("Repris le", lambda row: row.at, Kind.DATE, width=15),
    Column("Fichier", lambda row: row.file_name, width=20, strong=True),
    Column("Origine", lambda row: Source(row.kind).label, width=8),
)
LEFT_OUT: Sequence[Column[LeftOutLine]] = (
    Column("Laissé de côté", lambda row: row.what, width=34, strong=True),
    Column("Nombre", lambda row: row.count, Kind.NUMBER, width=8),
    Column("Pourquoi", lambda row: row.why, width=60),
)
ACTIVITIES: Sequence[Column[AmountLine]] = (
    Column("Activité", lambda row: row.of, width=44, strong=True),
    Column("Total (€)", lambda row: row.total, Kind.MONEY, width=14),
)
MONTHS: Sequence[Column[AmountLine]] = (
    Column("Mois", lambda row: row.of, width=24, strong=True),
    Column("Total (€)", lambda row: row.total, Kind.MONEY, width=14),
)
DIFFERENCES: Sequence[Column[DifferenceLine]] = (
    Column("Jour", lambda row: row.day, Kind.DATE, width=11),
    Column("Famille n°", lambda row: row.family, Kind.NUMBER, width=10),
    Column("Activité", lambda row: row.activity, width=24, strong=True),
    Column("Annoncé (€)", lambda row: row.announced, Kind.MONEY, width=12),
    Column("Calculé (€)", lambda row: row.computed, Kind.MONEY, width=12),
    Column("Écart (€)", lambda row: row.difference, Kind.MONEY, width=12),
)

_FILES = {
    Source.NOETHYS: ("Choisir un fichier Noethys", "Fichier Noethys (*_DATA.dat *.dat);;Tous les fichiers (*)"),
    Source.COMMUNE: ("Choisir un fichier de commune", "Fichier de commune (*.json);;Tous les fichiers (*)"),
}


class ImportsTab(QWidget):
    """Two ways in, the history, and what each file brought."""

    def __init__(self, around: Surroundings, presenter: ImportsPresenter) -> None:
        super().__init__()
        theme = around.theme
        self._presenter = presenter
        ways = Panel(theme, "Reprendre les données d'un autre logiciel")
        ways.body.addWidget(
            label("Le fichier est lu sans être modifié. Il entre en entier, ou pas du tout ; ce qui reste de côté "
                  "est dit ligne à ligne.", "secondary", wrap=True)
        )
        row = FlowLayout(theme.px(8))
        self._buttons = [
            button("Fichier No&ethys…", partial(self._choose, Source.NOETHYS), theme, icon_name="upload"),
            button("Fichier de c&ommune…", partial(self._choose, Source.COMMUNE), theme, icon_name="upload"),
        ]
        for found in self._buttons:
            row.addWidget(found)
        ways.body.addLayout(row)
        self._working = label("", "secondary", wrap=True)
        self._working.hide()
        ways.body.addWidget(self._working)
        self.history: Table[ImportView] = Table("Fichiers repris", HISTORY, theme)
        self.history.remember(around.preferences, "imports/columns")
        self._none = Empty(theme)
        self._none.say("Aucun fichier repris dans cette base.")
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(ways)
        column.addWidget(self.history, 1)
        column.addWidget(self._none, 1)
        self.report = ReportPane(around)
        self.history.setMinimumHeight(theme.px(140))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.px(12), 0, 0)
        layout.addWidget(scrolled(SideBySide(theme, left, self.report, (1, 2), 900, fill=True)))
        self.history.chosen.connect(presenter.choose)

    def show_imports(self, rows: Sequence[ImportView]) -> None:
        self.history.set_rows(rows)
        self.history.setVisible(bool(rows))
        self._none.setVisible(not rows)
        self.report.setVisible(bool(rows))

    def show_importing(self, words: str) -> None:
        """While a file comes in, another one waits: the buttons say why they do not answer."""
        for found in self._buttons:
            found.setEnabled(not words)
        self._working.setText(words)
        self._working.setVisible(bool(words))

    def _choose(self, source: Source) -> None:
        title, kinds = _FILES[source]
        path = choose_file_to_read(self, title, kinds)
        if path is not None:
            self._presenter.take_over(source, path)


class ReportPane(QWidget):
    """The figures of a report, and its tables one at a time."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        theme = around.theme
        self.title = label(kind="group", wrap=True)
        figures = QWidget()
        self._figures = FlowLayout(theme.px(24), figures)
        self._chips = FlowLayout(theme.px(8))
        self._group = QButtonGroup(self)
        self.left_out: ListPane[LeftOutLine] = ListPane(
            around, "imports/left-out", "lignes laissées de côté", LEFT_OUT, placeholder="Quoi, pourquoi…"
        )
        self.left_out.say_when_empty("Rien n'est resté de côté : tout ce que ce fichier contenait est entré.")
        self.activities: ListPane[AmountLine] = ListPane(
            around, "imports/activities", "activités", ACTIVITIES, placeholder="Activité…"
        )
        self.months: ListPane[AmountLine] = ListPane(around, "imports/months", "mois", MONTHS, placeholder="Mois…")
        self.differences: ListPane[DifferenceLine] = ListPane(
            around, "imports/differences", "prix différents", DIFFERENCES, placeholder="Activité, famille…"
        )
        self._tables = QStackedWidget()
        for pane in (self.left_out, self.activities, self.months, self.differences):
            self._tables.addWidget(pane)
        self._tables.setMinimumHeight(theme.px(240))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(12))
        layout.addWidget(self.title)
        layout.addWidget(figures)
        layout.addLayout(self._chips)
        layout.addWidget(self._tables, 1)

    def show_report(self, report: Report | None) -> None:
        self.setVisible(report is not None)
        if report is None:
            return
        self.title.setText(report.title)
        clear(self._figures)
        for words, number in report.figures:
            self._figures.addWidget(self._figure(words, number))
        tables: Sequence[tuple[str, ListPane[Any], Sequence[Any]]] = (
            ("Laissé de côté", self.left_out, report.left_out),
            ("Par activité", self.activities, report.activities),
            ("Par mois", self.months, report.months),
            ("Prix différents", self.differences, report.differences),
        )
        clear(self._chips)
        for words, pane, rows in tables:
            pane.set_rows(rows)
            if rows or pane is self.left_out:
                found = chip(f"{words} {shown(len(rows))}", partial(self._tables.setCurrentWidget, pane),
                             checked=pane is self.left_out)
                self._group.addButton(found)
                self._chips.addWidget(found)
        self._tables.setCurrentWidget(self.left_out)

    def _figure(self, words: str, number: str) -> QWidget:
        found = QWidget()
        column = QVBoxLayout(found)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(label(number, "group"))
        column.addWidget(label(words, "small"))
        found.setAccessibleName(f"{number} {words}")
        return found

    def search_entry(self) -> QWidget | None:
        pane = self._tables.currentWidget()
        return pane.search if isinstance(pane, ListPane) else None
