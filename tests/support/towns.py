"""Small invented towns, built in a database of their own on either engine. Valbrume does not exist."""

from __future__ import annotations

import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import pytest
from sqlalchemy import Table, select, text

import backoffice.bootstrap  # noqa: F401 - every wing registers its tables and use cases
from backoffice.agents.appointing import Post, give, make_agent
from backoffice.agents.roles import Role
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
    put_town,
)
from backoffice.catalog.kinds import BillingBasis
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
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.database import Database, Session, migrate, open_database
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month, Period
from backoffice.kernel.schema import Base
from backoffice.tariffs.commands import add_tariff
from backoffice.tariffs.rules import Bracket, BracketTariff, FlatTariff, Tariff
from reports.invoice_pdf import render_invoice
from tests.reports.reading import text_of
from tests.support.postgres import FreshDatabase, PostgresServer

SEPTEMBER, OCTOBER, NOVEMBER = Month(2025, 9), Month(2025, 10), Month(2025, 11)
ISSUED_ON = date(2025, 11, 15)
NOON = datetime(2026, 8, 31, 11, tzinfo=UTC)  # after every day the tests issue on
SINCE = Period(date(2024, 9, 1))
# Eight school days: at 4.15 € a meal, three of them stay under the threshold and four pass it.
DAYS = tuple(date(2025, 10, day) for day in (2, 3, 6, 7, 9, 10, 13, 14))

# On the shared database she is an agent like any other: the tests live under its rights.
CHIEF_ROLE = rights().roles["administrator"].permissions
CHIEF = Actor("cheffe", "Cheffe de service", CHIEF_ROLE)
# What the program keeps for itself: no agent reads it, and it is not what tests compare.
INNER_TABLES = frozenset(
    {"acting", "journal_keys", "agent_scopes", "row_journal", "journal_chain", "worker_tasks", "worker_post"}
)
_ADMINISTRATORS: dict[str, DatabaseAddress] = {}  # by the name of a shared database: its administrator's address

GRID = BracketTariff(
    (
        Bracket(Decimal(400), Money(120), included=False),
        Bracket(Decimal(600), Money(260), included=False),
        Bracket(None, Money(415)),
    )
)


@dataclass(frozen=True, slots=True)
class Household:
    """A family built here: its ids."""

    id: int
    parent: int
    children: tuple[int, ...]

    @property
    def child(self) -> int:
        return self.children[0]


class SmallTown:
    """One database, the door to it, and short words to fill it and bill it."""

    def __init__(self, address: DatabaseAddress, actor: Actor = CHIEF, now: datetime = NOON) -> None:
        self.address = address
        self.database = Database(address)
        self.now = now
        self.app = self.door(actor)
        self._service_of: dict[int, int] = {}

    def door(self, actor: Actor) -> Application:
        """The same database for somebody else."""
        return Application(self.database, actor, FixedClock(self.now))

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    # --- filling ---------------------------------------------------------------------------------------------

    def describe(self, name: str = "Commune de Valbrume") -> None:
        with self.database.write() as session:
            put_town(session, Town(name, ("1 place de la Mairie", "38999 VALBRUME"), "", "Le Maire", "A"))

    def service(
        self,
        code: str = "CANT",
        name: str = "Restauration scolaire",
        tariff: Tariff | None = None,
        *,
        prefix: str | None = None,
        due: DueDateRule | None = None,
        basis: BillingBasis = BillingBasis.ATTENDED,
        unit: str = "repas",
    ) -> int:
        """A service with one activity and one slot, at 4.15 € unless told otherwise; returns the slot."""
        with self.database.write() as session:
            service_id = add_service(
                session,
                NewService(
                    code=code,
                    name=name,
                    prefix=prefix or code,
                    revenue_office=f"Régie « {name} »",
                    contact=(f"Bureau {code}",),
                    texts=ServiceTexts(("Par chèque à la régie",), "Deux mois pour contester.", "Sans TVA."),
                    due_rule=due or DueDateRule(),
                ),
            )
            activity = add_activity(session, service_id, None, code, name, basis)
            (slot,) = add_slots(session, activity, (NewSlot(code, f"Repas {code}", unit, frozenset(range(5))),))
            add_tariff(session, slot, tariff or FlatTariff(Money(415)), SINCE, "")
        self._service_of[slot] = service_id
        return slot

    def service_of(self, slot: int) -> int:
        return self._service_of[slot]

    def family(
        self,
        name: str = "MARTIN",
        *,
        quotient: str | None = None,
        children: tuple[str, ...] = ("Léa",),
        payer: bool = True,
    ) -> Household:
        with self.database.write() as session:
            return self._family(session, name, quotient, children, payer)

    def _family(
        self, session: Session, name: str, quotient: str | None, children: tuple[str, ...], payer: bool
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
            add_quotients(session, [NewQuotient(family, Decimal(quotient), "attestation CAF", SINCE)])
        return Household(family, parent, tuple(rest))

    def attend(
        self,
        household: Household,
        slot: int,
        days: Iterable[date] = DAYS,
        *,
        child: int = 0,
        state: AttendanceState = AttendanceState.PRESENT,
        quantity: int = 1,
        announced: int | None = None,
    ) -> None:
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
                        announced_price=None if announced is None else Money(announced),
                    )
                    for day in days
                ],
            )

    # --- billing ---------------------------------------------------------------------------------------------

    def issue(
        self, month: Month = OCTOBER, *services: str, issued_on: date = ISSUED_ON, yes: bool = False
    ) -> IssuedRun:
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


