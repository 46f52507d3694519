"""A small town on an embedded database, for the queries and commands that the window uses.

The empty database is migrated once in a session and copied for each test.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

import backoffice.bootstrap  # noqa: F401 - registers every use case
from backoffice.attendance.commands import NewAttendance, add_attendances
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.issuing import IssuedRun, IssueMonth
from backoffice.catalog.commands import (
    NewService,
    NewSlot,
    ServiceTexts,
    add_activity,
    add_service,
    add_slots,
    add_structure,
    put_town,
)
from backoffice.catalog.kinds import BillingBasis, StructureKind
from backoffice.catalog.queries import Town
from backoffice.catalog.rules import DueDateRule
from backoffice.families.commands import (
    NewFamily,
    NewMembership,
    NewPayer,
    NewPerson,
    NewQuotient,
    add_families,
    add_memberships,
    add_payers,
    add_people,
    add_quotients,
)
from backoffice.families.kinds import MemberRole
from backoffice.kernel.actor import Actor
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application, Command, Query
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.database import Database, open_database
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.messages import sentences
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month, Period
from backoffice.kernel.permissions import EVERYTHING
from backoffice.tariffs.commands import add_tariff
from backoffice.tariffs.rules import Bracket, BracketTariff, FlatTariff, Tariff

R = TypeVar("R")

SEPTEMBER, OCTOBER, NOVEMBER = Month(2025, 9), Month(2025, 10), Month(2025, 11)
SCHOOL_DAYS = tuple(date(2025, 10, day) for day in (2, 3, 6, 7, 9, 10, 13, 14))
SINCE = Period(date(2024, 9, 1))
# 20 November 2025 at noon in Paris: October waits to be billed.
NOON = datetime(2025, 11, 20, 11, tzinfo=UTC)
TEXTS = ServiceTexts(("Par chèque",), "Deux mois pour contester.", "Sans TVA.")
GRID = BracketTariff(
    (
        Bracket(Decimal(400), Money(120), included=False),
        Bracket(Decimal(600), Money(260), included=False),
        Bracket(None, Money(415)),
    )
)


def new_service(code: str = "CANT", name: str = "Restauration", prefix: str | None = None) -> NewService:
    return NewService(code, name, prefix or code, f"Régie « {name} »", ("Mairie",), TEXTS, DueDateRule())


@dataclass(frozen=True, slots=True)
class Household:
    """A family made here: its ids."""

    id: int
    parent: int
    child: int


class Desk:
    """The door of one database, short words to fill it, and the events it told."""

    def __init__(self, database: Database, now: datetime = NOON) -> None:
        self.database = database
        self.now = now
        self.app = self.door()

    def door(self, permissions: frozenset[str] = EVERYTHING, now: datetime | None = None) -> Application:
        """The same database for an agent with these rights, at another moment."""
        return Application(self.database, Actor("cheffe", "Cheffe", permissions), FixedClock(now or self.now))

    def ask(self, query: Query[R]) -> R:
        return self.app.ask(query)

    def do(self, command: Command[R]) -> R:
        return self.app.execute(command)

    def refused(self, command: Command[R]) -> str:
        """The code of the UserError that refuses this command; it has a sentence."""
        with pytest.raises(UserError) as caught:
            self.app.execute(command)
        code = caught.value.code
        assert code in sentences()
        return code

    def heard(self, kind: type[Event]) -> list[Event]:
        """The events of this kind told from now on."""
        events: list[Event] = []
        self.app.events.subscribe(kind, events.append)
        return events

    def slot(
        self,
        code: str = "CANT",
        tariff: Tariff | None = None,
        *,
        name: str = "Restauration",
        structure: str | None = None,
        slots: tuple[NewSlot, ...] = (),
        basis: BillingBasis = BillingBasis.ATTENDED,
    ) -> int:
        """A service, an activity and its slots, the first at 4.15 € unless told otherwise; answers the first."""
        with self.database.write() as session:
            put_town(session, Town("Commune de Valbrume", ("1 place",), "", "Le Maire", "A"))
            service = add_service(session, new_service(code, name))
            where = None
            if structure is not None:
                where = add_structure(session, code, structure, StructureKind.LEISURE_CENTER)
            activity = add_activity(session, service, where, code, name, basis)
            new = slots or (NewSlot(code, f"Repas {code}", "repas", frozenset(range(5)), 720, 780),)
            ids = add_slots(session, activity, new)
            add_tariff(session, ids[0], tariff or FlatTariff(Money(415)), SINCE, "2024-12")
        return ids[0]

    def family(
        self,
        name: str = "MARTIN",
        child: str = "Léa",
        *,
        quotient: str | None = None,
        until: date | None = None,
        payer: bool = True,
    ) -> Household:
        with self.database.write() as session:
            (family,) = add_families(session, [NewFamily(name)])
            parent, small = add_people(
                session, [NewPerson(name, "Camille"), NewPerson(name, child, birth_date=date(2017, 1, 1))]
            )
            add_memberships(
                session,
                [
                    NewMembership(family, parent, MemberRole.ADULT, is_holder=True),
                    NewMembership(family, small, MemberRole.CHILD),
                ],
            )
            if payer:
                add_payers(session, [NewPayer(family, parent, 1, SINCE)])
            if quotient is not None:
                held = Period(SINCE.start, until)
                add_quotients(session, [NewQuotient(family, Decimal(quotient), "CAF", held)])
        return Household(family, parent, small)

    def attend(
        self,
        household: Household,
        slot: int,
        days: Iterable[date] = SCHOOL_DAYS,
        state: AttendanceState = AttendanceState.PRESENT,
        *,
        arrived: int | None = None,
        left: int | None = None,
    ) -> None:
        with self.database.write() as session:
            new = [
                NewAttendance(
                    household.id, household.child, slot, day, state, arrived_minute=arrived, left_minute=left
                )
                for day in days
            ]
            add_attendances(session, new)

    def issue(self, month: Month = OCTOBER, issued_on: date = date(2025, 11, 15)) -> IssuedRun:
        return self.app.execute(IssueMonth(month, issued_on), confirmed=frozenset({"billing.leave_blocked"}))


_templates: dict[Path, DatabaseAddress] = {}


@contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    """A desk on a fresh copy of the empty database, closed at the end."""
    root = folder.parent
    if root not in _templates:
        address = DatabaseAddress.of_file(root / "empty-desk.sqlite")
        open_database(address, NOON).close()
        _templates[root] = address
    source = _templates[root].path
    assert source is not None
    target = folder / "desk.sqlite"
    shutil.copyfile(source, target)
    database = Database(DatabaseAddress.of_file(target))
    try:
        yield Desk(database)
    finally:
        database.close()
