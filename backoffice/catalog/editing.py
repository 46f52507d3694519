"""Editing the catalog by hand: each command carries the version that was on screen, the journal keeps old and new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select

from backoffice.catalog.checks import at_version, optional_text, required_text
from backoffice.catalog.commands import (
    CatalogChanged,
    NewService,
    NewSlot,
    add_activity,
    add_service,
    add_structure,
    has_town,
    put_town,
    refuse_bad_prefix,
)
from backoffice.catalog.kinds import BillingBasis, StructureKind
from backoffice.catalog.queries import Town
from backoffice.catalog.rules import SchoolZone
from backoffice.catalog.tables import ActivityRow, ClosureRow, ServiceRow, SlotRow, StructureRow, TownRow
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.schema import Base

_MINUTES_IN_A_DAY = 24 * 60
# The journal keeps no names of people and no long texts: for these, it says that they changed.
_NOT_IN_JOURNAL = frozenset({"signatory", "contact", "address", "payment_means", "appeal_text", "legal_text"})


def _set(row: Base, **values: Any) -> dict[str, object]:
    """Give the row its new values; answers « old → new » of what really changed, for the journal."""
    changes: dict[str, object] = {}
    for name, new in values.items():
        old = getattr(row, name)
        if old != new:
            changes[name] = "changed" if name in _NOT_IN_JOURNAL else f"{old} → {new}"
            setattr(row, name, new)
    return changes


def _tell(context: Context, kind: str, row_id: int, **details: object) -> None:
    context.record(f"{kind} {row_id}", **details)
    context.events.append(CatalogChanged(kind, row_id))


# --- the town ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EditTown(Command[None]):
    """Say who issues the invoices; `version` is 0 while nobody has."""

    town: Town
    version: int


@use_case(EditTown, permission="catalog.edit", action="town.edited")
def edit_town(command: EditTown, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `catalog.field_missing`, `catalog.field_too_long`."""
    town = _checked_town(command.town)
    changes: dict[str, object] = {}
    if command.version == 0 and not has_town(context.session):
        put_town(context.session, town)
    else:
        row = at_version(context.session.get(TownRow, 1), command.version)
        changes = _set(
            row,
            name=town.name,
            address=list(town.address),
            identifier=town.identifier,
            signatory=town.signatory,
            school_zone=town.school_zone,
        )
    _tell(context, "town", 1, **changes)


def _checked_town(town: Town) -> Town:
    if town.school_zone not in set(SchoolZone):
        raise UserError("catalog.field_missing", field="zone scolaire")
    return Town(
        name=required_text(town.name, "nom de la commune", 120),
        address=_lines(town.address),
        identifier=optional_text(town.identifier, "identifiant (SIRET)", 60),
        signatory=optional_text(town.signatory, "signataire", 120),
        school_zone=town.school_zone,
    )


def _lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line.strip() for line in lines if line.strip())


# --- services ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CreateService(Command[int]):
    """Add a service; answers its id. `catalog.commands.default_texts()` offers the texts of its invoices."""

    service: NewService


@use_case(CreateService, permission="catalog.edit", action="service.created")
def create_service(command: CreateService, context: Context) -> int:
    """Raises UserError `catalog.bad_prefix`, `catalog.service_exists`, `catalog.too_many_services`,
    `catalog.field_missing`, `catalog.field_too_long`."""
    service_id = add_service(context.session, _checked_service(command.service))
    _tell(context, "service", service_id, code=command.service.code, prefix=command.service.prefix)
    return service_id


def change_service(
    session: Session, service_id: int, version: int, wanted: NewService, *, numbered: bool
) -> dict[str, object]:
    """Change a service; answers what changed. `numbered`: invoices carry its prefix, which then stays.

    Raises UserError `record.changed_meanwhile`, `catalog.code_is_printed`, and those of `create_service`.
    """
    row = at_version(session.get(ServiceRow, service_id), version)
    new = _checked_service(wanted)
    if numbered and (new.code, new.prefix) != (row.code, row.prefix):
        raise UserError("catalog.code_is_printed", code=row.code, prefix=row.prefix)
    refuse_bad_prefix(new.prefix)
    same = (ServiceRow.code == new.code) | (ServiceRow.prefix == new.prefix)
    other = session.scalar(select(ServiceRow.code).where(same, ServiceRow.id != service_id))
    if other is not None:
        raise UserError("catalog.service_exists", code=other)
    return _set(
        row,
        code=new.code,
        name=new.name,
        prefix=new.prefix,
        revenue_office=new.revenue_office,
        contact=list(new.contact),
        payment_means=list(new.texts.payment_means),
        appeal_text=new.texts.appeal,
        legal_text=new.texts.legal,
        due_day=new.due_rule.day,
        due_months_after=new.due_rule.months_after,
    )


