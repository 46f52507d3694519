"""Small invented towns, built in a database of their own on either engine. Valbrume does not exist."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest
from sqlalchemy import text

# Every wing registers its tables and use cases.
import backoffice.importing.commune.writer
import backoffice.importing.noethys.writer
import backoffice.importing.reports
import backoffice.wings  # noqa: F401
from backoffice.attendance.commands import NewAttendance, add_attendances
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.cancelling import CancelInvoice
from backoffice.billing.issuing import IssuedRun, IssueMonth
from backoffice.billing.plan import RunPlan
from backoffice.billing.queries import InvoiceByNumber, PreviewMonth
from backoffice.billing.views import InvoiceView
from backoffice.catalog.commands import (
    NewService,
    NewSlot,
    ServiceTexts,
    add_activity,
    add_service,
    add_slots,
    add_structure,
    has_town,
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
from backoffice.kernel.access.rights import rights
from backoffice.kernel.actor import Actor
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application, Command, Query
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.database import Database, Session, open_database
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.messages import sentences
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month, Period
from backoffice.tariffs.commands import add_tariff
from backoffice.tariffs.rules import Bracket, BracketTariff, FlatTariff, Tariff
from reports.invoice_pdf import render_invoice
from tests.reports.reading import text_of
from tests.support.books import broken_promises, rows_of
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.shared import CHIEF_LOGIN, address_of, by_administrator, prepare_shared

SEPTEMBER, OCTOBER, NOVEMBER = Month(2025, 9), Month(2025, 10), Month(2025, 11)
ISSUED_ON = date(2025, 11, 15)
NOON = datetime(2026, 8, 31, 11, tzinfo=UTC)  # after every day the tests issue on
SINCE = Period(date(2024, 9, 1))
# Eight school days: at 4.15 € a meal, three of them stay under the threshold and four pass it.
DAYS = tuple(date(2025, 10, day) for day in (2, 3, 6, 7, 9, 10, 13, 14))
R = TypeVar("R")

# On the shared database she is an agent like any other: the tests live under its rights.
CHIEF = Actor(CHIEF_LOGIN, "Cheffe de service", rights().roles["administrator"].permissions)

GRID = BracketTariff(
    (
        Bracket(Decimal(400), Money(120), included=False),
        Bracket(Decimal(600), Money(260), included=False),
        Bracket(None, Money(415)),
    )
)
TEXTS = ServiceTexts(("Par chèque",), "Deux mois pour contester.", "Sans TVA.")


def new_service(
    code: str = "CANT", name: str = "Restauration", prefix: str | None = None, due: DueDateRule | None = None
) -> NewService:
    return NewService(
        code, name, prefix or code, f"Régie « {name} »", (f"Bureau {code}",), TEXTS, due or DueDateRule()
    )


def _describe(session: Session, name: str = "Commune de Valbrume") -> None:
    put_town(session, Town(name, ("1 place de la Mairie", "38999 VALBRUME"), "", "Le Maire", "A"))


@dataclass(frozen=True, slots=True)
class Household:
    """A family built here: its ids."""

    id: int
    parent: int
    children: tuple[int, ...]

    @property
    def child(self) -> int:
        return self.children[0]


_SPOILED: set[str] = set()  # addresses of the databases that a test broke on purpose


class SmallTown:
    """One database, the door to it, and short words to fill it and bill it."""

    def __init__(self, address: DatabaseAddress, now: datetime = NOON) -> None:
        self.address = address
        self.database = Database(address)
        self.now = now
        self.app = self.door()
        self._service_of: dict[int, int] = {}

    def door(
        self, permissions: frozenset[str] = CHIEF.permissions, now: datetime | None = None, login: str = "cheffe"
    ) -> Application:
        """The same database for an agent with these rights, at this moment."""
        return Application(self.database, Actor(login, "Cheffe de service", permissions), FixedClock(now or self.now))

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    # --- the door --------------------------------------------------------------------------------------------

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

    # --- filling ---------------------------------------------------------------------------------------------

    def describe(self, name: str = "Commune de Valbrume") -> None:
        with self.database.write() as session:
            _describe(session, name)

    def slot(
        self,
        code: str = "CANT",
        tariff: Tariff | None = None,
        *,
        name: str = "Restauration",
        prefix: str | None = None,
        due: DueDateRule | None = None,
        structure: str | None = None,
        basis: BillingBasis = BillingBasis.ATTENDED,
        slots: tuple[NewSlot, ...] = (),
    ) -> int:
        """A service, an activity and its slots, the first at 4.15 € unless told otherwise; answers the first.

        The town is described on the way, if it is not. `structure`: the name of a new one.
        """
        with self.database.write() as session:
            if not has_town(session):
                _describe(session)
            service = add_service(session, new_service(code, name, prefix, due))
            where = None
            if structure is not None:
                where = add_structure(session, code, structure, StructureKind.LEISURE_CENTER)
            activity = add_activity(session, service, where, code, name, basis)
            new = slots or (NewSlot(code, f"Repas {code}", "repas", frozenset(range(5)), 720, 780),)
            ids = add_slots(session, activity, new)
            add_tariff(session, ids[0], tariff or FlatTariff(Money(415)), SINCE, "2024-12")
        self._service_of.update(dict.fromkeys(ids, service))
        return ids[0]

    def service_of(self, slot: int) -> int:
        return self._service_of[slot]

    def family(
        self,
        name: str = "MARTIN",
        *children: str,
        quotient: str | None = None,
        until: date | None = None,
        payer: bool = True,
    ) -> Household:
        """A parent and children (Léa, unless they are named); the quotient holds until `until`."""
        with self.database.write() as session:
            return self._family(session, name, children or ("Léa",), quotient, until, payer)

    def _family(
        self,
        session: Session,
        name: str,
        children: tuple[str, ...] = ("Léa",),
        quotient: str | None = None,
        until: date | None = None,
        payer: bool = True,
    ) -> Household:
        (family,) = add_families(session, [NewFamily(name)])
        parent, *rest = add_people(
            session,
            [
                NewPerson(name, "Camille", street="1 rue des Tilleuls", postcode="38999", city="VALBRUME"),
                *(
                    NewPerson(name, child, birth_date=date(2017, 1, 1 + index))
                    for index, child in enumerate(children)
                ),
            ],
        )
        roles = [NewMembership(family, parent, MemberRole.ADULT, is_holder=True)]
        add_memberships(session, roles + [NewMembership(family, child, MemberRole.CHILD) for child in rest])
        if payer:
            add_payers(session, [NewPayer(family, parent, 1, SINCE)])
        if quotient is not None:
            held = Period(SINCE.start, until)
            add_quotients(session, [NewQuotient(family, Decimal(quotient), "attestation CAF", held)])
        return Household(family, parent, tuple(rest))

    def attend(
        self,
        household: Household,
        slot: int,
        days: Iterable[date] = DAYS,
        state: AttendanceState = AttendanceState.PRESENT,
        *,
        child: int = 0,
        quantity: int = 1,
        announced: int | None = None,
        arrived: int | None = None,
        left: int | None = None,
    ) -> None:
        """One unit on each day, for the child of this place in the family. Times in minutes, the price in cents."""
        with self.database.write() as session:
            add_attendances(
                session,
                [
                    NewAttendance(
                        family_id=household.id,
                        child_id=household.children[child],
                        slot_id=slot,
                        day=day,
                        state=state,
                        quantity=quantity,
                        arrived_minute=arrived,
                        left_minute=left,
                        announced_price=None if announced is None else Money(announced),
                    )
                    for day in days
                ],
            )

    # --- billing ---------------------------------------------------------------------------------------------

    def issue(
        self, month: Month = OCTOBER, *services: str, issued_on: date = ISSUED_ON, yes: bool = True
    ) -> IssuedRun:
        """As an agent who answers yes to « Facturer les autres ? »."""
        confirmed = frozenset({"billing.leave_blocked"}) if yes else frozenset()
        return self.app.execute(IssueMonth(month, issued_on, services), confirmed=confirmed)

    def preview(self, month: Month = OCTOBER, *services: str, issued_on: date = ISSUED_ON) -> RunPlan:
        return self.app.ask(PreviewMonth(month, issued_on, services))

    def cancel(self, number: str, reason: str = "Pointage erroné", issued_on: date = ISSUED_ON) -> str:
        return self.app.execute(CancelInvoice(number, reason, issued_on))

    def invoice(self, number: str) -> InvoiceView:
        return self.app.ask(InvoiceByNumber(number))

    def pdf(self, number: str) -> bytes:
        return render_invoice(self.invoice(number))

    def pdf_text(self, number: str) -> str:
        """What a family reads, spaces of all kinds told alike."""
        return re.sub(r"\s+", " ", text_of(self.pdf(number)))

    # --- looking ---------------------------------------------------------------------------------------------

    def rows(self, table: str) -> list[dict[str, Any]]:
        return rows_of(self.database, table)

    def sql(self, statement: str, **parameters: object) -> None:
        """Change the database behind the program's back, in one transaction."""
        with by_administrator(self.database) as opened, opened.write() as session:
            session.execute(text(statement), parameters)


    def spoil(self, statement: str, **parameters: object) -> None:
        """The same, past the triggers of the shared database: what only who made it could do.

        What must hold in a database is not asked of this one afterwards.
        """
        _SPOILED.add(self.address.shown)
        with by_administrator(self.database) as opened, opened.write() as session:
            if not self.database.is_embedded:
                session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text(statement), parameters)


