"""« Expliquer » on screen: read, selected and copied like a page of text, at any text size."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QFont, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextBrowser, QWidget

from backoffice.kernel.money import euros
from ui.explanations import Chapter, on_screen
from ui.theme.tokens import Theme


class ExplanationView(QTextBrowser):
    """Chapters of amounts. Text of people and towns is never read as markup."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("kind", "reading")
        self.setAccessibleName("Explication des montants")
        self.setTabChangesFocus(True)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.document().setDocumentMargin(0)

    def show_chapters(self, found: Sequence[Chapter]) -> None:
        """Show these amounts; nothing when there are none."""
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for chapter in found:
            self._line(cursor, f"{chapter.title} · {on_screen(euros(chapter.total))}", "group", "text", above=16)
            for entry in chapter.entries:
                self._line(cursor, entry.what, "body", "text", above=8)
                self._line(cursor, entry.sum, "group", "accent", above=2)
                for reason in entry.reasons:
                    self._line(cursor, reason, "small", "text_secondary", above=2)
                for days in entry.days:
                    self._line(cursor, days, "small", "text", above=2)
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _line(self, cursor: QTextCursor, text: str, step: str, token: str, *, above: int) -> None:
        style = self._theme.type(step)
        words = QTextCharFormat()
        words.setForeground(QColor(self._theme.colour(token)))
        words.setFontWeight(QFont.Weight(style.weight))
        words.setProperty(QTextCharFormat.Property.FontPixelSize, style.px)
        block = QTextBlockFormat()
        block.setTopMargin(0 if cursor.atStart() else self._theme.px(above))
        if cursor.atStart():
            cursor.setBlockFormat(block)
            cursor.setBlockCharFormat(words)
        else:
            cursor.insertBlock(block, words)
        cursor.insertText(text, words)
