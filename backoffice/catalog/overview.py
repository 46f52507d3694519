"""The whole catalog as the screens that edit it show it, with the version of each record, and its history."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from backoffice.catalog.kinds import BillingBasis, StructureKind
from backoffice.catalog.queries import Service, Slot, Town, find_town, services_in_scope, slots_of
from backoffice.catalog.rules import Closure
from backoffice.catalog.tables import ActivityRow, ClosureRow, ServiceRow, SlotRow, StructureRow, TownRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.audit import AuditRow
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Period
from backoffice.kernel.text import folded


@dataclass(frozen=True, slots=True)
class TownView:
    """The issuer and its version."""

    town: Town
    version: int


@dataclass(frozen=True, slots=True)
class StructureView:
    """A place that receives children."""

    id: int
    version: int
    code: str
    name: str
    kind: StructureKind


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot of an activity; `slot` says its times, weekdays and unit. `last_day` is its own."""

    slot: Slot
    version: int
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class ActivityView:
    """An activity and its slots, in the order of its day. `structure_name` is empty when it is everywhere;
    `last_day` is its own."""

    id: int
    version: int
    service_id: int
    structure_id: int | None
    structure_name: str
    code: str
    name: str
    basis: BillingBasis
    slots: tuple[SlotView, ...]
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service and its activities, by name."""

    service: Service
    version: int
    activities: tuple[ActivityView, ...]


@dataclass(frozen=True, slots=True)
class ClosureView:
    """Days a structure is closed; `structure_name` is empty when all of them are."""

    id: int
    structure_id: int | None
    structure_name: str
    first_day: date
    last_day: date
    reason: str

    @property
    def in_french(self) -> str:
        """« Fermeture du 24/12/2026 au 31/12/2026 : congés de fin d'année »."""
        return Closure(Period(self.first_day, self.last_day), self.reason).in_french


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything the town offers. `town` None: nobody has described it yet. Closures: latest first."""

    town: TownView | None
    services: tuple[ServiceView, ...]
    structures: tuple[StructureView, ...]
    closures: tuple[ClosureView, ...]


@dataclass(frozen=True)
class CatalogOverview(Query[Catalog]):
    """The town, services → activities → slots, structures and closures, each with its version."""


@read(CatalogOverview, permission="catalog.read")
def catalog_overview(_query: CatalogOverview, reading: Reading) -> Catalog:
    session = reading.session
    structures = _structures(session)
    names = {structure.id: structure.name for structure in structures}
    activities = _activities(session, names)
    versions = {row.id: row.version for row in session.execute(select(ServiceRow.id, ServiceRow.version))}
    return Catalog(
        town=_town(session),
        services=tuple(
            ServiceView(service, versions[service.id], tuple(activities.get(service.id, ())))
            for service in services_in_scope(session)
        ),
        structures=structures,
        closures=_closures(session, names),
    )


def _town(session: Session) -> TownView | None:
    version = session.scalar(select(TownRow.version))
    return None if version is None else TownView(find_town(session), version)


def _structures(session: Session) -> tuple[StructureView, ...]:
    found = [
        StructureView(row.id, row.version, row.code, row.name, StructureKind(row.kind))
        for row in session.scalars(select(StructureRow))
    ]
    return tuple(sorted(found, key=lambda structure: folded(structure.name)))


def _activities(session: Session, structures: Mapping[int, str]) -> dict[int, list[ActivityView]]:
    own = {row.id: row for row in session.execute(select(SlotRow.id, SlotRow.version, SlotRow.last_day))}
    slots: dict[int, list[SlotView]] = defaultdict(list)
    for slot in sorted(slots_of(session).values(), key=lambda slot: (slot.position, slot.id)):
        slots[slot.activity_id].append(SlotView(slot, own[slot.id].version, own[slot.id].last_day))
    found: dict[int, list[ActivityView]] = defaultdict(list)
    for row in sorted(session.scalars(select(ActivityRow)), key=lambda row: (folded(row.name), row.id)):
        found[row.service_id].append(
            ActivityView(
                id=row.id,
                version=row.version,
                service_id=row.service_id,
                structure_id=row.structure_id,
                structure_name="" if row.structure_id is None else structures[row.structure_id],
                code=row.code,
                name=row.name,
                basis=BillingBasis(row.billing_basis),
                slots=tuple(slots[row.id]),
                last_day=row.last_day,
            )
        )
    return found


def _closures(session: Session, structures: Mapping[int, str]) -> tuple[ClosureView, ...]:
    rows = session.scalars(select(ClosureRow).order_by(ClosureRow.first_day.desc(), ClosureRow.id.desc()))
    return tuple(
        ClosureView(
            row.id,
            row.structure_id,
            "" if row.structure_id is None else structures[row.structure_id],
            row.first_day,
            row.last_day,
            row.reason,
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class CatalogChange:
    """One line of the journal about the catalog or its tariffs; `details` are « field » → « old → new »."""

    at: datetime
    actor: str
    action: str
    subject: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CatalogHistory(Query[tuple[CatalogChange, ...]]):
    """What was changed in the catalog and its tariffs, latest first. `subject`: « slot 12 », « service 3 »,
    empty for everything."""

    subject: str = ""
    limit: int = 200


_ACTIONS = ("town", "service", "structure", "activity", "slot", "closure", "tariff", "offer")


@read(CatalogHistory, permission="catalog.read")
def catalog_history(query: CatalogHistory, reading: Reading) -> tuple[CatalogChange, ...]:
    statement = select(AuditRow).where(or_(*(AuditRow.action.startswith(f"{name}.") for name in _ACTIONS)))
    if query.subject:
        statement = statement.where(AuditRow.subject == query.subject)
    rows = reading.session.scalars(statement.order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(query.limit))
    return tuple(
        CatalogChange(
            row.at,
            row.actor,
            row.action,
            row.subject,
            tuple((str(name), str(value)) for name, value in json.loads(row.details).items()),
        )
        for row in rows
    )
