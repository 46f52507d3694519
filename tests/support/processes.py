"""Real processes that bill, and die where a test tells them to."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Engine, event

from backoffice.billing import documents
from backoffice.billing.issuing import IssueMonth
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.progress import silent
from reports.invoice_pdf import render_invoices
from tests.support.towns import ISSUED_ON, OCTOBER, SmallTown

WINDOWS = sys.platform == "win32"
KILLED = 9
_PATIENCE = 120  # seconds before a test gives up on a process: a net, never a measure

_ROOT = Path(__file__).resolve().parents[2]


def _context() -> BaseContext:
    """New processes that share nothing with this one; elsewhere than on Windows they start warm."""
    if WINDOWS:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


CONTEXT = _context()


def started(work: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A process that runs `work`, a function of this module."""
    # The server that forks them must find this module: it reads PYTHONPATH when it starts.
    paths = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), paths)))
    try:
        process: BaseProcess = CONTEXT.Process(target=work, args=arguments)  # type: ignore[attr-defined]
        process.start()
    finally:
        if paths is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = paths
    return process


def ended(process: BaseProcess, patience: float = _PATIENCE) -> int:
    """Wait for its end; returns its exit code, `KILLED` when it was killed."""
    process.join(patience)
    if process.is_alive():
        process.kill()
        raise AssertionError("the process never ended")
    code = process.exitcode
    process.close()
    assert code is not None
    return -code if code < 0 else code


def die() -> NoReturn:
    """As kill -9 does it: nothing is flushed, closed or rolled back."""
    if WINDOWS:
        os._exit(KILLED)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


# --- where a billing run can be cut ------------------------------------------------------------------------------


def count_statements(engine: Engine, on_statement: Callable[[int], None]) -> None:
    """Call back with 1, 2, 3… before each statement, and before each commit."""
    numbers = itertools.count(1)

    @event.listens_for(engine, "before_cursor_execute")
    def _execute(*_arguments: object) -> None:
        on_statement(next(numbers))

    @event.listens_for(engine, "commit")
    def _commit(_connection: object) -> None:
        on_statement(next(numbers))


def count_instants(engine: Engine, every: int, on_instant: Callable[[int], None]) -> None:
    """Call back with 1, 2, 3… each time SQLite has run `every` more instructions, in the midst of statements."""
    numbers = itertools.count(1)

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        def handler() -> int:
            on_instant(next(numbers))
            return 0

        connection.set_progress_handler(handler, every)


def _bill(town: SmallTown) -> None:
    town.app.execute(IssueMonth(OCTOBER, ISSUED_ON))


def bill_and_die_before_statement(address: str, statement: int) -> None:
    """Die before statement number `statement`; one more than the last commit is just after it."""
    town = SmallTown(DatabaseAddress.parse(address))
    count_statements(town.database.engine, lambda number: die() if number == statement else None)
    _bill(town)
    die()


def bill_and_die_at_instant(address: str, every: int, instant: int) -> None:
    town = SmallTown(DatabaseAddress.parse(address))
    count_instants(town.database.engine, every, lambda number: die() if number == instant else None)
    _bill(town)
    die()


def bill_and_die_writing_byte(address: str, size: int) -> None:
    """Killed by the system while it writes byte `size` of a file: in the midst of the commit."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    _bill(SmallTown(DatabaseAddress.parse(address)))
    die()


def write_files_and_die(address: str, folder: str, gesture: int, at_once: int) -> None:
    """Write the month's PDFs and die at one gesture: before a file is written, before and after it gets its name."""
    numbers = itertools.count(1)

    def step() -> None:
        if next(numbers) == gesture:
            die()

    whole_write, rename = Path.write_bytes, Path.replace

    def write_bytes(path: Path, content: Any) -> int:
        step()
        whole_write(path, bytes(content)[: len(content) // 2])
        step()
        return whole_write(path, content)

    def replace(path: Path, target: Any) -> Path:
        step()
        return rename(path, target)

    Path.write_bytes = write_bytes  # type: ignore[method-assign, assignment]
    Path.replace = replace  # type: ignore[method-assign, assignment]
    documents._DOCUMENTS_AT_ONCE = at_once
    town = SmallTown(DatabaseAddress.parse(address))
    documents.write_month_files(town.app, OCTOBER, (), Path(folder), render_invoices, silent)
    die()


# --- several at once ---------------------------------------------------------------------------------------------


def bill_together(address: str, services: tuple[str, ...], start: Any, results: Any) -> None:
    """Wait for the others, bill, and tell which numbers were drawn."""
    town = SmallTown(DatabaseAddress.parse(address))
    try:
        with town.database.read():
            start.wait(_PATIENCE)
        run = town.app.execute(IssueMonth(OCTOBER, ISSUED_ON, services))
        results.put(list(run.numbers))
    finally:
        town.close()


def bill_and_wait_inside(address: str, inside: Any, other_tries: Any, results: Any) -> None:
    """Bill, and stay inside the transaction until another process says that it is trying too."""
    town = SmallTown(DatabaseAddress.parse(address))

    def progress(done: int, total: int, what: str) -> None:
        inside.set()
        other_tries.wait(_PATIENCE)

    try:
        run = town.app.execute(IssueMonth(OCTOBER, ISSUED_ON), progress=progress)
        results.put(list(run.numbers))
    finally:
        town.close()


def bill_when_told(address: str, inside: Any, trying: Any, results: Any) -> None:
    """Bill while another process is in the midst of it."""
    town = SmallTown(DatabaseAddress.parse(address))
    inside.wait(_PATIENCE)
    count_statements(town.database.engine, lambda number: trying.set())
    try:
        run = town.app.execute(IssueMonth(OCTOBER, ISSUED_ON))
        results.put(list(run.numbers))
    finally:
        town.close()


def write_files_together(address: str, folder: str, start: Any, results: Any) -> None:
    town = SmallTown(DatabaseAddress.parse(address))
    try:
        start.wait(_PATIENCE)
        written = documents.write_month_files(town.app, OCTOBER, (), Path(folder), render_invoices, silent)
        results.put(written.written + written.kept)
    except EnvironmentFault as fault:
        results.put(fault.code)
    finally:
        town.close()


