"""What is told of bank details: the account masked to who may see it, to others only that there is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text

from backoffice.bank.mandates import mandates_of
from backoffice.bank.tables import BankDetailsRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.bulk import is_shared
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Period

_DEBITED = text("SELECT debited_families(CAST(:ids AS bigint[]), :day)")


@dataclass(frozen=True, slots=True)
class Mandate:
    """A mandate and the days it holds. `version` goes with `EditMandate`; `account` is the IBAN, masked."""

    id: int
    version: int
    person_id: int
    holder: str
    account: str
    bic: str
    mandate_reference: str
    signed_on: date
    period: Period
    in_force: bool


@dataclass(frozen=True)
class MandatesOfFamily(Query[tuple[Mandate, ...]]):
    """The mandates of a family, newest first. The whole account number is never in the answer: see `ShowIban`."""

    family_id: int


@read(MandatesOfFamily, permission="bank.read")
def mandates_of_family(query: MandatesOfFamily, reading: Reading) -> tuple[Mandate, ...]:
    found = []
    for kept in reversed(mandates_of(reading.session, query.family_id)):
        values = kept.values
        period = Period(values.valid_from, values.valid_to)
        found.append(
            Mandate(
                kept.id, kept.version, values.person_id, values.holder, kept.account, values.bic,
                values.mandate_reference, values.signed_on, period, reading.today in period,
            )
        )  # fmt: skip
    return tuple(found)


@dataclass(frozen=True)
class PaysByDebit(Query[bool]):
    """« Prélèvement : oui » today, and nothing more, for every agent who sees the family."""

    family_id: int


@read(PaysByDebit, permission="families.read")
def pays_by_debit(query: PaysByDebit, reading: Reading) -> bool:
    return query.family_id in debited_families(reading.session, [query.family_id], reading.today)


def debited_families(session: Session, family_ids: list[int], day: date) -> frozenset[int]:
    """The families whose invoices are debited from an account on a day."""
    if is_shared(session):
        return frozenset(session.scalars(_DEBITED, {"ids": family_ids, "day": day}))
    row = BankDetailsRow
    held = (row.valid_from <= day) & (row.valid_to.is_(None) | (row.valid_to >= day))
    return frozenset(session.scalars(select(row.family_id).where(row.family_id.in_(family_ids), held)))
