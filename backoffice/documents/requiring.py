"""Who asks for a type of document, said all at once: a whole form is saved by one command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from backoffice.catalog.queries import activity_places, place_names
from backoffice.documents.kinds import Blocks
from backoffice.documents.tables import DocumentRequirementRow
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError


@dataclass(frozen=True, slots=True)
class Asked:
    """A service, an activity of it, or the whole town (neither) asks for a type; what is optional blocks nothing."""

    service_id: int | None = None
    activity_id: int | None = None
    is_mandatory: bool = True
    blocks: Blocks = Blocks.NOTHING

    @property
    def place(self) -> tuple[int | None, int | None]:
        return self.service_id, self.activity_id


def asked_problem(session: Session, asked: Sequence[Asked]) -> UserError | None:
    """What is wrong with this list: a place that is not there, or one said twice."""
    if len({one.place for one in asked}) < len(asked):
        return UserError("documents.place_twice")
    services, _ = place_names(session)
    activities = activity_places(session, [one.activity_id for one in asked if one.activity_id is not None])
    for one in asked:
        activity = activities.get(one.activity_id) if one.activity_id is not None else None
        known = one.service_id is None or one.service_id in services
        if not known or (one.activity_id is not None and (activity is None or activity.service_id != one.service_id)):
            return UserError("documents.place_unknown")
    return None


def ask_for(session: Session, type_id: int, asked: Sequence[Asked]) -> bool:
    """Make this list the one that stands; answers whether something changed."""
    rows = session.scalars(select(DocumentRequirementRow).where(DocumentRequirementRow.type_id == type_id)).all()
    before = {(row.service_id, row.activity_id): row for row in rows}
    wanted = {one.place: one for one in asked}
    gone = [row.id for place, row in before.items() if place not in wanted]
    remove(session, DocumentRequirementRow, gone)
    changed = bool(gone)
    for place, one in wanted.items():
        row = before.get(place)
        blocks = one.blocks if one.is_mandatory else Blocks.NOTHING
        if row is None:
            session.add(DocumentRequirementRow(
                type_id=type_id, service_id=one.service_id, activity_id=one.activity_id,
                is_mandatory=one.is_mandatory, blocks=blocks,
            ))
        elif (row.is_mandatory, row.blocks) == (one.is_mandatory, blocks):
            continue
        else:
            row.is_mandatory, row.blocks = one.is_mandatory, blocks
        changed = True
    session.flush()
    return changed
