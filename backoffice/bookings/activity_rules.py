"""The rules of activities as an agent reads and changes them: each kind holds one value at a time, dated, with where it
is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from backoffice.bookings.in_force import RuleValue, read_value
from backoffice.bookings.kinds import RuleKind
from backoffice.bookings.queueing import in_journal, release
from backoffice.bookings.tables import ActivityRuleRow
from backoffice.catalog.checks import at_version, required_text
from backoffice.catalog.keeping import Counted, Offered, counts_use
from backoffice.catalog.queries import activity_places, hold_activity, hold_services_of, slots_of
from backoffice.kernel.application import Command, Context, Query, Reading, read, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.periods import Period
from backoffice.kernel.text import folded

_SOURCE = 200


@dataclass(frozen=True, slots=True)
class ActivityRulesChanged(Event):
    """A rule of this activity came, changed or went."""

    activity_id: int
    kind: RuleKind


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as it is shown; `version` goes with the commands. `value` is read by the kind; `in_french` says it."""

    id: int
    version: int
    activity_id: int
    activity: str
    kind: RuleKind
    period: Period
    value: RuleValue
    source: str

    @property
    def in_french(self) -> str:
        return self.value.in_french


@dataclass(frozen=True)
class ListRules(Query[tuple[RuleLine, ...]]):
    """The rules of an activity (None: of all), by activity, kind, then the latest first."""

    activity_id: int | None = None


@read(ListRules, permission="catalog.read")
def list_rules(query: ListRules, reading: Reading) -> tuple[RuleLine, ...]:
    """Raises UserError of a value that cannot be read."""
    statement = select(ActivityRuleRow)
    if query.activity_id is not None:
        statement = statement.where(ActivityRuleRow.activity_id == query.activity_id)
    rows = reading.session.scalars(statement).all()
    places = activity_places(reading.session, {row.activity_id for row in rows})
    kinds = list(RuleKind)
    found = [
        RuleLine(
            row.id, row.version, row.activity_id, places[row.activity_id].activity, RuleKind(row.kind),
            Period(row.first_day, row.last_day), read_value(RuleKind(row.kind), row.value), row.source,
        )
        for row in rows
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda line: (
        folded(line.activity), line.activity_id, kinds.index(line.kind), -line.period.start.toordinal()
    )))


@dataclass(frozen=True)
class SetRule(Command[int]):
    """Decide a rule for an activity on these days, or change the one that was read at `version`; answers its id.

    `value`: what the `to_data` of its kind writes. `source`: the deliberation or the regulation.
    """

    activity_id: int
    kind: RuleKind
    first_day: date
    last_day: date | None
    value: Mapping[str, object]
    source: str
    rule_id: int | None = None
    version: int = 0


@use_case(SetRule, permission="catalog.edit", action="rule.set")
def set_rule(command: SetRule, context: Context) -> int:
    """Raises UserError `rule.bad_value`, `rule.unknown_field`, `rule.kind_not_offered`, `rule.window_backwards`,
    `period.ends_before_start`, `catalog.field_missing`, `catalog.field_too_long`, `dated.overlap`,
    `record.changed_meanwhile`."""
    session = context.session
    period = Period(command.first_day, command.last_day)
    value = read_value(command.kind, command.value)
    source = required_text(command.source, "source", _SOURCE)
    _hold(context, command.activity_id, command.kind)
    _refuse_overlap(session, command.activity_id, command.kind, period, but=command.rule_id)
    given: dict[str, Any] = {
        "first_day": period.start, "last_day": period.end, "value": value.to_data(), "source": source,
    }
    if command.rule_id is None:
        row = ActivityRuleRow(activity_id=command.activity_id, kind=command.kind.value, **given)
        session.add(row)
        session.flush()
        _tell(context, row, value=value.to_data())
        _give_places(context, row.activity_id, command.kind, period)
        return row.id
    row = at_version(session.get(ActivityRuleRow, command.rule_id), command.version)
    if (row.activity_id, row.kind) != (command.activity_id, command.kind.value):
        raise UserError("record.changed_meanwhile")
    before = {"from": row.first_day, "to": row.last_day, "value": row.value}
    for name, new in given.items():
        setattr(row, name, new)
    _tell(context, row, value=value.to_data(), before=before)
    _give_places(context, row.activity_id, command.kind, period)
    return row.id


