"""What kiosks send: kept as it was clocked, whenever it comes and in whatever order, then applied to the day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from backoffice.agents.overview import agent_names
from backoffice.clocking.applying import ChildDay, ClockConflict, apply_events
from backoffice.clocking.tables import ClockEventRow
from backoffice.clocking.touches import NewClock
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.zone import day_and_minute


@dataclass(frozen=True, slots=True)
class Received:
    """What became of events: how many were new, and what the office has to look at."""

    added: int
    conflicts: tuple[ClockConflict, ...]


@dataclass(frozen=True)
class ReceiveEvents(Command[Received]):
    """Keep clock events and apply them. An event that came already changes nothing; a late one is kept all the same."""

    events: tuple[NewClock, ...]


@use_case(ReceiveEvents, permission="attendance.edit", action="clocking.received")
def receive_events(command: ReceiveEvents, context: Context) -> Received:
    session = context.session
    known = _known(session, {str(event.uid) for event in command.events})
    new = {str(event.uid): event for event in command.events if str(event.uid) not in known}
    add_events(context, new.values())
    applied = apply_events(context, touched(new.values()), new.keys())
    context.record(
        f"{len(new)} events", known=len(known), units=applied.changed,
        conflicts=[[one.child_id, one.structure_id, one.day, one.why.value] for one in applied.conflicts],
    )
    return Received(len(new), applied.conflicts)


def add_events(context: Context, events: Collection[NewClock]) -> None:
    """Write raw events; their day and minute are those of the clock on the wall, in the town."""
    session = context.session
    names = agent_names(session) if any(event.author for event in events) else {}
    for event in events:
        day, minute = day_and_minute(event.at)
        session.add(ClockEventRow(
            uid=str(event.uid), child_id=event.child_id, structure_id=event.structure_id, kind=event.kind.value,
            at=event.at, day=day, minute=minute, device=event.device[:60],
            author=(names.get(event.author, event.author) or context.actor.name)[:120], received_at=context.now,
            replaces=None if event.replaces is None else str(event.replaces), reason=event.reason[:200],
        ))
    session.flush()


def touched(events: Collection[NewClock]) -> set[ChildDay]:
    """The days that these events are about."""
    return {(event.child_id, event.structure_id, day_and_minute(event.at)[0]) for event in events}


def _known(session: Session, uids: Collection[str]) -> set[str]:
    found: set[str] = set()
    for some in batches(sorted(uids)):
        found.update(session.scalars(select(ClockEventRow.uid).where(ClockEventRow.uid.in_(some))))
    return found
