"""Where the agent was: back and forward, like a browser. No Qt."""

from __future__ import annotations

from ui.presenting import Place

_LONGEST = 50


class History:
    """Places visited; going somewhere new forgets what was ahead."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._here = -1

    def visit(self, place: Place) -> None:
        if self._here >= 0 and self._places[self._here] == place:
            return
        self._places = [*self._places[: self._here + 1][-_LONGEST + 1 :], place]
        self._here = len(self._places) - 1

    def name(self, place: Place) -> None:
        """Call where we are by what it shows: coming back finds that again."""
        if self._here >= 0:
            self._places[self._here] = place

    @property
    def here(self) -> Place | None:
        return self._places[self._here] if self._here >= 0 else None

    @property
    def can_go_back(self) -> bool:
        return self._here > 0

    @property
    def can_go_forward(self) -> bool:
        return self._here < len(self._places) - 1

    def back(self) -> Place | None:
        """The place before, or None at the beginning."""
        if not self.can_go_back:
            return None
        self._here -= 1
        return self._places[self._here]

    def forward(self) -> Place | None:
        if not self.can_go_forward:
            return None
        self._here += 1
        return self._places[self._here]
