"""How long nobody has touched the keyboard or the mouse."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

_GESTURES = frozenset({
    QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel,
    QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TabletMove, QEvent.Type.TabletPress,
})
_ASKED_AGAIN_MS = 5_000


class IdleWatch(QObject):
    """`idle` when nothing was touched for `seconds`, and `may` says yes; asked again soon when it says no.

    Only the windows that have the keyboard are listened to, not each of their widgets: a page being built costs
    nothing here.
    """

    idle = Signal()

    def __init__(self, seconds: float, may: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._seconds = seconds
        self._may = may
        self._watched: QWindow | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._follow)
        self._follow(QGuiApplication.focusWindow())
        self.start()

    def start(self) -> None:
        """Somebody is there, from now on."""
        self._touched()
        self._timer.start(round(self._seconds * 1000))

    def stop(self) -> None:
        self._timer.stop()

    def _touched(self) -> None:
        self._last, self._last_on_the_clock = time.monotonic(), time.time()

    def _look(self) -> None:
        # A computer that slept may not have counted; its clock has.
        passed = max(time.monotonic() - self._last, time.time() - self._last_on_the_clock)
        if passed < self._seconds:
            self._timer.start(max(round((self._seconds - passed) * 1000), 1))
        elif self._may():
            self.idle.emit()
        else:
            self._timer.start(min(_ASKED_AGAIN_MS, round(self._seconds * 1000)))

    def _follow(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)  # twice is once

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's own name
        if event.type() in _GESTURES:
            self._touched()
        return False
