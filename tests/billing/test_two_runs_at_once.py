"""Fault 2 of the peer: two processes billing the same month made everything twice. Here one issues."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from backoffice.billing.documents import RecordFiles, WrittenFile
from backoffice.kernel.application import USE_CASES, Context, UseCase
from tests.support.books import check_books
from tests.support.processes import (
    CONTEXT,
    bill_and_wait_inside,
    bill_together,
    bill_when_told,
    ended,
    started,
    write_files_together,
)
from tests.support.towns import DAYS, SmallTown

MEALS = [f"CANT-F2511{number:05d}" for number in range(1, 4)]
LEISURE = [f"ALSH-F2511{number:05d}" for number in range(1, 7)]


def _text(town: SmallTown) -> str:
    url = town.address.url
    return str(town.address.path) if town.address.path else url.render_as_string(hide_password=False)


def _together(work: Callable[..., None], calls: list[tuple[Any, ...]]) -> list[Any]:
    """Run `work` in as many processes as there are calls; what each one answered."""
    start, results = CONTEXT.Barrier(len(calls)), CONTEXT.Queue()
    processes = [started(work, *call, start, results) for call in calls]
    assert [ended(process) for process in processes] == [0] * len(calls)
    return [results.get(timeout=10) for _ in calls]


def _fill(town: SmallTown) -> None:
    """Six families: three pass the threshold at the canteen, all six in the leisure centre."""
    meals = town.slot()
    leisure = town.slot("ALSH", name="Accueil de loisirs")
    for number in range(1, 7):
        household = town.family(f"FAMILLE {number}")
        town.attend(household, meals, DAYS[: number])
        town.attend(household, leisure)


def test_of_four_processes_that_bill_the_same_month_one_issues(either_town: SmallTown) -> None:
    _fill(either_town)

    answers = _together(bill_together, [(_text(either_town), ())] * 4)

    assert sorted(answers, key=len) == [[], [], [], LEISURE + MEALS]
    check_books(either_town.database)
    assert len(either_town.rows("invoices")) == 9


def test_a_run_started_in_the_midst_of_another_waits_and_finds_nothing(either_town: SmallTown) -> None:
    _fill(either_town)
    inside, trying, results = CONTEXT.Event(), CONTEXT.Event(), CONTEXT.Queue()
    processes = [
        started(work, _text(either_town), inside, trying, results)
        for work in (bill_and_wait_inside, bill_when_told)
    ]
    assert [ended(process) for process in processes] == [0, 0]
    answers = [results.get(timeout=10) for _ in processes]

    assert answers == [LEISURE + MEALS, []]
    check_books(either_town.database)


def test_two_services_are_billed_side_by_side(shared_town: SmallTown) -> None:
    _fill(shared_town)

    answers = _together(bill_together, [(_text(shared_town), ("CANT",)), (_text(shared_town), ("ALSH",))])

    assert sorted(answers) == [LEISURE, MEALS]
    check_books(shared_town.database)


def test_two_processes_that_write_the_same_files_both_succeed(either_town: SmallTown, tmp_path: Path) -> None:
    _fill(either_town)
    either_town.issue()
    folder = tmp_path / "pdf"

    answers = _together(write_files_together, [(_text(either_town), str(folder))] * 3)

    assert answers == [9, 9, 9]
    assert sorted(path.stem for path in folder.iterdir()) == LEISURE + MEALS
    assert all(
        (folder / f"{number}.pdf").read_bytes() == either_town.pdf(number) for number in LEISURE + MEALS
    )


def test_two_agents_who_remember_the_same_files_follow_one_another(
    shared_town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(shared_town)
    shared_town.issue()
    files = RecordFiles(tuple(WrittenFile(row["id"], "x" * 64, False) for row in shared_town.rows("invoices")))
    case, first_inside, failures = USE_CASES[RecordFiles], Event(), list[BaseException]()

    def handler(command: RecordFiles, context: Context) -> None:
        case.handler(command, context)
        if not first_inside.is_set():
            first_inside.set()
            sleep(0.3)  # long enough for the other to meet what is not committed yet

    def remember(wait: bool) -> None:
        if wait:
            first_inside.wait(10)
        try:
            shared_town.app.execute(files)
        except DBAPIError as exc:
            failures.append(exc)

    monkeypatch.setitem(USE_CASES, RecordFiles, UseCase(case.permission, case.action, handler))
    threads = [Thread(target=remember, args=(wait,)) for wait in (False, True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(shared_town.rows("invoice_files")) == 9
