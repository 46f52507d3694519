"""Invoices as lists show them: every one of a town, of a month, or of a family, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, and_, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from backoffice.billing.scope import Scope, billed_in, scope_of
from backoffice.billing.tables import ChargeRow, InvoiceRow, PaymentAllocationRow
from backoffice.billing.views import InvoiceKind
from backoffice.catalog.queries import Service, services_in_scope
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.money import ZERO, Money
from backoffice.kernel.periods import Month, SchoolYear
from backoffice.kernel.text import folded, needles


class InvoiceState(StrEnum):
    """What there is left to do with a document; the words are those of the families' portal."""

    TO_PAY = "to_pay"
    PARTLY_PAID = "partly_paid"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    CREDIT_NOTE = "credit_note"
    HISTORIC = "historic"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = MappingProxyType(
    {
        InvoiceState.TO_PAY: "À payer",
        InvoiceState.PARTLY_PAID: "Partiellement réglée",
        InvoiceState.SETTLED: "Soldée",
        InvoiceState.CANCELLED: "Annulée",
        InvoiceState.CREDIT_NOTE: "Avoir",
        InvoiceState.HISTORIC: "Reprise (historique)",
    }
)


@dataclass(frozen=True, slots=True)
class InvoiceListRow:
    """One document of a list.

    `service_code` and `service_name` are empty for a historic invoice that mixed services. `paid` is what this
    program knows of; `still_due` is zero on credit notes and on what they cancel. `cancelled_by`: the number of
    the credit note. `haystack`: folded text that a filter looks into (see `kernel.text.needles`).
    """

    id: int
    number: str
    kind: InvoiceKind
    service_code: str
    service_name: str
    family_id: int
    family_name: str
    billed_month: Month | None
    issued_on: date
    due_on: date | None
    total: Money
    paid: Money
    still_due: Money
    state: InvoiceState
    cancelled_by: str | None
    haystack: str


@dataclass(frozen=True)
class ListInvoices(Query[tuple[InvoiceListRow, ...]]):
    """Invoices, credit notes and historic invoices of a billed month (None: of all months) and of these services
    (none named: of all, and those of no single service), newest first. `text`: words to find in number, family,
    service, month and amount (« 70,55 »). `structure_id`: those with a line there. `year`: those of its months.
    """

    month: Month | None = None
    service_codes: tuple[str, ...] = ()
    text: str = ""
    structure_id: int | None = None
    year: SchoolYear | None = None


@read(ListInvoices, permission="billing.read")
def list_invoices(query: ListInvoices, reading: Reading) -> tuple[InvoiceListRow, ...]:
    """Raises UserError `catalog.unknown_service`."""
    conditions = list(scope_of(reading.session, query.structure_id, query.service_codes).of_invoices)
    if query.month is not None:
        conditions.append(InvoiceRow.billed_month == query.month)
    if query.year is not None:
        conditions.append(billed_in(query.year))
    return _rows(reading.session, conditions, needles(query.text) if query.text.strip() else ())


@dataclass(frozen=True)
class InvoicesOfFamily(Query[tuple[InvoiceListRow, ...]]):
    """All documents of a family, newest first."""

    family_id: int


@read(InvoicesOfFamily, permission="billing.read")
def invoices_of_family(query: InvoicesOfFamily, reading: Reading) -> tuple[InvoiceListRow, ...]:
    return _rows(reading.session, [InvoiceRow.family_id == query.family_id], ())


