"""What every page is: a widget with a title, a header, a banner, and a presenter that decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from backoffice.kernel.application import Application
from ui.preferences import Preferences
from ui.presenting import Banner, Desk, Place
from ui.theme.tokens import Theme
from ui.widgets.basics import BannerBar
from ui.widgets.folding import PageHeader


@dataclass(frozen=True)
class Surroundings:
    """What a page is built with: the theme, the door for its presenter, and what the agent left as it was."""

    theme: Theme
    desk: Desk
    preferences: Preferences
    restyle: Callable[[], None] = lambda: None
    """Dresses the window again, here, after the theme or the text size kept in the preferences changed."""
    change_database: Callable[[], None] = lambda: None
    """Asks which database to work on from now on."""

    @property
    def app(self) -> Application:
        return self.desk.app


class Screen(QWidget):
    """Base of the pages. `body` receives the page's own widgets, under the header and the banner."""

    def __init__(self, around: Surroundings, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.around = around
        self.theme = around.theme
        self.setAccessibleName(title)
        outer = QVBoxLayout(self)
        margin = self.theme.px(16)
        outer.setContentsMargins(margin, self.theme.px(8), margin, margin)
        outer.setSpacing(self.theme.px(12))
        header = PageHeader(self.theme, title)
        self._title, self._detail, self.gestures = header.title, header.detail, header.gestures
        self.banner = BannerBar(self.theme)
        self.body = QVBoxLayout()
        self.body.setSpacing(self.theme.px(12))
        outer.addWidget(header)
        outer.addWidget(self.banner)
        outer.addLayout(self.body, 1)

    # --- what presenters ask of any page ----------------------------------------------------------------------

    def show_title(self, title: str, detail: str = "") -> None:
        self._title.setText(title)
        self._detail.setText(detail)
        self.setAccessibleName(title)

    def show_banner(self, banner: Banner | None) -> None:
        self.banner.show_banner(banner)

    # --- what the shell asks of any page ----------------------------------------------------------------------

    def open(self, place: Place) -> None:
        """Show what the place names. Called each time the agent comes here."""

    def refresh(self) -> None:
        """F5: read everything again."""

    def search_entry(self) -> QWidget | None:
        """What F3 puts the keyboard on, if the page can be searched."""
        return None

    def may_leave(self) -> bool:
        """False when something typed here would be lost; the page then says so itself."""
        return True

    @property
    def title_label(self) -> QLabel:
        return self._title
