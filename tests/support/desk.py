"""The small town on the day the window's tests open it: 20 November 2025, when October waits to be billed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import open_database
from tests.support.towns import DAYS as SCHOOL_DAYS
from tests.support.towns import GRID, NOVEMBER, OCTOBER, SEPTEMBER, SINCE, Household, new_service
from tests.support.towns import SmallTown as Desk

__all__ = [
    "GRID", "NOON", "NOVEMBER", "OCTOBER", "SCHOOL_DAYS", "SEPTEMBER", "SINCE", "Desk", "Household", "new_service",
    "open_desk",
]  # fmt: skip

NOON = datetime(2025, 11, 20, 11, tzinfo=UTC)  # at noon in Paris

_templates: dict[Path, DatabaseAddress] = {}


@contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    """A town where nothing is yet, in a copy of an empty database that is made once; closed at the end."""
    root = folder.parent
    if root not in _templates:
        address = DatabaseAddress.of_file(root / "empty-desk.sqlite")
        open_database(address, NOON).close()
        _templates[root] = address
    source = _templates[root].path
    assert source is not None
    target = folder / "desk.sqlite"
    shutil.copyfile(source, target)
    with Desk(DatabaseAddress.of_file(target), now=NOON) as desk:
        yield desk
