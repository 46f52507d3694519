"""Making forms to sign, and sending them to families.

Made first, so that each has its number; drawn by `reports`; then sent with a letter. What a mail carries never says
anything of health: its forms are made without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from backoffice.catalog.queries import contacts_of, find_town
from backoffice.documents.events import DocumentsChanged
from backoffice.documents.form_lists import FORM, form_types
from backoffice.documents.forms import FormKind, FormPerson, FormView
from backoffice.documents.rules import form_year
from backoffice.documents.tables import DocumentFormRow, DocumentTypeRow
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import MemberRecord, family_names, member_records, members_of
from backoffice.health.choices import menus
from backoffice.health.commands import open_sheet
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.errors import UserError
from backoffice.letters.kinds import LetterKind
from backoffice.letters.rules import LetterFile
from backoffice.letters.saying import say
from backoffice.registrations.queries import RegistrationLine, registrations_of

FORMS_AT_ONCE = 100
_LARGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class AskedForm:
    """A form to make for a child of a family."""

    family_id: int
    child_id: int
    kind: FormKind


@dataclass(frozen=True)
class MakeForms(Command[tuple[FormView, ...]]):
    """Number forms and read what they say. `FORMS_AT_ONCE` at most.

    `health_reason`: why the sheets of these children are opened to fill in theirs; empty: their lines stay blank.
    Each sheet opened leaves its trace, as everywhere.
    """

    forms: tuple[AskedForm, ...]
    health_reason: str = ""


@use_case(MakeForms, permission="documents.add", action="documents.forms_made")
def make_forms(command: MakeForms, context: Context) -> tuple[FormView, ...]:
    """Raises UserError `forms.no_type`, `forms.not_a_child`, `forms.no_health` and what opening a sheet raises."""
    if len(command.forms) > FORMS_AT_ONCE:
        raise ValueError(f"{len(command.forms)} forms in one transaction")
    session = context.session
    types = form_types(session, context.today)
    if any(asked.kind not in types for asked in command.forms):
        raise UserError("forms.no_type")
    if command.health_reason and not context.actor.may("health.read"):
        raise UserError("forms.no_health")
    families = sorted({asked.family_id for asked in command.forms})
    people = member_records(session, families)
    children = {
        (family_id, each.person_id): each
        for family_id, members in people.items() for each in members if each.role is MemberRole.CHILD
    }
    if any((asked.family_id, asked.child_id) not in children for asked in command.forms):
        raise UserError("forms.not_a_child")
    town = find_town(session)
    stays: dict[tuple[int, int], list[RegistrationLine]] = defaultdict(list)
    for stay in registrations_of(session, families, from_day=context.today):
        stays[stay.family_id, stay.child_id].append(stay)
    services = {stay.service_id for some in stays.values() for stay in some}
    names = family_names(session, families)
    contacts = {service: contacts_of(session, [service]) for service in services}
    rows = [
        DocumentFormRow(family_id=asked.family_id, person_id=asked.child_id, type_id=types[asked.kind],
                        generated_at=context.now)
        for asked in command.forms
    ]
    session.add_all(rows)
    session.flush()
    views = []
    for asked, row in zip(command.forms, rows, strict=True):
        members, child = people[asked.family_id], children[asked.family_id, asked.child_id]
        adults = [each for each in members if each.role is MemberRole.ADULT]
        others = [each for each in members if each.role is MemberRole.CONTACT]
        here = stays[asked.family_id, asked.child_id]
        sheet = None
        if command.health_reason and asked.kind is FormKind.HEALTH:
            sheet = open_sheet(context, asked.child_id, command.health_reason).values
        lines = tuple(dict.fromkeys(line for stay in here for group in contacts[stay.service_id] for line in group))
        views.append(FormView(
            kind=asked.kind, number=row.id, town=town.name, town_address=town.address, contact=lines,
            year=str(form_year(context.today)), child=child.name, birth_date=child.person.birth_date,
            address=_address(child, adults), family=names[asked.family_id].name,
            places=tuple(dict.fromkeys(f"{stay.service} : {stay.activity}" for stay in here)),
            adults=tuple(map(_person, adults)), others=tuple(map(_person, others)),
            day=context.today, health=sheet, menu=menus().get(sheet.menu, "") if sheet is not None else "",
        ))
    context.record("document forms", count=len(rows), numbers=[row.id for row in rows])
    context.events.extend(DocumentsChanged(family_id) for family_id in families)
    return tuple(views)


def _address(child: MemberRecord, adults: Sequence[MemberRecord]) -> tuple[str, ...]:
    """The child's own, else that of the first adult who has one."""
    return next((found for member in (child, *adults) if (found := member.address)), ())


def _person(member: MemberRecord) -> FormPerson:
    person = member.person
    phones = tuple(dict.fromkeys(number for number in (person.mobile, person.phone) if number))
    return FormPerson(member.name, phones, person.email, member.address)


@dataclass(frozen=True, slots=True)
class DrawnForm:
    """A form as it was drawn, to be sent: its number and its PDF."""

    number: int
    name: str
    pdf: bytes


@dataclass(frozen=True)
class SendForms(Command[int]):
    """Put forms made without health data in the letters of their families; answers how many letters that is."""

    forms: tuple[DrawnForm, ...]


@use_case(SendForms, permission="letters.write", action="documents.forms_sent")
def send_forms(command: SendForms, context: Context) -> int:
    """Raises UserError `forms.unknown`."""
    session = context.session
    drawn = {each.number: each for each in command.forms}
    rows = session.execute(
        select(DocumentFormRow, DocumentTypeRow.code)
        .join(DocumentTypeRow, DocumentTypeRow.id == DocumentFormRow.type_id)
        .where(DocumentFormRow.id.in_(drawn)).order_by(DocumentFormRow.family_id, DocumentFormRow.id)
    ).all()
    if len(rows) != len(drawn) or any(len(each.pdf) > _LARGEST for each in command.forms):
        raise UserError("forms.unknown")
    families = sorted({row.family_id for row, _ in rows})
    names = {(each.family_id, each.person_id): each.name for each in members_of(session, families)
             if each.role is MemberRole.CHILD}
    services: Mapping[tuple[int, int], int] = {
        (stay.family_id, stay.child_id): stay.service_id
        for stay in registrations_of(session, families, from_day=context.today)
    }
    for row, code in rows:
        whose = (row.family_id, row.person_id)
        facts: dict[str, object] = {"document": FormKind(code).label, "person": names.get(whose, "")}
        if whose in services:
            facts["service_id"] = services[whose]
        file = LetterFile(f"{drawn[row.id].name}.pdf", "application/pdf", drawn[row.id].pdf)
        say(context, row.family_id, LetterKind.FORMS_TO_SIGN, FORM, row.id, facts, file=file)
    context.record("document forms", count=len(rows), numbers=sorted(drawn))
    context.events.extend(DocumentsChanged(family_id) for family_id in families)
    return len(families)
