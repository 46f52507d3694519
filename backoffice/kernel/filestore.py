"""Files written whole or not at all, with the disk's refusals told by code."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from backoffice.kernel.errors import EnvironmentFault

_RESERVED = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"COM{n}" for n in range(1, 10)), *(f"LPT{n}" for n in range(1, 10))}
)
_LONGEST_NAME = 120
PARTIAL = "partiel"
"""The extension of what is being written: with a name that begins by a dot, `sweep` knows it."""
_OLD_SECONDS = 600  # no file of ours takes that long to write: whoever began it is gone


@contextlib.contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Turn OSError into EnvironmentFault: `file.disk_full`, `file.open_elsewhere`, `file.missing`, …"""
    try:
        yield
    except PermissionError as exc:
        # On Windows a workbook held by Excel refuses to be replaced: same error as a forbidden folder.
        code = "file.open_elsewhere" if path.exists() and os.access(path.parent, os.W_OK) else "folder.read_only"
        raise EnvironmentFault(code, path=str(path if code == "file.open_elsewhere" else path.parent)) from exc
    except FileNotFoundError as exc:
        raise EnvironmentFault("file.missing", path=str(path)) from exc
    except OSError as exc:
        if exc.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise EnvironmentFault("file.disk_full", path=str(path)) from exc
        if exc.errno == errno.EROFS:
            raise EnvironmentFault("folder.read_only", path=str(path.parent)) from exc
        raise EnvironmentFault("file.disk_error", path=str(path)) from exc


def make_folder(path: Path) -> None:
    """Make the folder and its parents. Raises EnvironmentFault."""
    with disk_faults(path):
        path.mkdir(parents=True, exist_ok=True)


def partial_of(path: Path) -> Path:
    """Where this process writes a file before it gives it its name: beside it, so that a rename is enough."""
    return path.with_name(f".{path.name}.{os.getpid()}.{PARTIAL}")


def write_whole(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write aside, then rename: a reader never meets half a file. Raises EnvironmentFault.

    `durable`: wait until the disk has it, so that a power cut does not lose it either. Without, for many files that
    are checked and made again (PDFs).
    """
    partial = partial_of(path)
    with disk_faults(path):
        try:
            partial.write_bytes(content)
            if durable:
                with partial.open("r+b") as file:
                    os.fsync(file.fileno())
            partial.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            raise


def check_folder(folder: Path) -> None:
    """Make sure, before work that is not undone, that its files will find their place. Raises EnvironmentFault."""
    make_folder(folder)
    probe = partial_of(folder / "essai")
    with disk_faults(probe):
        probe.write_bytes(b"")
        probe.unlink()


def check_file(path: Path) -> None:
    """The same for one file, which another program may hold open. Raises EnvironmentFault."""
    check_folder(path.absolute().parent)
    if path.exists():
        with disk_faults(path), path.open("ab"):
            pass


def sweep(folder: Path) -> None:
    """Remove the half files, and folders of them, that a killed program left here; those just begun stay."""
    limit = time.time() - _OLD_SECONDS
    for leftover in folder.glob(f".*.{PARTIAL}"):
        with contextlib.suppress(OSError):
            if leftover.stat().st_mtime < limit:
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def safe_name(text: str, extension: str) -> str:
    """A file name that Windows and Linux both accept, from any text; `extension` comes with its dot."""
    flat = unicodedata.normalize("NFC", text)
    flat = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "-", flat).strip(" .")[:_LONGEST_NAME] or "sans-nom"
    if flat.split(".")[0].upper() in _RESERVED:
        flat = f"_{flat}"
    return flat + extension
