"""What the rights, the journal and the versions cost on the shared database. Prints ratios, decides nothing.

    python -m tests.benchmarks.rights_bench [rounds]      (5 when none is said)

An agent of one service of a town of 4,000 families, then one of the whole town, read rows by their keys, read lists,
and record attendance; they do the same on two copies of the tables. One has the same keys, foreign keys, checks and
indexes, without rights, journal or versions: the ratio to it is what these cost, and what is wanted of them is keyed
reads at 1.5 and row-by-row inserts at 4. The other has a key and nothing else: its ratio counts the promises of the
schema too. A round is ten slices, the three sides one after the other in each; a figure is the median of the slices.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from typing import Any

import psycopg

import backoffice.wings  # noqa: F401 - every wing registers its tables
from backoffice.agents.appointing import Post, give, make_agent
from backoffice.agents.roles import Role
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import Database
from tests.support.postgres import _own_server
from tests.support.shared import address_of, prepare_shared
from tests.support.towns import NOON, SmallTown

FAMILIES = 4_000
SLICES = 10
TIMES = 1_000
LOGIN = "banc"
TABLES = ("families", "people", "attendances", "invoices")

# Half of the families come to one service, half to the other. Written past the triggers: only the reads are measured.
FILL = """
SET session_replication_role = replica;
INSERT INTO families (id, name, sort_name, billing_email, caf_number, version)
    SELECT n, 'F' || n, 'f' || n, '', '', 1 FROM generate_series(1, {families}) n;
INSERT INTO family_access (family_id, service_id, structure_id)
    SELECT n, 1 + n % 2, NULL FROM generate_series(1, {families}) n;
INSERT INTO people (id, title, last_name, first_name, birth_name, sort_name, sex, street, postcode, city, phone, mobile,
                    email, version)
    SELECT n, '', 'P' || n, '', '', 'p' || n, '', '', '', '', '', '', '', 1 FROM generate_series(1, 3 * {families}) n;
INSERT INTO memberships (family_id, person_id, role, is_holder)
    SELECT 1 + (n - 1) / 3, n, 'child', false FROM generate_series(1, 3 * {families}) n;
INSERT INTO attendances (family_id, child_id, slot_id, day, state, quantity, carried)
    SELECT f, 3 * f, 1 + f % 2, date '2025-09-01' + d, 'present', 1, false
    FROM generate_series(1, {families}) f, generate_series(1, 20) d;
INSERT INTO letterheads (service_id, digest, content) VALUES (1, 'a', '{{}}'), (2, 'b', '{{}}');
INSERT INTO invoices (kind, origin, number, debt_number, service_id, family_id, family_name, issued_on, total,
                      line_count, payer_count, quotient_text, letterhead_id, reason)
    SELECT 'invoice', '', 'X-F2511' || lpad(n::text, 5, '0'), n, 1 + n % 2, n, 'F' || n, '2025-11-15', 415, 1, 1, '',
           1 + n % 2, ''
    FROM generate_series(1, {families}) n;
