"""Events of the door, published on the thread of a job, heard on the thread of the window."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from backoffice.kernel.events import Event, EventBus


class EventLine(QObject):
    """Carries the events one page listens to; stops with the page."""

    _happened = Signal(object)

    def __init__(self, bus: EventBus, page: QObject) -> None:
        super().__init__(page)
        self._bus = bus
        self._listeners: dict[type[Event], list[Callable[[Event], None]]] = {}
        self._stops: list[Callable[[], None]] = []
        self._happened.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        stops = self._stops
        # The page is already half gone when this is called: only what it subscribed is touched.
        page.destroyed.connect(lambda: [stop() for stop in stops])

    def hear(self, kind: type[Event], listener: Callable[[Event], None]) -> None:
        if kind not in self._listeners:
            self._stops.append(self._bus.subscribe(kind, self._carry))
        self._listeners.setdefault(kind, []).append(listener)

    def _carry(self, event: Event) -> None:
        # Published on the thread of a job: the page may have gone while it was committing.
        if shiboken6.isValid(self):
            self._happened.emit(event)

    def _deliver(self, event: Event) -> None:
        for listener in self._listeners.get(type(event), ()):
            listener(event)
