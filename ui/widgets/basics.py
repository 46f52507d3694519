"""The small pieces every page is made of: titles, panels, banners, empty states, chips, fields with their error."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ui.presenting import Banner, Severity
from ui.theme.icons import icon, pixmap
from ui.theme.tokens import Theme
from ui.typography import typeset

_BANNER_ICONS = {"danger": "circle-alert", "warning": "triangle-alert", "success": "circle-check", "info": "info"}


class Words(QLabel):
    """Every sentence of a page: never broken before its « : », never read as markup."""

    def __init__(self, text: str) -> None:
        super().__init__(typeset(text))
        self.setTextFormat(Qt.TextFormat.PlainText)

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's own name
        super().setText(typeset(text))


def label(text: str = "", kind: str = "", *, wrap: bool = False) -> QLabel:
    """Words on the page. Text of people and towns is never read as markup."""
    found = Words(text)
    found.setWordWrap(wrap)
    if kind:
        found.setProperty("kind", kind)
    return found


def restyle(widget: QWidget) -> None:
    """Read the style sheet again after a `kind` or `state` property changed; a widget not shown yet will read it."""
    if not widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        return
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def button(
    text: str,
    run: Callable[[], object],
    theme: Theme,
    *,
    kind: str = "",
    icon_name: str = "",
    shortcut: str = "",
) -> QPushButton:
    """A button with its access key (« &Émettre »), its icon and the key that does the same."""
    found = QPushButton(text)
    found.setAccessibleName(text.replace("&", ""))
    if kind:
        found.setProperty("kind", kind)
    if icon_name:
        token = "accent_text" if kind == "primary" else "link" if kind == "link" else "text"
        size = theme.size("icon", "default")
        found.setIcon(icon(icon_name, theme.colour(token), size, theme.colour("text_disabled")))
        found.setIconSize(QSize(size, size))
    if shortcut:
        # Not the button's own shortcut: it waits 100 ms before it acts, and what is typed next goes astray.
        QShortcut(QKeySequence(shortcut), found).activated.connect(found.click)
        keys = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        found.setToolTip(f"{text.replace('&', '')} ({keys})")
    found.clicked.connect(lambda: run())  # noqa: PLW0108 - drops the « checked » of clicked
    found.setAutoDefault(True)  # Enter presses the button that has the keyboard
    return found


def chip(text: str, run: Callable[[], object], *, checked: bool = False) -> QPushButton:
    """A filter that stays pressed."""
    found = QPushButton(text)
    found.setAccessibleName(text)
    found.setCheckable(True)
    found.setChecked(checked)
    found.setProperty("kind", "chip")
    found.toggled.connect(lambda _: restyle(found))  # pressed, its words are bolder: measure them again
    found.clicked.connect(lambda: run())  # noqa: PLW0108 - drops the « checked » of clicked
    return found


def line() -> QFrame:
    found = QFrame()
    found.setProperty("kind", "line")
    return found


class Panel(QFrame):
    """A framed group with a title and, at its right, one gesture."""

    def __init__(self, theme: Theme, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "panel")
        self.body = QVBoxLayout(self)
        margin = theme.px(12)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(theme.px(8))
        self._head = QHBoxLayout()
        if title:
            self.setAccessibleName(title)
            self._head.addWidget(label(title, "strong"))
            self._head.addStretch(1)
            self.body.addLayout(self._head)

    def add_gesture(self, gesture: QPushButton) -> None:
        self._head.addWidget(gesture)


class BannerBar(QFrame):
    """The gravest thing to say about the page, with what to do about it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("kind", "banner")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.px(12), theme.px(8), theme.px(8), theme.px(8))
        layout.setSpacing(theme.px(12))
        self._icon = QLabel()
        self._icon.setFixedWidth(theme.px(20))
        self._text = label(wrap=True, kind="strong")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        self._actions = QHBoxLayout()
        layout.addLayout(self._actions)
        self._rereads: list[Callable[[], None]] = []
        self.hide()

    def show_banner(self, banner: Banner | None) -> None:
        """Show it, or take the last one away."""
        if banner is None or banner.reread is None or self.isHidden():
            self._rereads.clear()
        if banner is None:
            self.hide()
            return
        if banner.reread is not None and banner.reread not in self._rereads:
            self._rereads.append(banner.reread)
        clear(self._actions)
        severity = banner.severity.value
        self._icon.setPixmap(
            pixmap(_BANNER_ICONS[severity], self._theme.colour(severity), self._theme.size("icon", "nav"))
        )
        self._text.setText(banner.text)
        self.setAccessibleName(banner.text)
        for action in banner.actions:
            run = self.try_again if action.run == banner.reread else action.run
            self._actions.addWidget(button(action.label, partial(self._act, run), self._theme))
        close = button("Fermer", self.hide, self._theme, kind="link")
        self._actions.addWidget(close)
        self.setProperty("state", severity)
        restyle(self)
        self.show()

    def take_keyboard(self) -> None:
        """Put the keyboard on its first gesture."""
        item = self._actions.itemAt(0)
        first = item.widget() if item is not None else None
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def fault_over(self, reread: Callable[[], None]) -> None:
        """This read works again: the banner goes with the last of those that failed."""
        if reread in self._rereads:
            self._rereads.remove(reread)
            self.setVisible(bool(self._rereads) and not self.isHidden())

    def forget_fault(self) -> None:
        """What failed is tried again: its sentence goes, and comes back if it fails again."""
        if self.property("state") == Severity.DANGER.value:
            self.hide()

    def try_again(self) -> None:
        """Read again all that failed."""
        failed, self._rereads = self._rereads, []
        if failed:
            self.hide()
        for reread in failed:
            reread()

    def _act(self, run: Callable[[], None]) -> None:
        self.forget_fault()
        run()


