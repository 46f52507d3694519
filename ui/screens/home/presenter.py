"""Decides what « Mon travail » shows and where each line leads. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from backoffice.attendance.commands import AttendanceOfDayChanged
from backoffice.billing.billed import BilledMonth
from backoffice.billing.cancelling import InvoiceCancelled
from backoffice.billing.issuing import MonthIssued
from backoffice.billing.months import MonthFigures
from backoffice.families.events import FamilyChanged, FamilyCreated, LinksChanged
from backoffice.home import places
from backoffice.home.work import MyWork, Work, WorkItem, WorkKey, WorkSeverity
from backoffice.importing.takeover import DataImported
from backoffice.kernel.events import Event
from backoffice.kernel.periods import french_day
from backoffice.kernel.zone import PARIS
from backoffice.worker.queries import TaskState, WorkerState
from ui.days import long_day, short_day
from ui.places import BY_NAME
from ui.presenting import Banner, Desk, FaultPage, Place, Severity, read_for

_ELSEWHERE = {"carried": "billing"}
_SOON_DAYS = 3
_REFRESHING: Sequence[type[Event]] = (
    AttendanceOfDayChanged, DataImported, FamilyChanged, FamilyCreated, InvoiceCancelled, LinksChanged, MonthIssued
)


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A line as it is read. `urgency` None: the deadline is far, or there is none."""

    key: WorkKey
    label: str
    count: int
    detail: str
    blocking: bool
    deadline: str
    deadline_tip: str
    urgency: Severity | None
    target: Place


@dataclass(frozen=True, slots=True)
class LastBilling:
    """The month billed last, all its runs together, and the months that ended, oldest first."""

    billed: BilledMonth
    months: tuple[MonthFigures, ...]

    @property
    def sentence(self) -> str:
        """« octobre 2026, 165 factures (1 annulée), dernière émission le 20/11/2026 »."""
        billed = self.billed
        cancelled = f" ({counted(billed.cancelled_count, 'annulée')})" if billed.cancelled_count else ""
        invoices = f"{counted(billed.invoice_count, 'facture')}{cancelled}"
        return f"{billed.month.in_french}, {invoices}, dernière émission le {french_day(billed.last_issued_on)}"


class HomePage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_work(self, lines: Sequence[WorkLine]) -> None: ...

    def show_billing(self, last: LastBilling | None, following: MonthFigures | None) -> None: ...

    def is_seen(self) -> bool: ...


class HomePresenter:
    """One table by deadline; Enter goes where the work is done."""

    def __init__(self, page: HomePage, desk: Desk) -> None:
        self._page = page
        self._desk = desk
        page.show_title("Mon travail", long_day(desk.app.clock.today()))
        for kind in _REFRESHING:
            desk.hear(kind, self._changed)
        desk.context.listen(self._follow)

    def load(self) -> None:
        query = MyWork(self._desk.context.structure_id, self._desk.context.other_year)
        read_for(
            self._page,
            self._desk,
            lambda progress: self._desk.app.ask(query, progress=progress),
            self._loaded,
            self.load,
            "work",
        )

    def start(self, line: WorkLine) -> None:
        self._desk.go(line.target)

    def prepare_billing(self, following: MonthFigures) -> None:
        self._desk.go(Place("billing", {"month": str(following.month)}))

    def show_invoices(self, last: LastBilling) -> None:
        self._desk.go(Place("invoices", {"month": str(last.billed.month)}))

    # --- answers ----------------------------------------------------------------------------------------------

    def _loaded(self, work: Work) -> None:
        self._page.show_banner(worker_banner(work.worker))
        self._page.show_title("Mon travail", long_day(work.today))
        self._page.show_work([line_of(item, work.today) for item in work.items])
        last = LastBilling(work.last_billing, work.spark) if work.last_billing is not None else None
        self._page.show_billing(last, work.next_billing)

    def _changed(self, _event: Event) -> None:
        self._follow()

    def _follow(self) -> None:
        # Every visit reads again: counts that nobody looks at can wait.
        if self._page.is_seen():
            self.load()


def worker_banner(worker: WorkerState) -> Banner | None:
    """What to say when what nobody presses a button for is not done."""
    if worker.is_absent:
        words = f"Le service de fond {worker.absence}"
    elif worker.late is not None:
        words = _lateness(worker.late)
    else:
        return None
    return Banner(Severity.WARNING, f"{words} : prévenez l'administrateur de la base.")


def _lateness(task: TaskState) -> str:
    """« Sauvegarder la base » n'a plus réussi depuis le 03/11/2026."""
    if task.done_at is None:
        return f"« {task.label} » n'a encore jamais réussi"
    return f"« {task.label} » n'a plus réussi depuis le {french_day(task.done_at.astimezone(PARIS).date())}"


def line_of(item: WorkItem, today: date) -> WorkLine:
    """A line of work in words."""
    blocking = item.severity is WorkSeverity.BLOCKING
    return WorkLine(
        key=item.key,
        label=item.label,
        count=item.count,
        detail=f"{item.severity.label.lower()} : {item.detail}" if blocking else item.detail,
        blocking=blocking,
        deadline=deadline_words(item.deadline, today),
        deadline_tip=long_day(item.deadline) if item.deadline else "Rien ne presse.",
        urgency=urgency(item.deadline, today),
        target=place_of(item.target),
    )


def deadline_words(deadline: date | None, today: date) -> str:
    """« dépassée de 33 jours », « aujourd'hui », « demain », « jeu. 17/12 », « sans date »."""
    if deadline is None:
        return "sans date"
    days = (deadline - today).days
    if days < 0:
        return f"dépassée de {counted(-days, 'jour')}"
    return {0: "aujourd'hui", 1: "demain"}.get(days) or short_day(deadline, today)


def urgency(deadline: date | None, today: date) -> Severity | None:
    """Past is danger, the next three days a warning."""
    if deadline is None or (deadline - today).days > _SOON_DAYS:
        return None
    return Severity.DANGER if deadline < today else Severity.WARNING


def place_of(target: places.Place) -> Place:
    """Where the window goes for a target of the work; a page that does not exist yet has a neighbour that does."""
    screen = _ELSEWHERE.get(target.screen, target.screen) if target.screen not in BY_NAME else target.screen
    return Place(screen if screen in BY_NAME else "home", dict(target.parameters))


def counted(count: int, word: str) -> str:
    """« 1 facture », « 165 factures »."""
    return f"{count} {word}{'s' if count > 1 else ''}"
