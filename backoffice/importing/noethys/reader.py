"""Reads a Noethys file into neutral values. Nothing is written, nothing depends on our own tables."""

from __future__ import annotations

import re
from pathlib import Path

from backoffice.importing.noethys import schema
from backoffice.importing.noethys.attendance import Known, read_attendance, read_enrollments
from backoffice.importing.noethys.billing import read_billing, with_quantities
from backoffice.importing.noethys.catalog import read_catalog
from backoffice.importing.noethys.coverage import report_left_out
from backoffice.importing.noethys.families import read_families
from backoffice.importing.noethys.file import NoethysFile, opened
from backoffice.importing.noethys.notes import Notes, each
from backoffice.importing.noethys.source import NoethysSource

_OLDEST, _NEWEST = (1, 2, 4), (1, 3)


def read_noethys(path: Path) -> NoethysSource:
    """The whole file: families, people, activities, attendance, amounts owed and paid, and what is left out.

    Every non-empty table and column of the file is either read or listed in `left_out`. Raises UserError
    `import.file_missing`, `import.not_a_database`, `import.corrupt` or `import.not_noethys`, and EnvironmentFault
    `import.file_unreadable`.
    """
    notes = Notes()
    with opened(path) as source:
        if any(_has_content(path.with_name(path.name + suffix)) for suffix in ("-journal", "-wal")):
            notes.warn("Ce fichier était ouvert dans Noethys ou mal refermé au moment de la copie : ouvrez-le puis "
                       "fermez-le dans Noethys, et recommencez si un total ne correspond pas.")
        return _read(source, notes)


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _read(source: NoethysFile, notes: Notes) -> NoethysSource:
    version = _version(source, notes)
    _warn_missing(source, notes, version)
    families = read_families(source, notes)
    catalog = read_catalog(source, notes)
    known = Known(
        person_ids={person.id for person in families.people},
        family_ids={family.id for family in families.families},
        family_of_account=families.family_of_account,
        activity_ids={activity.id for activity in catalog.activities},
        group_ids={group.id for group in catalog.groups},
        unit_ids={unit.id for unit in catalog.units},
        category_ids={category.id for category in catalog.tariff_categories},
    )
    enrollments = read_enrollments(source, notes, known)
    billing = read_billing(source, notes, known)
    attendance = read_attendance(source, notes, known, enrollments,
                                 {line.id: line.family_id for line in billing.lines})
    report_left_out(source, notes)
    return NoethysSource(
        version=version,
        organisations=families.organisations,
        families=families.families,
        people=families.people,
        memberships=families.memberships,
        relationships=families.relationships,
        quotients=families.quotients,
        document_types=families.document_types,
        documents=families.documents,
        activity_groups=catalog.activity_groups,
        activities=catalog.activities,
        approvals=catalog.approvals,
        groups=catalog.groups,
        units=catalog.units,
        openings=catalog.openings,
        tariff_categories=catalog.tariff_categories,
        tariffs=catalog.tariffs,
        unit_ids_otherwise_priced=catalog.unit_ids_otherwise_priced,
        enrollments=enrollments,
        attendance=attendance,
        lines=with_quantities(billing.lines, attendance),
        invoices=billing.invoices,
        payments=billing.payments,
        allocations=billing.allocations,
        left_out=notes.left_out(),
        warnings=tuple(notes.warnings),
    )


def _version(source: NoethysFile, notes: Notes) -> str:
    settings = {(section, name): setting for section, name, setting in each(
        source, schema.PARAMETERS, notes, lambda row: (row.text("section"), row.text("name"), row.text("setting")))}
    return settings.get(("fichier", "version"), "")


def _warn_missing(source: NoethysFile, notes: Notes, version: str) -> None:
    """A version never tried, and the tables and columns that this file does not have."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version))
    if not version:
        notes.warn("Le fichier ne dit pas sa version de Noethys.")
    elif numbers < _OLDEST or numbers[:2] > _NEWEST:
        notes.warn(f"Version de Noethys jamais essayée : {version}. Vérifiez les totaux avec soin.")
    tables = sorted({selection.what for selection in schema.ALL if selection.table not in source.tables})
    if tables:
        notes.warn(f"Absent de ce fichier : {', '.join(tables)}.")
    columns = sorted({f"{selection.table}.{selection.columns[word]}" for selection in schema.ALL
                      if selection.table in source.tables for word in source.missing(selection)})
    if columns:
        notes.warn(f"Informations que cette version n'enregistre pas : {', '.join(columns)}.")
