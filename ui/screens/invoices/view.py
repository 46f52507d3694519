"""Invoices and credit notes: the list at the left, the document read at the right, inside the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QButtonGroup, QComboBox, QLabel, QPushButton, QSplitter, QWidget

from backoffice.billing.lists import InvoiceListRow, InvoiceState
from backoffice.billing.views import InvoiceKind
from backoffice.catalog.queries import Service
from backoffice.kernel.periods import Month
from ui.dialogs import choose_file_to_write, choose_printer
from ui.explanations import Chapter
from ui.papers import Printer
from ui.presenting import Paper, Place
from ui.screen import Screen, Surroundings
from ui.screens.invoices.document import DocumentPanel
from ui.screens.invoices.presenter import Document, InvoicesPresenter, When, Whole
from ui.screens.invoices.rows import Filter
from ui.widgets.basics import chip, label
from ui.widgets.flow import FlowLayout
from ui.widgets.folding import Foldaway
from ui.widgets.scrolled import scrolled
from ui.widgets.table.columns import Column, Kind, Mark, shown
from ui.widgets.table.page import ListPane
from ui.widgets.table.views import SavedView

_BOTH_FROM = 1000  # logical pixels: narrower, the document goes over the list

_STATES: Mapping[InvoiceState, Mark] = {
    InvoiceState.TO_PAY: Mark("clock", "warning"),
    InvoiceState.PARTLY_PAID: Mark("hourglass", "warning"),
    InvoiceState.SETTLED: Mark("circle-check", "success"),
    InvoiceState.CANCELLED: Mark("circle-slash", "text_muted"),
    InvoiceState.CREDIT_NOTE: Mark("undo-2", "info"),
    InvoiceState.HISTORIC: Mark("history", "text_muted"),
}
_KINDS = {InvoiceKind.INVOICE: "Facture", InvoiceKind.CREDIT_NOTE: "Avoir", InvoiceKind.HISTORIC: "Reprise"}

COLUMNS: Sequence[Column[InvoiceListRow]] = (
    Column("Numéro", lambda row: row.number, width=17, strong=True),
    Column("Famille", lambda row: row.family_name, width=17),
    Column("Total (€)", lambda row: row.total, Kind.MONEY, width=9, strong=True),
    Column("Reste dû (€)", lambda row: row.still_due, Kind.MONEY, width=11),
    Column("État", lambda row: row.state.label, Kind.STATE, width=16, mark=lambda row: _STATES[row.state]),
    Column("Service", lambda row: row.service_name, width=20),
    Column("Mois", lambda row: row.billed_month, width=15),
    Column("Émise le", lambda row: row.issued_on, Kind.DATE, width=10),
    Column("Échéance", lambda row: row.due_on, Kind.DATE, width=10),
    Column("Réglé (€)", lambda row: row.paid, Kind.MONEY, width=10),
    Column("Nature", lambda row: _KINDS[row.kind], width=9),
)
VIEWS = (
    SavedView("À payer, tous les mois", {"state": Filter.TO_PAY.value}, sorted_by="Échéance"),
    SavedView("Avoirs et annulées, tous les mois", {"state": Filter.CANCELLED.value}, sorted_by="Émise le"),
)


class InvoicesView(Screen):
    """Month and service, chips, the list, and the document under the keyboard."""

    follows_structure = follows_year = True
    structure_remark = "les factures qui y ont une ligne"

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Factures et avoirs")
        self.presenter = InvoicesPresenter(self, around.desk)
        self.month = QComboBox()
        self.service = QComboBox()
        self.list: ListPane[InvoiceListRow] = ListPane(
            around, "invoices", "documents", COLUMNS, placeholder="Numéro, famille, montant…",
            title="Factures et avoirs", filters=self.presenter, views=VIEWS,
        )
        self.panel = DocumentPanel(self.theme, around.desk.run, self.presenter)
        self._chips: dict[Filter, QPushButton] = {}
        self._open = True
        self._build()
        self.month.activated.connect(self._month_chosen)
        self.service.activated.connect(self._service_chosen)
        self.list.chosen.connect(self.presenter.select)
        self.list.opened.connect(self._read)
        self.panel.closed.connect(self._close_panel)
        QShortcut(QKeySequence("F2"), self).activated.connect(self.presenter.open_family)

    def _build(self) -> None:
        self._choices = QWidget()
        choices = FlowLayout(self.theme.px(8), self._choices)
        for words, box in (("Mo&is", self.month), ("Servi&ce", self.service)):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setAccessibleName(words.replace("&", ""))
            name = QLabel(words)
            name.setBuddy(box)
            choices.addWidget(name)
            choices.addWidget(box)
        choices.addWidget(label(" "))
        group = QButtonGroup(self)
        for kept in Filter:
            found = self._chips[kept] = chip(kept.label, partial(self._keep, kept))
            group.addButton(found)
            choices.addWidget(found)
        self._filters = Foldaway(self.theme, "Filtres", self._choices)
        self.gestures.addWidget(self._filters)
        self.body.addWidget(self._choices)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(self.panel)
        split.setSizes([self.theme.px(660), self.theme.px(600)])  # shares, until the agent moves them
        split.setStretchFactor(0, 11)
        split.setStretchFactor(1, 9)
        split.setProperty("kind", "gap")
        split.setHandleWidth(self.theme.px(12))
        self.around.preferences.remember_splitter("invoices/split", split)
        self.split = split
        self._room = scrolled(split, sideways=False)  # for a document taller than the page, at 200 % text
        self.body.addWidget(self._room, 1)

    # --- what the shell asks ----------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self.list.table.setFocus()
        given = place.parameters
        invoice, month = given.get("invoice", ""), given.get("month", "")
        kept = given.get("filter", "")
        self.presenter.open(
            invoice=int(invoice) if invoice.isdecimal() else None,
            month=Month.parse(month) if month else None,
            kept=Filter(kept) if kept in set(Filter) else None,
        )
        self.list.open_at(place)

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget:
        return self.list.search

    def print_(self) -> bool:
        """The document while it is read, else the list."""
        held: QWidget | None = self.focusWidget()
        if held is not None and self.panel.isAncestorOf(held):
            self.presenter.print_()
            return True
        return super().print_()

    # --- what the presenter asks ------------------------------------------------------------------------------

    def is_seen(self) -> bool:
        return self.isVisible()

    def show_choices(self, months: Sequence[Month], when: When, services: Sequence[Service], service: str) -> None:
        self.month.clear()
        self.month.addItem("Toutes les années", Whole.ALWAYS)
        self.month.addItem(f"Année {self.around.desk.context.year}", Whole.YEAR)
        known = {*months, when} if isinstance(when, Month) else set(months)
        for one in sorted(known, reverse=True):
            self.month.addItem(one.in_french, one)
        self.month.setCurrentIndex(_place_of(self.month, when))
        self.service.clear()
        self.service.addItem("Tous les services", "")
        for found in services:
            self.service.addItem(found.name, found.code)
        self.service.setCurrentIndex(_place_of(self.service, service))

    def show_rows(
        self, rows: Mapping[Filter, Sequence[InvoiceListRow]], kept: Filter, empty: str, selected: int | None
    ) -> None:
        for one, found in self._chips.items():
            found.setText(f"{one.label} {shown(len(rows[one]))}")
            found.setAccessibleName(found.text().replace("&", ""))
        self._chips[kept].setChecked(True)
        self._filters.say(", ".join(self.presenter.filters_in_words()))
        self.list.say_when_empty(empty)
        self.list.set_rows(rows[kept], lambda row: row.haystack, partial(self._choose, selected))

    def _choose(self, selected: int | None) -> None:
        line = self.list.table.table_model.position_of(lambda row: row.id == selected)
        if line is not None:
            self.list.table.choose(line)

    def show_document(self, document: Document | None) -> None:
        self.panel.show_document(document)

    def show_explained(self, found: Sequence[Chapter], note: str) -> None:
        self.panel.show_explained(found, note)

    def show_form(self, title: str, day: str) -> None:
        self._open = True
        self._arrange()
        self.panel.show_form(title, day)
        # Once the form has its place.
        QTimer.singleShot(0, self.panel.form, lambda: self._room.ensureWidgetVisible(self.panel.form))

    def hide_form(self) -> None:
        self.panel.hide_form()

    def show_form_errors(self, reason: str, day: str) -> None:
        self.panel.show_form_errors(reason, day)

    def choose_pdf(self, name: str) -> Path | None:
        return choose_file_to_write(self, "Enregistrer le PDF", name, "Document PDF (*.pdf)")

    def choose_printer(self, title: str) -> Printer | None:
        return choose_printer(self, title, self.panel.preview.pages)

    def chosen_rows(self) -> Sequence[InvoiceListRow]:
        return self.list.table.selected_rows()

    def show_together(self, paper: Paper) -> None:
        self.around.show_paper(paper)

    # --- gestures ---------------------------------------------------------------------------------------------

    def _month_chosen(self, index: int) -> None:
        when = self.month.itemData(index)
        self.presenter.choose_month(when if isinstance(when, Month) else Whole(when))

    def _service_chosen(self, index: int) -> None:
        self.presenter.choose_service(str(self.service.itemData(index)))

    def _keep(self, kept: Filter) -> None:
        self.presenter.keep(kept)
        self.list.table.setFocus()  # the arrows go through what was asked for

    def _read(self, row: InvoiceListRow) -> None:
        self.presenter.select(row)
        self._open = True
        self._arrange()
        self.panel.read()

    def _close_panel(self) -> None:
        self._open = False
        self._arrange()
        self.list.take_keyboard()

    # --- room -------------------------------------------------------------------------------------------------

    @property
    def _wide(self) -> bool:
        return self.width() >= self.theme.px(_BOTH_FROM)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        was_wide = event.oldSize().width() >= self.theme.px(_BOTH_FROM)
        if not self._wide and (was_wide or event.oldSize().width() < 0):
            self._open = False  # the list first: a narrow page shows one at a time
        self._arrange()

    def _arrange(self) -> None:
        listed = self._wide or not self._open
        self._filters.fold(short=self.is_short and listed)
        if not listed:
            self._choices.hide()
        self.panel.setVisible(self._open)
        self.list.setVisible(listed)


def _place_of(box: QComboBox, value: object) -> int:
    return next((place for place in range(box.count()) if box.itemData(place) == value), 0)
