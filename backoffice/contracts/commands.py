"""Writing a contract, signing it, amending it from a day, ending it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from backoffice.catalog.queries import hold_services_of
from backoffice.contracts.days import Booked, book_days, clear_days, slot_of
from backoffice.contracts.events import ContractsChanged
from backoffice.contracts.kinds import ContractKind, ContractState
from backoffice.contracts.rules.pattern import WeeklyPattern
from backoffice.contracts.rules.smoothing import Smoothing
from backoffice.contracts.tables import ContractRow
from backoffice.families.queries import is_member
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.periods import Month, Period

_LONGEST_DAYS = 3 * 366
_MOST_LEAVE = 366
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a family and a crèche agree on. `leave_days`: days of leave of the whole contract."""

    kind: ContractKind
    period: Period
    pattern: WeeklyPattern
    smoothing: Smoothing
    leave_days: int = 0
    note: str = ""


@dataclass(frozen=True)
class DraftContract(Command[int]):
    """Write a contract that is not signed yet; answers it. Nothing is booked."""

    family_id: int
    child_id: int
    slot_id: int
    terms: Terms
    op_id: UUID | None = None


@use_case(DraftContract, permission="attendance.edit", action="contract.drafted")
def draft_contract(command: DraftContract, context: Context) -> int:
    """Raises InvalidFields (`last_day`, `leave_days`), UserError `attendance.not_in_family`, `catalog.unknown_slot`,
    `contract.no_month`."""
    session = context.session
    if not is_member(session, command.family_id, command.child_id):
        raise UserError("attendance.not_in_family")
    slot_of(session, command.slot_id)
    row = ContractRow(
        family_id=command.family_id, child_id=command.child_id, slot_id=command.slot_id, state=ContractState.DRAFT,
        replaces_id=None,
    )
    _put(row, command.terms)
    session.add(row)
    session.flush()
    _tell(row, context)
    return row.id


@dataclass(frozen=True)
class ChangeDraft(Command[None]):
    """Change a contract that is not signed."""

    contract_id: int
    version: int
    terms: Terms


@use_case(ChangeDraft, permission="attendance.edit", action="contract.changed")
def change_draft(command: ChangeDraft, context: Context) -> None:
    """Raises InvalidFields, UserError `record.changed_meanwhile`, `contract.signed`."""
    row = _read(command.contract_id, command.version, context)
    _refuse_signed(row)
    _put(row, command.terms)
    _tell(row, context)


@dataclass(frozen=True)
class SignContract(Command[Booked]):
    """Sign a contract: its days become bookings with their hours, closed days left out."""

    contract_id: int
    version: int


@use_case(SignContract, permission="attendance.edit", action="contract.signed")
def sign_contract(command: SignContract, context: Context) -> Booked:
    """Raises UserError `record.changed_meanwhile`, `contract.signed`, `contract.meets_another`."""
    row = _read(command.contract_id, command.version, context)
    _refuse_signed(row)
    _refuse_meeting(row, context)
    row.state = ContractState.SIGNED
    done = _book(row, context)
    _tell(row, context, booked=done.written, kept=done.kept)
    return done


@dataclass(frozen=True)
class AmendContract(Command[int]):
    """« Avenant » : other terms from a day on; answers the contract that replaces this one.

    The one that stood ends the day before; what happened until then does not move.
    """

    contract_id: int
    version: int
    terms: Terms
    op_id: UUID | None = None


@use_case(AmendContract, permission="attendance.edit", action="contract.amended")
def amend_contract(command: AmendContract, context: Context) -> int:
    """Raises InvalidFields (`first_day` and those of a draft), UserError `record.changed_meanwhile`,
    `contract.not_signed`, `contract.meets_another`."""
    before = _read(command.contract_id, command.version, context)
    if before.state != ContractState.SIGNED:
        raise UserError("contract.not_signed")
    start = command.terms.period.start
    if not before.first_day < start <= before.last_day:
        wrong = UserError("contract.amended_outside", first=before.first_day + _ONE_DAY, last=before.last_day)
        raise InvalidFields({"first_day": wrong})
    _stop(before, start - _ONE_DAY, context)
    row = ContractRow(
        family_id=before.family_id, child_id=before.child_id, slot_id=before.slot_id, state=ContractState.SIGNED,
        replaces_id=before.id,
    )
    _put(row, command.terms)
    context.session.add(row)
    context.session.flush()
    _refuse_meeting(row, context)
    done = _book(row, context)
    _tell(row, context, replaces=before.id, booked=done.written, kept=done.kept)
    return row.id