SELECT setval('families_id_seq', {families}), setval('people_id_seq', 3 * {families});
SET session_replication_role = origin;
CREATE SCHEMA alike;
CREATE SCHEMA bare;
GRANT USAGE ON SCHEMA alike, bare TO enf_agent;
"""
SIDES = ("public", "alike", "bare")

Connection = psycopg.Connection[Any]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with ExitStack() as session:
        server = _own_server(session)
        session.callback(server.close)
        administrator = DatabaseAddress.parse(server.fresh_database())
        prepare_shared(administrator)
        with SmallTown(address_of(administrator, "cheffe")) as town:
            town.describe()
            town.slot("CANT")
            town.slot("ALSH", name="Accueil de loisirs")
        for login, service in ((LOGIN, "CANT"), (f"{LOGIN}_commune", "")):
            _appoint(administrator, login, service)
        with psycopg.connect(_plain(administrator), autocommit=True) as connection:
            connection.execute(FILL.format(families=FAMILIES))
            for table in TABLES:
                _copy(connection, table)
            connection.execute("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA alike, bare TO enf_agent")
            connection.execute("VACUUM ANALYZE")
        for login in (LOGIN, f"{LOGIN}_commune"):
            with psycopg.connect(_plain(address_of(administrator, login))) as connection:
                print(f"agent {'de la commune' if login != LOGIN else 'd’un service'}", flush=True)
                _measure(connection, rounds)


def _copy(connection: Connection, table: str) -> None:
    """The two copies of a table. The checks of foreign keys are made as its owner, who is the same for all."""
    connection.execute(f"CREATE TABLE alike.{table} (LIKE {table} INCLUDING ALL)")
    connection.execute(f"INSERT INTO alike.{table} SELECT * FROM {table}")
    for name, definition in connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
        [table],
    ).fetchall():
        connection.execute(f"ALTER TABLE alike.{table} ADD CONSTRAINT {name} {definition}")
    connection.execute(f"CREATE TABLE bare.{table} AS SELECT * FROM {table}")
    connection.execute(f"ALTER TABLE bare.{table} ADD PRIMARY KEY (id)")
    connection.execute(f"ALTER TABLE bare.{table} ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 1000000)")


def _appoint(administrator: DatabaseAddress, login: str, service: str) -> None:
    database = Database(administrator)
    with database.write() as session:
        make_agent(session, login, login, NOON, password=login)
        for role in (Role.SECRETARY, Role.REVENUE_OFFICER):
            give(session, login, Post(role, service), NOON)
    database.close()


def _plain(address: DatabaseAddress) -> str:
    return address.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _measure(connection: Connection, rounds: int) -> None:
    print(f"  {'':33} {'à contraintes égales':>20} {'copie nue':>11} {'par geste':>12}", flush=True)
    keys = {table: [row[0] for row in connection.execute(f"SELECT id FROM {table}").fetchall()]
            for table in TABLES}  # fmt: skip
    for table in TABLES:
        ids = [keys[table][n % len(keys[table])] for n in range(TIMES)]
        work = partial(_by_keys, connection, ids)
        _compare(f"lecture par clé, {table}", rounds, connection, work, table, TIMES)
    for table in TABLES:
        some = keys[table][:2_000]
        _compare(f"liste de {len(some)}, {table}", rounds, connection, partial(_list, connection, some), table, 1)
    (family,) = connection.execute("SELECT family_id, child_id, slot_id FROM attendances LIMIT 1").fetchall()
    columns = "(family_id, child_id, slot_id, day, state, quantity, carried)"
    _compare("une présence, une par une", rounds, connection,
             lambda name: _one_by_one(connection, f"INSERT INTO {name} {columns} VALUES ({family[0]}, {family[1]},"
                                      f" {family[2]}, date '2026-01-01' + %s::int, 'present', 1, false)", range(TIMES)),
             "attendances", TIMES)
    _compare(f"{TIMES} présences d'un coup", rounds, connection,
             lambda name: connection.execute(
                 f"INSERT INTO {name} {columns} SELECT {family[0]}, {family[1]}, {family[2]},"
                 f" date '2026-01-01' + n, 'present', 1, false FROM generate_series(1, {TIMES}) n"), "attendances", 1)


def _one_by_one(connection: Connection, statement: str, values: Iterable[Any]) -> None:
    cursor = connection.cursor()
    for value in values:
        cursor.execute(statement, [value], prepare=True)
        if cursor.description:
            cursor.fetchone()


def _by_keys(connection: Connection, ids: list[int], name: str) -> None:
    _one_by_one(connection, f"SELECT * FROM {name} WHERE id = %s", ids)


def _list(connection: Connection, ids: list[int], name: str) -> None:
    connection.execute(f"SELECT * FROM {name} WHERE id = ANY(%s)", [ids]).fetchall()


def _compare(
    what: str, rounds: int, connection: Connection, work: Callable[[str], object], table: str, gestures: int
) -> None:
    """Measure `work`, which makes so many gestures, on the table and on its two copies."""
    slices = [
        tuple(_seconds(connection, work, f"{side}.{table}") for side in SIDES) for _ in range(rounds * SLICES)
    ]
    alike, bare = (statistics.median(one[0] / one[other] for one in slices) for other in (1, 2))
    gesture = statistics.median(one[0] for one in slices) / gestures * 1000
    print(f"  {what:33} {alike:18.2f} x {bare:9.2f} x {gesture:9.3f} ms", flush=True)


def _seconds(connection: Connection, work: Callable[[str], object], name: str) -> float:
    with connection.transaction(force_rollback=True):
        start = time.perf_counter()
        work(name)
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
