"""Cyclic garbage, collected on the window's thread only.

Python collects on whichever thread happens to allocate. On the thread of a job, that would destroy Qt objects of the
window: two locks taken in the other order, and the program stands still for ever.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 100
_YOUNG = 700    # objects made since the last pass: Python's own measure
_MIDDLE = 10    # young passes before a middle one: Python's own
_OLD = 1000     # middle passes before a full one, which holds a window of a month's lines for 100 ms (Python's: 10)


class Collector(QObject):
    """Takes over from Python's collector when it is made; `start` may come long after: loading makes no garbage."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(collect_due)

    def start(self) -> None:
        self._timer.start()


def collect_due() -> None:
    """What Python would have collected by now. Call it on the window's thread."""
    young, middle, old = gc.get_count()
    if young < _YOUNG:
        return
    generation = 0
    if middle >= _MIDDLE:
        generation = 2 if old >= _OLD else 1
    gc.collect(generation)
