"""What opens beside the grid: why a save was refused, and what families ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from backoffice.bookings.inbox import WaitingRequest
from backoffice.bookings.kinds import Channel, Wish
from backoffice.bookings.rules.painting import Cell
from backoffice.kernel.periods import french_day
from backoffice.kernel.zone import PARIS
from ui.theme.tokens import Theme
from ui.widgets.basics import Field, button, label
from ui.widgets.side import SidePanel

_ROLE = Qt.ItemDataRole.UserRole
REASON_LENGTH = 200


class ReasonPanel(SidePanel):
    """The cells that break a rule. `saved`: go past it, with the reason and how the wish came; `left_out`: give up
    these cells."""

    saved = Signal(str, object)
    left_out = Signal()
    pointed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Pourquoi ce n'est pas enregistré")
        self._told = label(wrap=True)
        self.list = QListWidget()
        self.list.setAccessibleName("Cases refusées")
        self.list.setSpacing(theme.px(4))
        self.list.setWordWrap(True)
        self.list.setMinimumHeight(theme.px(120))
        self.list.currentItemChanged.connect(self._point)
        self._asked = QWidget()
        asked = QVBoxLayout(self._asked)
        asked.setContentsMargins(0, 0, 0, 0)
        asked.setSpacing(theme.px(8))
        self.reason = QLineEdit()
        self.reason.setMaxLength(REASON_LENGTH)
        self.channel = QComboBox()
        for channel in Channel:
            self.channel.addItem(channel.label, channel)
        self.channel.setCurrentText(Channel.OFFICE.label)
        self._reason = Field(theme, "Mot&if, gardé sur chaque case", self.reason)
        asked.addWidget(self._reason)
        asked.addWidget(Field(theme, "Demande r&eçue par", self.channel))
        self._save = button("Enregistrer &quand même", self._ask, theme, kind="primary", shortcut="Ctrl+Return")
        self._out = button("Laisser ces cases de &côté", self.left_out.emit, theme)
        foot = QHBoxLayout()
        foot.addWidget(self._save)
        foot.addWidget(self._out)
        foot.addStretch(1)
        for part in (self._told, self.list, self._asked):
            self.body.addWidget(part)
        self.body.addLayout(foot)
        self.body.addStretch(1)

    def show_refusals(self, reasons: Mapping[Cell, str], names: Mapping[Cell, str], count: int, *, may_override: bool,
                      ) -> None:
        refused = len(reasons)
        self._told.setText(
            f"{refused} case{'s' if refused > 1 else ''} sur {count} : rien n'est encore enregistré."
            + (" Vous pouvez passer outre en disant pourquoi." if may_override else "")
        )
        self.list.clear()
        for cell, why in reasons.items():
            item = QListWidgetItem(f"{names[cell]}\n{why}")
            item.setData(_ROLE, cell)
            self.list.addItem(item)
        self._asked.setVisible(may_override)
        self._save.setVisible(may_override)
        self._reason.show_error("")
        (self.reason if may_override else self.list).setFocus()

    def _point(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.pointed.emit(item.data(_ROLE))

    def _ask(self) -> None:
        words = self.reason.text().strip()
        if not words:
            self._reason.show_error("Dites pourquoi passer outre : la famille ou la mairie pourra le demander.")
            self.reason.setFocus()
            return
        self.saved.emit(words, Channel(self.channel.currentData()))  # Qt gives back its value


class WishesPanel(SidePanel):
    """« En attente de validation » : each request with its slots and what it would break. `accepted` and `refused` tell
    the wishes, and the words that the family reads."""

    accepted = Signal(object, str)
    refused = Signal(object, str)
    pointed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "En attente de validation")
        self._requests: Sequence[WaitingRequest] = ()
        self._told = label(wrap=True)
        self.list = QListWidget()
        self.list.setAccessibleName("Demandes des familles")
        self.list.setSpacing(theme.px(4))
        self.list.setWordWrap(True)
        self.list.setMinimumHeight(theme.px(180))
        self.list.currentItemChanged.connect(self._point)
        self.reason = QLineEdit()
        self.reason.setMaxLength(REASON_LENGTH * 2)
        self._reason = Field(theme, "Mot&if : ce que la famille lira d'un refus, ou pourquoi passer outre", self.reason)
        self._accept = button("Acc&epter", self._say_yes, theme, kind="primary", icon_name="check")
        self._refuse = button("Refuse&r", self._say_no, theme, icon_name="x")
        foot = QHBoxLayout()
        foot.addWidget(self._accept)
        foot.addWidget(self._refuse)
        foot.addStretch(1)
        for part in (self._told, self.list, self._reason):
            self.body.addWidget(part)
        self.body.addLayout(foot)
        self.body.addStretch(1)

    def show_requests(self, requests: Sequence[WaitingRequest]) -> None:
        kept = self.list.currentRow()
        self._requests = requests
        self.list.clear()
        for request in requests:
            item = QListWidgetItem(_request_in_words(request))
            item.setData(_ROLE, request)
            self.list.addItem(item)
        some = bool(requests)
        self._told.setText(
            "Une demande est acceptée ou refusée en entier ; la famille reçoit un seul courriel." if some
            else "Aucune demande n'attend : les familles ont toutes leur réponse."
        )
        for part in (self.list, self._reason, self._accept, self._refuse):
            part.setVisible(some)
        if some:
            self.list.setCurrentRow(max(0, min(kept, len(requests) - 1)))

    def _chosen(self) -> WaitingRequest | None:
        item: QListWidgetItem | None = self.list.currentItem()
        found: WaitingRequest | None = item.data(_ROLE) if item is not None else None
        return found

    def _point(self, item: QListWidgetItem | None) -> None:
        self._reason.show_error("")
        request: WaitingRequest | None = item.data(_ROLE) if item is not None else None
        for wish in request.wishes[:1] if request is not None else ():
            self.pointed.emit(Cell(wish.child_id, wish.slot_id, wish.day))

    def _say_yes(self) -> None:
        request = self._chosen()
        if request is not None:
            self.accepted.emit(request, self.reason.text().strip())
            self.reason.clear()

    def _say_no(self) -> None:
        request, words = self._chosen(), self.reason.text().strip()
        if request is None:
            return
        if not words:
            self._reason.show_error("Dites pourquoi : la famille le lira.")
            self.reason.setFocus()
            return
        self.refused.emit(request, words)
        self.reason.clear()


def _request_in_words(request: WaitingRequest) -> str:
    received = request.received_at.astimezone(PARIS)
    lines = [f"{request.family} · {request.channel.label}, {received:%d/%m} à {received.hour} h {received.minute:02d}"]
    for wish in request.wishes:
        verb = "réserver" if wish.wish is Wish.BOOK else "annuler"
        lines.append(f"{wish.child} : {verb} {wish.slot}, {french_day(wish.day)}")
        lines += [f"    ▲ {why}" for why in wish.breaks]
        if wish.is_full:
            lines.append("    Plus de place : irait en liste d'attente")
        if wish.is_late:
            lines.append("    Annulation tardive : resterait facturée")
    if request.note:
        lines.append(f"« {request.note} »")
    return "\n".join(lines)
