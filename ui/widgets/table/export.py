"""What a table shows, as a workbook: the same columns, typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

from backoffice.kernel.filestore import make_folder, write_whole
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from backoffice.kernel.progress import Progress
from reports import workbook
from ui.widgets.table.columns import Column, Kind, shown

R = TypeVar("R")

_KINDS = {
    Kind.TEXT: workbook.Kind.TEXT,
    Kind.STATE: workbook.Kind.TEXT,
    Kind.NUMBER: workbook.Kind.COUNT,
    Kind.MONEY: workbook.Kind.EUROS,
    Kind.DIFFERENCE: workbook.Kind.EUROS,
    Kind.DATE: workbook.Kind.DAY,
}


def write_table(
    path: Path, title: str, columns: Sequence[Column[R]], rows: Sequence[R], progress: Progress
) -> None:
    """Write the rows seen to an Excel file. Raises EnvironmentFault."""
    progress(0, 2, "Export")
    book = workbook.TableWorkbook(title, "Back-office Enfance", date(2000, 1, 1))
    book.add(title, tuple(_column(column) for column in columns), rows)
    stream = BytesIO()
    book.write(stream)
    progress(1, 2, "Export")
    make_folder(path.parent)
    write_whole(path, stream.getvalue())
    progress(2, 2, "Export")


def _column(column: Column[R]) -> workbook.Column[R]:
    return workbook.Column(column.title, float(column.width + 2), _KINDS[column.kind], _reader(column.value))


def _reader(value: Callable[[R], object]) -> Callable[[R], workbook.Value]:
    def read(row: R) -> workbook.Value:
        found: Any = value(row)
        if isinstance(found, Money):
            return found.euros
        if isinstance(found, bool | datetime | Month):
            return shown(found)
        if found is None or isinstance(found, str | int | Decimal | date):
            return found
        return shown(found)

    return read
