"""The PostgreSQL that the other tests stand on: recent enough, isolated, and never silently absent."""

from contextlib import ExitStack

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from tests.support import postgres
from tests.support.postgres import FreshDatabase, PostgresRefusal, PostgresServer


def _run(url: str, *statements: str) -> list[object]:
    """Run `statements` in one transaction; returns the first column of the last one's rows, if it has any."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            *first, last = (text(statement) for statement in statements)
            for statement in first:
                connection.execute(statement)
            result = connection.execute(last)
            return list(result.scalars()) if result.returns_rows else []
    finally:
        engine.dispose()


def test_the_server_is_one_a_town_may_run(postgres_server: PostgresServer) -> None:
    [number] = _run(postgres_server.url, "SELECT current_setting('server_version_num')::int / 10000")

    assert number == postgres_server.version
    assert postgres_server.version >= 16


def test_two_databases_do_not_see_each_other(fresh_database: FreshDatabase) -> None:
    one, other = fresh_database(), fresh_database()
    _run(one, "CREATE TABLE child (name text)")

    assert _run(other, "SELECT to_regclass('child')") == [None]


def test_a_copy_starts_with_the_content_of_its_template_and_goes_its_own_way(fresh_database: FreshDatabase) -> None:
    template = fresh_database()
    _run(template, "CREATE TABLE child (name text)", "INSERT INTO child VALUES ('Inès')")
    copy = fresh_database(template)
    _run(copy, "INSERT INTO child VALUES ('Noé')")

    assert _run(copy, "SELECT name FROM child ORDER BY name") == ["Inès", "Noé"]
    assert _run(template, "SELECT name FROM child") == ["Inès"]


def test_a_dropped_database_is_gone_even_with_somebody_inside(postgres_server: PostgresServer) -> None:
    url = postgres_server.fresh_database()
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)):
        postgres_server.drop(url)

    name = make_url(url).database
    assert _run(postgres_server.url, f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == []


def test_a_password_is_asked_for(postgres_server: PostgresServer) -> None:
    stranger = make_url(postgres_server.url).set(password="wrong").render_as_string(hide_password=False)

    with pytest.raises(PostgresRefusal, match="no connection"):
        PostgresServer(stranger)


def test_without_any_server_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "installations", lambda: iter(()))

    with pytest.raises(PostgresRefusal, match="TEST_PG_URL"), ExitStack() as session:
        postgres._own_server(session)
