"""The folder where a scanner leaves what it reads: each file is taken once it is whole, then put in « Repris »."""

from __future__ import annotations

import stat
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from backoffice.documents.arrivals.mail import file_name
from backoffice.documents.arrivals.receiving import (
    LARGEST,
    TOO_LARGE,
    Incoming,
    Judge,
    digest_of,
    is_known,
    take_in,
)
from backoffice.documents.kinds import Origin
from backoffice.documents.safety.verdict import NewFile
from backoffice.kernel.application import Application
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.progress import Progress, silent

TAKEN = "Repris"
_QUIET_SECONDS = 10
"""A scanner that feeds pages writes nothing for some seconds between two of them."""
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart")


class ScanFolder:
    """One watched folder. It remembers since when each file has not moved, by the ticks of this computer: the clock of
    a file server proves nothing."""

    def __init__(self, folder: Path, ticks: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._ticks = ticks
        self._since: dict[Path, tuple[tuple[int, int], float]] = {}

    def empty(self, app: Application, judge: Judge, progress: Progress = silent) -> int:
        """Take in the files that are whole; answers how many. A file that another program holds waits for the next
        time. Raises EnvironmentFault `scan.unreachable`, Cancelled between two files."""
        ready = self._ready()
        taken = 0
        for done, file in enumerate(ready):
            progress(done, len(ready), "numérisations")
            incoming = _incoming(file)
            if incoming is None:
                continue
            with app.database.read() as session:
                known = is_known(session, incoming.channel, incoming.key)
            if not known:
                taken += take_in(app, judge, incoming, progress)
            self._put_away(file)
        return taken

    def _ready(self) -> list[Path]:
        now = self._ticks()
        seen = self._files()
        self._since = {
            file: self._since[file] if file in self._since and self._since[file][0] == state else (state, now)
            for file, state in seen.items()
        }
        return sorted(file for file, (_, since) in self._since.items() if now - since >= _QUIET_SECONDS)

    def _files(self) -> dict[Path, tuple[int, int]]:
        """The files that could be whole, with their size and when they last changed."""
        try:
            names = list(self._folder.iterdir())
        except OSError as exc:
            raise EnvironmentFault("scan.unreachable", path=str(self._folder)) from exc
        found = {}
        for file in names:
            if file.name.startswith((".", "~")) or file.name.lower().endswith(_UNFINISHED):
                continue
            try:
                state = file.lstat()
            except OSError:
                continue  # gone between the two
            # A link would let whoever writes here have any file of this computer read.
            if stat.S_ISREG(state.st_mode) and state.st_size:
                found[file] = (state.st_size, state.st_mtime_ns)
        return found

    def _put_away(self, file: Path) -> None:
        """Where it can be found again, under a name that takes nobody's place; held by another program, it is known
        already and goes there next time."""
        try:
            aside = self._folder / TAKEN
            aside.mkdir(exist_ok=True)
            file.rename(_free(aside, file))
        except OSError:
            return
        self._since.pop(file, None)


def _incoming(file: Path) -> Incoming | None:
    """None: another program holds it, or it has just gone."""
    name = file_name(file.name) or "numerisation"
    try:
        state = file.lstat()
        if state.st_size > LARGEST:
            mark = digest_of(name.encode(), str(state.st_size).encode(), str(state.st_mtime_ns).encode())
            return Incoming(Origin.POST, f"scan/{mark}", mark, subject=name, refused=((name, TOO_LARGE),))
        content = file.read_bytes()
    except OSError:
        return None
    key = digest_of(name.encode(), content)
    return Incoming(Origin.POST, f"scan/{key}", key, subject=name, files=(NewFile(name, content),))


def _free(folder: Path, file: Path) -> Path:
    target, number = folder / file.name, 2
    while target.exists():
        target, number = folder / f"{file.stem} ({number}){file.suffix}", number + 1
    return target


@lru_cache(maxsize=4)
def watched(folder: str) -> ScanFolder:
    """The folder, as this process has watched it so far."""
    return ScanFolder(Path(folder))
