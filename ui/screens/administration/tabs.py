"""The simpler tabs of the administration: town, appearance, database, about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from backoffice import __version__
from backoffice.cli.checks import Check
from ui.dialogs import choose_file_to_write
from ui.drafting import Drafting
from ui.drafts import Task, Typed
from ui.preferences import SYSTEM
from ui.screen import Surroundings
from ui.screens.administration.about import EUPL, Part, licence_text, parts
from ui.screens.administration.upkeep import State, UpkeepPresenter
from ui.theme.icons import pixmap
from ui.theme.tokens import LARGEST_SCALE, SMALLEST_SCALE, Theme, ThemeName
from ui.widgets.basics import Empty, Panel, button, chip, clear, label
from ui.widgets.columns import SideBySide
from ui.widgets.facts import Facts, FactsPane
from ui.widgets.flow import FlowLayout
from ui.widgets.scrolled import scrolled
from ui.widgets.task_form import TaskForm
from ui.widgets.task_panel import TaskSheet


def _page(theme: Theme, *widgets: QWidget) -> QWidget:
    """Widgets one under the other, in room that scrolls."""
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.px(12))
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch(1)
    found = QWidget()
    layout = QVBoxLayout(found)
    layout.setContentsMargins(0, theme.px(12), 0, 0)
    layout.addWidget(scrolled(inside))
    return found


class TownTab(QStackedWidget):
    """Who issues the invoices: read, or being typed."""

    def __init__(self, theme: Theme, drafting: Drafting, edit: Callable[[], None]) -> None:
        super().__init__()
        self.facts = FactsPane(theme)
        self._edit = button("Modifier", edit, theme, icon_name="pencil", shortcut="F2")
        self.facts.facts.body.addWidget(self._edit, 0, Qt.AlignmentFlag.AlignLeft)
        self.facts.facts.setMaximumWidth(theme.px(820))
        self.nothing = Empty(theme)
        self.nothing.say("La commune n'est pas encore décrite : ses factures n'auraient pas d'émetteur.",
                         "Décrire la commune", edit)
        self.form = TaskSheet(theme)
        self.form.task_form.follow(drafting)
        self.form.setContentsMargins(0, theme.px(12), 0, 0)
        for page in (self.facts, self.nothing, self.form):
            self.addWidget(page)
        self._read: QWidget = self.facts

    def show_town(self, facts: Sequence[tuple[str, str]], *, described: bool) -> None:
        self._read = self.facts if described else self.nothing
        self.facts.show_facts(facts)
        if self.currentWidget() is not self.form:
            self.setCurrentWidget(self._read)

    @property
    def form_typed(self) -> TaskForm:
        return self.form.task_form

    def show_task(self, task: Task, values: Typed) -> None:
        self.setCurrentWidget(self.form)
        self.form.show_task(task, values)

    def hide_task(self) -> None:
        self.setCurrentWidget(self._read)
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)


class AppearanceTab(QWidget):
    """Theme and text size: chosen here, seen at once."""

    def __init__(self, around: Surroundings, change: Callable[[], None]) -> None:
        super().__init__()
        theme, self._preferences, self._change = around.theme, around.preferences, change
        themes = Panel(theme, "Thème")
        self._add_choices(
            themes,
            [("Comme le système", SYSTEM), *((name.label, name.value) for name in ThemeName)],
            self._preferences.theme, self._choose_theme,
        )
        themes.body.addWidget(
            label("Un contraste élevé demandé par le système l'emporte sur ce choix.", "caption", wrap=True)
        )
        sizes = Panel(theme, "Taille du texte")
        percents = range(round(SMALLEST_SCALE * 100), round(LARGEST_SCALE * 100) + 1, 25)
        self._add_choices(
            sizes, [(f"{percent}\u00a0%", str(percent)) for percent in percents],
            str(round(self._preferences.scale * 100)), self._choose_size,
        )
        sizes.body.addWidget(
            label("Les lignes, les icônes et les boutons grandissent avec le texte. Ces choix valent pour vous, "
                  "sur cet ordinateur.", "caption", wrap=True)
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(_page(theme, themes, sizes))

    def _add_choices(
        self, panel: Panel, choices: Sequence[tuple[str, str]], chosen: str, choose: Callable[[str], None]
    ) -> None:
        row = FlowLayout(8)
        group = QButtonGroup(self)
        for words, value in choices:
            found = chip(words, partial(choose, value), checked=value == chosen)
            group.addButton(found)
            row.addWidget(found)
        panel.body.addLayout(row)

    def _choose_theme(self, value: str) -> None:
        self._preferences.theme = value
        self._change()

    def _choose_size(self, value: str) -> None:
        self._preferences.scale = int(value) / 100
        self._change()


class UpkeepTab(QWidget):
    """Where the data is, whether all is well, and a copy of it."""

    def __init__(self, around: Surroundings, presenter: UpkeepPresenter) -> None:
        super().__init__()
        theme = self._theme = around.theme
        self._presenter = presenter
        self.facts = Facts(theme, "La base")
        self.copy = button("&Copier la base…", self._copy, theme, icon_name="copy")
        self._why = label("", "caption", wrap=True)
        self.facts.body.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        self.facts.body.addWidget(self._why)
        other = button("C&hanger de base…", around.change_database, theme, icon_name="database")
        self.facts.body.addWidget(other, 0, Qt.AlignmentFlag.AlignLeft)
        self._checks_panel = Panel(theme, "Vérifications")
        self._checks = QGridLayout()
        self._checks.setHorizontalSpacing(theme.px(12))
        self._checks.setVerticalSpacing(theme.px(8))
        self._checks.setColumnStretch(2, 1)
        self._checks_panel.body.addLayout(self._checks)
        again = button("&Vérifier à nouveau", presenter.load, theme, icon_name="refresh-cw")
        self._checks_panel.body.addWidget(again, 0, Qt.AlignmentFlag.AlignLeft)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(_page(theme, SideBySide(theme, self.facts, self._checks_panel, (1, 1))))

    def show_checking(self) -> None:
        clear(self._checks)
        self._checks.addWidget(label("Vérification en cours…", "secondary"), 0, 0, 1, 3)

    def show_state(self, state: State) -> None:
        self.facts.show_facts(state.facts)
        self.copy.setVisible(state.embedded)
        self._why.setText(
            "La copie est entière même si le travail continue. Rangez-la sur un autre disque." if state.embedded
            else "Une base partagée se sauvegarde sur son serveur : demandez-le à votre service informatique."
        )
        clear(self._checks)
        for row, check in enumerate(state.checks):
            self._show_check(row, check)

    def _show_check(self, row: int, check: Check) -> None:
        theme = self._theme
        sign = QLabel()
        name, token = ("circle-check", "success") if check.well else ("triangle-alert", "danger")
        sign.setPixmap(pixmap(name, theme.colour(token), theme.size("icon", "default")))
        sign.setAccessibleName("bien" if check.well else "à reprendre")
        self._checks.addWidget(sign, row, 0, Qt.AlignmentFlag.AlignTop)
        self._checks.addWidget(label(check.what, "strong" if not check.well else ""), row, 1, Qt.AlignmentFlag.AlignTop)
        words = check.detail if check.well else f"À reprendre : {check.detail}"
        self._checks.addWidget(label(words, "secondary" if check.well else "danger", wrap=True), row, 2)

    def _copy(self) -> None:
        found = choose_file_to_write(self, "Copier la base", self._presenter.copy_name(), "Base (*.sqlite)")
        if found is not None:
            self._presenter.copy(Path(found))


class AboutTab(QWidget):
    """The program, its licence, and those of what it carries."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        program = Panel(theme, "Back-office Enfance")
        program.body.addWidget(label(f"Version {__version__}"))
        program.body.addWidget(
            label(f"Logiciel libre des services municipaux de l'enfance, sous licence publique de l'Union européenne "
                  f"(EUPL) 1.2 : chacun peut l'utiliser, l'étudier, le partager et le modifier. Texte : {EUPL}",
                  wrap=True)
        )
        carried = Panel(theme, "Ce qu'il contient")
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(20))
        grid.setVerticalSpacing(theme.px(6))
        grid.setColumnStretch(2, 1)
        for panel in (program, carried):
            panel.setMaximumWidth(theme.px(820))
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setAccessibleName("Texte de la licence")
        self._text.setMinimumHeight(theme.px(220))
        self._text.hide()
        for row, part in enumerate(parts()):
            grid.setRowMinimumHeight(row, theme.size("control", "button"))
            name = f"{part.name} {part.version}".strip()
            grid.addWidget(label(name, "strong"), row, 0)
            grid.addWidget(label(part.use, "secondary"), row, 1)
            grid.addWidget(label(part.licence, wrap=True), row, 2)
            if part.text:
                grid.addWidget(self._reader(theme, part), row, 3)
        carried.body.addLayout(grid)
        carried.body.addWidget(self._text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(_page(theme, program, carried))

    def _reader(self, theme: Theme, part: Part) -> QWidget:
        found = button("Lire la licence", lambda: self._show(part), theme, kind="link")
        found.setAccessibleName(f"Lire la licence de {part.name}")
        return found

    def _show(self, part: Part) -> None:
        self._text.setPlainText(licence_text(part))
        self._text.show()
        self._text.setFocus(Qt.FocusReason.OtherFocusReason)
