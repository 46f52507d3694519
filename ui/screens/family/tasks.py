"""What can be typed in the file of a family: each task, its fields, its command and what undoes it. No Qt."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from uuid import uuid4

from backoffice.families.commands import (
    AddPerson,
    ChangePayers,
    EditFamily,
    EditPerson,
    HeldPayer,
    RemoveMember,
    RestoreIncomes,
    RestorePayers,
    RestoreQuotients,
    SetIncome,
    SetQuotient,
)
from backoffice.families.kinds import ChangeGroup, MemberRole
from backoffice.families.queries import FamilyFile, HeldIncome, HeldQuotient, IncomeLine, Member, QuotientLine
from backoffice.families.rules import (
    FamilyValues,
    PersonValues,
    family_problems,
    income_problems,
    person_problems,
    quotient_problems,
    quotient_words,
)
from backoffice.kernel.application import Application
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import euros
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress
from ui.drafts import Saved, Task, Typed
from ui.forms import YES, Entry, FieldSpec, Reader, typed_day, typed_money
from ui.screens.family.meanwhile import came, days, last_change
from ui.screens.family.words import ADD_WORDS

_NO_TITLE = ("", "—")
_TITLES = (_NO_TITLE, ("Mme", "Mme"), ("M.", "M."))
_SEXES = (("", "—"), ("F", "Fille"), ("M", "Garçon"))
_SOURCES = tuple(
    (words, words) for words in ("attestation CAF", "attestation MSA", "avis d'imposition", "sur l'honneur")
)
_PERSON_TEXTS = frozenset(f.name for f in fields(PersonValues)) - {"birth_date"}


# --- people ------------------------------------------------------------------------------------------------------


def person_fields(values: PersonValues, role: MemberRole, *, address: bool = True) -> list[FieldSpec]:
    """What is asked of a person: a child has a birth date and a sex first, an adult a phone."""
    child = role is MemberRole.CHILD
    names = [
        FieldSpec("last_name", "&Nom", value=values.last_name, required=True),
        FieldSpec("first_name", "P&rénom", value=values.first_name, required=True),
    ]
    born = FieldSpec("birth_date", "Né(e) &le", Entry.DAY, typed_day(values.birth_date))
    reached = [
        FieldSpec("mobile", "Mo&bile", Entry.PHONE, values.mobile, heading="Coordonnées"),
        FieldSpec("phone", "Autre téléphone", Entry.PHONE, values.phone, beside=True),
        FieldSpec("email", "&Courriel", value=values.email, placeholder="prenom.nom@courriel.fr"),
    ]
    home = [
        FieldSpec("street", "Adresse", Entry.LINES, values.street),
        FieldSpec("postcode", "C&ode postal", value=values.postcode),
        FieldSpec("city", "Commune", value=values.city, beside=True),
    ]
    if child:
        sex = FieldSpec("sex", "Sexe", Entry.CHOICE, values.sex, options=_SEXES)
        reached[0] = replace(reached[0], heading="Coordonnées, si l'enfant a les siennes")
        asked = [*names, born, sex, *reached]
    else:
        title = FieldSpec("title", "Civilité", Entry.CHOICE, values.title, options=_TITLES, width=6)
        birth_name = FieldSpec("birth_name", "Nom de naissance", value=values.birth_name)
        asked = [title, *names, birth_name, born, *reached]
    return [*asked, *home] if address else asked


def read_person(reader: Reader, specs: Iterable[FieldSpec], before: PersonValues, prefix: str = "") -> PersonValues:
    """What was typed of a person; what is not asked stays as before."""
    asked = {spec.key.removeprefix(prefix) for spec in specs if spec.key.startswith(prefix)}
    texts = {name: reader.text(prefix + name) for name in asked & _PERSON_TEXTS}
    born = reader.optional_day(f"{prefix}birth_date") if "birth_date" in asked else before.birth_date
    return replace(before, birth_date=born, **texts)


def found_problems(reader: Reader, problems: Mapping[str, UserError], prefix: str = "") -> dict[str, str]:
    """What could not be read, and what cannot be saved."""
    found = {f"{prefix}{key}": sentence(error) for key, error in problems.items()} | reader.errors
    if "valid_from" in reader.errors:
        found.pop("valid_to", None)  # it was compared with a day that nobody typed
    return found


class CorrectPerson(Task):
    """The record of somebody in the family, for all their families."""

    version: int

    def __init__(self, file: FamilyFile, member: Member) -> None:
        self._family_id = file.id
        self.key = task_key(file.id, f"person:{member.person_id}")
        self.title = member.name
        self.version = member.version
        self.fields = person_fields(member.person, member.role)
        self._member = member

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        person = read_person(reader, self.fields, self._member.person)
        return found_problems(reader, person_problems(person, today, self._member.person))

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        person = read_person(Reader(self.fields, values, today), self.fields, self._member.person)
        id_ = self._member.person_id
        edited = app.execute(EditPerson(id_, self.version, person), confirmed=confirmed, progress=progress)
        return Saved(f"Fiche de {self.title} enregistrée.", EditPerson(id_, edited.version, edited.before), edited)

    def saved_by(self, app: Application) -> str:
        return last_change(app, self._family_id, frozenset({ChangeGroup.IDENTITY, ChangeGroup.REACH}),
                           self._member.person_id)


class NewPerson(Task):
    """Somebody who joins the family. Whoever looks alike is shown first: see the presenter."""

    def __init__(self, file: FamilyFile, role: MemberRole) -> None:
        self.key = task_key(file.id, f"add:{role.value}")
        self.title = ADD_WORDS[role]
        self.save_words = "&Enregistrer"
        self.family_id = file.id
        self.role = role
        self.before = PersonValues(_likely_name(file) if role is MemberRole.CHILD else "", "")
        self.fields = person_fields(self.before, role)
        if role is MemberRole.ADULT:
            holder = FieldSpec(
                "is_holder",
                "Titulaire du dossier : parle pour la famille",
                Entry.FLAG,
                YES if sum(adult.is_holder for adult in file.adults) < 2 else "",
            )
            self.fields = [*self.fields, holder]
        self._op_id = uuid4()

    def holder(self, values: Typed) -> bool:
        return self.role is MemberRole.ADULT and values.get("is_holder") == YES

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        person = read_person(reader, self.fields, self.before)
        return found_problems(reader, person_problems(person, today))

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        person = read_person(Reader(self.fields, values, today), self.fields, self.before)
        command = AddPerson(self.family_id, person, self.role, self.holder(values), self._op_id)
        person_id = app.execute(command, confirmed=confirmed, progress=progress)
        told = f"{person.last_name} {person.first_name} : fiche ajoutée à la famille."
        return Saved(told, RemoveMember(self.family_id, person_id), person_id)


def _likely_name(file: FamilyFile) -> str:
    """The name of the first adult's children, when there is no doubt: the same for all those already there."""
    names = {child.person.last_name for child in file.children} or {adult.person.last_name for adult in file.adults}
    return names.pop() if len(names) == 1 else ""


