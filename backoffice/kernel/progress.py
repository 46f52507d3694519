"""How long work tells where it is, and hears that it must stop."""

from typing import Protocol


class Progress(Protocol):
    """Called between two steps of long work; raises `Cancelled` when the agent asked to stop."""

    def __call__(self, done: int, total: int, what: str) -> None: ...


def silent(done: int, total: int, what: str) -> None:
    """Progress nobody watches."""
