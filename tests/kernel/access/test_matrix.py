"""Every role, in every kind of place, tries every verb on every table with its own login: exactly what the rights say.

Each statement is tried on one row of each sort and one column of each; with `--long`, on every row, and every column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Json, Jsonb
from sqlalchemy.dialects.postgresql import JSONB

from backoffice.agents.roles import Role
from backoffice.kernel.schema import Base
from tests.kernel.access.borough import PLACES, Borough, Row, login_of
from tests.kernel.access.oracle import CLOSED, DONE, FORBIDDEN, NOTHING, Agent, Key, Oracle

Connection = psycopg.Connection[dict[str, Any]]

@pytest.fixture(scope="session")
def oracle(borough: Borough) -> Oracle:
    return Oracle(borough)


def test_there_is_a_row_of_every_table_to_try(oracle: Oracle) -> None:
    """A table without rows would pass whatever its policies say: give it some in borough.py."""
    assert {name for name in oracle.tables if not oracle.rows[name]} == set()
    assert set(oracle.tables) == set(Base.metadata.tables)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", list(Role))
def test_an_agent_can_do_what_the_rights_say_and_nothing_else(
    role: Role, place: str, borough: Borough, oracle: Oracle, long: bool
) -> None:
    login = login_of(role, place)
    agent = oracle.agent(login, [(role.value, *PLACES[place])])
    with borough.opened(login) as connection:
        trial = _Trial(connection, oracle, agent, every=long)
        differences = [line for table in oracle.tables for line in trial.differences(table)]
    print(f"{login}: {trial.count} gestes")  # noqa: T201 - shown by pytest -rP, beside a failure otherwise
    assert differences == [], "\n".join(["", *differences])


class _Trial:
    """One agent at the tables, statement by statement, each taken back."""

    def __init__(self, connection: Connection, oracle: Oracle, agent: Agent, *, every: bool) -> None:
        self.count = 0
        self._connection = connection
        self._oracle = oracle
        self._agent = agent
        self._every = every

    def differences(self, table: str) -> Iterator[str]:
        """A line for each answer that is not the expected one."""
        for gesture, expected, answer in self._gestures(table):
            self.count += 1
            if answer != expected:
                yield f"{self._agent.login}: {gesture} : {_shown(expected)} attendu, {_shown(answer)} obtenu"

    def _gestures(self, table: str) -> Iterator[tuple[str, object, object]]:
        oracle, agent = self._oracle, self._agent
        yield f"SELECT {table}", oracle.sees(agent, table), self._keys(table, "")
        yield f"FOR UPDATE {table}", oracle.locks(agent, table), self._keys(table, " FOR UPDATE")
        yield f"DELETE {table}", FORBIDDEN, self._done(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        yield f"TRUNCATE {table}", FORBIDDEN, self._done(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))
        for row, columns in self._rows(table):
            key = oracle.key(table, row)
            for column in columns:
                expected = oracle.changes(agent, table, column, row)
                yield f"UPDATE {table}.{column} {key}", expected, self._change(table, column, row)
            for new in self._new(table, row):
                yield f"INSERT {table} {key}", oracle.adds(agent, table, new), self._add(table, new)
            if len(key) == 1 and oracle.raw["tables"][table].get("remove"):
                call = sql.SQL("SELECT {}(ARRAY[%s]::bigint[])").format(sql.Identifier(f"remove_{table}"))
                yield f"remove_{table} {key}", oracle.removes(agent, table, row), self._done(call, *key)

    # --- what is tried ---------------------------------------------------------------------------------------------

    def _rows(self, table: str) -> Iterator[tuple[Row, Iterable[str]]]:
        """Rows, and the columns to change in each."""
        entry, rows = self._oracle.raw["tables"][table], self._oracle.rows[table]
        written = any(verb in entry for verb in ("add", "change", "hold", "remove"))
        typical = _one_of_each(rows, lambda row: self._sort(table, row)) if written else rows[:1]
        columns = self._oracle.columns(table)
        sorts = _one_of_each(columns, lambda column: self._sort_of_column(table, column))
        for row in rows if self._every and written else typical:
            yield row, columns if self._every and row in typical else sorts

    def _sort(self, table: str, row: Row) -> object:
        """What the rights could tell apart in two rows, wherever a permission is held."""
        oracle = self._oracle
        of_all = [oracle.agent(self._agent.login, [("administrator", *place), ("revenue_officer", *place)])
                  for place in PLACES.values()]
        return tuple(
            (oracle._reaches(table, "see", agent, row), oracle._found(agent, table, row),
             oracle.adds(agent, table, row), oracle.removes(agent, table, row))
            for agent in of_all
        )

    def _sort_of_column(self, table: str, column: str) -> object:
        entry = self._oracle.raw["tables"][table]
        named = tuple(permission for permission, columns in entry.get("change", {}).items() if column in columns)
        return named, column in entry.get("fixed", ()), column in self._oracle.keys(table), column == "version"

    def _new(self, table: str, row: Row) -> Iterator[Row]:
        """Rows to insert: like this one, and like this one by this agent, still free of what closes it."""
        free = {"invoice_id": None} if table == "charges" else {}
        yield {**row, **free}
        for name in ("actor", "login", "given_by"):
            if name in row:
                yield {**row, name: self._agent.login}

    # --- how it is tried -------------------------------------------------------------------------------------------

    def _keys(self, table: str, more: str) -> frozenset[Key] | None:
        keys = self._oracle.keys(table)
        statement = sql.SQL("SELECT {} FROM {}" + more).format(
            sql.SQL(", ").join(map(sql.Identifier, keys)), sql.Identifier(table)
        )
        try:
            with self._connection.transaction(force_rollback=True):
                return frozenset(tuple(row[name] for name in keys) for row in self._connection.execute(statement))
        except psycopg.errors.InsufficientPrivilege:
            return None

    def _change(self, table: str, column: str, row: Row) -> str:
        sets: list[sql.Composable] = []
        if column != "version":
            sets.append(sql.SQL("{0} = {0}").format(sql.Identifier(column)))
        if "version" in row:
            sets.append(sql.SQL("version = version + 1"))
        keys = self._oracle.keys(table)
        where = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in keys)
        statement = sql.SQL("UPDATE {} SET {} WHERE {}").format(sql.Identifier(table), sql.SQL(", ").join(sets), where)
        return self._done(statement, *self._oracle.key(table, row))

    def _add(self, table: str, row: Row) -> str:
        given = self._oracle.raw["tables"][table].get("given_key", False) or self._oracle.keys(table) != ("id",)
        schema = Base.metadata.tables[table]
        named = {name: value for name, value in row.items() if given or name != "id"}
        values = {name: _typed(schema.columns[name].type, value) for name, value in named.items()}
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        )
        return self._done(statement, *values.values())

    def _done(self, statement: sql.Composed, *parameters: object) -> str:
        try:
            with self._connection.transaction(force_rollback=True):
                cursor = self._connection.execute(statement, parameters or None)
                found = cursor.fetchone() if cursor.description else None
                count = cursor.rowcount if found is None else next(iter(found.values()))
        except psycopg.errors.InsufficientPrivilege:
            return FORBIDDEN
        except psycopg.errors.IntegrityError:
            return DONE  # the rights had let it through
        except psycopg.Error as refusal:
            if refusal.sqlstate != "BE001":
                raise
            return CLOSED
        return DONE if count else NOTHING


def _one_of_each(things: Iterable[Any], sort: Callable[[Any], object]) -> list[Any]:
    return list({sort(thing): thing for thing in things}.values())


def _typed(kind: object, value: object) -> object:
    if isinstance(value, list | dict):
        return Jsonb(value) if isinstance(kind, JSONB) else Json(value)
    return value


def _shown(answer: object) -> str:
    if isinstance(answer, frozenset):
        return f"{len(answer)} lignes {sorted(answer, key=str)[:12]}"
    return "interdit" if answer in {None, FORBIDDEN} else str(answer)
