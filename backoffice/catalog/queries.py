"""What other wings and screens read of the catalog."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select

from backoffice.catalog.kinds import NO_STRUCTURE, BillingBasis, StructureKind
from backoffice.catalog.rules import DueDateRule
from backoffice.catalog.tables import ActivityRow, ClosureRow, ServiceRow, SlotRow, StructureRow, TownRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.text import folded


@dataclass(frozen=True, slots=True)
class Town:
    """The issuer of invoices."""

    name: str
    address: tuple[str, ...]
    identifier: str
    signatory: str
    school_zone: str


@dataclass(frozen=True, slots=True)
class Service:
    """A service with its régie, prefix and due-date rule. After `last_day` it offers nothing."""

    id: int
    code: str
    name: str
    prefix: str
    accounting_number: int
    revenue_office: str
    contact: tuple[str, ...]
    payment_means: tuple[str, ...]
    appeal_text: str
    legal_text: str
    due_rule: DueDateRule
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot with the activity and service it belongs to. Minutes from midnight.

    `last_day`: the last one on which it is offered, its activity's and its service's counted.
    """

    id: int
    code: str
    label: str
    unit: str
    start_minute: int | None
    end_minute: int | None
    weekdays: frozenset[int]
    position: int
    activity_id: int
    activity_code: str
    activity: str
    billing_basis: BillingBasis
    service_id: int
    structure_id: int | None
    last_day: date | None = None

    def is_offered_on(self, day: date) -> bool:
        """Whether a child may still be put into it that day."""
        return self.last_day is None or day <= self.last_day


@dataclass(frozen=True, slots=True)
class Structure:
    """A place that receives children."""

    id: int
    code: str
    name: str
    kind: StructureKind


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """Days one structure (None: all of them) is closed."""

    structure_id: int | None
    first_day: date
    last_day: date
    reason: str


def find_town(session: Session) -> Town:
    """Raises UserError `catalog.no_town`: nothing can be issued without an issuer."""
    row = session.get(TownRow, 1)
    if row is None:
        raise UserError("catalog.no_town")
    return Town(row.name, tuple(row.address), row.identifier, row.signatory, row.school_zone)


def services_in_scope(
    session: Session, codes: Collection[str] = (), *, for_update: bool = False
) -> tuple[Service, ...]:
    """The services of these codes (all of them without codes), by code.

    `for_update` holds their rows: two runs over the same service then follow one another.
    Raises UserError `catalog.unknown_service`, `catalog.no_service` when there is none at all.
    """
    wanted = {folded(code): code for code in codes}
    statement = select(ServiceRow).order_by(ServiceRow.id)
    if for_update:
        named = select(ServiceRow.id, ServiceRow.code)
        ids = [id_ for id_, code in session.execute(named) if not wanted or folded(code) in wanted]
        statement = statement.where(ServiceRow.id.in_(ids)).with_for_update()
    found = [_service(row) for row in session.scalars(statement) if not wanted or folded(row.code) in wanted]
    missing = wanted.keys() - {folded(service.code) for service in found}
    if missing:
        known = ", ".join(session.scalars(select(ServiceRow.code).order_by(ServiceRow.code)))
        if not known:
            raise UserError("catalog.no_service")
        raise UserError(
            "catalog.unknown_service",
            code=", ".join(sorted(wanted[key] for key in missing)),
            known=known,
        )
    return tuple(sorted(found, key=lambda service: service.code))


def service_id_of(session: Session, code: str) -> int:
    """Raises UserError `catalog.unknown_service`."""
    return services_in_scope(session, (code,))[0].id


def structure_id_of(session: Session, code: str) -> int:
    """Raises UserError `catalog.unknown_structure`."""
    found = session.scalar(select(StructureRow.id).where(StructureRow.code == code.strip()))
    if found is None:
        known = ", ".join(session.scalars(select(StructureRow.code).order_by(StructureRow.code))) or "aucune"
        raise UserError("catalog.unknown_structure", code=code, known=known)
    return found


def place_names(session: Session) -> tuple[dict[int, str], dict[int, str]]:
    """The names of services and of structures, by id."""
    services = {row.id: row.name for row in session.execute(select(ServiceRow.id, ServiceRow.name))}
    return services, {row.id: row.name for row in session.execute(select(StructureRow.id, StructureRow.name))}


