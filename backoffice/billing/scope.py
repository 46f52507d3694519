"""What is looked at: every document and line, or only those of some services, or of one structure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from backoffice.billing.tables import ChargeRow, InvoiceRow
from backoffice.catalog.queries import Slot, services_in_scope, slots_in
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Month, SchoolYear


@dataclass(frozen=True)
class Scope:
    """The slots looked at, and the same as conditions on lines and on documents (none: all of them).

    A document of several structures belongs to each of them: it is one invoice, that one family pays whole.
    """

    slots: Mapping[int, Slot]
    of_lines: tuple[ColumnElement[bool], ...] = ()
    of_invoices: tuple[ColumnElement[bool], ...] = ()


def scope_of(session: Session, structure_id: int | None = None, service_codes: Collection[str] = ()) -> Scope:
    """Raises UserError `catalog.unknown_service`."""
    slots = slots_in(session, structure_id)
    lines: list[ColumnElement[bool]] = []
    invoices: list[ColumnElement[bool]] = []
    if service_codes:
        services = {service.id for service in services_in_scope(session, service_codes)}
        slots = {slot.id: slot for slot in slots.values() if slot.service_id in services}
        lines.append(ChargeRow.service_id.in_(services))
        invoices.append(InvoiceRow.service_id.in_(services))
    if structure_id is not None:
        lines.append(ChargeRow.slot_id.in_(slots))
        own = aliased(ChargeRow)
        held = select(own.invoice_id).where(own.slot_id.in_(slots), own.invoice_id.is_not(None))
        # A credit note has no line: it shows those of the invoice it cancels.
        invoices.append(func.coalesce(InvoiceRow.cancels_id, InvoiceRow.id).in_(held))
    return Scope(slots, tuple(lines), tuple(invoices))


def billed_in(year: SchoolYear) -> ColumnElement[bool]:
    """The documents of the months of a school year; those of no month, by their day of issue."""
    first, last = year.first_day, year.last_day
    by_month = InvoiceRow.billed_month.between(Month.of(first), Month.of(last))
    return or_(by_month, and_(InvoiceRow.billed_month.is_(None), InvoiceRow.issued_on.between(first, last)))
