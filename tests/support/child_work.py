"""What limited children are asked to do in tests, by its name: the worst that a file could make them do."""

from __future__ import annotations

import os
import pickle
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORK = "tests.support.child_work:behave"


@dataclass(frozen=True, slots=True)
class Told:
    """What a child answers here: its process, and what it saw."""

    pid: int
    words: tuple[str, ...] = ()
    content: bytes | None = None
    share: float = 0.0


class Evil:
    """Whoever unpickles it writes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path(self.path).touch, ()


def behave(state: dict[str, Any], asked: tuple[str, Any]) -> Told:
    """`asked`: a gesture and what it needs."""
    gesture, given = asked
    seen = state.setdefault("seen", [])
    if gesture == "remember":
        seen.append(given)
    return _GESTURES[gesture](given) or Told(os.getpid(), tuple(seen))


def _spin(_given: None) -> None:
    while True:
        pass


def _work(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def _grow(megabytes: int) -> Told:
    return Told(os.getpid(), (str(len(bytearray(megabytes * 1024 * 1024))),))


def _write(path: str) -> None:
    Path(path).write_bytes(b"x" * 10_000)


def _raise(_given: None) -> None:
    raise ValueError("the words of a file")


def _end(_given: None) -> None:
    os._exit(7)


def _end_once(path: str) -> None:
    """Only a child that did other work before: harmed by it, so to speak."""
    if path != str(os.getpid()):
        return
    os._exit(7)


def _answer(content: bytes) -> Told:
    return Told(os.getpid(), ("é", "\ud800"), content, 0.1)


def pickled(path: str) -> bytes:
    """An answer as they used to be read."""
    return pickle.dumps((1, Evil(path)))


_GESTURES: dict[str, Any] = {
    "pid": lambda _given: None, "remember": lambda _given: None, "spin": _spin, "work": _work, "sleep": time.sleep,
    "grow": _grow, "write": _write, "raise": _raise, "end": _end, "end if": _end_once, "answer": _answer,
    "answer else": lambda given: given,
}