# --- the family itself -------------------------------------------------------------------------------------------


class CorrectFamily(Task):
    """What the file says of the household."""

    title = "Modifier le dossier"
    version: int

    def __init__(self, file: FamilyFile) -> None:
        self.key = task_key(file.id, "record")
        self.version = file.version
        self.fields = family_fields(file.family)
        self._file = file

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        return found_problems(reader, family_problems(read_family_values(reader), self._file.family))

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        family = read_family_values(Reader(self.fields, values, today))
        command = EditFamily(self._file.id, self.version, family)
        edited = app.execute(command, confirmed=confirmed, progress=progress)
        return Saved("Dossier enregistré.", EditFamily(self._file.id, edited.version, edited.before), edited)

    def saved_by(self, app: Application) -> str:
        return last_change(app, self._file.id, frozenset({ChangeGroup.RECORD}))


def family_fields(values: FamilyValues, *, proposed: bool = False) -> list[FieldSpec]:
    """`proposed`: the name may stay empty, the adults' then give it."""
    hint = "Vide : le nom des responsables." if proposed else "Tel qu'il paraît dans les listes."
    return [
        FieldSpec("name", "Nom du &dossier", value=values.name, required=not proposed, hint=hint),
        FieldSpec("billing_email", "Courriel pour les factures", value=values.billing_email,
                  placeholder="prenom.nom@courriel.fr"),
        FieldSpec("caf_number", "Numéro d'allocataire CAF ou MSA", value=values.caf_number),
    ]


