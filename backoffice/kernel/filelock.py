"""One process at a time on a file, on Linux as on Windows; a process that dies lets go."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.filestore import disk_faults, make_folder

_BETWEEN_TRIES = 0.02  # seconds

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _let_go(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _let_go(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


@contextlib.contextmanager
def alone(path: Path, seconds: float = 5) -> Iterator[None]:
    """Hold `path`, a file made for that and left there: the others, threads included, wait so long.

    Raises EnvironmentFault `file.open_elsewhere` after `seconds`.
    """
    make_folder(path.parent)
    with disk_faults(path), path.open("ab") as file:
        deadline = time.monotonic() + seconds
        while True:
            try:
                _take(file)
                break
            except OSError as exc:
                if time.monotonic() > deadline:
                    raise EnvironmentFault("file.open_elsewhere", path=str(path)) from exc
                time.sleep(_BETWEEN_TRIES)
        try:
            yield
        finally:
            _let_go(file)