# --- databases ---------------------------------------------------------------------------------------------------


def busy_town(address: DatabaseAddress, families: int = 6) -> SmallTown:
    """Two services with brackets, families above and below the threshold: enough for several statements of all kinds.

    Each family `n` eats `n` days at 4.15 € and spends two days at 8.00 € in the leisure centre.
    """
    town = SmallTown(address)
    town.describe()
    meals = town.service(tariff=GRID)
    leisure = town.service("ALSH", "Accueil de loisirs", FlatTariff(Money(800)))
    with town.database.write() as session:
        for number in range(1, families + 1):
            household = town._family(session, f"FAMILLE {number:02d}", "700", ("Léa",), payer=True)
            new = [
                NewAttendance(household.id, household.child, slot, day, AttendanceState.PRESENT)
                for slot, days in ((meals, DAYS[:number]), (leisure, DAYS[:2]))
                for day in days
            ]
            add_attendances(session, new)
    return town


@contextmanager
def by_administrator(database: Database) -> Iterator[Database]:
    """The same database for who made it, above its rights: what tests use to look, and to spoil."""
    name = database.address.url.database or ""
    if name not in _ADMINISTRATORS:
        yield database
        return
    opened = Database(_ADMINISTRATORS[name])
    try:
        yield opened
    finally:
        opened.close()


def rows_of(database: Database, table: str) -> list[dict[str, Any]]:
    """All rows of a table, as mappings, in the order of their keys."""
    with by_administrator(database) as opened:
        return _rows_of(opened, table)


def _rows_of(database: Database, table: str) -> list[dict[str, Any]]:
    found: Table = Base.metadata.tables[table]
    with database.read() as session:
        result = session.execute(select(found).order_by(*found.primary_key.columns))
        return [dict(row) for row in result.mappings()]


def dump(database: Database, *without: str) -> dict[str, list[str]]:
    """Everything in the database, table by table, to compare before and after."""
    with by_administrator(database) as opened:
        return {
            name: [repr(row) for row in _rows_of(opened, name)]
            for name in sorted(Base.metadata.tables)
            if name not in without and name not in INNER_TABLES
        }


def counts(database: Database) -> dict[str, int]:
    return {name: len(rows) for name, rows in dump(database, "audit_journal").items()}


def check_books(database: Database) -> None:
    """What must hold after anything: whole invoices, gapless series, each billed unit in one live charge."""
    invoices = {row["id"]: row for row in rows_of(database, "invoices")}
    charges = rows_of(database, "charges")
    counters = {row["series"]: row["last"] for row in rows_of(database, "number_counters")}
    ours = [row for row in invoices.values() if row["kind"] != "historic"]
    cancelled = {row["cancels_id"] for row in ours if row["cancels_id"] is not None}

    drawn: dict[str, list[int]] = defaultdict(list)
    for row in ours:
        match = re.fullmatch(r"([A-Za-z0-9]{1,10}-[FA]\d{4})(\d{5})", row["number"])
        assert match, row["number"]
        drawn[match[1]].append(int(match[2]))
    assert {series: sorted(numbers) for series, numbers in drawn.items()} == {
        series: list(range(1, last + 1)) for series, last in counters.items()
    }

    lines: dict[int, int] = defaultdict(int)
    for charge in charges:
        if charge["invoice_id"] is not None:
            lines[charge["invoice_id"]] += charge["amount"].cents
    for row in ours:
        if row["kind"] == "invoice":
            assert row["total"].cents == lines[row["id"]], row["number"]
            assert row["total"].cents >= 1500, row["number"]
        else:
            assert row["total"] == -invoices[row["cancels_id"]]["total"], row["number"]

    live = {charge["id"] for charge in charges if charge["invoice_id"] not in cancelled}
    units = Counter(row["charge_id"] for row in rows_of(database, "attendances") if row["charge_id"] is not None)
    assert set(units) <= live
    # A live line of ours prices at least one unit.
    replaced = {charge["replaces_id"] for charge in charges}
    own = {charge["id"] for charge in charges if not charge["stored_price"]}
    assert (live & own) - replaced <= set(units)

    payers = Counter(row["invoice_id"] for row in rows_of(database, "invoice_payers"))
    assert all(payers[row["id"]] for row in ours)


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


def prepare_shared(address: DatabaseAddress, *agents: tuple[str, Post]) -> None:
    """The newest schema, with the chief and other agents: each login's password is its name."""
    database = Database(address)
    try:
        migrate(database)
        with database.write() as session:
            for login, post in ((CHIEF.login, Post(Role.ADMINISTRATOR)), *agents):
                make_agent(session, login, login.capitalize(), NOON, password=login)
                give(session, login, post, NOON)
    finally:
        database.close()


def address_of(administrator: DatabaseAddress, login: str) -> DatabaseAddress:
    """The address with which an agent of `prepare_shared` opens the database that `administrator` made."""
    _ADMINISTRATORS[administrator.url.database or ""] = administrator
    return DatabaseAddress(administrator.url.set(username=login, password=login), None)


@pytest.fixture
def embedded_address(embedded_template: DatabaseAddress, tmp_path: Path) -> DatabaseAddress:
    return copied(embedded_template, tmp_path / "town.sqlite")


@pytest.fixture
def shared_address(shared_template: str, fresh_database: FreshDatabase) -> DatabaseAddress:
    return address_of(DatabaseAddress.parse(fresh_database(shared_template)), CHIEF.login)


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
