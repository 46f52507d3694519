"""« Prélèvement » of a family: mandates with a masked account, shown on demand, or only that there is one. No Qt."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Protocol
from uuid import uuid4

from backoffice.bank.commands import AddMandate, EditMandate, MandateAdded, RemoveMandate, ShowIban
from backoffice.bank.countries import iban_lengths
from backoffice.bank.queries import Mandate, MandatesOfFamily, PaysByDebit
from backoffice.bank.rules import MandateValues, grouped_iban, mandate_problems, proposed_reference
from backoffice.families.queries import FamilyFile
from backoffice.kernel.application import Application
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress
from ui.drafting import Drafting
from ui.drafts import Saved, Task, Typed
from ui.forms import Entry, FieldSpec, Reader, typed_day
from ui.presenting import Desk, FaultPage, read_for, write_for
from ui.screens.family.meanwhile import days
from ui.screens.family.sides import Side
from ui.screens.family.tasks import found_problems, task_key

MANDATE = "mandate"


class GiveMandate(Task):
    """A mandate of direct debit; `mandate` when it corrects one, whose account then stays unless typed again."""

    def __init__(
        self, file: FamilyFile, today: date, mandates: Sequence[Mandate], mandate: Mandate | None = None
    ) -> None:
        self.key = task_key(file.id, f"{MANDATE}:{mandate.id}" if mandate else MANDATE)
        self.title = f"Mandat du {french_day(mandate.period.start)}" if mandate else "Nouveau mandat de prélèvement"
        self._seen = frozenset((one.id, one.version) for one in mandates)
        self._mandates = mandates
        self.version = mandate.version if mandate else self._seen
        self.mandate = mandate
        self._family_id = file.id
        self._op_id = uuid4()
        people = tuple((str(member.person_id), member.name) for member in (*file.adults, *file.contacts))
        payer = str(file.payers_today[0].person_id) if file.payers_today else ""
        start, end = (mandate.period.start, mandate.period.end) if mandate else (today, None)
        kept = f"Vide : {mandate.account} est gardé." if mandate else ""
        self.fields = [
            FieldSpec("person_id", "Pa&yeur qui a signé", Entry.CHOICE, str(mandate.person_id) if mandate else payer,
                      required=True, options=(("", "Choisir…"), *people)),
            FieldSpec("holder", "Titu&laire du compte", value=mandate.holder if mandate else "", required=True,
                      hint="Tel qu'il est écrit sur le RIB."),
            FieldSpec("iban", "&IBAN", required=mandate is None, hint=kept, placeholder="FR76 …",
                      stands=mandate.account if mandate else ""),
            FieldSpec("bic", "&BIC", value=mandate.bic if mandate else "", width=14),
            FieldSpec("mandate_reference", "&Référence du mandat (RUM)", required=True,
                      value=mandate.mandate_reference if mandate else proposed_reference(file.id, today)),
            FieldSpec("signed_on", "Si&gné le", Entry.DAY, typed_day(mandate.signed_on if mandate else None),
                      required=True),
            FieldSpec("valid_from", "À partir &du", Entry.DAY, typed_day(start), required=True,
                      hint="" if mandate else "Le mandat en cours se termine la veille.", heading="Prélever"),
            FieldSpec("valid_to", "&Jusqu'au", Entry.DAY, typed_day(end), beside=True),
        ]

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        reader.text("person_id")
        typed = self._read(reader)
        problems = mandate_problems(typed, iban_lengths(), today, keeps_iban=self.mandate is not None)
        return found_problems(reader, problems)

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        typed = self._read(Reader(self.fields, values, today))
        if self.mandate is None:
            command = AddMandate(self._family_id, typed, self._op_id, self._seen)
            added: MandateAdded = app.execute(command, confirmed=confirmed, progress=progress)
            undo = RemoveMandate(added.mandate_id, added.ended_id, added.ended_on)
            return Saved(f"Mandat enregistré à partir du {french_day(typed.valid_from)}.", undo, added)
        edited = app.execute(
            EditMandate(self.mandate.id, self.mandate.version, typed), confirmed=confirmed, progress=progress
        )
        return Saved(f"{self.title} enregistré.", EditMandate(self.mandate.id, edited.version, edited.before), edited)

    def news(self, since: Hashable) -> str:
        known = {mandate_id for mandate_id, _version in since} if isinstance(since, frozenset) else None
        new = [one for one in self._mandates if known is not None and one.id not in known]
        return f"Mandat d'à présent : {', '.join(f'{one.account} {days(one.period)}' for one in new)}." if new else ""

    @staticmethod
    def _read(reader: Reader) -> MandateValues:
        person = reader.text("person_id")
        return MandateValues(
            person_id=int(person) if person else 0,
            holder=reader.text("holder"),
            mandate_reference=reader.text("mandate_reference"),
            signed_on=reader.day("signed_on"),
            valid_from=reader.day("valid_from"),
            valid_to=reader.optional_day("valid_to"),
            iban=reader.text("iban"),
            bic=reader.text("bic"),
        )


@dataclass(frozen=True, slots=True)
class Debit:
    """What the panel shows. `mandates` None: this agent is only told whether the family pays by debit.

    `whole`: the account numbers that were asked for, by mandate.
    """

    pays: bool = False
    mandates: Sequence[Mandate] | None = None
    whole: Mapping[int, str] | None = None

    @property
    def held(self) -> Mandate | None:
        """The mandate of today."""
        return next((mandate for mandate in self.mandates or () if mandate.in_force), None)

    @property
    def others(self) -> Sequence[Mandate]:
        return [mandate for mandate in self.mandates or () if not mandate.in_force]

    def account(self, mandate: Mandate) -> str:
        """Masked, unless the whole was asked for."""
        return (self.whole or {}).get(mandate.id) or mandate.account

    def is_shown(self, mandate: Mandate) -> bool:
        return mandate.id in (self.whole or {})


class BankPage(FaultPage, Protocol):
    """What the presenter asks of the page."""

    def show_debit(self, debit: Debit | None) -> None:
        """None: it is not known yet."""


class BankPresenter(Side):
    """Reads the mandates with the family; a whole account number is asked for, written down, and masked again."""

    def __init__(self, page: BankPage, desk: Desk, drafting: Drafting) -> None:
        self._page = page
        self._desk = desk
        self._drafting = drafting
        self._file: FamilyFile | None = None
        self._debit = Debit()
        may = desk.app.actor.may
        self.may_see, self.may_edit = may("bank.read"), may("bank.read") and may("bank.edit")

    # --- the family ---------------------------------------------------------------------------------------------

    def show_file(self, file: FamilyFile | None) -> None:
        self._file = file
        self._debit = Debit()
        self._page.show_debit(None)
        if file is None:
            return
        family = file.id
        if self.may_see:
            read_for(
                self._page,
                self._desk,
                lambda progress: self._desk.app.ask(MandatesOfFamily(family), progress=progress),
                self._read,
                self._read_again,
                "debit",
            )
        else:
            read_for(
                self._page,
                self._desk,
                lambda progress: self._desk.app.ask(PaysByDebit(family), progress=progress),
                lambda pays: self._show(Debit(pays)),
                self._read_again,
                "debit",
            )

    def _read_again(self) -> None:
        self.show_file(self._file)

    def _read(self, mandates: Sequence[Mandate]) -> None:
        self._show(Debit(any(mandate.in_force for mandate in mandates), mandates))
        task = self._drafting.task
        if isinstance(task, GiveMandate) and self._file is not None:
            self._drafting.noticed(self.task_named(task.key.split("/")[-1]))

    def _show(self, debit: Debit) -> None:
        self._debit = debit
        self._page.show_debit(debit)

    # --- gestures -------------------------------------------------------------------------------------------------

    def begin(self, name: str) -> None:
        """« mandate » for a new one, « mandate:3 » to correct one."""
        task = self.task_named(name)
        if task is not None:
            self._drafting.begin(task)

    def show_account(self, mandate: Mandate) -> None:
        """The whole number; the journal says who asked."""
        write_for(
            self._page,
            self._desk,
            lambda progress: self._desk.app.execute(ShowIban(mandate.id), progress=progress),
            partial(self._account_shown, mandate),
            "Lecture",
        )

    def hide_account(self) -> None:
        self._show(Debit(self._debit.pays, self._debit.mandates))

    def _account_shown(self, mandate: Mandate, iban: str) -> None:
        if mandate in (self._debit.mandates or ()):
            self._show(Debit(self._debit.pays, self._debit.mandates, {mandate.id: grouped_iban(iban)}))
            self._desk.tell("Numéro de compte affiché : c'est enregistré.", None)

    # --- tasks ----------------------------------------------------------------------------------------------------

    def task_named(self, name: str) -> Task | None:
        kind, _, about = name.partition(":")
        if kind != MANDATE or self._file is None or not self.may_edit:
            return None
        today = self._desk.app.clock.today()
        mandate = next((mandate for mandate in self._debit.mandates or () if str(mandate.id) == about), None)
        if mandate is None and about:
            return None
        return GiveMandate(self._file, today, self._debit.mandates or (), mandate)

    def types(self, task: Task) -> bool:
        return isinstance(task, GiveMandate)

    def reread(self, task: Task) -> bool:
        if not self.types(task):
            return False
        self.show_file(self._file)
        return True
