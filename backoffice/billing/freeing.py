"""Giving up a line that waits for its invoice, when an agent corrects one of the days it prices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from backoffice.attendance.commands import give_back_carried
from backoffice.attendance.priced import gives_up_lines
from backoffice.billing.tables import ChargeRow
from backoffice.kernel.batches import batches
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money


@gives_up_lines
def give_up_waiting_lines(session: Session, corrected: Mapping[int, date]) -> Mapping[int, Money]:
    """Delete the lines that no invoice holds and free all their units: the next run prices them again.

    Raises UserError `attendance.already_billed`, `attendance.price_taken_over` (an import set that price).
    """
    given_up: dict[int, Money] = {}
    for some in batches(sorted(corrected)):
        statement = select(ChargeRow).where(ChargeRow.id.in_(some)).order_by(ChargeRow.id).with_for_update()
        for line in session.scalars(statement):
            if line.invoice_id is not None:
                raise UserError("attendance.already_billed", day=corrected[line.id])
            if line.stored_price:
                raise UserError("attendance.price_taken_over", day=corrected[line.id])
            given_up[line.id] = line.amount
    give_back_carried(session, given_up)
    remove(session, ChargeRow, given_up)
    return given_up