def _checked_service(new: NewService) -> NewService:
    return replace(
        new,
        code=required_text(new.code, "code", 20),
        name=required_text(new.name, "nom du service", 120),
        prefix=new.prefix.strip(),
        revenue_office=optional_text(new.revenue_office, "régie", 160),
        contact=_lines(new.contact),
        texts=replace(new.texts, payment_means=_lines(new.texts.payment_means)),
    )


# --- structures ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CreateStructure(Command[int]):
    """Add a place that receives children; answers its id."""

    code: str
    name: str
    kind: StructureKind


@use_case(CreateStructure, permission="catalog.edit", action="structure.created")
def create_structure(command: CreateStructure, context: Context) -> int:
    """Raises UserError `catalog.code_taken`, `catalog.field_missing`, `catalog.field_too_long`."""
    code, name = _named(command.code, command.name)
    _refuse_taken(context.session, StructureRow, code)
    structure_id = add_structure(context.session, code, name, command.kind)
    _tell(context, "structure", structure_id, code=code)
    return structure_id


@dataclass(frozen=True)
class EditStructure(Command[None]):
    """Change a structure as it was read at `version`."""

    structure_id: int
    version: int
    code: str
    name: str
    kind: StructureKind


@use_case(EditStructure, permission="catalog.edit", action="structure.edited")
def edit_structure(command: EditStructure, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile` and those of `create_structure`."""
    row = at_version(context.session.get(StructureRow, command.structure_id), command.version)
    code, name = _named(command.code, command.name)
    _refuse_taken(context.session, StructureRow, code, but=row.id)
    _tell(context, "structure", row.id, **_set(row, code=code, name=name, kind=command.kind.value))


# --- activities ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CreateActivity(Command[int]):
    """Add to a service something it offers, in a structure or everywhere; answers its id."""

    service_id: int
    structure_id: int | None
    code: str
    name: str
    basis: BillingBasis


@use_case(CreateActivity, permission="catalog.edit", action="activity.created")
def create_activity(command: CreateActivity, context: Context) -> int:
    """Raises UserError `catalog.code_taken`, `catalog.field_missing`, `catalog.field_too_long`,
    `record.changed_meanwhile` (its service or structure is gone)."""
    session = context.session
    _refuse_gone(session, ServiceRow, command.service_id)
    _refuse_gone(session, StructureRow, command.structure_id)
    code, name = _named(command.code, command.name)
    _refuse_taken(session, ActivityRow, code)
    activity_id = add_activity(session, command.service_id, command.structure_id, code, name, command.basis)
    _tell(context, "activity", activity_id, service=command.service_id, code=code)
    return activity_id


@dataclass(frozen=True)
class EditActivity(Command[None]):
    """Change an activity as it was read at `version`; it stays in its service."""

    activity_id: int
    version: int
    structure_id: int | None
    code: str
    name: str
    basis: BillingBasis


@use_case(EditActivity, permission="catalog.edit", action="activity.edited")
def edit_activity(command: EditActivity, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile` and those of `create_activity`."""
    session = context.session
    row = at_version(session.get(ActivityRow, command.activity_id), command.version)
    _refuse_gone(session, StructureRow, command.structure_id)
    code, name = _named(command.code, command.name)
    _refuse_taken(session, ActivityRow, code, but=row.id)
    changes = _set(
        row, structure_id=command.structure_id, code=code, name=name, billing_basis=command.basis.value
    )
    _tell(context, "activity", row.id, **changes)


# --- slots ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CreateSlot(Command[int]):
    """Add a slot at the end of an activity's day; answers its id."""

    activity_id: int
    slot: NewSlot


@use_case(CreateSlot, permission="catalog.edit", action="slot.created")
def create_slot(command: CreateSlot, context: Context) -> int:
    """Raises UserError `catalog.code_taken`, `catalog.field_missing`, `catalog.field_too_long`,
    `catalog.no_weekday`, `catalog.bad_slot_times`, `record.changed_meanwhile` (its activity is gone)."""
    session = context.session
    _refuse_gone(session, ActivityRow, command.activity_id)
    new = _checked_slot(command.slot)
    _refuse_taken_slot(session, command.activity_id, new.code)
    last = session.scalar(select(func.max(SlotRow.position)).where(SlotRow.activity_id == command.activity_id))
    row = SlotRow(
        activity_id=command.activity_id,
        code=new.code,
        label=new.label,
        unit=new.unit,
        start_minute=new.start_minute,
        end_minute=new.end_minute,
        weekdays=_digits(new.weekdays),
        position=0 if last is None else last + 1,
    )
    session.add(row)
    session.flush()
    _tell(context, "slot", row.id, activity=command.activity_id, code=new.code)
    return row.id


@dataclass(frozen=True)
class EditSlot(Command[None]):
    """Change a slot as it was read at `version`. `position` orders the slots of an activity."""

    slot_id: int
    version: int
    slot: NewSlot
    position: int


@use_case(EditSlot, permission="catalog.edit", action="slot.edited")
def edit_slot(command: EditSlot, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile` and those of `create_slot`."""
    row = at_version(context.session.get(SlotRow, command.slot_id), command.version)
    new = _checked_slot(command.slot)
    _refuse_taken_slot(context.session, row.activity_id, new.code, but=row.id)
    changes = _set(
        row,
        code=new.code,
        label=new.label,
        unit=new.unit,
        start_minute=new.start_minute,
        end_minute=new.end_minute,
        weekdays=_digits(new.weekdays),
        position=command.position,
    )
    _tell(context, "slot", row.id, **changes)


def _checked_slot(new: NewSlot) -> NewSlot:
    if not new.weekdays or not new.weekdays <= frozenset(range(7)):
        raise UserError("catalog.no_weekday")
    start, end = new.start_minute, new.end_minute
    if (start is None) != (end is None):
        raise UserError("catalog.bad_slot_times")
    if start is not None and end is not None and not 0 <= start < end <= _MINUTES_IN_A_DAY:
        raise UserError("catalog.bad_slot_times")
    return replace(
        new,
        code=required_text(new.code, "code", 20),
        label=required_text(new.label, "libellé du créneau", 80),
        unit=required_text(new.unit, "unité", 20),
    )


def _digits(weekdays: frozenset[int]) -> str:
    return "".join(str(day) for day in sorted(weekdays))


# --- closures ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RemoveClosure(Command[None]):
    """Open again on days that were entered as closed."""

    closure_id: int


@use_case(RemoveClosure, permission="catalog.edit", action="closure.removed")
def remove_closure(command: RemoveClosure, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile` when somebody removed it already."""
    row = context.session.get(ClosureRow, command.closure_id)
    if row is None:
        raise UserError("record.changed_meanwhile")
    details = {"structure": row.structure_id or "all", "first_day": row.first_day, "last_day": row.last_day}
    remove(context.session, ClosureRow, [row.id])
    _tell(context, "closure", row.id, **details)


# --- shared --------------------------------------------------------------------------------------------------


def _named(code: str, name: str) -> tuple[str, str]:
    return required_text(code, "code", 20), required_text(name, "nom", 120)


def _refuse_taken(
    session: Session, table: type[StructureRow] | type[ActivityRow], code: str, but: int | None = None
) -> None:
    found = session.scalar(select(table.id).where(table.code == code))
    if found is not None and found != but:
        raise UserError("catalog.code_taken", code=code)


def _refuse_taken_slot(session: Session, activity_id: int, code: str, but: int | None = None) -> None:
    found = session.scalar(select(SlotRow.id).where(SlotRow.activity_id == activity_id, SlotRow.code == code))
    if found is not None and found != but:
        raise UserError("catalog.code_taken", code=code)


def _refuse_gone(session: Session, table: type[Base], row_id: int | None) -> None:
    if row_id is not None and session.get(table, row_id) is None:
        raise UserError("record.changed_meanwhile")
