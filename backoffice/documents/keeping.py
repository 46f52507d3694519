"""What documents keep: a service or an activity that asks for some."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from backoffice.catalog.keeping import Counted, Offered, counts_use
from backoffice.documents.tables import DocumentRequirementRow
from backoffice.kernel.database import Session


@counts_use
def count_requirements(session: Session, offered: Offered) -> Counted:
    """What is asked for there: taken away first, knowingly."""
    row = DocumentRequirementRow
    asked = or_(row.activity_id.in_(offered.activity_ids), row.service_id == offered.service_id)
    number = session.scalar(select(func.count()).where(asked)) or 0
    return Counted(number, "pièce demandée", "pièces demandées")