def _rows(
    session: Session, conditions: list[ColumnElement[bool]], wanted: tuple[str, ...]
) -> tuple[InvoiceListRow, ...]:
    """A hundred thousand rows pass here: plain columns, cents and days, and what repeats is made once."""
    note = aliased(InvoiceRow)
    row = InvoiceRow
    statement = (
        select(
            row.id,
            row.number,
            row.kind,
            row.service_id,
            row.family_id,
            row.family_name,
            type_coerce(row.billed_month, Date),
            row.issued_on,
            row.due_on,
            type_coerce(row.total, BigInteger),
            note.number,
        )
        .outerjoin(note, note.cancels_id == row.id)
        .where(*conditions)
        .order_by(row.issued_on.desc(), row.id.desc())
    )
    paid = paid_cents(session, conditions)
    services: Mapping[int | None, Service] = {service.id: service for service in services_in_scope(session)}
    fold, month_of, money = cache(folded), cache(Month.of), cache(Money)
    kinds = {kind.value: kind for kind in InvoiceKind}
    found = []
    records: Iterable[Any] = session.execute(statement)
    for id_, number, kind_, service_id, family_id, family, month, issued_on, due_on, cents, cancelled_by in records:
        service = services.get(service_id)
        code, name = (service.code, service.name) if service else ("", "")
        billed = None if month is None else month_of(month)
        spoken = "" if billed is None else fold(billed.in_french)
        haystack = f"{number.lower()} {fold(family)} {fold(name)} {spoken} {cents // 100},{cents % 100:02d}"
        if wanted and not all(needle in haystack for needle in wanted):
            continue
        settled = paid.get(id_, 0)
        kind = kinds[kind_]
        state = _state(kind, cents, settled, cancelled=cancelled_by is not None)
        nothing_due = state is InvoiceState.CANCELLED or state is InvoiceState.CREDIT_NOTE
        found.append(
            InvoiceListRow(
                id_,
                number,
                kind,
                code,
                name,
                family_id,
                family,
                billed,
                issued_on,
                due_on,
                money(cents),
                money(settled),
                ZERO if nothing_due else money(cents - settled),
                state,
                cancelled_by,
                haystack,
            )
        )
    return tuple(found)


def _state(kind: InvoiceKind, total: int, paid: int, *, cancelled: bool) -> InvoiceState:
    if kind is InvoiceKind.HISTORIC:
        return InvoiceState.HISTORIC
    if kind is InvoiceKind.CREDIT_NOTE:
        return InvoiceState.CREDIT_NOTE
    if cancelled:
        return InvoiceState.CANCELLED
    if paid >= total:
        return InvoiceState.SETTLED
    return InvoiceState.PARTLY_PAID if paid else InvoiceState.TO_PAY


def paid_cents(session: Session, conditions: list[ColumnElement[bool]]) -> dict[int, int]:
    """What was received for each invoice that these conditions keep, in cents."""
    statement = (
        select(ChargeRow.invoice_id, type_coerce(func.sum(PaymentAllocationRow.amount), BigInteger))
        .join(PaymentAllocationRow, PaymentAllocationRow.charge_id == ChargeRow.id)
        .where(ChargeRow.invoice_id.is_not(None))
        .group_by(ChargeRow.invoice_id)
    )
    if conditions:
        statement = statement.join(InvoiceRow, InvoiceRow.id == ChargeRow.invoice_id).where(*conditions)
    records: Iterable[Any] = session.execute(statement)
    return {invoice_id: int(cents) for invoice_id, cents in records}


# --- past due ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overdue:
    """Invoices past their last day to pay, with something left to pay: how many, how much, since when."""

    count: int
    total: Money
    oldest_due: date | None


def overdue(session: Session, today: date, scope: Scope, year: SchoolYear | None = None) -> Overdue:
    """Those of the scope and of the year, only where payments are known: an origin (ours, or an import) of which no
    payment was ever recorded is left out, for its invoices would all look unpaid."""
    paid = (
        select(ChargeRow.invoice_id, func.sum(type_coerce(PaymentAllocationRow.amount, BigInteger)).label("cents"))
        .join(PaymentAllocationRow, PaymentAllocationRow.charge_id == ChargeRow.id)
        .where(ChargeRow.invoice_id.is_not(None))
        .group_by(ChargeRow.invoice_id)
        .subquery()
    )
    note, row = aliased(InvoiceRow), InvoiceRow
    due: Any = type_coerce(row.total, BigInteger) - func.coalesce(paid.c.cents, 0)
    late = and_(row.due_on < today, due > 0, note.id.is_(None))
    statement = (
        select(
            row.origin,
            func.count(paid.c.invoice_id),
            func.count().filter(late),
            func.sum(due).filter(late),
            func.min(row.due_on).filter(late),
        )
        .outerjoin(paid, paid.c.invoice_id == row.id)
        .outerjoin(note, note.cancels_id == row.id)
        .where(or_(row.kind == InvoiceKind.INVOICE.value, row.kind == InvoiceKind.HISTORIC.value))
        .where(*scope.of_invoices, *(() if year is None else (billed_in(year),)))
        .group_by(row.origin)
    )
    known = [record for record in session.execute(statement) if record[1] and record[2]]
    return Overdue(
        sum(record[2] for record in known),
        Money(sum(int(record[3]) for record in known)),
        min((record[4] for record in known), default=None),
    )
