"""What families ask for, received once, and answered: accepted through the same judging as the grid, or refused with
words that they read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from backoffice.attendance.units import UnitKey, units_of
from backoffice.bookings.changes import Change
from backoffice.bookings.events import WishesChanged
from backoffice.bookings.inbox import WANTED
from backoffice.bookings.judging import stored_now
from backoffice.bookings.kinds import Answer, Channel, Wish
from backoffice.bookings.saving import Saved, save
from backoffice.bookings.saying import days_in_french
from backoffice.bookings.tables import BookingRequestRow, BookingWishRow
from backoffice.catalog.queries import slots_of
from backoffice.families.queries import child_names, family_names, members_of
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.batches import batches
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.letters.kinds import LetterKind
from backoffice.letters.saying import say, unsay

NOTE_LENGTH = 400
REFUSAL_LENGTH = 400
_ABOUT = "wishes"


@dataclass(frozen=True, slots=True)
class Wished:
    """One slot on one day that a family asks for, or asks to cancel."""

    child_id: int
    slot_id: int
    day: date
    wish: Wish = Wish.BOOK


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it was taken; `is_new` False: it was already."""

    request_id: int
    is_new: bool


@dataclass(frozen=True)
class ReceiveWishes(Command[Received]):
    """Take what a family sent in one go. `origin_key`: its name where it comes from; sent again, it is taken once.

    What the family asked before for the same slots and nobody answered is withdrawn: the last word counts.
    """

    family_id: int
    wishes: tuple[Wished, ...]
    channel: Channel
    origin_key: str | None = None
    note: str = ""
    op_id: UUID | None = None


@use_case(ReceiveWishes, permission="attendance.edit", action="bookings.wishes_received")
def receive_wishes(command: ReceiveWishes, context: Context) -> Received:
    """Raises InvalidFields (`note`), UserError `family.unknown`, `bookings.no_wish`, `attendance.not_in_family`,
    `catalog.unknown_slot`."""
    session = context.session
    if command.family_id not in family_names(session, [command.family_id]):
        raise UserError("family.unknown", id=command.family_id)
    if command.origin_key is not None:
        known = select(BookingRequestRow.id).where(BookingRequestRow.origin_key == command.origin_key)
        if (taken := session.scalar(known)) is not None:
            context.record(f"request {taken}", again=True)
            return Received(taken, is_new=False)
    wishes = tuple({(one.child_id, one.slot_id, one.day): one for one in command.wishes}.values())
    note = command.note.strip()
    _refuse_impossible(context, command.family_id, wishes, note)
    _withdraw(context, wishes)
    request = BookingRequestRow(
        family_id=command.family_id, received_at=context.now, channel=command.channel, origin_key=command.origin_key,
        note=note,
    )
    session.add(request)
    session.flush()
    session.add_all(
        BookingWishRow(
            request_id=request.id, family_id=command.family_id, child_id=one.child_id, slot_id=one.slot_id,
            day=one.day, wish=one.wish, answer=Answer.PENDING, answered_at=None, answered_by="", reason="",
        )
        for one in wishes
    )
    session.flush()
    context.record(f"request {request.id}", channel=command.channel.value, wishes=len(wishes))
    context.events.append(WishesChanged(command.family_id))
    return Received(request.id, is_new=True)


def _refuse_impossible(context: Context, family_id: int, wishes: Collection[Wished], note: str) -> None:
    if not wishes:
        raise UserError("bookings.no_wish")
    if len(note) > NOTE_LENGTH:
        raise InvalidFields({"note": UserError("bookings.note_too_long", limit=NOTE_LENGTH)})
    people = {member.person_id for member in members_of(context.session, [family_id])}
    if any(one.child_id not in people for one in wishes):
        raise UserError("attendance.not_in_family")
    slots = slots_of(context.session)
    for slot_id in sorted({one.slot_id for one in wishes} - slots.keys()):
        raise UserError("catalog.unknown_slot", id=slot_id)


