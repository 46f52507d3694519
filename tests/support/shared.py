"""Shared databases seen by an agent's own login, and by the administrator who made them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import text

from backoffice.agents.appointing import Post, give, make_agent
from backoffice.agents.roles import Role
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import Database, migrate

# What the program keeps for itself: no agent reads it, and it is not what tests compare.
INNER_TABLES = frozenset(
    {"acting", "journal_keys", "agent_scopes", "row_journal", "journal_chain", "worker_tasks", "worker_post"}
)

CHIEF_LOGIN = "cheffe"
_LONG_AGO = datetime(2026, 8, 31, 11, tzinfo=UTC)
_ADMINISTRATORS: dict[str, DatabaseAddress] = {}  # by the name of a shared database: its administrator's address


def prepare_shared(address: DatabaseAddress, *agents: tuple[str, Post]) -> None:
    """The newest schema, the chief and other agents, by the administrator's address; a password is its login."""
    database = Database(address)
    try:
        migrate(database)
        with database.write() as session:
            for login, post in ((CHIEF_LOGIN, Post(Role.ADMINISTRATOR)), *agents):
                make_agent(session, login, login.capitalize(), _LONG_AGO, password=login)
                give(session, login, post, _LONG_AGO)
        with database.write() as session:  # tests read the journals from their own first line on
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text("DELETE FROM audit_journal"))
            session.execute(text("DELETE FROM row_journal"))
    finally:
        database.close()


def address_of(administrator: DatabaseAddress, login: str) -> DatabaseAddress:
    """The address with which an agent of `prepare_shared` opens the database that `administrator` made."""
    _ADMINISTRATORS[administrator.url.database or ""] = administrator
    return DatabaseAddress(administrator.url.set(username=login, password=login), None)


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
