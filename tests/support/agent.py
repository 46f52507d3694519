"""An agent at work without a window: where they went, what they were asked and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from backoffice.kernel.application import Application
from backoffice.kernel.events import Event
from backoffice.kernel.progress import Progress
from ui.context import WorkContext
from ui.history import History
from ui.presenting import Action, AtOnce, Desk, Place, Question, Runner

T = TypeVar("T")


class Forgetful:
    """Preferences that last as long as the test."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def text(self, key: str, default: str = "") -> str:
        return self.kept.get(key, default)

    def keep(self, key: str, value: str) -> None:
        self.kept[key] = value


class Later:
    """A runner whose answers come when `catch_up` is called; a newer read of a topic replaces the older."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, Callable[[], None]]] = []

    def read(
        self, work: Callable[[Progress], T], done: Callable[[T], None], failed: Callable[[Exception], None],
        topic: str = "", label: str = "",
    ) -> None:
        if topic:
            self._waiting = [one for one in self._waiting if one[0] != topic]
        self._waiting.append((topic, lambda: AtOnce().read(work, done, failed, topic, label)))

    def write(
        self, work: Callable[[Progress], T], done: Callable[[T], None], failed: Callable[[Exception], None],
        label: str = "",
    ) -> None:
        self._waiting.append(("", lambda: AtOnce().write(work, done, failed, label)))

    def hand_over(
        self, work: Callable[[Progress], T], done: Callable[[T], None], failed: Callable[[Exception], None],
        label: str,
    ) -> None:
        self._waiting.append(("", lambda: AtOnce().hand_over(work, done, failed, label)))

    def catch_up(self) -> None:
        """Give every answer that is awaited, those that they ask for included."""
        while self._waiting:
            self._waiting.pop(0)[1]()


class Agent:
    """Answers every question with `says_yes`, and keeps what happened."""

    def __init__(self, app: Application, run: Runner | None = None) -> None:
        self.says_yes = True
        self.went: list[Place] = []
        self.history = History()  # what the page itself says it shows
        self.asked: list[Question] = []
        self.told: list[str] = []
        self.offered: list[Action | None] = []  # the gesture beside each thing told
        self._app = app
        self.context = WorkContext(app.clock, Forgetful(), "essai")
        self.desk = Desk(app, run or AtOnce(), self.went.append, self._ask, self._tell, self._hear, self.context,
                         self.history.name, self.history.visit)

    def _ask(self, question: Question, yes: Callable[[], None]) -> None:
        self.asked.append(question)
        if self.says_yes:
            yes()

    def _tell(self, text: str, action: Action | None) -> None:
        self.told.append(text)
        self.offered.append(action)

    def undo(self) -> None:
        """Press the gesture offered with the last news."""
        action = self.offered[-1]
        assert action is not None
        action.run()

    def _hear(self, kind: type[Event], listener: Callable[[Event], None]) -> None:
        self._app.events.subscribe(kind, listener)
