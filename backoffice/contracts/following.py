"""Booked, attended and billed hours of a crèche, week by week, and its billing rate (domain.md 1.8)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from backoffice.attendance.attended import HoursOfDay, hours_between
from backoffice.catalog.queries import slots_in
from backoffice.contracts.queries import HOUR
from backoffice.contracts.rules.rate import BillingRate, Thresholds, billing_rate
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.dated import NotInForce
from backoffice.kernel.resources import load_toml


@dataclass(frozen=True, slots=True)
class WeekOfHours:
    """A week, from its Monday: minutes booked, attended and billed, and the rate since the first week shown."""

    monday: date
    booked: int
    attended: int
    billed: int
    rate: BillingRate
    rate_so_far: BillingRate


@dataclass(frozen=True)
class FollowHours(Query[tuple[WeekOfHours, ...]]):
    """The weeks of a structure between two days (slots counted in hours only), the oldest first."""

    first_day: date
    last_day: date
    structure_id: int | None = None


@read(FollowHours, permission="attendance.read")
def follow_hours(query: FollowHours, reading: Reading) -> tuple[WeekOfHours, ...]:
    """Raises NotInForce `dated.not_in_force` before the thresholds are known."""
    slots = [slot.id for slot in slots_in(reading.session, query.structure_id).values() if slot.unit == HOUR]
    weeks: dict[date, list[HoursOfDay]] = defaultdict(list)
    for day in hours_between(reading.session, slots, query.first_day, query.last_day):
        weeks[day.day - timedelta(days=day.day.weekday())].append(day)
    found = []
    billed_so_far = attended_so_far = 0
    for monday in sorted(weeks):
        booked, attended, billed = (
            sum(getattr(day, name) for day in weeks[monday]) for name in ("booked", "attended", "billed")
        )
        billed_so_far += billed
        attended_so_far += attended
        limits = thresholds_on(monday)
        found.append(WeekOfHours(
            monday, booked, attended, billed, billing_rate(billed, attended, limits),
            billing_rate(billed_so_far, attended_so_far, limits),
        ))
    return tuple(found)


@cache
def _thresholds() -> tuple[tuple[date, Thresholds], ...]:
    return tuple(
        (row["in_force_from"], Thresholds(Decimal(row["falling_from"]), Decimal(row["lowest_from"])))
        for row in load_toml("psu_rate.toml")["thresholds"]
    )


def thresholds_on(day: date) -> Thresholds:
    """Raises NotInForce `dated.not_in_force`."""
    found = [limits for since, limits in _thresholds() if since <= day]
    if not found:
        raise NotInForce("dated.not_in_force", what="seuil du taux de facturation", day=day)
    return found[-1]
