"""The window: one page at a time, what surrounds it, and the keys that work everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from backoffice.kernel.application import Application
from ui.dialogs import ask
from ui.events import EventLine
from ui.history import History
from ui.jobs import Jobs
from ui.places import BY_NAME, PLACES, PlaceEntry
from ui.preferences import Preferences
from ui.presenting import Action, Desk, Place, Question
from ui.screen import Screen, Surroundings
from ui.shell.agent_menu import LOCK_KEY
from ui.shell.help import KeysHelp
from ui.shell.navigation import Navigation
from ui.shell.search import SearchBox
from ui.shell.status_bar import StatusBar
from ui.shell.top_bar import TopBar
from ui.theme.tokens import Theme

_NARROW = 1440           # under this width the navigation begins folded
_WAIT_AT_CLOSING_MS = 15_000


class MainWindow(QMainWindow):
    """`restyle` is called with a new theme or scale choice; whoever built the window rebuilds it."""

    def __init__(
        self,
        app: Application,
        theme: Theme,
        preferences: Preferences,
        restyle: Callable[[], None],
        start: Place | None = None,
    ) -> None:
        super().__init__()
        self.app = app
        self.theme = theme
        self.preferences = preferences
        self._restyle = restyle
        self._history = History()
        self._screens: dict[str, Screen] = {}
        self.jobs = Jobs(self)
        self.setMinimumSize(960, 600)
        self._build()
        self._bind_keys()
        if not preferences.restore_window(self):
            self.resize(1366, 728)
        self._fold_navigation(self.preferences.text("window/folded", "") == "yes" or self.width() < _NARROW)
        self.go(start or Place("home"))

    def _build(self) -> None:
        entries = [entry for entry in PLACES if entry.icon and self._allowed(entry)]
        self.search = SearchBox(self.theme, self.app, self.jobs.runner(self), self.go)
        self.top_bar = TopBar(self.theme, self.search)
        self.top_bar.agent.show_agent(self.app)
        self.navigation = Navigation(self.theme, entries)
        self.status = StatusBar(self.theme, self.jobs)
        self.pages = QStackedWidget()
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.navigation)
        middle.addWidget(self.pages, 1)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.top_bar)
        layout.addLayout(middle, 1)
        layout.addWidget(self.status)
        self.setCentralWidget(whole)
        self.navigation.chosen.connect(lambda screen: self.go(Place(screen)))
        self.top_bar.back.connect(self._back)
        self.top_bar.forward.connect(self._forward)
        self.top_bar.navigation_toggled.connect(self._toggle_navigation)
        self.top_bar.theme_chosen.connect(self._choose_theme)
        self.top_bar.scale_chosen.connect(self._choose_scale)

    def _bind_keys(self) -> None:
        keys: dict[str, Callable[[], object]] = {
            "Ctrl+K": self.search.wake,
            "F1": lambda: KeysHelp(self.theme, self).exec(),
            "F3": self._find,
            "Ctrl+F": self._find,
            "F5": self._refresh,
            LOCK_KEY: self.top_bar.agent.lock_asked.emit,
            "Alt+Left": self._back,
            "Alt+Right": self._forward,
        }
        keys |= {
            f"Ctrl+{number}": partial(self.go, Place(entry.screen))
            for number, entry in enumerate((e for e in PLACES if e.icon and self._allowed(e)), 1)
        }
        for key, run in keys.items():
            QShortcut(QKeySequence(key), self).activated.connect(run)

    def _allowed(self, entry: PlaceEntry) -> bool:
        return not entry.permission or self.app.actor.may(entry.permission)

    # --- going somewhere --------------------------------------------------------------------------------------

    def go(self, place: Place) -> None:
        """Open a place, unless what is typed on the page would be lost."""
        if not self._may_leave():
            return
        self._history.visit(place)
        self._show(place)

    def _show(self, place: Place) -> None:
        entry = BY_NAME[place.screen]
        screen = self._screens.get(place.screen)
        if screen is None:
            screen = self._screens[place.screen] = self._build_screen(entry)
            self.pages.addWidget(screen)
        self.pages.setCurrentWidget(screen)
        screen.open(place)
        self.navigation.light(entry.under or entry.screen)
        self.setWindowTitle(f"{entry.title.replace('&', '')} — Back-office Enfance")
        self.top_bar.show_history(
            can_go_back=self._history.can_go_back, can_go_forward=self._history.can_go_forward
        )

    def _build_screen(self, entry: PlaceEntry) -> Screen:
        # Answers go to the page that asked, through a runner of its own: it must exist before its presenter.
        owner = QWidget(self)
        owner.hide()
        events = EventLine(self.app.events, owner)
        desk = Desk(self.app, self.jobs.runner(owner), self.go, self._ask, self.tell, events.hear)
        change_database = self.top_bar.agent.database_asked.emit
        screen = entry.build(Surroundings(self.theme, desk, self.preferences, self._restyle_soon, change_database))
        owner.setParent(screen)
        return screen

    @property
    def screen_shown(self) -> Screen | None:
        shown = self.pages.currentWidget()
        return shown if isinstance(shown, Screen) else None

    def _may_leave(self) -> bool:
        shown = self.screen_shown
        return shown is None or shown.may_leave()

    def _back(self) -> None:
        if self._may_leave() and (place := self._history.back()) is not None:
            self._show(place)

    def _forward(self) -> None:
        if self._may_leave() and (place := self._history.forward()) is not None:
            self._show(place)

    def _refresh(self) -> None:
        if (shown := self.screen_shown) is not None:
            shown.banner.forget_fault()
            shown.refresh()

    def _find(self) -> None:
        shown = self.screen_shown
        entry = shown.search_entry() if shown is not None else None
        if entry is not None:
            entry.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.search.wake()

    # --- what presenters ask ----------------------------------------------------------------------------------

    def tell(self, text: str, action: Action | None = None) -> None:
        self.status.tell(text, action)

    def _ask(self, question: Question, yes: Callable[[], None]) -> None:
        # On a locked desk nobody is there to answer, and nothing may be shown.
        if not self.isHidden() and ask(self, question):
            yes()

    # --- appearance -------------------------------------------------------------------------------------------

    def _choose_theme(self, value: str) -> None:
        self.preferences.theme = value
        self._restyle_soon()

    def _choose_scale(self, value: float) -> None:
        self.preferences.scale = value
        self._restyle_soon()

    def _restyle_soon(self) -> None:
        # Not now: who asks is a widget of the window that goes.
        QTimer.singleShot(0, self._restyle)

    def _toggle_navigation(self) -> None:
        folded = not self._folded
        self.preferences.keep("window/folded", "yes" if folded else "no")
        self._fold_navigation(folded)

    def _fold_navigation(self, folded: bool) -> None:
        self._folded = folded
        self.navigation.fold(folded=folded)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        if self.preferences.text("window/folded", "") == "":
            self._fold_navigation(self.width() < _NARROW)

    # --- leaving ----------------------------------------------------------------------------------------------

    def here(self) -> Place:
        return self._history.here or Place("home")

    def _may_forget(self) -> bool:
        """Typing left on some page lives until the window closes: ask once, naming it."""
        titles = [draft.title for draft in self.preferences.unfinished.values()]
        if not titles:
            return True
        words = "Ce qui est tapé ici n'est pas enregistré : " + ", ".join(f"« {title} »" for title in titles) + "."
        return ask(self, Question("Fermer sans enregistrer ?", words, "Fermer sans enregistrer", "Revenir à la saisie",
                                  dangerous=True))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        if not self._may_leave():
            event.ignore()
            return
        if not self._may_forget():
            event.ignore()
            return
        if self.jobs.writing:
            question = Question(
                "Arrêter le travail en cours ?",
                "Ce qui est déjà enregistré le reste ; le reste pourra être repris.",
                "Arrêter et fermer",
                "Continuer le travail",
            )
            if not ask(self, question):
                event.ignore()
                return
        self.jobs.cancel_all()
        self.jobs.wait(_WAIT_AT_CLOSING_MS)
        self.preferences.keep_window(self)
        event.accept()
