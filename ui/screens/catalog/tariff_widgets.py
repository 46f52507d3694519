"""Tariffs on the page: the history as cards, the editor, the simulator beside either."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from backoffice.kernel.money import euros
from ui.drafts import Task, Typed
from ui.forms import FieldSpec
from ui.screens.catalog.simulator import Simulation
from ui.screens.catalog.tariffs import TariffCard, TariffsPresenter
from ui.screens.catalog.year import other_years
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.basics import Panel, button, clear, label, line
from ui.widgets.columns import SideBySide
from ui.widgets.form import Form
from ui.widgets.scrolled import scrolled
from ui.widgets.task_form import TaskForm

_STATES = {"en vigueur": ("circle-check", "success"), "à venir": ("clock", "info"), "terminé": ("history", "small")}
_TOKENS = {"success": "success", "info": "info", "small": "text_secondary"}


def state_word(theme: Theme, state: str) -> QWidget:
    """A state with its shape and its colour."""
    icon_name, kind = _STATES[state]
    found = QWidget()
    layout = QHBoxLayout(found)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(theme.px(4))
    sign = QLabel()
    sign.setPixmap(pixmap(icon_name, theme.colour(_TOKENS[kind]), theme.size("icon", "default")))
    layout.addWidget(sign)
    layout.addWidget(label(state, kind))
    return found


def price_lines(theme: Theme, lines: Sequence[str]) -> QWidget:
    """The lines of a tariff: brackets at the left, prices aligned at the right of them."""
    found = QWidget()
    grid = QGridLayout(found)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme.px(24))
    grid.setVerticalSpacing(theme.px(2))
    grid.setColumnStretch(2, 1)
    for row, text in enumerate(lines):
        what, colon, price = text.rpartition(" : ")
        if colon and price.endswith("€"):
            grid.addWidget(label(what), row, 0)
            grid.addWidget(label(price, "strong"), row, 1, Qt.AlignmentFlag.AlignRight)
        else:
            grid.addWidget(label(text, wrap=True), row, 0, 1, 3)
    return found


class SimulatorPanel(Panel):
    """« Combien paierait une famille ? »."""

    def __init__(self, theme: Theme, typed: Callable[[Mapping[str, str]], None]) -> None:
        super().__init__(theme, "Combien paierait une famille ?")
        self._theme = theme
        self.form = Form(theme)
        self.form.changed.connect(lambda: typed(self.form.values()))
        self.price = label(kind="figure")
        self.price.setAccessibleName("Prix")
        self._unit = label(kind="secondary")
        self._steps = QVBoxLayout()
        self._steps.setSpacing(theme.px(6))
        figure = QHBoxLayout()
        figure.setSpacing(theme.px(8))
        figure.addWidget(self.price)
        figure.addWidget(self._unit, 1, Qt.AlignmentFlag.AlignBottom)
        self.body.addWidget(self.form)
        self.body.addWidget(line())
        self.body.addLayout(figure)
        self.body.addLayout(self._steps)

    def show_fields(self, specs: Sequence[FieldSpec]) -> None:
        self.form.show_fields(specs)

    def show_errors(self, errors: Mapping[str, str]) -> None:
        self.form.show_errors(errors)

    def show_result(self, simulation: Simulation) -> None:
        clear(self._steps)
        found = simulation.price is not None
        self.price.setVisible(found)
        self._unit.setVisible(found)
        if simulation.price is not None:
            self.price.setText(euros(simulation.price))
            self._unit.setText(f"par {simulation.unit}" if simulation.unit else "")
        for step in simulation.steps:
            self._steps.addWidget(label(step, "small", wrap=True))
        if simulation.problem:
            self._steps.addWidget(label(simulation.problem, "secondary", wrap=True))


class TariffsTab(QWidget):
    """The tariffs of a slot, latest first, and the simulator."""

    def __init__(
        self,
        theme: Theme,
        presenter: TariffsPresenter,
        end: Callable[[TariffCard], None],
        show_every_year: Callable[[], None],
    ) -> None:
        super().__init__()
        self._theme = theme
        self._presenter = presenter
        self._end = end
        self._show_every_year = show_every_year
        self.simulator = SimulatorPanel(theme, presenter.simulator.typed)
        history = QWidget()
        self._cards = QVBoxLayout(history)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._cards.setSpacing(theme.px(12))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.px(12), 0, 0)
        layout.addWidget(scrolled(SideBySide(theme, history, self.simulator)))

    def show_cards(self, cards: Sequence[TariffCard], hidden: int, *, may_price: bool) -> None:
        clear(self._cards)
        if not cards and not hidden:
            nothing = Panel(self._theme, "Aucun tarif")
            nothing.body.addWidget(
                label("Ce créneau n'a pas encore de prix : ses présences seront signalées comme anomalies à la "
                      "facturation. Adoptez son premier tarif.", "secondary", wrap=True)
            )
            self._cards.addWidget(nothing)
        for card in cards:
            self._cards.addWidget(self._card(card, may_price=may_price))
        if not cards and hidden:
            self._cards.addWidget(label("Aucun tarif ne vaut pendant cette année scolaire.", "secondary", wrap=True))
        if hidden:
            others = button(other_years(hidden), self._show_every_year, self._theme, kind="link")
            self._cards.addWidget(others, 0, Qt.AlignmentFlag.AlignLeft)
        self._cards.addStretch(1)

    def _card(self, card: TariffCard, *, may_price: bool) -> Panel:
        theme, view = self._theme, card.view
        panel = Panel(theme)
        panel.setAccessibleName(f"Tarif, {card.period}, {card.state}")
        head = QHBoxLayout()
        head.setSpacing(theme.px(12))
        head.addWidget(label(card.period, "strong"))
        head.addWidget(state_word(theme, card.state))
        head.addStretch(1)
        panel.body.addLayout(head)
        panel.body.addWidget(label(view.shape_label, "secondary", wrap=True))
        panel.body.addWidget(price_lines(theme, view.lines))
        if view.deliberation:
            panel.body.addWidget(label(view.deliberation, "caption", wrap=True))
        if may_price and card.state != "terminé":
            gestures = QHBoxLayout()
            words = "Changer le dernier jour" if view.valid_to else "Fixer un dernier jour"
            gestures.addWidget(button(words, lambda: self._end(card), theme, kind="link"))
            if card.coming:
                gestures.addWidget(button("Supprimer ce tarif…", lambda: self._presenter.remove(view), theme,
                                          kind="link"))
            gestures.addStretch(1)
            panel.body.addLayout(gestures)
        return panel


class TariffEditor(QWidget):
    """A new tariff being typed: its form, what it will say, and what a family would pay."""

    def __init__(self, theme: Theme, presenter: TariffsPresenter) -> None:
        super().__init__()
        self._theme = theme
        self.title = label(kind="group", wrap=True)
        self.simulator = SimulatorPanel(theme, presenter.simulator.typed)
        self._preview_box = Panel(theme, "À comparer à la délibération")
        self._preview = QVBoxLayout()
        self._preview_box.body.addLayout(self._preview)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(self.simulator)
        column.addWidget(self._preview_box)
        self.task_form = TaskForm(theme, "Abandonner", right)
        self.form = self.task_form.form
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(12))
        layout.addWidget(self.title)
        layout.addWidget(self.task_form, 1)

    def show_task(self, task: Task, values: Typed) -> None:
        self.title.setText(task.title)
        self.setAccessibleName(task.title)
        self.task_form.show_task(task, values)

    def show_preview(self, lines: Sequence[str]) -> None:
        clear(self._preview)
        self._preview.addWidget(
            price_lines(self._theme, lines) if lines
            else label("Les lignes du tarif apparaîtront ici quand il sera complet.", "secondary", wrap=True)
        )
