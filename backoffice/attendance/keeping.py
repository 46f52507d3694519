"""What attendance keeps in families: a child whose days are recorded there."""

from __future__ import annotations

from sqlalchemy import func, select

from backoffice.attendance.tables import AttendanceRow
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
