"""What families owe (priced lines, invoices) and what they paid (payments and their allocations)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from backoffice.importing.noethys import schema
from backoffice.importing.noethys.attendance import NO_ACCOUNT, NO_CATEGORY, Known
from backoffice.importing.noethys.catalog import NO_ACTIVITY
from backoffice.importing.noethys.file import NoethysFile
from backoffice.importing.noethys.notes import DropRecordError, Notes, Row, each, names
from backoffice.importing.noethys.source import Allocation, AttendanceUnit, Invoice, Payment, PricedLine

_CANCELLED = "annulation"


@dataclass(frozen=True, slots=True)
class BillingData:
    """What this module reads."""

    lines: tuple[PricedLine, ...]
    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]
    allocations: tuple[Allocation, ...]


def read_billing(source: NoethysFile, notes: Notes, known: Known) -> BillingData:
    """All the money of the file. Quantities of lines are set later, see `with_quantities`."""
    invoices = _invoices(source, notes, known)
    tariff_ids = set(each(source, schema.TARIFFS, Notes(), lambda row: row.id))
    payment_ids = set(each(source, schema.PAYMENTS, Notes(), lambda row: row.id))
    lines = _lines(source, notes, known, _Targets(tariff_ids, {invoice.id for invoice in invoices}, payment_ids))
    _check_deductions(source, notes, lines)
    payments = _payments(source, notes, known)
    allocations = _allocations(source, notes, {payment.id for payment in payments}, {line.id for line in lines})
    allocated: Counter[int] = Counter()
    settled: Counter[int] = Counter()
    for allocation in allocations:
        allocated[allocation.payment_id] += allocation.amount_cents
        settled[allocation.line_id] += allocation.amount_cents
    payments = tuple(replace(payment, allocated_cents=allocated[payment.id]) for payment in payments)
    notes.warn_ids("Règlements ventilés au-delà de leur montant",
                   {payment.id for payment in payments if payment.allocated_cents > max(payment.amount_cents, 0)})
    notes.warn_ids("Prestations réglées au-delà de leur montant",
                   {line.id for line in lines if settled[line.id] > max(line.amount_cents, 0)})
    return BillingData(lines, _with_totals(invoices, lines, notes), payments, allocations)


def with_quantities(lines: Collection[PricedLine], attendance: Collection[AttendanceUnit]) -> tuple[PricedLine, ...]:
    """Lines as « quantity × unit price » when one quantity was keyed and the division is exact, else 1 × amount."""
    keyed: dict[int, int] = {}
    for unit in attendance:
        if unit.line_id is not None:
            keyed[unit.line_id] = unit.quantity if keyed.get(unit.line_id, unit.quantity) == unit.quantity else 1
    return tuple(
        replace(line, quantity=keyed[line.id], unit_price_cents=line.amount_cents // keyed[line.id])
        if keyed.get(line.id, 1) > 1 and line.amount_cents % keyed[line.id] == 0 else line
        for line in lines)


@dataclass(frozen=True, slots=True)
class _Targets:
    tariff_ids: Collection[int]
    invoice_ids: Collection[int]
    payment_ids: Collection[int]


def _lines(source: NoethysFile, notes: Notes, known: Known, targets: _Targets) -> tuple[PricedLine, ...]:
    rounded: set[int] = set()
    elsewhere: set[int] = set()

    def make(row: Row) -> PricedLine:
        day, amount = row.needed_day("day"), row.needed_cents("amount")
        account_family = known.family_of_account.get(row.code("account") or 0)
        family = row.code("family")
        if family not in known.family_ids:
            family = account_family
        elif account_family is not None and account_family != family:
            elsewhere.add(row.id)
        if family is None:
            raise DropRecordError("la famille n'existe pas dans le fichier")
        if not row.exact_cents("amount"):
            rounded.add(row.id)
        initial = row.cents("initial_amount", "montant avant déductions")
        return PricedLine(
            id=row.id,
            day=day,
            category=row.text("category"),
            label=row.text("label"),
            amount_cents=amount,
            initial_amount_cents=amount if initial is None else initial,
            quantity=1,
            unit_price_cents=amount,
            family_id=family,
            person_id=row.linked("person", known.person_ids, "personne", "la personne n'existe pas dans le fichier"),
            activity_id=row.linked("activity", known.activity_ids, "activité", NO_ACTIVITY),
            tariff_id=row.linked("tariff", targets.tariff_ids, "tarif", "le tarif n'existe pas dans le fichier"),
            tariff_category_id=row.linked("tariff_category", known.category_ids, "catégorie de tarif", NO_CATEGORY),
            invoice_id=row.linked("invoice", targets.invoice_ids, "facture", "la facture n'a pas été reprise"),
            package=row.flag("package"),
            package_first_day=row.day("package_first_day", "début du forfait"),
            package_last_day=row.day("package_last_day", "fin du forfait"),
            billed_minutes=row.duration("billed_time", "temps facturé"),
            fee_of_payment_id=row.linked("fee_of_payment", targets.payment_ids, "règlement des frais",
                                         "le règlement n'existe pas dans le fichier"),
            accounting_code=row.text("accounting_code"),
        )

    found = tuple(each(source, schema.LINES, notes, make))
    notes.warn_ids("Prestations dont le montant avait plus de deux décimales, arrondi au centime", rounded)
    notes.warn_ids("Prestations d'une famille portées au compte d'une autre, laissées à la première", elsewhere)
    return found


def _check_deductions(source: NoethysFile, notes: Notes, lines: Collection[PricedLine]) -> None:
    """Deductions must explain the difference between the two amounts of a line; the source may disagree."""
    amounts = {line.id: line.initial_amount_cents - line.amount_cents for line in lines}
    deducted: Counter[int] = Counter()
    for line_id, amount in each(source, schema.DEDUCTIONS, notes, lambda row: (
            row.known("line", amounts, "la prestation n'a pas été reprise"), row.needed_cents("amount"))):
        deducted[line_id] += amount
    notes.warn_ids("Prestations dont les déductions n'expliquent pas le montant, gardé tel quel",
                   {line_id for line_id, amount in deducted.items() if amounts[line_id] != amount})


def _invoices(source: NoethysFile, notes: Notes, known: Known) -> tuple[Invoice, ...]:
    prefixes = names(source, schema.INVOICE_PREFIXES, notes, "prefix")
    batches = names(source, schema.INVOICE_BATCHES, notes)

    def make(row: Row) -> Invoice:
        number = row.needed_whole("number", "numéro illisible")
        prefix = row.linked("prefix", prefixes, "préfixe", "le préfixe n'existe pas dans le fichier")
        batch = row.linked("batch", batches, "lot", "le lot n'existe pas dans le fichier")
        family = known.family_of_account.get(row.code("account") or 0)
        if family is None:
            raise DropRecordError(NO_ACCOUNT)
        before = prefixes.get(prefix or 0, "")
        return Invoice(
            id=row.id,
            number=number,
            prefix=before,
            printed_number=f"{number:06d}" if prefix is None else f"{before}-{number:06d}",
            family_id=family,
            issued_on=row.needed_day("issued_on"),
            due_on=row.day("due_on", "date d'échéance"),
            period_first_day=row.day("first_day", "début de période"),
            period_last_day=row.day("last_day", "fin de période"),
            total_cents=row.needed_cents("total"),
            lines_total_cents=0,
            paid_at_issue_cents=row.cents("paid", "montant réglé") or 0,
            balance_at_issue_cents=row.cents("balance", "solde") or 0,
            cancelled=row.text("state") == _CANCELLED,
            batch=batches.get(batch or 0, ""),
            activity_ids=row.ids("activities", "liste d'activités"),
            person_ids=row.ids("people", "liste de personnes"),
        )

    found = tuple(each(source, schema.INVOICES, notes, make))
    used = Counter(invoice.printed_number for invoice in found)
    notes.warn_ids("Factures qui portent le même numéro qu'une autre",
                   {invoice.id for invoice in found if used[invoice.printed_number] > 1})
    return found


def _with_totals(invoices: Collection[Invoice], lines: Collection[PricedLine], notes: Notes) -> tuple[Invoice, ...]:
    totals: Counter[int] = Counter()
    families: dict[int, set[int]] = {}
    for line in lines:
        if line.invoice_id is not None:
            totals[line.invoice_id] += line.amount_cents
            families.setdefault(line.invoice_id, set()).add(line.family_id)
    found = tuple(replace(invoice, lines_total_cents=totals[invoice.id]) for invoice in invoices)
    notes.warn_ids("Factures dont le total n'est pas la somme de leurs prestations, gardé tel quel",
                   {invoice.id for invoice in found
                    if invoice.total_cents != invoice.lines_total_cents and not invoice.cancelled})
    notes.warn_ids("Factures avec des prestations d'une autre famille",
                   {invoice.id for invoice in found if families.get(invoice.id, set()) - {invoice.family_id}})
    return found


def _payments(source: NoethysFile, notes: Notes, known: Known) -> tuple[Payment, ...]:
    labels: Mapping[str, dict[int, str]] = {
        "method": names(source, schema.PAYMENT_METHODS, notes),
        "issuer": names(source, schema.PAYMENT_ISSUERS, notes),
        "payer": names(source, schema.PAYERS, notes),
    }
    deposits = dict(each(source, schema.DEPOSITS, notes, lambda row: (
        row.id, (row.day("day", "date"), row.text("name")))))
    rounded: set[int] = set()

    def label(row: Row, word: str, part: str) -> str:
        found = row.linked(word, labels[word], part, f"{part} absent du fichier")
        return labels[word].get(found or 0, "")

    def make(row: Row) -> Payment:
        family = known.family_of_account.get(row.code("account") or 0)
        if family is None:
            raise DropRecordError(NO_ACCOUNT)
        deposit = row.linked("deposit", deposits, "dépôt", "dépôt absent du fichier")
        deposited_on, deposit_name = deposits.get(deposit or 0, (None, ""))
        amount = row.needed_cents("amount")
        if not row.exact_cents("amount"):
            rounded.add(row.id)
        return Payment(
            id=row.id,
            day=row.needed_day("day"),
            family_id=family,
            amount_cents=amount,
            allocated_cents=0,
            method=label(row, "method", "mode de règlement"),
            issuer=label(row, "issuer", "émetteur"),
            payer_name=label(row, "payer", "payeur"),
            reference=row.text("reference"),
            receipt_number=row.text("receipt_number"),
            deposited_on=deposited_on,
            deposit_name=deposit_name,
            deferred_to=row.day("deferred_to", "date d'encaissement différé"),
            pending=row.flag("pending"),
            entered_on=row.day("entered_on", "date de saisie"),
        )

    found = tuple(each(source, schema.PAYMENTS, notes, make))
    notes.warn_ids("Règlements dont le montant avait plus de deux décimales, arrondi au centime", rounded)
    return found


def _allocations(source: NoethysFile, notes: Notes, payment_ids: Collection[int],
                 line_ids: Collection[int]) -> tuple[Allocation, ...]:
    return tuple(each(source, schema.ALLOCATIONS, notes, lambda row: Allocation(
        row.id, row.known("payment", payment_ids, "le règlement n'a pas été repris"),
        row.known("line", line_ids, "la prestation n'a pas été reprise"), row.needed_cents("amount"))))
