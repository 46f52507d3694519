"""Decides what the page of contracts shows: the contracts, the sheet of one, the hours week by week. No Qt."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from backoffice.attendance.commands import AttendanceOfDayChanged
from backoffice.contracts.commands import DropDraft, SignContract
from backoffice.contracts.days import Booked
from backoffice.contracts.events import ContractsChanged
from backoffice.contracts.following import FollowHours, WeekOfHours
from backoffice.contracts.kinds import ContractState
from backoffice.contracts.queries import (
    ContractChoice,
    ContractFigures,
    ContractLine,
    FigureContract,
    ListContractChoices,
    ListContracts,
)
from backoffice.kernel.application import Query
from backoffice.kernel.events import Event
from ui.drafting import Drafting
from ui.drafts import Draft, Saved, Task, TaskPage
from ui.presenting import Desk, FaultPage, Place, Question, read_for, write_for
from ui.screens.contracts.tasks import amend_task, change_task, draft_task, end_task
from ui.screens.contracts.words import days_of

R = TypeVar("R")

_WEEKS_SHOWN = 26
_NOBODY = (
    "Aucun enfant n'est inscrit à une activité comptée en heures : inscrivez-le d'abord dans le dossier de sa famille,"
    " onglet « Documents & inscriptions »."
)


class Shown(StrEnum):
    """The chips."""

    CONTRACTS = "contracts"
    HOURS = "hours"

    @property
    def label(self) -> str:
        return {"contracts": "&Contrats", "hours": "&Heures et taux"}[self.value]


class ContractsPage(TaskPage, FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_view(self, shown: Shown) -> None: ...

    def show_contracts(self, lines: Sequence[ContractLine]) -> None: ...

    def show_sheet(self, line: ContractLine, figures: ContractFigures | None) -> None: ...

    def show_weeks(self, weeks: Sequence[WeekOfHours]) -> None: ...

    def is_seen(self) -> bool: ...


class ContractsPresenter:
    """One chip at a time; a contract chosen shows what it comes to."""

    def __init__(self, page: ContractsPage, desk: Desk, unfinished: MutableMapping[str, Draft]) -> None:
        self._page = page
        self._desk = desk
        self._context = desk.context
        self.today = desk.app.clock.today()
        self.shown = Shown.CONTRACTS
        self.may_edit = desk.app.actor.may("attendance.edit")
        self._chosen: ContractLine | None = None
        self.drafting = Drafting(page, desk, unfinished, self._saved, self.load, day=desk.context.day)
        for kind in (ContractsChanged, AttendanceOfDayChanged):
            desk.hear(kind, self._changed)
        self._context.listen(self._follow)

    def open(self, place: Place) -> None:
        """`view`: one of `Shown`."""
        wanted = place.parameters.get("view", "")
        self.shown = Shown(wanted) if wanted in set(Shown) else self.shown
        self._page.show_banner(None)
        self.choose(self.shown)

    def choose(self, shown: Shown) -> None:
        self.shown = shown
        self._desk.named(Place("contracts", {"view": shown.value}))
        self._page.show_view(shown)
        self.load()

    def load(self) -> None:
        structure = self._context.structure_id
        if self.shown is Shown.CONTRACTS:
            self._read(ListContracts(structure), self._listed)
        else:
            year = self._context.year.period
            # What is still to come, or happens today, would count as reserved and not attended.
            last = min(self.today - timedelta(days=1), year.end or self.today)
            first = max(year.start, last - timedelta(weeks=_WEEKS_SHOWN))
            self._read(FollowHours(first - timedelta(days=first.weekday()), last, structure), self._weeks_read)

    def _read(self, query: Query[R], done: Callable[[R], None]) -> None:
        app = self._desk.app
        read_for(self._page, self._desk, lambda progress: app.ask(query, progress=progress), done, self.load,
                 type(query).__name__)

    def _listed(self, lines: Sequence[ContractLine]) -> None:
        running = sum(line.moment(self.today) == "En cours" for line in lines)
        self._page.show_title("Contrats", f"{running} en cours sur {len(lines)}" if lines else "")
        self._page.show_contracts(lines)

    def _weeks_read(self, weeks: Sequence[WeekOfHours]) -> None:
        self._page.show_title("Contrats", "heures réservées, réalisées, facturées")
        self._page.show_weeks(weeks)

    def select(self, line: ContractLine | None) -> None:
        """Show what a contract comes to."""
        self._chosen = line
        if line is None:
            return
        self._page.show_sheet(line, None)
        query = FigureContract(line.slot_id, line.terms, line.child_id)

        def done(figures: ContractFigures) -> None:
            if self._chosen is not None and self._chosen.id == line.id:
                self._page.show_sheet(line, figures)

        self._read(query, done)

    # --- gestures ---------------------------------------------------------------------------------------------------

    def add(self) -> None:
        """« Nouveau contrat »."""

        def choices(found: Sequence[ContractChoice]) -> None:
            if found:
                self.drafting.begin(draft_task(found, self.today))
            else:
                self._desk.tell(_NOBODY, None)

        self._read(ListContractChoices(self._context.structure_id), choices)

    def edit(self, line: ContractLine) -> None:
        """Its draft, or an amendment once it is signed."""
        if line.state is ContractState.DRAFT:
            self.drafting.begin(change_task(line))
        elif line.state is ContractState.SIGNED:
            self.drafting.begin(amend_task(line, self.today))

    def end(self, line: ContractLine) -> None:
        if line.state is ContractState.SIGNED:
            self.drafting.begin(end_task(line, self.today))

    def sign(self, line: ContractLine) -> None:
        """Signing books every day: it is said before."""
        text = (
            f"{line.child}, {days_of(line)} : chaque jour ouvert devient une réservation avec ses heures. Un contrat"
            " signé ne se modifie plus que par avenant."
        )
        self._desk.ask(Question("Signer ce contrat ?", text, "Signer"), lambda: self._sign(line))

    def _sign(self, line: ContractLine) -> None:
        app = self._desk.app

        def done(booked: Booked) -> None:
            kept = f", {booked.kept} déjà pointés ou facturés laissés tels quels" if booked.kept else ""
            self._desk.tell(f"Contrat signé : {booked.written} jours réservés{kept}.", None)
            self.load()

        write_for(self._page, self._desk,
                  lambda progress: app.execute(SignContract(line.id, line.version), progress=progress), done,
                  "Signature du contrat")

    def drop(self, line: ContractLine) -> None:
        app = self._desk.app

        def done(_: None) -> None:
            self._desk.tell("Brouillon abandonné.", None)
            self.load()

        write_for(self._page, self._desk,
                  lambda progress: app.execute(DropDraft(line.id, line.version), progress=progress), done)

    def open_family(self, line: ContractLine) -> None:
        self._desk.go(Place("family", {"id": str(line.family_id)}))

    # --- answers ----------------------------------------------------------------------------------------------------

    def _saved(self, _task: Task, saved: Saved) -> None:
        self._desk.tell(saved.told, None)
        self.load()

    def _changed(self, _event: Event) -> None:
        if self._page.is_seen():
            self.load()

    def _follow(self) -> None:
        if self._page.is_seen():
            self.load()
