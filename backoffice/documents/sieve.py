"""A first look at a whole town: which documents may be missing or soon over, so that rules are asked of these alone.

Most of what is asked of families is validated for long. What is kept here may prove to be in order; what is left out
is, until the day that is looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, or_, select

from backoffice.documents.kinds import DocumentState, Owner
from backoffice.documents.rules import AskedType, Registered, Requirement, slot_of
from backoffice.documents.tables import DocumentRow
from backoffice.kernel.database import Session
from backoffice.registrations.queries import RegistrationLine


@dataclass(slots=True)
class Doubt:
    """What may be missing in one family: names of slots (see `slot_of`), and whom they are about (None: the family).

    `adults`: slots asked of each adult.
    """

    about: dict[str, set[int | None]] = field(default_factory=lambda: defaultdict(set))
    adults: set[str] = field(default_factory=set)

    @property
    def slots(self) -> set[str]:
        return self.adults | self.about.keys()


def doubts(
    session: Session, lines: Sequence[RegistrationLine], types: Mapping[int, AskedType],
    requirements: Iterable[Requirement], today: date, over: date,
) -> dict[int, Doubt]:
    """Family by family, what is not validated from today to `over`, that day included; one read for all of them.

    `lines`: the registrations that run or begin. One that begins later is looked at on its first day.
    """
    requirements = tuple(requirements)
    over = max([over, *(line.period.start for line in lines)])
    covered = _covered(session, today, over, types)
    asked: dict[int, list[tuple[str, Owner]]] = {}
    found: defaultdict[int, Doubt] = defaultdict(Doubt)
    for line in lines:
        if line.activity_id not in asked:
            asked[line.activity_id] = _asked_by(line, types, requirements)
        for slot, owner in asked[line.activity_id]:
            if owner is Owner.ADULT:
                found[line.family_id].adults.add(slot)
            elif owner is Owner.CHILD:
                if (slot, line.child_id) not in covered:
                    found[line.family_id].about[slot].add(line.child_id)
            elif (slot, -line.family_id) not in covered:
                found[line.family_id].about[slot].add(None)
    return found


def _asked_by(
    line: RegistrationLine, types: Mapping[int, AskedType], requirements: Sequence[Requirement]
) -> list[tuple[str, Owner]]:
    """Whatever anybody asks for there: who speaks for a type is for the rules to say."""
    registered = Registered(line.child_id, line.service_id, line.activity_id, line.period)
    mandatory = {each.type_id for each in requirements if each.is_mandatory and each.asks(registered)}
    return sorted({(slot_of(types[each]), types[each].owner) for each in mandatory if each in types})


def _covered(
    session: Session, today: date, over: date, types: Mapping[int, AskedType]
) -> set[tuple[str, int]]:
    """Slots that an accepted document fills for all these days, by person, or by family (its id, negative)."""
    row = DocumentRow
    statement = select(row.type_id, func.coalesce(row.person_id, -row.family_id)).where(
        row.state == DocumentState.ACCEPTED.value,
        or_(row.valid_from.is_(None), row.valid_from <= today),
        or_(row.valid_to.is_(None), row.valid_to >= over),
    )
    slots = {type_id: slot_of(asked) for type_id, asked in types.items()}
    return {(slots[type_id], whom) for type_id, whom in session.execute(statement) if type_id in slots}
