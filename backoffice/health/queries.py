"""Who read a sheet, and the one thing of it that others are told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, TextClause, or_, select, text

from backoffice.agents.overview import agent_names
from backoffice.health.tables import HealthReadRow, HealthSheetRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.batches import batches
from backoffice.kernel.bulk import is_shared
from backoffice.kernel.database import Session

_ALERTS = text("SELECT health_alerts(CAST(:ids AS bigint[]))")
_PAI = text("SELECT declared_pai(CAST(:ids AS bigint[]))")
_MENUS = text("SELECT child, menu FROM child_menus(CAST(:ids AS bigint[]))")


@dataclass(frozen=True, slots=True)
class SheetReading:
    """Somebody opened the sheet. `agent` is the name of who did, or the login of one who is no longer known."""

    at: datetime
    agent: str
    reason: str


@dataclass(frozen=True)
class SheetReadings(Query[tuple[SheetReading, ...]]):
    """« Qui a lu cette fiche », the last first, for who reads it too."""

    person_id: int


@dataclass(frozen=True)
class AuditedReadings(Query[tuple[SheetReading, ...]]):
    """The same for who watches over it without ever opening one."""

    person_id: int


@read(SheetReadings, permission="health.read")
def sheet_readings(query: SheetReadings, reading: Reading) -> tuple[SheetReading, ...]:
    return _readings(reading.session, query.person_id)


@read(AuditedReadings, permission="health.audit")
def audited_readings(query: AuditedReadings, reading: Reading) -> tuple[SheetReading, ...]:
    return _readings(reading.session, query.person_id)


def _readings(session: Session, person_id: int) -> tuple[SheetReading, ...]:
    names = agent_names(session)
    statement = select(HealthReadRow).where(HealthReadRow.person_id == person_id)
    rows = session.scalars(statement.order_by(HealthReadRow.at.desc(), HealthReadRow.id.desc()))
    return tuple(SheetReading(row.at, names.get(row.actor, row.actor), row.reason) for row in rows)


@dataclass(frozen=True)
class HealthAlerts(Query[frozenset[int]]):
    """Which of these children have an allergy or a PAI."""

    person_ids: tuple[int, ...]


@read(HealthAlerts, permission="attendance.read")
def health_alerts(query: HealthAlerts, reading: Reading) -> frozenset[int]:
    return children_with_alert(reading.session, query.person_ids)


def children_with_alert(session: Session, person_ids: Collection[int]) -> frozenset[int]:
    """The children who have an allergy or a PAI, for who looks after them: that, and nothing of what it is."""
    return _children(session, person_ids, _ALERTS, or_(HealthSheetRow.allergies != "", HealthSheetRow.has_pai))


def children_with_pai(session: Session, person_ids: Collection[int]) -> frozenset[int]:
    """The children whose PAI is declared, for who asks their family for the document: that, and nothing of it."""
    return _children(session, person_ids, _PAI, HealthSheetRow.has_pai.is_(True))


def menus_of(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """The menu of each child by its code, the ordinary one left out, for who orders and serves meals."""
    found: dict[int, str] = {}
    sheet = HealthSheetRow
    for some in batches(person_ids):
        rows = (
            session.execute(_MENUS, {"ids": list(some)}) if is_shared(session)
            else session.execute(select(sheet.person_id, sheet.menu).where(sheet.person_id.in_(some), sheet.menu != ""))
        )
        found.update((child, menu) for child, menu in rows)
    return found


def _children(
    session: Session, person_ids: Collection[int], function: TextClause, condition: ColumnElement[bool]
) -> frozenset[int]:
    found: set[int] = set()
    for some in batches(person_ids):
        if is_shared(session):
            found.update(session.scalars(function, {"ids": list(some)}))
        else:
            sheet = HealthSheetRow.person_id
            found.update(session.scalars(select(sheet).where(sheet.in_(some), condition)))
    return frozenset(found)