# --- databases ---------------------------------------------------------------------------------------------------


def busy_town(address: DatabaseAddress, families: int = 6) -> SmallTown:
    """Two services with brackets, families above and below the threshold: enough for several statements of all kinds.

    Each family `n` eats `n` days at 4.15 € and spends two days at 8.00 € in the leisure centre.
    """
    town = SmallTown(address)
    town.describe()
    meals = town.slot(tariff=GRID)
    leisure = town.slot("ALSH", FlatTariff(Money(800)), name="Accueil de loisirs")
    with town.database.write() as session:
        for number in range(1, families + 1):
            household = town._family(session, f"FAMILLE {number:02d}", quotient="700")
            new = [
                NewAttendance(household.id, household.child, slot, day, AttendanceState.PRESENT)
                for slot, days in ((meals, DAYS[:number]), (leisure, DAYS[:2]))
                for day in days
            ]
            add_attendances(session, new)
    return town


def copied(source: DatabaseAddress, target: Path) -> DatabaseAddress:
    """A copy of a closed embedded database."""
    assert source.path is not None
    shutil.copyfile(source.path, target)
    return DatabaseAddress.of_file(target)


@pytest.fixture(scope="session")
def embedded_template(tmp_path_factory: pytest.TempPathFactory) -> DatabaseAddress:
    """An empty database at the newest schema, never opened again: only copied."""
    address = DatabaseAddress.of_file(tmp_path_factory.mktemp("template") / "empty.sqlite")
    open_database(address, NOON).close()
    return address


