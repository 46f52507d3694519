"""« Relancer » : who will be written to and what each will read, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout

from backoffice.documents.reminding import ReminderDraft, ReminderPlan
from ui.screens.follow_up.words import counted
from ui.theme.tokens import Theme
from ui.widgets.basics import button, label
from ui.widgets.reading import ReadingView
from ui.widgets.side import SidePanel
from ui.widgets.table.columns import shown

_LEAST_LETTER = 220  # logical pixels


class ReminderPanel(SidePanel):
    """`sent` is « Envoyer » ; `again`: whether those reminded of late are wanted too."""

    sent = Signal()
    again = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Relancer les familles")
        self._drafts: Sequence[ReminderDraft] = ()
        self._place = 0
        self._told = label(wrap=True)
        self._again = QCheckBox()
        self._again.clicked.connect(self.again)
        self._whom = label(kind="strong", wrap=True)
        self.letter = ReadingView(theme, "Courriel, tel que la famille le lira")
        self.letter.setMinimumHeight(theme.px(_LEAST_LETTER))
        self._before = button("Précédent", lambda: self._move(-1), theme, icon_name="chevron-left")
        self._after = button("Suivant", lambda: self._move(1), theme, icon_name="chevron-right")
        self._number = label(kind="secondary")
        turning = QHBoxLayout()
        turning.setSpacing(theme.px(8))
        for part in (self._before, self._after, self._number):
            turning.addWidget(part)
        turning.addStretch(1)
        self._send = button("&Envoyer", self.sent.emit, theme, kind="primary", icon_name="mail", shortcut="Ctrl+Return")
        foot = QHBoxLayout()
        foot.addWidget(self._send)
        foot.addStretch(1)
        self.body.addWidget(self._told)
        self.body.addWidget(self._again)
        self.body.addWidget(self._whom)
        self.body.addWidget(self.letter, 1)
        self.body.addLayout(turning)
        self.body.addWidget(label("Retenu une minute avant de partir : « Annuler » l'arrête.", "caption", wrap=True))
        self.body.addLayout(foot)

    def show_plan(self, plan: ReminderPlan, words: str, *, again: bool) -> None:
        self._drafts, self._place = plan.drafts, 0
        self._told.setText(words)
        self._again.setVisible(bool(plan.recent))
        self._again.setText(f"Aussi les {shown(plan.recent)} relancées récemment" if plan.recent > 1
                            else "Aussi celle qui fut relancée récemment")
        self._again.setChecked(again)
        count = len(plan.drafts)
        self._send.setText(f"&Envoyer {counted(count, 'rappel')}" if count else "&Envoyer")
        self._send.setAccessibleName(self._send.text().replace("&", ""))
        self._send.setEnabled(bool(count))
        self._show_draft()

    def show_sending(self, *, sending: bool) -> None:
        self._send.setEnabled(not sending and bool(self._drafts))
        self._again.setEnabled(not sending)

    def take_keyboard(self) -> None:
        (self._send if self._drafts else self._again).setFocus()

    def _move(self, by: int) -> None:
        self._place = (self._place + by) % len(self._drafts)
        self._show_draft()

    def _show_draft(self) -> None:
        seen = bool(self._drafts)
        for part in (self._whom, self.letter, self._number):
            part.setVisible(seen)
        for turn in (self._before, self._after):
            turn.setVisible(len(self._drafts) > 1)
        if not seen:
            return
        draft = self._drafts[self._place]
        self._whom.setText(f"{draft.family}, {draft.to_address or 'sans adresse : à imprimer'}")
        self._number.setText(f"{shown(self._place + 1)} sur {shown(len(self._drafts))}")
        with self.letter.written() as page:
            page.line(draft.written.subject, "group", "text", above=0)
            for paragraph in draft.written.body.splitlines():
                page.line(paragraph, "body", "text", above=2)
