"""One file taken over once: recognised by its content, imported whole or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from backoffice.catalog.commands import has_town, put_town
from backoffice.catalog.queries import Town
from backoffice.importing.report import ImportReport
from backoffice.importing.tables import ImportRow
from backoffice.kernel.application import Context
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.filestore import disk_faults

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class DataImported(Event):
    """Data of another program came in: every list may have changed."""

    kind: str


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """The report of an import; `already_done` when this very file had been taken over before."""

    report: dict[str, Any]
    already_done: bool


def digest_of(path: Path) -> str:
    """SHA-256 of a file. Raises UserError `import.file_missing`, EnvironmentFault."""
    if not path.is_file():
        raise UserError("import.file_missing", path=str(path))
    digest = hashlib.sha256()
    with disk_faults(path), path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def earlier_import(context: Context, digest: str) -> ImportOutcome | None:
    """The report kept when this very content came in, if it did."""
    report = context.session.scalar(select(ImportRow.report).where(ImportRow.digest == digest))
    return None if report is None else ImportOutcome(report, already_done=True)


def keep_report(context: Context, kind: str, path: Path, digest: str, report: ImportReport) -> ImportOutcome:
    """Remember what came in, in the journal too."""
    data = report.to_data()
    context.session.add(ImportRow(kind=kind, digest=digest, file_name=path.name, at=context.now, report=data))
    context.record(
        f"import {kind}",
        digest=digest,
        families=report.families,
        people=report.people,
        attendance_units=report.attendance_units,
        priced_total=data["priced_total"],
    )
    context.events.append(DataImported(kind))
    return ImportOutcome(data, already_done=False)


def town_if_missing(context: Context, town: Town) -> None:
    """An import may say who the issuer is; a town that was described by its agents is left alone."""
    if not has_town(context.session):
        put_town(context.session, town)