@dataclass(frozen=True, slots=True)
class ActivityPlace:
    """An activity with the service and the structure it belongs to. After `last_day` it is not offered."""

    id: int
    activity: str
    service_id: int
    service: str
    structure_id: int | None
    last_day: date | None


def activity_places(session: Session, ids: Collection[int] | None = None) -> dict[int, ActivityPlace]:
    """These activities (None: all), by id."""
    statement = select(ActivityRow, ServiceRow.name, ServiceRow.last_day).join(
        ServiceRow, ActivityRow.service_id == ServiceRow.id
    )
    if ids is not None:
        statement = statement.where(ActivityRow.id.in_(ids))
    found = {}
    for row, service, service_ends in session.execute(statement):
        ends = [day for day in (row.last_day, service_ends) if day is not None]
        found[row.id] = ActivityPlace(
            row.id, row.name, row.service_id, service, row.structure_id, min(ends, default=None)
        )
    return found


@dataclass(frozen=True)
class ListActivities(Query[tuple[ActivityPlace, ...]]):
    """Every activity of the town, by id."""


@read(ListActivities, permission="catalog.read")
def list_activities(_query: ListActivities, reading: Reading) -> tuple[ActivityPlace, ...]:
    return tuple(place for _, place in sorted(activity_places(reading.session).items()))


def services_by_kind(session: Session) -> dict[StructureKind, frozenset[int]]:
    """The services that have an activity in structures of each kind."""
    statement = (
        select(StructureRow.kind, ActivityRow.service_id)
        .join(ActivityRow, ActivityRow.structure_id == StructureRow.id)
        .distinct()
    )
    found: dict[StructureKind, set[int]] = defaultdict(set)
    for kind, service_id in session.execute(statement):
        found[StructureKind(kind)].add(service_id)
    return {kind: frozenset(services) for kind, services in found.items()}
def contacts_of(session: Session, service_ids: Collection[int]) -> tuple[tuple[str, ...], ...]:
    """How families reach these services, in lines that begin with the name of each; each once, by name."""
    rows = session.execute(
        select(ServiceRow.name, ServiceRow.contact).where(ServiceRow.id.in_(set(service_ids))).order_by(ServiceRow.name)
    )
    return tuple((name, *contact) for name, contact in rows)


def hold_service_of(session: Session, slot_id: int) -> None:
    """Wait for a run over the slot's service to end, and keep the next one waiting until this transaction ends.

    Raises UserError `catalog.unknown_slot`.
    """
    hold_services_of(session, [slot_id])


def hold_services_of(session: Session, slot_ids: Collection[int]) -> None:
    """The same for several slots at once, in the order in which runs hold their services.

    Raises UserError `catalog.unknown_slot`.
    """
    services = (
        select(ActivityRow.service_id)
        .join(SlotRow, SlotRow.activity_id == ActivityRow.id)
        .where(SlotRow.id.in_(slot_ids))
    )
    statement = select(ServiceRow.id).where(ServiceRow.id.in_(services)).order_by(ServiceRow.id)
    session.execute(statement.with_for_update(read=True, of=ServiceRow)).all()
    # Looked for once the services are held: until then a slot may have been removed.
    known = set(session.scalars(select(SlotRow.id).where(SlotRow.id.in_(slot_ids))))
    for slot_id in sorted(set(slot_ids) - known):
        raise UserError("catalog.unknown_slot", id=slot_id)


def hold_activity(session: Session, activity_id: int) -> None:
    """Wait for whoever changes what this activity decides, and keep the next one waiting until this transaction ends.

    Raises UserError `record.changed_meanwhile` when it is gone.
    """
    if session.scalar(select(ActivityRow.id).where(ActivityRow.id == activity_id).with_for_update()) is None:
        raise UserError("record.changed_meanwhile")


def refuse_ended(session: Session, wanted: Collection[tuple[int, date]]) -> None:
    """Nobody is put into a slot (id) on a day after its last one. Raises UserError `catalog.slot_ended`."""
    found = _slots(session, SlotRow.id.in_({slot_id for slot_id, _ in wanted})) if wanted else {}
    for slot_id, day in sorted(wanted):
        slot = found.get(slot_id)
        if slot is not None and slot.last_day is not None and not slot.is_offered_on(day):
            raise UserError("catalog.slot_ended", slot=slot.label, day=day, last=slot.last_day)


