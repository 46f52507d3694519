"""What families owed and paid: historic invoices, lines at their stored price, payments where they were allocated."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backoffice.billing.history import (
    HistoricInvoice,
    ReceivedPayment,
    StoredCharge,
    add_historic_invoices,
    add_payments,
    add_stored_charges,
    allocate,
)
from backoffice.families.queries import full_name
from backoffice.importing.noethys.source import AttendanceUnit, Invoice, NoethysSource, Payment, PricedLine
from backoffice.importing.noethys.writing.catalog import MISCELLANEOUS, KeptCatalog
from backoffice.importing.noethys.writing.households import KeptHouseholds
from backoffice.importing.noethys.writing.leftovers import Leftovers, has_month
from backoffice.kernel.database import Session
from backoffice.kernel.money import ZERO, Money
from backoffice.kernel.periods import Month, french_day

_NUMBER = 40
_FULL_NAME = 240
_NO_MONTH = "date impossible"


@dataclass(frozen=True, slots=True)
class KeptInvoices:
    """Our invoices by their ids in the source; the lines of `cancelled` ones are due again."""

    ids: Mapping[int, int]
    cancelled: frozenset[int]
    total: Money


def kept_lines(source: NoethysSource, left: Leftovers) -> list[PricedLine]:
    """The lines whose day belongs to a month."""
    kept = [line for line in source.lines if has_month(line.day)]
    left.add("prestations", _NO_MONTH, len(source.lines) - len(kept))
    return kept


def write_invoices(
    session: Session,
    origin: str,
    source: NoethysSource,
    lines: Iterable[PricedLine],
    catalog: KeptCatalog,
    households: KeptHouseholds,
    left: Leftovers,
) -> KeptInvoices:
    """Every invoice under the number it printed, at the total it printed.

    A cancelled one keeps its number at zero, so that nobody has to pay it, and says its amount as the reason.
    Two invoices with the same number live under two origins.
    """
    of_invoice: dict[int, list[PricedLine]] = defaultdict(list)
    for line in lines:
        if line.invoice_id is not None:
            of_invoice[line.invoice_id].append(line)
    names = {family.id: family.name[:160] for family in source.families}
    by_origin: dict[str, list[tuple[Invoice, HistoricInvoice]]] = defaultdict(list)
    used: Counter[str] = Counter()
    for invoice in source.invoices:
        services = {catalog.service_of(line.activity_id) for line in of_invoice[invoice.id]}
        number = left.fitted(invoice.printed_number, _NUMBER, "numéro de facture")
        used[number] += 1
        own_origin = origin if used[number] == 1 else f"{origin} bis {used[number]}"
        total = Money(invoice.total_cents)
        by_origin[own_origin].append((invoice, HistoricInvoice(
            number=number,
            service_id=next(iter(services)) if len(services) == 1 else None,
            family_id=households.families[invoice.family_id],
            family_name=names[invoice.family_id],
            billed_month=_billed_month(invoice),
            issued_on=invoice.issued_on,
            due_on=invoice.due_on,
            total=ZERO if invoice.cancelled else total,
            payers=households.payers[invoice.family_id],
            reason=f"Annulée dans Noethys ; son montant était {total}" if invoice.cancelled else "",
        )))
        if invoice.cancelled:
            left.add("montant des factures annulées", "la facture garde son numéro, à 0,00 € : plus rien n'en est dû")
        elif invoice.total_cents != Money.total(Money(x.amount_cents) for x in of_invoice[invoice.id]).cents:
            left.add("factures dont le total n'est pas la somme de leurs lignes",
                     "le total imprimé par Noethys est gardé : à vérifier")
    ids: dict[int, int] = {}
    for own_origin, some in by_origin.items():
        new = add_historic_invoices(session, own_origin, [historic for _, historic in some])
        ids.update((invoice.id, new_id) for (invoice, _), new_id in zip(some, new, strict=True))
    total = Money.total(historic.total for some in by_origin.values() for _, historic in some)
    return KeptInvoices(ids, frozenset(invoice.id for invoice in source.invoices if invoice.cancelled), total)


def _billed_month(invoice: Invoice) -> Month | None:
    first, last = invoice.period_first_day, invoice.period_last_day
    if first is None or last is None or not has_month(first) or (first.year, first.month) != (last.year, last.month):
        return None
    return Month.of(first)


def write_charges(
    session: Session,
    source: NoethysSource,
    lines: Sequence[PricedLine],
    catalog: KeptCatalog,
    households: KeptHouseholds,
    invoices: KeptInvoices,
    left: Leftovers,
) -> dict[int, int]:
    """Lines at the price Noethys stored, on their invoice or still open. Answers our charges by line of the source."""
    units: dict[int, list[AttendanceUnit]] = defaultdict(list)
    for unit in source.attendance:
        if unit.line_id is not None:
            units[unit.line_id].append(unit)
    reopened = sum(1 for line in lines if line.invoice_id in invoices.cancelled)
    left.add("lien de lignes avec leur facture annulée", "ces lignes restent à facturer", reopened)
    words = _Words(source, left)
    ids = add_stored_charges(
        session,
        (_charge(line, units[line.id], words, catalog, households, invoices) for line in lines),
    )
    return {line.id: charge_id for line, charge_id in zip(lines, ids, strict=True)}


def _charge(
    line: PricedLine,
    units: Collection[AttendanceUnit],
    words: _Words,
    catalog: KeptCatalog,
    households: KeptHouseholds,
    invoices: KeptInvoices,
) -> StoredCharge:
    amount, price = Money(line.amount_cents), Money(line.unit_price_cents)
    slots = {catalog.slots[unit.unit_id] for unit in units}
    only_slot = next(iter(slots)) if len(slots) == 1 else None
    on_invoice = line.invoice_id is not None and line.invoice_id not in invoices.cancelled
    days = [unit.day for unit in units if has_month(unit.day)]
    if line.package and line.package_last_day is not None:
        days.append(line.package_last_day)
    return StoredCharge(
        family_id=households.families[line.family_id],
        service_id=catalog.service_of(line.activity_id),
        child_id=None if line.person_id is None else households.people[line.person_id],
        slot_id=only_slot.id if only_slot else None,
        child_name=words.person(line.person_id),
        activity=words.activity(line.activity_id),
        label=words.label(line),
        unit="forfait" if line.package else only_slot.unit if only_slot else "prestation",
        first_day=line.day,
        last_day=max([line.day, *days]),
        quantity=Decimal(line.quantity),
        unit_price=price if price * line.quantity == amount else None,
        amount=amount,
        explanation=words.explanation(line, units),
        invoice_id=invoices.ids[line.invoice_id] if on_invoice and line.invoice_id is not None else None,
    )


class _Words:
    """The frozen texts of the lines."""

    def __init__(self, source: NoethysSource, left: Leftovers) -> None:
        self._left = left
        self._people = {
            person.id: full_name("", person.last_name, person.first_name)[:_FULL_NAME]
            for person in source.people
        }
        self._activities = {activity.id: (activity.name or f"Activité {activity.id}")[:120]
                            for activity in source.activities}
        self._units = {unit.id: unit.name for unit in source.units}
        self._payments = {payment.id: payment.day for payment in source.payments}

    def person(self, person_id: int | None) -> str:
        return "" if person_id is None else self._people[person_id]

    def activity(self, activity_id: int | None) -> str:
        return MISCELLANEOUS if activity_id is None else self._activities[activity_id]

    def label(self, line: PricedLine) -> str:
        return self._left.fitted(line.label or line.category or "Prestation", 200, "intitulé de prestation")

    def explanation(self, line: PricedLine, units: Iterable[AttendanceUnit]) -> tuple[str, ...]:
        """Where the price comes from, sentence by sentence."""
        amount, initial = Money(line.amount_cents), Money(line.initial_amount_cents)
        told = [f"Prix repris de Noethys, jamais recalculé : {amount}"]
        if initial > amount:
            told.append(f"{initial} avant déductions, moins {initial - amount} de déductions ou d'aides = {amount}")
        elif initial < amount:
            told.append(f"{initial} avant correction dans Noethys, plus {amount - initial} = {amount}")
        if line.quantity != 1:
            told.append(f"{line.quantity} × {Money(line.unit_price_cents)} = {amount}")
        if line.package:
            told.append(f"Forfait{_dates(line)} : un seul prix pour le tout")
        booked = Counter(unit.unit_id for unit in units)
        if len(booked) > 1 or sum(booked.values()) > 1:
            parts = (f"{count} × {self._units[unit]}" if count > 1 else self._units[unit]
                     for unit, count in booked.items())
            told.append(f"Comprend : {', '.join(parts)}")
        if line.billed_minutes:
            told.append(f"Temps facturé : {line.billed_minutes // 60} h {line.billed_minutes % 60:02d}")
        if line.fee_of_payment_id is not None:
            told.append(f"Frais du règlement du {french_day(self._payments[line.fee_of_payment_id])}"
                        if line.fee_of_payment_id in self._payments else "Frais d'un règlement")
        return tuple(told)


def _dates(line: PricedLine) -> str:
    if line.package_first_day is None or line.package_last_day is None:
        return ""
    return f" du {french_day(line.package_first_day)} au {french_day(line.package_last_day)}"


def write_payments(
    session: Session,
    origin: str,
    source: NoethysSource,
    households: KeptHouseholds,
    charges: Mapping[int, int],
    left: Leftovers,
) -> None:
    """Payments, and what they settle line by line."""
    ids = add_payments(session, origin, [_payment(payment, households, left) for payment in source.payments])
    ours = {payment.id: payment_id for payment, payment_id in zip(source.payments, ids, strict=True)}
    kept = [a for a in source.allocations if a.line_id in charges]
    left.add("ventilations de règlements", "leur prestation n'est pas reprise", len(source.allocations) - len(kept))
    allocate(session, ((ours[a.payment_id], charges[a.line_id], Money(a.amount_cents)) for a in kept))


def _payment(payment: Payment, households: KeptHouseholds, left: Leftovers) -> ReceivedPayment:
    if payment.pending or payment.deferred_to is not None:
        left.add("encaissements en attente ou différés", "repris comme des règlements reçus : à suivre en régie")
    receipt = f"quittance {payment.receipt_number}" if payment.receipt_number else ""
    reference = ", ".join(part for part in (payment.reference, payment.issuer, receipt) if part)
    return ReceivedPayment(
        family_id=households.families[payment.family_id],
        paid_on=payment.day,
        amount=Money(payment.amount_cents),
        means=left.fitted(payment.method or "mode non précisé", 60, "mode de règlement"),
        payer_name=left.fitted(payment.payer_name, 240, "payeur"),
        reference=left.fitted(reference, 120, "référence de règlement"),
    )
