"""How long the queue of documents takes to be read, taken from and opened. Prints figures, decides nothing.

    python -m tests.benchmarks.queue_bench [pieces]      (5,000 when none is said)

On an embedded database, then on the shared one for an agent of the whole town and for one of a service that knows every
family. What is wanted: the queue of 5,000 pieces is read in less than 300 ms.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import insert, text

import backoffice.bootstrap  # noqa: F401 - the whole schema
from backoffice.agents.appointing import Post, give, make_agent
from backoffice.agents.roles import Role
from backoffice.documents.kinds import Owner
from backoffice.documents.queue import ListQueue, ReadPiece
from backoffice.documents.tables import DocumentFileRow, DocumentRow
from backoffice.documents.taking import TakePiece
from backoffice.documents.types import AdoptStartingTypes, document_types
from backoffice.kernel.actor import Actor
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.database import Database, Session, open_database
from tests.support.postgres import _own_server
from tests.support.shared import address_of, by_administrator, prepare_shared
from tests.support.towns import CHIEF, NOON, SmallTown

T = TypeVar("T")
FAMILIES = 1_800
ROUNDS = 9
LOGIN = "banc"


def main(arguments: list[str]) -> int:
    pieces = int(arguments[0]) if arguments else 5_000
    with tempfile.TemporaryDirectory() as folder:
        embedded = DatabaseAddress.of_file(Path(folder) / "town.sqlite")
        open_database(embedded, NOON).close()
        _fill(embedded, pieces)
        _measure("embedded", embedded, CHIEF)
    with ExitStack() as started:
        server = _own_server(started)
        administrator = DatabaseAddress.parse(server.fresh_database())
        prepare_shared(administrator)
        chief = address_of(administrator, CHIEF.login)
        _fill(chief, pieces)
        opened = Database(administrator)
        with opened.write() as session:
            _know_everybody(session)
        opened.close()
        _measure("shared, whole town", chief, CHIEF)
        secretary = Actor(LOGIN, LOGIN, Role.SECRETARY.permissions)
        _measure("shared, one service", address_of(administrator, LOGIN), secretary)
    return 0


def _fill(address: DatabaseAddress, pieces: int) -> None:
    with SmallTown(address) as town:
        town.slot()
        town.do(AdoptStartingTypes())
        with town.database.write() as session:
            families = [town._family(session, f"FAMILLE {n:04d}", ("Léa", "Noé")) for n in range(FAMILIES)]
            kinds = [each for each in document_types(session) if each.owner is not Owner.ADULT]
        rows: list[dict[str, Any]] = [
            {
                "family_id": family.id, "person_id": family.children[n % 2] if kind.owner is Owner.CHILD else None,
                "type_id": kind.id, "state": "pending", "origin": "portal", "decided_by": "", "reason": "",
                "received_at": NOON - timedelta(minutes=3 * n), "comment": "", "facts": {}, "version": 1,
            }
            for n in range(pieces)
            for family, kind in [(families[n % FAMILIES], kinds[n % len(kinds)])]
        ]
        with by_administrator(town.database) as opened, opened.write() as session:
            ids = session.scalars(insert(DocumentRow).returning(DocumentRow.id), rows).all()
            session.execute(insert(DocumentFileRow), [
                {
                    "document_id": document, "family_id": row["family_id"], "position": 1, "name": "x.jpg",
                    "media_type": "image/jpeg", "size": 1, "sha256": "0" * 64, "pages": 1, "flags": [], "rotation": 0,
                    "is_quarantined": False,
                }
                for document, row in zip(ids, rows, strict=True)
            ])


def _know_everybody(session: Session) -> None:
    make_agent(session, LOGIN, LOGIN, NOON, password=LOGIN)
    give(session, LOGIN, Post(Role.SECRETARY, "CANT"), NOON)
    session.execute(text(
        "INSERT INTO family_access (family_id, service_id) SELECT f.id, s.id FROM families f, services s"
        " ON CONFLICT DO NOTHING"
    ))
    session.execute(text("ANALYZE"))


def _measure(name: str, address: DatabaseAddress, actor: Actor) -> None:
    database = Database(address)
    app = Application(database, actor, FixedClock(NOON))
    first, _ = _timed(lambda: app.ask(ListQueue()))
    rounds = [_timed(lambda: app.ask(ListQueue())) for _ in range(ROUNDS)]
    lines = rounds[0][1].lines
    wanted = tuple(line.document_id for line in lines)
    takes, reads = [], []
    for _ in range(ROUNDS):
        spent, document = _timed(lambda: app.execute(TakePiece(wanted)))
        takes.append(spent)
        reads.append(_timed(partial(app.ask, ReadPiece(document or 0)))[0])
    database.close()
    queue = _middle([spent for spent, _ in rounds])
    print(f"{name}: {len(lines)} pieces; queue {first:.0f} ms the first time, then {queue};"
          f" take {_middle(takes)}; read one piece {_middle(reads)}")


def _timed(gesture: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    answer = gesture()
    return (time.perf_counter() - begun) * 1000, answer


def _middle(spent: list[float]) -> str:
    return f"{statistics.median(spent):.0f} ms ({min(spent):.0f} to {max(spent):.0f})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
