"""What tariffs leave with slots that nobody ever used: themselves."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from backoffice.catalog.keeping import Belonging, Counted, goes_with_slots
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.tariffs.tables import TariffRow


def _count(session: Session, slot_ids: Collection[int]) -> Counted:
    number = session.scalar(select(func.count()).where(TariffRow.slot_id.in_(slot_ids))) or 0
    return Counted(number, "tarif", "tarifs")


def _remove(session: Session, slot_ids: Collection[int]) -> None:
    remove(session, TariffRow, session.scalars(select(TariffRow.id).where(TariffRow.slot_id.in_(slot_ids))).all())


goes_with_slots(Belonging(_count, _remove))
