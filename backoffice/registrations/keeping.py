"""What keeps a child from being registered: higher wings say it here, this wing never asks upward.

And what registrations keep: a child in its family, an activity that has some.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy import func, select

from backoffice.catalog.keeping import Counted, Offered, counts_use
from backoffice.families.keeping import keeps_member
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.registrations.kinds import RegistrationState
from backoffice.registrations.tables import RegistrationRow


@dataclass(frozen=True, slots=True)
class Wished:
    """A registration that is wanted. `provisional_until`: the last day of an admission that waits for vaccines."""

    family_id: int
    child_id: int
    activity_id: int
    first_day: date
    provisional_until: date | None = None


# What is wished, and today: one French sentence for each thing that is missing.
Obstacle: TypeAlias = Callable[[Session, Wished, date], Sequence[str]]

_obstacles: list[Obstacle] = []


def keeps_from_registering(obstacle: Obstacle) -> Obstacle:
    """Register what may keep a child from being registered."""
    _obstacles.append(obstacle)
    return obstacle


def obstacles(session: Session, wished: Wished, today: date) -> tuple[str, ...]:
    """Everything that is in the way, in the order the wings were loaded; nothing when the child may be registered."""
    return tuple(sentence for obstacle in _obstacles for sentence in obstacle(session, wished, today))


@keeps_member
def refuse_registered_child(session: Session, family_id: int, person_id: int) -> None:
    """Raises UserError `member.has_registration`."""
    row = RegistrationRow
    statement = select(row.id).where(row.child_id == person_id, row.family_id == family_id)
    if session.scalar(statement.where(row.state != RegistrationState.WITHDRAWN).limit(1)) is not None:
        raise UserError("member.has_registration")


@counts_use
def count_registrations(session: Session, offered: Offered) -> Counted:
    """Those of these activities, withdrawn ones too: they are part of the history of families."""
    row = RegistrationRow
    statement = select(func.count(), func.max(row.first_day)).where(row.activity_id.in_(offered.activity_ids))
    number, last = session.execute(statement).one()
    return Counted(number, "inscription", "inscriptions", last)
