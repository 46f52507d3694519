"""What attendance keeps: a child in the family where days are recorded, a slot where there are some."""

from __future__ import annotations

from sqlalchemy import func, select

from backoffice.attendance.tables import AttendanceRow
from backoffice.catalog.keeping import Counted, Offered, counts_use
from backoffice.families.keeping import keeps_member
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError


@keeps_member
def refuse_child_with_days(session: Session, family_id: int, person_id: int) -> None:
    """Raises UserError `member.has_attendance`."""
    last = session.scalar(
        select(func.max(AttendanceRow.day)).where(
            AttendanceRow.child_id == person_id, AttendanceRow.family_id == family_id
        )
    )
    if last is not None:
        raise UserError("member.has_attendance", day=last)


@counts_use
def count_days(session: Session, offered: Offered) -> Counted:
    """What was booked or clocked in these slots."""
    row = AttendanceRow
    statement = select(func.count(), func.max(row.day)).where(row.slot_id.in_(offered.slot_ids))
    number, last = session.execute(statement).one()
    return Counted(number, "présence ou réservation", "présences ou réservations", last)
