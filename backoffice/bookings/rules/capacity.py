"""How many children a slot takes, in all and by age group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backoffice.bookings.rules.data import RuleData
from backoffice.bookings.rules.words import joined, plural


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Who takes a place in a slot on a day: the count in all, and by group code."""

    total: int = 0
    by_group: Mapping[str, int] = field(default_factory=dict)

    def of(self, group: str) -> int:
        return self.by_group.get(group, 0)

    def with_one(self, group: str) -> Occupancy:
        return Occupancy(self.total + 1, {**self.by_group, group: self.of(group) + 1})


@dataclass(frozen=True, slots=True)
class Capacity:
    """The places of an activity: in all, by age group, and of slots that have their own. None: no limit.

    `frees_late`: whether an absence announced too late gives its place to somebody else.
    """

    total: int | None = None
    by_group: Mapping[str, int] = field(default_factory=dict)
    by_slot: Mapping[str, int] = field(default_factory=dict)
    frees_late: bool = False

    def limit(self, slot: str) -> int | None:
        return self.by_slot.get(slot, self.total)

    def places_left(self, slot: str, group: str, taken: Occupancy) -> int | None:
        """Places for one more child of a group; below 0, there are too many already. None: no limit."""
        limits = []
        limit = self.limit(slot)
        if limit is not None:
            limits.append(limit - taken.total)
        if group in self.by_group:
            limits.append(self.by_group[group] - taken.of(group))
        return min(limits) if limits else None

    def over(self, slot: str, taken: Occupancy) -> int:
        """How many children above the places, in all or in the group where it is worst; 0 when there is room."""
        limit = self.limit(slot)
        above = [0 if limit is None else taken.total - limit]
        above += [taken.of(group) - places for group, places in self.by_group.items()]
        return max(0, *above)

    def to_data(self) -> dict[str, object]:
        return {
            "total": self.total, "by_group": dict(self.by_group), "by_slot": dict(self.by_slot),
            "frees_late": self.frees_late,
        }

    @classmethod
    def from_data(cls, data: object) -> Capacity:
        """Read what `to_data` wrote. Raises UserError `rule.bad_value`, `rule.unknown_field`."""
        fields = RuleData("Capacité", data)
        found = cls(
            fields.maybe_whole("total", "le nombre de places", 0, 10_000),
            fields.counts("by_group", "les places par groupe"), fields.counts("by_slot", "les places par créneau"),
            fields.flag("frees_late", "les absences tardives", default=False),
        )
        fields.done()
        return found

    @property
    def in_french(self) -> str:
        said = [] if self.total is None else [plural(self.total, "place")]
        apart = [*self.by_group.items(), *self.by_slot.items()]
        said += [f"{code} : {plural(places, 'place')}" for code, places in apart]
        return joined(said) or "Sans limite de places"
