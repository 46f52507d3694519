"""The bar under every page: what is being done, how far, how to stop it; what was done, how to undo it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QWidget

from ui.jobs import Job, Jobs
from ui.presenting import Action
from ui.theme.tokens import Theme
from ui.widgets.basics import button, clear, label

_SHOWN_AFTER_MS = 400   # quicker work shows no bar: it would only blink
_NEWS_SHOWN_MS = 10_000
_UNDO = "Annuler"  # what every gesture that undoes is called


class StatusBar(QFrame):
    """One line of work under way at the left, one line of news at the right."""

    def __init__(self, theme: Theme, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "status")
        # As high with a button as without: what is above must not move when something is told.
        self.setMinimumHeight(theme.size("control", "button") + 2 * theme.px(2) + 1)
        self._theme = theme
        self._under_way: list[Job] = []
        self._told: Action | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.px(12), theme.px(2), theme.px(12), theme.px(2))
        layout.setSpacing(theme.px(12))
        self._work = label(kind="small")
        self._bar = QProgressBar()
        self._bar.setFixedWidth(theme.px(180))
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Avancement")
        self._stop = button("Arrêter", self._cancel, theme, kind="link")
        self._news = label(kind="small")
        self._gesture = QHBoxLayout()
        for widget in (self._work, self._bar, self._stop):
            layout.addWidget(widget)
            widget.hide()
        layout.addStretch(1)
        layout.addWidget(self._news)
        layout.addLayout(self._gesture)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_SHOWN_AFTER_MS)
        self._late.timeout.connect(self._show_work)
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(_NEWS_SHOWN_MS)
        self._forget.timeout.connect(lambda: self.tell("", None))
        jobs.started.connect(self._start)
        jobs.progressed.connect(self._advance)
        jobs.ended.connect(self._end)
        for job in jobs.under_way:  # begun in a window that wore other clothes
            if job.label:
                self._start(job)

    def tell(self, text: str, action: Action | None) -> None:
        """Say that something is done, with the gesture that undoes it."""
        clear(self._gesture)
        self._told = action
        self._news.setText(text)
        if action is not None:
            self._gesture.addWidget(button(action.label, action.run, self._theme, kind="link"))
        if text:
            self._forget.start()

    def undo(self) -> bool:
        """Ctrl+Z: undo what was just told; False when nothing of it can be undone any more."""
        found, self._told = self._told, None
        if found is None or found.label != _UNDO:
            return False
        found.run()
        return True

    @property
    def _job(self) -> Job | None:
        """The work shown: the latest begun."""
        return self._under_way[-1] if self._under_way else None

    def _start(self, job: Job) -> None:
        self._under_way.append(job)
        self._announce(job)
        self._late.start()

    def _announce(self, job: Job) -> None:
        self._work.setText(f"{job.label}…")
        self._bar.setRange(0, 0)

    def _show_work(self) -> None:
        for widget in (self._work, self._bar, self._stop):
            widget.show()

    def _advance(self, job: Job, done: int, total: int, what: str) -> None:
        if job is not self._job:
            return
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(done)
        self._work.setText(f"{what} : {done} sur {total}")

    def _end(self, job: Job) -> None:
        shown = job is self._job
        self._under_way.remove(job)
        if self._job is not None:
            if shown:
                self._announce(self._job)
            return
        self._late.stop()
        for widget in (self._work, self._bar, self._stop):
            widget.hide()

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._work.setText("Arrêt…")
