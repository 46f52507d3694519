"""Taking over a Noethys file: whole or not at all, prices and numbers as they were, nothing computed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from backoffice.importing.noethys.reader import read_noethys
from backoffice.importing.noethys.source import NoethysSource, PricedLine
from backoffice.importing.noethys.writing.attendance import write_attendance
from backoffice.importing.noethys.writing.catalog import KeptCatalog, town_of, write_catalog
from backoffice.importing.noethys.writing.households import write_households
from backoffice.importing.noethys.writing.leftovers import Leftovers, has_month
from backoffice.importing.noethys.writing.money import (
    KeptInvoices,
    kept_lines,
    write_charges,
    write_invoices,
    write_payments,
)
from backoffice.importing.noethys.writing.remaining import note_remaining
from backoffice.importing.noethys.writing.tariffs import kept_tariffs
from backoffice.importing.report import ImportReport, add_to
from backoffice.importing.takeover import ImportOutcome, digest_of, earlier_import, keep_report, town_if_missing
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from backoffice.tariffs.commands import add_tariff

_KIND = "noethys"
_PHASES = (
    "Lecture du fichier",
    "Services et tarifs",
    "Familles",
    "Factures et lignes",
    "Règlements",
    "Présences",
    "Compte rendu",
)


@dataclass(frozen=True)
class ImportNoethys(Command[ImportOutcome]):
    """Take over a Noethys file, read without touching it. The same file twice changes nothing."""

    path: Path


@use_case(ImportNoethys, permission="importing.run", action="noethys.imported")
def import_noethys(command: ImportNoethys, context: Context) -> ImportOutcome:
    """Raises UserError `import.file_missing`, `import.not_a_database`, `import.corrupt`, `import.not_noethys`,
    `catalog.service_exists`, EnvironmentFault `import.file_unreadable`."""
    digest = digest_of(command.path)
    if (earlier := earlier_import(context, digest)) is not None:
        return earlier
    _say(context, 0)
    source = read_noethys(command.path)
    # Two files of Noethys may print the same numbers: each is an origin of its own.
    report = _write(source, context, f"{_KIND} {digest[:12]}")
    return keep_report(context, _KIND, command.path, digest, report)


def _say(context: Context, phase: int) -> None:
    context.progress(phase, len(_PHASES), _PHASES[phase] if phase < len(_PHASES) else _PHASES[-1])


def _write(source: NoethysSource, context: Context, origin: str) -> ImportReport:
    session, left = context.session, Leftovers()
    since = _first_day(source, context.today)
    lines = kept_lines(source, left)
    _say(context, 1)
    catalog = _write_catalog(source, context, lines, since, left)
    _say(context, 2)
    households = write_households(session, source, since, left)
    _say(context, 3)
    invoices = write_invoices(session, origin, source, lines, catalog, households, left)
    charges = write_charges(session, source, lines, catalog, households, invoices, left)
    _say(context, 4)
    write_payments(session, origin, source, households, charges, left)
    _say(context, 5)
    states = write_attendance(session, source, catalog, households, charges, left)
    _say(context, 6)
    note_remaining(source, left)
    report = _report(source, lines, invoices, states, left)
    _say(context, len(_PHASES))
    return report


def _first_day(source: NoethysSource, today: date) -> date:
    """The first day that anything of the file is about."""
    days = [unit.day for unit in source.attendance] + [line.day for line in source.lines]
    return min((day for day in days if has_month(day)), default=today)


def _write_catalog(
    source: NoethysSource, context: Context, lines: Sequence[PricedLine], since: date, left: Leftovers
) -> KeptCatalog:
    if source.organisations:
        town_if_missing(context, town_of(source.organisations[0], left))
    miscellaneous = any(line.activity_id is None for line in lines)
    catalog = write_catalog(context.session, source, left, miscellaneous=miscellaneous)
    for kept in kept_tariffs(source, since, left):
        add_tariff(context.session, catalog.slots[kept.unit_id].id, kept.tariff, kept.period, kept.origin)
    return catalog


def _report(
    source: NoethysSource,
    lines: Sequence[PricedLine],
    invoices: KeptInvoices,
    states: Counter[str],
    left: Leftovers,
) -> ImportReport:
    names = {activity.id: activity.name for activity in source.activities}
    by_activity: dict[str, Money] = {}
    by_month: dict[str, Money] = {}
    for line in lines:
        amount = Money(line.amount_cents)
        add_to(by_activity, "-" if line.activity_id is None else names[line.activity_id], amount)
        add_to(by_month, str(Month.of(line.day)), amount)
    return ImportReport(
        families=len(source.families),
        people=len(source.people),
        attendance_units=states.total(),
        attendance_by_state=states,
        priced_lines=len(lines),
        priced_total=Money.total(by_activity.values()),
        priced_by_activity=by_activity,
        priced_by_month=by_month,
        historic_invoices=len(invoices.ids),
        historic_invoices_total=invoices.total,
        payments_total=Money.total(Money(payment.amount_cents) for payment in source.payments),
        left_out=left.listed(),
    )
