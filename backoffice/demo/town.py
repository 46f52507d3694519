"""Valbrume itself, from `resources/demo/town.toml`: services, structures, activities, tariffs, closures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from backoffice.catalog.calendar import OpeningCalendar, SchoolCalendar
from backoffice.catalog.commands import (
    Close,
    NewService,
    NewSlot,
    add_activity,
    add_service,
    add_slots,
    add_structure,
    close,
    default_texts,
    put_town,
)
from backoffice.catalog.kinds import BillingBasis, StructureKind
from backoffice.catalog.queries import Town
from backoffice.catalog.rules import Closure, DueDateRule, SchoolZone, Season
from backoffice.demo.moment import DemoMoment
from backoffice.kernel.application import Context
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.kernel.resources import load_toml
from backoffice.tariffs.commands import add_tariff, add_town_figure
from backoffice.tariffs.figures import FigureKind, TownFigure
from backoffice.tariffs.rules import tariff_from_data


@dataclass(frozen=True, slots=True)
class DemoSlot:
    id: int
    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True)
class DemoActivity:
    """An activity as the attendance of its children needs it: when it opens, and its slots by code."""

    id: int
    basis: BillingBasis
    calendar: OpeningCalendar
    slots: Mapping[str, DemoSlot]


@dataclass(frozen=True, slots=True)
class BuiltTown:
    """What was created: activities by code, how many services and structures, the Mondays of the autumn holidays."""

    activities: Mapping[str, DemoActivity]
    services: int
    structures: int
    holiday_mondays: tuple[date, ...]


def build_town(context: Context, moment: DemoMoment) -> BuiltTown:
    """Write the town into an empty base. Tariffs hold from the first day of September."""
    return _TownBuilder(context, moment, load_toml("demo", "town.toml")).build()


class _TownBuilder:
    def __init__(self, context: Context, moment: DemoMoment, content: Mapping[str, Any]) -> None:
        self._context = context
        self._session = context.session
        self._moment = moment
        self._content = content
        self._zone = SchoolZone(content["town"]["school_zone"])
        self._mondays = moment.holiday_mondays(self._zone)

    def build(self) -> BuiltTown:
        content, session = self._content, self._session
        self._put_town()
        services = {row["code"]: add_service(session, _service(row)) for row in content["service"]}
        structures = {
            row["code"]: add_structure(session, row["code"], row["name"], StructureKind(row["kind"]))
            for row in content["structure"]
        }
        closures = self._close(structures)
        activities = {
            row["code"]: self._activity(row, services, structures, closures) for row in content["activity"]
        }
        return BuiltTown(activities, len(services), len(structures), self._mondays)

    def _put_town(self) -> None:
        row = self._content["town"]
        town = Town(row["name"], tuple(row["address"]), row["identifier"], row["signatory"], self._zone.value)
        put_town(self._session, town)
        floor, year = self._content["psu_floor"], self._moment.year
        figure = TownFigure(
            FigureKind.FLOOR,
            Period(date(year, 1, 1), date(year, 12, 31)),
            Money(floor["monthly_cents"]),
            floor["label"],
        )
        add_town_figure(self._session, figure)

    def _close(self, structures: Mapping[str, int]) -> dict[str, list[Closure]]:
        """Enter the closures; returns them by structure."""
        found: dict[str, list[Closure]] = {code: [] for code in structures}
        for row in self._content["closure"]:
            monday = self._mondays[row["holiday_week"] - 1]
            first, last = (monday + timedelta(days=day) for day in (min(row["weekdays"]), max(row["weekdays"])))
            close(Close(structures[row["structure"]], first, last, row["reason"]), self._context)
            found[row["structure"]].append(Closure(Period(first, last), row["reason"]))
        return found

    def _activity(
        self,
        row: Mapping[str, Any],
        services: Mapping[str, int],
        structures: Mapping[str, int],
        closures: Mapping[str, list[Closure]],
    ) -> DemoActivity:
        structure = row.get("structure")
        basis = BillingBasis(row["basis"])
        activity_id = add_activity(
            self._session,
            services[row["service"]],
            structures[structure] if structure else None,
            row["code"],
            row["name"],
            basis,
        )
        new_slots = tuple(_slot(slot) for slot in row["slots"])
        slot_ids = add_slots(self._session, activity_id, new_slots)
        for slot, slot_id in zip(row["slots"], slot_ids, strict=True):
            self._adopt(slot_id, self._content["tariff"][slot["tariff"]])
        calendar = OpeningCalendar(
            weekdays=frozenset[int]().union(*(slot.weekdays for slot in new_slots)),
            closures=tuple(closures[structure]) if structure else (),
            season=Season(row["season"]),
            school=SchoolCalendar(self._zone),
        )
        slots = {
            slot.code: DemoSlot(slot_id, slot.weekdays) for slot, slot_id in zip(new_slots, slot_ids, strict=True)
        }
        return DemoActivity(activity_id, basis, calendar, slots)

    def _adopt(self, slot_id: int, row: Mapping[str, Any]) -> None:
        deliberation = row["deliberation"].format(year=self._moment.year)
        tariff = tariff_from_data(row["shape"], row["parameters"])
        add_tariff(self._session, slot_id, tariff, Period(self._moment.september.first_day), deliberation)


def _service(row: Mapping[str, Any]) -> NewService:
    texts = default_texts()
    return NewService(
        code=row["code"],
        name=row["name"],
        prefix=row["code"],
        revenue_office=row["revenue_office"],
        contact=tuple(row["contact"]),
        texts=replace(texts, payment_means=tuple(row["payment_means"]), legal=f"{row['note']} {texts.legal}"),
        due_rule=DueDateRule(),
    )


def _slot(row: Mapping[str, Any]) -> NewSlot:
    return NewSlot(
        row["code"],
        row["label"],
        row["unit"],
        frozenset(row["weekdays"]),
        minutes(row["start"]) if "start" in row else None,
        minutes(row["end"]) if "end" in row else None,
    )


def minutes(clock: str) -> int:
    """« 07:30 » → 450 minutes from midnight."""
    hours, rest = clock.split(":")
    return int(hours) * 60 + int(rest)
