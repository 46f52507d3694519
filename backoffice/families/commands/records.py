"""Creating a family, and correcting what its record or a person's says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

from backoffice.families.commands.bulk import (
    NewMembership,
    NewPayer,
    add_families,
    add_memberships,
    add_payers,
    add_people,
)
from backoffice.families.commands.links import ask_if_elsewhere
from backoffice.families.events import FamilyChanged, FamilyCreated
from backoffice.families.kinds import MemberRole
from backoffice.families.queries.people import look_alikes
from backoffice.families.records import (
    families_of,
    family_values,
    find_person,
    hold_family,
    person_values,
    write_family,
    write_person,
)
from backoffice.families.rules import (
    FamilyValues,
    Likeness,
    PersonValues,
    family_problems,
    person_problems,
    proposed_family_name,
    refuse,
    tidy_family,
    tidy_person,
)
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Edited(Generic[T]):
    """What an edit leaves: the new version, and what stood before. Sending `before` with `version` undoes it."""

    version: int
    before: T


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody already recorded, perhaps in another family."""

    person_id: int


@dataclass(frozen=True)
class CreateFamily(Command[int]):
    """A family with its first adult, holder and payer, and a second one if there is; answers its id.

    An empty `name` is proposed from the adults'. Payers are named from `payers_from` on (today). The second adult is
    a holder too, and the joint debtor when `second_pays`. Asks `person.maybe_known` when a new person may exist,
    `person.known_elsewhere` when another service knows one.
    """

    first: PersonValues | KnownPerson
    second: PersonValues | KnownPerson | None = None
    name: str = ""
    billing_email: str = ""
    caf_number: str = ""
    second_pays: bool = False
    payers_from: date | None = None
    op_id: UUID | None = None


@use_case(CreateFamily, permission="families.edit", action="family.created")
def create_family(command: CreateFamily, context: Context) -> int:
    """Raises InvalidFields: `first.…`, `second.…` for the adults, `name`, `billing_email`, `caf_number`."""
    adults = {"first": command.first} if command.second is None else {"first": command.first, "second": command.second}
    names: list[tuple[str, str]] = []
    problems: dict[str, UserError] = {}
    for which, adult in adults.items():
        if isinstance(adult, KnownPerson):
            row = find_person(context.session, adult.person_id)
            names.append((row.last_name, row.first_name))
        else:
            found = person_problems(adult, context.today)
            problems.update((f"{which}.{name}", error) for name, error in found.items())
            names.append((adult.last_name, adult.first_name))
    if isinstance(command.first, KnownPerson) and command.first == command.second:
        raise UserError("member.already")
    proposed = command.name.strip() or proposed_family_name(names)
    values = tidy_family(FamilyValues(proposed, command.billing_email, command.caf_number))
    problems.update(family_problems(values))
    refuse(problems)
    ask_if_known(context, *(adult for adult in adults.values() if isinstance(adult, PersonValues)))

    session = context.session
    (family_id,) = add_families(session, [values])
    people = [
        adult.person_id if isinstance(adult, KnownPerson) else add_people(session, [tidy_person(adult)])[0]
        for adult in adults.values()
    ]
    add_memberships(session, [NewMembership(family_id, person, MemberRole.ADULT, is_holder=True) for person in people])
    since = Period(command.payers_from or context.today)
    paying = people if command.second_pays else people[:1]
    add_payers(session, [NewPayer(family_id, person, rank, since) for rank, person in enumerate(paying, 1)])
    context.record(f"family {family_id}", people=people, payers=len(paying))
    context.events.append(FamilyCreated(family_id))
    for person in people:
        tell_families_of(context, person, except_for=family_id)
    return family_id


def ask_if_known(context: Context, *people: PersonValues) -> None:
    """Asks `person.maybe_known` when one of these new people is probably recorded already, `person.known_elsewhere`
    when one is known to a service whose families this agent does not see."""
    count = sum(
        1 for person in people for _, _, how in look_alikes(context.session, person) if how is Likeness.SAME
    )
    if count:
        context.confirm("person.maybe_known", count=count)
    ask_if_elsewhere(context, people)


def tell_families_of(context: Context, person_id: int, *, except_for: int | None = None) -> None:
    """FamilyChanged for each family this person is in."""
    context.events.extend(
        FamilyChanged(family_id)
        for family_id in families_of(context.session, person_id)
        if family_id != except_for
    )


@dataclass(frozen=True)
class EditFamily(Command[Edited[FamilyValues]]):
    """Correct a family's own record. `version`: the one that was read."""

    family_id: int
    version: int
    values: FamilyValues


@use_case(EditFamily, permission="families.edit", action="family.edited")
def edit_family(command: EditFamily, context: Context) -> Edited[FamilyValues]:
    """Raises InvalidFields, UserError `family.unknown`, `record.changed_meanwhile`."""
    row = hold_family(context.session, command.family_id)
    if row.version != command.version:
        raise UserError("record.changed_meanwhile")
    before = family_values(row)
    refuse(family_problems(command.values, before))
    write_family(row, tidy_family(command.values))
    context.session.flush()
    context.record(f"family {row.id}", version=row.version)
    if row.version != command.version:
        context.events.append(FamilyChanged(row.id))
    return Edited(row.version, before)


@dataclass(frozen=True)
class EditPerson(Command[Edited[PersonValues]]):
    """Correct a person's record, for all the families this person is in. `version`: the one that was read."""

    person_id: int
    version: int
    values: PersonValues


@use_case(EditPerson, permission="families.edit", action="person.edited")
def edit_person(command: EditPerson, context: Context) -> Edited[PersonValues]:
    """Raises InvalidFields, UserError `person.unknown`, `record.changed_meanwhile`."""
    row = find_person(context.session, command.person_id)
    if row.version != command.version:
        raise UserError("record.changed_meanwhile")
    before = person_values(row)
    refuse(person_problems(command.values, context.today, before))
    changed = write_person(row, tidy_person(command.values))
    context.session.flush()
    context.record(f"person {row.id}", version=row.version, fields=changed)
    if row.version != command.version:
        tell_families_of(context, row.id)
    return Edited(row.version, before)
