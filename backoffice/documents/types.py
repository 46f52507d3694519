"""The types of documents of the town and what asks for them: reading the list, starting it, making it one's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from backoffice.catalog.checks import at_version, optional_text, required_text
from backoffice.catalog.queries import activity_places, place_names, services_by_kind
from backoffice.documents.events import DocumentTypesChanged
from backoffice.documents.kinds import Blocks, Condition, Feed, Owner, Sensitivity, Validity
from backoffice.documents.requiring import Asked, ask_for, asked_problem
from backoffice.documents.starting import OTHER_REASON, RejectReason, StartingType, reject_reasons, starting_types
from backoffice.documents.tables import DocumentRequirementRow, DocumentTypeRow
from backoffice.kernel.application import Command, Context, Query, Reading, read, use_case
from backoffice.kernel.database import Session
from backoffice.kernel.errors import InvalidFields, PermissionDenied, UserError
from backoffice.kernel.permissions import PERMISSIONS

NAME_LENGTH = 120
RULE_LENGTH = 240
_FORM_LENGTH = 60
_GROUP_LENGTH = 30
_MOST_YEARS = 20
_LONGEST_RETENTION = 36_500
_STEP = 10
_FED = {Feed.QUOTIENT: Owner.FAMILY, Feed.INSURANCE: Owner.CHILD, Feed.VACCINES: Owner.CHILD}  # whose file it fills in


@dataclass(frozen=True, slots=True)
class TypeValues:
    """What an administrator may change of a type; its code and whom it is about never change."""

    name: str
    sensitivity: Sensitivity = Sensitivity.USUAL
    validity: Validity = Validity.SCHOOL_YEAR
    validity_years: int = 0
    group: str = ""
    rule: str = ""
    feeds: Feed = Feed.NOTHING
    condition: Condition = Condition.ALWAYS
    form: str = ""
    reasons: tuple[str, ...] = ()
    retention_days: int = 365
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """Who asks for a type: a service, an activity of it, or the whole town. `place`: « Toute la commune »."""

    id: int
    type_id: int
    service_id: int | None
    activity_id: int | None
    place: str
    is_mandatory: bool
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class DocumentTypeLine:
    """A type with what asks for it. `version` goes with `EditDocumentType`; `reasons`: the rejections offered."""

    id: int
    version: int
    code: str
    owner: Owner
    values: TypeValues
    reasons: tuple[RejectReason, ...]
    requirements: tuple[RequirementLine, ...]

    @property
    def name(self) -> str:
        return self.values.name


@dataclass(frozen=True)
class ListDocumentTypes(Query[tuple[DocumentTypeLine, ...]]):
    """The types of the town, in the order in which families see them. Empty until the town adopts or adds some."""


@read(ListDocumentTypes, permission="catalog.read")
def list_document_types(_query: ListDocumentTypes, reading: Reading) -> tuple[DocumentTypeLine, ...]:
    return document_types(reading.session)


def document_types(session: Session) -> tuple[DocumentTypeLine, ...]:
    """Every type, those no longer asked for included, with what asks for it: two reads, and those of names."""
    services, _ = place_names(session)
    asked: dict[int, list[RequirementLine]] = defaultdict(list)
    activities = {one.id: one.activity for one in activity_places(session).values()}
    for row in session.scalars(select(DocumentRequirementRow).order_by(DocumentRequirementRow.id)):
        place = "Toute la commune" if row.service_id is None else services.get(row.service_id, "")
        if row.activity_id is not None:
            place = f"{place}, {activities.get(row.activity_id, '')}"
        asked[row.type_id].append(RequirementLine(
            row.id, row.type_id, row.service_id, row.activity_id, place, row.is_mandatory, Blocks(row.blocks)
        ))
    statement = select(DocumentTypeRow).order_by(DocumentTypeRow.position, DocumentTypeRow.id)
    return tuple(_line(row, tuple(asked[row.id])) for row in session.scalars(statement))


def _line(row: DocumentTypeRow, requirements: tuple[RequirementLine, ...]) -> DocumentTypeLine:
    known = reject_reasons()
    offered = [known[code] for code in row.reject_reasons if code in known and code != OTHER_REASON]
    return DocumentTypeLine(
        row.id, row.version, row.code, Owner(row.owner), _values(row), (*offered, known[OTHER_REASON]), requirements
    )


def _values(row: DocumentTypeRow) -> TypeValues:
    return TypeValues(
        name=row.name, sensitivity=Sensitivity(row.sensitivity), validity=Validity(row.validity),
        validity_years=row.validity_years, group=row.alternative_group, rule=row.rule, feeds=Feed(row.feeds),
        condition=Condition(row.condition), form=row.form, reasons=tuple(row.reject_reasons),
        retention_days=row.retention_days, last_day=row.last_day,
    )


@dataclass(frozen=True)
class AdoptStartingTypes(Command[int]):
    """Take the proposed list of types, those whose code the town already has left as they are; answers how many came.

    Nothing is asked of families before a town does: the list blocks registrations, and a town decides that.
    """


@use_case(AdoptStartingTypes, permission="documents.configure", action="documents.types_adopted")
def adopt_starting_types(_command: AdoptStartingTypes, context: Context) -> int:
    session = context.session
    known = set(session.scalars(select(DocumentTypeRow.code)))
    new = [(place, each) for place, each in enumerate(starting_types(), start=1) if each.code not in known]
    rows = {each.code: _starting_row(each, place * _STEP) for place, each in new}
    session.add_all(rows.values())
    session.flush()
    by_kind = services_by_kind(session)
    for _, each in new:
        chosen = sorted({service for kind in each.kinds for service in by_kind.get(kind, ())})
        places = chosen if each.kinds else [None]
        session.add_all(
            DocumentRequirementRow(
                type_id=rows[each.code].id, service_id=place, activity_id=None,
                is_mandatory=each.is_mandatory, blocks=each.blocks,
            )
            for place in places
        )
    context.record("document types", count=len(new))
    context.events.append(DocumentTypesChanged())
    return len(new)


def _starting_row(each: StartingType, position: int) -> DocumentTypeRow:
    return DocumentTypeRow(
        code=each.code, name=each.name, owner=each.owner, sensitivity=each.sensitivity, validity=each.validity,
        validity_years=each.validity_years, alternative_group=each.group, rule=each.rule, feeds=each.feeds,
        condition=each.condition, form=each.form, reject_reasons=list(each.reasons),
        retention_days=each.retention_days, position=position, last_day=None,
    )


@dataclass(frozen=True)
class AddDocumentType(Command[int]):
    """A type of the town's own; answers its id. `code`: short, in capitals, for imports and the portal. `asked`: who
    asks for it."""

    code: str
    owner: Owner
    values: TypeValues
    asked: tuple[Asked, ...] = ()


@use_case(AddDocumentType, permission="documents.configure", action="documents.type_added")
def add_document_type(command: AddDocumentType, context: Context) -> int:
    """Raises InvalidFields."""
    session = context.session
    problems = _problems(session, command.owner, command.values, command.asked)
    code = command.code.strip().upper()
    if not code or not code.replace("_", "").isalnum() or not code.isascii() or len(code) > _GROUP_LENGTH:
        problems["code"] = UserError("documents.code_impossible", limit=_GROUP_LENGTH)
    elif session.scalar(select(DocumentTypeRow.id).where(DocumentTypeRow.code == code)) is not None:
        problems["code"] = UserError("documents.code_taken", code=code)
    if problems:
        raise InvalidFields(problems)
    last = session.scalar(select(func.max(DocumentTypeRow.position))) or 0
    row = DocumentTypeRow(code=code, owner=command.owner, position=last + _STEP)
    _fill(row, command.values)
    session.add(row)
    session.flush()
    ask_for(session, row.id, command.asked)
    context.record(f"document type {row.id}", code=code)
    context.events.append(DocumentTypesChanged())
    return row.id


@dataclass(frozen=True)
class EditDocumentType(Command[int]):
    """Change a type; answers its new version. Sending what stood before undoes it.

    `asked`: who asks for it from now on; None leaves it as it is.
    """

    type_id: int
    version: int
    values: TypeValues
    asked: tuple[Asked, ...] | None = None


@use_case(EditDocumentType, permission="documents.configure", action="documents.type_edited")
def edit_document_type(command: EditDocumentType, context: Context) -> int:
    """Raises InvalidFields, UserError `record.changed_meanwhile`; PermissionDenied when a type about health would be so
    no more: only who reads health sheets opens what was sent under it."""
    row = at_version(context.session.get(DocumentTypeRow, command.type_id), command.version)
    problems = _problems(context.session, Owner(row.owner), command.values, command.asked or ())
    if problems:
        raise InvalidFields(problems)
    lowered = row.sensitivity == Sensitivity.HEALTH and command.values.sensitivity is not Sensitivity.HEALTH
    if lowered and not context.actor.may("health.read"):
        raise PermissionDenied("permission.denied", permission=PERMISSIONS["health.read"])
    _fill(row, command.values)
    if command.asked is not None and ask_for(context.session, row.id, command.asked):
        flag_modified(row, "name")  # who asks is part of what was read: the version says so
    context.session.flush()
    context.record(f"document type {row.id}")
    context.events.append(DocumentTypesChanged())
    return row.version


def _problems(
    session: Session, owner: Owner, values: TypeValues, asked: Sequence[Asked]
) -> dict[str, UserError]:
    problems: dict[str, UserError] = {}
    if (wrong_place := asked_problem(session, asked)) is not None:
        problems["asked"] = wrong_place
    for name, check, text, title, limit in (
        ("name", required_text, values.name, "Nom", NAME_LENGTH),
        ("rule", optional_text, values.rule, "Ce qu'il faut vérifier", RULE_LENGTH),
        ("form", optional_text, values.form, "Formulaire publié", _FORM_LENGTH),
        ("group", optional_text, values.group, "Groupe", _GROUP_LENGTH),
    ):
        try:
            check(text, title, limit)
        except UserError as wrong:
            problems[name] = wrong
    if values.validity is Validity.YEARS and not 1 <= values.validity_years <= _MOST_YEARS:
        problems["validity_years"] = UserError("documents.years_impossible", most=_MOST_YEARS)
    if not 0 <= values.retention_days <= _LONGEST_RETENTION:
        problems["retention_days"] = UserError("documents.retention_impossible", most=_LONGEST_RETENTION)
    if any(code not in reject_reasons() for code in values.reasons):
        problems["reasons"] = UserError("documents.reason_unknown")
    if values.condition is Condition.PAI and owner is not Owner.CHILD:
        problems["condition"] = UserError("documents.condition_owner")
    if _FED.get(values.feeds, owner) is not owner:
        problems["feeds"] = UserError("documents.feeds_owner")
    group = values.group.strip().upper()
    others = select(DocumentTypeRow.name).where(
        DocumentTypeRow.alternative_group == group, DocumentTypeRow.owner != owner
    )
    if group and (other := session.scalar(others.limit(1))) is not None:
        problems["group"] = UserError("documents.group_owner", document=other)
    return problems


def _fill(row: DocumentTypeRow, values: TypeValues) -> None:
    row.name, row.rule, row.form = values.name.strip(), values.rule.strip(), values.form.strip()
    row.sensitivity, row.validity, row.feeds, row.condition = (
        values.sensitivity, values.validity, values.feeds, values.condition
    )
    row.validity_years = values.validity_years if values.validity is Validity.YEARS else 0
    row.alternative_group, row.reject_reasons = values.group.strip().upper(), list(values.reasons)
    row.retention_days, row.last_day = values.retention_days, values.last_day
