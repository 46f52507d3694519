"""Building the catalog: the town, structures, services, activities, slots, closures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from backoffice.catalog.checks import required_text
from backoffice.catalog.kinds import BillingBasis, StructureKind
from backoffice.catalog.queries import Town
from backoffice.catalog.rules import Closure, DueDateRule
from backoffice.catalog.tables import ActivityRow, ClosureRow, ServiceRow, SlotRow, StructureRow, TownRow
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.periods import Period
from backoffice.kernel.resources import load_toml

_PREFIX = re.compile(r"[A-Za-z0-9]{1,10}")
_LAST_ACCOUNTING_NUMBER = 999


@dataclass(frozen=True, slots=True)
class CatalogChanged(Event):
    """Something of the catalog changed. `kind`: town, structure, service, activity, slot or closure."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class ServiceTexts:
    """The texts an invoice of the service carries."""

    payment_means: tuple[str, ...]
    appeal: str
    legal: str


def default_texts() -> ServiceTexts:
    """The texts offered to a new service; each town reads them with its public accountant."""
    texts = load_toml("invoice_texts.toml")
    return ServiceTexts(tuple(texts["payment_means"]), texts["appeal"], texts["legal"])


@dataclass(frozen=True, slots=True)
class NewService:
    """A service to create. `prefix`: letters and digits, unique, at the head of its invoice numbers."""

    code: str
    name: str
    prefix: str
    revenue_office: str
    contact: tuple[str, ...]
    texts: ServiceTexts
    due_rule: DueDateRule


@dataclass(frozen=True, slots=True)
class NewSlot:
    """A slot to create. `weekdays` 0 for Monday; minutes from midnight."""

    code: str
    label: str
    unit: str
    weekdays: frozenset[int]
    start_minute: int | None = None
    end_minute: int | None = None


def put_town(session: Session, town: Town) -> None:
    """Create the issuer, or replace it."""
    row = session.get(TownRow, 1) or TownRow(id=1)
    row.name, row.address, row.identifier = town.name, list(town.address), town.identifier
    row.signatory, row.school_zone = town.signatory, town.school_zone
    session.add(row)
    session.flush()


def has_town(session: Session) -> bool:
    return session.get(TownRow, 1) is not None


def add_service(session: Session, new: NewService) -> int:
    """Returns the id. Raises UserError `catalog.bad_prefix`, `catalog.service_exists`, `catalog.too_many_services`."""
    refuse_bad_prefix(new.prefix)
    # « CANT » and « cant » would be the same file name on Windows.
    taken = select(ServiceRow.code).where(
        (func.lower(ServiceRow.code) == new.code.lower()) | (func.lower(ServiceRow.prefix) == new.prefix.lower())
    )
    if (other := session.scalar(taken)) is not None:
        raise UserError("catalog.service_exists", code=other)
    number = (session.scalar(select(func.max(ServiceRow.accounting_number))) or 0) + 1
    if number > _LAST_ACCOUNTING_NUMBER:
        raise UserError("catalog.too_many_services")
    row = ServiceRow(
        code=new.code,
        name=new.name,
        prefix=new.prefix,
        accounting_number=number,
        revenue_office=new.revenue_office,
        contact=list(new.contact),
        payment_means=list(new.texts.payment_means),
        appeal_text=new.texts.appeal,
        legal_text=new.texts.legal,
        due_day=new.due_rule.day,
        due_months_after=new.due_rule.months_after,
    )
    session.add(row)
    session.flush()
    return row.id


def refuse_bad_prefix(prefix: str) -> None:
    """Raises UserError `catalog.bad_prefix`."""
    if not _PREFIX.fullmatch(prefix):
        raise UserError("catalog.bad_prefix", prefix=prefix)


def add_structure(session: Session, code: str, name: str, kind: StructureKind) -> int:
    row = StructureRow(code=code, name=name, kind=kind.value)
    session.add(row)
    session.flush()
    return row.id


def add_activity(
    session: Session, service_id: int, structure_id: int | None, code: str, name: str, basis: BillingBasis
) -> int:
    row = ActivityRow(
        service_id=service_id, structure_id=structure_id, code=code, name=name, billing_basis=basis.value
    )
    session.add(row)
    session.flush()
    return row.id


def add_slots(session: Session, activity_id: int, slots: tuple[NewSlot, ...]) -> tuple[int, ...]:
    """Create the slots of an activity in their order of display. Returns their ids in the same order."""
    rows = [
        SlotRow(
            activity_id=activity_id,
            code=slot.code,
            label=slot.label,
            unit=slot.unit,
            start_minute=slot.start_minute,
            end_minute=slot.end_minute,
            weekdays="".join(str(day) for day in sorted(slot.weekdays)),
            position=position,
        )
        for position, slot in enumerate(slots)
    ]
    session.add_all(rows)
    session.flush()
    return tuple(row.id for row in rows)


@dataclass(frozen=True)
class DescribeTown(Command[None]):
    """Say who issues the invoices."""

    town: Town


@use_case(DescribeTown, permission="catalog.edit", action="town.described")
def describe_town(command: DescribeTown, context: Context) -> None:
    put_town(context.session, command.town)
    context.record("town")
    context.events.append(CatalogChanged("town", 1))


@dataclass(frozen=True)
class Close(Command[None]):
    """Close a structure (None: all of them) from a day to another, both inside."""

    structure_id: int | None
    first_day: date
    last_day: date
    reason: str


@use_case(Close, permission="catalog.edit", action="structure.closed")
def close(command: Close, context: Context) -> None:
    """Raises UserError `period.ends_before_start`, `catalog.closure_without_reason`, `catalog.field_too_long`,
    `record.changed_meanwhile` (the structure is gone)."""
    # A closure without reason would stop every run that reads it.
    closure = Closure(Period(command.first_day, command.last_day), command.reason)
    session = context.session
    if command.structure_id is not None and session.get(StructureRow, command.structure_id) is None:
        raise UserError("record.changed_meanwhile")
    row = ClosureRow(
        structure_id=command.structure_id,
        first_day=command.first_day,
        last_day=command.last_day,
        reason=required_text(closure.reason, "motif", 120),
    )
    session.add(row)
    session.flush()
    context.record(f"structure {command.structure_id or 'all'}", first_day=command.first_day, last_day=command.last_day)
    context.events.append(CatalogChanged("closure", row.id))
