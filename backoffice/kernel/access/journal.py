"""The triggers that write the journal of rows, on both engines, from the rights table and the schema."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import JSON, Column, MetaData, Table

from backoffice.kernel.access.rights import Rights, TableRights
from backoffice.kernel.schema import DocumentType

_VERBS = ("INSERT", "UPDATE", "DELETE")


def journalled(rights: Rights, metadata: MetaData) -> Iterator[tuple[TableRights, Table]]:
    """The tables that the journal follows."""
    for name in sorted(metadata.tables):
        if rights.tables[name].key:
            yield rights.tables[name], metadata.tables[name]


def shared_triggers(rights: Rights, metadata: MetaData) -> Iterator[str]:
    """One trigger for each table; the function does the rest."""
    for table, schema in journalled(rights, metadata):
        arguments = ", ".join(f"'{name}'" for name in (table.key, *table.secret))
        yield f"DROP TRIGGER IF EXISTS {table.name}_journal ON {table.name}"
        yield (
            f"CREATE TRIGGER {table.name}_journal AFTER INSERT OR DELETE OR UPDATE{_watched(table, schema)}"
            f" ON {table.name} FOR EACH ROW EXECUTE FUNCTION journal_row({arguments})"
        )


def embedded_triggers(rights: Rights, metadata: MetaData) -> Iterator[str]:
    """Three triggers for each table: SQLite has no common function, nor a user; `acting` says who it is."""
    for table, schema in journalled(rights, metadata):
        for verb in _VERBS:
            trigger = f"{table.name}_journal_{verb.lower()}"
            if verb == "INSERT" and table.own_trace:
                continue
            before = "NULL" if verb == "INSERT" else as_json("OLD", table, schema)
            after = "NULL" if verb == "DELETE" else as_json("NEW", table, schema)
            row = "OLD" if verb == "DELETE" else "NEW"
            watched = _watched(table, schema) if verb == "UPDATE" else ""
            yield f"DROP TRIGGER IF EXISTS {trigger}"
            yield (
                f"CREATE TRIGGER {trigger} AFTER {verb}{watched} ON {table.name} BEGIN"
                " INSERT INTO row_journal (at, actor, moment, table_name, row_id, verb, before, after)"
                f" SELECT at, login, 0, '{table.name}', {row}.{table.key}, '{verb[0]}', {before}, {after} FROM acting;"
                " END"
            )


def _watched(table: TableRights, schema: Table) -> str:
    """The columns whose change is worth a line; nothing when they all are."""
    if not table.unjournalled:
        return ""
    return f" OF {', '.join(c.name for c in schema.columns if c.name not in table.unjournalled)}"


def as_json(row: str, table: TableRights, schema: Table) -> str:
    """A row of an embedded database as its journal keeps it; `row` is what the statement calls it."""
    # A secret value is not copied at all here: whoever reads this file reads the table as well.
    kept = (c for c in schema.columns if c.name not in table.secret)
    return f"json_object({', '.join(f'{c.name!r}, {_value(row, c)}' for c in kept)})"


def _value(row: str, column: Column[object]) -> str:
    return f"json({row}.{column.name})" if isinstance(column.type, JSON | DocumentType) else f"{row}.{column.name}"
