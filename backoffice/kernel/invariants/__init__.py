"""What must hold in a database whatever happened to it: one file of queries for each engine.

A query answers the rows that break its promise, and nothing when it is kept. In the files each begins with a line
`-- name: …`, then one French sentence, then the permissions that one must hold on the whole town to see every row it
looks at (`-- sees: …`): to whom some rows are hidden, half of the truth would look like a fault.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Invariant:
    """One promise: its name, its French sentence, who sees all it looks at, and the query for what breaks it."""

    name: str
    sentence: str
    sees: frozenset[str]
    query: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that is not kept, and the first rows that break it: ids, numbers and names of tables, nobody's data."""

    invariant: Invariant
    rows: tuple[str, ...]


@cache
def invariants(dialect: str) -> tuple[Invariant, ...]:
    """The promises of one engine: `postgresql` or `sqlite`."""
    text = Path(__file__).with_name(f"{dialect}.sql").read_text("utf-8")
    return tuple(_read(part) for part in re.split(r"^-- name: ", text, flags=re.MULTILINE)[1:])


def _read(part: str) -> Invariant:
    name, sentence, sees, query = part.split("\n", 3)
    permissions = sees.removeprefix("-- sees:").replace(",", " ").split()
    return Invariant(name.strip(), sentence.removeprefix("-- "), frozenset(permissions), query.strip().rstrip(";"))


def broken(connection: Connection, everywhere: Collection[str] | None = None) -> Iterator[Broken]:
    """The promises that are not kept, among those that can be judged.

    `everywhere`: the permissions held on the whole town; None for whom nothing is hidden.
    """
    for invariant in invariants(connection.dialect.name):
        if everywhere is not None and not invariant.sees <= set(everywhere):
            continue
        rows = connection.exec_driver_sql(invariant.query).fetchmany(_SHOWN)
        if rows:
            yield Broken(invariant, tuple(" ".join(str(value) for value in row) for row in rows))
