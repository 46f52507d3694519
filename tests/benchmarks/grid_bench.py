"""How long the grid of reservations takes to be read, and how much memory it holds. Prints figures, decides nothing.

    python -m tests.benchmarks.grid_bench [children [days]]      (400 children and 31 days when none is said)

Five slots a day, every one of them booked, with every kind of rule: on an embedded database, then on the shared one for
an agent of one service. What is wanted: a month of 400 children is read in less than 200 ms on an embedded database, so
that the window opens it in less than 500 ms.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import tracemalloc
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

import backoffice.bootstrap  # noqa: F401 - the whole schema
from backoffice.agents.appointing import Post, give, make_agent
from backoffice.agents.roles import Role
from backoffice.attendance.tables import AttendanceRow
from backoffice.bookings.grid import HeadCounts, ReadGrid
from backoffice.bookings.tables import ActivityRuleRow, AgeGroupRow
from backoffice.catalog.commands import NewSlot
from backoffice.kernel.actor import Actor
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application, Query
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.database import Database, Session, open_database
from backoffice.registrations.tables import RegistrationRow
from tests.support.postgres import _own_server
from tests.support.shared import address_of, by_administrator, prepare_shared
from tests.support.towns import CHIEF, SmallTown

CHILDREN, DAYS, ROUNDS = 400, 31, 9
FIRST = date(2026, 10, 1)
NOW = datetime(2026, 10, 12, 8, tzinfo=UTC)
LOGIN = "banc"
SLOTS = (
    NewSlot("acc-matin", "Acc matin", "accueil", frozenset(range(7)), 420, 540),
    NewSlot("matin", "Matin", "matin", frozenset(range(7)), 450, 705),
    NewSlot("repas", "Repas", "repas", frozenset(range(7)), 735, 795),
    NewSlot("apres-midi", "Après-Midi", "après-midi", frozenset(range(7)), 825, 1080),
    NewSlot("acc-soir", "Acc soir", "accueil", frozenset(range(7)), 990, 1140),
)
RULES: dict[str, dict[str, object]] = {
    "notice": {"book": {"shape": "weekday", "weekday": 3, "minute": 720}, "cancel": {"shape": "days", "days": 2}},
    "combinations": {"allowed": [["matin", "repas"], ["repas", "apres-midi"], ["matin", "repas", "apres-midi"]]},
    "capacity": {"total": 380, "by_group": {"MAT": 200}},
    "supervision": {"label": "Périscolaire", "bands": [
        {"label": "moins de 6 ans", "to_months": 72, "per_adult": 10, "per_adult_long": 8},
        {"label": "6 ans et plus", "from_months": 72, "per_adult": 14, "per_adult_long": 12},
    ]},
    "season": {"season": "all_year", "open_on_public_holidays": True},
    "payment": {"slots": ["acc-soir"]},
}  # fmt: skip
STATES = ("booked", "booked", "booked", "present", "absent", "excused", "waiting")


def main(arguments: list[str]) -> int:
    children, days = (int(one) for one in [*arguments, *map(str, (CHILDREN, DAYS)[len(arguments):])])
    with tempfile.TemporaryDirectory() as folder:
        embedded = DatabaseAddress.of_file(Path(folder) / "town.sqlite")
        open_database(embedded, NOW).close()
        _fill(embedded, children, days)
        _measure("embedded", embedded, CHIEF, days)
    with ExitStack() as started:
        server = _own_server(started)
        administrator = DatabaseAddress.parse(server.fresh_database())
        prepare_shared(administrator)
        chief = address_of(administrator, CHIEF.login)
        _fill(chief, children, days)
        opened = Database(administrator)
        with opened.write() as session:
            make_agent(session, LOGIN, LOGIN, NOW, password=LOGIN)
            give(session, LOGIN, Post(Role.SECRETARY, "CANT"), NOW)
        opened.close()
        secretary = Actor(LOGIN, LOGIN, Role.SECRETARY.permissions)
        _measure("shared, one service", address_of(administrator, LOGIN), secretary, days)
    return 0


def _fill(address: DatabaseAddress, children: int, days: int) -> None:
    with SmallTown(address, NOW) as town:
        first = town.slot(slots=SLOTS)
        with town.database.write() as session:
            families = [town._family(session, f"FAMILLE {n:04d}") for n in range(children)]
        with by_administrator(town.database) as opened, opened.write() as session:
            activity = int(session.scalar(text("SELECT id FROM activities")) or 0)
            _decide(session, activity)
            session.execute(insert(RegistrationRow), [
                {"family_id": family.id, "child_id": family.child, "activity_id": activity,
                 "first_day": date(2026, 9, 1), "state": "accepted", "asked_at": NOW, "version": 1}
                for family in families
            ])
            session.execute(insert(AttendanceRow), [
                {"family_id": family.id, "child_id": family.child, "slot_id": first + slot,
                 "day": FIRST + timedelta(days=day), "state": STATES[(number * 7 + slot * 3 + day) % len(STATES)],
                 "quantity": 1, "carried": False, "special": False, "channel": "office", "note": "",
                 "changed_by": CHIEF.login, "changed_at": NOW - timedelta(days=30, minutes=number)}
                for number, family in enumerate(families) for slot in range(len(SLOTS)) for day in range(days)
            ])
            if not town.database.is_embedded:
                session.execute(text("ANALYZE"))


def _decide(session: Session, activity: int) -> None:
    session.execute(insert(ActivityRuleRow), [
        {"activity_id": activity, "kind": kind, "first_day": date(2026, 9, 1), "last_day": None, "value": value,
         "source": "règlement", "version": 1}
        for kind, value in RULES.items()
    ])
    session.execute(insert(AgeGroupRow), [
        {"activity_id": activity, "code": code, "label": label, "from_months": start, "to_months": end,
         "position": position, "version": 1}
        for position, (code, label, start, end) in enumerate(
            [("MAT", "Maternels", 36, 72), ("ELE", "Élémentaires", 72, None)])
    ])


def _measure(name: str, address: DatabaseAddress, actor: Actor, days: int) -> None:
    database = Database(address)
    app = Application(database, actor, FixedClock(NOW))
    question = ReadGrid(FIRST, FIRST + timedelta(days=days - 1))
    first = _timed(app, question)
    spent = [_timed(app, question) for _ in range(ROUNDS)]
    week = [_timed(app, ReadGrid(FIRST, FIRST + timedelta(days=6))) for _ in range(ROUNDS)]
    counts = [_timed(app, HeadCounts(question.first_day, question.last_day)) for _ in range(ROUNDS)]
    tracemalloc.start()
    grid = app.ask(question)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    database.close()
    print(f"{name}: {len(grid.children)} children, {len(grid.cells):,} cells of"
          f" {len({id(cell) for cell in grid.cells.values()}):,} kinds")
    print(f"  month: first {first:.0f} ms, median {statistics.median(spent):.0f} ms, worst {max(spent):.0f} ms")
    print(f"  week: median {statistics.median(week):.0f} ms; head counts: {statistics.median(counts):.0f} ms")
    print(f"  memory: held {held / 1e6:.1f} MB, while reading {peak / 1e6:.1f} MB")


def _timed(app: Application, question: Query[Any]) -> float:
    began = time.perf_counter()
    app.ask(question)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
