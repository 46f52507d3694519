"""The column at the right: whose an arrival is, and which document it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from backoffice.search.queries import Hit
from ui.forms import FieldSpec
from ui.theme.tokens import Theme
from ui.widgets.basics import Field, button, label, line
from ui.widgets.form import Form
from ui.widgets.scrolled import scrolled

_HITS = 8
_HIT = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Gestures:
    """What the buttons of the column do."""

    accept_proposal: Callable[[], object]
    another_family: Callable[[], object]
    sort: Callable[[], object]
    discard: Callable[[], object]
    open_family: Callable[[], object]


class FamilyPanel(QFrame):
    """`searched`: what is typed to find a family; `picked`: the one that was found."""

    searched = Signal(str)
    picked = Signal(int)

    def __init__(self, theme: Theme, gestures: Gestures) -> None:
        super().__init__()
        self.setProperty("kind", "panel")
        self.setAccessibleName("Classement")
        self._theme = theme
        self._stack = QStackedWidget()
        self._finding = self._finding_page(gestures)
        self._found = self._found_page(gestures)
        self._stack.addWidget(self._finding)
        self._stack.addWidget(self._found)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(theme.px(12), theme.px(12), theme.px(12), theme.px(12))
        column.addWidget(self._stack)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scrolled(inside, sideways=False), 1)
        layout.addWidget(line())
        foot = QVBoxLayout()
        foot.setContentsMargins(theme.px(12), theme.px(8), theme.px(12), theme.px(12))
        foot.setSpacing(theme.px(8))
        self.sort = button("&Classer", gestures.sort, theme, kind="primary", icon_name="check", shortcut="Ctrl+S")
        self.discard = button("Éca&rter : ce n'est pas une pièce", gestures.discard, theme, icon_name="x")
        self.discard.setToolTip("Retirer de la corbeille ; « Annuler » l'y remet (Suppr)")
        foot.addWidget(self.sort)
        foot.addWidget(self.discard)
        layout.addLayout(foot)
        self.setMinimumWidth(theme.px(305))
        self.show_no_family("", "")

    def _finding_page(self, gestures: Gestures) -> QWidget:
        theme = self._theme
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(10))
        self._head = label("De quelle famille ?", "group", wrap=True)
        self.proposal = button("", gestures.accept_proposal, theme, kind="primary", icon_name="users")
        self._why = label(kind="caption", wrap=True)
        self.entry = QLineEdit()
        self.entry.setPlaceholderText("Nom, téléphone, n° de fiche…")
        self.entry.setClearButtonEnabled(True)
        self.entry.textEdited.connect(self.searched)
        self.entry.returnPressed.connect(self._pick_current)
        self.entry.installEventFilter(self)
        self.hits = QListWidget()
        self.hits.setAccessibleName("Familles trouvées")
        self.hits.setUniformItemSizes(True)
        self.hits.itemActivated.connect(self._pick)
        self.hits.itemClicked.connect(self._pick)
        for widget in (self._head, self.proposal, self._why, Field(theme, "C&hercher une famille", self.entry),
                       self.hits):
            column.addWidget(widget)
        column.addStretch(1)
        return page

    def _found_page(self, gestures: Gestures) -> QWidget:
        theme = self._theme
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(10))
        self._name = label(kind="group", wrap=True)
        self._open = button("Ouvrir le &dossier", gestures.open_family, theme, kind="link", icon_name="users")
        self._open.setToolTip("Ouvrir le dossier de la famille (F2)")
        self._other = button("Ce n'est &pas cette famille", gestures.another_family, theme, kind="link",
                             icon_name="undo-2")
        self.form = Form(theme)
        self.form.entered.connect(gestures.sort)
        for widget in (self._name, self._open, self._other, self.form):
            column.addWidget(widget, 0, *(() if widget is self.form or widget is self._name
                                          else (Qt.AlignmentFlag.AlignLeft,)))
        column.addStretch(1)
        return page

    # --- what is shown ----------------------------------------------------------------------------------------

    def show_no_family(self, proposal: str, remark: str) -> None:
        self._stack.setCurrentWidget(self._finding)
        self.proposal.setVisible(bool(proposal))
        self.proposal.setText(f"C'est la famille {proposal.replace('&', '&&')}")
        self._why.setText("L'adresse du courriel est celle d'un de ses adultes. Une adresse ne prouve rien : "
                          "vérifiez le nom sur la pièce." if proposal else remark)
        self._why.setVisible(bool(self._why.text()))
        self.entry.clear()
        self.show_hits(())
        self.sort.setEnabled(False)

    def show_hits(self, hits: Sequence[Hit]) -> None:
        self.hits.clear()
        for hit in hits[:_HITS]:
            item = QListWidgetItem(f"{hit.title} · {hit.detail}" if hit.detail else hit.title)
            item.setData(_HIT, hit.family_id)
            item.setToolTip(item.text())
            self.hits.addItem(item)
        self.hits.setVisible(bool(hits))
        rows = self.hits.count()
        if rows:
            self.hits.setFixedHeight(rows * self.hits.sizeHintForRow(0) + 2 * self.hits.frameWidth())
            self.hits.setCurrentRow(0)

    def show_family(self, name: str, fields: Sequence[FieldSpec]) -> None:
        self._stack.setCurrentWidget(self._found)
        self._name.setText(f"Famille {name}")
        self.form.show_fields(fields)
        self.form.focus_first()
        self.sort.setEnabled(True)

    def values(self) -> Mapping[str, str]:
        return self.form.values()

    def show_errors(self, errors: Mapping[str, str]) -> None:
        self.form.show_errors(errors)
        if errors:
            self.form.focus_on(next(iter(errors)))

    # --- the search -------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's own name
        """The arrows go through what was found while one types."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self.hits.count():
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step:
                self.hits.setCurrentRow((self.hits.currentRow() + step) % self.hits.count())
                return True
        return super().eventFilter(watched, event)

    def _pick_current(self) -> None:
        item = self.hits.currentItem()
        if item is not None:
            self._pick(item)

    def _pick(self, item: QListWidgetItem) -> None:
        self.picked.emit(item.data(_HIT))
