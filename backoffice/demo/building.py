"""Building Valbrume in an empty base: one command, one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from backoffice.attendance.commands import NewAttendance, add_attendances
from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.commands import has_town
from backoffice.catalog.queries import services_in_scope
from backoffice.demo.arrivals import send_arrivals
from backoffice.demo.bookings import book
from backoffice.demo.contracts import agree
from backoffice.demo.days import ChildDay, Diary
from backoffice.demo.letters import write_letters
from backoffice.demo.moment import DemoMoment
from backoffice.demo.people import Home, InventedAdult, InventedChild, InventedFamily, invent_families
from backoffice.demo.pieces import Household, send_pieces
from backoffice.demo.private import Confidant, confide
from backoffice.demo.town import BuiltTown, build_town
from backoffice.families.commands import (
    ChangePayers,
    EditPerson,
    NewFamily,
    NewIncome,
    NewMembership,
    NewPayer,
    NewPerson,
    NewQuotient,
    SetQuotient,
    add_families,
    add_incomes,
    add_memberships,
    add_payers,
    add_people,
    add_quotients,
    change_payers,
    set_quotient,
)
from backoffice.families.kinds import MemberRole
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Month, Period

FAMILY_COUNT = 120
SEED = 38999

_PAYERS_CHANGE_ON = 16
_FIRST_SENDER = 12  # the families before have stories of their own
_SOURCE_OF_INCOME = "CDAP, ressources {year}"


@dataclass(frozen=True, slots=True)
class Correction:
    """A unit of October that was clocked by mistake: its invoice will be cancelled and made again."""

    family_id: int
    child_id: int
    slot_id: int
    day: date


@dataclass(frozen=True, slots=True)
class BuiltDemo:
    """What was written, for the summary; the address that an agent then changes, and the unit to correct after October
    is issued."""

    structures: int
    services: int
    families: int
    children: int
    attendances: int
    move: EditPerson
    correction: Correction


@dataclass(frozen=True)
class BuildDemo(Command[BuiltDemo]):
    """Fill an empty base with the invented town. The same seed and October give the same town."""

    october: Month
    seed: int = SEED


@use_case(BuildDemo, permission="importing.run", action="demo.built")
def build_demo(command: BuildDemo, context: Context) -> BuiltDemo:
    """Raises UserError `demo.base_in_use` when the base holds a town already."""
    if has_town(context.session) or services_in_scope(context.session):
        raise UserError("demo.base_in_use")
    built = _Settling(command, context).run()
    context.record("demo", families=built.families, attendances=built.attendances)
    return built


class _Settling:
    """Writes the town, then its families, then their days."""

    def __init__(self, command: BuildDemo, context: Context) -> None:
        self._context = context
        self._session = context.session
        self._seed = command.seed
        self._moment = DemoMoment(command.october, context.today)
        self._since = Period(self._moment.september.first_day)
        self._children: dict[str, int] = {}

    def run(self) -> BuiltDemo:
        self._say(0)
        town = build_town(self._context, self._moment)
        random = Random(self._seed)  # noqa: S311 - an invented town, no secret
        families = invent_families(FAMILY_COUNT, self._moment.year, random)
        self._say(1)
        ids = add_families(
            self._session, [NewFamily(family.name, family.billing_email, family.caf_number) for family in families]
        )
        settled = list(zip(families, ids, strict=True))
        self._add_people(settled)
        self._add_resources(settled)
        self._say(2)
        days = list(self._days(town, settled))
        count = add_attendances(self._session, (_attendance(*of_child) for of_child in days))
        self._send_pieces(settled)
        count += book(self._context, town, self._moment, days)
        agree(self._context, self._moment, days)
        self._say(3)
        return BuiltDemo(
            structures=town.structures,
            services=town.services,
            families=len(ids),
            children=len(self._children),
            attendances=count,
            move=self._move,
            correction=self._correction(town, settled, days),
        )

    def _say(self, done: int) -> None:
        self._context.progress(done, 3, "Construction de Valbrume")

    def _add_people(self, settled: Sequence[tuple[InventedFamily, int]]) -> None:
        adults = [(adult, family_id) for family, family_id in settled for adult in family.adults]
        adult_ids = add_people(
            self._session, [_new_adult(adult, adult.moved_from or adult.home) for adult, _ in adults]
        )
        children = {child.key: child for family, _ in settled for child in family.children}
        child_ids = add_people(self._session, [_new_child(child) for child in children.values()])
        self._children = dict(zip(children, child_ids, strict=True))
        add_memberships(
            self._session,
            [
                *(
                    NewMembership(family_id, adult_id, MemberRole.ADULT, is_holder=True)
                    for (_, family_id), adult_id in zip(adults, adult_ids, strict=True)
                ),
                *(
                    NewMembership(family_id, self._children[child.key], MemberRole.CHILD)
                    for family, family_id in settled
                    for child in family.children
                ),
            ],
        )
        add_payers(
            self._session,
            [
                NewPayer(family_id, adult_id, adult.pays, self._since)
                for (adult, family_id), adult_id in zip(adults, adult_ids, strict=True)
                if adult.pays is not None
            ],
        )
        self._change_payers(settled, adult_ids)
        self._confide(settled, adult_ids)
        self._move = next(
            EditPerson(adult_id, 1, _new_adult(adult, adult.home))
            for (adult, _), adult_id in zip(adults, adult_ids, strict=True)
            if adult.moved_from is not None
        )

    def _change_payers(self, settled: Sequence[tuple[InventedFamily, int]], adult_ids: Sequence[int]) -> None:
        first = 0
        for family, family_id in settled:
            own = adult_ids[first : first + len(family.adults)]
            first += len(family.adults)
            if family.october_payers:
                day = self._moment.october.first_day.replace(day=_PAYERS_CHANGE_ON)
                people = tuple(own[index] for index in family.october_payers)
                change_payers(ChangePayers(family_id, people, day), self._context)

    def _confide(self, settled: Sequence[tuple[InventedFamily, int]], adult_ids: Sequence[int]) -> None:
        confidants: dict[str, Confidant] = {}
        first = 0
        for family, family_id in settled:
            children = {child.first_name: self._children[child.key] for child in family.children}
            holder = f"{family.adults[0].last_name} {family.adults[0].first_name}"
            confidants[family.name] = Confidant(family_id, adult_ids[first], holder, children)
            first += len(family.adults)
        confide(self._context, confidants, self._since.start)

    def _send_pieces(self, settled: Sequence[tuple[InventedFamily, int]]) -> None:
        alone = [
            Household(family_id, family.name, self._children[child.key], f"{child.last_name} {child.first_name}",
                      child.birth_date)
            for family, family_id in settled
            for child in family.children[:1] if child.parity is None
        ]
        sent = send_pieces(self._context, alone[_FIRST_SENDER:])
        write_letters(self._context, alone[_FIRST_SENDER + sent:])
        send_arrivals(self._context, alone[:_FIRST_SENDER])

    def _add_resources(self, settled: Sequence[tuple[InventedFamily, int]]) -> None:
        """Quotients and incomes, with the days they hold."""
        october = self._moment.october.first_day
        ended = Period(self._since.start, october - timedelta(days=1))
        add_quotients(
            self._session,
            [
                NewQuotient(family_id, value, family.quotient_source, ended if family.expired else self._since)
                for family, family_id in settled
                if (value := family.quotient) is not None
            ],
        )
        year = self._moment.year
        since_january = Period(date(year, 1, 1), date(year, 12, 31))
        source = _SOURCE_OF_INCOME.format(year=year - 2)
        add_incomes(
            self._session,
            [
                NewIncome(family_id, i.annual, i.dependent_children, i.disabled_children, source, since_january)
                for family, family_id in settled
                if (i := family.income) is not None
            ],
        )
        for family, family_id in settled:
            if family.october_quotient is not None:
                changed = SetQuotient(family_id, family.october_quotient, f"attestation CAF du 01/10/{year}", october)
                set_quotient(changed, self._context)

    def _days(
        self, town: BuiltTown, settled: Sequence[tuple[InventedFamily, int]]
    ) -> Iterator[tuple[int, int, ChildDay]]:
        """Family, child and unit."""
        diary = Diary(town, self._moment, self._seed)
        for family, family_id in settled:
            for child in family.children:
                for unit in diary.days_of(child):
                    yield family_id, self._children[child.key], unit

    def _correction(
        self,
        town: BuiltTown,
        settled: Sequence[tuple[InventedFamily, int]],
        days: Sequence[tuple[int, int, ChildDay]],
    ) -> Correction:
        """The last unit of October that was clocked in the slot that the family's story names."""
        october = self._moment.october
        family_id, where = next((i, family.correction) for family, i in settled if family.correction is not None)
        slot_id = town.activities[where[0]].slots[where[1]].id
        child_id, day = max(
            (
                (child_id, unit.day)
                for family, child_id, unit in days
                if (family, unit.slot_id, Month.of(unit.day)) == (family_id, slot_id, october)
                and unit.state is AttendanceState.PRESENT
            ),
            key=lambda found: found[1],
        )
        return Correction(family_id, child_id, slot_id, day)


def _attendance(family_id: int, child_id: int, unit: ChildDay) -> NewAttendance:
    booked_start, booked_end = unit.booked or (None, None)
    arrived, left = unit.clocked or (None, None)
    return NewAttendance(
        family_id=family_id,
        child_id=child_id,
        slot_id=unit.slot_id,
        day=unit.day,
        state=unit.state,
        booked_start=booked_start,
        booked_end=booked_end,
        arrived_minute=arrived,
        left_minute=left,
    )


def _new_adult(adult: InventedAdult, home: Home) -> NewPerson:
    return NewPerson(
        adult.last_name,
        adult.first_name,
        title=adult.title,
        street=home.street,
        postcode=home.postcode,
        city=home.city,
        mobile=adult.mobile,
        email=adult.email,
    )


def _new_child(child: InventedChild) -> NewPerson:
    return NewPerson(child.last_name, child.first_name, birth_date=child.birth_date, sex=child.sex)
