"""Who is in a family, with which place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from backoffice.families.commands.bulk import NewMembership, add_memberships, add_people
from backoffice.families.commands.records import ask_if_known, tell_families_of
from backoffice.families.events import FamilyChanged
from backoffice.families.keeping import refuse_kept_member
from backoffice.families.kinds import MemberRole, Place
from backoffice.families.records import find_person, hold_family, is_adult, memberships_of, person_values
from backoffice.families.rules import Likeness, PersonValues, likeness, person_problems, refuse, tidy_person
from backoffice.families.tables import MembershipRow, PayerRow, PersonRow
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.errors import UserError


@dataclass(frozen=True)
class AddPerson(Command[int]):
    """A new person in a family; answers the person's id. Undone by `RemoveMember`.

    Asks `person.maybe_known` when this person is probably recorded already, `person.known_elsewhere` when another
    service knows them.
    """

    family_id: int
    values: PersonValues
    role: MemberRole
    is_holder: bool = False
    op_id: UUID | None = None


@use_case(AddPerson, permission="families.edit", action="member.added")
def add_person(command: AddPerson, context: Context) -> int:
    """Raises InvalidFields, UserError `family.unknown`, `member.holder_not_adult`."""
    hold_family(context.session, command.family_id)
    _check_holder(command.role, command.is_holder)
    refuse(person_problems(command.values, context.today))
    ask_if_known(context, command.values)
    (person_id,) = add_people(context.session, [tidy_person(command.values)])
    _join(context, command.family_id, person_id, Place(command.role, command.is_holder))
    return person_id


@dataclass(frozen=True)
class AttachPerson(Command[int]):
    """Somebody already recorded joins a family; answers the id of the membership. Undone by `RemoveMember`.

    Asks `member.similar_here` when somebody in the family is probably the same person under another record.
    """

    family_id: int
    person_id: int
    role: MemberRole
    is_holder: bool = False


@use_case(AttachPerson, permission="families.edit", action="member.attached")
def attach_person(command: AttachPerson, context: Context) -> int:
    """Raises UserError `family.unknown`, `person.unknown`, `member.already`, `member.holder_not_adult`."""
    session = context.session
    hold_family(session, command.family_id)
    joining = person_values(find_person(session, command.person_id))
    members = memberships_of(session, command.family_id)
    if command.person_id in members:
        raise UserError("member.already")
    _check_holder(command.role, command.is_holder)
    already = session.scalars(select(PersonRow).where(PersonRow.id.in_(members)))
    if any(likeness(joining, person_values(row)) is Likeness.SAME for row in already):
        context.confirm("member.similar_here")
    membership_id = _join(context, command.family_id, command.person_id, Place(command.role, command.is_holder))
    tell_families_of(context, command.person_id, except_for=command.family_id)
    return membership_id


@dataclass(frozen=True)
class ChangeRole(Command[Place]):
    """Another place for a member. `was`: the role that was read. Answers the place before, which undoes it."""

    family_id: int
    person_id: int
    was: MemberRole
    role: MemberRole
    is_holder: bool = False


@use_case(ChangeRole, permission="families.edit", action="member.role_changed")
def change_role(command: ChangeRole, context: Context) -> Place:
    """Raises UserError `family.unknown`, `member.unknown`, `member.holder_not_adult`, `record.changed_meanwhile`,
    `member.last_adult`, `member.last_holder`, and what keeps a child one: `member.has_attendance`,
    `member.has_charges`."""
    session = context.session
    hold_family(session, command.family_id)
    members = memberships_of(session, command.family_id)
    row = _member(members, command.person_id)
    if row.role != command.was.value:
        raise UserError("record.changed_meanwhile")
    _check_holder(command.role, command.is_holder)
    before = _place(row)
    if before.role is MemberRole.CHILD and command.role is not MemberRole.CHILD:
        refuse_kept_member(session, command.family_id, command.person_id)
    if command.role is not MemberRole.ADULT:
        _refuse_last_adult(members, row)
    if not command.is_holder:
        _refuse_last_holder(members, row)
    row.role, row.is_holder = command.role.value, command.is_holder
    context.record(f"family {command.family_id}", person=command.person_id, role=command.role.value)
    context.events.append(FamilyChanged(command.family_id))
    return before


@dataclass(frozen=True)
class SetHolder(Command[bool]):
    """Whether an adult speaks for the family; answers what it was, which undoes it."""

    family_id: int
    person_id: int
    is_holder: bool


@use_case(SetHolder, permission="families.edit", action="member.holder_set")
def set_holder(command: SetHolder, context: Context) -> bool:
    """Raises UserError `family.unknown`, `member.unknown`, `member.holder_not_adult`, `member.last_holder`."""
    hold_family(context.session, command.family_id)
    members = memberships_of(context.session, command.family_id)
    row = _member(members, command.person_id)
    _check_holder(MemberRole(row.role), command.is_holder)
    if not command.is_holder:
        _refuse_last_holder(members, row)
    before, row.is_holder = row.is_holder, command.is_holder
    context.record(f"family {command.family_id}", person=command.person_id, holder=command.is_holder)
    context.events.append(FamilyChanged(command.family_id))
    return before


@dataclass(frozen=True)
class RemoveMember(Command[Place]):
    """A person leaves a family; the person's record stays, so `AttachPerson` with the answered place undoes it."""

    family_id: int
    person_id: int


