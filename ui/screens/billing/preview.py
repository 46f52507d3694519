"""A month's preview as the page shows it: rows, filters, totals. No Qt; made in a job, away from the window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from backoffice.billing.comparison import ComparisonRow
from backoffice.billing.plan import Anomaly, PlannedGroup, RunPlan, Severity
from backoffice.billing.rules import Outcome
from backoffice.kernel.money import MINUS, NO_BREAK_SPACE, ZERO, Money
from backoffice.kernel.text import folded


class Filter(StrEnum):
    """The chips above the table."""

    BLOCKED = "blocked"
    TO_CHECK = "to_check"
    DIFFERENT = "different"
    ALL = "all"

    @property
    def label(self) -> str:
        return {
            "blocked": "À &régler",
            "to_check": "À &vérifier",
            "different": "&Différences",
            "all": "T&outes",
        }[self.value]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A family in a service. `group` is None when nothing of this month is to bill (« Rien ce mois »).

    `before` and `difference` compare services rendered, month by month; a blocked family has no difference, for some
    of its days have no price yet. `remark`: what to settle or check, the gravest first.
    """

    family_id: int
    family: str
    service: str
    lines: int
    total: Money
    before: Money
    difference: Money | None
    outcome: Outcome | None
    to_check: bool
    remark: str
    group: PlannedGroup | None
    haystack: str

    @property
    def outcome_words(self) -> str:
        if self.outcome is None:
            return "Rien ce mois"
        return "À facturer" if self.outcome is Outcome.INVOICED else self.outcome.label


@dataclass(frozen=True, slots=True)
class Totals:
    """What the run would do, and the month beside the one before (services rendered, whatever their invoice)."""

    invoices: int
    total: Money
    carried: int
    carried_total: Money
    newly_carried: int
    blocked: int
    before: Money
    current: Money
    arrived: Money
    gone: Money

    @property
    def difference(self) -> Money:
        return self.current - self.before

    @property
    def stayed(self) -> Money:
        """What moved for the families who are there both months."""
        return self.difference - self.arrived - self.gone

    @property
    def percent(self) -> str:
        """« +3,5 % », or nothing without a month before."""
        if not self.before:
            return ""
        found = (self.difference.euros * 100 / self.before.euros).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
        sign = MINUS if found < 0 else "+" if found > 0 else ""
        return f"{sign}{abs(found):f}".replace(".", ",") + f"{NO_BREAK_SPACE}%"


@dataclass(frozen=True)
class Preview:
    """The plan, its rows by filter, its totals."""

    plan: RunPlan
    rows: Mapping[Filter, Sequence[PreviewRow]]
    totals: Totals


def preview_of(plan: RunPlan, comparison: Sequence[ComparisonRow]) -> Preview:
    """Rows in the order of the numbers to come; differences largest first."""
    remarks: dict[tuple[int, str], list[Anomaly]] = defaultdict(list)
    for anomaly in plan.anomalies:
        remarks[anomaly.family_id, anomaly.service_code].append(anomaly)
    compared = {(row.family_id, row.service_code): row for row in comparison}
    names = {row.service_code: row.service_name for row in comparison}
    rows = {
        (group.family_id, group.service_code): _row(
            group,
            names.get(group.service_code, group.service_code),
            remarks.get((group.family_id, group.service_code), ()),
            compared.get((group.family_id, group.service_code)),
        )
        for group in plan.groups
    }
    planned = tuple(rows.values())
    different = []
    for found in comparison:
        row = rows.get((found.family_id, found.service_code))
        if row is not None:
            different += [row] if row.difference else []
        elif found.previous and not found.current:
            different.append(_gone(found))
    kept = {
        Filter.BLOCKED: tuple(row for row in planned if row.outcome is Outcome.BLOCKED),
        Filter.TO_CHECK: tuple(row for row in planned if row.to_check and row.outcome is not Outcome.BLOCKED),
        Filter.DIFFERENT: tuple(different),
        Filter.ALL: planned,
    }
    return Preview(plan, kept, _totals(plan, comparison))


def _row(
    group: PlannedGroup, service: str, anomalies: Sequence[Anomaly], compared: ComparisonRow | None
) -> PreviewRow:
    blocked = group.outcome is Outcome.BLOCKED
    before = compared.previous if compared else ZERO
    return PreviewRow(
        family_id=group.family_id,
        family=group.family_name,
        service=service,
        lines=len(group.charges),
        total=group.total,
        before=before,
        difference=compared.difference if compared and not blocked else None,
        outcome=group.outcome,
        to_check=any(anomaly.severity is Severity.TO_CHECK for anomaly in anomalies),
        remark=" ".join(anomaly.text for anomaly in anomalies),
        group=group,
        haystack=_haystack(group.family_name, service, (charge.child_name for charge in group.charges)),
    )


def _gone(found: ComparisonRow) -> PreviewRow:
    return PreviewRow(
        family_id=found.family_id,
        family=found.family_name,
        service=found.service_name,
        lines=0,
        total=ZERO,
        before=found.previous,
        difference=found.difference,
        outcome=None,
        to_check=False,
        remark="Facturée le mois d'avant, aucune présence ce mois-ci.",
        group=None,
        haystack=_haystack(found.family_name, found.service_name, ()),
    )


def _haystack(family: str, service: str, children: Iterable[str]) -> str:
    return folded(" ".join((family, service, *dict.fromkeys(children))))


def _totals(plan: RunPlan, comparison: Sequence[ComparisonRow]) -> Totals:
    invoiced, carried = plan.of(Outcome.INVOICED), plan.of(Outcome.CARRIED)
    return Totals(
        invoices=len(invoiced),
        total=Money.total(group.total for group in invoiced),
        carried=len(carried),
        carried_total=Money.total(group.total for group in carried),
        newly_carried=sum(1 for group in carried if not all(charge.carried for charge in group.charges)),
        blocked=plan.blocked_count,
        before=Money.total(row.previous for row in comparison),
        current=Money.total(row.current for row in comparison),
        arrived=Money.total(row.current for row in comparison if not row.previous),
        gone=-Money.total(row.previous for row in comparison if not row.current),
    )
