"""Tables written to an Excel file row by row: typed cells, texts that stay texts, the same bytes each time.

The file is streamed by openpyxl's write-only mode, so memory does not grow with the number of rows.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.writer.excel import ExcelWriter

Row = TypeVar("Row")
Value = str | int | Decimal | date | None

_LONGEST_TEXT = 32_767
_LONGEST_SHEET_NAME = 31
_REFUSED_BY_XML = re.compile("[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
_REFUSED_IN_NAMES = re.compile(r"[\[\]:*?/\\]+")
# What a spreadsheet could run or take for an error; openpyxl itself writes « =… » as a formula, « #N/A » as an error.
_RISKY_STARTS = ("=", "+", "-", "@", "#")
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)        # the first day a zip file can tell
_BOLD = Font(name="Calibri", size=11, bold=True)
_HEADER_FILL = PatternFill("solid", fgColor="ECEAE5")
_BELOW_HEADER, _ABOVE_TOTAL = Border(bottom=Side("thin", "85817A")), Border(top=Side("thin", "85817A"))


class Kind(Enum):
    """What a column holds, with its number format and the side it leans to."""

    TEXT = ("General", "left")
    COUNT = ("#,##0", "right")
    EUROS = ('#,##0.00 "€"', "right")
    QUANTITY = ("General", "right")     # « 17 » and « 86,5 »: « #,##0.## » shows « 17, »
    DAY = ("dd/mm/yyyy", "left")
    MONTH = ("mm/yyyy", "left")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column: heading, width in characters, kind, and how to read it from a row."""

    heading: str
    width: float
    kind: Kind
    read: Callable[[Row], Value]


class TableWorkbook:
    """An Excel file made of one table per sheet. Call `add` for each sheet, then `write` once."""

    def __init__(self, title: str, author: str, day: date) -> None:
        self._book = Workbook(write_only=True)
        self._title, self._author = plain_text(title), plain_text(author)
        properties = self._book.properties
        properties.title, properties.creator = self._title, self._author
        self._stamp = datetime(day.year, day.month, day.day, tzinfo=UTC).replace(tzinfo=None)
        properties.created = self._stamp
        self._names: set[str] = set()

    def reserve(self, *names: str) -> None:
        """Keeps names for sheets that come later."""
        self._names.update(name.casefold() for name in names)

    def add(self, name: str, columns: Sequence[Column[Row]], rows: Iterable[Row],
            total: Sequence[Value] | None = None, *, reserved: bool = False) -> str:
        """One sheet: header (frozen, filtered, repeated in print), rows, and a total row outside the filter.

        Returns the name the sheet got: Excel refuses some signs, more than 31 characters and doubles. `reserved`
        says that `name` was kept for this sheet by `reserve`.
        """
        title = name if reserved else sheet_name(name, self._names)
        self._names.add(title.casefold())
        sheet = self._book.create_sheet(title)
        self._prepare(sheet, columns)
        sheet.append([_heading(sheet, column.heading, column.kind) for column in columns])
        cells = [_Cell(sheet, column.kind) for column in columns]
        readers = [column.read for column in columns]
        count = 0
        for row in rows:
            sheet.append([cell.holding(read(row)) for cell, read in zip(cells, readers, strict=True)])
            count += 1
        # Without rows a filter over the header alone is refused by some readers.
        if count:
            sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count + 1}"
        if total is not None:
            sheet.append([_Cell(sheet, column.kind, total=True).holding(value)
                          for column, value in zip(columns, total, strict=True)])
        return title

    def write(self, stream: IO[bytes]) -> None:
        """Writes the file; the workbook cannot be used afterwards."""
        with _StillZip(stream, self._stamp) as archive:
            # ExcelWriter rather than Workbook.save: the latter makes the zip itself, with the clock's time.
            ExcelWriter(self._book, archive).write_data()

    def _prepare(self, sheet: Any, columns: Sequence[Column[Row]]) -> None:
        for index, column in enumerate(columns, start=1):
            sheet.column_dimensions[get_column_letter(index)].width = column.width
        sheet.row_dimensions[1].height = 24
        sheet.freeze_panes = "B2"
        sheet.print_title_rows = "1:1"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = 9  # A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_margins.left = sheet.page_margins.right = 0.4
        sheet.oddHeader.left.text = self._author.replace("&", "&&")
        sheet.oddHeader.right.text = self._title.replace("&", "&&")
        sheet.oddFooter.left.text = "&A"
        sheet.oddFooter.right.text = "&P/&N"


