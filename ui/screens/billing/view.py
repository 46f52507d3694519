"""Billing a month: choose, look at what would be issued, settle what blocks, issue, hand over."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from backoffice.billing.months import MonthFigures
from backoffice.billing.rules import Outcome
from backoffice.catalog.queries import Service
from backoffice.kernel.periods import Month
from ui.dialogs import choose_file_to_write, choose_folder
from ui.explanations import Chapter
from ui.presenting import Action, Banner, Place, Severity
from ui.screen import Screen, Surroundings
from ui.screens.billing.presenter import BillingPresenter, Empty
from ui.screens.billing.preview import Filter, Preview, PreviewRow
from ui.screens.billing.totals import TotalsPanel
from ui.screens.billing.words import Act, notice_of, plural
from ui.theme.icons import pixmap
from ui.widgets.basics import BannerBar, Field, button, chip, clear, label, restyle
from ui.widgets.explanation import ExplanationView
from ui.widgets.flow import FlowLayout
from ui.widgets.folding import Foldaway
from ui.widgets.reading_order import follow_reading_order
from ui.widgets.scrolled import LeastHigh, scrolled
from ui.widgets.side import Beside, SidePanel
from ui.widgets.table.columns import Column, Kind, Mark, shown
from ui.widgets.table.page import ListPane

_PANEL_OPENS_FROM = 1100    # logical pixels: narrower, the panel would hide the list before anybody asked for it
_SIDE_BY_SIDE_FROM = 900    # narrower, the services go under the month, the gestures under each other
_LEAST, _LEAST_SHORT = 240, 160     # heights of the list: some lines, whatever stands around it

_OUTCOMES = {
    Outcome.INVOICED: Mark("circle-check", "success"),
    Outcome.CARRIED: Mark("hourglass", "info"),
    Outcome.BLOCKED: Mark("circle-alert", "danger"),
}


def _outcome(row: PreviewRow) -> Mark:
    return Mark("circle-slash", "text_muted") if row.outcome is None else _OUTCOMES[row.outcome]


def _remark(row: PreviewRow) -> Mark | None:
    if row.outcome is Outcome.BLOCKED:
        return _OUTCOMES[Outcome.BLOCKED]
    return Mark("triangle-alert", "warning") if row.to_check else None


COLUMNS: Sequence[Column[PreviewRow]] = (
    Column("Famille", lambda row: row.family, width=19, strong=True),
    Column("Service", lambda row: row.service, width=15),
    Column("Suite", lambda row: row.outcome_words, Kind.STATE, width=13, mark=_outcome),
    Column("Total (€)", lambda row: row.total, Kind.MONEY, width=9, strong=True),
    Column("Écart (€)", lambda row: row.difference, Kind.DIFFERENCE, width=9),
    Column("À régler ou à vérifier", lambda row: row.remark, Kind.STATE, width=30, mark=_remark),
    Column("Mois d'avant (€)", lambda row: row.before, Kind.MONEY, width=15),
    Column("Lignes", lambda row: row.lines, Kind.NUMBER, width=7),
)


class BillingView(Screen):
    """The month's choices, its totals, its table with « Expliquer » beside, its gestures."""

    follows_structure = follows_year = True
    structure_remark = "ses services, facturés en entier"

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Facturation")
        self._rehearsal_icon = QLabel()
        size = self.theme.size("icon", "default")
        self._rehearsal_icon.setPixmap(pixmap("flask-conical", self.theme.colour("info"), size))
        self.rehearsal = label("À blanc\u00a0: aucun numéro pris", "info")
        self.gestures.addWidget(self._rehearsal_icon)
        self.gestures.addWidget(self.rehearsal)
        self.month = QComboBox()
        self.month.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.issue_day = QLineEdit()
        self.issue_day.setMinimumWidth(self.theme.px(110))
        self.issue_day.setMaximumWidth(self.theme.px(130))
        self.issue_field = Field(self.theme, "Émises &le", self.issue_day)
        self.issue_field.setMinimumWidth(self.theme.px(180))  # of its error
        self.presenter = BillingPresenter(self, around.desk)
        self.notice = BannerBar(self.theme)
        self.totals = TotalsPanel(self.theme)
        self.list: ListPane[PreviewRow] = ListPane(
            around, "billing", "dossiers", COLUMNS, placeholder="Famille, enfant, service…",
            title="Facturation : aperçu", filters=self.presenter, views=(),
        )
        self.panel = SidePanel(self.theme, "Expliquer")
        self._remark = label(wrap=True)
        self.explanation = ExplanationView(self.theme)
        self.explanation.setMinimumHeight(self.theme.px(96))
        self.beside = Beside(self.theme, self.list, self.panel)
        self._chips: dict[Filter, QPushButton] = {}
        self._services = FlowLayout(self.theme.px(8))
        self._opened_once = False
        self._build()
        self._connect()

    # --- widgets ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        theme = self.theme
        choosing = QWidget()
        chosen = QVBoxLayout(choosing)
        chosen.setContentsMargins(0, 0, 0, 0)
        chosen.setSpacing(theme.px(12))
        chosen.addLayout(self._choices())
        chosen.addWidget(self.notice)
        chosen.addWidget(self.totals)
        inside = LeastHigh()
        content = QVBoxLayout(inside)
        content.setContentsMargins(0, 0, 0, 0)
        content.setSpacing(theme.px(12))
        content.addWidget(choosing)
        content.addWidget(self.beside, 1)
        self.body.addWidget(scrolled(inside, sideways=False), 1)
        group = QButtonGroup(self)
        for kept in Filter:
            found = self._chips[kept] = chip(kept.label, partial(self._keep, kept))
            group.addButton(found)
            self.list.filters.addWidget(found)
        self.panel.body.addWidget(self._remark)
        self.panel.body.addWidget(self.explanation, 1)
        self.mend = button("Ouvrir la famille (F2)", self._open_family, theme, icon_name="pencil")
        self.mend.setToolTip("Ouvrir la famille pour corriger, puis recalculer par F5 (F2)")
        self.panel.body.addWidget(self.mend, 0, Qt.AlignmentFlag.AlignLeft)
        footer = self._footer()
        self.body.addWidget(footer)
        self._fold = Foldaway(theme, "Mois et totaux", choosing, footer)
        self.gestures.addWidget(self._fold)

    def _choices(self) -> QBoxLayout:
        choices = self._choices_row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        choices.setSpacing(self.theme.px(16))
        when = QHBoxLayout()
        when.setSpacing(self.theme.px(16))
        top = Qt.AlignmentFlag.AlignTop
        when.addWidget(Field(self.theme, "Mo&is à facturer", self.month), 0, top)
        when.addWidget(self.issue_field, 0, top)
        when.addStretch(1)
        choices.addLayout(when)
        services = QVBoxLayout()
        services.setSpacing(self.theme.px(4))
        services.addWidget(label("Services", "small"))
        services.addLayout(self._services)
        services.addStretch(1)
        choices.addLayout(services, 1)
        return choices

    def _footer(self) -> QWidget:
        theme = self.theme
        self.write_documents = button("É&crire les PDF…", self._write_documents, theme, icon_name="download")
        self.write_workbook = button(
            "Classeur de la ré&gie…", self._write_workbook, theme, icon_name="file-spreadsheet"
        )
        self._said = label(kind="secondary", wrap=True)
        self.issue = button("Émettr&e les factures…", self._issue, theme, kind="primary")
        for gesture in (self.write_documents, self.write_workbook, self.issue):
            gesture.setEnabled(False)  # until there is something to act on
        handing_over = QHBoxLayout()
        handing_over.setSpacing(theme.px(8))
        handing_over.addWidget(self.write_documents)
        handing_over.addWidget(self.write_workbook)
        handing_over.addStretch(1)
        self._issuing = QHBoxLayout()
        self._issuing.setSpacing(theme.px(12))
        self._issuing.addWidget(self._said, 1)
        self._issuing.addWidget(self.issue)
        footer = QWidget()
        row = self._footer_row = QBoxLayout(QBoxLayout.Direction.LeftToRight, footer)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        row.addLayout(handing_over)
        row.addLayout(self._issuing, 1)
        return footer

    def _connect(self) -> None:
        self.month.activated.connect(self._month_chosen)
        self.issue_day.editingFinished.connect(self._day_typed)
        self.list.chosen.connect(self._chosen)
        self.list.opened.connect(self._explain)
        self.panel.closed.connect(self._close_panel)
        QShortcut(QKeySequence("F2"), self).activated.connect(self._open_family)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        side_by_side = self.width() >= self.theme.px(_SIDE_BY_SIDE_FROM)
        direction = QBoxLayout.Direction.LeftToRight if side_by_side else QBoxLayout.Direction.TopToBottom
        self._choices_row.setDirection(direction)
        self._footer_row.setDirection(direction)
        aside = Qt.AlignmentFlag.AlignRight if side_by_side else Qt.AlignmentFlag.AlignLeft
        self._said.setAlignment(aside | Qt.AlignmentFlag.AlignVCenter)
        self._make_room(short=self.is_short)

    def _make_room(self, *, short: bool) -> None:
        """On a short page the table comes first: the rest is folded, and the gesture of the page stands above."""
        if short:
            self.body.addWidget(self._said)
            self.gestures.addWidget(self.issue)
        else:
            self._issuing.addWidget(self._said, 1)
            self._issuing.addWidget(self.issue)
        for said in (self._rehearsal_icon, self.rehearsal):
            said.setVisible(not short)
        self.list.setMinimumHeight(self.theme.px(_LEAST_SHORT if short else _LEAST))
        self._fold.fold(short=short)
        follow_reading_order(self)

    # --- what the shell asks ----------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        text = place.parameters.get("month", "")
        self.list.table.setFocus()
        self.presenter.open(Month.parse(text) if text else None)
        self.list.open_at(place)

    def refresh(self) -> None:
        self.presenter.load()

    def changed_elsewhere(self, *, perhaps_mine: bool) -> None:
        """A preview costs seconds, and its totals are being read: it is the agent who asks for it again."""
        if perhaps_mine:
            return
        again = Action("Refaire l'aperçu", self.presenter.load)
        words = "Un autre agent vient de modifier des présences, des familles ou des tarifs : refaites cet aperçu."
        self.show_banner(Banner(Severity.INFO, words, (again,)))

    def search_entry(self) -> QWidget:
        return self.list.search

    # --- what the presenter asks ------------------------------------------------------------------------------

    def is_seen(self) -> bool:
        return self.isVisible()

    def show_months(self, months: Sequence[MonthFigures], chosen: Month | None) -> None:
        self.month.clear()
        for figures in reversed(months):
            self.month.addItem(_month_words(figures), figures.month)
        if chosen is not None and all(figures.month != chosen for figures in months):
            self.month.addItem(f"{chosen.in_french} · rien à facturer", chosen)
        found = next((i for i in range(self.month.count()) if self.month.itemData(i) == chosen), -1)
        self.month.setCurrentIndex(found)
        self.month.setEnabled(self.month.count() > 0)

    def show_services(self, services: Sequence[Service], chosen: frozenset[str]) -> None:
        had_keyboard = self.focusWidget() in {
            item.widget() for i in range(self._services.count()) if (item := self._services.itemAt(i)) is not None
        }
        clear(self._services)
        if len(services) == 1:  # nothing to choose
            self._services.addWidget(label(services[0].name, "strong"))
            return
        words = [("", "Tous")] + [(service.code, service.name) for service in services]
        for code, name in words:
            found = chip(name.replace("&", "&&"), partial(self.presenter.choose_service, code))
            found.setAccessibleName(f"Service\u00a0: {name}")
            found.setChecked(code in chosen if code else not chosen)
            self._services.addWidget(found)
            found.show()
            if had_keyboard and found.isChecked():
                found.setFocus()
                had_keyboard = False

    def show_issue_day(self, text: str, error: str) -> None:
        self.issue_day.setText(text)
        self.issue_field.show_error(error)

    def show_computing(self, *, computing: bool) -> None:
        self.rehearsal.setText("Calcul de l'aperçu…" if computing else "À blanc\u00a0: aucun numéro pris")
        self._rehearsal_icon.setVisible(not computing and not self.is_short)

    def show_stale(self) -> None:
        self.rehearsal.setText("Des données ont changé\u00a0: F5 pour recalculer")

    def show_totals(self, preview: Preview | None, months: Sequence[MonthFigures]) -> None:
        self.totals.show_preview(preview, months)
        self._fold.say(preview.plan.month.in_french if preview else "")
        self.notice.show_banner(notice_of(preview.plan.remarks) if preview else None)
        for kept, found in self._chips.items():
            count = len(preview.rows[kept]) if preview else 0
            found.setText(f"{kept.label} {shown(count)}" if preview else kept.label)
            found.setAccessibleName(found.text().replace("&", ""))
            found.setEnabled(preview is not None)

    def show_rows(self, rows: Sequence[PreviewRow], kept: Filter, empty: Empty) -> None:
        self._chips[kept].setChecked(True)
        place = empty.place
        go = partial(self.around.desk.go, place) if place is not None else None
        self.list.say_when_empty(empty.text, empty.gesture, go)
        self.list.set_rows(rows, lambda row: row.haystack)
        if rows and not self._opened_once and self.width() >= self.theme.px(_PANEL_OPENS_FROM):
            self._opened_once = True
            self.beside.open_panel()
        if not rows:
            self.beside.close_panel()
            self._opened_once = False

    def show_act(self, act: Act) -> None:
        self.issue.setText(act.label)
        self.issue.setAccessibleName(act.label.replace("&", ""))
        self.issue.setEnabled(act.enabled)
        self._said.setText(f"▲ {act.said}" if act.warning else act.said)
        self._said.setAccessibleName(act.said)
        self._said.setProperty("kind", "danger" if act.warning else "secondary")
        restyle(self._said)
        for gesture in (self.write_documents, self.write_workbook):
            gesture.setEnabled(act.documents)
            gesture.setToolTip("" if act.documents else "Aucune facture émise pour ce mois.")

    def show_explained(self, title: str, found: Sequence[Chapter], remark: str) -> None:
        self.panel.show_title(f"Expliquer\u00a0: {title}")
        self._remark.setText(remark)
        self._remark.setVisible(bool(remark))
        self.explanation.show_chapters(found)

    def choose_folder(self) -> Path | None:
        return choose_folder(self, "Dossier où écrire les PDF")

    def choose_workbook(self, name: str) -> Path | None:
        return choose_file_to_write(self, "Classeur de la régie", name, "Classeur Excel (*.xlsx)")

    # --- gestures ---------------------------------------------------------------------------------------------

    def _month_chosen(self, index: int) -> None:
        month = self.month.itemData(index)
        if isinstance(month, Month):
            self.presenter.choose_month(month)

    def _day_typed(self) -> None:
        self.presenter.choose_issue_day(self.issue_day.text())

    def _keep(self, kept: Filter) -> None:
        self.presenter.keep(kept)
        self.list.table.setFocus()  # the arrows go through what was asked for

    def _chosen(self, row: PreviewRow | None) -> None:
        if row is not None:
            self.presenter.explain(row)

    def _explain(self, row: PreviewRow) -> None:
        self.presenter.explain(row)
        self.beside.open_panel()
        self.explanation.setFocus()

    def _close_panel(self) -> None:
        self.beside.close_panel()
        self.list.take_keyboard()

    def _open_family(self) -> None:
        self.presenter.open_family(self.list.table.current_row())

    def _issue(self) -> None:
        self.presenter.issue()

    def _write_documents(self) -> None:
        self.presenter.write_documents()

    def _write_workbook(self) -> None:
        self.presenter.write_workbook()


def _month_words(figures: MonthFigures) -> str:
    """« novembre 2026 · 1 234 à facturer », « octobre 2026 · 412 factures »."""
    month = figures.month.in_french
    if figures.to_bill:
        return f"{month} · {plural(figures.open_units + figures.open_lines, 'à facturer', 'à facturer')}"
    if figures.invoice_count:
        return f"{month} · {plural(figures.invoice_count, 'facture', 'factures')}"
    if figures.historic_count:
        return f"{month} · {plural(figures.historic_count, 'facture reprise', 'factures reprises')}"
    return month