def read_family_values(reader: Reader) -> FamilyValues:
    return FamilyValues(reader.text("name"), reader.text("billing_email"), reader.text("caf_number"))


# --- who pays ----------------------------------------------------------------------------------------------------


class NamePayers(Task):
    """Who is named on the invoices from a day on."""

    title = "Changer les payeurs"

    def __init__(self, file: FamilyFile, today: date) -> None:
        self.key = task_key(file.id, "payers")
        self._family_id = file.id
        self._names = {payer.person_id: payer.name for payer in file.payers}
        self._held = tuple(HeldPayer(payer.person_id, payer.rank, payer.period) for payer in file.payers)
        self.version = frozenset(self._held)
        named = [str(payer.person_id) for payer in file.payers_today]
        people = tuple((str(member.person_id), member.name) for member in (*file.adults, *file.contacts))
        self.fields = [
            FieldSpec("valid_from", "À partir &du", Entry.DAY, typed_day(today), required=True,
                      hint="Les factures déjà émises gardent leurs payeurs."),
            FieldSpec("first", "&Payeur principal", Entry.CHOICE, named[0] if named else "", required=True,
                      options=(("", "Choisir…"), *people)),
            FieldSpec("second", "&Second payeur", Entry.CHOICE, named[1] if len(named) > 1 else "",
                      options=(("", "Personne d'autre"), *people),
                      hint="Nommés tous les deux, chacun répond de toute la facture."),
        ]

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        reader.day("valid_from")
        first, second = reader.text("first"), reader.text("second")
        if first and first == second:
            reader.blame("second", sentence(UserError("payers.one_or_two")))
        return reader.errors

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        reader = Reader(self.fields, values, today)
        day = reader.day("valid_from")
        named = tuple(int(text) for key in ("first", "second") if (text := reader.text(key)))
        command = ChangePayers(self._family_id, named, day, self._held)
        changed = app.execute(command, confirmed=confirmed, progress=progress)
        undo = RestorePayers(self._family_id, changed.after, changed.before)
        return Saved(f"Payeurs changés à partir du {french_day(day)}.", undo, changed)

    def news(self, since: Hashable) -> str:
        return came("Payeurs", since, self._held, lambda held: f"{self._names[held.person_id]} {days(held.period)}")

    def saved_by(self, app: Application) -> str:
        return last_change(app, self._family_id, frozenset({ChangeGroup.PAYERS}))


# --- quotient and incomes ----------------------------------------------------------------------------------------


def _period_fields(start: date, end: date | None, *, corrected: bool) -> list[FieldSpec]:
    fixed = "Le premier jour ne change pas : pour un autre jour, ajoutez une valeur." if corrected else ""
    return [
        FieldSpec("valid_from", "À partir &du", Entry.DAY, typed_day(start), required=True, locked=fixed),
        FieldSpec("valid_to", "&Jusqu'au", Entry.DAY, typed_day(end), beside=True),
    ]


class GiveQuotient(Task):
    """A quotient from a day on; `line` when it corrects one."""

    def __init__(self, file: FamilyFile, today: date, line: QuotientLine | None = None) -> None:
        self.key = task_key(file.id, f"quotient:{line.period.start}" if line else "quotient")
        self.title = f"Quotient du {french_day(line.period.start)}" if line else "Nouveau quotient familial"
        self._family_id = file.id
        held = (HeldQuotient(one.value, one.source, one.period) for one in file.quotients)
        self._held = self.version = tuple(sorted(held, key=lambda one: one.period.start))
        start, end = (line.period.start, line.period.end) if line else (today, None)
        self.fields = [
            FieldSpec("value", "&Quotient familial", Entry.NUMBER, quotient_words(line.value) if line else "",
                      required=True),
            FieldSpec("source", "D'où il vient", Entry.SUGGEST, line.source if line else "", options=_SOURCES),
            *_period_fields(start, end, corrected=line is not None),
        ]

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        command = self._command(reader)
        found = quotient_problems(command.value, command.source, command.valid_from, command.valid_to)
        return found_problems(reader, found)

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        command = self._command(Reader(self.fields, values, today))
        changed = app.execute(command, confirmed=confirmed, progress=progress)
        undo = RestoreQuotients(self._family_id, changed.after, changed.before)
        told = f"Quotient de {quotient_words(command.value)} enregistré à partir du {french_day(command.valid_from)}."
        return Saved(told, undo, changed)

    def news(self, since: Hashable) -> str:
        return came("Quotients", since, self._held, lambda held: f"{quotient_words(held.value)} {days(held.period)}")

    def saved_by(self, app: Application) -> str:
        return last_change(app, self._family_id, frozenset({ChangeGroup.VALUES}))

    def _command(self, reader: Reader) -> SetQuotient:
        start, end = reader.day("valid_from"), reader.optional_day("valid_to")
        return SetQuotient(self._family_id, reader.decimal("value"), reader.text("source"), start, end,
                           self._held)


