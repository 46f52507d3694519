"""The window: a frame that is there at once, then the pages of the town, and the keys that work everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from backoffice.kernel.messages import sentence
from ui.context import WorkContext, digest_of
from ui.dialogs import ask
from ui.jobs import Job, Jobs
from ui.places import BY_NAME, PLACES, PlaceEntry
from ui.preferences import Preferences
from ui.presenting import Action, Banner, Desk, Place, Question, Severity, banner_for
from ui.screen import Screen, Surroundings
from ui.shell.agent_menu import LOCK_KEY, Gesture
from ui.shell.help import KeysHelp
from ui.shell.navigation import Navigation
from ui.shell.pages import Pages
from ui.shell.search import SearchBox
from ui.shell.status_bar import StatusBar
from ui.shell.top_bar import TopBar
from ui.shell.waiting import CLOSING, OPENING
from ui.theme.tokens import Theme
from ui.watching import Watch
from ui.widgets.basics import BannerBar

if TYPE_CHECKING:
    from backoffice.kernel.application import Application
    from backoffice.kernel.errors import EnvironmentFault
    from backoffice.outbox.sending import Outbox
    from ui.sending import Sender

_NAME = "Back-office Enfance"
_NARROW = 1440  # under this width the navigation begins folded
_TURNED_AWAY = frozenset({"database.login_refused", "database.wrong_password"})
_AFTER_A_QUESTION_MS = 500  # a window that is replaced takes its questions away


class MainWindow(QMainWindow):
    """The frame, which `receive` gives its town. `restyle` asks whoever built the window for one in other clothes.

    What the agent does before the town is open is not lost: the place chosen last opens first.
    """

    left = Signal()
    asked = Signal(Gesture)
    turned_away = Signal(object)  # EnvironmentFault: the server does not let this agent in any more

    def __init__(
        self,
        theme: Theme,
        preferences: Preferences,
        jobs: Jobs,
        restyle: Callable[[], None],
        start: Place | None = None,
    ) -> None:
        super().__init__()
        self.theme = theme
        self.preferences = preferences
        self.jobs = jobs
        self._restyle = restyle
        self._folded = False
        self._watch: Watch | None = None
        self._sender: Sender | None = None
        self._resting = False
        # A desk that locks by itself says how it is kept awake.
        self.keep_awake: Callable[[str], Callable[[], None]] = lambda _reason: lambda: None
        self.closing = False  # agreed to, though work may still be ending
        self.setMinimumSize(960, 600)
        self.pages = Pages(theme, jobs, self._dress, self._ask, self.tell, start)
        self._build()
        self._bind_keys()
        if not preferences.restore_window(self):
            self.resize(1366, 728)
        self._fold_navigation(preferences.text("window/folded", "") == "yes" or self.width() < _NARROW)
        self._arrived(self.here())
        jobs.unheard.connect(self._tell_unheard)
        jobs.settled.connect(self._close_if_asked)

    def _build(self) -> None:
        self.search = SearchBox(self.theme, self.jobs.runner(self), self.go)
        self.top_bar = TopBar(self.theme, self.search)
        self.navigation = self._new_navigation(self._entries_seen())
        self.status = StatusBar(self.theme, self.jobs)
        self.notice = BannerBar(self.theme)  # what no page can say
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self.pages, 1)
        self._middle = QHBoxLayout()
        self._middle.setContentsMargins(0, 0, 0, 0)
        self._middle.setSpacing(0)
        self._middle.addWidget(self.navigation)
        self._middle.addLayout(column, 1)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.top_bar)
        layout.addLayout(self._middle, 1)
        layout.addWidget(self.status)
        self.setCentralWidget(whole)
        self.pages.waiting.setFocus(Qt.FocusReason.OtherFocusReason)
        self.pages.arrived.connect(self._arrived)
        self.search.given_up.connect(self.pages.take_keyboard)
        self.top_bar.back.connect(self.pages.back)
        self.top_bar.forward.connect(self.pages.forward)
        self.top_bar.navigation_toggled.connect(self._toggle_navigation)
        self.top_bar.theme_chosen.connect(self._choose_theme)
        self.top_bar.scale_chosen.connect(self._choose_scale)

    def _bind_keys(self) -> None:
        keys: dict[str, Callable[[], object]] = {
            "Ctrl+K": self.search.wake,
            "F1": self._help,
            "F3": self._find,
            "Ctrl+F": self._find,
            "F5": self._refresh,
            "Ctrl+P": self._print,
            LOCK_KEY: partial(self.asked.emit, Gesture.LOCK),
            "Alt+Left": partial(self._turn, self.pages.back),
            "Alt+Right": partial(self._turn, self.pages.forward),
        }
        keys |= {f"Ctrl+{place + 1}": partial(self._go_to, place) for place, _ in enumerate(_with_icon())}
        for key, run in keys.items():
            QShortcut(QKeySequence(key), self).activated.connect(run)

    # --- the town ---------------------------------------------------------------------------------------------

    def receive(self, app: Application, outbox: Outbox | None = None) -> None:
        """The town is open: who works, where they may go, and the page they asked for."""
        # With the town, never before the frame.
        from ui.background import Background
        from ui.shell.context_keeper import ContextKeeper

        self.top_bar.show_agent(app).asked.connect(self.asked)
        entries = [entry for entry in _with_icon() if not entry.permission or app.actor.may(entry.permission)]
        self._show_entries(entries)
        self.context = WorkContext(app.clock, self.preferences, digest_of(app.database.address))
        self.pages.receive(app, self.context, outbox)
        self.search.serve(app)  # after the page: what is being typed keeps the keyboard
        self._context_keeper = ContextKeeper(self.top_bar.context, self.pages.desk_for(app, self))
        self._context_keeper.load()
        if outbox is not None:
            from ui.sending import Sender

            self._sender = Sender(outbox, self.pages.desk_for(app, self), self.notice.show_banner, self)
        if app.actor.may("catalog.read"):
            self._follow_others(app)
        Background(app, self.jobs, self)

    # --- the others, and the base itself ----------------------------------------------------------------------

    def _follow_others(self, app: Application) -> None:
        watch = self._watch = Watch(app, self.jobs.runner(self), self)
        watch.changed.connect(self._changed_elsewhere)
        watch.lost.connect(partial(self._lost, watch))
        watch.found.connect(self._found)
        if self._sender is not None:
            watch.answered.connect(self._sender.base_answers)
        watch.start()

    def _changed_elsewhere(self, tables: frozenset[str], perhaps_mine: bool) -> None:
        shown = self.screen_shown
        if shown is not None and tables & BY_NAME[self.here().screen].follows:
            shown.changed_elsewhere(perhaps_mine=perhaps_mine)

    def _lost(self, watch: Watch, fault: EnvironmentFault) -> None:
        """What is shown and what is typed stay; the banner goes by itself when the base answers again."""
        if fault.code in _TURNED_AWAY:
            self.turned_away.emit(fault)
            return
        words = f"{sentence(fault)} Ce qui est affiché et ce que vous tapez sont gardés."
        self.notice.show_banner(Banner(Severity.DANGER, words, (Action("Réessayer", watch.ask),)))

    def _found(self) -> None:
        self.notice.show_banner(None)
        self.tell("La base répond de nouveau.")
        self.pages.refresh()

    def show_opening(self) -> None:
        self.notice.show_banner(None)
        self.pages.wait(OPENING)

    def rest(self) -> None:
        """Nobody is there: nothing is asked, of the base or of anybody, until `wake`."""
        self._resting = True
        if self._watch is not None:
            self._watch.stop()

    def wake(self) -> None:
        """Read again what stood still; what is typed stays."""
        self._resting = False
        if self._sender is not None:
            self._sender.wake()
        if self._watch is not None:
            self._watch.start()
        self.pages.refresh()

    def show_refusal(self, banner: Banner | None, otherwise: Action) -> None:
        """No town is open: why, and what else can be done."""
        self.notice.show_banner(banner)
        self.notice.take_keyboard()
        self.pages.waiting.show_nothing_open(otherwise)

    def _dress(self, desk: Desk) -> Surroundings:
        return Surroundings(self.theme, desk, self.preferences, self.restyle_soon, self.pages.show_paper,
                            self.keep_awake, partial(self.asked.emit, Gesture.DATABASE))

    # --- navigation -------------------------------------------------------------------------------------------

    def _entries_seen(self) -> list[PlaceEntry]:
        """Those of the last time: what the agent may open is only known once the town is."""
        seen = self.preferences.text("window/places").split(",")
        return [entry for entry in _with_icon() if entry.screen in seen] or _with_icon()

    def _new_navigation(self, entries: list[PlaceEntry]) -> Navigation:
        self._entries = entries
        found = Navigation(self.theme, entries)
        found.chosen.connect(lambda screen: self.go(Place(screen)))
        return found

    def _show_entries(self, entries: list[PlaceEntry]) -> None:
        self.preferences.keep("window/places", ",".join(entry.screen for entry in entries))
        if entries != self._entries:
            before, self.navigation = self.navigation, self._new_navigation(entries)
            self._middle.replaceWidget(before, self.navigation)
            before.deleteLater()
            self._fold_navigation(self._folded)

    # --- going somewhere --------------------------------------------------------------------------------------

    def go(self, place: Place) -> None:
        """Open a place, unless what is typed on the page would be lost."""
        self.pages.go(place)

    def here(self) -> Place:
        return self.pages.here

    def _go_to(self, place: int) -> None:
        if place < len(self._entries):
            self.go(Place(self._entries[place].screen))
            self.pages.take_keyboard()

    def _turn(self, turn: Callable[[], None]) -> None:
        turn()
        self.pages.take_keyboard()

    def _arrived(self, place: Place) -> None:
        entry = BY_NAME[place.screen]
        self.search.leave()
        self.navigation.light(entry.under or entry.screen)
        self.setWindowTitle(f"{entry.title.replace('&', '')} — {_NAME}")
        history = self.pages.history
        self.top_bar.show_history(can_go_back=history.can_go_back, can_go_forward=history.can_go_forward)

    @property
    def screen_shown(self) -> Screen | None:
        return self.pages.shown

    def _refresh(self) -> None:
        self.notice.try_again()
        self.pages.refresh()

    def _print(self) -> None:
        if self.pages.town_is_open and not self.pages.print_():
            self.tell("Rien à imprimer sur cette page : ouvrez une liste ou un document.")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's own name
        # Not a shortcut: a field, or a page that undoes further back, comes first.
        if not event.matches(QKeySequence.StandardKey.Undo):
            super().keyPressEvent(event)
        elif not self.status.undo():
            self.tell("Rien à annuler.")

    def _help(self) -> None:
        shown = self.screen_shown
        page, keys = (shown.title_label.text(), shown.keys) if shown is not None else ("", ())
        KeysHelp(self.theme, self, page, keys).exec()

    def _find(self) -> None:
        shown = self.screen_shown if self.pages.paper_shown is None else None
        entry = shown.search_entry() if shown is not None else None
        if entry is not None:
            entry.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.search.wake()

    # --- what presenters ask ----------------------------------------------------------------------------------

    def tell(self, text: str, action: Action | None = None) -> None:
        self.status.tell(text, action)

    def _ask(self, question: Question, yes: Callable[[], None]) -> None:
        if not self._resting and ask(self, question):
            yes()

    def _tell_unheard(self, job: Job, error: Exception | None) -> None:
        """What became of a change begun on a page that is gone since."""
        if error is None:
            self.tell(f"{job.label} : c'est fait.")
        elif (banner := banner_for(error)) is not None:
            self.notice.show_banner(replace(banner, text=f"{job.label} : {banner.text}"))

    # --- appearance -------------------------------------------------------------------------------------------

    def _choose_theme(self, value: str) -> None:
        self.preferences.theme = value
        self.restyle_soon()

    def _choose_scale(self, value: float) -> None:
        self.preferences.scale = value
        self.restyle_soon()

    def restyle_soon(self) -> None:
        """Ask for new clothes, unless what is typed on the page would be lost, or the window is being left."""
        if QApplication.activeModalWidget() is not None:
            QTimer.singleShot(_AFTER_A_QUESTION_MS, self.restyle_soon)
        elif not self.closing and self.pages.may_leave():
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
        narrow = self.width() < _NARROW
        if narrow != self._folded and self.preferences.text("window/folded", "") == "":
            self._fold_navigation(narrow)

    # --- leaving ----------------------------------------------------------------------------------------------

    def _may_forget(self) -> bool:
        """Typing left on some page lives until the window closes: ask once, naming it."""
        titles = [draft.title for draft in self.preferences.unfinished.values()]
        if self.preferences.painted is not None:
            titles.append(self.preferences.painted.title)
        if not titles:
            return True
        words = "Ce qui est tapé ici n'est pas enregistré : " + ", ".join(f"« {title} »" for title in titles) + "."
        return ask(self, Question("Fermer sans enregistrer ?", words, "Fermer sans enregistrer", "Revenir à la saisie",
                                  dangerous=True))

    def _may_stop(self) -> bool:
        """Asks before work is stopped."""
        return not self.jobs.writing or ask(self, Question(
            "Arrêter le travail en cours ?",
            "Ce qui est déjà enregistré le reste ; le reste pourra être repris.",
            "Arrêter et fermer",
            "Continuer le travail",
        ))

    def _may_wait(self) -> bool:
        """What waits for the base is sent another day: say so."""
        question = self._sender.leaving() if self._sender is not None else None
        return question is None or ask(self, question)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.closing = self.closing or (
            self.pages.may_leave() and self._may_forget() and self._may_stop() and self._may_wait()
        )
        if not self.closing:
            event.ignore()
            return
        self.jobs.cancel_all()
        if self.jobs.writing:
            # What is being written ends at its next step: the window stays until then, and answers nothing else.
            event.ignore()
            self._show_closing()
            return
        if self._watch is not None:
            self._watch.stop()
        self.preferences.keep_window(self)
        event.accept()
        self.left.emit()

    def _show_closing(self) -> None:
        self.pages.wait(CLOSING)
        self.top_bar.setEnabled(False)
        self.navigation.setEnabled(False)
        for key in self.findChildren(QShortcut):
            key.setEnabled(False)

    def _close_if_asked(self) -> None:
        if self.closing and not self.jobs.writing and self.isVisible():
            self.close()


def _with_icon() -> list[PlaceEntry]:
    return [entry for entry in PLACES if entry.icon]
