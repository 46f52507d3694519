"""« Délais et motifs » : how fast families are answered and why pieces come back, over a period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from backoffice.documents.delays import Urgency
from backoffice.documents.figures import Figures, ReviewReport
from backoffice.kernel.periods import Month, Period, french_day
from ui.screen import Surroundings
from ui.screens.follow_up.words import figures_in_words, hours_in_words, share_in_words
from ui.widgets.bars import Bars, CountBar
from ui.widgets.basics import Empty, Panel, label
from ui.widgets.facts import Facts
from ui.widgets.flow import FlowLayout
from ui.widgets.scrolled import scrolled
from ui.widgets.table.columns import Column, Kind, shown
from ui.widgets.table.printing import print_table
from ui.widgets.table.view import Table

_TITLE = "Délais et motifs"
_LEAST_ROWS = 5
_TOKENS = {Urgency.FRESH: "success", Urgency.SOON: "accent", Urgency.LATE: "danger"}
_WORDS = {
    Urgency.FRESH: "Moins de {target} h", Urgency.SOON: "De {target} à {limit} h", Urgency.LATE: "Plus de {limit} h",
}

TypeRow = tuple[str, Figures]

COLUMNS: Sequence[Column[TypeRow]] = (
    Column("Pièce", lambda row: row[0], width=34, strong=True, tip=lambda row: row[0]),
    Column("Reçues", lambda row: row[1].received, Kind.NUMBER, width=8),
    Column("Répondues", lambda row: row[1].answered, Kind.NUMBER, width=10),
    Column("Validées", lambda row: row[1].accepted, Kind.NUMBER, width=9),
    Column("Rejetées", lambda row: row[1].rejected, Kind.NUMBER, width=9),
    Column("Délai médian", lambda row: hours_in_words(row[1].median), width=12, key=lambda row: row[1].median or -1),
    Column("9 sur 10 en", lambda row: hours_in_words(row[1].ninth), width=12, key=lambda row: row[1].ninth or -1),
    Column("En retard", lambda row: share_in_words(row[1].late_share), width=10,
           key=lambda row: row[1].late_share if row[1].late_share is not None else -1),
)


class FiguresPane(QWidget):
    """From a month to a month; no name in any of it."""

    def __init__(self, around: Surroundings, chosen: Callable[[Period], None]) -> None:
        super().__init__()
        self._around = around
        self._chosen = chosen
        theme = around.theme
        self._report: ReviewReport | None = None
        self._first, self._last = QComboBox(), QComboBox()
        period = QWidget()
        choices = FlowLayout(theme.px(8), period)
        for words, box in (("D&e", self._first), ("&à", self._last)):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.activated.connect(self._choose)
            name = QLabel(words)
            name.setBuddy(box)
            choices.addWidget(name)
            choices.addWidget(box)
        self._first.setAccessibleName("Premier mois")
        self._last.setAccessibleName("Dernier mois")
        self._said = label(kind="secondary", wrap=True)
        self._facts = Facts(theme, "Ensemble")
        self._delays = Bars(theme, "Réponses selon leur délai")
        self._reasons = Bars(theme, "Motifs de rejet")
        self._no_reason = label("Aucun rejet pendant cette période.", "secondary", wrap=True)
        self.table: Table[TypeRow] = Table("Délais par pièce", COLUMNS, theme)
        self.table.prints = self.print_
        self.table.setMinimumHeight(theme.size("row_height", "table") * _LEAST_ROWS)
        self._nothing = Empty(theme)
        self._nothing.say("Aucune pièce reçue ni examinée pendant cette période : choisissez d'autres mois.")
        top = QHBoxLayout()
        top.setSpacing(theme.px(12))
        for title, *parts in (
            ("Délai des réponses", self._delays), ("Motifs de rejet", self._reasons, self._no_reason),
        ):
            panel = Panel(theme, title)
            for part in parts:
                panel.body.addWidget(part)
            panel.body.addStretch(1)
            top.addWidget(panel, 1)
        self._content = QWidget()
        inside = QVBoxLayout(self._content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(theme.px(12))
        inside.addWidget(self._facts)
        inside.addLayout(top)
        inside.addWidget(self.table, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(8))
        layout.addWidget(period)
        layout.addWidget(self._said)
        self._room = scrolled(self._content)
        layout.addWidget(self._room, 1)
        layout.addWidget(self._nothing, 1)

    def show_figures(self, report: ReviewReport, months: Sequence[Month]) -> None:
        self._report = report
        last = report.period.end or report.period.start
        for box, day in ((self._first, report.period.start), (self._last, last)):
            _fill(box, months, day)
        whole, delay = report.whole, report.delay
        clock = "jours ouvrés" if delay.working_days else "tous les jours"
        self._said.setText(f"Promesse aux familles : une réponse en {delay.target_hours} h, {delay.limit_hours} h au "
                           f"plus ({clock}).")
        rejected = f"{shown(whole.accepted)} validées, {shown(whole.rejected)} rejetées"
        half, ninth = hours_in_words(whole.median), hours_in_words(whole.ninth)
        self._facts.show_facts((
            ("Reçues", f"{shown(whole.received)}, dont {shown(whole.waiting)} à examiner"),
            ("Répondues", f"{shown(whole.answered)} : {rejected}"),
            ("Délai", f"{half} pour une sur deux, {ninth} pour neuf sur dix"),
            ("En retard", f"{shown(whole.late)} ({share_in_words(whole.late_share)})"),
        ))
        counts = whole.by_urgency or {}
        self._delays.show_bars([
            CountBar(_WORDS[each].format(target=delay.target_hours, limit=delay.limit_hours), counts.get(each, 0),
                     shown(counts.get(each, 0)), _TOKENS[each])
            for each in (Urgency.FRESH, Urgency.SOON, Urgency.LATE)
        ])
        self._reasons.show_bars([CountBar(name, count, shown(count)) for name, count in report.reasons])
        self._no_reason.setVisible(not report.reasons)
        self.table.set_rows(report.by_type)
        self._room.setVisible(bool(report.by_type))
        self._nothing.setVisible(not report.by_type)

    def take_keyboard(self) -> None:
        (self.table if self._room.isVisibleTo(self) else self._first).setFocus()

    def print_(self) -> None:
        """The whole of it on paper: the figures and the reasons above, the types below."""
        if self._report is None or not self._report.by_type:
            return
        report = self._report
        last = report.period.end or report.period.start
        said = [f"du {french_day(report.period.start)} au {french_day(last)}", figures_in_words(report.whole)]
        if report.reasons:
            said.append("motifs de rejet : " + ", ".join(f"{name} ({shown(count)})" for name, count in report.reasons))
        print_table(self._around, self.table, _TITLE, "types de pièces", said)

    def _choose(self, _index: int) -> None:
        first, last = self._first.currentData(), self._last.currentData()
        begins, ends = min(first, last), max(first, last)
        self._chosen(Period(begins.first_day, ends.last_day))


def _fill(box: QComboBox, months: Sequence[Month], day: date) -> None:
    box.clear()
    wanted = Month.of(day)
    for month in sorted({*months, wanted}, reverse=True):
        box.addItem(month.in_french, month)
        if month == wanted:
            box.setCurrentIndex(box.count() - 1)
