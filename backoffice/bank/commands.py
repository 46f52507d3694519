"""Mandates of direct debit: entering one, correcting it, and showing its account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from backoffice.bank.countries import iban_lengths
from backoffice.bank.mandates import KeptMandate, account_of, find_mandate, mandates_of, write_new, write_over
from backoffice.bank.rules import MandateValues, mandate_problems, tidy_mandate
from backoffice.bank.tables import BankDetailsRow
from backoffice.families.commands import FamilyChanged, hold_family
from backoffice.families.queries import is_member
from backoffice.families.rules import refuse
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MandateAdded:
    """The new mandate, and the one whose days it cut short if there was one: `RemoveMandate` takes both."""

    mandate_id: int
    ended_id: int | None
    ended_on: date | None
    """The last day that the ended one had before: None when it had no end."""


@dataclass(frozen=True)
class AddMandate(Command[MandateAdded]):
    """A mandate from a day on; one account at a time is debited, so the one that holds then ends the day before.

    `seen`: the mandates of the family that were read, by id with their version; None when nobody read them.
    """

    family_id: int
    values: MandateValues
    op_id: UUID | None = None
    seen: frozenset[tuple[int, int]] | None = None


@use_case(AddMandate, permission="bank.edit", action="bank.mandate_added")
def add_mandate(command: AddMandate, context: Context) -> MandateAdded:
    """Raises InvalidFields, UserError `family.unknown`, `record.changed_meanwhile`, `bank.payer_not_in_family`,
    `bank.later_mandate`, `bank.same_day`, `bank.reference_used`."""
    session, values = context.session, tidy_mandate(command.values)
    hold_family(session, command.family_id)
    kept = mandates_of(session, command.family_id)
    if command.seen is not None and command.seen != {(each.id, each.version) for each in kept}:
        raise UserError("record.changed_meanwhile")
    refuse(mandate_problems(values, iban_lengths(), context.today))
    _check_payer(session, command.family_id, values.person_id)
    _check_reference(kept, values.mandate_reference)
    ended = _end_before(session, kept, values)
    mandate_id = write_new(session, command.family_id, values)
    context.record(f"family {command.family_id}", mandate=mandate_id, valid_from=values.valid_from)
    context.events.append(FamilyChanged(command.family_id))
    return MandateAdded(mandate_id, *ended)


@dataclass(frozen=True, slots=True)
class MandateEdited:
    """The new version, and what stood before: sending `before` with `version` undoes it."""

    version: int
    before: MandateValues


@dataclass(frozen=True)
class EditMandate(Command[MandateEdited]):
    """Correct a mandate, or give it an end. An empty `iban` keeps the account: it need not be shown to be kept."""

    mandate_id: int
    version: int
    values: MandateValues


@use_case(EditMandate, permission="bank.edit", action="bank.mandate_edited")
def edit_mandate(command: EditMandate, context: Context) -> MandateEdited:
    """Raises InvalidFields, UserError `bank.unknown`, `record.changed_meanwhile`, `bank.payer_not_in_family`,
    `bank.overlap`, `bank.reference_used`."""
    session, values = context.session, tidy_mandate(command.values)
    family_id = find_mandate(session, command.mandate_id).family_id
    hold_family(session, family_id)
    others = {each.id: each for each in mandates_of(session, family_id)}
    kept = others.pop(command.mandate_id, None)
    if kept is None or kept.version != command.version:
        raise UserError("record.changed_meanwhile")
    refuse(mandate_problems(values, iban_lengths(), context.today, keeps_iban=True))
    _check_payer(session, family_id, values.person_id)
    _check_reference(others.values(), values.mandate_reference)
    period = Period(values.valid_from, values.valid_to)
    if any(_period(other).overlaps(period) for other in others.values()):
        raise UserError("bank.overlap")
    before = kept.values
    if values.iban:
        account = account_of(session, kept)
        if values.iban == account:
            values = replace(values, iban="")
        else:
            before = replace(before, iban=account)
    version = write_over(session, kept, values)
    context.record(f"family {family_id}", mandate=kept.id, version=version)
    context.events.append(FamilyChanged(family_id))
    return MandateEdited(version, before)


@dataclass(frozen=True)
class RemoveMandate(Command[None]):
    """Take back a mandate entered by mistake; the one that it had ended (`ended_id`) ends again on `ended_on`."""

    mandate_id: int
    ended_id: int | None = None
    ended_on: date | None = None


@use_case(RemoveMandate, permission="bank.edit", action="bank.mandate_removed")
def remove_mandate(command: RemoveMandate, context: Context) -> None:
    """Raises UserError `bank.unknown`, `record.changed_meanwhile` (what it had ended was changed since)."""
    session = context.session
    family_id = find_mandate(session, command.mandate_id).family_id
    hold_family(session, family_id)
    kept = {each.id: each for each in mandates_of(session, family_id)}
    mandate = kept.get(command.mandate_id)
    ended = kept.get(command.ended_id) if command.ended_id is not None else None
    if mandate is None or (command.ended_id is not None and not _ends_before(ended, mandate)):
        raise UserError("record.changed_meanwhile")
    remove(session, BankDetailsRow, [mandate.id])
    if ended is not None:
        write_over(session, ended, replace(ended.values, valid_to=command.ended_on))
    context.record(f"family {family_id}", mandate=command.mandate_id)
    context.events.append(FamilyChanged(family_id))


@dataclass(frozen=True)
class ShowIban(Command[str]):
    """The whole account number of a mandate. A command and not a question: the journal says who saw it."""

    mandate_id: int


@use_case(ShowIban, permission="bank.read", action="bank.iban_shown")
def show_iban(command: ShowIban, context: Context) -> str:
    """Raises UserError `bank.unknown`."""
    kept = find_mandate(context.session, command.mandate_id)
    context.record(f"family {kept.family_id}", mandate=kept.id)
    return account_of(context.session, kept)


def _check_payer(session: Session, family_id: int, person_id: int) -> None:
    if not is_member(session, family_id, person_id):
        raise UserError("bank.payer_not_in_family")


def _check_reference(others: Iterable[KeptMandate], reference: str) -> None:
    """A creditor never gives one reference twice: ours hold the family's number, so its own are all there is to see."""
    if any(other.values.mandate_reference == reference for other in others):
        raise UserError("bank.reference_used")


def _period(kept: KeptMandate) -> Period:
    return Period(kept.values.valid_from, kept.values.valid_to)


def _ends_before(ended: KeptMandate | None, mandate: KeptMandate) -> bool:
    return ended is not None and ended.values.valid_to == mandate.values.valid_from - _ONE_DAY


def _end_before(
    session: Session, kept: Sequence[KeptMandate], values: MandateValues
) -> tuple[int | None, date | None]:
    """Cut short the mandate that holds on the first day; returns its id and the end that it had."""
    if any(each.values.valid_from > values.valid_from for each in kept):
        raise UserError("bank.later_mandate")
    if any(each.values.valid_from == values.valid_from for each in kept):
        raise UserError("bank.same_day")
    held = next((each for each in kept if values.valid_from in _period(each)), None)
    if held is None:
        return None, None
    write_over(session, held, replace(held.values, valid_to=values.valid_from - _ONE_DAY))
    return held.id, held.values.valid_to
