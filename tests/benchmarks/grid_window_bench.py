"""The grid of reservations drawn offscreen, without a base behind it. Prints figures beside their targets.

    python -m tests.benchmarks.grid_window_bench [children=400] [days=31] [slots=5]

- « ouverture » : from a grid that was read to its first frame painted;
- « défilement » : each step of the wheel or of the arrows until its frame is painted (wanted: 16 ms at most);
- « peinture » : a whole frame painted again, with a week waiting to be saved, then the whole month (16 ms);
- « filtre » : a name, a state, an activity, until the frame is painted (100 ms);
- « gestes » : a week, then everything, chosen and painted.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QScrollBar

    from ui.theme.tokens import Theme

FIRST = date(2025, 10, 1)
ROUNDS = 60


def spread(milliseconds: Sequence[float]) -> str:
    ordered = sorted(milliseconds)
    p95 = ordered[min(len(ordered) * 95 // 100, len(ordered) - 1)]
    return f"p50 {statistics.median(ordered):6.1f}   p95 {p95:6.1f}   max {ordered[-1]:6.1f} ms"


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1000


def main(arguments: Sequence[str]) -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from ui.app import make_qt
    from ui.theme.style import apply
    from ui.theme.tokens import Theme, ThemeName

    given = dict(argument.split("=", 1) for argument in arguments)
    children, days, slots = (int(given.get(name, default))
                             for name, default in (("children", "400"), ("days", "31"), ("slots", "5")))
    qt = make_qt(["backoffice"])
    for theme in (Theme(), Theme(ThemeName.DARK, 2.0)):
        apply(qt, theme)
        print(f"{children} enfants × {days} jours × {slots} créneaux, {theme.name.label},"
              f" texte {round(theme.scale * 100)} %, 1366 × 768")
        _measure(qt, theme, children, days, slots)
    return 0


def _measure(qt: QApplication, theme: Theme, child_count: int, day_count: int, slot_count: int) -> None:
    from PySide6.QtWidgets import QVBoxLayout, QWidget

    from backoffice.bookings.grid import ReadGrid
    from backoffice.bookings.rules.painting import Draft
    from backoffice.bookings.rules.states import CellState, Stored
    from tests.support.grids import full_grid
    from ui.screens.bookings.cells import SheetCells
    from ui.screens.bookings.sheet import Filters, Sheet
    from ui.screens.bookings.view import BARS
    from ui.widgets.grid.bar import Bar
    from ui.widgets.grid.bars import GridBars
    from ui.widgets.grid.table import GridTable

    grid = full_grid(ReadGrid(FIRST, FIRST + timedelta(days=day_count - 1)), child_count, slot_count)
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setSpacing(0)
    table = GridTable(theme)
    draft = Draft()
    now: list[SheetCells] = []

    def bar_of(column: int, row: int) -> Bar:
        return now[0].bar(column, row)

    bars = GridBars(theme, table, BARS, bar_of)
    layout.addWidget(table, 1)
    layout.addWidget(bars)
    page.resize(1366, 640)
    page.show()
    qt.processEvents()

    def frame() -> None:
        table.viewport().repaint()
        table.children_header.viewport().repaint()
        table.days_header.viewport().repaint()
        bars.repaint()

    def show(filters: Filters) -> None:
        now[:] = [SheetCells(Sheet.of(grid, filters), lambda: draft, lambda _cell: False, FIRST)]
        table.show_cells(now[0], moved=True)
        frame()

    print(f"  ouverture                      {timed(lambda: show(Filters())):6.1f} ms")
    down, across = table.verticalScrollBar(), table.horizontalScrollBar()
    for words, bar, step in (("vers le bas", down, 81), ("de côté", across, 120)):
        print(f"  défilement {words:<14}      {spread([_scrolled(bar, n * step, frame) for n in range(ROUNDS)])}")
        bar.setValue(0)
    print(f"  peinture                       {spread([timed(frame) for _ in range(ROUNDS)])}")

    sheet = now[0].sheet
    everywhere = [sheet.cell(row, column) for row in range(len(sheet.children)) for column in range(len(sheet.columns))]
    for words, cells in (("une semaine attend", everywhere[:35]), ("un mois attend", everywhere)):
        start = time.perf_counter()
        draft = Draft().paint(cells, Stored.SPECIAL, sheet.saved)
        gesture = (time.perf_counter() - start) * 1000
        frames = [timed(frame) for _ in range(5 if len(cells) > 1000 else ROUNDS)]
        print(f"  peinture, {words:<22}{spread(frames)}   (le geste : {gesture:.1f} ms, {len(draft)} cases)")
    draft = Draft()
    for words, filters in (
        ("nom", Filters(words="lea")), ("état", Filters(state=CellState.PAYABLE)),
        ("état impossible", Filters(state=CellState.CLOSED)), ("activité", Filters(activities=frozenset({1}))),
        ("tout", Filters()),
    ):
        print(f"  filtre, {words:<22} {timed(partial(show, filters)):6.1f} ms")
    table.selectAll()
    print(f"  tout choisir : les cases       {timed(table.chosen):6.1f} ms")
    print(f"  les familles de ces cases      {timed(lambda: [sheet.family_of(cell) for cell in everywhere]):6.1f} ms")
    page.close()


def _scrolled(bar: QScrollBar, value: int, frame: Callable[[], None]) -> float:
    def step() -> None:
        bar.setValue(value)
        frame()

    return timed(step)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
