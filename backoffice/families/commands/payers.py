"""Who is named on the invoices, from a day on. The past does not move: invoices already name somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from backoffice.families.commands.bulk import NewPayer, add_payers
from backoffice.families.events import FamilyChanged
from backoffice.families.keeping import refuse_kept_payers
from backoffice.families.records import hold_family, memberships_of
from backoffice.families.tables import PayerRow
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period


@dataclass(frozen=True, slots=True)
class HeldPayer:
    """A debtor and the days he or she is named; `rank` 1 is the main one, 2 the joint one."""

    person_id: int
    rank: int
    period: Period


@dataclass(frozen=True, slots=True)
class PayersChange:
    """The payers of a family before and after a change. `RestorePayers` takes both, and undoes it."""

    before: tuple[HeldPayer, ...]
    after: tuple[HeldPayer, ...]


@dataclass(frozen=True)
class ChangePayers(Command[PayersChange]):
    """Who is named on the invoices from a day on: one person, or two, the main debtor first.

    Earlier periods end the day before; what was to begin that very day is replaced, unless an invoice names it.
    Asks `payers.replaces_planned` when a later change was planned: it is given up.
    `expected`: the payers that were read; None when nobody read them.
    """

    family_id: int
    person_ids: tuple[int, ...]
    valid_from: date
    expected: tuple[HeldPayer, ...] | None = None


@use_case(ChangePayers, permission="families.edit", action="payers.changed")
def change_payers(command: ChangePayers, context: Context) -> PayersChange:
    """Raises UserError `family.unknown`, `record.changed_meanwhile`, `payers.one_or_two`, `payers.not_in_family`,
    `payers.past_begun` (a later change is already in force), `payers.used_by_invoice`."""
    session = context.session
    hold_family(session, command.family_id)
    rows = _rows(session, command.family_id)
    before = _held(rows)
    _expect(before, command.expected)
    _check_people(context, command)
    later = [row.valid_from for row in rows if row.valid_from > command.valid_from]
    begun = [day for day in later if day <= context.today]
    if begun:
        raise UserError("payers.past_begun", day=command.valid_from, begun=max(begun))
    if later:
        context.confirm("payers.replaces_planned", day=min(later))
    gone: list[int] = []
    for row in rows:
        if row.valid_from >= command.valid_from:
            refuse_kept_payers(session, command.family_id, Period(row.valid_from, row.valid_to))
            gone.append(row.id)
        elif row.valid_to is None or row.valid_to >= command.valid_from:
            row.valid_to = command.valid_from - timedelta(days=1)
    remove(session, PayerRow, gone)
    session.flush()
    period = Period(command.valid_from)
    add_payers(
        session,
        [NewPayer(command.family_id, person, rank, period) for rank, person in enumerate(command.person_ids, 1)],
    )
    context.record(f"family {command.family_id}", valid_from=command.valid_from, payers=len(command.person_ids))
    context.events.append(FamilyChanged(command.family_id))
    return PayersChange(before, _held(_rows(session, command.family_id)))


@dataclass(frozen=True)
class RestorePayers(Command[PayersChange]):
    """Undo: put `wanted` back, provided that the payers are still `expected` (the `after` of the change)."""

    family_id: int
    expected: tuple[HeldPayer, ...]
    wanted: tuple[HeldPayer, ...]


@use_case(RestorePayers, permission="families.edit", action="payers.restored")
def restore_payers(command: RestorePayers, context: Context) -> PayersChange:
    """Raises UserError `family.unknown`, `record.changed_meanwhile`, `payers.used_by_invoice`."""
    session = context.session
    hold_family(session, command.family_id)
    rows = _rows(session, command.family_id)
    before = _held(rows)
    _expect(before, command.expected)
    wanted = {_order(payer): payer for payer in command.wanted}
    gone: list[int] = []
    for row in rows:
        kept = wanted.pop((row.valid_from, row.rank, row.person_id), None)
        if kept is not None:
            row.valid_to = kept.period.end
        else:
            refuse_kept_payers(session, command.family_id, Period(row.valid_from, row.valid_to))
            gone.append(row.id)
    remove(session, PayerRow, gone)
    session.flush()
    add_payers(
        session,
        [NewPayer(command.family_id, payer.person_id, payer.rank, payer.period) for payer in wanted.values()],
    )
    context.record(f"family {command.family_id}")
    context.events.append(FamilyChanged(command.family_id))
    return PayersChange(before, _held(_rows(session, command.family_id)))


def _expect(now: tuple[HeldPayer, ...], expected: tuple[HeldPayer, ...] | None) -> None:
    if expected is not None and now != tuple(sorted(expected, key=_order)):
        raise UserError("record.changed_meanwhile")


def _check_people(context: Context, command: ChangePayers) -> None:
    if not 1 <= len(set(command.person_ids)) == len(command.person_ids) <= 2:
        raise UserError("payers.one_or_two")
    if not memberships_of(context.session, command.family_id).keys() >= set(command.person_ids):
        raise UserError("payers.not_in_family")


def _rows(session: Session, family_id: int) -> Sequence[PayerRow]:
    return session.scalars(select(PayerRow).where(PayerRow.family_id == family_id)).all()


def _held(rows: Sequence[PayerRow]) -> tuple[HeldPayer, ...]:
    held = (HeldPayer(row.person_id, row.rank, Period(row.valid_from, row.valid_to)) for row in rows)
    return tuple(sorted(held, key=_order))


def _order(payer: HeldPayer) -> tuple[date, int, int]:
    return (payer.period.start, payer.rank, payer.person_id)