class _Cell:
    """One cell object for a whole column: a row is written as soon as it is appended, so it serves again."""

    def __init__(self, sheet: Any, kind: Kind, *, total: bool = False) -> None:
        self._plain, self._quoted = (_styled(sheet, kind, total=total) for _ in range(2))
        self._total = total
        # Excel keeps such a text a text even when the agent edits the cell.
        self._quoted.quotePrefix = True

    def holding(self, value: Value) -> Any:
        if isinstance(value, str):
            text = plain_text(value)
            risky = text.startswith(_RISKY_STARTS)
            if not (risky or self._total):
                return text or None     # without a style: by far the cheapest cell
            cell = self._quoted if risky else self._plain
            cell.value = text
            cell.data_type = "s"
            return cell
        self._plain.value = value
        return self._plain


def _styled(sheet: Any, kind: Kind, *, total: bool) -> Any:
    cell = WriteOnlyCell(sheet)
    cell.number_format, side = kind.value
    cell.alignment = Alignment(horizontal=side)
    if total:
        cell.font, cell.border = _BOLD, _ABOVE_TOTAL
    return cell


def _heading(sheet: Any, text: str, kind: Kind) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font, cell.fill, cell.border = _BOLD, _HEADER_FILL, _BELOW_HEADER
    cell.alignment = Alignment(horizontal=kind.value[1], vertical="center", wrap_text=True)
    return cell


@lru_cache(maxsize=8192)
def plain_text(text: str) -> str:
    """The text in one line, without what XML refuses nor blanks around, no longer than a cell holds."""
    return _REFUSED_BY_XML.sub(" ", text).strip()[:_LONGEST_TEXT]


def sheet_name(wanted: str, taken: Iterable[str] = ()) -> str:
    """A name Excel accepts, near the wanted one and different from those taken (case does not count)."""
    used = {name.casefold() for name in taken} | {"history", "historique"}  # Excel keeps these for itself
    base = _REFUSED_IN_NAMES.sub(" ", plain_text(wanted))
    base = " ".join(base.split()).strip("' ") or "Feuille"
    name, number = _cut(base, _LONGEST_SHEET_NAME), 1
    while name.casefold() in used:
        number += 1
        ending = f" ({number})"
        name = _cut(base, _LONGEST_SHEET_NAME - len(ending)) + ending
    return name


def _cut(text: str, length: int) -> str:
    """Excel counts UTF-16 units: a sign beyond the first plane is two."""
    return text.encode("utf-16-le")[:length * 2].decode("utf-16-le", "ignore").strip("' ")


class _StillZip(zipfile.ZipFile):
    """A zip whose entries carry no clock time, so that the same workbook gives the same bytes."""

    def __init__(self, stream: IO[bytes], stamp: datetime) -> None:
        super().__init__(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._stamp = stamp

    def writestr(self, zinfo_or_arcname: str | zipfile.ZipInfo, data: Any, *_: object,
                 **__: object) -> None:
        name = zinfo_or_arcname if isinstance(zinfo_or_arcname, str) else zinfo_or_arcname.filename
        if name == "docProps/core.xml":  # openpyxl writes the present time there, whatever it is told
            text = data if isinstance(data, str) else bytes(data).decode("utf-8")
            moment = self._stamp.strftime("%Y-%m-%dT%H:%M:%SZ")
            data = re.sub(r"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{moment}", text)
        super().writestr(self._entry(name), data)

    def write(self, filename: Any, arcname: Any = None, *_: object, **__: object) -> None:
        entry = self._entry(str(arcname or filename))
        entry.file_size = Path(filename).stat().st_size  # beyond 2 GiB the header needs to know
        with Path(filename).open("rb") as source, self.open(entry, "w") as target:
            shutil.copyfileobj(source, target, 1 << 16)

    @staticmethod
    def _entry(name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name.lstrip("/"), _ZIP_DAY)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 0         # the same on Windows and Linux
        return entry
