"""The rules of activities as they are in force, read for the day that is judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Protocol, cast

from sqlalchemy import select

from backoffice.bookings.kinds import RuleKind
from backoffice.bookings.rules.capacity import Capacity
from backoffice.bookings.rules.combinations import Combinations
from backoffice.bookings.rules.groups import AgeGroup
from backoffice.bookings.rules.notice import NoticeRule
from backoffice.bookings.rules.season import Opening
from backoffice.bookings.rules.signals import SlotsConcerned
from backoffice.bookings.rules.supervision import SupervisionRule
from backoffice.bookings.rules.window import BookingWindow
from backoffice.bookings.tables import ActivityRuleRow, AgeGroupRow
from backoffice.kernel.database import Session
from backoffice.kernel.dated import Dated, InForce
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period


class RuleValue(Protocol):
    """The value of a rule, whatever its kind."""

    @property
    def in_french(self) -> str: ...

    def to_data(self) -> dict[str, object]: ...


RuleReader = Callable[[object], RuleValue]

_readers: dict[RuleKind, RuleReader] = {
    RuleKind.NOTICE: NoticeRule.from_data,
    RuleKind.WINDOW: BookingWindow.from_data,
    RuleKind.COMBINATIONS: Combinations.from_data,
    RuleKind.CAPACITY: Capacity.from_data,
    RuleKind.SUPERVISION: SupervisionRule.from_data,
    RuleKind.SEASON: Opening.from_data,
    RuleKind.PACKAGE: partial(SlotsConcerned.from_data, RuleKind.PACKAGE.label),
    RuleKind.PAYMENT: partial(SlotsConcerned.from_data, RuleKind.PAYMENT.label),
}
# What a day is asked for here, by the name it has in `RulesOfDay`.
_FIELDS = {
    RuleKind.NOTICE: "notice",
    RuleKind.WINDOW: "window",
    RuleKind.COMBINATIONS: "combinations",
    RuleKind.CAPACITY: "capacity",
    RuleKind.SUPERVISION: "supervision",
    RuleKind.SEASON: "opening",
    RuleKind.PACKAGE: "package",
    RuleKind.PAYMENT: "payment",
}
_NO_NOTICE, _NO_LIMIT, _ALL_YEAR = NoticeRule(), Capacity(), Opening()


def reads_rule(kind: RuleKind, reader: RuleReader) -> None:
    """A higher wing says how the values of its kind of rule are read, when it is imported."""
    _readers[kind] = reader


def read_value(kind: RuleKind, data: object) -> RuleValue:
    """Raises UserError `rule.bad_value`, `rule.unknown_field`, `rule.kind_not_offered`, and those of the kind."""
    reader = _readers.get(kind)
    if reader is None:
        raise UserError("rule.kind_not_offered", kind=kind.label)
    return reader(data)


@dataclass(frozen=True, slots=True)
class RulesOfDay:
    """What an activity decides of one day. `capacity` and `notice` without any rule: no limit, until the slot begins;
    the others None: always, anything, no slot."""

    notice: NoticeRule = _NO_NOTICE
    window: BookingWindow | None = None
    combinations: Combinations | None = None
    capacity: Capacity = _NO_LIMIT
    opening: Opening = _ALL_YEAR
    supervision: SupervisionRule | None = None
    package: SlotsConcerned | None = None
    payment: SlotsConcerned | None = None


class Rules:
    """The rules of some activities; each day is worked out once."""

    def __init__(self, rows: Iterable[ActivityRuleRow]) -> None:
        found: dict[tuple[int, RuleKind], list[InForce[object]]] = defaultdict(list)
        for row in rows:
            kind = RuleKind(row.kind)
            if kind in _FIELDS:
                held: InForce[object] = InForce(Period(row.first_day, row.last_day), read_value(kind, row.value))
                found[row.activity_id, kind].append(held)
        self._dated: Mapping[tuple[int, RuleKind], Dated[object]] = {
            (activity_id, kind): Dated(kind.label, entries) for (activity_id, kind), entries in found.items()
        }
        self._days: dict[tuple[int, date], RulesOfDay] = {}

    def on(self, activity_id: int, day: date) -> RulesOfDay:
        key = (activity_id, day)
        if key not in self._days:
            held = {}
            for kind, name in _FIELDS.items():
                dated = self._dated.get((activity_id, kind))
                entry = dated.around(day).entry if dated is not None else None
                if entry is not None:
                    held[name] = entry.value
            self._days[key] = RulesOfDay(**cast("dict[str, Any]", held))
        return self._days[key]

    def limits(self, activity_id: int) -> bool:
        """Whether the activity ever counts its places."""
        return (activity_id, RuleKind.CAPACITY) in self._dated


def rules_of(session: Session, activity_ids: Collection[int]) -> Rules:
    """Raises UserError of a value that cannot be read."""
    return Rules(session.scalars(select(ActivityRuleRow).where(ActivityRuleRow.activity_id.in_(activity_ids))).all())


def hold_capacity(session: Session, activity_ids: Collection[int]) -> None:
    """Wait for whoever gives places of these activities, and keep the next one waiting until this transaction ends.

    What is counted afterwards stays true: of two agents who give the last place, the second one counts it taken.
    """
    row = ActivityRuleRow
    statement = select(row.id).where(row.activity_id.in_(activity_ids), row.kind == RuleKind.CAPACITY)
    session.execute(statement.order_by(row.id).with_for_update()).all()


def age_groups_of(session: Session, activity_ids: Collection[int]) -> dict[int, list[tuple[int, AgeGroup]]]:
    """The groups of each activity with their ids, in their order."""
    row = AgeGroupRow
    found: dict[int, list[tuple[int, AgeGroup]]] = defaultdict(list)
    statement = select(row).where(row.activity_id.in_(activity_ids)).order_by(row.position, row.id)
    for each in session.scalars(statement):
        group = AgeGroup(each.code, each.label, each.from_months, each.to_months)
        found[each.activity_id].append((each.id, group))
    return found
