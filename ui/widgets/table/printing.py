"""What a table shows, as a PDF opened in the window: read there, printed or saved from there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from backoffice.kernel.money import NO_BREAK_SPACE
from backoffice.kernel.progress import Progress
from ui.presenting import Paper, banner_for
from ui.widgets.table.columns import Column, shown

if TYPE_CHECKING:
    from reports.table_pdf import PrintedTable
    from ui.screen import Surroundings
    from ui.widgets.table.view import Table

_EACH = 500  # rows between two looks at « Arrêter »


def print_table(around: Surroundings, table: Table[Any], title: str, name: str, said: Sequence[str]) -> None:
    """Make the PDF in a job, then show it. `name` is what the rows are, in the plural; `said` what keeps these only."""
    columns, rows = table.columns_seen(), table.table_model.rows_seen()
    sorting = table.arrangement()
    order = f"par {sorting.sorted_by.lower()}{', à rebours' if sorting.descending else ''}"
    conditions = (*said, order) if sorting.sorted_by else tuple(said)
    today = around.app.clock.today()

    def work(progress: Progress) -> Paper:
        from reports.table_pdf import render_table

        printed = printed_table(title, conditions, name, today, columns, rows, progress)
        return Paper(title, f"{title} {today.isoformat()}", render_table(printed, progress))

    def refused(error: Exception) -> None:
        banner = banner_for(error)
        if banner is not None:
            around.desk.tell(banner.text, None)

    around.desk.run.read(work, around.show_paper, refused, "print", "Mise en page")


def printed_table(
    title: str, said: Sequence[str], name: str, day: date, columns: Sequence[Column[Any]], rows: Sequence[Any],
    progress: Progress,
) -> PrintedTable:
    """The texts of every cell, as `reports` lays them out."""
    from reports.table_pdf import PrintedColumn, PrintedTable

    texts: list[tuple[str, ...]] = []
    for number, row in enumerate(rows):
        if number % _EACH == 0:
            progress(0, 1, "Mise en page")
        texts.append(tuple(column.printed(row) for column in columns))
    named = name if len(texts) > 1 else name.removesuffix("s")
    heads = tuple(PrintedColumn(column.title, column.to_the_right, column.is_whole) for column in columns)
    return PrintedTable(title, tuple(said), f"{shown(len(texts))}{NO_BREAK_SPACE}{named}", day, heads, texts)
