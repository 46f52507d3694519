"""How long what families owe takes to be listed and reminded, and the figures of a year. Prints figures only.

    python -m tests.benchmarks.follow_bench [families [one in]]      (2,000 and 5 when none is said)

One family in so many misses a document or has one that ends soon; said 1, nearly all do, as the week after a rentrée.
On an embedded database, then on the shared one for an agent of the whole town. What is wanted: 2,000 families are
listed well under half a second.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import insert, text

import backoffice.bootstrap  # noqa: F401 - the whole schema
from backoffice.catalog.queries import activity_places
from backoffice.documents.figures import ReviewFigures
from backoffice.documents.kinds import Owner
from backoffice.documents.outstanding import ListOutstanding, Outstanding
from backoffice.documents.reminding import PlanReminders, SendReminders, TakeBackReminders
from backoffice.documents.rollover import PreviewRollOver
from backoffice.documents.tables import DocumentRow
from backoffice.documents.types import AdoptStartingTypes, document_types
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.database import Database, open_database
from backoffice.kernel.periods import Period, SchoolYear
from backoffice.registrations.tables import RegistrationRow
from tests.support.postgres import _own_server
from tests.support.shared import address_of, by_administrator, prepare_shared
from tests.support.towns import CHIEF, NOON, SmallTown

T = TypeVar("T")
ROUNDS = 7
YEAR = Period(NOON.date() - timedelta(days=365), NOON.date())


def main(arguments: list[str]) -> int:
    families, one_in = int((arguments or ["2000"])[0]), int((arguments[1:] or ["5"])[0])
    with tempfile.TemporaryDirectory() as folder:
        embedded = DatabaseAddress.of_file(Path(folder) / "town.sqlite")
        open_database(embedded, NOON).close()
        _fill(embedded, families, one_in)
        _measure("embedded", embedded)
    with ExitStack() as started:
        administrator = DatabaseAddress.parse(_own_server(started).fresh_database())
        prepare_shared(administrator)
        chief = address_of(administrator, CHIEF.login)
        _fill(chief, families, one_in)
        opened = Database(administrator)
        with opened.write() as session:
            session.execute(text("ANALYZE"))
        opened.close()
        _measure("shared", chief)
    return 0


def _fill(address: DatabaseAddress, count: int, one_in: int) -> None:
    """Two children a family; where there is something to say, one document in seven is missing and as many end soon."""
    with SmallTown(address) as town:
        town.slot()
        town.do(AdoptStartingTypes())
        with town.database.write() as session:
            families = [town._family(session, f"FAMILLE {n:04d}", ("Léa", "Noé")) for n in range(count)]
            kinds = [each for each in document_types(session) if each.owner is not Owner.ADULT and each.requirements]
            activity = min(activity_places(session))
        rows: list[dict[str, Any]] = []
        for n, family in enumerate(families):
            for place, kind in enumerate(kinds):
                for child in family.children if kind.owner is Owner.CHILD else (None,):
                    trouble = (n + place) % 7 if n % one_in == 0 else 6
                    if trouble:
                        days = 20 if trouble == 1 else 400
                        rows.append({
                            "family_id": family.id, "person_id": child, "type_id": kind.id, "state": "accepted",
                            "origin": "portal", "decided_by": "", "reason": "", "comment": "", "facts": {},
                            "received_at": NOON - timedelta(days=n % 300, hours=30), "version": 1,
                            "decided_at": NOON - timedelta(days=n % 300), "valid_from": date(2025, 9, 1),
                            "valid_to": NOON.date() + timedelta(days=days),
                        })
        with by_administrator(town.database) as opened, opened.write() as session:
            session.execute(insert(DocumentRow), rows)
            session.execute(insert(RegistrationRow), [
                {
                    "family_id": family.id, "child_id": child, "activity_id": activity, "state": "accepted",
                    "first_day": date(2025, 9, 1), "last_day": None, "provisional_until": None, "asked_at": NOON,
                    "version": 1,
                }
                for family in families for child in family.children
            ])


def _measure(name: str, address: DatabaseAddress) -> None:
    database = Database(address)
    app = Application(database, CHIEF, FixedClock(NOON))
    first, found = _timed(lambda: app.ask(ListOutstanding()))
    lists = [_timed(lambda: app.ask(ListOutstanding()))[0] for _ in range(ROUNDS)]
    print(f"{name}: {len(found.missing)} missing, {len(found.ending)} ending; {first:.0f} ms the first time, then"
          f" {_middle(lists)}")
    roll_over = [_timed(lambda: app.ask(PreviewRollOver(SchoolYear(2026))))[0] for _ in range(3)]
    figures = [_timed(lambda: app.ask(ReviewFigures(YEAR)))[0] for _ in range(3)]
    print(f"{name}: rentrée {_middle(roll_over)}; figures of a year {_middle(figures)}")
    wanted = _wanted(found)
    planned, plan = _timed(lambda: app.ask(PlanReminders(wanted, found.days)))
    sent, told = _timed(lambda: app.execute(SendReminders(wanted, found.days)))
    back, _ = _timed(lambda: app.execute(TakeBackReminders(told.letters)))
    print(f"{name}: {len(plan.drafts)} reminders shown in {planned:.0f} ms, held in {sent:.0f}, taken back in"
          f" {back:.0f}")
    database.close()


def _wanted(found: Outstanding) -> tuple[tuple[int, int | None, int], ...]:
    return tuple(line.key for line in (*found.missing, *found.ending))


def _timed(gesture: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    answer = gesture()
    return (time.perf_counter() - begun) * 1000, answer


def _middle(spent: list[float]) -> str:
    return f"{statistics.median(spent):.0f} ms ({min(spent):.0f} to {max(spent):.0f})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
