"""Decides what the file of a family shows and what its gestures do. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Protocol, TypeVar

from backoffice.billing.cancelling import InvoiceCancelled
from backoffice.billing.issuing import MonthIssued
from backoffice.billing.lists import InvoiceListRow, InvoicesOfFamily
from backoffice.families.commands import (
    AttachPerson,
    ChangeRole,
    DeleteIncome,
    DeleteQuotient,
    FamilyChanged,
    RemoveMember,
    RestoreIncomes,
    RestoreQuotients,
    SetHolder,
)
from backoffice.families.commands import Place as Standing
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import FamilyFile, IncomeLine, Member, QuotientLine, ReadFamily
from backoffice.kernel.application import Command
from backoffice.kernel.errors import NeedsConfirmation, UserError
from backoffice.kernel.events import Event
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import french_day
from ui.drafting import Drafting
from ui.drafts import NOTHING, Draft, Saved, Task, TaskPage, Typed, undoable
from ui.presenting import Action, Desk, FaultPage, Place, Question, banner_for, read_for
from ui.screens.family.aside import Aside, AsidePage
from ui.screens.family.likeness import Likely, Lookout
from ui.screens.family.sides import Side
from ui.screens.family.tasks import NewPerson, task_key, task_named
from ui.screens.family.words import family_detail, family_title

R = TypeVar("R")

QUESTIONS: Mapping[str, tuple[str, str]] = {
    "person.maybe_known": ("Créer une nouvelle fiche ?", "Créer quand même"),
    "person.known_elsewhere": ("Demander le rattachement ?", "Créer quand même"),
    "member.similar_here": ("Rattacher cette personne ?", "Rattacher quand même"),
    "payers.replaces_planned": ("Abandonner le changement prévu ?", "Remplacer"),
}
_AGREED = frozenset(QUESTIONS)


class Tab(StrEnum):
    """The tabs of the file, by their name in places."""

    SUMMARY = "synthese"
    ADULTS = "adultes"
    CHILDREN = "enfants"
    CONTACTS = "entourage"
    VALUES = "quotient"
    DOCUMENTS = "documents"
    INVOICES = "factures"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Tab.SUMMARY: "Synthèse",
    Tab.ADULTS: "Adultes & payeurs",
    Tab.CHILDREN: "Enfants",
    Tab.CONTACTS: "Entourage",
    Tab.VALUES: "Quotient & ressources",
    Tab.DOCUMENTS: "Documents & inscriptions",
    Tab.INVOICES: "Factures",
}
TAB_OF = {MemberRole.ADULT: Tab.ADULTS, MemberRole.CHILD: Tab.CHILDREN, MemberRole.CONTACT: Tab.CONTACTS}
ROLE_OF = {tab: role for role, tab in TAB_OF.items()}


def ask_link(desk: Desk, values: Callable[[], Typed], *prefixes: str) -> Mapping[str, Action]:
    """Rather than a second record for somebody known to another service: ask that service. The typing waits here.

    `prefixes` stand before the keys of each person typed; the first one whose birth date is known is asked about.
    """

    def go() -> None:
        typed = values()
        prefix = next((each for each in prefixes if typed.get(f"{each}birth_date")), next(iter(prefixes), ""))
        asked = {name: typed.get(f"{prefix}{name}", "") for name in ("last_name", "first_name", "birth_date")}
        desk.go(Place("links", asked))

    return {"person.known_elsewhere": Action("Demander le rattachement", go)}


class FamilyPage(TaskPage, FaultPage, AsidePage, Protocol):
    """What the presenter asks of its page; tasks and what is only read are shown beside the file."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_file(self, file: FamilyFile | None, today: date) -> None: ...

    def show_invoices(self, rows: Sequence[InvoiceListRow] | None) -> None: ...

    def show_tab(self, tab: Tab) -> None: ...

    def choose_person(self, person_id: int) -> None: ...

    def show_likely(self, which: str, found: Sequence[Likely]) -> None: ...


