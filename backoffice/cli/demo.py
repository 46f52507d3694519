"""`backoffice demo`: an invented town built, billed and printed in a folder."""

from __future__ import annotations

import re
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from backoffice.attendance.commands import RecordAttendance
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.cancelling import CancelInvoice
from backoffice.billing.documents import WrittenFiles, write_month_files
from backoffice.billing.issuing import IssuedRun, IssueMonth
from backoffice.billing.queries import BillingMonthView
from backoffice.billing.rules import Outcome
from backoffice.billing.views import BillingMonth, InvoiceKind, WorkbookService
from backoffice.bootstrap import open_application
from backoffice.catalog.queries import ListServices
from backoffice.cli.billing import show_anomalies, write_workbook
from backoffice.cli.screen import progress_bar, say, say_table
from backoffice.demo.building import BuildDemo, BuiltDemo
from backoffice.demo.folder import Before, DemoFolder
from backoffice.demo.moment import DemoMoment
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.chain.sealing import seal
from backoffice.kernel.clock import Clock, SystemClock
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money, euros
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress
from reports.invoice_pdf import render_invoices

_DEFAULT_FOLDER = Path("demo")
_LEAVE_BLOCKED = frozenset({"billing.leave_blocked"})
_REASON = "Mercredi {day} : enfant absente l'après-midi, certificat médical reçu après l'envoi de la facture."


@dataclass(frozen=True, slots=True)
class Corrected:
    """An invoice that was cancelled, its credit note, and the invoice that replaces it."""

    cancelled: str
    credit_note: str
    again: str


@dataclass(frozen=True, slots=True)
class MadeDemo:
    """A demonstration that is ready: what the summary tells, and what a window needs to open it."""

    folder: DemoFolder
    address: DatabaseAddress
    before: Before
    moment: DemoMoment
    built: BuiltDemo
    september: IssuedRun
    october: IssuedRun
    corrected: Corrected
    month: BillingMonth
    files: WrittenFiles


def run_demo(arguments: Namespace) -> int:
    """`backoffice demo` without a window."""
    build_demo(arguments)
    return 0


def build_demo(arguments: Namespace) -> MadeDemo:
    """Make the demonstration and say where everything is."""
    folder = DemoFolder(arguments.out or _DEFAULT_FOLDER)
    with progress_bar() as progress:
        made = make_demo(folder, arguments.database, SystemClock(), progress)
    _tell(made)
    return made


def make_demo(folder: DemoFolder, database: str | None, clock: Clock, progress: Progress) -> MadeDemo:
    """Build the town, bill September and October, correct one invoice, write October's PDFs and workbook.

    Without `database`, the base lies in the folder: the one of this user is never touched. Raises UserError
    `demo.foreign_folder`, `demo.base_in_use`, EnvironmentFault, Cancelled.
    """
    address = DatabaseAddress.parse(database) if database else DatabaseAddress.of_file(folder.database)
    if address.path is None or address.path.absolute() != folder.database.absolute():
        _refuse_used(address, clock)
    before = folder.start_afresh()
    app = open_application(address, clock)
    try:
        moment = DemoMoment.on(clock.today())
        built = app.execute(BuildDemo(moment.october), progress=progress)
        app.execute(built.move)
        september = _issue(app, IssueMonth(moment.september, moment.september_issue), progress)
        october = _issue(app, IssueMonth(moment.october, moment.october_issue), progress)
        corrected = _correct(app, moment, built, october, progress)
        files = write_month_files(app, moment.october, (), folder.invoices(moment.october), render_invoices, progress)
        write_workbook(app, moment.october, (), folder.workbook(moment.october))
        month = app.ask(BillingMonthView(moment.october))
        if app.database.is_embedded:
            seal(app.database, clock.now(), progress)
    finally:
        app.database.close()
    folder.finish()
    return MadeDemo(folder, address, before, moment, built, september, october, corrected, month, files)


def _refuse_used(address: DatabaseAddress, clock: Clock) -> None:
    """Say so before anything of an earlier demonstration is removed. Raises UserError `demo.base_in_use`."""
    app = open_application(address, clock)
    try:
        if app.ask(ListServices()):
            raise UserError("demo.base_in_use")
    finally:
        app.database.close()


def _issue(app: Application, command: IssueMonth, progress: Progress) -> IssuedRun:
    """As an agent who answers yes to « Facturer les autres ? »."""
    return app.execute(command, confirmed=_LEAVE_BLOCKED, progress=progress)


