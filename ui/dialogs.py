"""Questions: the only place where a dialog is opened. The safe button has the keyboard."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton, QWidget

from ui.papers import Printer
from ui.presenting import Question
from ui.typography import typeset


def ask(parent: QWidget, question: Question) -> bool:
    """One question with verbs for buttons; True for the verb that acts."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning if question.dangerous else QMessageBox.Icon.Question)
    box.setWindowTitle(question.title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(typeset(question.title))
    box.setInformativeText(typeset(question.text))
    yes = QPushButton(question.yes)
    yes.setProperty("kind", "danger" if question.dangerous else "primary")
    no = QPushButton(question.no)
    box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    box.exec()
    return box.clickedButton() is yes


class _Folder:
    """Where the next file is looked for: where the last one was, at first the documents of this user. Never where the
    program was started from: an agent has nothing there."""

    def __init__(self) -> None:
        self._latest = ""

    @property
    def start(self) -> str:
        return self._latest or QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)

    def went_to(self, chosen: str) -> Path | None:
        """What was chosen, remembered; None when nothing was."""
        path = Path(chosen) if chosen else None
        if path is not None:
            self._latest = str(path if path.is_dir() else path.parent)
        return path


_FOLDER = _Folder()


def choose_file_to_write(parent: QWidget, title: str, name: str, kind: str) -> Path | None:
    """Where to write; None when the agent gave up. `kind` like « Classeur Excel (*.xlsx) »."""
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(Path(_FOLDER.start, name)), kind)
    return _FOLDER.went_to(chosen)


def choose_file_to_read(parent: QWidget, title: str, kind: str) -> Path | None:
    chosen, _ = QFileDialog.getOpenFileName(parent, title, _FOLDER.start, kind)
    return _FOLDER.went_to(chosen)


def choose_files_to_read(parent: QWidget, title: str, kind: str) -> list[Path]:
    """Several at once; none when the agent gave up."""
    chosen, _ = QFileDialog.getOpenFileNames(parent, title, _FOLDER.start, kind)
    return [path for text in chosen if (path := _FOLDER.went_to(text)) is not None]


def choose_folder(parent: QWidget, title: str) -> Path | None:
    return _FOLDER.went_to(QFileDialog.getExistingDirectory(parent, title, _FOLDER.start))


def choose_printer(parent: QWidget, title: str, pages: int) -> Printer | None:
    """Which printer, which pages, how many copies; None when the agent gave up. `title` names it in the queue."""
    # Loaded with the first page printed: asking the system for its printers takes a while.
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter

    from ui.printing import print_pdf

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setDocName(title)
    dialog = QPrintDialog(printer, parent)
    dialog.setWindowTitle("Imprimer")
    dialog.setOption(QPrintDialog.PrintDialogOption.PrintPageRange)
    dialog.setMinMax(1, pages)
    return partial(print_pdf, printer) if dialog.exec() else None


def complain(text: str) -> None:
    """One sentence when no window exists yet to say it."""
    QMessageBox.critical(None, "Back-office Enfance", typeset(text))