class FamilyPresenter:
    """One family at a time; what was typed and not saved waits in `unfinished` for the next visit."""

    def __init__(self, page: FamilyPage, desk: Desk, unfinished: MutableMapping[str, Draft]) -> None:
        self._page = page
        self._desk = desk
        self._unfinished = unfinished
        self._id = 0
        self._file: FamilyFile | None = None
        self._wanted: Mapping[str, str] = {}
        self.sides: Sequence[Side] = ()
        """What has rights of its own beside the file: given by the page, which shows it."""
        self.drafting = Drafting(
            page, desk, unfinished, self._saved, self._reread, QUESTIONS, ask_link(desk, lambda: self.drafting.values)
        )
        self.aside = Aside(page, desk, self.begin, self.failed)
        self._lookout = Lookout(desk, page.show_likely)
        desk.hear(FamilyChanged, self._family_changed)
        desk.hear(InvoiceCancelled, self._invoices_changed)
        desk.hear(MonthIssued, self._invoices_changed)

    @property
    def may_edit(self) -> bool:
        return self._desk.app.actor.may("families.edit")

    @property
    def file(self) -> FamilyFile | None:
        return self._file

    # --- coming and reading -------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        """`id`, and what to show first: `tab`, `person` (an id), `task` (« add:child », « quotient »…) or `beside`
        (« historique », « essai »)."""
        text = place.parameters.get("id", "")
        wanted = int(text) if text.isascii() and text.isdigit() else 0
        if wanted != self._id:
            self.leave()
            self._id = wanted
            self._page.show_title("Famille")
            self._page.show_tab(Tab.SUMMARY)
        self._wanted = dict(place.parameters)
        if not wanted:
            self.failed(UserError("family.unknown", id=text))
            return
        self.load()

    def load(self) -> None:
        """Read the whole file again."""
        family_id = self._id
        if not family_id:
            return
        self._desk.run.read(
            lambda progress: self._desk.app.ask(ReadFamily(family_id), progress=progress),
            self._loaded,
            self.failed,
            "family",
        )
        self._load_invoices()

    def leave(self) -> None:
        """Forget this family; its unfinished typing is kept."""
        if self.drafting.task is not None:
            self.drafting.leave()
        self.aside.follow(None)
        self._id = 0
        self._file = None
        for side in self.sides:
            side.show_file(None)
        self._page.show_file(None, self._today)
        self._page.show_invoices(())
        self._page.show_banner(None)

    def _loaded(self, file: FamilyFile) -> None:
        if file.id != self._id:
            return
        self._file = file
        self._page.fault_over(self.load)
        self._page.show_title(family_title(file.name), family_detail(file))
        for side in self.sides:
            side.show_file(file)
        self._page.show_file(file, self._today)
        task = self.drafting.task
        if task is not None and not any(side.types(task) for side in self.sides):
            self.drafting.noticed(task_named(task.key.split("/")[-1], file, self._today))
        self.aside.follow(file)
        self._go_where_wanted(file)

    def _go_where_wanted(self, file: FamilyFile) -> None:
        wanted, self._wanted = self._wanted, {}
        if wanted.get("tab") in set(Tab):
            self._page.show_tab(Tab(wanted["tab"]))
        member = next((member for member in file.members if str(member.person_id) == wanted.get("person")), None)
        if member is not None:
            self._page.show_tab(TAB_OF[member.role])
            self._page.choose_person(member.person_id)
        name = wanted.get("task") or self._unfinished_name(file.id)
        if wanted and name:
            self.begin(name)
        person_id = None if member is None else member.person_id
        if wanted.get("beside") == "historique":
            self.aside.show_changes(person_id)
        elif wanted.get("beside") == "essai":
            self.aside.try_tariff(person_id)

    def _unfinished_name(self, family_id: int) -> str:
        prefix = task_key(family_id, "")
        return next((key.removeprefix(prefix) for key in self._unfinished if key.startswith(prefix)), "")

    def _load_invoices(self) -> None:
        family_id = self._id
        if not self._desk.app.actor.may("billing.read"):
            self._page.show_invoices(None)
            return
        read_for(
            self._page,
            self._desk,
            lambda progress: self._desk.app.ask(InvoicesOfFamily(family_id), progress=progress),
            self._page.show_invoices,
            self._load_invoices,
            "invoices",
        )

    def _family_changed(self, event: Event) -> None:
        if isinstance(event, FamilyChanged) and event.family_id == self._id:
            self.load()

    def _invoices_changed(self, _event: Event) -> None:
        if self._id:
            self._load_invoices()

    def _reread(self) -> None:
        task = self.drafting.task
        if task is None or not any(side.reread(task) for side in self.sides):
            self.load()

    def failed(self, error: Exception) -> None:
        """Say above the file what could not be done."""
        banner = banner_for(error, reread=self.load)
        if banner is not None and isinstance(error, UserError) and error.code == "family.unknown":
            banner = replace(banner, actions=(Action("Voir les familles", lambda: self._desk.go(Place("families"))),))
        self._page.show_banner(banner)

    # --- typing ---------------------------------------------------------------------------------------------------

    def begin(self, name: str) -> None:
        """Open what is typed beside the file: « person:30 », « add:child », « record », « payers », « quotient »…"""
        beside = next((task for side in self.sides if (task := side.task_named(name)) is not None), None)
        own = task_named(name, self._file, self._today) if self._file and self.may_edit else None
        task = beside or own
        if task is None:
            return
        self.aside.close()  # also when another typing must be saved first: it is there that it is said
        if self.drafting.begin(task):
            self._page.show_likely("", ())
            self._look()

    def edit_person(self, member: Member) -> None:
        self.begin(f"person:{member.person_id}")

    def add(self, role: MemberRole) -> None:
        self.begin(f"add:{role.value}")

    def correct(self, line: QuotientLine | IncomeLine) -> None:
        kind = "quotient" if isinstance(line, QuotientLine) else "income"
        self.begin(f"{kind}:{line.period.start}")

    def left(self, key: str) -> None:
        """The keyboard leaves a field."""
        self.drafting.left(key)
        if key in {"last_name", "first_name", "birth_date"}:
            self._look()

    def _look(self) -> None:
        """Who may already be this new person."""
        if isinstance(self.drafting.task, NewPerson):
            self._lookout.look("", self.drafting.values, self._today, self._id)

    def attach(self, found: Likely) -> None:
        """The person typed is already recorded: join that record to the family."""
        task = self.drafting.task
        if not isinstance(task, NewPerson):
            return
        holder = task.holder(self.drafting.values)
        command = AttachPerson(task.family_id, found.person_id, task.role, holder)
        saved = Saved(f"{found.name} : fiche rattachée à la famille.", RemoveMember(task.family_id, found.person_id),
                      found.person_id)
        self._do(command, lambda _: saved, partial(self._attached, task))

    def _attached(self, task: Task, saved: Saved) -> None:
        if self.drafting.task is task:
            self.drafting.drop()
        self._saved(task, saved)

    def _saved(self, task: Task, saved: Saved) -> None:
        for side in self.sides:
            side.saved(task, saved)
        undoable(self._page, self._desk, saved)
        if isinstance(task, NewPerson) and isinstance(saved.result, int):
            self._wanted = {"person": str(saved.result)}
            self.load()

    # --- gestures that need no typing -----------------------------------------------------------------------------

    def remove(self, member: Member) -> None:
        """Out of the family; the record stays."""

        def saved(before: Standing) -> Saved:
            undo = AttachPerson(self._id, member.person_id, before.role, before.is_holder)
            return Saved(f"{member.name} ne fait plus partie de la famille.", undo, asked=_AGREED)

        self._do(RemoveMember(self._id, member.person_id), saved)

    def change_role(self, member: Member, role: MemberRole) -> None:
        def saved(before: Standing) -> Saved:
            undo = ChangeRole(self._id, member.person_id, role, before.role, before.is_holder)
            return Saved(f"{member.name} : {role.label.lower()}.", undo)

        self._do(ChangeRole(self._id, member.person_id, member.role, role), saved)

    def set_holder(self, member: Member, *, holder: bool) -> None:
        words = "est titulaire du dossier" if holder else "n'est plus titulaire du dossier"

        def saved(before: bool) -> Saved:
            return Saved(f"{member.name} {words}.", SetHolder(self._id, member.person_id, before))

        self._do(SetHolder(self._id, member.person_id, holder), saved)

    def delete(self, line: QuotientLine | IncomeLine) -> None:
        """A value entered by mistake: the one before takes its days back."""
        family, day = self._id, french_day(line.period.start)
        if isinstance(line, QuotientLine):
            self._do(
                DeleteQuotient(family, line.id, reopen_previous=True),
                lambda change: Saved(f"Quotient du {day} supprimé.",
                                     RestoreQuotients(family, change.after, change.before)),
            )
        else:
            self._do(
                DeleteIncome(family, line.id, reopen_previous=True),
                lambda change: Saved(f"Ressources du {day} supprimées.",
                                     RestoreIncomes(family, change.after, change.before)),
            )

    def _do(
        self,
        command: Command[R],
        words: Callable[[R], Saved],
        then: Callable[[Saved], None] | None = None,
        agreed: frozenset[str] = NOTHING,
    ) -> None:
        """Execute, say what was done with its undo, then go on; one question at most."""

        def done(result: R) -> None:
            saved = words(result)
            if then is not None:
                then(saved)
            else:
                undoable(self._page, self._desk, saved)

        def failed(error: Exception) -> None:
            if isinstance(error, NeedsConfirmation):
                title, verb = QUESTIONS[error.code]
                agreeing = partial(self._do, command, words, then, agreed | {error.code})
                self._desk.ask(Question(title, sentence(error), verb), agreeing)
            else:
                self._page.show_banner(banner_for(error, partial(self._do, command, words, then, agreed)))

        self._page.show_banner(None)
        self._desk.run.write(
            lambda progress: self._desk.app.execute(command, confirmed=agreed, progress=progress),
            done,
            failed,
            "Enregistrement",
        )

    @property
    def is_room(self) -> bool:
        """Whether nothing stands beside the file: neither typing, nor what is only read."""
        return self.drafting.task is None and not self.aside.is_open

    def close(self) -> None:
        """Esc: what is only read goes first, then what is typed."""
        if self.aside.is_open:
            self.aside.close()
        else:
            self.drafting.close()

    # --- going elsewhere ------------------------------------------------------------------------------------------

    def open_invoice(self, row: InvoiceListRow) -> None:
        self._desk.go(Place("invoices", {"invoice": str(row.id)}))

    def open_family(self, family_id: int) -> None:
        self._desk.go(Place("family", {"id": str(family_id)}))

    @property
    def _today(self) -> date:
        return self._desk.app.clock.today()
