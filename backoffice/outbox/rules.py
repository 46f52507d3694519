"""What waits to be sent, in its order: pointage gestures, touches of kiosks; what became of them; their words on disk.

Ids, values and moments; never a name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

from backoffice.attendance.rules import AttendanceState
from backoffice.clocking.kinds import ClockKind
from backoffice.clocking.touches import NewClock
from backoffice.kernel.zone import day_and_minute

Key: TypeAlias = tuple[int, int, date]
_RECORD_MANY, _RECEIVE_EVENTS = "record_many", "receive_events"  # the commands that wait


@dataclass(frozen=True, slots=True)
class Clocked:
    """A state and its times, in minutes from midnight."""

    state: AttendanceState
    arrived: int | None = None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What is to be recorded for a child in a slot on a day, and what the agent saw there: if something else stands
    there when it arrives, somebody changed it meanwhile."""

    family_id: int
    child_id: int
    slot_id: int
    day: date
    wanted: Clocked
    seen: Clocked

    @property
    def key(self) -> Key:
        return self.child_id, self.slot_id, self.day


@dataclass(frozen=True, slots=True)
class Gesture:
    """One gesture of an agent: all its marks are recorded, or none. `op_id` is its name for the server, for ever.

    `forced`: the agent knows what stands there now, and wants it all the same. `clocks`: instead of marks, touches of
    a kiosk, each with a name of its own: whatever their order and however often they come, they count once.
    """

    op_id: UUID
    at: datetime
    marks: tuple[Mark, ...] = ()
    forced: bool = False
    clocks: tuple[NewClock, ...] = ()

    @property
    def day(self) -> date:
        """The day that it is about."""
        return self.marks[0].day if self.marks else day_and_minute(self.clocks[0].at)[0]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A gesture that the server refused, and why: a code of `messages.toml` and what fills its sentence."""

    gesture: Gesture
    code: str
    params: Mapping[str, int | str | date]


@dataclass(frozen=True, slots=True)
class Kept:
    """What an outbox holds: `waiting` in the order of sending, `refused` in the order of the refusals."""

    waiting: tuple[Gesture, ...] = ()
    refused: tuple[Refusal, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.waiting and not self.refused

    @property
    def units(self) -> int:
        """How many lines of a day wait, each counted once, and how many touches of a kiosk."""
        return len(self.wanted) + len(self.clocks)

    @property
    def clocks(self) -> tuple[NewClock, ...]:
        """The touches of a kiosk that wait, in their order."""
        return tuple(clock for gesture in self.waiting for clock in gesture.clocks)

    @property
    def wanted(self) -> Mapping[Key, Mark]:
        """The last mark that waits for each unit."""
        return {mark.key: mark for gesture in self.waiting for mark in gesture.marks}


EMPTY = Kept()


def after(kept: Kept, gesture: Gesture) -> Gesture:
    """The gesture as it is kept behind the others: what it changes is what those will have recorded.

    Two gestures may follow each other faster than the page shows the first.
    """
    wanted = kept.wanted
    return replace(gesture, marks=tuple(
        replace(mark, seen=wanted[mark.key].wanted) if mark.key in wanted else mark for mark in gesture.marks
    ))


# --- what happens to them ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Added:
    gesture: Gesture


@dataclass(frozen=True, slots=True)
class Settled:
    """It arrived, or the agent gave it up."""

    op_id: UUID


@dataclass(frozen=True, slots=True)
class Refused:
    op_id: UUID
    code: str
    params: Mapping[str, int | str | date]


@dataclass(frozen=True, slots=True)
class Again:
    """The agent wants a refused one recorded all the same: it waits again, behind the others."""

    op_id: UUID


Fact: TypeAlias = Added | Settled | Refused | Again


def replay(facts: Iterable[Fact]) -> Kept:
    """What is left after all that happened. A fact about a gesture that is not there changes nothing: two windows
    may have settled the same one."""
    waiting: dict[UUID, Gesture] = {}
    refused: dict[UUID, Refusal] = {}
    for fact in facts:
        match fact:
            case Added(gesture):
                waiting[gesture.op_id] = gesture
            case Settled(op_id):
                waiting.pop(op_id, None)
                refused.pop(op_id, None)
            case Refused(op_id, code, params):
                if (found := waiting.pop(op_id, None)) is not None:
                    refused[op_id] = Refusal(found, code, params)
            case Again(op_id):
                if (refusal := refused.pop(op_id, None)) is not None:
                    waiting[op_id] = replace(refusal.gesture, forced=True)
    return Kept(tuple(waiting.values()), tuple(refused.values()))


def facts_of(kept: Kept) -> tuple[Fact, ...]:
    """The fewest facts that lead there: `replay(facts_of(kept)) == kept`."""
    facts: list[Fact] = []
    for refusal in kept.refused:
        facts += [Added(refusal.gesture), Refused(refusal.gesture.op_id, refusal.code, refusal.params)]
    return (*facts, *(Added(gesture) for gesture in kept.waiting))


# --- as they are written -------------------------------------------------------------------------------------


def written(fact: Fact) -> bytes:
    match fact:
        case Added(gesture):
            said: dict[str, Any] = {
                "fact": "added", "command": _RECEIVE_EVENTS if gesture.clocks else _RECORD_MANY,
                "op_id": gesture.op_id.hex, "at": gesture.at.isoformat(), "forced": gesture.forced,
                "marks": [_written_mark(mark) for mark in gesture.marks],
            }
            if gesture.clocks:
                said["clocks"] = [_written_clock(clock) for clock in gesture.clocks]
        case Settled(op_id):
            said = {"fact": "settled", "op_id": op_id.hex}
        case Refused(op_id, code, params):
            said = {"fact": "refused", "op_id": op_id.hex, "code": code,
                    "params": {name: _written_param(value) for name, value in params.items()}}
        case Again(op_id):
            said = {"fact": "again", "op_id": op_id.hex}
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def read_fact(content: bytes) -> Fact:
    """What `written` made. Raises ValueError, KeyError or TypeError for anything else."""
    said = json.loads(content)
    op_id = UUID(said["op_id"])
    match said["fact"]:
        case "added":
            if said["command"] not in {_RECORD_MANY, _RECEIVE_EVENTS}:
                raise ValueError("unknown command")
            marks = tuple(_read_mark(*values) for values in said["marks"])
            clocks = tuple(_read_clock(*values) for values in said.get("clocks", ()))
            return Added(Gesture(op_id, datetime.fromisoformat(said["at"]), marks, bool(said["forced"]), clocks))
        case "settled":
            return Settled(op_id)
        case "refused":
            params = {name: _read_param(value) for name, value in said["params"].items()}
            return Refused(op_id, said["code"], MappingProxyType(params))
        case "again":
            return Again(op_id)
    raise ValueError("unknown fact")


def _written_mark(mark: Mark) -> list[int | str | None]:
    clocks = [[one.state.value, one.arrived, one.left] for one in (mark.wanted, mark.seen)]
    return [mark.family_id, mark.child_id, mark.slot_id, mark.day.isoformat(), *clocks[0], *clocks[1]]


def _read_mark(family: int, child: int, slot: int, day: str, *clocks: Any) -> Mark:
    wanted, seen = (Clocked(AttendanceState(state), arrived, left) for state, arrived, left in (clocks[:3], clocks[3:]))
    return Mark(family, child, slot, date.fromisoformat(day), wanted, seen)


def _written_clock(clock: NewClock) -> list[int | str | None]:
    replaces = None if clock.replaces is None else clock.replaces.hex
    return [clock.uid.hex, clock.child_id, clock.structure_id, clock.kind.value, clock.at.isoformat(), clock.device,
            clock.author, replaces, clock.reason]


def _read_clock(
    uid: str, child: int, structure: int, kind: str, at: str, device: str, author: str, replaces: str | None,
    reason: str,
) -> NewClock:
    before = None if replaces is None else UUID(replaces)
    return NewClock(UUID(uid), child, structure, ClockKind(kind), datetime.fromisoformat(at), device, author, before,
                    reason)


def _written_param(value: int | str | date) -> object:
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _read_param(value: Any) -> int | str | date:
    return date.fromisoformat(value["day"]) if isinstance(value, dict) else value
