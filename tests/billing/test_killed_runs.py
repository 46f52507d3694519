"""Fault 3 of the peer: a run cut in two left half a month. Here nothing is issued, or the whole month is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from backoffice.billing.documents import write_month_files
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.progress import silent
from reports.invoice_pdf import render_invoices
from tests.support.books import check_books, dump
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.processes import (
    KILLED,
    bill_and_die_at_instant,
    bill_and_die_before_statement,
    bill_and_die_writing_byte,
    count_instants,
    count_statements,
    ended,
    started,
    write_files_and_die,
)
from tests.support.shared import address_of
from tests.support.towns import CHIEF, OCTOBER, SmallTown, busy_town, copied

INSTANT = 400  # SQLite instructions between two instants at which a run can be killed


@pytest.fixture(scope="module")
def whole_month(busy_template: DatabaseAddress, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the books hold after a run that nothing interrupts."""
    with SmallTown(copied(busy_template, tmp_path_factory.mktemp("whole") / "town.sqlite")) as town:
        town.issue()
        check_books(town.database)
        return dump(town.database, "audit_journal")


@pytest.fixture(scope="module")
def shared_busy_template(shared_template: str, postgres_server: PostgresServer) -> Iterator[str]:
    url = postgres_server.fresh_database(shared_template)
    busy_town(address_of(DatabaseAddress.parse(url), CHIEF.login)).close()
    yield url
    postgres_server.drop(url)


class Victim:
    """A fresh copy of the town for each death, and what must be true afterwards."""

    def __init__(self, template: DatabaseAddress, folder: Path, whole: dict[str, list[str]]) -> None:
        self._template, self._folder, self._whole = template, folder, whole
        self._number = 0
        with SmallTown(self.copy()) as untouched:
            self._before = dump(untouched.database)
        self.deaths: list[str] = []

    def copy(self) -> DatabaseAddress:
        self._number += 1
        return copied(self._template, self._folder / f"{self._number}.sqlite")

    def dies(self, work: Callable[..., None], *arguments: Any) -> None:
        """Run and kill, look at what remains, run again; `deaths` tells « nothing » or « everything »."""
        address = self.copy()
        assert ended(started(work, str(address.path), *arguments)) in {KILLED, _file_too_big()}
        with SmallTown(address) as town:
            after = dump(town.database)
            whole = after["invoices"] != []
            if whole:
                lines = after.pop("audit_journal")
                assert after == self._whole
                assert len(lines) == len(self._before["audit_journal"]) + 1
                assert town.issue().numbers == ()
            else:
                assert after == self._before
                assert town.issue().numbers[0] == "ALSH-F251100001"
            assert dump(town.database, "audit_journal") == self._whole
        self.deaths.append("everything" if whole else "nothing")


def _file_too_big() -> int:
    if sys.platform == "win32":
        return KILLED
    import signal

    return int(signal.SIGXFSZ)


@pytest.fixture
def victim(busy_template: DatabaseAddress, tmp_path: Path, whole_month: dict[str, list[str]]) -> Victim:
    return Victim(busy_template, tmp_path, whole_month)


def _counted(town: SmallTown, count: Callable[[Callable[[int], None]], None]) -> int:
    """How many times a whole run passes where it could be killed."""
    seen = [0]

    def see(number: int) -> None:
        seen[0] = number

    count(see)
    town.issue()
    return seen[0]


def test_a_run_killed_between_any_two_statements_leaves_nothing_or_the_month(victim: Victim, *, long: bool) -> None:
    with SmallTown(victim.copy()) as town:
        statements = _counted(town, partial(count_statements, town.database.engine))

    every = 1 if long else max(1, statements // 12)
    tried = [*range(1, statements, every), statements, statements + 1]
    for statement in tried:
        victim.dies(bill_and_die_before_statement, statement)

    assert victim.deaths == ["nothing"] * (len(tried) - 1) + ["everything"]


def test_a_run_killed_in_the_midst_of_a_statement_leaves_nothing(victim: Victim, *, long: bool) -> None:
    with SmallTown(victim.copy()) as town:
        instants = _counted(town, partial(count_instants, town.database.engine, INSTANT))

    for instant in range(1, instants + 1, max(1, instants // (20 if long else 8))):
        victim.dies(bill_and_die_at_instant, INSTANT, instant)

    assert set(victim.deaths) == {"nothing"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file: no such death there")
def test_a_run_killed_while_its_commit_reaches_the_disk_leaves_nothing_or_the_month(
    victim: Victim, *, long: bool
) -> None:
    address = victim.copy()
    assert address.path is not None
    with SmallTown(address) as town:
        town.issue()
        written = address.path.with_name(f"{address.path.name}-wal").stat().st_size

    for size in range(0, written + 1, max(1, written // (15 if long else 6))):
        victim.dies(bill_and_die_writing_byte, size)
    victim.dies(bill_and_die_writing_byte, written - 1)

    assert victim.deaths[0] == victim.deaths[-1] == "nothing"
    assert written > 10_000


def test_a_run_killed_on_a_shared_database_leaves_nothing_or_the_month(
    shared_busy_template: str, fresh_database: FreshDatabase
) -> None:
    def copy() -> DatabaseAddress:
        return address_of(DatabaseAddress.parse(fresh_database(shared_busy_template)), CHIEF.login)

    with SmallTown(copy()) as first:
        statements = _counted(first, partial(count_statements, first.database.engine))
    points = [*range(2, statements, max(1, statements // 6)), statements, statements + 1]

    found = []
    for statement in points:
        address = copy()
        url = address.url.render_as_string(hide_password=False)
        assert ended(started(bill_and_die_before_statement, url, statement)) == KILLED
        with SmallTown(address) as town:
            left = len(town.rows("invoices"))
            again = town.issue().numbers
            found.append((left, len(again)))
            check_books(town.database)
            if again:
                assert (again[0], len(town.rows("audit_journal"))) == ("ALSH-F251100001", 1)

    assert found == [(0, 9)] * (len(points) - 1) + [(9, 0)]


@pytest.mark.parametrize("at_once", [100, 3])
def test_pdfs_killed_anywhere_resume_and_end_whole(
    at_once: int, busy_template: DatabaseAddress, tmp_path: Path
) -> None:
    address = copied(busy_template, tmp_path / "town.sqlite")
    with SmallTown(address) as town:
        numbers = town.issue().numbers
        expected = {f"{number}.pdf": town.pdf(number) for number in numbers}

    for gesture in range(1, 3 * len(numbers) + 2, 5):
        folder = tmp_path / f"{gesture}"
        copy = copied(address, tmp_path / f"{gesture}.sqlite")
        assert ended(started(write_files_and_die, str(copy.path), str(folder), gesture, at_once)) == KILLED
        named = {path.name: path.read_bytes() for path in folder.glob("*.pdf")}
        assert named.items() <= expected.items()  # never half a file under its name

        with SmallTown(copy) as town:
            remembered = len(town.rows("invoice_files"))
            written = write_month_files(town.app, OCTOBER, (), folder, render_invoices, silent)
            again = write_month_files(town.app, OCTOBER, (), folder, render_invoices, silent)
        assert (written.kept, written.written) == (remembered, len(numbers) - remembered)
        assert (again.kept, again.written) == (len(numbers), 0)
        assert {path.name: path.read_bytes() for path in folder.glob("*.pdf")} == expected
