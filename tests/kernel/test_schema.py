"""The schema: what the classes say is what the migrations make, on both engines, and it moves whole or not at all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.engine.interfaces import ReflectedIndex
from sqlalchemy.exc import DBAPIError, IntegrityError

from backoffice.agents.appointing import refresh_all
from backoffice.kernel import database as database_module
from backoffice.kernel import migrations
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import Database, migrate, newest_schema, open_database, schema_of
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.schema import Base
from tests.support.books import dump
from tests.support.shared import by_administrator
from tests.support.towns import DAYS, SmallTown

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)

NEXT = '''
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    op.execute("CREATE TABLE novelty (id INTEGER PRIMARY KEY)")
    op.execute("INSERT INTO novelty VALUES (1)")
    op.execute("{last}")
'''


@pytest.fixture
def connection(address: DatabaseAddress) -> Iterator[Connection]:
    database = Database(address)
    with database.engine.connect() as connection:
        yield connection
    database.close()


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with one migration more; returns the file of that migration, to be written by the test."""
    folder = tmp_path / "program" / "migrations"
    shutil.copytree(Path(migrations.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(database_module, "_VERSIONS", folder / "versions")
    monkeypatch.setattr(migrations, "__file__", str(folder / "__init__.py"))
    return folder / "versions" / f"{int(newest_schema()) + 1:04d}_next.py"


def _write(migration: Path, last: str = "INSERT INTO novelty VALUES (2)") -> str:
    revision = migration.name[:4]
    migration.write_text(NEXT.format(revision=revision, before=f"{int(revision) - 1:04d}", last=last), "utf-8")
    return revision


def test_the_classes_and_the_migrations_say_the_same(connection: Connection) -> None:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})

    assert compare_metadata(context, Base.metadata) == []


def test_every_check_of_the_classes_is_in_the_database(connection: Connection) -> None:
    """Alembic does not compare them."""
    inspector = sqlalchemy.inspect(connection)
    for name, table in Base.metadata.tables.items():
        found = {check["name"] for check in inspector.get_check_constraints(name)}
        found.discard(f"ck_{name}_readable")  # the rights of the shared database put it
        assert {
            str(check.name) for check in table.constraints if isinstance(check, sqlalchemy.CheckConstraint)
        } == found, name


def test_the_closed_lists_of_the_program_are_those_of_the_database(connection: Connection) -> None:
    """A word that one of them does not know is refused to who writes SQL, or closes a page to everybody."""
    inspector = sqlalchemy.inspect(connection)
    said = {
        (name, check.info["column"]): {value.value for value in check.info["values"]}
        for name, table in Base.metadata.tables.items()
        for check in table.constraints
        if "values" in check.info
    }
    found = {
        (name, column): set(re.findall(r"'([^']*)'", check["sqltext"]))
        for name, column in said
        for check in inspector.get_check_constraints(name)
        if check["name"] == f"ck_{name}_{column}"
    }
    assert found == said
    assert set(said) == {
        ("activity_rules", "kind"), ("booking_requests", "channel"), ("booking_wishes", "wish"),
        ("booking_wishes", "answer"),
        ("clock_events", "kind"), ("absences", "reason"), ("contracts", "kind"), ("contracts", "state"),
        ("activities", "billing_basis"), ("attendances", "state"), ("document_arrivals", "channel"),
        ("document_arrivals", "state"), ("document_requirements", "blocks"), ("document_types", "condition"),
        ("document_types", "feeds"), ("document_types", "owner"), ("document_types", "sensitivity"),
        ("document_types", "validity"), ("documents", "origin"), ("documents", "state"), ("invoices", "kind"),
        ("letter_templates", "kind"), ("letters", "kind"), ("letters", "state"), ("memberships", "role"),
        ("registrations", "state"), ("structures", "kind"), ("town", "school_zone"), ("town_figures", "figure"),
    }  # fmt: skip


def test_a_word_that_is_in_no_list_is_refused(either_town: SmallTown) -> None:
    either_town.attend(either_town.family(), either_town.slot(), DAYS[:1])
    for statement in (
        "UPDATE activities SET billing_basis = 'sometimes', version = version + 1",
        "UPDATE attendances SET state = 'lost'",
        "UPDATE memberships SET role = 'dog'",
    ):
        with pytest.raises(IntegrityError), either_town.database.write() as session:
            session.execute(text(statement))


def test_every_partial_index_of_the_classes_has_its_condition_in_the_database(connection: Connection) -> None:
    """Nor these."""
    inspector = sqlalchemy.inspect(connection)
    said = {
        index.name: index.info["where"]
        for table in Base.metadata.tables.values()
        for index in table.indexes
        if "where" in index.info
    }
    found = {
        index["name"]: str(where).strip("()")
        for table in Base.metadata.tables
        for index in inspector.get_indexes(table)
        if (where := _condition(index)) is not None
    }
    assert said == found
    assert said


