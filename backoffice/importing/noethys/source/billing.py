"""Attendance units, what families owe and what they paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from backoffice.importing.noethys.source.base import Record


@dataclass(frozen=True, slots=True, repr=False)
class AttendanceUnit(Record):
    """One unit booked or attended by one child on one day, on the account of one family.

    `state` as in the source: « reservation », « present », « absenti » (unjustified absence), « absentj »
    (justified), « attente » (waiting list, never priced), « refus ». `quantity` is 1 when the source is silent.
    `line_id`: the priced line it belongs to (several units may share one).
    """

    id: int
    day: date
    activity_id: int
    unit_id: int
    group_id: int | None
    person_id: int
    family_id: int
    enrollment_id: int | None
    tariff_category_id: int | None
    state: str
    start: int | None
    end: int | None
    quantity: int
    line_id: int | None
    entered_on: date | None
    package: bool


@dataclass(frozen=True, slots=True, repr=False)
class PricedLine(Record):
    """What a family owes for one thing. Deductions and aids are already taken off `amount_cents`.

    `category` as in the source: « consommation », « cotisation », « location », « autre »…
    `initial_amount_cents`: before deductions. `quantity` × `unit_price_cents` is always `amount_cents`.
    `billed_minutes`: time to declare to the CAF. `fee_of_payment_id`: handling fee of that payment.
    """

    id: int
    day: date
    category: str
    label: str
    amount_cents: int
    initial_amount_cents: int
    quantity: int
    unit_price_cents: int
    family_id: int
    person_id: int | None
    activity_id: int | None
    tariff_id: int | None
    tariff_category_id: int | None
    invoice_id: int | None
    package: bool
    package_first_day: date | None
    package_last_day: date | None
    billed_minutes: int | None
    fee_of_payment_id: int | None
    accounting_code: str


@dataclass(frozen=True, slots=True, repr=False)
class Invoice(Record):
    """An issued invoice. `printed_number` is what the family has on paper: « 000042 » or « PRE-000042 ».

    `total_cents`, `paid_at_issue_cents` and `balance_at_issue_cents` are the source's own figures, at issue;
    `lines_total_cents` is the sum of the lines read. A cancelled invoice keeps its number and no line.
    """

    id: int
    number: int
    prefix: str
    printed_number: str
    family_id: int
    issued_on: date
    due_on: date | None
    period_first_day: date | None
    period_last_day: date | None
    total_cents: int
    lines_total_cents: int
    paid_at_issue_cents: int
    balance_at_issue_cents: int
    cancelled: bool
    batch: str
    activity_ids: tuple[int, ...]
    person_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Payment(Record):
    """Money received. `method` and `issuer` are labels (« Chèque », a bank); `reference` the cheque number…

    `allocated_cents`: the part allocated to lines; the rest is a credit of the family.
    `pending`: keyed in, to be cashed later.
    """

    id: int
    day: date
    family_id: int
    amount_cents: int
    allocated_cents: int
    method: str
    issuer: str
    payer_name: str
    reference: str
    receipt_number: str
    deposited_on: date | None
    deposit_name: str
    deferred_to: date | None
    pending: bool
    entered_on: date | None


@dataclass(frozen=True, slots=True, repr=False)
class Allocation(Record):
    """The part of a payment that settles a priced line."""

    id: int
    payment_id: int
    line_id: int
    amount_cents: int
