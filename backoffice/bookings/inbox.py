"""What families ask for and nobody answered: the inbox, with what each wish would break."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.changes import Change
from backoffice.bookings.ground import read_ground
from backoffice.bookings.judging import Judged, judge
from backoffice.bookings.kinds import Channel, Wish
from backoffice.bookings.rules.states import Stored
from backoffice.bookings.tables import BookingRequestRow, BookingWishRow
from backoffice.catalog.queries import slots_in
from backoffice.families.queries import family_names, members_of
from backoffice.kernel.application import Query, Reading, read

WANTED: Mapping[Wish, Stored] = {Wish.BOOK: Stored.BOOKED, Wish.CANCEL: Stored.NOTHING}


@dataclass(frozen=True, slots=True)
class WaitingWish:
    """One slot on one day. `breaks`: the rules that it would break, one French sentence each; `is_full`: accepted, it
    would wait for a place; `is_late`: a cancellation that would be billed as an absence."""

    id: int
    child_id: int
    child: str
    slot_id: int
    slot: str
    activity: str
    day: date
    wish: Wish
    breaks: tuple[str, ...]
    is_full: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """What a family sent in one go, as far as it is not answered: day by day, then in the order of slots."""

    id: int
    family_id: int
    family: str
    received_at: datetime
    channel: Channel
    note: str
    wishes: tuple[WaitingWish, ...]


@dataclass(frozen=True)
class ListWishes(Query[tuple[WaitingRequest, ...]]):
    """« En attente de validation », in one structure (None: all; `NO_STRUCTURE`: outside structures), oldest first.

    All are judged together, as if they were accepted in that order.
    """

    structure_id: int | None = None


@read(ListWishes, permission="attendance.read")
def list_wishes(query: ListWishes, reading: Reading) -> tuple[WaitingRequest, ...]:
    session, wish, request = reading.session, BookingWishRow, BookingRequestRow
    slots = slots_in(session, query.structure_id)
    statement = (
        select(wish, request).join(request, request.id == wish.request_id)
        .where(wish.answered_at.is_(None), wish.slot_id.in_(slots))
        .order_by(request.received_at, request.id, wish.day, wish.id)
    )
    found = session.execute(statement).all()
    if not found:
        return ()
    changes = [
        Change(one.family_id, one.child_id, one.slot_id, one.day, WANTED[Wish(one.wish)]) for one, _ in found
    ]
    asked_at = {(one.child_id, one.slot_id, one.day): came.received_at for one, came in found}
    ground = read_ground(session, changes, reading.now, reading.today, [one.id for one, _ in found])
    families = {one.family_id for one, _ in found}
    members = {(member.family_id, member.person_id) for member in members_of(session, families)}
    judged = {cell.change.key: cell for cell in judge(ground, changes, members, asked_at).cells}
    names = family_names(session, families)
    requests = {came.id: came for _, came in found}
    by_request: dict[int, list[WaitingWish]] = defaultdict(list)
    for one, came in found:
        slot = slots[one.slot_id]
        cell = judged.get((one.child_id, one.slot_id, one.day))
        by_request[came.id].append(WaitingWish(
            one.id, one.child_id, ground.children[one.child_id].name, slot.id, slot.label, slot.activity, one.day,
            Wish(one.wish), cell.refused.reasons if cell else (), _is(cell, AttendanceState.WAITING),
            Wish(one.wish) is Wish.CANCEL and _is(cell, AttendanceState.ABSENT),
        ))
    return tuple(
        WaitingRequest(
            id_, requests[id_].family_id, names[requests[id_].family_id].name, requests[id_].received_at,
            Channel(requests[id_].channel), requests[id_].note,
            tuple(sorted(some, key=lambda each: (each.day, slots[each.slot_id].position, each.id))),
        )
        for id_, some in by_request.items()
    )


def _is(cell: Judged | None, state: AttendanceState) -> bool:
    return cell is not None and cell.state is state
