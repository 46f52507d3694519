"""Fifty agents with a second of thought between two gestures, on one PostgreSQL: what each waits.

    python -m tests.benchmarks.agents_bench [SECONDS] [AGENTS]

Prints; never judges.
"""

from __future__ import annotations

import multiprocessing
import random
import statistics
import sys
import threading
import time
from contextlib import ExitStack
from datetime import date
from multiprocessing.connection import Connection

from backoffice.agents.appointing import Post
from backoffice.agents.roles import Role
from backoffice.attendance.day import MissingDepartures
from backoffice.families.commands import EditFamily
from backoffice.families.queries import ListPeople, ReadFamily
from backoffice.families.rules import FamilyValues
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.changes import WhatChanged
from backoffice.kernel.errors import BackofficeError
from tests.support.postgres import temporary_server
from tests.support.shared import CHIEF_LOGIN, address_of, prepare_shared
from tests.support.towns import SmallTown, busy_town

_PROCESSES = 5
_FAMILIES = 400


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    agents = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    with ExitStack() as stack:
        server = stack.enter_context(temporary_server())
        administrator = DatabaseAddress.parse(server.fresh_database())
        prepare_shared(administrator, *((_login(number), Post(Role.ADMINISTRATOR)) for number in range(agents)))
        address = address_of(administrator, CHIEF_LOGIN)
        busy_town(address, _FAMILIES).close()
        url = administrator.url.render_as_string(hide_password=False)
        context = multiprocessing.get_context("spawn")
        pipes, workers = [], []
        for number in range(_PROCESSES):
            here, there = context.Pipe(duplex=False)
            worker = context.Process(target=_work, args=(url, range(number, agents, _PROCESSES), seconds, there))
            worker.start()
            pipes.append(here)
            workers.append(worker)
        times: dict[str, list[float]] = {"lecture": [], "écriture": [], "veille": []}
        for pipe in pipes:
            for kind, found in pipe.recv().items():
                times[kind].extend(found)
        for worker in workers:
            worker.join()
        print(f"{agents} agents, {seconds} s, une seconde de réflexion")
        for kind, found in times.items():
            ranked = sorted(found)
            p95 = ranked[int(len(ranked) * 0.95)] * 1000
            middle = statistics.median(ranked) * 1000
            print(f"  {kind:10} {len(ranked):6}   médiane {middle:6.1f} ms   p95 {p95:6.1f} ms")


def _login(number: int) -> str:
    return f"agent{number:02d}"


def _work(url: str, agents: range, seconds: int, told: Connection) -> None:
    times: dict[str, list[float]] = {"lecture": [], "écriture": [], "veille": []}
    end = time.monotonic() + seconds

    def agent(number: int) -> None:
        chance = random.Random(number)
        with SmallTown(address_of(DatabaseAddress.parse(url), _login(number))) as town:
            app, moment = town.door(login=_login(number)), ""
            time.sleep(chance.random())
            while time.monotonic() < end:
                family = chance.randint(1, _FAMILIES)
                with _timed(times["veille"]):
                    moment = app.ask(WhatChanged(moment)).moment
                with _timed(times["lecture"]):
                    read = app.ask(ReadFamily(family))
                what = chance.random()
                if what < 0.3:
                    with _timed(times["écriture"]):
                        _save(app, family, read.version, f"FAMILLE {family:03d} {chance.randint(0, 99)}")
                elif what < 0.4:
                    with _timed(times["lecture"]):
                        app.ask(ListPeople())
                else:
                    with _timed(times["lecture"]):
                        app.ask(MissingDepartures(date(2025, 10, 1), date(2025, 10, 31)))
                time.sleep(1)

    threads = [threading.Thread(target=agent, args=(number,)) for number in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.send(times)


def _save(app: Application, family: int, version: int, name: str) -> None:
    try:
        app.execute(EditFamily(family, version, FamilyValues(name)))
    except BackofficeError as error:
        if error.code != "record.changed_meanwhile":  # another one was faster: it is the answer expected
            raise


class _timed:  # noqa: N801 - reads as a word
    def __init__(self, into: list[float]) -> None:
        self._into = into

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_failure: object) -> None:
        self._into.append(time.monotonic() - self._began)


if __name__ == "__main__":
    main()