@use_case(RemoveMember, permission="families.edit", action="member.removed")
def remove_member(command: RemoveMember, context: Context) -> Place:
    """Raises UserError `family.unknown`, `member.unknown`, `member.is_payer`, `member.last_adult`,
    `member.last_holder`, and the reasons of higher wings: `member.has_attendance`, `member.has_charges`."""
    session = context.session
    hold_family(session, command.family_id)
    members = memberships_of(session, command.family_id)
    row = _member(members, command.person_id)
    _refuse_payer(context, command.family_id, command.person_id)
    _refuse_last_adult(members, row)
    _refuse_last_holder(members, row)
    refuse_kept_member(session, command.family_id, command.person_id)
    before = _place(row)
    remove(session, MembershipRow, [row.id])
    context.record(f"family {command.family_id}", person=command.person_id, role=before.role.value)
    session.flush()
    context.events.append(FamilyChanged(command.family_id))
    tell_families_of(context, command.person_id)
    return before


def _join(context: Context, family_id: int, person_id: int, place: Place) -> int:
    (membership_id,) = add_memberships(
        context.session, [NewMembership(family_id, person_id, place.role, place.is_holder)]
    )
    context.record(f"family {family_id}", person=person_id, role=place.role.value)
    context.events.append(FamilyChanged(family_id))
    return membership_id


def _member(members: Mapping[int, MembershipRow], person_id: int) -> MembershipRow:
    if person_id not in members:
        raise UserError("member.unknown")
    return members[person_id]


def _place(row: MembershipRow) -> Place:
    return Place(MemberRole(row.role), row.is_holder)


def _check_holder(role: MemberRole, is_holder: bool) -> None:
    if is_holder and role is not MemberRole.ADULT:
        raise UserError("member.holder_not_adult")


def _refuse_last_adult(members: Mapping[int, MembershipRow], row: MembershipRow) -> None:
    if is_adult(row) and not any(is_adult(other) for other in members.values() if other is not row):
        raise UserError("member.last_adult")


def _refuse_last_holder(members: Mapping[int, MembershipRow], row: MembershipRow) -> None:
    if row.is_holder and not any(other.is_holder for other in members.values() if other is not row):
        raise UserError("member.last_holder")


def _refuse_payer(context: Context, family_id: int, person_id: int) -> None:
    """Somebody named on the invoices, today or later, stays until others are named."""
    pays = context.session.scalar(
        select(PayerRow.id)
        .where(PayerRow.family_id == family_id, PayerRow.person_id == person_id)
        .where(or_(PayerRow.valid_to.is_(None), PayerRow.valid_to >= context.today))
        .limit(1)
    )
    if pays is not None:
        raise UserError("member.is_payer")
