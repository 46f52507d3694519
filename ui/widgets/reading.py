"""A page of text: read, selected and copied, at any text size; the keyboard reaches it and scrolls it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtGui import QColor, QFont, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextBrowser, QWidget

from ui.theme.tokens import Theme


class Writer:
    """Adds lines at the end of a page."""

    def __init__(self, theme: Theme, cursor: QTextCursor) -> None:
        self._theme = theme
        self._cursor = cursor

    def line(self, text: str, step: str, token: str, *, above: int) -> None:
        """A paragraph in a step of the type scale and a colour token; `above`: logical pixels left above it."""
        cursor = self._cursor
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


class ReadingView(QTextBrowser):
    """Text of people and towns is never read as markup."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("kind", "reading")
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.document().setDocumentMargin(0)

    @contextmanager
    def written(self) -> Iterator[Writer]:
        """Begin the page again; what reads it is at its start afterwards."""
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        yield Writer(self._theme, cursor)
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)
