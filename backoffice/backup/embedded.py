"""The embedded database into a sealed file, and back."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from backoffice.backup.sealed import SealedWriter, pieces_of
from backoffice.kernel.database import copy_embedded
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.filestore import PARTIAL, disk_faults, make_folder, partial_of, sweep

MEMBER = "base.sqlite.zlib"


def write_embedded(source: Path, sealed: SealedWriter) -> None:
    """A consistent copy, even while the window works: whole, checked, then sealed. Raises EnvironmentFault."""
    sweep(source.parent)  # the clear copy of a backup that was killed
    with tempfile.TemporaryDirectory(prefix=".sauvegarde-", suffix=f".{PARTIAL}", dir=source.parent) as folder:
        # Beside the base: the same disk, the same rights, and no clear copy left elsewhere.
        copy = Path(folder) / "base.sqlite"
        copy_embedded(source, copy)
        check_embedded(copy)
        with disk_faults(copy), copy.open("rb") as file:
            sealed.member(MEMBER, _compressed(pieces_of(file)))


def read_embedded(pieces: Iterator[bytes], target: Path) -> None:
    """The base where there is none yet. Raises UserError `backup.exists`, EnvironmentFault."""
    if target.exists():
        raise UserError("backup.exists", path=str(target))
    make_folder(target.parent)
    partial = partial_of(target)
    try:
        with disk_faults(partial), partial.open("xb") as file:
            for piece in decompressed(pieces):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        check_embedded(partial)
        with disk_faults(target):
            if target.exists():
                raise UserError("backup.exists", path=str(target))
            partial.rename(target)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def check_embedded(path: Path) -> None:
    """Every page and every link between rows of a file nobody writes. Raises EnvironmentFault `backup.damaged`."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as opened:
            sound = opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            orphans = opened.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as exc:
        raise EnvironmentFault("backup.damaged") from exc
    if not sound or orphans is not None:
        raise EnvironmentFault("backup.damaged")


def decompressed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The clear bytes of a compressed member. Raises EnvironmentFault `backup.damaged`."""
    inflate = zlib.decompressobj()
    try:
        for piece in pieces:
            yield inflate.decompress(piece)
        yield inflate.flush()
    except zlib.error as exc:
        raise EnvironmentFault("backup.damaged") from exc
    if not inflate.eof:
        raise EnvironmentFault("backup.damaged")


def _compressed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    deflate = zlib.compressobj(6)
    for piece in pieces:
        if squeezed := deflate.compress(piece):
            yield squeezed
    yield deflate.flush()
