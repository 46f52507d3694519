"""The kiosk on a whole screen: nothing else of the program can be reached until somebody signs to leave."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QScreen, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.theme.tokens import Theme


class KioskScreen(QWidget):
    """Holds what the page gives it. `leaving` when somebody wants out: Esc, F11, or the system's own gesture."""

    leaving = Signal()

    def __init__(self, theme: Theme, body: QWidget, page: QWidget) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle("Kiosque — Back-office Enfance")
        self._page = page
        self._may_close = False
        margin = theme.px(16)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.addWidget(body)
        QShortcut(QKeySequence("F11"), self).activated.connect(self.leaving)

    def begin(self, screen: QScreen) -> None:
        self.setGeometry(screen.geometry())
        self.showFullScreen()
        self.activateWindow()

    def end(self) -> None:
        self._may_close = True
        self.close()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's own names, here and below
        if event.key() == Qt.Key.Key_Escape:
            self.leaving.emit()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        if self._may_close:
            super().closeEvent(event)
        else:
            event.ignore()
            self.leaving.emit()


