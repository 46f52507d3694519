"""The tab of mails: what a family would read at the left, the words that are changed at the right."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QMenu, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from backoffice.letters.kinds import LetterKind
from backoffice.letters.queries import TemplateView
from backoffice.letters.rules import Written
from ui.drafting import Drafting
from ui.drafts import Task, Typed
from ui.screen import Surroundings
from ui.screens.administration.words import WordsPresenter, names_for
from ui.widgets.basics import Panel, button, chip, clear, label, restyle
from ui.widgets.flow import FlowLayout
from ui.widgets.reading import ReadingView
from ui.widgets.scrolled import scrolled
from ui.widgets.side import Beside
from ui.widgets.task_form import TaskForm
from ui.widgets.task_panel import TaskPanel, follow

_TYPING_PAUSE_MS = 200
_LEAST_READ = 160
_INVENTED = "Une famille inventée, deux pièces de chaque sorte : rien n'est envoyé."


class WordsTab(QWidget):
    """A chip for each kind; F2 changes its words; Ctrl+Espace inserts, in the field being typed, what is replaced."""

    def __init__(self, around: Surroundings, presenter: WordsPresenter, drafting: Drafting) -> None:
        super().__init__()
        self._theme = theme = around.theme
        self._presenter = presenter
        self._view: TemplateView | None = None
        self._chips: dict[LetterKind, QPushButton] = {}
        self._group = QButtonGroup(self)
        self._kinds_bar = QWidget()
        self._kinds = FlowLayout(theme.px(8), self._kinds_bar)
        self.panel = TaskPanel(theme)
        follow(self.panel, drafting)
        self._names = QWidget()
        self._names_row = FlowLayout(theme.px(4), self._names)
        self.panel.below.addWidget(self._names)
        self._beside = Beside(theme, scrolled(self._build_preview(), sideways=False), self.panel)
        self._beside.covered.connect(lambda covered: self._kinds_bar.setVisible(not covered))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.px(12), 0, 0)
        layout.setSpacing(theme.px(12))
        layout.addWidget(self._kinds_bar)
        layout.addWidget(self._beside, 1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE_MS)
        self._pause.timeout.connect(presenter.preview)
        self.panel.typed.connect(lambda *_: self._pause.start())
        self._field = "body"
        for key, run, owner in (("F2", presenter.edit, self), ("Ctrl+Space", self._offer_names, self.panel)):
            shortcut = QShortcut(QKeySequence(key), owner)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(run)

    def _build_preview(self) -> QWidget:
        theme = self._theme
        panel = Panel(theme, "Ce que la famille lit")
        self.subject = label(kind="strong", wrap=True)
        self.words = ReadingView(theme, "Aperçu du courriel")
        self.words.setMinimumHeight(theme.px(_LEAST_READ))
        self._note = label(kind="secondary", wrap=True)
        panel.body.addWidget(self._note)
        panel.body.addWidget(self.subject)
        panel.body.addWidget(self.words, 1)
        gestures = FlowLayout(theme.px(8))
        self._edit = button("Changer les mots (F2)", self._presenter.edit, theme, kind="primary", icon_name="pencil")
        self._restore = button("&Revenir aux mots d'origine", self._presenter.restore, theme, icon_name="undo-2")
        gestures.addWidget(self._edit)
        gestures.addWidget(self._restore)
        panel.body.addLayout(gestures)
        return panel

    # --- what the page asks -----------------------------------------------------------------------------------

    def show_words(self, views: Sequence[TemplateView], shown: TemplateView) -> None:
        self._view = shown
        if not self._chips:
            for view in views:
                chosen = view.kind is shown.kind
                found = chip(view.label, partial(self._presenter.choose, view.kind), checked=chosen)
                found.ensurePolished()  # pressed, its words are bolder: they are measured so
                self._group.addButton(found)
                self._kinds.addWidget(found)
                self._chips[view.kind] = found
        self._chips[shown.kind].setChecked(True)
        self._restore.setVisible(self._presenter.is_own)

    def show_preview(self, written: Written | None, note: str) -> None:
        self._note.setText(note or _INVENTED)
        self._note.setProperty("kind", "error" if note else "secondary")
        restyle(self._note)
        if written is None:
            return
        self.subject.setText(written.subject)
        with self.words.written() as writer:
            for text in written.body.rstrip("\n").splitlines():
                writer.line(text, "body", "text", above=0)

    def show_task(self, task: Task, values: Typed) -> None:
        self.panel.show_task(task, values)
        self._edit.hide()
        self._beside.open_panel()
        for field in task.fields:
            self.panel.form.entry(field.key).installEventFilter(self)
        self._show_names("body")

    def hide_task(self) -> None:
        self._edit.show()
        self._beside.close_panel()
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._presenter.preview()

    @property
    def form_typed(self) -> TaskForm:
        return self.panel.task_form

    # --- what is replaced -------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's own name
        if event.type() == QEvent.Type.FocusIn:
            field = str(watched.property("key") or "")
            if field and field != self._field:
                self._show_names(field)
        return super().eventFilter(watched, event)

    def _show_names(self, field: str) -> None:
        """The names that the field under the keyboard knows; a press writes one where the cursor is."""
        self._field = field
        clear(self._names_row)
        if self._view is None:
            return
        self._names_row.addWidget(label("Insérer (Ctrl+Espace)", "small"))
        for name, meaning in names_for(self._view, field):
            found = button(f"{{{name}}}", partial(self._insert, name), self._theme, kind="link")
            found.setToolTip(meaning)
            found.setAccessibleName(f"Insérer {{{name}}} : {meaning}")
            found.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the field keeps the keyboard; Ctrl+Espace is the key
            self._names_row.addWidget(found)

    def _insert(self, name: str) -> None:
        entry = self.panel.form.entry(self._field)
        if isinstance(entry, QLineEdit):
            entry.insert(f"{{{name}}}")
        elif isinstance(entry, QPlainTextEdit):
            entry.insertPlainText(f"{{{name}}}")
        entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def _offer_names(self) -> None:
        if self._view is None or not self._beside.is_open:
            return
        entry, menu = self.panel.form.entry(self._field), QMenu(self)
        for name, meaning in names_for(self._view, self._field):
            menu.addAction(f"{{{name}}} : {meaning}", partial(self._insert, name))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.setActiveAction(menu.actions()[0])
        where = entry.cursorRect().bottomLeft() if isinstance(entry, QPlainTextEdit) else entry.rect().bottomLeft()
        menu.popup(entry.mapToGlobal(where))
