"""The column at the right: who, what to compare, the rule, and what is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.forms import FieldSpec
from ui.screens.documents.comparing import Compared, Found
from ui.screens.documents.keycap import KeyButton
from ui.screens.documents.presenter import Sight
from ui.screens.documents.reasons import RejectPanel
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.basics import button, clear, label, line
from ui.widgets.form import Form
from ui.widgets.scrolled import scrolled

_MARKS = {
    Found.FOUND: ("check", "success"),
    Found.MISSING: ("circle-help", "warning"),
    Found.UNREAD: ("eye", "text_muted"),
}


@dataclass(frozen=True, slots=True)
class Gestures:
    """What each key of the column does."""

    validate: Callable[[], object]
    reject: Callable[[], object]
    pass_: Callable[[], object]
    change: Callable[[], object]
    waive: Callable[[], object]
    undo: Callable[[], object]
    family: Callable[[], object]


class DecisionPanel(QFrame):
    """`entered`: Enter in a field; `saved` and `left`: the form that covers the decision is saved, or given up."""

    entered = Signal()
    typed = Signal(str, str)
    saved = Signal()
    left = Signal()

    def __init__(self, theme: Theme, gestures: Gestures) -> None:
        super().__init__()
        self.setProperty("kind", "panel")
        self.setAccessibleName("Décision")
        self._theme = theme
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        margin = theme.px(12)
        self._column.setContentsMargins(margin, margin, margin, margin)
        self._column.setSpacing(theme.px(10))
        self._column.addLayout(self._identity(gestures))
        self._marks_area = QWidget()
        self._marks = QVBoxLayout(self._marks_area)
        self._marks.setContentsMargins(0, 0, 0, 0)
        self._marks.setSpacing(theme.px(4))
        self._column.addWidget(self._marks_area)
        self._column.addWidget(line())
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.px(8))
        self._grid.setVerticalSpacing(theme.px(6))
        self._grid.setColumnStretch(2, 1)
        self._column.addLayout(self._grid)
        self._rule = self._rule_frame()
        self._column.addWidget(self._rule)
        self.form = Form(theme)
        self.reasons = RejectPanel(theme)
        self._extra = Form(theme)
        self._stack = QStackedWidget()
        self._decide_page = self._page(self.form)
        self._form_page = self._task_page()
        for page in (self._decide_page, self.reasons, self._form_page):
            self._stack.addWidget(page)
        self._column.addWidget(self._stack, 1)
        self._column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scrolled(inside, sideways=False), 1)
        self.bar = self._action_bar(gestures)
        self._form_bar = QWidget()
        self._buttons = QHBoxLayout(self._form_bar)
        self._buttons.setContentsMargins(0, 0, 0, 0)
        self._buttons.setSpacing(theme.px(8))
        foot = QVBoxLayout()
        foot.setContentsMargins(theme.px(12), theme.px(8), theme.px(12), theme.px(12))
        for bar in (self.bar, self.reasons.bar, self._form_bar):
            foot.addWidget(bar)
        layout.addWidget(line())
        layout.addLayout(foot)
        self.setMinimumWidth(theme.px(305))
        self.form.entered.connect(self.entered)
        self.form.typed.connect(self.typed)
        self._extra.typed.connect(self.typed)
        self._extra.entered.connect(self.saved)
        self._show_page(self._decide_page)

    # --- parts ------------------------------------------------------------------------------------------------

    def _identity(self, gestures: Gestures) -> QVBoxLayout:
        theme = self._theme
        self._title = label(kind="group", wrap=True)
        self._about = label(kind="secondary", wrap=True)
        self._family = button("Dossier", gestures.family, theme, kind="link", icon_name="users")
        self._family.setToolTip("Ouvrir le dossier de la famille (F2)")
        first = QHBoxLayout()
        first.addWidget(self._title, 1)
        first.addWidget(self._family, 0, Qt.AlignmentFlag.AlignTop)
        whole = QVBoxLayout()
        whole.setSpacing(theme.px(2))
        whole.addLayout(first)
        whole.addWidget(self._about)
        return whole

    def _rule_frame(self) -> QFrame:
        theme = self._theme
        frame = QFrame()
        frame.setProperty("kind", "banner")
        frame.setProperty("state", "info")
        row = QHBoxLayout(frame)
        row.setContentsMargins(theme.px(8), theme.px(6), theme.px(8), theme.px(6))
        self._rule_words = label(wrap=True)
        row.addWidget(self._rule_words, 1)
        return frame

    def _page(self, inside: QWidget) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(self._theme.px(8))
        layout.addWidget(inside)
        layout.addStretch(1)
        return page

    def _task_page(self) -> QWidget:
        theme = self._theme
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(8))
        self._task_title = label(kind="strong")
        self._notice = label(kind="error", wrap=True)
        self._notice.hide()
        layout.addWidget(self._task_title)
        layout.addWidget(self._extra)
        layout.addWidget(self._notice)
        layout.addStretch(1)
        return page

    def _action_bar(self, gestures: Gestures) -> QWidget:
        theme = self._theme
        bar = QWidget()
        grid = QGridLayout(bar)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.px(8))
        self.validate = KeyButton(theme, "&Valider", "V", gestures.validate, icon_name="check", kind="primary")
        self.reject = KeyButton(theme, "Re&jeter…", "X", gestures.reject, icon_name="x")
        self.pass_ = KeyButton(theme, "Passe&r", "P", gestures.pass_, icon_name="skip-forward")
        self.change = KeyButton(theme, "T&ype…", "T", gestures.change, icon_name="pencil")
        self.waive = KeyButton(theme, "Déro&gation…", "D", gestures.waive, icon_name="hourglass")
        self.undo = KeyButton(theme, "A&nnuler", "Ctrl+Z", gestures.undo, icon_name="undo-2")
        self.validate.setToolTip("Valider et passer à la suivante (V)")
        self.reject.setToolTip("Rejeter avec un motif (X)")
        self.pass_.setToolTip("Laisser cette pièce pour plus tard (P)")
        self.change.setToolTip("Changer le type de la pièce ou la personne (T)")
        self.waive.setToolTip("Ne pas bloquer la famille jusqu'à un jour (D)")
        self.undo.setToolTip("Annuler la dernière décision (Ctrl+Z)")
        self._grid_of_keys = grid
        self._keys = (self.validate, self.reject, self.pass_, self.change, self.waive, self.undo)
        self._arrange_keys(2)
        return bar

    def _arrange_keys(self, columns: int) -> None:
        for found in self._keys:
            self._grid_of_keys.removeWidget(found)
        for place, found in enumerate(self._keys):
            self._grid_of_keys.addWidget(found, place // columns, place % columns)

    def fold(self, *, folded: bool) -> None:
        """On a short page, the keys take two lines instead of three."""
        for found in (*self._keys, self.reasons.reject, self.reasons.back):
            found.fold(folded=folded)
        self._arrange_keys(3 if folded else 2)

    # --- what is shown ----------------------------------------------------------------------------------------

    def show_sight(self, sight: Sight) -> None:
        self._title.setText(sight.title)
        self._about.setText(sight.about)
        clear(self._marks)
        if sight.blocks_opening:
            self._mark("lock", "warning", "Bloque une ouverture", "warning")
        if sight.sendings:
            self._mark("history", "text_secondary", sight.sendings, "small")
        for remark in sight.remarks:
            self._mark("triangle-alert", "warning", remark, "small")
        self.show_compared(sight.compared)
        rule = sight.piece.kind.values.rule
        self._rule.setVisible(bool(rule))
        self._rule_words.setText(f"À vérifier : {rule}" if rule else "")
        self.form.show_fields(sight.fields)
        for found in (self.validate, self.reject):
            found.setEnabled(sight.may_decide)
        self._show_page(self._decide_page)

    def _mark(self, icon_name: str, token: str, words: str, kind: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(self._theme.px(6))
        picture = QLabel()
        picture.setPixmap(pixmap(icon_name, self._theme.colour(token), self._theme.size("icon", "inline")))
        picture.setContentsMargins(0, self._theme.px(2), 0, 0)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(words, kind, wrap=True), 1)
        self._marks.addLayout(row)

    def show_compared(self, lines: Sequence[tuple[Compared, Found]]) -> None:
        clear(self._grid)
        theme = self._theme
        for place, (one, found) in enumerate(lines):
            name, token = _MARKS[found]
            sign = QLabel()
            sign.setPixmap(pixmap(name, theme.colour(token), theme.size("icon", "inline")))
            sign.setContentsMargins(0, theme.px(3), 0, 0)
            sign.setToolTip(f"{one.label} : {found.label}")
            sign.setAccessibleName(found.label)
            self._grid.addWidget(sign, place, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label(one.label, "small"), place, 1, Qt.AlignmentFlag.AlignTop)
            held = label(one.held, "strong" if place == 0 else "", wrap=True)
            held.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(held, place, 2)

    # --- deciding ---------------------------------------------------------------------------------------------

    def values(self) -> Mapping[str, str]:
        return (self._extra if self._stack.currentWidget() is self._form_page else self.form).values()

    def set_value(self, key: str, text: str) -> None:
        self._extra.set_value(key, text)

    def show_errors(self, errors: Mapping[str, str]) -> None:
        shown = self._stack.currentWidget()
        if shown is self.reasons:
            self.reasons.show_error(next(iter(errors.values()), ""))
            return
        form = self._extra if shown is self._form_page else self.form
        form.show_errors(errors)
        if errors:
            form.focus_on(next(iter(errors)))

    def begin_rejecting(self, sight: Sight) -> None:
        self._show_page(self.reasons)
        self.reasons.begin(sight.reasons)

    @property
    def is_rejecting(self) -> bool:
        return self._stack.currentWidget() is self.reasons

    @property
    def is_asking(self) -> bool:
        """Whether a form covers the decision."""
        return self._stack.currentWidget() is self._form_page

    def stop_rejecting(self) -> None:
        self._show_page(self._decide_page)

    def show_form(self, title: str, fields: Sequence[FieldSpec], save_words: str) -> None:
        self._task_title.setText(title)
        self._extra.show_fields(fields)
        clear(self._buttons)
        save = KeyButton(self._theme, save_words, "Entrée", self.saved.emit, kind="primary")
        self._buttons.addWidget(save, 1)
        self._buttons.addWidget(KeyButton(self._theme, "A&nnuler", "Échap", self.left.emit))
        self._show_page(self._form_page)
        self._extra.focus_first()

    def hide_form(self) -> None:
        self._show_page(self._decide_page)

    def _show_page(self, page: QWidget) -> None:
        self._stack.setCurrentWidget(page)
        for other in (self._decide_page, self.reasons, self._form_page):
            policy = QSizePolicy.Policy.Preferred if other is page else QSizePolicy.Policy.Ignored
            other.setSizePolicy(policy, policy)  # the column is as high as what it shows
        self.bar.setVisible(page is self._decide_page)
        self.reasons.bar.setVisible(page is self.reasons)
        self._form_bar.setVisible(page is self._form_page)
        self._marks_area.setVisible(page is not self.reasons)  # its room is for the reasons
        self._stack.updateGeometry()