@pytest.fixture(scope="session")
def shared_template(postgres_server: PostgresServer) -> str:
    """The URL of an empty database at the newest schema, only copied."""
    url = postgres_server.fresh_database()
    prepare_shared(DatabaseAddress.parse(url))
    return url


@pytest.fixture
def embedded_address(
    embedded_template: DatabaseAddress, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[DatabaseAddress]:
    address = copied(embedded_template, tmp_path / "town.sqlite")
    yield address
    _still_holds(address, request)


@pytest.fixture
def shared_address(
    shared_template: str, fresh_database: FreshDatabase, request: pytest.FixtureRequest
) -> Iterator[DatabaseAddress]:
    address = address_of(DatabaseAddress.parse(fresh_database(shared_template)), CHIEF.login)
    yield address
    _still_holds(address, request)


def _still_holds(address: DatabaseAddress, request: pytest.FixtureRequest) -> None:
    """After each test, what must hold in any database does: but for those that spoil it, and say so."""
    if request.node.get_closest_marker("spoils") or address.shown in _SPOILED:
        return
    database = Database(address)
    try:
        assert broken_promises(database) == []
    finally:
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> DatabaseAddress:
    """An empty database, on each engine in turn."""
    name = "embedded_address" if request.param == "sqlite" else "shared_address"
    found: DatabaseAddress = request.getfixturevalue(name)
    return found


@contextmanager
def described(address: DatabaseAddress) -> Iterator[SmallTown]:
    with SmallTown(address) as town:
        town.describe()
        yield town


@pytest.fixture
def town(embedded_address: DatabaseAddress) -> Iterator[SmallTown]:
    """A town with a name and nothing else, in an embedded database."""
    with described(embedded_address) as made:
        yield made


@pytest.fixture
def either_town(address: DatabaseAddress) -> Iterator[SmallTown]:
    """The same, on each engine in turn."""
    with described(address) as made:
        yield made


@pytest.fixture
def shared_town(shared_address: DatabaseAddress) -> Iterator[SmallTown]:
    """The same, on PostgreSQL."""
    with described(shared_address) as made:
        yield made


@pytest.fixture(scope="session")
def busy_template(
    embedded_template: DatabaseAddress, tmp_path_factory: pytest.TempPathFactory
) -> DatabaseAddress:
    """A closed embedded database with a town to bill, only copied."""
    address = copied(embedded_template, tmp_path_factory.mktemp("busy") / "busy.sqlite")
    busy_town(address).close()
    return address
