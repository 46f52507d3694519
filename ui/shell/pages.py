"""The pages of the town: one at a time, each built at its first visit, and the places the agent went."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from ui.events import EventLine
from ui.history import History
from ui.jobs import Jobs
from ui.places import BY_NAME, siblings_of
from ui.presenting import Action, Desk, Paper, Place, Question
from ui.screen import Screen, Surroundings
from ui.shell.waiting import WaitingPane
from ui.theme.tokens import Theme

if TYPE_CHECKING:
    from backoffice.kernel.application import Application
    from backoffice.outbox.sending import Outbox
    from ui.context import WorkContext
    from ui.shell.paper import PaperPage

_HOME = Place("home")


class Pages(QStackedWidget):
    """A pane waits until `receive` gives the town; the place asked for last is then opened first.

    `dress` puts around the desk of a page what surrounds it; `ask` and `tell` speak for the window.
    """

    arrived = Signal(object)  # Place

    def __init__(
        self,
        theme: Theme,
        jobs: Jobs,
        dress: Callable[[Desk], Surroundings],
        ask: Callable[[Question, Callable[[], None]], None],
        tell: Callable[[str, Action | None], None],
        start: Place | None,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._jobs = jobs
        self._dress = dress
        self._ask = ask
        self._tell = tell
        self._start = start or _HOME
        self._app: Application | None = None
        self._outbox: Outbox | None = None
        self._screens: dict[str, Screen] = {}
        self._paper: PaperPage | None = None
        self.history = History()
        self.waiting = WaitingPane(theme)
        self.addWidget(self.waiting)

    def receive(self, app: Application, context: WorkContext, outbox: Outbox | None) -> None:
        """The town is open."""
        self._app, self._context, self._outbox = app, context, outbox
        permission = BY_NAME[self._start.screen].permission
        self.go(self._start if not permission or app.actor.may(permission) else _HOME)

    @property
    def town_is_open(self) -> bool:
        return self._app is not None

    @property
    def shown(self) -> Screen | None:
        """The page, even while a document lies over it."""
        page = self._screens.get(self.here.screen) if self.paper_shown is not None else self.currentWidget()
        return page if isinstance(page, Screen) else None

    @property
    def here(self) -> Place:
        return self.history.here or self._start

    def may_leave(self) -> bool:
        """False when what is typed on the page would be lost; the page then says so itself."""
        return self.shown is None or self.shown.may_leave()

    def go(self, place: Place) -> None:
        if self._app is None:
            self._start = place
            self.arrived.emit(place)
        elif self.may_leave():
            self.history.visit(place)
            self._show(self._app, place)

    def back(self) -> None:
        if self.paper_shown is not None:
            self.close_paper()
        else:
            self._turn(self.history.back)

    def forward(self) -> None:
        self._turn(self.history.forward)

    def refresh(self) -> None:
        if self.shown is not None:
            self.shown.banner.forget_fault()
            self.shown.refresh()

    def wait(self, words: str) -> None:
        """Nothing more is done here."""
        self.waiting.show_words(words)
        self.setCurrentWidget(self.waiting)

    def _turn(self, turn: Callable[[], Place | None]) -> None:
        if self._app is not None and self.may_leave() and (place := turn()) is not None:
            self._show(self._app, place)

    def _show(self, app: Application, place: Place) -> None:
        screen = self._screens.get(place.screen)
        if screen is None:
            screen = self._screens[place.screen] = self._build(app, place.screen)
            self.addWidget(screen)
        leaving = self.currentWidget()
        self.setCurrentWidget(screen)
        if isinstance(leaving, Screen) and leaving is not screen:
            leaving.left()
        screen.open(place)
        self.arrived.emit(place)

    def _build(self, app: Application, name: str) -> Screen:
        # Answers go to the page that asked, through a runner of its own: it must exist before its presenter.
        owner = QWidget(self)
        owner.hide()
        screen = BY_NAME[name].build(self._dress(self.desk_for(app, owner)))
        owner.setParent(screen)
        siblings = siblings_of(BY_NAME[name], app.actor.may)
        if siblings:
            screen.show_siblings([(each.screen, each.tab) for each in siblings], name)
        return screen

    def desk_for(self, app: Application, owner: QWidget) -> Desk:
        """What a presenter speaks with, as long as its owner lives."""
        events = EventLine(app.events, owner)
        return Desk(app, self._jobs.runner(owner), self.go, self._ask, self._tell, events.hear, self._context,
                    self._name_here, self._step_to, self._outbox)

    def _name_here(self, place: Place) -> None:
        """A page that answers late, when the agent is elsewhere, names nothing."""
        if self.here.screen == place.screen:
            self.history.name(place)

    def _step_to(self, place: Place) -> None:
        if self.here.screen == place.screen:
            self.history.visit(place)
            self.arrived.emit(place)

    # --- a document over the page -----------------------------------------------------------------------------

    @property
    def paper_shown(self) -> PaperPage | None:
        return self._paper if self._paper is not None and self.currentWidget() is self._paper else None

    def show_paper(self, paper: Paper) -> None:
        """Show a document until it is closed, or until the agent goes elsewhere."""
        if self._app is None:
            return
        if self._paper is None:
            from ui.shell.paper import PaperPage  # with the first document, never before the frame

            self._paper = PaperPage(self._theme, self.desk_for(self._app, self))
            self._paper.closed.connect(self.close_paper)
            self.addWidget(self._paper)
        self.setCurrentWidget(self._paper)
        self._paper.show_paper(paper)

    def close_paper(self) -> None:
        """Come back to the page, and to what had the keyboard."""
        page = self.shown
        if page is not None:
            self.setCurrentWidget(page)
            self.take_keyboard()

    def take_keyboard(self) -> None:
        """Put the keyboard on the page, where it was last, unless it is there already."""
        page = self.currentWidget()
        if page is None or page.isAncestorOf(QApplication.focusWidget() or self):
            return
        held: QWidget | None = page.focusWidget()
        if held is not None and held.isVisibleTo(page):
            held.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            page.setFocus(Qt.FocusReason.OtherFocusReason)
            page.focusNextChild()
            if not page.isAncestorOf(QApplication.focusWidget() or self):  # nothing there takes it
                page.setFocus(Qt.FocusReason.OtherFocusReason)

    def print_(self) -> bool:
        """Ctrl+P: the document that is read, else what the page prints; False when there is nothing."""
        if self.paper_shown is not None:
            self.paper_shown.print_()
            return True
        return self.shown is not None and self.shown.print_()
