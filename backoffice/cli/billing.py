"""`backoffice billing run|cancel` and `backoffice export billing`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backoffice.billing.cancelling import CancelInvoice
from backoffice.billing.documents import write_month_files
from backoffice.billing.issuing import IssueMonth
from backoffice.billing.plan import PlannedGroup, RunPlan, Severity
from backoffice.billing.queries import BillingMonthView, InvoiceByNumber, PreviewMonth
from backoffice.billing.rules import Outcome
from backoffice.catalog.calendar import load_public_holidays
from backoffice.cli.opening import application
from backoffice.cli.screen import progress_bar, say, say_table, warn, write_report
from backoffice.kernel.application import Application
from backoffice.kernel.errors import NeedsConfirmation, UserError
from backoffice.kernel.filestore import check_file, check_folder, make_folder, safe_name, write_whole
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import Money, euros, plain_amount
from backoffice.kernel.periods import Month, french_day
from backoffice.kernel.progress import Progress
from reports.billing_workbook import billing_workbook
from reports.invoice_pdf import render_invoice, render_invoices

_NUMBERS_SHOWN = 5


def run_billing(arguments: Namespace) -> int:
    return _cancel(arguments) if arguments.action == "cancel" else _run(arguments)


def _run(arguments: Namespace) -> int:
    load_public_holidays()
    services = tuple(arguments.service)
    folder = None if arguments.rehearsal else arguments.out
    with application(arguments.database, existing=True) as app, progress_bar() as progress:
        # Invoices are not taken back because their report found no place: look before.
        if arguments.report:
            check_file(arguments.report)
        if folder:
            check_folder(folder)
        issued_on = arguments.issued_on or app.clock.today()
        if arguments.rehearsal:
            query = PreviewMonth(arguments.month, issued_on, services)
            plan = app.ask(query, progress=progress)
            numbers: tuple[str, ...] = ()
        else:
            command = IssueMonth(arguments.month, issued_on, services)
            confirmed = frozenset({"billing.leave_blocked"}) if arguments.yes else frozenset()
            try:
                plan, numbers = _issue(app, command, confirmed, progress)
            except NeedsConfirmation:
                preview = app.ask(PreviewMonth(arguments.month, issued_on, services), progress=progress)
                show_anomalies(preview)
                if arguments.report:
                    write_report(arguments.report, report_of(preview, (), issued=False))
                raise
        # Said before the PDFs are tried: a full disk must not hide that the month is issued.
        show_plan(plan, numbers, rehearsal=arguments.rehearsal)
        if arguments.report:
            write_report(arguments.report, report_of(plan, numbers, issued=not arguments.rehearsal))
            say(f"Compte rendu : {arguments.report}")
        if folder:
            written = write_month_files(app, arguments.month, services, folder, render_invoices, progress)
            say(f"PDF dans {folder} : {written.written} de plus, {written.kept} déjà là.")
    return 0


def _issue(
    app: Application, command: IssueMonth, confirmed: frozenset[str], progress: Progress
) -> tuple[RunPlan, tuple[str, ...]]:
    """Issue; when a question comes up and somebody is there to answer it, ask."""
    try:
        run = app.execute(command, confirmed=confirmed, progress=progress)
    except NeedsConfirmation as question:
        if not (sys.stdin and sys.stdin.isatty()):
            raise
        warn(f"{sentence(question)} [o/N]")
        if sys.stdin.readline().strip().casefold() not in {"o", "oui"}:
            raise
        run = app.execute(command, confirmed=confirmed | {question.code}, progress=progress)
    return run.plan, run.numbers


def show_plan(plan: RunPlan, numbers: Sequence[str], *, rehearsal: bool) -> None:
    """The run as an agent reads it: one line for each service, then what was carried and what to look at."""
    what = "À blanc, rien n'est émis. " if rehearsal else ""
    invoiced, carried = plan.of(Outcome.INVOICED), plan.of(Outcome.CARRIED)
    say(f"{what}Facturation {plan.month.of_in_french}, émise le {french_day(plan.issued_on)}")
    if not invoiced:
        say("  Aucune nouvelle facture pour ce mois.")
    rows = [
        (code, _invoices(len(groups)), euros(_total(groups)))
        for code in plan.service_codes
        if (groups := [group for group in invoiced if group.service_code == code])
    ]
    if rows:
        rows.append(("Total", _invoices(len(invoiced)), euros(_total(invoiced))))
    if carried:
        rows.append(("Reporté", f"{len(carried)} montant{'s' if len(carried) > 1 else ''}", euros(_total(carried))))
    say_table(rows)
    if 0 < len(numbers) <= _NUMBERS_SHOWN:
        say(f"  Numéros : {', '.join(numbers)}")
    elif numbers:
        say(f"  Numéros : de {numbers[0]} à {numbers[-1]}, {len(numbers)} sans trou par série")
    show_anomalies(plan)
    if plan.price_differences:
        say(f"  Prix différents de ceux annoncés à la reprise : {len(plan.price_differences)}")


def _invoices(count: int) -> str:
    return f"{count} facture{'s' if count > 1 else ''}"


def show_anomalies(plan: RunPlan) -> None:
    """What stands in the way, family by family, and what to know about the run itself."""
    for remark in plan.remarks:
        say(f"  À savoir : {sentence(remark)}")
    for severity, title in ((Severity.BLOCKING, "À régler avant de facturer"), (Severity.TO_CHECK, "À vérifier")):
        found = [anomaly for anomaly in plan.anomalies if anomaly.severity is severity]
        if found:
            say(f"  {title} ({len(found)}) :")
            for anomaly in found:
                say(f"    {anomaly.service_code} - {anomaly.family_name} : {anomaly.text}")


def report_of(plan: RunPlan, numbers: Sequence[str], *, issued: bool) -> dict[str, Any]:
    """The run as data: amounts as text with two decimals. `issued` False: nothing was written."""
    invoiced, carried, blocked = (plan.of(o) for o in (Outcome.INVOICED, Outcome.CARRIED, Outcome.BLOCKED))
    by_service = {
        code: _counted([group for group in invoiced if group.service_code == code]) for code in plan.service_codes
    }
    return {
        "month": str(plan.month),
        "issued": issued,
        "issued_on": plan.issued_on.isoformat(),
        "remarks": [sentence(remark) for remark in plan.remarks],
        "groups": _counted(plan.groups),
        "invoices": {**_counted(invoiced), "by_service": by_service},
        "carried": _counted(carried),
        "blocked": _counted(blocked),
        "anomalies": [
            {
                "severity": anomaly.severity.value,
                "code": anomaly.error.code,
                "family": anomaly.family_name,
                "service": anomaly.service_code,
                "text": anomaly.text,
            }
            for anomaly in plan.anomalies
        ],
        "price_differences": [
            {
                "day": difference.day.isoformat(),
                "family": difference.family_id,
                "child": difference.child_id,
                "slot": difference.slot,
                "announced": plain_amount(difference.announced),
                "computed": plain_amount(difference.computed),
            }
            for difference in plan.price_differences
        ],
        "numbers": list(numbers),
    }


def _counted(groups: Sequence[PlannedGroup]) -> dict[str, Any]:
    return {"count": len(groups), "amount": plain_amount(_total(groups))}


def _total(groups: Sequence[PlannedGroup]) -> Money:
    return Money.total(group.total for group in groups)


def _cancel(arguments: Namespace) -> int:
    with application(arguments.database, existing=True) as app:
        if arguments.out:
            check_folder(arguments.out)
        day = arguments.issued_on or app.clock.today()
        number = app.execute(CancelInvoice(arguments.number, arguments.reason, day))
        view = app.ask(InvoiceByNumber(number))
        if arguments.out:
            write_whole(arguments.out / safe_name(number, ".pdf"), render_invoice(view))
    say(f"Avoir {number} de {euros(view.total)} pour {view.family_name} : {view.cancels_number} est annulée.")
    if arguments.out:
        say(f"PDF : {arguments.out / safe_name(number, '.pdf')}")
    if view.billed_month is not None:
        say("Ses journées peuvent de nouveau être facturées, une fois corrigées :")
        say(f"  backoffice billing run --month {view.billed_month} --out DOSSIER   (écrit aussi l'avoir)")
    return 0


def export_billing(arguments: Namespace) -> int:
    with application(arguments.database, existing=True) as app:
        write_workbook(app, arguments.month, tuple(arguments.service), arguments.out)
    say(f"Classeur : {arguments.out}")
    return 0


def write_workbook(app: Application, month: Month, services: tuple[str, ...], path: Path) -> None:
    """The month's workbook for the régie.

    Raises UserError `billing.month_empty`, `file.not_a_workbook` (a name Excel would not open), EnvironmentFault.
    """
    if path.suffix.lower() != ".xlsx":
        raise UserError("file.not_a_workbook", path=path.name)
    view = app.ask(BillingMonthView(month, services))
    make_folder(path.absolute().parent)
    write_whole(path, billing_workbook(view))
