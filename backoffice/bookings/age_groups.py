"""The age groups of activities (« Maternels », « Bébés ») as an agent reads and changes them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from backoffice.bookings.tables import AgeGroupRow
from backoffice.catalog.checks import at_version, required_text
from backoffice.catalog.keeping import Counted, Offered, counts_use
from backoffice.catalog.queries import hold_activity
from backoffice.kernel.application import Command, Context, Query, Reading, read, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.registrations.queries import count_in_group

_OLDEST = 25 * 12  # months


@dataclass(frozen=True, slots=True)
class AgeGroupsChanged(Event):
    """A group of this activity came, changed or went."""

    activity_id: int


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group as it is shown: children from `from_months` of age until the eve of `to_months` (None: no limit)."""

    id: int
    version: int
    activity_id: int
    code: str
    label: str
    from_months: int
    to_months: int | None
    position: int


@dataclass(frozen=True)
class ListGroups(Query[tuple[GroupLine, ...]]):
    """The groups of an activity (None: of all), in their order."""

    activity_id: int | None = None


@read(ListGroups, permission="catalog.read")
def list_groups(query: ListGroups, reading: Reading) -> tuple[GroupLine, ...]:
    row = AgeGroupRow
    statement = select(row).order_by(row.activity_id, row.position, row.id)
    if query.activity_id is not None:
        statement = statement.where(row.activity_id == query.activity_id)
    return tuple(
        GroupLine(each.id, each.version, each.activity_id, each.code, each.label, each.from_months, each.to_months,
                  each.position)
        for each in reading.session.scalars(statement)
    )


@dataclass(frozen=True)
class SetGroup(Command[int]):
    """Add a group to an activity, or change the one that was read at `version`; answers its id."""

    activity_id: int
    code: str
    label: str
    from_months: int
    to_months: int | None
    position: int = 0
    group_id: int | None = None
    version: int = 0


@use_case(SetGroup, permission="catalog.edit", action="group.set")
def set_group(command: SetGroup, context: Context) -> int:
    """Raises UserError `catalog.field_missing`, `catalog.field_too_long`, `group.bad_ages`, `catalog.code_taken`,
    `record.changed_meanwhile`."""
    session, start, end = context.session, command.from_months, command.to_months
    code, label = required_text(command.code, "code", 20), required_text(command.label, "libellé", 80)
    if not 0 <= start < _OLDEST or (end is not None and not start < end <= _OLDEST):
        raise UserError("group.bad_ages")
    hold_activity(session, command.activity_id)
    same = select(AgeGroupRow.id).where(AgeGroupRow.activity_id == command.activity_id, AgeGroupRow.code == code)
    if session.scalar(same) not in {None, command.group_id}:
        raise UserError("catalog.code_taken", code=code)
    if command.group_id is None:
        row = AgeGroupRow(activity_id=command.activity_id, code=code)
        session.add(row)
    else:
        row = at_version(session.get(AgeGroupRow, command.group_id), command.version)
        if row.activity_id != command.activity_id:
            raise UserError("record.changed_meanwhile")
    row.code, row.label, row.position = code, label, command.position
    row.from_months, row.to_months = start, end
    session.flush()
    _tell(context, row)
    return row.id


@dataclass(frozen=True)
class RemoveGroup(Command[None]):
    """Forget a group that no registration names."""

    group_id: int
    version: int


@use_case(RemoveGroup, permission="catalog.edit", action="group.removed")
def remove_group(command: RemoveGroup, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `group.in_use`."""
    row = at_version(context.session.get(AgeGroupRow, command.group_id), command.version)
    if count := count_in_group(context.session, row.id):
        raise UserError("group.in_use", group=row.label, count=count)
    _tell(context, row)
    remove(context.session, AgeGroupRow, [row.id])


def _tell(context: Context, row: AgeGroupRow) -> None:
    context.record(
        f"group {row.id}", activity=row.activity_id, code=row.code, from_months=row.from_months, to_months=row.to_months
    )
    context.events.append(AgeGroupsChanged(row.activity_id))


@counts_use
def count_groups(session: Session, offered: Offered) -> Counted:
    """The groups of these activities: they are removed first."""
    row = AgeGroupRow
    count = session.scalar(select(func.count()).where(row.activity_id.in_(offered.activity_ids))) or 0
    return Counted(count, "groupe d'âge", "groupes d'âge")
