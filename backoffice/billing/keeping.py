"""What billing keeps: a child with lines, the values that prices came from, payers whom invoices name; what it billed.

An invoice that a credit note cancels keeps nothing: its days are billed again, with the values corrected meanwhile.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from backoffice.billing.tables import ChargeRow, InvoicePayerRow, InvoiceRow
from backoffice.billing.views import InvoiceKind
from backoffice.catalog.keeping import Counted, Offered, counts_use
from backoffice.families.keeping import KeptValue, keeps_member, keeps_payers, keeps_value
from backoffice.kernel.database import Session
from backoffice.kernel.dated import NotInForce
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period
from backoffice.tariffs.queries import SlotTariff, tariffs_of


@keeps_member
def refuse_child_with_charges(session: Session, family_id: int, person_id: int) -> None:
    """Raises UserError `member.has_charges`."""
    found = session.scalar(
        select(ChargeRow.id).where(ChargeRow.child_id == person_id, ChargeRow.family_id == family_id).limit(1)
    )
    if found is not None:
        raise UserError("member.has_charges")


@keeps_value
def refuse_value_of_an_invoice(session: Session, kind: KeptValue, family_id: int, period: Period) -> None:
    """Raises UserError `quotient.used_by_invoice`, `quotient.used_by_carried`, and the same of `income`."""
    statement = (
        select(ChargeRow.slot_id, ChargeRow.first_day, ChargeRow.month, InvoiceRow.number)
        .outerjoin(InvoiceRow, InvoiceRow.id == ChargeRow.invoice_id)
        .where(ChargeRow.family_id == family_id, ChargeRow.stored_price.is_(False), ChargeRow.slot_id.is_not(None))
        .where(or_(InvoiceRow.id.is_(None), _stands()))
        .where(ChargeRow.last_day >= period.start)
        .order_by(ChargeRow.first_day, ChargeRow.id)
    )
    if period.end is not None:
        statement = statement.where(ChargeRow.first_day <= period.end)
    lines = session.execute(statement).all()
    tariffs = tariffs_of(session, {line.slot_id: "" for line in lines})
    for line in lines:
        try:
            tariff = tariffs[line.slot_id].at(line.first_day)
        except NotInForce:
            continue
        if not _reads(tariff, kind):
            continue
        if line.number is None:
            raise UserError(_CARRIED[kind], month=line.month)
        raise UserError(_INVOICED[kind], number=line.number)


@keeps_payers
def refuse_payers_of_an_invoice(session: Session, family_id: int, period: Period) -> None:
    """Raises UserError `payers.used_by_invoice`."""
    statement = (
        select(InvoiceRow.number, InvoiceRow.issued_on)
        .join(InvoicePayerRow, InvoicePayerRow.invoice_id == InvoiceRow.id)
        .where(InvoiceRow.family_id == family_id, _stands(), InvoiceRow.issued_on >= period.start)
        .order_by(InvoiceRow.issued_on.desc(), InvoiceRow.id.desc())
    )
    if period.end is not None:
        statement = statement.where(InvoiceRow.issued_on <= period.end)
    named = session.execute(statement).first()
    if named is not None:
        raise UserError("payers.used_by_invoice", number=named.number, day=named.issued_on)


_INVOICED = {KeptValue.QUOTIENT: "quotient.used_by_invoice", KeptValue.INCOME: "income.used_by_invoice"}
_CARRIED = {KeptValue.QUOTIENT: "quotient.used_by_carried", KeptValue.INCOME: "income.used_by_carried"}


def _reads(tariff: SlotTariff, kind: KeptValue) -> bool:
    return tariff.tariff.needs_quotient if kind is KeptValue.QUOTIENT else tariff.tariff.needs_income


def _stands() -> ColumnElement[bool]:
    """Invoices of ours that no credit note cancels."""
    note = aliased(InvoiceRow)
    cancelled = select(note.id).where(note.cancels_id == InvoiceRow.id).exists()
    return (InvoiceRow.kind == InvoiceKind.INVOICE.value) & ~cancelled


@counts_use
def count_lines(session: Session, offered: Offered) -> Counted:
    """What was billed, is to be billed, or came with another program's invoices."""
    row = ChargeRow
    about: ColumnElement[bool] = row.slot_id.in_(offered.slot_ids)
    if offered.service_id is not None:
        about = or_(about, row.service_id == offered.service_id)
    number, last = session.execute(select(func.count(), func.max(row.last_day)).where(about)).one()
    return Counted(number, "ligne de facture", "lignes de facture", last)


@counts_use
def count_invoices(session: Session, offered: Offered) -> Counted:
    """The invoices that bear the service's prefix, when it is the whole service."""
    statement = select(func.count()).where(InvoiceRow.service_id == offered.service_id)
    number = session.scalar(statement) or 0 if offered.service_id is not None else 0
    return Counted(number, "facture", "factures")
