"""The window under test, and the hands of somebody who has no mouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from backoffice.kernel.application import Application
from backoffice.outbox.sending import Outbox
from ui.app import make_qt
from ui.jobs import Jobs
from ui.preferences import Preferences
from ui.presenting import Place
from ui.shell.main_window import MainWindow
from ui.theme.style import apply
from ui.theme.tokens import Theme

_TURNS = 20


@contextmanager
def opened_window(
    qtbot: QtBot, app: Application, folder: Path, place: Place, outbox: Outbox | None = None
) -> Iterator[MainWindow]:
    """The whole window at a place, active; its work ends before the database closes."""
    theme = Theme()
    apply(make_qt([]), theme)
    jobs = Jobs()
    window = MainWindow(theme, Preferences("essai", folder), jobs, lambda: None, place)
    qtbot.addWidget(window)
    window.receive(app, outbox)
    window.resize(1366, 768)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    try:
        yield window
    finally:
        window.closing = True  # what is typed goes with it, unasked
        window.close()  # and asks nothing more of a database that is about to close
        jobs.cancel_all()
        jobs.wait(-1)


class Keyboard:
    """Keys go to whatever has the keyboard."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self._qtbot = qtbot
        self._window = window

    def press(
        self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        QTest.keyClick(self._target(), key, modifier)

    def type(self, text: str) -> None:
        QTest.keyClicks(self._target(), text)

    def answer(self, verb: str) -> None:
        """Answer the next question with the button of this verb, reached with Tab."""
        QTimer.singleShot(0, self._window, lambda: self._answer(verb, _TURNS))

    def _answer(self, verb: str, turns: int) -> None:
        box = QApplication.activeModalWidget()
        if box is None:
            if turns:
                QTimer.singleShot(50, self._window, lambda: self._answer(verb, turns - 1))
            return
        for _ in range(_TURNS):
            held: QWidget | None = box.focusWidget()
            if isinstance(held, QPushButton) and held.text() == verb:
                QTest.keyClick(held, Qt.Key.Key_Space)
                return
            QTest.keyClick(box if held is None else held, Qt.Key.Key_Tab)
        box.close()

    def _target(self) -> QWidget:
        QApplication.processEvents()  # between two keys the window shows what it has to
        if not self._window.isActiveWindow():  # without a screen, nobody gives it back after a question
            with self._qtbot.waitActive(self._window):
                self._window.activateWindow()
        held: QWidget | None = self._window.focusWidget()
        return self._window if held is None else held
