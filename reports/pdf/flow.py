"""Where the next thing goes: a cursor that moves down the page and turns it."""

from __future__ import annotations

from collections.abc import Callable

from reports.pdf.page import Page

# The same heights added in another order differ in the last digit; a page must not turn for that.
_TOLERANCE = 0.01


class Flow:
    """`page` and `y` are where to draw now; `need` makes room for what must not be cut.

    `on_new_page` draws what every following page begins with and returns where the text starts; `on_table` does
    the same for what a table repeats, and is empty outside one.
    """

    def __init__(self, bottom: float) -> None:
        self.bottom = bottom
        self.pages = [Page()]
        self.y = 0.0
        self.top = 0.0
        self.on_new_page: Callable[[Page], float] = lambda page: 0.0  # noqa: ARG005 - same shape as the others
        self.on_table: Callable[[], None] | None = None

    @property
    def page(self) -> Page:
        return self.pages[-1]

    def fits(self, height: float) -> bool:
        return self.y + height <= self.bottom + _TOLERANCE

    def need(self, height: float) -> bool:
        """Turns the page when `height` is not left on it; True if it was turned.

        What is taller than a page is drawn anyway, on a fresh page, by whoever cuts it into smaller needs.
        """
        if self.fits(height) or self.y <= self.top:
            return False
        self.turn()
        return True

    def turn(self) -> None:
        self.pages.append(Page())
        self.y = self.on_new_page(self.page)
        if self.on_table:
            self.on_table()
        self.top = self.y
