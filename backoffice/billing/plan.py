"""What a run would do, before it does it: the same plan for the preview, the rehearsal and the issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from backoffice.billing.rules import Outcome
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month


class Severity(StrEnum):
    BLOCKING = "blocking"    # the family's month in this service is not billed until it is settled
    TO_CHECK = "to_check"    # billed, but worth a look before


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something wrong or odd, tied to the family where an agent can mend it. `error` carries code and parameters."""

    severity: Severity
    family_id: int
    family_name: str
    service_code: str
    error: UserError

    @property
    def text(self) -> str:
        return sentence(self.error)


@dataclass(frozen=True, slots=True)
class PlannedCharge:
    """A line to bill: newly priced (`charge_id` None, with the units it prices) or already stored.

    `carried`: an earlier run already left it waiting under the threshold.
    """

    charge_id: int | None
    child_id: int | None
    slot_id: int | None
    child_name: str
    activity: str
    label: str
    unit: str
    month: Month
    first_day: date
    last_day: date
    quantity: Decimal
    unit_price: Money | None
    amount: Money
    basis: str
    explanation: tuple[str, ...]
    attendance_ids: tuple[int, ...]
    carried: bool
    order: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """One family and one service: what will become one invoice, a carry-over, or a question to settle."""

    family_id: int
    family_name: str
    service_id: int
    service_code: str
    charges: tuple[PlannedCharge, ...]
    outcome: Outcome

    @property
    def total(self) -> Money:
        return Money.total(charge.amount for charge in self.charges)

    @property
    def quotient_text(self) -> str:
        """Every quotient used, each once, in the order of the days."""
        return " ; ".join(dict.fromkeys(charge.basis for charge in self.charges if charge.basis))


@dataclass(frozen=True, slots=True)
class PriceDifference:
    """A unit whose announced price (by the program it came from) is not the one our engine finds."""

    day: date
    family_id: int
    child_id: int
    slot: str
    announced: Money
    computed: Money


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A month's run, group by group in the order of the numbers to come (service, then family)."""

    month: Month
    issued_on: date
    service_codes: tuple[str, ...]
    groups: tuple[PlannedGroup, ...]
    anomalies: tuple[Anomaly, ...]
    remarks: tuple[UserError, ...]  # about the run itself: an issuer without address, a month forgotten before
    price_differences: tuple[PriceDifference, ...]

    def of(self, *outcomes: Outcome) -> Sequence[PlannedGroup]:
        return [group for group in self.groups if group.outcome in outcomes]

    @property
    def blocked_count(self) -> int:
        return len({(a.family_id, a.service_code) for a in self.anomalies if a.severity is Severity.BLOCKING})