def _correct(
    app: Application, moment: DemoMoment, built: BuiltDemo, october: IssuedRun, progress: Progress
) -> Corrected:
    """Cancel the invoice of a day clocked by mistake, excuse that day, issue again."""
    wrong = built.correction
    cancelled = next(
        number
        for group, number in zip(october.plan.of(Outcome.INVOICED), october.numbers, strict=True)
        if group.family_id == wrong.family_id and any(charge.slot_id == wrong.slot_id for charge in group.charges)
    )
    day = moment.correction_day
    note = app.execute(CancelInvoice(cancelled, _REASON.format(day=french_day(wrong.day)), day))
    app.execute(
        RecordAttendance(wrong.family_id, wrong.child_id, wrong.slot_id, wrong.day, AttendanceState.EXCUSED)
    )
    again = _issue(app, IssueMonth(moment.october, day), progress)
    return Corrected(cancelled, note, again.numbers[0])


def _tell(made: MadeDemo) -> None:
    built, moment = made.built, made.moment
    say(f"Valbrume, commune d'essai : tout y est inventé, et refait à chaque « backoffice demo ».{_before(made)}")
    say(
        f"  {built.structures} structures, {built.services} services, {built.families} familles, "
        f"{built.children} enfants, {built.attendances} présences {_months(moment)}"
    )
    say()
    _tell_september(made.september, moment)
    say(f"{moment.october.in_french.capitalize()}, facturé le {french_day(moment.october_issue)}")
    say_table(_rows(made.month))
    _tell_carried(made.month, moment)
    corrected = made.corrected
    say(f"  1 erreur corrigée : {corrected.cancelled} annulée par l'avoir {corrected.credit_note}, "
        f"refaite sous le numéro {corrected.again}")
    show_anomalies(made.october.plan)
    if made.october.plan.blocked_count:
        say("  Les autres familles ont été facturées quand même, comme avec --yes.")
    say()
    say(f"PDF      : {made.folder.invoices(moment.october)} ({made.files.written} documents)")
    say(f"Classeur : {made.folder.workbook(moment.october)}")
    say(f"Base     : {made.address.shown}")
    say()
    _suggest(made)


def _months(moment: DemoMoment) -> str:
    """« de septembre 2026, d'octobre 2026 et de novembre 2026 »."""
    *first, last = (month.of_in_french for month in moment.months)
    return f"{', '.join(first)} et {last}"


def _before(made: MadeDemo) -> str:
    return {
        Before.NOTHING: "",
        Before.WHOLE: " La précédente est remplacée.",
        Before.HALF_MADE: " La précédente était inachevée : elle est refaite.",
    }[made.before]


def _tell_september(september: IssuedRun, moment: DemoMoment) -> None:
    invoiced, carried = (september.plan.of(outcome) for outcome in (Outcome.INVOICED, Outcome.CARRIED))
    total = Money.total(group.total for group in invoiced)
    say(f"{moment.september.in_french.capitalize()}, facturé le {french_day(moment.september_issue)} : "
        f"{len(invoiced)} factures, {euros(total)} ; {len(carried)} montants de moins de 15 € reportés")


def _rows(month: BillingMonth) -> list[tuple[str, str, str]]:
    rows = [(f"{s.code:<4}{s.name}", f"{_in_force(s)} factures", euros(_net(s))) for s in month.services]
    invoices = sum(_in_force(service) for service in month.services)
    return [*rows, ("Total", f"{invoices} factures", euros(Money.total(_net(s) for s in month.services)))]


def _in_force(service: WorkbookService) -> int:
    """Invoices that no credit note cancels."""
    return sum(i.kind is InvoiceKind.INVOICE and i.cancelled_by is None for i in service.invoices)


def _net(service: WorkbookService) -> Money:
    """Invoices less credit notes."""
    return Money.total(invoice.total for invoice in service.invoices)


def _tell_carried(month: BillingMonth, moment: DemoMoment) -> None:
    carried = [line for service in month.services for line in service.carried]
    waiting = len({(line.family_id, line.service_code) for line in carried})
    total = Money.total(line.amount for line in carried)
    say(f"  {waiting} montants de moins de 15 € reportés sur la facture suivante : {euros(total)}")
    taken = {
        invoice.id for service in month.services for invoice in service.invoices
        if invoice.kind is InvoiceKind.INVOICE and any(line.carried for line in invoice.lines)
    }
    say(f"  {len(taken)} factures reprennent un report de {moment.september.in_french.split()[0]}")


def _suggest(made: MadeDemo) -> None:
    """Commands that show more, ready to copy."""
    base = f"--database {_quoted(made.address.shown)}"
    october, september = made.moment.october, made.moment.september
    example = next(number for number in made.october.numbers if number != made.corrected.cancelled)
    say("À essayer :")
    say(f"  backoffice billing run --month {october} --rehearsal {base}")
    say(f'  backoffice billing cancel {example} --reason "Tarif à revoir" '
        f"--out {_quoted(made.folder.invoices(october))} {base}")
    say(f"  backoffice export billing --month {september} --out {_quoted(made.folder.workbook(september))} {base}")


def _quoted(path: object) -> str:
    """Between quotes that every shell understands, when it has to be."""
    text = str(path)
    return text if re.fullmatch(r"[\w./:@\\-]+", text) else f'"{text}"'
