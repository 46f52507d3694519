"""One page in a window of its own, with real jobs: what tests drive by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from backoffice.kernel.application import Application
from ui.app import make_qt
from ui.events import EventLine
from ui.jobs import Jobs
from ui.preferences import Preferences
from ui.presenting import Action, Desk, Place, Question
from ui.screen import Screen, Surroundings
from ui.theme.style import apply
from ui.theme.tokens import Theme

S = TypeVar("S", bound=Screen)


@dataclass
class OpenPage(Generic[S]):
    """The page, and what it asked of the window around it. Every question is answered yes."""

    screen: S
    jobs: Jobs
    went: list[Place] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)


def open_screen(
    qtbot: QtBot,
    app: Application,
    make: Callable[[Surroundings], S],
    folder: Path,
    place: Place,
    theme: Theme | None = None,
) -> OpenPage[S]:
    """Build the page as the main window does, show it with the keyboard on it, and let its first jobs end."""
    theme = theme or Theme()
    apply(make_qt(["tests"]), theme)
    jobs = Jobs()
    owner = QWidget()
    events = EventLine(app.events, owner)
    went: list[Place] = []
    told: list[str] = []
    asked: list[Question] = []

    def ask(question: Question, yes: Callable[[], None]) -> None:
        asked.append(question)
        yes()

    def tell(text: str, _action: Action | None) -> None:
        told.append(text)

    desk = Desk(app, jobs.runner(owner), went.append, ask, tell, events.hear)
    screen = make(Surroundings(theme, desk, Preferences("tests", folder)))
    owner.setParent(screen)
    page = OpenPage(screen, jobs, went, told, asked)
    qtbot.addWidget(screen, before_close_func=lambda _screen: jobs.wait(-1))
    screen.resize(1300, 700)
    screen.show()
    screen.activateWindow()
    screen.open(place)
    qtbot.waitUntil(lambda: jobs.idle)
    return page
