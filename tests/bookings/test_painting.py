"""What waits to be saved in the grid: any gestures, undone, give back the same state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backoffice.bookings.rules.painting import Cell, Draft
from backoffice.bookings.rules.states import Stored

MONDAY = date(2025, 10, 6)
WEEK = timedelta(days=7)
CELLS = [Cell(child, slot, MONDAY + timedelta(days=day)) for child in (1, 2) for slot in (1, 2) for day in range(14)]
BASE: dict[Cell, Stored] = dict(zip(CELLS, [*Stored] * len(CELLS), strict=False))

cells = st.lists(st.sampled_from(CELLS), max_size=6)
gestures = st.one_of(
    st.tuples(st.just("paint"), cells, st.sampled_from(Stored)),
    st.tuples(st.just("toggle"), cells, st.none()),
    st.tuples(st.just("copy"), cells, st.none()),
    st.tuples(st.just("fill"), cells, st.none()),
)


def saved(cell: Cell) -> Stored:
    return BASE.get(cell, Stored.NOTHING)


def everywhere(_cell: Cell) -> bool:
    return True


def done(draft: Draft, gesture: tuple[str, list[Cell], Stored | None]) -> Draft:
    kind, where, stored = gesture
    run: dict[str, Callable[[], Draft]] = {
        "paint": lambda: draft.paint(where, stored or Stored.NOTHING, saved),
        "toggle": lambda: draft.toggle(where, saved),
        "copy": lambda: draft.copy_days(where, WEEK, saved, everywhere),
        "fill": lambda: draft.fill_down([cell for cell in where if cell.child_id == 1], [2], saved, everywhere),
    }
    return run[kind]()


@given(st.lists(gestures, max_size=12))
def test_painting_then_undoing_gives_the_same_state(todo: list[tuple[str, list[Cell], Stored | None]]) -> None:
    drafts = [Draft()]
    for gesture in todo:
        drafts.append(done(drafts[-1], gesture))
    states = [draft.wanted for draft in drafts]
    last = drafts[-1]
    while last.past:
        last = last.undo()
    assert last.wanted == {}
    while last.future:
        last = last.redo()
    assert last.wanted == states[-1]


@given(st.lists(gestures, max_size=8))
def test_only_what_differs_from_what_is_saved_waits(todo: list[tuple[str, list[Cell], Stored | None]]) -> None:
    draft = Draft()
    for gesture in todo:
        draft = done(draft, gesture)
    assert all(stored is not saved(cell) for cell, stored in draft.wanted.items())
    assert draft.over(lambda cell: draft.at(cell, saved)).wanted == {}


def test_a_week_is_copied_without_its_absences_and_where_it_may() -> None:
    booked, absent = Cell(1, 1, MONDAY), Cell(1, 2, MONDAY)
    base = {booked: Stored.BOOKED, absent: Stored.ABSENT, absent._replace(day=MONDAY + WEEK): Stored.BOOKED}
    draft = Draft().copy_days([booked, absent], WEEK, lambda cell: base.get(cell, Stored.NOTHING), everywhere)
    assert draft.wanted == {
        booked._replace(day=MONDAY + WEEK): Stored.BOOKED, absent._replace(day=MONDAY + WEEK): Stored.NOTHING,
    }
    assert Draft().copy_days([booked], WEEK, lambda _: Stored.BOOKED, lambda _: False) == Draft()


def test_a_range_follows_its_first_cell() -> None:
    first, second = Cell(1, 1, MONDAY), Cell(1, 1, MONDAY + timedelta(days=1))
    base = {first: Stored.BOOKED}
    draft = Draft().toggle([first, second], lambda cell: base.get(cell, Stored.NOTHING))
    assert draft.wanted == {first: Stored.NOTHING}
    draft = Draft().toggle([second, first], lambda cell: base.get(cell, Stored.NOTHING))
    assert draft.wanted == {second: Stored.BOOKED}


@given(st.lists(gestures, max_size=8), st.lists(st.sampled_from(["undo", "redo"]), max_size=6), cells)
def test_the_way_back_forgets_what_others_have_fulfilled(
    todo: list[tuple[str, list[Cell], Stored | None]], steps: list[str], fulfilled: list[Cell]
) -> None:
    draft = Draft()
    for gesture in todo:
        draft = done(draft, gesture)
    draft = draft.undo()
    now = {**BASE, **{cell: draft.at(cell, saved) for cell in fulfilled}}
    draft = draft.over(lambda cell: now.get(cell, Stored.NOTHING))
    for step in steps:
        before = draft
        draft = draft.undo() if step == "undo" else draft.redo()
        assert all(stored is not now.get(cell, Stored.NOTHING) for cell, stored in draft.wanted.items())
        assert draft is before or draft.wanted != before.wanted


def test_nothing_is_left_to_undo_once_it_is_saved() -> None:
    cell = Cell(1, 1, MONDAY)
    draft = Draft().paint([cell], Stored.BOOKED, lambda _: Stored.NOTHING).over(lambda _: Stored.BOOKED)
    assert draft.undo() == Draft()
