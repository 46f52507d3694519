"""Where a piece of work is done: the window knows how to go there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A screen by its name, and what to show on it: pairs of texts. Values are ids, months (« 2025-10 »), days
    (« 2025-10-31 ») and the names of filters."""

    screen: str
    parameters: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The parameter of this name, or empty."""
        return dict(self.parameters).get(name, "")


def place(screen: str, **parameters: object) -> Place:
    """`place("billing", month=Month(2025, 10))`."""
    return Place(screen, tuple((name, str(value)) for name, value in parameters.items()))
