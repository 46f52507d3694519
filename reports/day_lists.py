"""The lists of a day, on paper and as a workbook: who is expected, who is in right now, what is eaten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from io import BytesIO
from itertools import groupby
from typing import TypeVar

from backoffice.clocking.lists import Inside, InsideRow, MealRow, MealsOfDay, PresenceRow
from backoffice.kernel.money import NO_BREAK_SPACE
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress, silent
from backoffice.kernel.zone import day_and_minute
from reports.table_pdf import PrintedColumn, PrintedTable, render_table
from reports.workbook import Column, Kind, TableWorkbook, Value

R = TypeVar("R")
K = TypeVar("K")

_AUTHOR = "Back-office Enfance"
_NO_SECTION = "Sans section"


@dataclass(frozen=True, slots=True)
class ListColumn:
    """`hand`: to be filled in with a pen; `width` in characters, in the workbook."""

    title: str
    width: int
    kind: Kind = Kind.TEXT
    hand: bool = False


@dataclass(frozen=True)
class DayList:
    """A list of a day, in groups: « Maternels » and its rows. `grouped_by` heads their words in the workbook."""

    title: str
    said: tuple[str, ...]
    count: str
    day: date
    grouped_by: str
    columns: tuple[ListColumn, ...]
    groups: tuple[tuple[str, tuple[tuple[Value, ...], ...]], ...] = field(default=())

    @property
    def file_name(self) -> str:
        """« Liste de présence 2025-10-08 »."""
        return f"{self.title} {self.day.isoformat()}"


def day_list_pdf(listed: DayList, progress: Progress = silent) -> bytes:
    """Same list, same bytes. Raises what `render_table` raises."""
    columns = tuple(
        PrintedColumn(column.title, column.kind is Kind.COUNT, column.kind in {Kind.COUNT, Kind.DAY}, column.hand)
        for column in listed.columns
    )
    rows: list[tuple[str, ...]] = []
    headings = {}
    for words, own in listed.groups:
        headings[len(rows)] = words
        rows.extend(tuple(_text(value) for value in row) for row in own)
    spaced = any(column.hand for column in listed.columns)
    table = PrintedTable(listed.title, listed.said, listed.count, listed.day, columns, rows, headings, spaced)
    return render_table(table, progress)


def day_list_workbook(listed: DayList) -> bytes:
    """One sheet; the words of each group stand in its first column."""
    book = TableWorkbook(listed.file_name, _AUTHOR, listed.day)
    heads = [ListColumn(listed.grouped_by, 28), *listed.columns]
    columns: list[Column[tuple[Value, ...]]] = [
        Column(head.title, float(head.width), head.kind, partial(_nth, place)) for place, head in enumerate(heads)
    ]
    book.add(listed.title, columns, ((words, *row) for words, own in listed.groups for row in own))
    stream = BytesIO()
    book.write(stream)
    return stream.getvalue()


def _nth(place: int, row: tuple[Value, ...]) -> Value:
    return row[place]


def _text(value: Value) -> str:
    if value is None:
        return ""
    return french_day(value) if isinstance(value, date) else str(value)


def _clock(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60}{NO_BREAK_SPACE}h{NO_BREAK_SPACE}{minute % 60:02d}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count}{NO_BREAK_SPACE}{many if count > 1 else one}"


# --- the three lists ---------------------------------------------------------------------------------------------


def presence(rows: Sequence[PresenceRow], day: date, where: str) -> DayList:
    """« Liste de présence », with what is clocked already, and squares to tick for the rest."""
    columns = (
        ListColumn("Enfant", 28), ListColumn("Né(e) le", 12, Kind.DAY), ListColumn("Santé", 9),
        ListColumn("Créneaux", 26), ListColumn("Attendu", 18), ListColumn("Arrivée", 10, hand=True),
        ListColumn("Départ", 10, hand=True),
    )
    groups = tuple(
        (f"{_place(activity, section)} ({len(own)})", tuple(map(_presence, own)))
        for (activity, section), own in _gathered(rows, lambda row: (row.activity, row.section))
    )
    children = len({(row.child_name, row.birth_date) for row in rows})
    return DayList("Liste de présence", (where, french_day(day)), _counted(children, "enfant", "enfants"), day,
                   "Activité et section", columns, groups)


def _presence(row: PresenceRow) -> tuple[Value, ...]:
    awaited = " – ".join(_clock(one) for one in (row.from_minute, row.to_minute) if one is not None)
    return (row.child_name, row.birth_date, "alerte" if row.alert else "", ", ".join(row.slots), awaited,
            _clock(row.arrived), _clock(row.left))


def evacuation(inside: Inside, where: str) -> DayList:
    """« Liste d'évacuation »: who is in at that instant, whom to call, and a square to tick at the meeting point."""
    day, minute = day_and_minute(inside.at)
    columns = (
        ListColumn("Enfant", 28), ListColumn("Né(e) le", 12, Kind.DAY), ListColumn("Santé", 9),
        ListColumn("Arrivée", 10), ListColumn("Où", 30), ListColumn("À appeler", 44), ListColumn("Là", 6, hand=True),
    )
    groups = tuple(
        (f"{section or _NO_SECTION} ({len(own)})", tuple(map(_inside, own)))
        for section, own in _gathered(inside.rows, lambda row: row.section)
    )
    said = (where, f"présents le {french_day(day)} à {_clock(minute)}")
    return DayList("Liste d'évacuation", said, _counted(len(inside.rows), "enfant", "enfants"), day, "Section", columns,
                   groups)


def _inside(row: InsideRow) -> tuple[Value, ...]:
    called = ", ".join(f"{one.name} {one.phone.replace(' ', NO_BREAK_SPACE)}" for one in row.called)
    return (row.child_name, row.birth_date, "alerte" if row.alert else "", _clock(row.arrived), row.where,
            called or "aucun téléphone connu", "")


def meals(found: MealsOfDay, day: date, where: str) -> DayList:
    """« Repas »: ordered and counted, by slot, section and menu, then in all."""
    columns = (
        ListColumn("Section", 28), ListColumn("Menu", 36), ListColumn("Commandés", 12, Kind.COUNT),
        ListColumn("Comptés", 12, Kind.COUNT),
    )
    groups = [
        (_place(*place), tuple(map(_meal, own)))
        for place, own in _gathered(found.rows, lambda row: (row.activity, row.slot))
    ]
    if len(groups) > 1 or len(found.rows) > len(found.totals):
        groups.append(("Total", tuple(("", *total) for total in found.totals)))
    ordered = sum(number for _, number, _ in found.totals)
    served = sum(number for _, _, number in found.totals)
    count = f"{_counted(ordered, 'repas commandé', 'repas commandés')}, {_counted(served, 'compté', 'comptés')}"
    return DayList("Repas", (where, french_day(day)), count, day, "Activité et créneau", columns, tuple(groups))


def _meal(row: MealRow) -> tuple[Value, ...]:
    return (row.section or _NO_SECTION, row.menu, row.ordered, row.served)


def _place(activity: str, within: str) -> str:
    return f"{activity} · {within}" if within else activity


def _gathered(rows: Iterable[R], key: Callable[[R], K]) -> Iterator[tuple[K, list[R]]]:
    """Rows that follow one another under the same words."""
    for words, own in groupby(rows, key):
        yield words, list(own)
