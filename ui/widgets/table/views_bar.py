"""The « Vues » button of a table, its menu, and the field where a view is named."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from ui.theme.icons import icon
from ui.theme.tokens import Theme
from ui.widgets.basics import button, label, restyle
from ui.widgets.table.views import LONGEST_NAME, ViewsPresenter

_KEY = "F4"
_NONE_YET = "Aucune vue à vous : réglez le tableau, puis enregistrez-le ici."


def views_button(theme: Theme, show_menu: Callable[[], object]) -> QPushButton:
    """« Vues », or the name of the view that is shown."""
    found = button("Vues", show_menu, theme, icon_name="bookmark", shortcut=_KEY)
    found.setToolTip(f"Vues enregistrées de ce tableau ({_KEY})")
    return found


def views_menu(presenter: ViewsPresenter, parent: QWidget) -> QMenu:
    """The views to choose from, then what is done with the one chosen."""
    menu = QMenu(parent)
    menu.setAccessibleName("Vues")
    shelf, chosen = presenter.shelf, presenter.chosen
    group = QActionGroup(menu)
    for views in (shelf.given, shelf.own):
        for view in views:
            action = menu.addAction(view.name.replace("&", "&&"), partial(presenter.choose, view.name))
            action.setCheckable(True)
            action.setChecked(chosen is not None and view.name == chosen.name and not presenter.changed)
            if view.name == shelf.opening:
                action.setText(f"{action.text()}  (à l'ouverture)")
            group.addAction(action)
        if views is shelf.given:
            menu.addSeparator()
    if not shelf.own:
        menu.addAction(_NONE_YET).setEnabled(False)
    menu.addSeparator()
    menu.addAction("&Enregistrer cette vue…", presenter.begin)
    if chosen is not None:
        name = f"« {chosen.name} »".replace("&", "&&")
        if shelf.is_own(chosen.name):
            menu.addAction(f"Rem&placer {name} par ce qui est affiché", presenter.replace).setEnabled(presenter.changed)
            menu.addAction(f"Re&nommer {name}…", presenter.begin_renaming)
            menu.addAction(f"&Supprimer {name}", presenter.delete)
        menu.addAction(_opening(menu, name, presenter))
    return menu


def _opening(menu: QMenu, name: str, presenter: ViewsPresenter) -> QAction:
    found = QAction(f"&Ouvrir cette page sur {name}", menu, checkable=True)
    found.setChecked(presenter.chosen is not None and presenter.chosen.name == presenter.shelf.opening)
    found.toggled.connect(lambda wanted: presenter.open_on(wanted=wanted))
    return found


class NameBar(QFrame):
    """One line above the table: the name, what is wrong with it, and two buttons. Enter keeps, Esc gives up."""

    named = Signal(str)
    given_up = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "panel")
        self._title = label(kind="strong")
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST_NAME + 20)
        self.name.setMinimumWidth(theme.px(160))
        self._error = label(kind="error", wrap=True)
        self._error.hide()
        line = QHBoxLayout()
        line.setSpacing(theme.px(8))
        line.addWidget(self._title)
        line.addWidget(self.name, 1)
        line.addWidget(button("Enregistrer", self._keep, theme))
        line.addWidget(button("Annuler", self.given_up.emit, theme))
        layout = QVBoxLayout(self)
        margin = theme.px(8)
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.px(4))
        layout.addLayout(line)
        layout.addWidget(self._error)
        self.name.returnPressed.connect(self._keep)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(self.given_up)
        self.hide()

    def ask(self, title: str, name: str) -> None:
        self._title.setText(title)
        self.name.setAccessibleName(title)
        self.name.setText(name)
        self.show_error("")
        self.show()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.name.selectAll()

    def show_error(self, text: str) -> None:
        self._error.setText(f"▲ {text}" if text else "")
        self._error.setVisible(bool(text))
        self.name.setProperty("state", "error" if text else "")
        self.name.setAccessibleDescription(text)
        restyle(self.name)

    def _keep(self) -> None:
        self.named.emit(self.name.text())


def print_button(theme: Theme, run: Callable[[], object]) -> QPushButton:
    """A sign alone: « Imprimer… » is said by its name, its tip and its key."""
    found = button("", run, theme)
    size = theme.size("icon", "default")
    found.setIcon(icon("printer", theme.colour("text"), size, theme.colour("text_disabled")))
    found.setIconSize(QSize(size, size))
    found.setAccessibleName("Imprimer…")
    found.setToolTip("Imprimer ce qui est affiché (Ctrl+P)")
    return found