@dataclass(frozen=True)
class EndContract(Command[None]):
    """A signed contract ends sooner: the bookings after its last day go, what happened stays."""

    contract_id: int
    version: int
    last_day: date


@use_case(EndContract, permission="attendance.edit", action="contract.ended")
def end_contract(command: EndContract, context: Context) -> None:
    """Raises InvalidFields (`last_day`), UserError `record.changed_meanwhile`, `contract.not_signed`."""
    row = _read(command.contract_id, command.version, context)
    if row.state != ContractState.SIGNED:
        raise UserError("contract.not_signed")
    if not row.first_day <= command.last_day <= row.last_day:
        wrong = UserError("contract.ended_outside", first=row.first_day, last=row.last_day)
        raise InvalidFields({"last_day": wrong})
    _stop(row, command.last_day, context)
    row.state = ContractState.ENDED
    _tell(row, context)


@dataclass(frozen=True)
class DropDraft(Command[None]):
    """Give up a contract that was never signed: it stays, as ended, with nothing booked."""

    contract_id: int
    version: int


@use_case(DropDraft, permission="attendance.edit", action="contract.dropped")
def drop_draft(command: DropDraft, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `contract.signed`."""
    row = _read(command.contract_id, command.version, context)
    _refuse_signed(row)
    row.state = ContractState.ENDED
    _tell(row, context)


def _put(row: ContractRow, terms: Terms) -> None:
    start, end = terms.period.start, terms.period.end
    if end is None or (end - start).days > _LONGEST_DAYS:
        raise InvalidFields({"last_day": UserError("contract.no_end")})
    if not 0 <= terms.leave_days <= _MOST_LEAVE:
        raise InvalidFields({"leave_days": UserError("contract.bad_leave")})
    if terms.kind is ContractKind.REGULAR:
        terms.smoothing.billed_months(Month.of(start), Month.of(end))  # one month at least carries a bill
    row.kind, row.first_day, row.last_day = terms.kind, start, end
    row.pattern, row.smoothing = terms.pattern.to_data(), terms.smoothing.to_data()
    row.leave_days, row.note = terms.leave_days, " ".join(terms.note.split())


def _book(row: ContractRow, context: Context) -> Booked:
    slot = slot_of(context.session, row.slot_id)
    period = Period(row.first_day, row.last_day)
    return book_days(context, row.family_id, row.child_id, slot, WeeklyPattern.from_data(row.pattern), period)


def _stop(row: ContractRow, last_day: date, context: Context) -> None:
    after = Period(last_day + _ONE_DAY, row.last_day) if last_day < row.last_day else None
    if after is not None:
        clear_days(context, row.family_id, row.child_id, row.slot_id, list(after.days()))
    row.last_day = last_day


def _read(contract_id: int, version: int, context: Context) -> ContractRow:
    """The one that was read, its service held from runs and other agents."""
    row = context.session.get(ContractRow, contract_id)
    if row is not None:
        hold_services_of(context.session, [row.slot_id])
        context.session.refresh(row)
    if row is None or row.version != version:
        raise UserError("record.changed_meanwhile")
    return row


def _refuse_signed(row: ContractRow) -> None:
    if row.state != ContractState.DRAFT:
        raise UserError("contract.signed")


def _refuse_meeting(row: ContractRow, context: Context) -> None:
    """Two contracts of a child in the same slot never hold the same day."""
    other = ContractRow
    statement = select(other.first_day).where(
        other.child_id == row.child_id, other.slot_id == row.slot_id, other.state == ContractState.SIGNED,
        other.id != row.id, other.first_day <= row.last_day, other.last_day >= row.first_day,
    )  # fmt: skip
    met = context.session.scalar(statement.order_by(other.first_day).limit(1))
    if met is not None:
        raise UserError("contract.meets_another", day=met)


def _tell(row: ContractRow, context: Context, **details: object) -> None:
    context.record(f"contract {row.id}", state=str(row.state), **details)
    context.events.append(ContractsChanged(row.child_id))
