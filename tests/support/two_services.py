"""A shared database with two services that do not know each other's families, and an agent of each trade."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

import backoffice.wings  # noqa: F401 - every wing registers its use cases
from backoffice.agents.appointing import Post, give, make_agent
from backoffice.agents.queries import actor_of_session
from backoffice.agents.roles import Role
from backoffice.families.commands import AddPerson, CreateFamily
from backoffice.families.kinds import MemberRole
from backoffice.families.rules import PersonValues
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.database import Database
from tests.support.books import rows_of
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.shared import address_of, prepare_shared
from tests.support.towns import CHIEF, NOON, SmallTown

MEALS, LEISURE = "deux_cantine", "deux_loisirs"
HEALTH, OFFICER, DIRECTOR, WATCHER = "deux_sante", "deux_regie", "deux_direction", "deux_dpo"
AGENTS = (
    (MEALS, Post(Role.SECRETARY, "CANT")),
    (LEISURE, Post(Role.SECRETARY, "ALSH")),
    (HEALTH, Post(Role.HEALTH_REFERENT, "CANT")),
    (OFFICER, Post(Role.REVENUE_OFFICER, "CANT")),
    (DIRECTOR, Post(Role.DAYCARE_DIRECTOR, "CANT")),
    (WATCHER, Post(Role.DATA_PROTECTION_OFFICER)),
)
BORN = date(2018, 5, 4)
YES = frozenset({"person.maybe_known", "person.known_elsewhere"})


class TwoServices:
    """The doors of its agents, their plain connections, and what its administrator sees."""

    def __init__(self, administrator: DatabaseAddress, slots: dict[str, int]) -> None:
        self.administrator = administrator
        self.slots = slots
        self._opened: dict[str, Database] = {}

    def door(self, login: str) -> Application:
        """The program, opened by this agent."""
        if login not in self._opened:
            self._opened[login] = Database(address_of(self.administrator, login))
        database = self._opened[login]
        with database.read() as session:
            actor = actor_of_session(session)
        return Application(database, actor, FixedClock(NOON))

    @contextmanager
    def psql(self, login: str, **options: Any) -> Iterator[psycopg.Connection[dict[str, Any]]]:
        """A plain connection, as whoever has this agent's password can make one; nothing of it is kept."""
        url = address_of(self.administrator, login).url.set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False), row_factory=dict_row, **options) as connection:
            try:
                yield connection
            finally:
                if not options.get("autocommit"):
                    connection.rollback()

    def rows(self, table: str) -> list[dict[str, Any]]:
        return rows_of(self.door(CHIEF.login).database, table)

    def family(self, login: str, name: str = "MARTIN", child: str = "Léa", born: date = BORN) -> tuple[int, int, int]:
        """A family entered by this agent: family, parent and child."""
        app = self.door(login)
        family = app.execute(CreateFamily(PersonValues(name, "Camille")), confirmed=YES)
        added = AddPerson(family, PersonValues(name, child, birth_date=born), MemberRole.CHILD)
        person = app.execute(added, confirmed=YES)
        parent = next(row["person_id"] for row in self.rows("memberships") if row["family_id"] == family)
        return family, parent, person

    def close(self) -> None:
        for database in self._opened.values():
            database.close()


@pytest.fixture(scope="session")
def two_services_template(postgres_server: PostgresServer) -> tuple[str, dict[str, int]]:
    """Built once, only copied."""
    url = postgres_server.fresh_database()
    administrator = DatabaseAddress.parse(url)
    prepare_shared(administrator)
    with SmallTown(address_of(administrator, CHIEF.login)) as town:
        town.describe()
        slots = {"CANT": town.slot(), "ALSH": town.slot("ALSH", name="Accueil de loisirs")}
    database = Database(administrator)
    with database.write() as session:
        for login, post in AGENTS:
            make_agent(session, login, login, NOON, password=login)
            give(session, login, post, NOON)
    database.close()
    return url, slots


@pytest.fixture
def two_services(
    two_services_template: tuple[str, dict[str, int]], fresh_database: FreshDatabase
) -> Iterator[TwoServices]:
    url, slots = two_services_template
    found = TwoServices(DatabaseAddress.parse(fresh_database(url)), slots)
    yield found
    found.close()


@contextmanager
def said_by_server(connection: psycopg.Connection[Any]) -> Iterator[list[str]]:
    """What the server writes in its log for this connection, from now on."""
    lines: list[str] = []
    connection.execute("SET client_min_messages = log")
    connection.add_notice_handler(lambda notice: lines.append(notice.message_primary or ""))
    yield lines


def log_of_server(administrator: DatabaseAddress) -> str | None:
    """Everything the server wrote in its log so far; None when this administrator cannot read it."""
    url = administrator.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        where = connection.execute("SELECT pg_current_logfile(), current_setting('data_directory')").fetchone()
        assert where is not None
        # Servers started by the tests write theirs beside their data.
        path = f"{where[1]}/{where[0] or '../server.log'}"
        found = connection.execute("SELECT pg_read_file(%s, 0, 100000000, true)", [path]).fetchone()
    return None if found is None or found[0] is None else str(found[0])
