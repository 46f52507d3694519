"""Many rows changed by one statement: what a loop of small ones would do a hundred times slower on a network.

And rows deleted, which the shared database does through its own functions.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, bindparam, column, delete, func, inspect, select, text, update

from backoffice.kernel.access.statements import removal_of
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.schema import Base

_PAIRS_AT_ONCE = 20_000


def set_by_id(session: Session, rows: type[Base], name: str, pairs: Iterable[tuple[int, int]]) -> None:
    """Give the whole-number column `name` its new value row by row: pairs (id of the row, value)."""
    table = rows.__table__
    shared = is_shared(session)
    given = _unnested_arrays() if shared else _json_pairs()
    statement = update(table).where(table.c.id == given.c.id).values({name: given.c.value})  # type: ignore[arg-type]
    for some in batches(pairs, _PAIRS_AT_ONCE):
        parameters: dict[str, object] = (
            {"ids": [row for row, _ in some], "given": [value for _, value in some]}
            if shared
            else {"pairs": json.dumps(some)}
        )
        session.execute(statement, parameters)


def is_shared(session: Session) -> bool:
    """Whether this is the shared database, where the server itself keeps the rights."""
    return session.get_bind().dialect.name == "postgresql"


def remove(session: Session, rows: type[Base], ids: Collection[int]) -> int:
    """Delete the rows with these keys; returns how many went. Mapped objects of them are forgotten.

    On the shared database agents have no right to delete, which would let them lock a table: its functions do it,
    under the same policies.
    """
    if not ids:
        return 0
    session.flush()
    (key,) = rows.__table__.primary_key.columns  # type: ignore[attr-defined]
    gone = 0
    for some in batches(sorted(ids)):
        if is_shared(session):
            statement = text(f"SELECT {removal_of(rows.__tablename__)}(CAST(:ids AS bigint[]))")
            gone += int(session.scalar(statement, {"ids": list(some)}) or 0)
        else:
            gone += int(session.execute(
                delete(rows).where(key.in_(some)).execution_options(synchronize_session=False)
            ).rowcount)  # type: ignore[attr-defined]
    wanted = set(ids)
    for found in [each for each in session if isinstance(each, rows)]:
        identity = inspect(found).identity
        if identity is not None and identity[0] in wanted:
            session.expunge(found)
    return gone


def new_ids(session: Session, function: str, count: int) -> Sequence[int] | None:
    """Ids drawn beforehand by a function of the shared database; None where the database gives them at insertion."""
    if not is_shared(session) or not count:
        return None
    return list(session.scalars(text(f"SELECT {function}(:count)"), {"count": count}))


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
