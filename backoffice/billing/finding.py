"""Finding an invoice from a piece of its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, or_, select

from backoffice.billing.tables import InvoiceRow
from backoffice.billing.views import InvoiceKind
from backoffice.kernel.database import Session
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month


@dataclass(frozen=True, slots=True)
class FoundInvoice:
    """A document, ours or historic. `rank` tells how well it answers: 0 the whole number, 1 its beginning, 2 inside."""

    id: int
    number: str
    kind: InvoiceKind
    family_id: int
    family_name: str
    billed_month: Month | None
    issued_on: date
    total: Money
    rank: int


def find_invoices(session: Session, fragment: str, limit: int) -> list[FoundInvoice]:
    """Invoices and credit notes whose printed number holds the fragment, or whose debt number it is; newest first."""
    wanted = fragment.lower()
    number = func.lower(InvoiceRow.number)
    rank = case((number == wanted, 0), (number.startswith(wanted, autoescape=True), 1), else_=2)
    found = number.contains(wanted, autoescape=True)
    if fragment.isascii() and fragment.isdigit() and len(fragment) <= 18:
        found = or_(found, InvoiceRow.debt_number == int(fragment))
        rank = case((InvoiceRow.debt_number == int(fragment), 0), else_=rank)
    ids = select(InvoiceRow.id, rank.label("rank")).where(found).order_by(rank, InvoiceRow.id.desc()).limit(limit)
    best = ids.subquery()
    statement = (
        select(
            InvoiceRow.id,
            InvoiceRow.number,
            InvoiceRow.kind,
            InvoiceRow.family_id,
            InvoiceRow.family_name,
            InvoiceRow.billed_month,
            InvoiceRow.issued_on,
            InvoiceRow.total,
            best.c.rank,
        )
        .join(best, best.c.id == InvoiceRow.id)
        .order_by(best.c.rank, InvoiceRow.issued_on.desc(), InvoiceRow.id.desc())
    )
    return [
        FoundInvoice(row[0], row[1], InvoiceKind(row[2]), *row[3:]) for row in session.execute(statement)
    ]
