"""The whole database as a test compares it, and what must hold in it after anything."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import Table, select

from backoffice.kernel.database import Database
from backoffice.kernel.invariants import broken
from backoffice.kernel.schema import Base
from tests.support.shared import INNER_TABLES, by_administrator

_INNER = frozenset({"acting", "row_journal"})  # what the program keeps for itself


def rows_of(database: Database, table: str) -> list[dict[str, Any]]:
    """All rows of a table, as mappings, in the order of their keys."""
    with by_administrator(database) as opened:
        return _rows_of(opened, table)


def _rows_of(database: Database, table: str) -> list[dict[str, Any]]:
    found: Table = Base.metadata.tables[table]
    with database.read() as session:
        result = session.execute(select(found).order_by(*found.primary_key.columns))
        return [dict(row) for row in result.mappings()]


def dump(database: Database, *without: str) -> dict[str, list[str]]:
    """Everything in the database, table by table, to compare before and after."""
    with by_administrator(database) as opened:
        return {
            name: [repr(row) for row in _rows_of(opened, name)]
            for name in sorted(Base.metadata.tables)
            if name not in without and name not in INNER_TABLES
        }


def counts(database: Database) -> dict[str, int]:
    return {name: len(rows) for name, rows in dump(database, "audit_journal").items()}


def broken_promises(database: Database) -> list[str]:
    """What does not hold that must always hold, as `backoffice doctor` tells it to an administrator."""
    with by_administrator(database) as opened, opened.engine.connect() as connection:
        return [f"{one.invariant.name}: {', '.join(one.rows)}" for one in broken(connection)]


def check_books(database: Database) -> None:
    """What must hold after anything: whole invoices, gapless series, each billed unit in one live charge."""
    invoices = {row["id"]: row for row in rows_of(database, "invoices")}
    charges = rows_of(database, "charges")
    counters = {row["series"]: row["last"] for row in rows_of(database, "number_counters")}
    ours = [row for row in invoices.values() if row["kind"] != "historic"]
    cancelled = {row["cancels_id"] for row in ours if row["cancels_id"] is not None}

    drawn: dict[str, list[int]] = defaultdict(list)
    for row in ours:
        match = re.fullmatch(r"([A-Za-z0-9]{1,10}-[FA]\d{4})(\d{5})", row["number"])
        assert match, row["number"]
        drawn[match[1]].append(int(match[2]))
    assert {series: sorted(numbers) for series, numbers in drawn.items()} == {
        series: list(range(1, last + 1)) for series, last in counters.items()
    }

    lines: dict[int, int] = defaultdict(int)
    for charge in charges:
        if charge["invoice_id"] is not None:
            lines[charge["invoice_id"]] += charge["amount"].cents
    for row in ours:
        if row["kind"] == "invoice":
            assert row["total"].cents == lines[row["id"]], row["number"]
            assert row["total"].cents >= 1500, row["number"]
        else:
            assert row["total"] == -invoices[row["cancels_id"]]["total"], row["number"]

    live = {charge["id"] for charge in charges if charge["invoice_id"] not in cancelled}
    units = Counter(row["charge_id"] for row in rows_of(database, "attendances") if row["charge_id"] is not None)
    assert set(units) <= live
    # A live line of ours prices at least one unit.
    replaced = {charge["replaces_id"] for charge in charges}
    own = {charge["id"] for charge in charges if not charge["stored_price"]}
    assert (live & own) - replaced <= set(units)

    payers = Counter(row["invoice_id"] for row in rows_of(database, "invoice_payers"))
    assert all(payers[row["id"]] for row in ours)
    assert {row["id"]: row["payer_count"] for row in invoices.values() if row["payer_count"]} == payers
