"""The Noethys file itself: opened for reading only, refused with the right words, read table by table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backoffice.importing.noethys import schema
from backoffice.importing.noethys.schema import Selection
from backoffice.importing.noethys.values import Cell
from backoffice.kernel.errors import EnvironmentFault, UserError

_SIGNATURE = b"SQLite format 3\0"


class NoethysFile:
    """An open file. Table and column names are those of the source, whatever their case."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        names = [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        self.tables: dict[str, tuple[str, ...]] = {
            name.lower(): tuple(str(row[1]) for row in connection.execute(f"PRAGMA table_info({_quoted(name)})"))
            for name in sorted(names) if not name.lower().startswith("sqlite_")}

    def count(self, table: str) -> int:
        """How many rows; 0 for a table that this version does not have."""
        if table.lower() not in self.tables:
            return 0
        return int(self._connection.execute(f"SELECT COUNT(*) FROM {_quoted(table)}").fetchone()[0])

    def missing(self, selection: Selection) -> tuple[str, ...]:
        """Our words for the columns of the selection that this file does not have."""
        present = {column.lower() for column in self.tables.get(selection.table.lower(), ())}
        return tuple(ours for ours, theirs in selection.columns.items() if theirs.lower() not in present)

    def rows(self, selection: Selection) -> Iterator[dict[str, Cell]]:
        """The rows by our words, in the order of the key; nothing when the table or a needed column is absent."""
        missing = set(self.missing(selection))
        if missing & selection.needed:
            return
        words = list(selection.columns)
        picked = ", ".join("NULL" if word in missing else _quoted(selection.columns[word]) for word in words)
        key = _quoted(selection.columns[words[0]])
        for row in self._connection.execute(f"SELECT {picked} FROM {_quoted(selection.table)} ORDER BY {key}"):
            yield dict(zip(words, row, strict=True))

    def filled(self, table: str, columns: tuple[str, ...]) -> tuple[int, ...]:
        """For each column, how many rows say something (neither empty nor zero)."""
        if not columns:
            return ()
        counted = ", ".join(
            f"TOTAL(CASE WHEN typeof({_quoted(column)}) = 'blob' THEN length({_quoted(column)}) > 0"
            f" ELSE TRIM(COALESCE({_quoted(column)}, '')) NOT IN ('', '0', '0.0') END)" for column in columns)
        row = self._connection.execute(f"SELECT {counted} FROM {_quoted(table)}").fetchone()
        return tuple(int(total) for total in row)


@contextmanager
def opened(path: Path) -> Iterator[NoethysFile]:
    """The file, open for reading while the block lasts; nothing is ever written, not even beside it.

    Raises UserError `import.file_missing`, `import.not_a_database` (also an encrypted file, a backup archive, the
    settings of a network file), `import.corrupt` or `import.not_noethys`, and EnvironmentFault
    `import.file_unreadable`. Damage met later, inside the block, is `import.corrupt` too.
    """
    _check_signature(path)
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        connection = _connected(uri, path.name)
        try:
            source = NoethysFile(connection)
            if any(table not in source.tables for table in schema.CORE_TABLES):
                raise UserError("import.not_noethys", path=path.name)
            if any(set(source.missing(core)) & core.needed
                   for core in (schema.FAMILIES, schema.PEOPLE, schema.MEMBERSHIPS, schema.PARAMETERS)):
                raise UserError("import.not_noethys", path=path.name)
            yield source
        finally:
            connection.close()
    except sqlite3.DatabaseError as exc:
        primary = getattr(exc, "sqlite_errorcode", 0) & 0xFF
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise UserError("import.corrupt", path=path.name) from exc
        if primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
            raise EnvironmentFault("import.file_unreadable", path=path.name) from exc
        raise  # a mistake of ours, not of the file
    except UnicodeDecodeError as exc:  # the words of SQLite about damaged names
        raise UserError("import.corrupt", path=path.name) from exc


def _connected(uri: str, name: str) -> sqlite3.Connection:
    """A checked connection: every page of the file is looked at first."""
    connection = sqlite3.connect(uri, uri=True)
    connection.text_factory = _decoded
    try:
        checked = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except (sqlite3.DatabaseError, UnicodeDecodeError) as exc:
        connection.close()
        raise UserError("import.corrupt", path=name) from exc
    if checked != "ok":
        connection.close()
        raise UserError("import.corrupt", path=name)
    return connection


def _check_signature(path: Path) -> None:
    if not path.exists():
        raise UserError("import.file_missing", path=path.name)
    if not path.is_file():
        raise UserError("import.not_a_database", path=path.name)
    try:
        with path.open("rb") as file:
            start = file.read(len(_SIGNATURE))
    except OSError as exc:
        raise EnvironmentFault("import.file_unreadable", path=path.name) from exc
    if start != _SIGNATURE:
        raise UserError("import.not_a_database", path=path.name)


def _decoded(raw: bytes) -> str:
    """UTF-8, or the Windows encoding that the oldest versions of the source let through."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