@dataclass(frozen=True)
class EndRule(Command[None]):
    """Say the last day of a rule (None: until further notice). The day that stood before undoes it."""

    rule_id: int
    version: int
    last_day: date | None


@use_case(EndRule, permission="catalog.edit", action="rule.ended")
def end_rule(command: EndRule, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `period.ends_before_start`, `dated.overlap`."""
    session = context.session
    row = at_version(session.get(ActivityRuleRow, command.rule_id), command.version)
    _hold(context, row.activity_id, RuleKind(row.kind))
    period = Period(row.first_day, command.last_day)
    _refuse_overlap(session, row.activity_id, RuleKind(row.kind), period, but=row.id)
    before, row.last_day = row.last_day, command.last_day
    _tell(context, row, before=before)
    _give_places(context, row.activity_id, RuleKind(row.kind), Period(row.first_day))


@dataclass(frozen=True)
class RemoveRule(Command[None]):
    """Forget a rule, as if it had never been decided. `SetRule` with the same words undoes it."""

    rule_id: int
    version: int


@use_case(RemoveRule, permission="catalog.edit", action="rule.removed")
def remove_rule(command: RemoveRule, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`."""
    row = at_version(context.session.get(ActivityRuleRow, command.rule_id), command.version)
    _hold(context, row.activity_id, RuleKind(row.kind))
    _tell(context, row, value=row.value)
    held = Period(row.first_day, row.last_day)
    activity_id, kind = row.activity_id, RuleKind(row.kind)
    remove(context.session, ActivityRuleRow, [row.id])
    _give_places(context, activity_id, kind, held)


def _hold(context: Context, activity_id: int, kind: RuleKind) -> None:
    """The services first when places will be given, as whoever books does."""
    if kind is RuleKind.CAPACITY:
        hold_services_of(context.session, [
            slot.id for slot in slots_of(context.session).values() if slot.activity_id == activity_id
        ])
    hold_activity(context.session, activity_id)


def _give_places(context: Context, activity_id: int, kind: RuleKind, period: Period) -> None:
    """More places go at once to those who wait for them; whoever may not book leaves them to who may."""
    if kind is RuleKind.CAPACITY and context.actor.may("attendance.edit"):
        context.session.flush()
        given = release(context, activity_id, period.start, period.end or date.max)
        if given:
            context.details["given"] = in_journal(given)


def _refuse_overlap(session: Session, activity_id: int, kind: RuleKind, period: Period, but: int | None) -> None:
    row = ActivityRuleRow
    same = select(row).where(row.activity_id == activity_id, row.kind == kind.value).order_by(row.first_day)
    for other in session.scalars(same):
        if other.id != but and Period(other.first_day, other.last_day).overlaps(period):
            raise UserError("dated.overlap", what=f"« {kind.label} »", day=max(other.first_day, period.start))


def _tell(context: Context, row: ActivityRuleRow, **details: object) -> None:
    context.record(
        f"rule {row.id}", activity=row.activity_id, kind=row.kind, first_day=row.first_day, last_day=row.last_day,
        **details,
    )
    context.events.append(ActivityRulesChanged(row.activity_id, RuleKind(row.kind)))


@counts_use
def count_rules(session: Session, offered: Offered) -> Counted:
    """The rules of these activities: they are removed first."""
    row = ActivityRuleRow
    count = session.scalar(select(func.count()).where(row.activity_id.in_(offered.activity_ids))) or 0
    return Counted(count, "règle de réservation", "règles de réservation")