def test_every_foreign_key_is_indexed(connection: Connection) -> None:
    """Without one, a run of 5,000 invoices took 97 seconds instead of 1.4 (security.md 3.3)."""
    inspector = sqlalchemy.inspect(connection)
    bare = []
    for table in inspector.get_table_names():
        whole = [index for index in inspector.get_indexes(table) if _condition(index) is None]
        leading = [tuple(index["column_names"]) for index in whole]
        leading += [tuple(unique["column_names"]) for unique in inspector.get_unique_constraints(table)]
        leading.append(tuple(inspector.get_pk_constraint(table)["constrained_columns"]))
        for key in inspector.get_foreign_keys(table):
            columns = tuple(key["constrained_columns"])
            if not any(index[: len(columns)] == columns for index in leading):
                bare.append(f"{table}.{'+'.join(columns)}")

    assert bare == []


def _condition(index: ReflectedIndex) -> object:
    """The condition of a partial index; None for an index of every row."""
    options = index.get("dialect_options", {})
    return next((options[name] for name in ("sqlite_where", "postgresql_where") if options.get(name) is not None), None)


def test_every_money_column_counts_whole_cents(connection: Connection) -> None:
    inspector = sqlalchemy.inspect(connection)
    kinds = {
        (table, column["name"]): str(column["type"])
        for table in inspector.get_table_names()
        for column in inspector.get_columns(table)
    }

    assert {kind for kind in kinds.values() if "FLOAT" in kind or "REAL" in kind or "DOUBLE" in kind} == set()
    assert kinds["invoices", "total"] == kinds["charges", "amount"] == "BIGINT"


def test_an_upgrade_that_fails_half_way_leaves_the_schema_as_it_was(
    either_town: SmallTown, next_version: Path
) -> None:
    _write(next_version, last="INSERT INTO absent VALUES (1)")
    with by_administrator(either_town.database) as database:
        before = schema_of(database), sorted(sqlalchemy.inspect(database.engine).get_table_names())
        with pytest.raises(DBAPIError):
            migrate(database)
        assert (schema_of(database), sorted(sqlalchemy.inspect(database.engine).get_table_names())) == before


def test_an_older_embedded_database_is_copied_then_brought_up_to_date(
    town: SmallTown, next_version: Path, tmp_path: Path
) -> None:
    town.attend(town.family(), town.slot())
    before = dump(town.database)
    town.close()
    old = newest_schema()
    revision = _write(next_version)

    open_database(town.address, NOW).close()

    copy = tmp_path / f"town-avant-{revision}-20260901-083000.sqlite"
    assert sorted(path.name for path in tmp_path.glob("*.sqlite*")) == [copy.name, "town.sqlite"]
    with SmallTown(DatabaseAddress.of_file(copy)) as copied:
        assert (schema_of(copied.database), dump(copied.database)) == (old, before)
    assert (schema_of(town.database), dump(town.database)) == (revision, before)


def test_an_older_embedded_database_whose_upgrade_fails_stays_as_it_was(town: SmallTown, next_version: Path) -> None:
    town.attend(town.family(), town.slot())
    before = dump(town.database)
    town.close()
    old = newest_schema()
    _write(next_version, last="INSERT INTO absent VALUES (1)")

    with pytest.raises(DBAPIError):
        open_database(town.address, NOW)

    assert (schema_of(town.database), dump(town.database)) == (old, before)


@pytest.mark.spoils
def test_a_shared_database_is_brought_up_to_date_by_its_administrator_only(
    shared_town: SmallTown, next_version: Path
) -> None:
    revision = _write(next_version)
    with pytest.raises(EnvironmentFault) as fault:
        open_database(shared_town.address, NOW)
    assert fault.value.code == "database.older"

    with pytest.raises(EnvironmentFault) as fault:
        migrate(shared_town.database)
    assert fault.value.code == "database.forbidden"

    with by_administrator(shared_town.database) as opened:
        migrate(opened)
        with opened.write() as session:
            refresh_all(session)

    open_database(shared_town.address, NOW).close()
    assert schema_of(shared_town.database) == revision


def test_the_columns_of_an_amount_hold_a_large_town(either_town: SmallTown) -> None:
    either_town.spoil("INSERT INTO number_counters (series, last) VALUES ('X-F2511', 9000000000)")
    with either_town.database.read() as session:
        assert session.scalar(text("SELECT last FROM number_counters")) == 9_000_000_000
