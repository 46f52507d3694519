"""What the journal costs, and how fast it is sealed and verified. Prints figures, decides nothing.

    python -m tests.benchmarks.journal_bench [lines]      (60,000 when none is said)

- « insertion » : rows inserted one statement each by an agent's driver, into a table without a trigger and into the
  same with the journal's; the best of several turns, since others may use the machine;
- « scellement » and « vérification » : so many lines, on the shared and on the embedded database.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import make_url

from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.chain.sealing import seal
from backoffice.kernel.chain.verifying import Verified, verify
from backoffice.kernel.database import Database, open_database
from tests.support.postgres import _own_server
from tests.support.shared import prepare_shared

T = TypeVar("T")

_TURNS = 8
_ROWS = 2_000
_COLUMNS = "id bigserial PRIMARY KEY, family_id bigint, label text, amount bigint, day date, at timestamptz"
_SOURCE = "'attestation CAF', '2025-01-01'"


@contextmanager
def shared() -> Iterator[Database]:
    """A fresh shared database, for its administrator."""
    with ExitStack() as session:
        server = _own_server(session)
        session.callback(server.close)
        address = DatabaseAddress.parse(server.fresh_database())
        prepare_shared(address)
        database = Database(address)
        session.callback(database.close)
        yield database


@contextmanager
def embedded() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(DatabaseAddress.of_file(Path(folder) / "town.sqlite"), datetime.now(UTC))
        try:
            yield database
        finally:
            database.close()


def cost_of_the_trigger(database: Database) -> None:
    url = make_url(database.address.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        for table in ("bare", "followed"):
            connection.execute(f"CREATE TABLE {table} ({_COLUMNS})".encode())
        connection.execute(
            "CREATE TRIGGER followed_journal AFTER INSERT OR DELETE OR UPDATE ON followed"
            " FOR EACH ROW EXECUTE FUNCTION journal_row('id')"
        )
        best = dict.fromkeys(("bare", "followed"), float("inf"))
        for _ in range(_TURNS):
            for table in best:
                best[table] = min(best[table], _insert(connection, table))
    bare, followed = (best[table] / _ROWS * 1e6 for table in best)
    say(f"insertion : {bare:.0f} µs la ligne sans journal, {followed:.0f} µs avec, rapport {followed / bare:.2f}")


def _insert(connection: psycopg.Connection[tuple[object, ...]], table: str) -> float:
    statement = f"INSERT INTO {table} (family_id, label, amount, day, at) VALUES (%s, %s, %s, %s, now())".encode()
    start = time.perf_counter()
    with connection.transaction(), connection.cursor() as cursor:
        for number in range(_ROWS):
            cursor.execute(statement, (number % 100, "une ligne de facture", number, "2025-10-02"), prepare=True)
    return time.perf_counter() - start


def seal_and_verify(name: str, database: Database, lines: int) -> None:
    fill = f"INSERT INTO quotients (family_id, value, source, valid_from) SELECT 1, 70000, {_SOURCE} FROM "
    numbers = (
        f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {lines}) SELECT i FROM n) n"
        if database.is_embedded else f"generate_series(1, {lines})"
    )
    with database.write() as session:
        session.execute(text(
            "INSERT INTO families (id, name, sort_name, billing_email, caf_number, version)"
            " VALUES (1, 'A', 'a', '', '', 1)"
        ))
        session.execute(text(fill + numbers))
    now = datetime.now(UTC)
    timed(f"scellement, {name}", lambda: seal(database, now))
    seen: Verified = timed(f"vérification, {name}", lambda: verify(database, now, lambda fault: say(fault.code)))
    say(f"  {seen.sealed} lignes, {seen.faults} anomalie")


def timed(what: str, work: Callable[[], T]) -> T:
    start, cpu = time.perf_counter(), time.process_time()
    result = work()
    say(f"{what} : {time.perf_counter() - start:.2f} s, dont {time.process_time() - cpu:.2f} s de calcul ici")
    return result


def say(words: str) -> None:
    print(words, flush=True)


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    with shared() as database:
        cost_of_the_trigger(database)
        seal_and_verify("base partagée", database, lines)
    with embedded() as database:
        seal_and_verify("base embarquée", database, lines)


if __name__ == "__main__":
    main()
