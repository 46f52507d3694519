"""Families whose file stops or will stop a billing, found for the whole town in a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from backoffice.attendance.waiting import OpenSpan, families_seen_since, open_days
from backoffice.catalog.queries import Slot
from backoffice.families.queries import HeldQuotient, payers_on, quotients_during
from backoffice.kernel.database import Session
from backoffice.kernel.dated import Dated
from backoffice.kernel.periods import Period
from backoffice.tariffs.queries import SlotTariff, tariffs_of

ENDING_SOON_DAYS = 30
# A family that came in the last two months still uses the services.
_STILL_COMING = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class FamilyDay:
    """A family and the day that matters: the first without quotient, or the last with one."""

    family_id: int
    day: date


def without_payer(session: Session, spans: Iterable[OpenSpan], today: date) -> tuple[int, ...]:
    """The families with something to bill and nobody to name on the invoice today."""
    families = {span.family_id for span in spans}
    return tuple(sorted(families - payers_on(session, families, today).keys()))


def without_quotient(
    session: Session, spans: Collection[OpenSpan], slots: Mapping[int, Slot]
) -> tuple[FamilyDay, ...]:
    """The families with a unit to bill in a tariff by quotient on a day without quotient, and the first such day.

    Families covered from their first to their last unit are settled at once; only the others are read day by day.
    """
    tariffs = _by_quotient(session, {span.slot_id for span in spans}, slots)
    concerned = [span for span in spans if span.slot_id in tariffs]
    if not concerned:
        return ()
    period = Period(min(span.first_day for span in concerned), max(span.last_day for span in concerned))
    quotients = quotients_during(session, {span.family_id for span in concerned}, period)
    doubtful = {
        span.family_id
        for span in concerned
        if not any(_covers(held, span.first_day, span.last_day) for held in quotients.get(span.family_id, ()))
    }
    first: dict[int, date] = {}
    for family, slot, day in open_days(session, [slots[slot] for slot in tariffs], doubtful):
        if any(day in held.period for held in quotients.get(family, ())) or not _needs_quotient(tariffs[slot], day):
            continue
        if family not in first or day < first[family]:
            first[family] = day
    return tuple(FamilyDay(family, first[family]) for family in sorted(first))


def _by_quotient(
    session: Session, used: Collection[int], slots: Mapping[int, Slot]
) -> dict[int, Dated[SlotTariff]]:
    """The tariffs of the slots that have, at some time, one that reads the quotient."""
    found = tariffs_of(session, {slot: slots[slot].label for slot in used})
    return {
        slot: dated for slot, dated in found.items() if any(entry.value.tariff.needs_quotient for entry in dated)
    }


def _needs_quotient(tariffs: Dated[SlotTariff], day: date) -> bool:
    entry = tariffs.around(day).entry
    return entry is not None and entry.value.tariff.needs_quotient


def _covers(held: HeldQuotient, first: date, last: date) -> bool:
    return first in held.period and last in held.period


def ending_quotients(session: Session, today: date, structure_id: int | None = None) -> tuple[FamilyDay, ...]:
    """The families that still come (to this structure) and whose quotient ends within thirty days with nothing after
    it; the day is the last one that has a quotient."""
    coming = families_seen_since(session, today - _STILL_COMING, structure_id)
    soon = today + timedelta(days=ENDING_SOON_DAYS)
    held = quotients_during(session, coming, Period(today, soon + timedelta(days=1)))
    found = defaultdict(list)
    for family, quotients in held.items():
        last = _last_day(quotients, today)
        if last is not None and last <= soon:
            found[last].append(family)
    return tuple(FamilyDay(family, day) for day in sorted(found) for family in sorted(found[day]))


def _last_day(quotients: Iterable[HeldQuotient], today: date) -> date | None:
    """The last day of the unbroken series of quotients that holds today; None when none holds or it does not end."""
    day: date | None = None
    for quotient in sorted(quotients, key=lambda held: held.period.start):
        following = today if day is None else day + timedelta(days=1)
        if following not in quotient.period:
            continue
        if quotient.period.end is None:
            return None
        day = quotient.period.end
    return day
