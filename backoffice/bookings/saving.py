"""Saving what was painted in the grid: every cell judged, all of them written or none."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backoffice.attendance.priced import Freed
from backoffice.attendance.recording import AttendanceEntry, tell_recorded, write_units
from backoffice.attendance.rules import AttendanceState
from backoffice.attendance.units import UnitKey, hold_units
from backoffice.bookings.changes import (
    BookingsChanged,
    BookingsRefused,
    Change,
    ChangedCell,
    RefusedCell,
    last_of_each,
)
from backoffice.bookings.ground import Ground, read_ground
from backoffice.bookings.in_force import hold_capacity
from backoffice.bookings.judging import Verdict, judge, stored_now
from backoffice.bookings.kinds import Channel
from backoffice.bookings.queueing import ABOUT, Given, booked, in_journal, tell_given
from backoffice.bookings.rules.states import stored_of
from backoffice.catalog.queries import hold_services_of, slots_of
from backoffice.families.queries import members_of
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.messages import sentence
from backoffice.letters.saying import unsay

REASON_LENGTH = 200
OVERRIDE = "attendance.unlock"

__all__ = [
    "BookingsChanged", "BookingsRefused", "Change", "ChangedCell", "RefusedCell", "SaveBookings", "Saved",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Saved:
    """What was done. `undo`: the changes that put everything back (`SaveBookings(saved.undo, …)`). `waiting`: the cells
    that found no place. `given`: who waited and has one now."""

    undo: tuple[Change, ...] = ()
    waiting: tuple[UnitKey, ...] = ()
    given: tuple[Given, ...] = ()


@dataclass(frozen=True)
class SaveBookings(Command[Saved]):
    """Book, cancel, mark away: any number of cells in one transaction, all or none.

    `channel`: how the wish came; `reason`: why the agent goes past a rule, kept on each row and in the journal.
    """

    changes: tuple[Change, ...]
    channel: Channel = Channel.OFFICE
    reason: str = ""
    op_id: UUID | None = None


@use_case(SaveBookings, permission="attendance.edit", action="bookings.saved")
def save_bookings(command: SaveBookings, context: Context) -> Saved:
    """Raises BookingsChanged, BookingsRefused, InvalidFields (`reason`), UserError `catalog.unknown_slot`,
    `bookings.letter_left`."""
    saved, details = save(context, command.changes, command.channel, command.reason)
    context.record(f"{len(saved.undo)} bookings", **details)
    return saved


def save(
    context: Context, changes: Collection[Change], channel: Channel, reason: str, *,
    asked_at: Mapping[UnitKey, datetime] | None = None, answering: Collection[int] = (),
) -> tuple[Saved, dict[str, object]]:
    """The same, as a part of another work; answers with what its journal line tells.

    `asked_at`: when a family asked, where it was before now; `answering`: the wishes that this answers.
    """
    session = context.session
    note = " ".join(reason.split())
    if len(note) > REASON_LENGTH:
        raise InvalidFields({"reason": UserError("bookings.reason_too_long", limit=REASON_LENGTH)})
    changes = last_of_each(changes)
    if not changes:
        return Saved(), {}
    _hold(context, changes)
    ground = read_ground(session, changes, context.now, context.today, answering)
    _refuse_changed(ground, changes)
    families = {change.family_id for change in changes}
    members = {(member.family_id, member.person_id) for member in members_of(session, families)}
    verdict = judge(ground, changes, members, asked_at)
    refused = verdict.refused
    _refuse_broken(context, verdict, refused, note)
    undo, freed = _write(context, verdict, channel, note)
    told_of = {change.key for change in undo}
    tell_recorded(context, ((child_id, day) for child_id, _, day in told_of), freed)
    given, told = tell_given(context, ground, verdict.given)
    said = {unit.key: told[unit.id] for unit in verdict.given if unit.id in told}
    waiting = tuple(
        cell.change.key for cell in verdict.cells
        if cell.state is AttendanceState.WAITING and cell.change.restores is None
    )
    saved = Saved(tuple(_untelling(change, said.get(change.key, 0)) for change in undo), waiting, given)
    details: dict[str, object] = {
        "channel": channel.value,
        "units": [[*cell.change.key, stored_now(cell.before).value, cell.change.wanted.value, _word(cell.state)]
                  for cell in verdict.cells],
        **({"reason": note, "overridden": len(refused)} if refused else {}),
        **({"given": in_journal(given)} if given else {}),
        **freed.for_journal,
    }
    return saved, details


def _hold(context: Context, changes: Collection[Change]) -> None:
    """The services first, as runs do; then the places, then the cells: always in this order."""
    session = context.session
    wanted = {change.slot_id for change in changes}
    hold_services_of(session, wanted)
    hold_capacity(session, {slot.activity_id for slot in slots_of(session).values() if slot.id in wanted})
    hold_units(session, [change.key for change in changes])


def _refuse_changed(ground: Ground, changes: Collection[Change]) -> None:
    found = []
    for change in changes:
        unit = ground.units.get(change.key)
        stored = stored_now(unit)
        as_wanted = change.restores is None and stored is change.wanted
        if stored is not change.seen and not as_wanted:
            found.append(ChangedCell(
                *change.key, unit.state if unit else None, stored, unit.changed_by if unit else "",
                unit.changed_at if unit else None,
            ))
    if found:
        raise BookingsChanged(found)


def _refuse_broken(context: Context, verdict: Verdict, refused: Collection[RefusedCell], note: str) -> None:
    if not refused:
        return
    may_override = context.actor.may(OVERRIDE) and not verdict.is_final
    if not (may_override and note):
        raise BookingsRefused(tuple(refused), may_override=may_override)


def _write(context: Context, verdict: Verdict, channel: Channel, note: str) -> tuple[tuple[Change, ...], Freed]:
    for number in sorted({cell.change.untells for cell in verdict.cells if cell.change.untells}):
        if not unsay(context, ABOUT, number):
            raise UserError("bookings.letter_left")
    entries = [cell.entry(channel.value, note if cell.reasons else "") for cell in verdict.cells]
    entries += [booked(unit) for unit in verdict.given]
    try:
        before, freed = write_units(context, entries, whole=True)
    except UserError as priced:
        if not priced.code.startswith("attendance."):
            raise
        billed = [cell for cell in verdict.cells if cell.before is not None and cell.before.charge_id is not None]
        if not billed:
            raise
        why = (sentence(priced),)
        cells = [RefusedCell(*cell.change.key, why, is_final=True) for cell in billed
                 if cell.change.day == priced.params.get("day")]
        raise BookingsRefused(cells, may_override=False) from priced
    after = {(entry.child_id, entry.slot_id, entry.day): entry for entry in entries}
    return tuple(_undoing(entry, after[entry.child_id, entry.slot_id, entry.day]) for entry in before), freed


def _undoing(before: AttendanceEntry, after: AttendanceEntry) -> Change:
    return Change(
        before.family_id, before.child_id, before.slot_id, before.day,
        wanted=stored_of(before.state, special=before.special), seen=stored_of(after.state, special=after.special),
        restores=before,
    )


def _untelling(change: Change, number: int) -> Change:
    return Change(
        change.family_id, change.child_id, change.slot_id, change.day, change.wanted, change.seen, change.restores,
        number,
    ) if number else change


def _word(state: AttendanceState | None) -> str:
    return state.value if state is not None else ""
