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
from backoffice.cli.opening import application
from backoffice.cli.screen import progress_bar, say, say_table, warn, write_report
from backoffice.kernel.application import Application
from backoffice.kernel.errors import NeedsConfirmation
from backoffice.kernel.filestore import make_folder, safe_name, write_whole
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import Money, euros, plain_amount
from backoffice.kernel.periods import Month
from backoffice.kernel.progress import Progress
from reports.billing_workbook import billing_workbook
from reports.invoice_pdf import render_invoice, render_invoices


def run_billing(arguments: Namespace) -> int:
    return _cancel(arguments) if arguments.action == "cancel" else _run(arguments)


def _run(arguments: Namespace) -> int:
    services = tuple(arguments.service)
    with application(arguments.database) as app, progress_bar() as progress:
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
                    write_report(arguments.report, report_of(preview, ()))
                raise
        written = None
        if arguments.out and not arguments.rehearsal:
            written = write_month_files(app, arguments.month, services, arguments.out, render_invoices, progress)
    show_plan(plan, rehearsal=arguments.rehearsal)
    if written is not None:
        say(f"PDF : {written.written} écrits, {written.kept} déjà présents dans {arguments.out}")
    if arguments.report:
        write_report(arguments.report, report_of(plan, numbers))
        say(f"Compte rendu : {arguments.report}")
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


def show_plan(plan: RunPlan, *, rehearsal: bool) -> None:
    """The run as an agent reads it: one line for each service, then what was carried and what to look at."""
    what = "À blanc, rien n'est émis. " if rehearsal else ""
    invoiced, carried = plan.of(Outcome.INVOICED), plan.of(Outcome.CARRIED)
    say(f"{what}Facturation {plan.month.of_in_french}")
    if not invoiced:
        say("  Aucune nouvelle facture : tout ce mois est déjà facturé, reporté, ou vide.")
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
    show_anomalies(plan)
    if plan.price_differences:
        say(f"  Prix différents de ceux annoncés à la reprise : {len(plan.price_differences)}")


def _invoices(count: int) -> str:
    return f"{count} facture{'s' if count > 1 else ''}"


def show_anomalies(plan: RunPlan) -> None:
    for severity, title in ((Severity.BLOCKING, "À régler avant de facturer"), (Severity.TO_CHECK, "À vérifier")):
        found = [anomaly for anomaly in plan.anomalies if anomaly.severity is severity]
        if found:
            say(f"  {title} ({len(found)}) :")
            for anomaly in found:
                say(f"    {anomaly.service_code} - {anomaly.family_name} : {anomaly.text}")


def report_of(plan: RunPlan, numbers: Sequence[str]) -> dict[str, Any]:
    """The run as data: amounts as text with two decimals."""
    invoiced, carried, blocked = (plan.of(o) for o in (Outcome.INVOICED, Outcome.CARRIED, Outcome.BLOCKED))
    by_service = {
        code: _counted([group for group in invoiced if group.service_code == code]) for code in plan.service_codes
    }
    return {
        "month": str(plan.month),
        "issued_on": plan.issued_on.isoformat(),
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
    with application(arguments.database) as app:
        day = arguments.issued_on or app.clock.today()
        number = app.execute(CancelInvoice(arguments.number, arguments.reason, day))
        view = app.ask(InvoiceByNumber(number))
        if arguments.out:
            make_folder(arguments.out)
            write_whole(arguments.out / safe_name(number, ".pdf"), render_invoice(view))
    say(f"Avoir {number} du montant de {euros(view.total)} : la facture {arguments.number} est annulée.")
    say("Ses journées peuvent de nouveau être facturées.")
    return 0


def export_billing(arguments: Namespace) -> int:
    with application(arguments.database) as app:
        write_workbook(app, arguments.month, tuple(arguments.service), arguments.out)
    say(f"Classeur : {arguments.out}")
    return 0


def write_workbook(app: Application, month: Month, services: tuple[str, ...], path: Path) -> None:
    """The month's workbook for the régie. Raises UserError `billing.month_empty`, EnvironmentFault."""
    view = app.ask(BillingMonthView(month, services))
    make_folder(path.absolute().parent)
    write_whole(path, billing_workbook(view))
