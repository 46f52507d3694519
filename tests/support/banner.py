"""A page that keeps its banner, for presenters tried without a window."""

from __future__ import annotations

from collections.abc import Callable

from ui.presenting import Banner


class BannerShown:
    """The banner that stands there; it goes when what it said could not be read is read again."""

    banner: Banner | None = None

    def show_banner(self, banner: Banner | None) -> None:
        self.banner = banner

    def fault_over(self, reread: Callable[[], None]) -> None:
        if self.banner is not None and self.banner.reread == reread:
            self.banner = None

    def press_in_banner(self, words: str) -> None:
        assert self.banner is not None
        next(action for action in self.banner.actions if action.label == words).run()