def _withdraw(context: Context, wishes: Collection[Wished]) -> None:
    """What the same cells still wait for. Held: whoever answers them at this moment is waited for."""
    row = BookingWishRow
    keys = {(one.child_id, one.slot_id, one.day) for one in wishes}
    for some in batches(sorted({one.child_id for one in wishes})):
        statement = (
            select(row).where(row.answered_at.is_(None), row.child_id.in_(some)).order_by(row.id).with_for_update()
        )
        for before in context.session.scalars(statement):
            if (before.child_id, before.slot_id, before.day) in keys:
                before.answer, before.answered_at, before.answered_by = Answer.WITHDRAWN, context.now, ""
    context.session.flush()


# --- answering ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered; `UndoAnswers(answered)` takes it back while the family has not read it. `told`: under which
    numbers its mail says it; `is_told` False: this agent may not write to families."""

    wish_ids: tuple[int, ...]
    saved: Saved
    told: tuple[int, ...]
    is_told: bool


@dataclass(frozen=True)
class AnswerWishes(Command[Answered]):
    """Accept wishes, or refuse them with the reason the family reads; one mail for all that a family is answered.

    Accepting goes through the rules as the grid does: `override`, why the agent goes past them. A wish accepted where
    no place is left waits in the queue, from when it was received.
    """

    wish_ids: tuple[int, ...]
    accept: bool
    reason: str = ""
    override: str = ""
    op_id: UUID | None = None


@use_case(AnswerWishes, permission="attendance.edit", action="bookings.wishes_answered")
def answer_wishes(command: AnswerWishes, context: Context) -> Answered:
    """Raises BookingsRefused, InvalidFields (`reason`), UserError `bookings.wish_answered`."""
    reason = " ".join(command.reason.split())
    if not command.accept:
        if not reason:
            raise InvalidFields({"reason": UserError("bookings.answer_reason_missing")})
        if len(reason) > REFUSAL_LENGTH:
            raise InvalidFields({"reason": UserError("bookings.reason_too_long", limit=REFUSAL_LENGTH)})
    wishes = _held(context, command.wish_ids)
    saved, details = (_fulfil(context, wishes, command.override) if command.accept else (Saved(), {}))
    for row in wishes:
        row.answer = Answer.ACCEPTED if command.accept else Answer.REFUSED
        row.answered_at, row.answered_by = context.now, context.actor.login
        row.reason = "" if command.accept else reason
    context.session.flush()
    told = _tell(context, wishes, saved, reason)
    _done(context, wishes, {"accepted": command.accept, **details})
    is_told = context.actor.may("letters.write")
    return Answered(tuple(row.id for row in wishes), saved, told, is_told)


@dataclass(frozen=True)
class UndoAnswers(Command[None]):
    """The wishes wait again, and what was booked or cancelled is put back."""

    answered: Answered


@use_case(UndoAnswers, permission="attendance.edit", action="bookings.answers_undone")
def undo_answers(command: UndoAnswers, context: Context) -> None:
    """Raises BookingsChanged, BookingsRefused, UserError `bookings.letter_left`, `record.changed_meanwhile` (somebody
    undid it, or the family asked anew)."""
    answered, row = command.answered, BookingWishRow
    session = context.session
    statement = select(row).where(row.id.in_(answered.wish_ids)).order_by(row.id).with_for_update()
    wishes = session.scalars(statement.execution_options(populate_existing=True)).all()
    if len(wishes) != len(answered.wish_ids) or any(one.answered_at is None for one in wishes):
        raise UserError("record.changed_meanwhile")
    if _asked_anew(context, wishes):
        raise UserError("record.changed_meanwhile")
    for number in answered.told:
        if not unsay(context, _ABOUT, number):
            raise UserError("bookings.letter_left")
    # The wishes wait again once the cells are put back: until then they would lock them.
    _, details = save(context, answered.saved.undo, Channel.OFFICE, "")
    for one in wishes:
        one.answer, one.answered_at, one.answered_by, one.reason = Answer.PENDING, None, "", ""
    session.flush()
    _done(context, wishes, details)


def _held(context: Context, wish_ids: Collection[int]) -> list[BookingWishRow]:
    """The wishes, still waiting. Held: of two agents who answer at once, one hears of the other."""
    row = BookingWishRow
    found: list[BookingWishRow] = []
    for some in batches(sorted(set(wish_ids))):
        statement = select(row).where(row.id.in_(some)).order_by(row.id).with_for_update()
        found.extend(context.session.scalars(statement.execution_options(populate_existing=True)))
    if not found:
        raise UserError("bookings.no_wish")
    if len(found) != len(set(wish_ids)) or any(one.answered_at is not None for one in found):
        raise UserError("bookings.wish_answered")
    return found


def _fulfil(
    context: Context, wishes: Collection[BookingWishRow], override: str
) -> tuple[Saved, dict[str, object]]:
    session = context.session
    requests = select(BookingRequestRow.id, BookingRequestRow.received_at, BookingRequestRow.channel).where(
        BookingRequestRow.id.in_({row.request_id for row in wishes})
    )
    received = {one.id: one for one in session.execute(requests)}
    stands = {unit.key: unit for unit in units_of(
        session, {row.slot_id for row in wishes}, {row.day for row in wishes}, {row.child_id for row in wishes}
    )}
    changes = [
        Change(row.family_id, row.child_id, row.slot_id, row.day, WANTED[Wish(row.wish)],
               seen=stored_now(stands.get(_key(row))))
        for row in wishes
    ]
    asked_at = {_key(row): received[row.request_id].received_at for row in wishes}
    channel = Channel(min((received[row.request_id] for row in wishes), key=lambda one: one.received_at).channel)
    return save(context, changes, channel, override, asked_at=asked_at, answering=[row.id for row in wishes])


def _asked_anew(context: Context, wishes: Collection[BookingWishRow]) -> bool:
    """Whether the family asked since for one of the same cells."""
    row = BookingWishRow
    waiting = select(row.child_id, row.slot_id, row.day).where(
        row.answered_at.is_(None), row.child_id.in_({one.child_id for one in wishes})
    )
    keys = {_key(one) for one in wishes}
    return any(tuple(found) in keys for found in context.session.execute(waiting))


def _tell(
    context: Context, wishes: Collection[BookingWishRow], saved: Saved, reason: str
) -> tuple[int, ...]:
    """One thing to say for each child, slot and answer of a request, with its days."""
    if not context.actor.may("letters.write"):
        return ()
    waiting = set(saved.waiting)
    said: Mapping[tuple[int, int, int, str, str], list[BookingWishRow]] = defaultdict(list)
    for row in wishes:
        outcome = "waiting" if _key(row) in waiting else Answer(row.answer).value
        said[row.request_id, row.child_id, row.slot_id, outcome, row.wish].append(row)
    slots, children = slots_of(context.session), child_names(context.session, {row.child_id for row in wishes})
    numbers = []
    for (_, child_id, slot_id, outcome, wish), some in sorted(said.items()):
        slot, number = slots[slot_id], min(row.id for row in some)
        what = "annulation, " if wish == Wish.CANCEL else ""
        days = days_in_french(row.day for row in some)
        facts: dict[str, object] = {
            "outcome": outcome, "document": f"{slot.activity}, {slot.label} : {what}{days}",
            "person": children[child_id].name, "service_id": slot.service_id,
        }
        if outcome == Answer.REFUSED:
            facts["reason"] = reason
        say(context, some[0].family_id, LetterKind.WISHES_ANSWERED, _ABOUT, number, facts)
        numbers.append(number)
    return tuple(numbers)


def _done(context: Context, wishes: Collection[BookingWishRow], details: Mapping[str, object]) -> None:
    context.record(f"{len(wishes)} wishes", wishes=sorted(row.id for row in wishes), **details)
    context.events.extend(WishesChanged(family_id) for family_id in _families(wishes))


def _families(wishes: Iterable[BookingWishRow]) -> list[int]:
    return sorted({row.family_id for row in wishes})


def _key(row: BookingWishRow) -> UnitKey:
    return row.child_id, row.slot_id, row.day


