"""Where the forms to sign are: those of a family for its file, those of everybody for the round before the rentrée."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from backoffice.catalog.queries import activity_places
from backoffice.documents.forms import Followed, FormKind, FormState, Generation, Return, followed, number_typed
from backoffice.documents.kinds import DocumentState
from backoffice.documents.obligations import obligations_of
from backoffice.documents.tables import DocumentFormRow, DocumentRow, DocumentTypeRow
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import family_names, mail_addresses, members_of
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.letters.queries import letters_telling
from backoffice.letters.rules import is_address
from backoffice.registrations.queries import registered_families, registrations_of

FORM = "form"  # what letters call the fact that a form was sent


@dataclass(frozen=True, slots=True)
class FormLine:
    """A form of a child. `places`: where the child is registered; `structures` and `services`: to narrow the list.

    `asked`: it is to be sent there, mandatory or not, and neither validated nor forgiven. `has_address`: a mail can be
    sent to the family.
    """

    family_id: int
    family: str
    child_id: int
    child: str
    kind: FormKind
    followed: Followed
    asked: bool
    has_address: bool
    places: tuple[str, ...] = ()
    services: frozenset[int] = frozenset()
    structures: frozenset[int | None] = frozenset()

    @property
    def state(self) -> FormState:
        return self.followed.state

    @property
    def is_optional(self) -> bool:
        """Nobody asks for it, and it was not made: nothing waits for it."""
        return self.state is FormState.NOTHING and not self.asked


@dataclass(frozen=True)
class FamilyForms(Query[tuple[FormLine, ...]]):
    """The forms of every child of a family."""

    family_id: int


@read(FamilyForms, permission="documents.read")
def family_forms(query: FamilyForms, reading: Reading) -> tuple[FormLine, ...]:
    return tuple(forms_of(reading.session, [query.family_id], reading.today))


@dataclass(frozen=True)
class FormsToSign(Query[tuple[FormLine, ...]]):
    """The forms asked of the children who are registered, by family; validated ones included."""


@read(FormsToSign, permission="documents.read")
def forms_to_sign(_query: FormsToSign, reading: Reading) -> tuple[FormLine, ...]:
    session = reading.session
    families = registered_families(session, reading.today)
    lines = [
        line
        for some in batches(families)
        for line in forms_of(session, some, reading.today)
        if line.places and (line.asked or line.state is not FormState.NOTHING)
    ]
    return tuple(sorted(lines, key=lambda line: (line.family, line.family_id, line.child, line.kind)))


@dataclass(frozen=True, slots=True)
class FoundForm:
    """Whom a printed number ties a paper to."""

    family_id: int
    child_id: int
    child: str
    type_id: int
    type_code: str


@dataclass(frozen=True)
class FindForm(Query[FoundForm]):
    """The child and the type of a paper that came back, from the number printed on it."""

    typed: str


@read(FindForm, permission="documents.read")
def find_form(query: FindForm, reading: Reading) -> FoundForm:
    """Raises UserError `forms.number_misread`, `forms.unknown`."""
    number = number_typed(query.typed)
    if number is None:
        raise UserError("forms.number_misread")
    session = reading.session
    row = session.get(DocumentFormRow, number)
    names = {} if row is None else {each.person_id: each.name for each in members_of(session, [row.family_id])}
    if row is None or row.person_id not in names:
        raise UserError("forms.unknown")
    code = session.scalars(select(DocumentTypeRow.code).where(DocumentTypeRow.id == row.type_id)).one()
    return FoundForm(row.family_id, row.person_id, names[row.person_id], row.type_id, code)


def form_types(session: Session, today: date) -> dict[FormKind, int]:
    """The types of the town that are forms to sign, and still asked for."""
    row = DocumentTypeRow
    statement = select(row.code, row.id, row.last_day).where(row.code.in_([kind.value for kind in FormKind]))
    found = {
        FormKind(code): type_id for code, type_id, last_day in session.execute(statement)
        if last_day is None or last_day >= today
    }
    return {kind: found[kind] for kind in FormKind if kind in found}


def forms_of(session: Session, family_ids: Collection[int], today: date) -> list[FormLine]:
    """Every form of every child of these families, in as many reads as for one."""
    types = form_types(session, today)
    if not types or not family_ids:
        return []
    names = family_names(session, family_ids)
    children = [each for each in members_of(session, family_ids) if each.role is MemberRole.CHILD]
    made = _made(session, family_ids)
    returned = _returned(session, {each.person_id for each in children}, types, today)
    obliged = obligations_of(session, family_ids, today)
    addresses = mail_addresses(session, family_ids)
    stays = defaultdict(list)
    for stay in registrations_of(session, family_ids, from_day=today):
        stays[stay.family_id, stay.child_id].append(stay)
    structure_of = {
        place.id: place.structure_id
        for place in activity_places(session, {stay.activity_id for some in stays.values() for stay in some}).values()
    }
    lines = []
    for child in children:
        for kind, type_id in types.items():
            family_id, here = child.family_id, stays[child.family_id, child.person_id]
            asked = next((one for one in obliged[family_id].of(child.person_id) if type_id in one.type_ids), None)
            lines.append(FormLine(
                family_id, names[family_id].name, child.person_id, child.name, kind,
                followed(made[family_id, child.person_id, type_id], returned[child.person_id, type_id]),
                asked is not None and not asked.is_met,
                is_address(addresses.get(family_id, "")),
                tuple(dict.fromkeys(f"{stay.service} : {stay.activity}" for stay in here)),
                frozenset(stay.service_id for stay in here),
                frozenset(structure_of.get(stay.activity_id) for stay in here),
            ))
    return lines


def _made(session: Session, family_ids: Collection[int]) -> Mapping[tuple[int, int, int], list[Generation]]:
    rows: list[DocumentFormRow] = []
    for some in batches(family_ids):
        rows.extend(session.scalars(select(DocumentFormRow).where(DocumentFormRow.family_id.in_(some))))
    letters = letters_telling(session, FORM, [row.id for row in rows])
    found = defaultdict(list)
    for row in rows:
        told = letters.get(row.id)
        found[row.family_id, row.person_id, row.type_id].append(
            Generation(row.id, row.generated_at, told.sent_at, told.waits, told.stopped) if told
            else Generation(row.id, row.generated_at)
        )
    return found


def _returned(
    session: Session, children: Collection[int], types: Mapping[FormKind, int], today: date
) -> Mapping[tuple[int, int], list[Return]]:
    row = DocumentRow
    columns = (row.person_id, row.type_id, row.received_at, row.decided_at, row.state, row.valid_to)
    found = defaultdict(list)
    for some in batches(children):
        statement = select(*columns).where(row.person_id.in_(some), row.type_id.in_(types.values()))
        for one in session.execute(statement):
            found[one.person_id, one.type_id].append(Return(
                one.received_at, one.decided_at or one.received_at, DocumentState(one.state),
                one.valid_to is None or one.valid_to >= today,
            ))
    return found
