"""Whole towns in the grid: the invented one shows every state of the legend, and the months of the Noethys examples are
there as they were kept."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.activity_rules import ListRules
from backoffice.bookings.grid import Grid, ReadGrid
from backoffice.bookings.rules.states import LEGEND, CellState
from backoffice.bootstrap import open_application
from backoffice.cli.demo import make_demo
from backoffice.demo.folder import DemoFolder
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.periods import Month
from backoffice.kernel.progress import silent
from tests.importing.taken_over import ALSH, CANTINE, EXAMPLES, new_base, take_over

SUNDAY = FixedClock(datetime(2026, 11, 22, 9, tzinfo=UTC))


@pytest.fixture(scope="module")
def valbrume(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    made = make_demo(DemoFolder(tmp_path_factory.mktemp("demo") / "essai"), None, SUNDAY, silent)
    app = open_application(made.address, SUNDAY)
    yield app
    app.database.close()


def shown(grid: Grid) -> Counter[CellState]:
    """How many cells of each state, empty ones included."""
    return Counter(
        state
        for child in grid.children
        for slot in grid.columns
        for day in grid.days
        if (state := grid.state_at(child, slot, day)) is not None
    )


def month_of(app: Application, month: Month) -> Grid:
    return app.ask(ReadGrid(month.first_day, month.last_day))


def test_the_demonstration_shows_every_state(valbrume: Application) -> None:
    today = shown(month_of(valbrume, Month(2026, 11)))
    assert set(LEGEND) - today.keys() == {CellState.BILLED}  # November is not billed yet
    assert shown(month_of(valbrume, Month(2026, 10)))[CellState.BILLED] > 500


def test_its_rules_are_said_in_french_with_their_source(valbrume: Application) -> None:
    rules = valbrume.ask(ListRules())
    assert len({rule.kind for rule in rules}) >= 7
    assert all(rule.in_french and rule.source for rule in rules)


def test_children_of_the_demonstration_have_their_groups(valbrume: Application) -> None:
    groups = {child.group for child in month_of(valbrume, Month(2026, 11)).children}
    assert {"Maternels", "Élémentaires"} <= groups


@pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason="les fichiers d'exemple de Noethys (../shared/real/noethys) ne sont pas là")
@pytest.mark.parametrize("name", [ALSH, CANTINE])
def test_the_months_of_a_noethys_file_are_in_the_grid_with_their_states(name: str, tmp_path: Path) -> None:
    path = tmp_path / "enfance.sqlite"
    app = new_base(path)
    take_over(app, EXAMPLES / name)
    with closing(sqlite3.connect(path)) as connection:
        kept = Counter({
            (month, state, billed): count for month, state, billed, count in connection.execute(
                "SELECT substr(day, 1, 7), state, charge_id IS NOT NULL, count(*) FROM attendances GROUP BY 1, 2, 3")
        })
        first, last = connection.execute("SELECT min(day), max(day) FROM attendances").fetchone()
    found: Counter[tuple[str, str, int]] = Counter()
    states: Counter[CellState] = Counter()
    month = Month.of(date.fromisoformat(first))
    while month <= Month.of(date.fromisoformat(last)):
        for (_, _, day), cell in month_of(app, month).cells.items():
            assert cell.stored is not None
            found[str(Month.of(day)), cell.stored.value, int(cell.state is CellState.BILLED)] += 1
            states[cell.state] += 1
        month = month.plus(1)
    app.database.close()
    assert found == kept
    assert states[CellState.BILLED] or states[CellState.REAL]
    assert AttendanceState.PRESENT.value in {state for _, state, _ in kept} or states[CellState.BILLED]