class Empty(QWidget):
    """What stands where a list has nothing: one sentence, one gesture."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(theme.px(12))
        self._text = label(kind="secondary", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setMaximumWidth(theme.px(440))  # easy to read; narrower where there is no room
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._text, 100)
        middle.addStretch(1)
        self._layout.addStretch(1)
        self._layout.addLayout(middle)
        self._layout.addStretch(1)
        self._gesture: QPushButton | None = None

    def take_keyboard(self) -> None:
        """On the gesture; on the sentence when there is none, so that the keys of the page still work."""
        (self._gesture or self).setFocus(Qt.FocusReason.OtherFocusReason)

    def say(self, text: str, gesture: str = "", run: Callable[[], object] | None = None) -> None:
        self._text.setText(text)
        before, self._gesture = self._gesture, None
        held = self.hasFocus() or (before is not None and before.hasFocus())
        if gesture and run is not None:
            self._gesture = button(gesture, run, self._theme)
            self._layout.insertWidget(self._layout.count() - 1, self._gesture, 0, Qt.AlignmentFlag.AlignCenter)
            self._gesture.show()  # else only later: what is not shown cannot take the keyboard
        if held:
            self.take_keyboard()
        if before is not None:
            before.hide()
            before.deleteLater()


class Field(QWidget):
    """A labelled entry with its error under it. The label carries the access key of the entry."""

    def __init__(self, theme: Theme, title: str, entry: QWidget, *, required: bool = False, hint: str = "") -> None:
        super().__init__()
        self.entry = entry
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(4))
        self._title = QLabel(f"{title} *" if required else title)
        self._title.setProperty("kind", "small")
        self._typed = entry.focusProxy() or entry  # the part that takes the keyboard, and shows that it is wrong
        self._title.setBuddy(self._typed)
        entry.setAccessibleName(title.replace("&", ""))
        if hint:
            entry.setAccessibleDescription(hint)
        self._error = label(kind="error", wrap=True)
        self._error.hide()
        layout.addWidget(self._title)
        narrow = entry.maximumWidth() == entry.minimumWidth()  # its error and hint may be wider
        layout.addWidget(entry, 0, Qt.AlignmentFlag.AlignLeft if narrow else Qt.AlignmentFlag(0))
        layout.addWidget(self._error)
        if hint:
            layout.addWidget(label(hint, "caption", wrap=True))

    def show_error(self, text: str) -> None:
        """Say what is wrong beside the entry; an empty text takes it away."""
        self._error.setText(f"▲ {text}" if text else "")
        self._error.setVisible(bool(text))
        self._typed.setProperty("state", "error" if text else "")
        self._typed.setAccessibleDescription(text)
        restyle(self._typed)


def clear(layout: QLayout) -> None:
    """Take everything out of a layout, widgets and layouts inside included."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
