"""The borough, for every test of this folder."""

from __future__ import annotations

import pytest

from backoffice.agents.appointing import Post, give, make_agent
from backoffice.agents.roles import Role
from backoffice.kernel.database import Database
from tests.kernel.access.borough import Borough, build
from tests.support.postgres import PostgresServer
from tests.support.towns import NOON


@pytest.fixture(scope="session")
def borough(postgres_server: PostgresServer) -> Borough:
    """Built once: tests look at it, try things, and take back whatever they did."""
    return build(postgres_server)


@pytest.fixture(scope="session")
def reader_biller(borough: Borough) -> str:
    """An agent who reads the leisure centre and bills the canteen."""
    login = "borough_reader_biller"
    database = Database(borough.administrator)
    try:
        with database.write() as session:
            make_agent(session, login, login, NOON, password=login)
            give(session, login, Post(Role.REVENUE_OFFICER, "CANT"), NOON)
            give(session, login, Post(Role.SECRETARY, "ALSH"), NOON)
    finally:
        database.close()
    return login
