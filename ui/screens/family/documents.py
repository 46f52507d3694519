"""« Documents & inscriptions » of a family: what is asked of it, what it sent, what blocks a registration. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from backoffice.catalog.queries import ActivityPlace, ListActivities
from backoffice.documents.events import DocumentsChanged, DocumentTypesChanged
from backoffice.documents.form_lists import FamilyForms, FormLine
from backoffice.documents.forms import FormKind
from backoffice.documents.kinds import ObligationState
from backoffice.documents.obligations import FamilyObligations, ListObligations
from backoffice.documents.rules import Obligation
from backoffice.documents.types import AdoptStartingTypes, DocumentTypeLine, ListDocumentTypes
from backoffice.documents.waiving import ListWaivers, WaiverLine
from backoffice.families.queries import FamilyFile
from backoffice.kernel.events import Event
from backoffice.kernel.progress import Progress
from backoffice.letters.events import LettersChanged
from backoffice.registrations.events import RegistrationsChanged
from backoffice.registrations.queries import ListRegistrations, RegistrationLine
from ui.drafting import Drafting
from ui.drafts import Saved, Task
from ui.presenting import Banner, Desk, FaultPage, Paper, Place, Severity, read_for, write_for
from ui.screens.family.document_tasks import JOIN, REGISTER, WAIVE, EndStay, JoinDocument, RegisterTask, WaiveDocument
from ui.screens.family.form_tasks import FILL, FillForm
from ui.screens.family.sides import Side
from ui.signing import send, together

_END = "end"


@dataclass(frozen=True, slots=True)
class Papers:
    """Everything the tab shows. `types`: those that may still be asked for; `activities`: still offered."""

    obligations: FamilyObligations
    registrations: Sequence[RegistrationLine] = ()
    waivers: Sequence[WaiverLine] = ()
    types: Sequence[DocumentTypeLine] = ()
    activities: Sequence[ActivityPlace] = ()
    today: date = date.min
    lines: Sequence[PaperLine] = field(default_factory=tuple)
    forms: Sequence[FormLine] = ()

    @property
    def headline(self) -> str:
        """What the family reads of itself, and the names of the children it blocks."""
        if not self.types:
            return "La commune ne demande encore aucune pièce : un administrateur peut adopter la liste proposée."
        if not self.obligations.asked:
            return "Rien n'est demandé : aucun enfant n'est inscrit."
        blocked = [self.obligations.names[child] for child in sorted(self.obligations.blocked)]
        if blocked:
            return f"Document(s) manquant(s) : pas de nouvelle inscription possible pour {', '.join(blocked)}."
        return "Toutes les pièces obligatoires sont validées."

    @property
    def is_blocking(self) -> bool:
        return bool(self.obligations.blocked)

    @property
    def counted(self) -> str:
        """« 6 à envoyer : 2 pour la famille, 4 pour ROUX Noé », as on the portal."""
        counters = self.obligations.counters
        if not counters.total:
            return ""
        parts = [f"{counters.family} pour la famille"] if counters.family else []
        parts += [f"{count} pour {self.obligations.names.get(person, '')}" for person, count in counters.people.items()]
        return f"{counters.total} à envoyer : {', '.join(parts)}"


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One thing asked, as a line of the table."""

    obligation: Obligation
    whom: str

    @property
    def is_optional(self) -> bool:
        """Not asked for unless the family has it: nothing waits for it."""
        return not self.obligation.is_mandatory and self.obligation.state is ObligationState.MISSING

    @property
    def state(self) -> str:
        return "Facultative" if self.is_optional else self.obligation.state.label


class PapersPage(FaultPage, Protocol):
    """What the presenter asks of the page."""

    def show_papers(self, papers: Papers | None) -> None:
        """None: not known yet, or not for this agent."""

    def show_paper(self, paper: Paper) -> None: ...


