"""Agents at work in processes of their own while a server fails them, and what each was told."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from backoffice.families.commands import CreateFamily
from backoffice.families.rules import PersonValues
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import Database
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.faults import InDoubt
from tests.support.books import broken_promises, check_books, rows_of
from tests.support.processes import CONTEXT, ended, started
from tests.support.towns import SmallTown
from tests.support.workers import eventually
from tests.support.writing import add_letterhead, issue_one

_PAUSE = 0.05  # seconds before an agent who was refused tries again
_DONE, _NOT, _DOUBT = "done", "not", "doubt"


@dataclass(frozen=True, slots=True)
class Told:
    """Names of families and numbers of invoices by what their agents were told, and the codes of the refusals.

    A refused invoice has no name: its number goes to another.
    """

    done: tuple[str, ...]
    refused: tuple[str, ...]
    doubtful: tuple[str, ...]
    codes: frozenset[str]

    def check(self, database: Database) -> None:
        """What was confirmed is there, once; what was refused is not; the books hold."""
        names = [row["name"] for row in rows_of(database, "families")]
        invoices = rows_of(database, "invoices")
        there = set(names) | {row["number"] for row in invoices}
        assert len(set(self.done)) == len(self.done)
        assert set(self.done) <= there
        assert not set(self.refused) & there
        assert len(set(names)) == len(names)
        check_books(database)
        assert broken_promises(database) == []
        journalled = {row["row_id"] for row in rows_of(database, "row_journal") if row["table_name"] == "invoices"}
        assert {row["id"] for row in invoices} <= journalled

    @property
    def in_words(self) -> str:
        kept, lost = len(self.done), ", ".join(sorted(self.codes))
        return (
            f"{kept} acknowledged, all there; {len(self.refused)} refused ({lost}), none there;"
            f" {len(self.doubtful)} in doubt"
        )


class Load:
    """Agents at work: what they were told so far."""

    def __init__(self, folder: Path, agents: int) -> None:
        self.logs = [folder / f"{number}.txt" for number in range(agents)]

    def confirmed(self) -> int:
        return sum(line.startswith(_DONE) for line in self._lines())

    def wait_for_more(self, count: int) -> None:
        """Until so many more changes were confirmed. Raises AssertionError when they never are."""
        wanted = self.confirmed() + count
        eventually(lambda: self.confirmed() >= wanted)

    def wait_to_hear(self, code: str) -> None:
        """Until somebody more was refused for this reason. Raises AssertionError when nobody is."""
        before = self._refusals(code)
        eventually(lambda: self._refusals(code) > before)

    def _refusals(self, code: str) -> int:
        return sum(line.endswith(f"\t{code}") for line in self._lines())

    def told(self) -> Told:
        heard = [tuple(line.split("\t")) for line in self._lines()]
        by = {word: tuple(fields[1] for fields in heard if fields[0] == word) for word in (_DONE, _NOT, _DOUBT)}
        return Told(by[_DONE], by[_NOT], by[_DOUBT], frozenset(fields[2] for fields in heard if len(fields) > 2))

    def _lines(self) -> Iterator[str]:
        for log in self.logs:
            if log.exists():
                yield from log.read_text("ascii").split("\n")[:-1]


@contextmanager
def at_work(address: DatabaseAddress, folder: Path, agents: int) -> Iterator[Load]:
    """So many agents at work until the end: half issue invoices, the others enter families by the door."""
    folder.mkdir(exist_ok=True)
    load = Load(folder, agents)
    stop = CONTEXT.Event()
    url = address.url.render_as_string(hide_password=False)
    processes: list[BaseProcess] = []
    try:
        for number, log in enumerate(load.logs):
            work = issue_invoices if number % 2 else enter_families
            processes.append(started(work, url, str(log), number, stop))
        yield load
    finally:
        stop.set()
        codes = [ended(process) for process in processes]
    assert codes == [0] * agents


def prepare_to_issue(town: SmallTown) -> None:
    """What the agents who issue need to find."""
    town.slot()
    town.family()
    with town.database.write() as session:
        add_letterhead(session)


def enter_families(url: str, log: str, seed: int, stop: Any) -> None:
    """One family after the other, each with a name of its own."""
    with SmallTown(DatabaseAddress(make_url(url), None)) as town, Path(log).open("a", encoding="ascii") as told:
        number = 0
        while not stop.is_set():
            number += 1
            name = f"FAMILLE {_letters(seed)}{_letters(number)}"
            parent = PersonValues(name, "Camille", birth_date=date(1990, 1, 1))
            try:
                town.app.execute(CreateFamily(parent), confirmed=frozenset({"person.maybe_known"}))
            except EnvironmentFault as fault:
                word = _DOUBT if isinstance(fault, InDoubt) else _NOT
                told.write(f"{word}\t{_shown(name)}\t{fault.code}\n")
                time.sleep(_PAUSE)
            else:
                told.write(f"{_DONE}\t{_shown(name)}\n")
            told.flush()


def issue_invoices(url: str, log: str, seed: int, stop: Any) -> None:
    """One invoice a transaction; one in five gives up at the last moment."""
    database = Database(DatabaseAddress(make_url(url), None))
    chance = random.Random(seed)
    with Path(log).open("a", encoding="ascii") as told:
        while not stop.is_set():
            number = ""
            try:
                with database.write() as session:
                    number = issue_one(session)
                    if chance.random() < 0.2:
                        session.rollback()
                        continue
            except EnvironmentFault as fault:
                word = _DOUBT if isinstance(fault, InDoubt) else _NOT
                told.write(f"{word}\t\t{fault.code}\n")
                time.sleep(_PAUSE)
            else:
                told.write(f"{_DONE}\t{number}\n")
            told.flush()
    database.close()


def _shown(name: str) -> str:
    """The name of the family that `CreateFamily` makes for this parent."""
    return f"{name} Camille"


def _letters(number: int) -> str:
    """A name without digits."""
    found = ""
    while number or not found:
        number, rest = divmod(number, 26)
        found = chr(65 + rest) + found
    return found.rjust(4, "A")
