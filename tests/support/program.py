"""The program run for real, with a story beside it; work that waits until it is let go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from ui.app import OpenTown, Program, make_qt
from ui.preferences import Preferences

_LONG = 10  # seconds nobody waits, unless something is broken
TURN_MS = 5

Steps: TypeAlias = Iterator[Callable[[], object]]
Story: TypeAlias = Callable[[Program], Steps]


class Player:
    """Runs the program for real, and a story beside it that says at each step what it waits for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = Program(make_qt([]), Preferences.of_latest(folder))

    def play(self, town: OpenTown, story: Story) -> int:
        """Returns the exit code; raises what the program raises, or what went wrong in the story."""
        steps = story(self.program)
        awaited: Callable[[], object] = lambda: True  # noqa: E731 - the first step waits for nothing
        turns = 0
        errors: list[BaseException] = []
        timer = QTimer()

        def turn() -> None:
            nonlocal awaited, turns
            turns += 1
            try:
                assert turns < _LONG * 1000 // TURN_MS, "waited too long"
                if awaited():
                    turns = 0
                    awaited = next(steps, lambda: False)  # told: the program has to end by itself
            except BaseException as exc:  # noqa: BLE001 - raised once the loop has ended
                errors.append(exc)
                timer.stop()
                QApplication.exit(1)

        timer.timeout.connect(turn)
        timer.start(TURN_MS)
        try:
            return self.program.run(town)
        finally:
            timer.stop()
            self.program.window.deleteLater()
            if errors:
                raise errors[0]


@dataclass
class Gate:
    """Where work waits until it is let go."""

    begun: threading.Event = field(default_factory=threading.Event)
    free: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        self.begun.set()
        assert self.free.wait(_LONG)


def at_rest(program: Program) -> Callable[[], object]:
    return lambda: program.window.screen_shown is not None and program.jobs.idle
