"""The login of the background service: what it may do, and that nobody else may."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from backoffice.agents.appointing import make_agent, refresh_all
from backoffice.agents.serving import make_worker
from backoffice.bootstrap import open_application, open_worker
from backoffice.kernel.access.rights import rights
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.chain.sealing import seal
from backoffice.kernel.chain.verifying import verify
from backoffice.kernel.database import Database
from backoffice.kernel.errors import EnvironmentFault, UserError
from tests.support.shared import by_administrator
from tests.support.towns import CHIEF, NOON, SmallTown
from tests.support.workers import LOGIN, worker_door, worker_of

OWN = {"worker_tasks", "worker_post", "agent_scopes", "row_journal", "journal_chain", "audit_journal"}
# What it sends with what is joined to it, and what it put in the basket: never the files of families, nor what a letter
# was written from.
POST = {"letters", "letter_files", "document_arrivals"}


def test_the_service_seals_and_verifies(shared_town: SmallTown) -> None:
    shared_town.family()
    with worker_door(shared_town.database) as app:
        assert seal(app.database, NOON) > 0
        assert verify(app.database, NOON, lambda fault: pytest.fail(fault.code)).sealed > 0
        assert app.actor.permissions == rights().worker.permissions


def test_the_service_reads_nothing_else(shared_town: SmallTown) -> None:
    shared_town.family()
    with worker_door(shared_town.database) as app:
        for table in sorted(set(rights().tables) - OWN - POST):
            with pytest.raises(EnvironmentFault) as refusal, app.database.read() as session:
                session.execute(text(f"SELECT 1 FROM {table}"))
            assert refusal.value.code == "database.forbidden", table


def test_no_role_of_agents_holds_what_only_the_service_may() -> None:
    held = frozenset[str]().union(*(role.permissions for role in rights().roles.values()))

    assert "worker.run" in rights().worker.permissions - held


def test_an_agent_cannot_take_the_post_nor_write_its_tasks(shared_town: SmallTown) -> None:
    statements = (
        "UPDATE worker_post SET holder = 'x', seen_at = '2099-01-01'",
        "INSERT INTO worker_tasks VALUES ('seal', now(), now(), 0, '')",
        "SELECT * FROM worker_post FOR UPDATE",
        "LOCK TABLE worker_post IN EXCLUSIVE MODE",
    )
    for statement in statements:
        with pytest.raises(EnvironmentFault) as refusal, shared_town.database.write() as session:
            session.execute(text(statement))
        assert refusal.value.code == "database.forbidden", statement


def test_the_login_is_made_once_and_is_no_agent(shared_town: SmallTown) -> None:
    address = worker_of(shared_town.database)
    with by_administrator(shared_town.database) as database, database.write() as session:
        assert make_worker(session, LOGIN, NOON) is False
        refresh_all(session)

    with pytest.raises(EnvironmentFault) as refusal:
        open_application(address)
    assert refusal.value.code == "database.forbidden"
    with worker_door(shared_town.database) as app:
        assert app.actor.permissions == rights().worker.permissions


def test_nobody_is_both(shared_town: SmallTown) -> None:
    worker_of(shared_town.database)
    with by_administrator(shared_town.database) as database:
        with database.write() as session, pytest.raises(UserError) as refusal:
            make_worker(session, CHIEF.login, NOON)
        assert refusal.value.code == "worker.login_is_agent"
        with database.write() as session, pytest.raises(UserError) as refusal:
            make_agent(session, LOGIN, "Agent", NOON)
        assert refusal.value.code == "agent.login_reserved"
        for login in ("postgres", "enf_worker", "pg_monitor", " "):
            with database.write() as session, pytest.raises(UserError) as refusal:
                make_worker(session, login, NOON)
            assert refusal.value.code == "agent.login_reserved"


def test_the_service_does_not_run_under_another_login(shared_town: SmallTown, town: SmallTown) -> None:
    """Neither an agent's, nor the administrator's, whom nothing would hold back."""
    with by_administrator(shared_town.database) as database:
        for address in (shared_town.address, database.address):
            with pytest.raises(UserError) as refusal:
                open_worker(address)
            assert refusal.value.code == "worker.not_a_worker"
    with pytest.raises(UserError) as refusal:
        open_worker(town.address)
    assert refusal.value.code == "worker.embedded"


def test_a_login_of_the_service_does_not_enter_another_database(
    shared_town: SmallTown, shared_template: str, fresh_database: object
) -> None:
    """Groups belong to the whole server; who may enter is said by each database."""
    address = worker_of(shared_town.database)
    other = Database(DatabaseAddress.parse(fresh_database(shared_template)))  # type: ignore[operator]
    try:
        stranger = DatabaseAddress(address.url.set(database=other.address.url.database), None)
        with pytest.raises(EnvironmentFault) as refusal:
            open_worker(stranger)
        assert refusal.value.code == "database.login_refused"
    finally:
        other.close()
