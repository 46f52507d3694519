"""Many rows changed by one statement: what a loop of small ones would do a hundred times slower on a network."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, bindparam, column, func, select, update

from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.schema import Base

_PAIRS_AT_ONCE = 20_000


def set_by_id(session: Session, rows: type[Base], name: str, pairs: Iterable[tuple[int, int]]) -> None:
    """Give the whole-number column `name` its new value row by row: pairs (id of the row, value)."""
    table = rows.__table__
    shared = session.get_bind().dialect.name == "postgresql"
    given = _unnested_arrays() if shared else _json_pairs()
    statement = update(table).where(table.c.id == given.c.id).values({name: given.c.value})  # type: ignore[arg-type]
    for some in batches(pairs, _PAIRS_AT_ONCE):
        parameters: dict[str, object] = (
            {"ids": [row for row, _ in some], "given": [value for _, value in some]}
            if shared
            else {"pairs": json.dumps(some)}
        )
        session.execute(statement, parameters)


def _unnested_arrays() -> Any:
    from sqlalchemy.dialects.postgresql import ARRAY  # only with a shared database, whose dialect is then loaded

    ids, values = bindparam("ids", type_=ARRAY(BigInteger)), bindparam("given", type_=ARRAY(BigInteger))
    pair = func.unnest(ids, values).table_valued(column("id", BigInteger), column("value", BigInteger), name="given")
    return pair.render_derived()


def _json_pairs() -> Any:
    rows = func.json_each(bindparam("pairs")).table_valued("value", name="rows")
    return select(
        func.json_extract(rows.c.value, "$[0]").label("id"), func.json_extract(rows.c.value, "$[1]").label("value")
    ).subquery("given")
