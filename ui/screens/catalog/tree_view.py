"""The tree of the catalog at the left: search, lines, their price. Typing finds, Enter goes to what is shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ui.screens.catalog.tree import Node, NodeKind, kept, walk
from ui.theme.fonts import font
from ui.theme.icons import icon
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty

_KEY = Qt.ItemDataRole.UserRole
_TYPING_PAUSE_MS = 60
_ROOM_FOR_PRICES = 280
_SHOWN_WHOLE = 80  # lines; a larger catalog opens with its services closed


class CatalogTree(QWidget):
    """`chosen` is the key of the line under the keyboard; `opened` is Enter on it."""

    chosen = Signal(str)
    opened = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._nodes: Sequence[Node] = ()
        self._closed: set[str] = set()
        self._known: set[str] = set()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Service, activité, créneau, structure…")
        self.search.setAccessibleName("Chercher dans les services et les structures")
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Services, activités, créneaux et structures")
        self.tree.setColumnCount(2)
        self.tree.setHeaderLabels(["Nom", "Prix en vigueur"])
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.tree.setRootIsDecorated(True)
        self.tree.setIndentation(theme.px(16))
        self.tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.tree.setExpandsOnDoubleClick(True)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.empty = Empty(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.tree)
        self._stack.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(8))
        layout.addWidget(self.search)
        layout.addWidget(self._stack, 1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._filter)
        self.search.textChanged.connect(lambda _text: self._pause.start())
        self.search.returnPressed.connect(self._open_first)
        self.tree.currentItemChanged.connect(self._tell)
        self.tree.itemActivated.connect(lambda _item, _column: self.opened.emit())
        self.tree.itemCollapsed.connect(lambda item: self._closed.add(item.data(0, _KEY)))
        self.tree.itemExpanded.connect(lambda item: self._closed.discard(item.data(0, _KEY)))

    def show_nodes(self, nodes: Sequence[Node], chosen: str) -> None:
        """Show the tree, the keyboard on the line of this key."""
        self._nodes = nodes
        self._fill(chosen)

    def _filter(self) -> None:
        item = self.tree.currentItem()
        self._fill(item.data(0, _KEY) if item is not None else "")

    def _fill(self, chosen: str) -> None:
        words = self.search.text()
        shown = kept(self._nodes, words)
        everything = list(walk(self._nodes))
        if len(everything) > _SHOWN_WHOLE:
            self._closed |= {
                node.key for node in everything if node.kind is NodeKind.SERVICE and node.key not in self._known
            }
        self._known = {node.key for node in everything}
        self.tree.blockSignals(True)
        self.tree.clear()
        wanted: QTreeWidgetItem | None = None
        for node in shown:
            found = self._add(None, node, chosen, closed=set() if words.strip() else self._closed)
            wanted = wanted or found
        self.tree.blockSignals(False)
        if not shown and words.strip():
            self.empty.say(f"Aucun résultat pour « {words} ».", "Effacer la recherche", self.search.clear)
        self._stack.setCurrentWidget(self.tree if shown or not words.strip() else self.empty)
        if wanted is not None:
            self.tree.blockSignals(True)
            self.tree.setCurrentItem(wanted)
            self.tree.blockSignals(False)
            self.tree.scrollToItem(wanted)

    def _add(
        self, above: QTreeWidgetItem | None, node: Node, chosen: str, closed: set[str]
    ) -> QTreeWidgetItem | None:
        item = QTreeWidgetItem([node.title, node.note])
        item.setData(0, _KEY, node.key)
        item.setToolTip(0, f"{node.title}, {node.note}" if node.note else node.title)
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if above is None:
            self.tree.addTopLevelItem(item)
        else:
            above.addChild(item)
        self._dress(item, node)
        wanted = item if node.key == chosen else None
        for child in node.children:
            found = self._add(item, child, chosen, closed)
            wanted = wanted or found
        item.setExpanded(node.key not in closed or (wanted is not None and wanted is not item))
        return wanted

    def _dress(self, item: QTreeWidgetItem, node: Node) -> None:
        theme = self._theme
        item.setFirstColumnSpanned(not node.note)
        if node.kind is NodeKind.HEADING:
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            item.setFont(0, font(theme, "small"))
            item.setForeground(0, QBrush(QColor(theme.colour("text_secondary"))))
        elif node.kind in {NodeKind.SERVICE, NodeKind.FIGURES}:
            item.setFont(0, font(theme, "body_strong"))
        if node.warns:
            item.setIcon(0, icon("triangle-alert", theme.colour("warning"), theme.size("icon", "default"),
                                 selected=theme.on_selected("warning")))
            if theme.on_selected("warning") == theme.colour("warning"):  # else it would vanish on a selected line
                item.setForeground(1, QBrush(QColor(theme.colour("warning"))))
        elif node.kind is not NodeKind.SLOT:
            item.setFont(1, font(theme, "small"))

    def _tell(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and not item.data(0, _KEY).startswith(NodeKind.HEADING.value):
            self.chosen.emit(item.data(0, _KEY))

    def _open_first(self) -> None:
        self._pause.stop()
        self._filter()
        first = next((node for node in walk(kept(self._nodes, self.search.text())) if self._is_found(node)), None)
        if first is not None:
            for item in self._items():
                if item.data(0, _KEY) == first.key:
                    self.tree.setCurrentItem(item)
            self.tree.setFocus()

    def _is_found(self, node: Node) -> bool:
        return node.kind is not NodeKind.HEADING and bool(kept((Node(node.kind, node.id, node.title, node.note),),
                                                              self.search.text()))

    def _items(self) -> list[QTreeWidgetItem]:
        return self.tree.findItems("*", Qt.MatchFlag.MatchWildcard | Qt.MatchFlag.MatchRecursive, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        # Names come before prices: where both have no room, the price is read at the right.
        self.tree.setColumnHidden(1, event.size().width() < self._theme.px(_ROOM_FOR_PRICES))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's own name
        if (
            watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Down
        ):
            self.tree.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return True
        return super().eventFilter(watched, event)