def _service(row: ServiceRow) -> Service:
    return Service(
        id=row.id,
        code=row.code,
        name=row.name,
        prefix=row.prefix,
        accounting_number=row.accounting_number,
        revenue_office=row.revenue_office,
        contact=tuple(row.contact),
        payment_means=tuple(row.payment_means),
        appeal_text=row.appeal_text,
        legal_text=row.legal_text,
        due_rule=DueDateRule(day=row.due_day, months_after=row.due_months_after),
        last_day=row.last_day,
    )


def slots_of(session: Session, service_ids: Collection[int] | None = None) -> dict[int, Slot]:
    """Every slot of these services (None: of all), by id."""
    if service_ids is None:
        return _slots(session)
    return _slots(session, ActivityRow.service_id.in_(service_ids))


def slots_in(session: Session, structure_id: int | None) -> dict[int, Slot]:
    """Every slot of the activities of a structure (None: of all; `NO_STRUCTURE`: of those in none), by id."""
    return {slot.id: slot for slot in slots_of(session).values() if is_inside(slot.structure_id, structure_id)}


def is_inside(structure_id: int | None, wanted: int | None) -> bool:
    """Whether what is in this structure (None: in none) is looked at when `wanted` is (None: all; `NO_STRUCTURE`)."""
    return wanted is None or (structure_id or NO_STRUCTURE) == wanted


def _slots(session: Session, *conditions: ColumnElement[bool]) -> dict[int, Slot]:
    statement = (
        select(SlotRow, ActivityRow, ServiceRow.last_day)
        .join(ActivityRow, SlotRow.activity_id == ActivityRow.id)
        .join(ServiceRow, ActivityRow.service_id == ServiceRow.id)
        .where(*conditions)
    )
    return {slot.id: _slot(slot, activity, ends) for slot, activity, ends in session.execute(statement)}


def _slot(slot: SlotRow, activity: ActivityRow, service_ends: date | None) -> Slot:
    ends = [day for day in (slot.last_day, activity.last_day, service_ends) if day is not None]
    return Slot(
        id=slot.id,
        code=slot.code,
        label=slot.label,
        unit=slot.unit,
        start_minute=slot.start_minute,
        end_minute=slot.end_minute,
        weekdays=frozenset(int(digit) for digit in slot.weekdays),
        position=slot.position,
        activity_id=activity.id,
        activity_code=activity.code,
        activity=activity.name,
        billing_basis=BillingBasis(activity.billing_basis),
        service_id=activity.service_id,
        structure_id=activity.structure_id,
        last_day=min(ends, default=None),
    )


def closed_days(session: Session) -> tuple[ClosedDays, ...]:
    """All closures entered, by first day."""
    rows = session.scalars(select(ClosureRow).order_by(ClosureRow.first_day))
    return tuple(ClosedDays(row.structure_id, row.first_day, row.last_day, row.reason) for row in rows)


@dataclass(frozen=True)
class ListServices(Query[tuple[Service, ...]]):
    """The services with a slot in a structure (None: all services; `NO_STRUCTURE`: outside structures), by code."""

    structure_id: int | None = None


@read(ListServices, permission="catalog.read")
def list_services(query: ListServices, reading: Reading) -> tuple[Service, ...]:
    found = services_in_scope(reading.session)
    if query.structure_id is None:
        return found
    inside = {slot.service_id for slot in slots_in(reading.session, query.structure_id).values()}
    return tuple(service for service in found if service.id in inside)


@dataclass(frozen=True)
class ListStructures(Query[tuple[Structure, ...]]):
    """All structures, by name."""


@read(ListStructures, permission="catalog.read")
def list_structures(_query: ListStructures, reading: Reading) -> tuple[Structure, ...]:
    rows = reading.session.scalars(select(StructureRow))
    found = [Structure(row.id, row.code, row.name, StructureKind(row.kind)) for row in rows]
    return tuple(sorted(found, key=lambda structure: folded(structure.name)))
