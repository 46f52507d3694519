"""Asking for a registration, registering a child to an activity, ending it, taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, or_, select

from backoffice.catalog.queries import activity_places
from backoffice.families.commands import hold_family
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import members_of
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.periods import Period
from backoffice.registrations.events import RegistrationsChanged
from backoffice.registrations.keeping import Wished, obstacles
from backoffice.registrations.kinds import GONE, RegistrationState
from backoffice.registrations.provisional import longest_provisional
from backoffice.registrations.tables import RegistrationRow


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """A child already registered to an activity, to write as it was accepted."""

    family_id: int
    child_id: int
    activity_id: int
    period: Period
    asked_at: datetime


def add_registrations(session: Session, registrations: Iterable[NewRegistration]) -> int:
    """Write many registrations at once, nothing asked about their documents; returns how many."""
    rows = [
        {
            "family_id": one.family_id, "child_id": one.child_id, "activity_id": one.activity_id,
            "first_day": one.period.start, "last_day": one.period.end, "state": RegistrationState.ACCEPTED.value,
            "asked_at": one.asked_at, "version": 1,
        }
        for one in registrations
    ]  # fmt: skip
    for some in batches(rows):
        session.execute(insert(RegistrationRow), some)
    return len(rows)


REASON_LENGTH = 400
OVERRIDE = "attendance.unlock"
"""The right to go past what is in the way, saying why."""


@dataclass(frozen=True)
class RequestRegistration(Command[int]):
    """Note that a family wants a child registered; answers the registration. `WithdrawRegistration` undoes it.

    Nothing blocks it: its documents are asked for from then on, and the family knows what to send.
    """

    family_id: int
    child_id: int
    activity_id: int
    period: Period
    channel: str = ""


@use_case(RequestRegistration, permission="registrations.edit", action="registration.requested")
def request_registration(command: RequestRegistration, context: Context) -> int:
    """Raises InvalidFields, UserError `family.unknown`, `registration.not_a_child`, `registration.twice`."""
    _check(command, context)
    if _alike(command, context):
        raise UserError("registration.twice")
    return _add(command, context, RegistrationState.REQUESTED)


@dataclass(frozen=True)
class RegisterChild(Command[int]):
    """Register a child to an activity from a day on; answers the registration. « Nouvelle inscription » of the portal.

    What was requested for these days becomes it. `provisional_until`: admitted while vaccines are completed, for the
    months that the law gives at most: their record alone then blocks nothing until that day. `channel`, `reason`: how
    the wish came and why an agent who holds the right goes past what is in the way; both are kept.
    """

    family_id: int
    child_id: int
    activity_id: int
    period: Period
    provisional_until: date | None = None
    channel: str = ""
    reason: str = ""


@use_case(RegisterChild, permission="registrations.edit", action="registration.added")
def register_child(command: RegisterChild, context: Context) -> int:
    """Raises InvalidFields, UserError `family.unknown`, `registration.not_a_child`, `registration.twice`,
    `registration.held_back` (with every reason): a document that is missing is sent and validated, or forgiven for a
    while, first."""
    period, until = command.period, command.provisional_until
    _check(command, context)
    if until is not None and not period.start <= until <= longest_provisional(period.start):
        last = longest_provisional(period.start)
        raise InvalidFields({"provisional_until": UserError("registration.provisional", last=last)})
    alike = _alike(command, context)
    if any(row.state == RegistrationState.ACCEPTED for row in alike):
        raise UserError("registration.twice")
    wished = Wished(command.family_id, command.child_id, command.activity_id, period.start, until)
    reasons = obstacles(context.session, wished, context.today)
    note = _note(command.reason)
    if reasons and not (note and context.actor.may(OVERRIDE)):
        raise UserError("registration.held_back", reasons=" ".join(reasons), count=len(reasons))
    if not alike:
        return _add(command, context, RegistrationState.ACCEPTED, until)
    requested, *others = alike
    for row in others:
        row.state = RegistrationState.WITHDRAWN
    requested.state, requested.provisional_until = RegistrationState.ACCEPTED, until
    requested.first_day, requested.last_day = period.start, period.end
    requested.channel, requested.reason = command.channel or requested.channel, note
    _tell(requested, context, requested=True, **({"overridden": len(reasons)} if reasons else {}))
    return requested.id


@dataclass(frozen=True)
class PutOnWaitingList(Command[None]):
    """« En liste d'attente » : a request that may be accepted later. `RequestRegistration` words stand."""

    registration_id: int
    version: int


