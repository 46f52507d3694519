"""What every page is: a widget with a title, a header, a banner, and a presenter that decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ui.preferences import Preferences
from ui.presenting import Banner, Desk, Paper, Place
from ui.theme.tokens import Theme
from ui.widgets.basics import BannerBar
from ui.widgets.folding import PageHeader
from ui.widgets.scope_note import ScopeNote
from ui.widgets.siblings import Siblings

if TYPE_CHECKING:
    from backoffice.kernel.application import Application

_TALL_ENOUGH = 480  # logical pixels


@dataclass(frozen=True)
class Surroundings:
    """What a page is built with: the theme, the door for its presenter, and what the agent left as it was."""

    theme: Theme
    desk: Desk
    preferences: Preferences
    restyle: Callable[[], None] = lambda: None
    """Dresses the window again, here, after the theme or the text size kept in the preferences changed."""
    show_paper: Callable[[Paper], None] = lambda _paper: None
    """Shows a document over the page, to be read, printed or saved; closing it comes back here."""
    keep_awake: Callable[[str], Callable[[], None]] = lambda _reason: lambda: None
    """Keeps the desk from locking by itself, for a reason, until what it answers is called."""
    change_database: Callable[[], None] = lambda: None
    """Asks which database to work on from now on."""

    @property
    def app(self) -> Application:
        return self.desk.app


class Screen(QWidget):
    """Base of the pages. `body` receives the page's own widgets, under the header and the banner.

    A page that follows the structure or the year of the top bar says so: the line under its title then tells what
    it leaves out.
    """

    follows_structure = False
    follows_year = False
    structure_remark = ""  # how the page keeps to a structure, where it is not plain
    keys: Sequence[tuple[str, str]] = ()  # those of the page, for F1

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
        self._header = header
        self._title, self._detail, self.gestures = header.title, header.detail, header.gestures
        self.scope = ScopeNote(self.theme, around.desk.context)
        self.banner = BannerBar(self.theme)
        self.body = QVBoxLayout()
        self.body.setSpacing(self.theme.px(12))
        outer.addWidget(header)
        outer.addWidget(self.scope)
        outer.addWidget(self.banner)
        outer.addLayout(self.body, 1)
        around.desk.context.listen(self.show_scope)
        self.show_scope()

    def show_scope(self) -> None:
        """Say which structure and which year the page keeps to."""
        context = self.around.desk.context
        structure = self.follows_structure and context.structure_id is not None
        year = self.follows_year and context.other_year is not None
        kept = [context.structure_words] if structure else []
        if year:
            kept.append(f"année {context.year}" if structure else f"l'année {context.year}")
        self._scope_words = tuple(kept)
        remark = f" ({self.structure_remark})" if structure and self.structure_remark else ""
        words = f"Seulement {', '.join(kept)}{remark}" if kept else ""
        self.scope.show_scope(words, structure=structure, year=year)

    @property
    def is_short(self) -> bool:
        """Whether the page is too low for its list and all that stands around it: 200 % text on a small screen."""
        return self.height() < self.theme.px(_TALL_ENOUGH)

    def show_siblings(self, pages: Sequence[tuple[str, str]], here: str) -> None:
        """The other pages of the section, beside this one, in the place of its title."""
        self._header.put_first(Siblings(pages, here, lambda name: self.around.desk.go(Place(name)), self))

    # --- what presenters ask of any page ----------------------------------------------------------------------

    def show_title(self, title: str, detail: str = "") -> None:
        self._title.setText(title)
        self._detail.setText(detail)
        self.setAccessibleName(title)

    def show_banner(self, banner: Banner | None) -> None:
        self.banner.show_banner(banner)

    def fault_over(self, reread: Callable[[], None]) -> None:
        self.banner.fault_over(reread)

    # --- what the shell asks of any page ----------------------------------------------------------------------

    def open(self, place: Place) -> None:
        """Show what the place names. Called each time the agent comes here."""

    def left(self) -> None:
        """Another page is shown in its place."""

    def refresh(self) -> None:
        """F5: read everything again."""

    def changed_elsewhere(self, *, perhaps_mine: bool) -> None:  # noqa: ARG002 - for pages that do not just read
        """What this page shows changed in the base: read it again, as F5 does. What is typed stays.

        `perhaps_mine`: this window changed something meanwhile, and its pages heard of it already.
        """
        self.refresh()

    def search_entry(self) -> QWidget | None:
        """What F3 puts the keyboard on, if the page can be searched."""
        return None

    def print_(self) -> bool:
        """Ctrl+P: print the table that has the keyboard, else the first one seen; False when there is none."""
        from ui.widgets.table.printing import print_table  # with the first page, never before the frame
        from ui.widgets.table.view import Table

        tables = [table for table in self.findChildren(Table) if table.isVisible() and table.table_model.rowCount()]
        table = next((table for table in tables if table.hasFocus()), tables[0] if tables else None)
        if table is None:
            return False
        if table.prints is not None:
            table.prints()
        else:
            title = f"{self._title.text()} : {table.accessibleName()}"
            print_table(self.around, table, title, "lignes", self._scope_words)
        return True

    def may_leave(self) -> bool:
        """False when something typed here would be lost; the page then says so itself."""
        return True

    @property
    def title_label(self) -> QLabel:
        return self._title
