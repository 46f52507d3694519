"""A document over the page: read, printed (Ctrl+P), saved; Esc comes back to the page."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from backoffice.kernel.filestore import safe_name
from ui.dialogs import choose_file_to_write, choose_printer
from ui.papers import print_paper, save_paper
from ui.presenting import Desk, Paper, banner_for
from ui.theme.tokens import Theme
from ui.widgets.basics import BannerBar, button
from ui.widgets.folding import PageHeader
from ui.widgets.pdf_preview import PdfPreview


class PaperPage(QWidget):
    """What a list or a document looks like on paper, with what can be done with it."""

    closed = Signal()

    def __init__(self, theme: Theme, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._paper = Paper("", "", b"")
        self.header = PageHeader(theme, "")
        self.banner = BannerBar(theme)
        self.preview = PdfPreview(theme, desk.run)
        self.print_button = button("&Imprimer…", self.print_, theme, kind="primary", icon_name="printer")
        self.print_button.setToolTip("Imprimer (Ctrl+P)")
        for gesture in (
            self.print_button,
            button("Enre&gistrer le PDF…", self._save, theme, icon_name="download"),
            button("Fermer (Échap)", self.closed.emit, theme, icon_name="x"),
        ):
            self.header.gestures.addWidget(gesture)
        layout = QVBoxLayout(self)
        margin = theme.px(16)
        layout.setContentsMargins(margin, theme.px(8), margin, margin)
        layout.setSpacing(theme.px(12))
        layout.addWidget(self.header)
        layout.addWidget(self.banner)
        layout.addWidget(self.preview, 1)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self.closed)

    def show_paper(self, paper: Paper) -> None:
        self._paper = paper
        self.header.title.setText(paper.title)
        self.header.detail.setText("sur papier")
        self.setAccessibleName(f"{paper.title}, sur papier")
        self.banner.show_banner(None)
        self.preview.show_document(paper.title, paper.pdf)
        self.print_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def print_(self) -> None:
        printer = choose_printer(self, self._paper.title, self.preview.pages)
        if printer is not None:
            print_paper(self._desk, self._paper, printer, self._refused)

    def _save(self) -> None:
        path = choose_file_to_write(self, "Enregistrer le PDF", safe_name(self._paper.name, ".pdf"),
                                    "Document PDF (*.pdf)")
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        save_paper(self._desk, self._paper, path, self._refused)

    def _refused(self, error: Exception) -> None:
        self.banner.show_banner(banner_for(error))