@use_case(PutOnWaitingList, permission="registrations.edit", action="registration.waiting")
def put_on_waiting_list(command: PutOnWaitingList, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `registration.not_requested`."""
    row = _asked(command.registration_id, command.version, context)
    row.state = RegistrationState.WAITING
    _tell(row, context)


@dataclass(frozen=True)
class RefuseRegistration(Command[None]):
    """Refuse a request, with the reason that the family may read. `ReopenRequest` undoes it."""

    registration_id: int
    version: int
    reason: str


@use_case(RefuseRegistration, permission="registrations.edit", action="registration.refused")
def refuse_registration(command: RefuseRegistration, context: Context) -> None:
    """Raises InvalidFields (`reason`), UserError `record.changed_meanwhile`, `registration.not_requested`."""
    reason = _note(command.reason)
    if not reason:
        raise InvalidFields({"reason": UserError("registration.reason_missing")})
    row = _asked(command.registration_id, command.version, context)
    row.state, row.reason = RegistrationState.REFUSED, reason
    _tell(row, context)


@dataclass(frozen=True)
class ReopenRequest(Command[None]):
    """A request that was refused or put on the waiting list is asked for again."""

    registration_id: int
    version: int


@use_case(ReopenRequest, permission="registrations.edit", action="registration.reopened")
def reopen_request(command: ReopenRequest, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `registration.not_answered`."""
    row = _held(command.registration_id, command.version, context)
    if row.state not in {RegistrationState.REFUSED, RegistrationState.WAITING}:
        raise UserError("registration.not_answered")
    row.state, row.reason = RegistrationState.REQUESTED, ""
    _tell(row, context)


@dataclass(frozen=True)
class EndRegistration(Command[None]):
    """Say the last day of a registration (None: until further notice). The day that stood before undoes it."""

    registration_id: int
    version: int
    last_day: date | None


@use_case(EndRegistration, permission="registrations.edit", action="registration.ended")
def end_registration(command: EndRegistration, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `registration.backwards`, `registration.twice` (it would meet
    another one)."""
    row = _held(command.registration_id, command.version, context)
    if command.last_day is not None and command.last_day < row.first_day:
        raise UserError("registration.backwards")
    same = RegisterChild(row.family_id, row.child_id, row.activity_id, Period(row.first_day, command.last_day))
    if any(other.id != row.id for other in _alike(same, context)):
        raise UserError("registration.twice")
    row.last_day = command.last_day
    _tell(row, context)


@dataclass(frozen=True)
class WithdrawRegistration(Command[None]):
    """Take back what was requested, or what was registered by mistake and has not begun: it stays, as withdrawn."""

    registration_id: int
    version: int


@use_case(WithdrawRegistration, permission="registrations.edit", action="registration.withdrawn")
def withdraw_registration(command: WithdrawRegistration, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `registration.begun`."""
    row = _held(command.registration_id, command.version, context)
    if row.state == RegistrationState.ACCEPTED and row.first_day < context.today:
        raise UserError("registration.begun", day=row.first_day)
    row.state = RegistrationState.WITHDRAWN
    _tell(row, context)


def _check(command: RequestRegistration | RegisterChild, context: Context) -> None:
    """A child of this family, held from other agents, and an activity that is still offered."""
    session, start = context.session, command.period.start
    hold_family(session, command.family_id)
    if not any(
        member.person_id == command.child_id and member.role is MemberRole.CHILD
        for member in members_of(session, [command.family_id])
    ):
        raise UserError("registration.not_a_child")
    place = activity_places(session, [command.activity_id]).get(command.activity_id)
    if place is None:
        raise InvalidFields({"activity": UserError("registration.activity_missing")})
    if place.last_day is not None and place.last_day < start:
        over = UserError("registration.activity_over", activity=place.activity, day=place.last_day)
        raise InvalidFields({"activity": over})


def _alike(command: RequestRegistration | RegisterChild, context: Context) -> Sequence[RegistrationRow]:
    """What stands for the same child and activity in this family during these days, oldest first."""
    row, period = RegistrationRow, command.period
    same = select(row).where(
        row.family_id == command.family_id, row.child_id == command.child_id,
        row.activity_id == command.activity_id, row.state.not_in(GONE),
        or_(row.last_day.is_(None), row.last_day >= period.start),
    )
    if period.end is not None:
        same = same.where(row.first_day <= period.end)
    return context.session.scalars(same.order_by(row.id)).all()


def _held(registration_id: int, version: int, context: Context) -> RegistrationRow:
    """The one that was read, still standing, its family held from other agents."""
    row = context.session.get(RegistrationRow, registration_id)
    if row is not None:
        hold_family(context.session, row.family_id)
    if row is None or row.version != version or row.state == RegistrationState.WITHDRAWN:
        raise UserError("record.changed_meanwhile")
    return row


def _asked(registration_id: int, version: int, context: Context) -> RegistrationRow:
    """A request that waits for its answer, or for a place."""
    row = _held(registration_id, version, context)
    if row.state not in {RegistrationState.REQUESTED, RegistrationState.WAITING}:
        raise UserError("registration.not_requested")
    return row


def _note(reason: str) -> str:
    return " ".join(reason.split())[:REASON_LENGTH]


def _add(
    command: RequestRegistration | RegisterChild, context: Context, state: RegistrationState, until: date | None = None
) -> int:
    row = RegistrationRow(
        family_id=command.family_id, child_id=command.child_id, activity_id=command.activity_id,
        first_day=command.period.start, last_day=command.period.end, state=state, provisional_until=until,
        asked_at=context.now, channel=command.channel,
        reason=_note(command.reason) if isinstance(command, RegisterChild) else "",
    )
    context.session.add(row)
    context.session.flush()
    _tell(row, context)
    return row.id


def _tell(row: RegistrationRow, context: Context, **details: object) -> None:
    context.record(f"registration {row.id}", activity=row.activity_id, **details)
    context.events.append(RegistrationsChanged(row.family_id))
