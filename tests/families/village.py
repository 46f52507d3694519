"""A small invented village for the tests of families and of search: one base, one door, few words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import backoffice.wings  # noqa: F401 - every wing registers its use cases and checks
from backoffice.attendance.commands import NewAttendance, add_attendances
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.issuing import IssueMonth
from backoffice.catalog.commands import (
    NewService,
    NewSlot,
    ServiceTexts,
    add_activity,
    add_service,
    add_slots,
    put_town,
)
from backoffice.catalog.kinds import BillingBasis
from backoffice.catalog.queries import Town
from backoffice.catalog.rules import DueDateRule
from backoffice.families.commands import AddPerson, AttachPerson, CreateFamily, KnownPerson
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import FamilyFile, ReadFamily
from backoffice.families.rules import PersonValues
from backoffice.kernel.actor import Actor
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.database import Database, open_database
from backoffice.kernel.events import Event
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month, Period
from backoffice.kernel.permissions import EVERYTHING
from backoffice.tariffs.commands import add_tariff
from backoffice.tariffs.rules import Bracket, BracketTariff, Tariff
from tests.support.books import rows_of
from tests.support.towns import CHIEF

TODAY = date(2025, 11, 15)
NOON = datetime(2025, 11, 15, 11, tzinfo=UTC)
OCTOBER = Month(2025, 10)
SINCE = date(2024, 9, 1)
YES = frozenset({"person.maybe_known"})

MARIE = PersonValues(
    "DUPONT", "Marie", title="Mme", birth_date=date(1988, 4, 12), sex="F", street="1 rue des Tilleuls",
    postcode="38999", city="VALBRUME", mobile="06 12 34 56 78", email="marie.dupont@courriel.example",
)  # fmt: skip
JEAN = replace(MARIE, first_name="Jean", title="M.", sex="M", mobile="06 98 76 54 32", email="", birth_date=None)
LEA = PersonValues("DUPONT", "Léa", birth_date=date(2017, 1, 10), sex="F")
NOE = PersonValues("DUPONT", "Noé", birth_date=date(2019, 6, 2), sex="M")

BY_QUOTIENT = BracketTariff((Bracket(Decimal(600), Money(260), included=False), Bracket(None, Money(415))))


class Village:
    """The door, and short words to fill the base."""

    def __init__(self, address: DatabaseAddress) -> None:
        self.database = Database(address)
        self.app = self.door(EVERYTHING)

    def door(self, permissions: frozenset[str], now: datetime = NOON) -> Application:
        return Application(self.database, Actor(CHIEF.login, "Agent", permissions), FixedClock(now))

    def family(self, first: PersonValues | KnownPerson = MARIE, second: PersonValues | None = None) -> int:
        """A family whose payers are known for long."""
        return self.app.execute(CreateFamily(first, second, payers_from=SINCE), confirmed=YES)

    def child(self, family_id: int, values: PersonValues = LEA) -> int:
        return self.app.execute(AddPerson(family_id, values, MemberRole.CHILD), confirmed=YES)

    def contact(self, family_id: int, values: PersonValues) -> int:
        return self.app.execute(AddPerson(family_id, values, MemberRole.CONTACT), confirmed=YES)

    def attach(self, family_id: int, person_id: int, role: MemberRole = MemberRole.CHILD) -> None:
        self.app.execute(AttachPerson(family_id, person_id, role))

    def file(self, family_id: int) -> FamilyFile:
        return self.app.ask(ReadFamily(family_id))

    def person(self, family_id: int, first_name: str) -> int:
        return next(m.person_id for m in self.file(family_id).members if m.person.first_name == first_name)

    def canteen(self, tariff: Tariff = BY_QUOTIENT) -> int:
        """A service with one slot; returns the slot."""
        with self.database.write() as session:
            put_town(session, Town("Commune de Valbrume", ("1 place de la Mairie",), "", "Le Maire", "A"))
            texts = ServiceTexts(("Par chèque",), "Deux mois pour contester.", "Sans TVA.")
            new = NewService("CANT", "Restauration", "CANT", "Régie", ("Mairie",), texts, DueDateRule())
            service = add_service(session, new)
            activity = add_activity(session, service, None, "CANT", "Restauration", BillingBasis.ATTENDED)
            (slot,) = add_slots(session, activity, (NewSlot("REPAS", "Repas", "repas", frozenset(range(5))),))
            add_tariff(session, slot, tariff, Period(SINCE), "")
        return slot

    def eat(self, family_id: int, child_id: int, slot: int, days: int = 8) -> None:
        """So many meals from 1 October 2025 on."""
        state = AttendanceState.PRESENT
        with self.database.write() as session:
            add_attendances(
                session,
                [NewAttendance(family_id, child_id, slot, date(2025, 10, day), state) for day in range(1, days + 1)],
            )

    def bill(self) -> tuple[str, ...]:
        """Issue October; returns the numbers."""
        return self.app.execute(IssueMonth(OCTOBER, TODAY)).numbers

    def rows(self, table: str) -> list[dict[str, Any]]:
        return rows_of(self.database, table)

    def heard(self, *kinds: type[Event]) -> list[Event]:
        """A list that fills with the events told from now on."""
        told: list[Event] = []
        for kind in kinds:
            self.app.events.subscribe(kind, told.append)
        return told


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty embedded database, only copied."""
    path = tmp_path_factory.mktemp("village") / "empty.sqlite"
    open_database(DatabaseAddress.of_file(path), NOON).close()
    return path


@pytest.fixture
def village(empty_file: Path, tmp_path: Path) -> Iterator[Village]:
    path = tmp_path / "village.sqlite"
    shutil.copyfile(empty_file, path)
    made = Village(DatabaseAddress.of_file(path))
    yield made
    made.database.close()


@pytest.fixture
def shared_village(shared_address: DatabaseAddress) -> Iterator[Village]:
    """The same on PostgreSQL."""
    made = Village(shared_address)
    yield made
    made.database.close()


@pytest.fixture(params=["village", "shared_village"])
def either_village(request: pytest.FixtureRequest) -> Village:
    """The same, on each engine in turn."""
    found: Village = request.getfixturevalue(request.param)
    return found