class GiveIncome(Task):
    """A yearly reference income from a day on; `line` when it corrects one."""

    def __init__(self, file: FamilyFile, today: date, line: IncomeLine | None = None) -> None:
        self.key = task_key(file.id, f"income:{line.period.start}" if line else "income")
        self.title = f"Ressources du {french_day(line.period.start)}" if line else "Nouvelles ressources"
        self._family_id = file.id
        held = (
            HeldIncome(one.annual, one.dependent_children, one.disabled_children, one.source, one.period)
            for one in file.incomes
        )
        self._held = self.version = tuple(sorted(held, key=lambda one: one.period.start))
        start, end = (line.period.start, line.period.end) if line else (today, None)
        dependent = line.dependent_children if line else max(len(file.children), 1)
        self.fields = [
            FieldSpec("annual", "&Ressources de l'année, en euros", Entry.MONEY,
                      typed_money(line.annual) if line else "", required=True),
            FieldSpec("dependent_children", "Enfants à charge", Entry.NUMBER, str(dependent), required=True),
            FieldSpec("disabled_children", "dont avec AEEH", Entry.NUMBER,
                      str(line.disabled_children if line else 0), beside=True),
            FieldSpec("source", "D'où elles viennent", Entry.SUGGEST, line.source if line else "", options=_SOURCES),
            *_period_fields(start, end, corrected=line is not None),
        ]

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        found = self._command(reader)
        figures = (found.annual, found.dependent_children, found.disabled_children, found.source)
        return found_problems(reader, income_problems(*figures, found.valid_from, found.valid_to))

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        command = self._command(Reader(self.fields, values, today))
        changed = app.execute(command, confirmed=confirmed, progress=progress)
        undo = RestoreIncomes(self._family_id, changed.after, changed.before)
        return Saved(f"Ressources enregistrées à partir du {french_day(command.valid_from)}.", undo, changed)

    def news(self, since: Hashable) -> str:
        return came("Ressources", since, self._held, lambda held: f"{euros(held.annual)} {days(held.period)}")

    def saved_by(self, app: Application) -> str:
        return last_change(app, self._family_id, frozenset({ChangeGroup.VALUES}))

    def _command(self, reader: Reader) -> SetIncome:
        return SetIncome(
            self._family_id,
            reader.money("annual"),
            reader.integer("dependent_children", 1, 30),
            reader.integer("disabled_children", 0, 30),
            reader.text("source"),
            reader.day("valid_from"),
            reader.optional_day("valid_to"),
            self._held,
        )


# --- by name -----------------------------------------------------------------------------------------------------


def task_key(family_id: int | str, name: str) -> str:
    """Where unfinished typing is kept: « family/12/person:30 »."""
    return f"family/{family_id}/{name}"


def task_named(name: str, file: FamilyFile, today: date) -> Task | None:
    """The task that a place or unfinished typing names; None when what it is about is gone."""
    kind, _, about = name.partition(":")
    if kind == "person":
        member = next((member for member in file.members if str(member.person_id) == about), None)
        return CorrectPerson(file, member) if member else None
    if kind == "add" and about in set(MemberRole):
        return NewPerson(file, MemberRole(about))
    if kind == "quotient":
        quotient = next((line for line in file.quotients if str(line.period.start) == about), None)
        return GiveQuotient(file, today, quotient) if quotient or not about else None
    if kind == "income":
        income = next((line for line in file.incomes if str(line.period.start) == about), None)
        return GiveIncome(file, today, income) if income or not about else None
    if kind == "payers":
        return NamePayers(file, today)
    return CorrectFamily(file) if kind == "record" else None
