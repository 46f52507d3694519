"""The reports of what was taken over, as they were kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from backoffice.importing.tables import ImportRow
from backoffice.kernel.application import Query, Reading, read


@dataclass(frozen=True, slots=True)
class ImportView:
    """A file taken over. `kind`: « noethys » or « commune »; `report`: what `ImportReport.to_data` wrote."""

    id: int
    kind: str
    file_name: str
    at: datetime
    report: Mapping[str, Any]


@dataclass(frozen=True)
class ListImports(Query[tuple[ImportView, ...]]):
    """Every file taken over, latest first."""


@read(ListImports, permission="importing.run")
def list_imports(_query: ListImports, reading: Reading) -> tuple[ImportView, ...]:
    rows = reading.session.scalars(select(ImportRow).order_by(ImportRow.at.desc(), ImportRow.id.desc()))
    return tuple(ImportView(row.id, row.kind, row.file_name, row.at, row.report) for row in rows)