class PapersPresenter(Side):
    """Reads with the family; joins documents, gives waivers, registers children."""

    def __init__(self, page: PapersPage, desk: Desk, drafting: Drafting) -> None:
        self._page, self._desk, self._drafting = page, desk, drafting
        self._file: FamilyFile | None = None
        self._papers: Papers | None = None
        self._files: tuple[Path, ...] = ()
        may = desk.app.actor.may
        self.may_see = may("documents.read")
        self.may_join, self.may_waive = may("documents.add"), may("documents.waive")
        self.may_register, self.may_configure = may("registrations.edit"), may("documents.configure")
        self.may_make, self.may_fill = may("documents.add"), may("documents.add") and may("health.read")
        self.may_send = self.may_make and may("letters.write")
        desk.hear(DocumentsChanged, self._changed)
        desk.hear(LettersChanged, self._changed)
        desk.hear(RegistrationsChanged, self._changed)
        desk.hear(DocumentTypesChanged, lambda _event: self._read())

    # --- the family -----------------------------------------------------------------------------------------------

    def show_file(self, file: FamilyFile | None) -> None:
        left = file is None or self._file is None or file.id != self._file.id
        self._file = file
        if left:
            self._papers = None
            self._page.show_papers(None)
        if file is not None and self.may_see:
            self._read()

    def _changed(self, event: Event) -> None:
        if self._file is not None and getattr(event, "family_id", None) == self._file.id:
            self._read()

    def _read(self) -> None:
        file = self._file
        if file is None or not self.may_see:
            return
        read_for(
            self._page, self._desk, lambda progress: self._ask(file.id, progress), self._show, self._read, "papers"
        )

    def _ask(self, family_id: int, progress: Progress) -> Papers:
        app, today = self._desk.app, self._desk.app.clock.today()
        asked = app.ask(ListObligations(family_id), progress=progress)
        registrations = app.ask(ListRegistrations(family_id)) if app.actor.may("registrations.read") else ()
        activities = [
            each for each in app.ask(ListActivities()) if each.last_day is None or each.last_day >= today
        ]
        pressing = sorted(asked.asked, key=lambda each: not (each.is_mandatory and not each.is_met))
        lines = tuple(PaperLine(each, asked.names.get(each.person_id or 0, "Famille")) for each in pressing)
        types = [each for each in app.ask(ListDocumentTypes())
                 if each.values.last_day is None or each.values.last_day >= today]
        waivers = app.ask(ListWaivers(family_id))
        forms = app.ask(FamilyForms(family_id))
        return Papers(asked, registrations, waivers, types, activities, today, lines, forms)

    def _show(self, papers: Papers) -> None:
        self._papers = papers
        self._page.show_papers(papers)

    # --- gestures -------------------------------------------------------------------------------------------------

    def join(self, files: Sequence[Path], about: PaperLine | None = None) -> None:
        """Files were chosen, or dropped; `about`: the line they were meant for."""
        if files and self.may_join:
            self._files = tuple(files)
            self.begin(f"{JOIN}:{_named(about)}" if about else JOIN)

    def adopt(self) -> None:
        """The proposed list becomes the town's."""
        write_for(
            self._page, self._desk,
            lambda progress: self._desk.app.execute(AdoptStartingTypes(), progress=progress),
            lambda count: self._desk.tell(f"{count} types de pièces adoptés : ils se modifient un par un.", None),
            "Types de pièces",
        )

    def waive(self, line: PaperLine) -> None:
        self.begin(f"{WAIVE}:{_named(line)}")

    def register(self) -> None:
        self.begin(REGISTER)

    def end(self, line: RegistrationLine) -> None:
        self.begin(f"{_END}:{line.id}")

    def see_as_family(self) -> None:
        """What its portal shows the family."""
        if self._file is not None:
            self._desk.go(Place("as_family", {"id": str(self._file.id)}))

    def open_form(self, line: FormLine) -> None:
        """Made anew from the file of today, without anything of health."""
        if not self.may_make:
            return
        write_for(
            self._page, self._desk, lambda progress: together(self._desk.app, [line], "", progress),
            self._page.show_paper, line.kind.label,
        )

    def fill_form(self, line: FormLine) -> None:
        """The same with what the health sheet says, once the agent said why it is opened."""
        self.begin(f"{FILL}:{line.child_id}")

    def send_form(self, line: FormLine) -> None:
        if not self.may_send:
            return
        if not line.has_address:
            text = "Cette famille n'a pas d'adresse de courriel : imprimez la fiche, ou complétez le dossier."
            self._page.show_banner(Banner(Severity.WARNING, text))
            return
        write_for(
            self._page, self._desk, lambda progress: send(self._desk.app, [line], progress),
            lambda _count: self._desk.tell("Fiche envoyée sans renseignement de santé : le courriel part dans une "
                                           "minute.", None),
            line.kind.label,
        )

    def saved(self, task: Task, saved: Saved) -> None:
        if isinstance(task, FillForm) and isinstance(saved.result, Paper):
            self._page.show_paper(saved.result)

    def begin(self, name: str) -> None:
        task = self.task_named(name)
        if task is not None:
            self._drafting.begin(task)

    # --- tasks ----------------------------------------------------------------------------------------------------

    def task_named(self, name: str) -> Task | None:
        file, papers = self._file, self._papers
        if file is None or papers is None:
            return None
        kind, _, about = name.partition(":")
        line = next((each for each in papers.lines if _named(each) == about), None)
        if kind == JOIN and self._files and self.may_join:
            return JoinDocument(file, self._files, papers.types, line.obligation if line else None)
        if kind == WAIVE and line is not None and self.may_waive:
            return WaiveDocument(file, line.obligation, line.whom, papers.today)
        if kind == REGISTER and self.may_register:
            return RegisterTask(file, papers.activities, papers.today)
        filled = next((each for each in papers.forms
                       if each.kind is FormKind.HEALTH and str(each.child_id) == about), None)
        child = next((each for each in file.children if str(each.person_id) == about), None)
        if kind == FILL and filled is not None and child is not None and self.may_fill:
            return FillForm(file, child, filled)
        held = next((each for each in papers.registrations if str(each.id) == about), None)
        if kind == _END and held is not None and self.may_register:
            return EndStay(file, held)
        return None

    def types(self, task: Task) -> bool:
        return isinstance(task, JoinDocument | WaiveDocument | RegisterTask | EndStay | FillForm)

    def reread(self, task: Task) -> bool:
        if not self.types(task):
            return False
        self._read()
        return True


def _named(line: PaperLine) -> str:
    """What names a line in a place: its first type, and the person."""
    return f"{line.obligation.type_ids[0]}-{line.obligation.person_id or 0}"
