"""The journal of rows where the schema does not keep it yet: triggers on the tables of families, and who acted.

Where the schema has its own triggers, nothing is added: the tests then read what those wrote.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from typing import TypeVar

from sqlalchemy import inspect, text

from backoffice.kernel.application import Application, Command
from backoffice.kernel.clock import Clock
from backoffice.kernel.database import Database
from backoffice.kernel.progress import Progress, silent
from backoffice.kernel.schema import Base

R = TypeVar("R")

_TABLES = ("families", "people", "memberships", "payers", "quotients", "incomes")
_TICKS = count(1)


class JournalKeeper(Application):
    """Says who acts before each command, for the triggers."""

    def execute(
        self, command: Command[R], *, confirmed: frozenset[str] = frozenset(), progress: Progress = silent
    ) -> R:
        with self.database.write() as session:
            session.execute(text("UPDATE test_acting SET login = :login, at = :at"),
                            {"login": self.actor.login, "at": f"{self.clock.now():%Y-%m-%d %H:%M:%S.%f}"})
        return super().execute(command, confirmed=confirmed, progress=progress)


class PassingTime:
    """A clock that moves at each look: on an embedded base the lines of a transaction are known by their time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now() + timedelta(milliseconds=next(_TICKS))

    def today(self) -> date:
        return self._clock.today()


def keeper_of(app: Application) -> Application:
    """The same door, where time passes, on a base whose rows are journalled."""
    kind = Application if _keeps_rows(app.database) else JournalKeeper
    return kind(app.database, app.actor, PassingTime(app.clock), app.events)


def _keeps_rows(database: Database) -> bool:
    """Whether the schema journals rows itself; else the triggers are made here, once."""
    shared = database.engine.dialect.name == "postgresql"
    question = (
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'people'::regclass AND NOT tgisinternal" if shared
        else "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'people'"
    )
    with database.read() as session:
        names = session.scalars(text(question)).all()
    if any(name.startswith("people_journal") for name in names):
        return True
    if not any(name.startswith("test_people") for name in names):
        _make_triggers(database, shared=shared)
    return False


def _make_triggers(database: Database, *, shared: bool) -> None:
    assert set(_TABLES) <= set(inspect(database.engine).get_table_names())
    with database.write() as session:
        connection = session.connection()
        connection.exec_driver_sql("CREATE TABLE test_acting (login VARCHAR(120), at VARCHAR(40))")
        connection.exec_driver_sql("INSERT INTO test_acting VALUES ('', '2000-01-01 00:00:00.000000')")
        if shared:
            connection.exec_driver_sql(
                "CREATE FUNCTION test_journal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " INSERT INTO row_journal (at, actor, moment, table_name, row_id, verb, before, after)"
                " SELECT clock_timestamp(), login, pg_current_xact_id()::text::bigint, TG_TABLE_NAME,"
                " CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END, left(TG_OP, 1),"
                " CASE TG_OP WHEN 'INSERT' THEN NULL ELSE to_jsonb(OLD) END,"
                " CASE TG_OP WHEN 'DELETE' THEN NULL ELSE to_jsonb(NEW) END FROM test_acting; RETURN NULL; END $$"
            )
        for table in _TABLES:
            columns = [column.name for column in Base.metadata.tables[table].columns]
            if shared:
                connection.exec_driver_sql(
                    f"CREATE TRIGGER test_{table} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
                    " EXECUTE FUNCTION test_journal()"
                )
                continue
            for verb in ("INSERT", "UPDATE", "DELETE"):
                old, new = (
                    f"json_object({', '.join(f'{name!r}, {row}.{name}' for name in columns)})" for row in ("OLD", "NEW")
                )
                row = "OLD" if verb == "DELETE" else "NEW"
                connection.exec_driver_sql(
                    f"CREATE TRIGGER test_{table}_{verb} AFTER {verb} ON {table} BEGIN"
                    " INSERT INTO row_journal (at, actor, moment, table_name, row_id, verb, before, after)"
                    f" SELECT at, login, 0, '{table}', {row}.id, '{verb[0]}',"
                    f" {'NULL' if verb == 'INSERT' else old}, {'NULL' if verb == 'DELETE' else new}"
                    " FROM test_acting; END"
                )
