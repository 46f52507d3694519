"""The two ways to a sheet: the functions of the shared database, or its table on an embedded one.

On the shared database the functions ask who is connected, refuse, and write the trace; here the program does.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update

from backoffice.health.rules import SheetValues
from backoffice.health.tables import HealthReadRow, HealthSheetRow
from backoffice.kernel.application import Context
from backoffice.kernel.bulk import is_shared
from backoffice.kernel.errors import UserError
from backoffice.kernel.schema import DocumentType

_LOG = logging.getLogger("backoffice.health")
_NAMES = tuple(f.name for f in fields(SheetValues))
_READ = text("SELECT * FROM read_health_sheet(:person, :reason)")
_WRITE = text("SELECT write_health_sheet(:sheet)").bindparams(bindparam("sheet", type_=DocumentType))


def read_sheet(context: Context, person_id: int, reason: str) -> tuple[int, SheetValues]:
    """The version of a child's sheet and what it says (0 and nothing when there is none), and the trace of it."""
    session = context.session
    row: HealthSheetRow | None
    if is_shared(session):
        found = select(HealthSheetRow).from_statement(_READ)
        row = session.scalars(found, {"person": person_id, "reason": reason}).one_or_none()
    else:
        # The log keeps the trace of a reading whose transaction fails, as the log of a server does.
        _LOG.info("health sheet of person %s read by %s", person_id, context.actor.login)
        session.add(HealthReadRow(at=context.now, actor=context.actor.login, person_id=person_id, reason=reason))
        row = session.get(HealthSheetRow, person_id)
    if row is None:
        return 0, SheetValues()
    return row.version, SheetValues(**{name: getattr(row, name) for name in _NAMES})


def write_sheet(context: Context, person_id: int, version: int, values: SheetValues) -> int:
    """Put the values on the sheet that has this version (0: a first sheet); returns the new one.

    Raises UserError `record.changed_meanwhile`.
    """
    session = context.session
    following = version + 1
    sheet: dict[str, Any] = {"person_id": person_id, "version": following, **asdict(values)}
    if is_shared(session):
        written_days = {name: day.isoformat() for name, day in sheet.items() if isinstance(day, date)}
        session.execute(_WRITE, {"sheet": sheet | written_days})
        return following
    if version == 0 and session.get(HealthSheetRow, person_id) is None:
        session.execute(insert(HealthSheetRow), [sheet])
        return following
    written = session.execute(
        update(HealthSheetRow)
        .where(HealthSheetRow.person_id == person_id, HealthSheetRow.version == version)
        .values(sheet)
    )
    if not written.rowcount:  # type: ignore[attr-defined]
        raise UserError("record.changed_meanwhile")
    return following
