"""« Expliquer » on screen: read, selected and copied like a page of text, at any text size."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from backoffice.kernel.money import euros
from ui.explanations import Chapter, on_screen
from ui.theme.tokens import Theme
from ui.widgets.reading import ReadingView


class ExplanationView(ReadingView):
    """Chapters of amounts."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Explication des montants", parent)

    def show_chapters(self, found: Sequence[Chapter]) -> None:
        """Show these amounts; nothing when there are none."""
        with self.written() as page:
            for chapter in found:
                page.line(f"{chapter.title} · {on_screen(euros(chapter.total))}", "group", "text", above=16)
                for entry in chapter.entries:
                    page.line(entry.what, "body", "text", above=8)
                    page.line(entry.sum, "group", "accent", above=2)
                    for reason in entry.reasons:
                        page.line(reason, "small", "text_secondary", above=2)
                    for days in entry.days:
                        page.line(days, "small", "text", above=2)
