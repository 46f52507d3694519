"""« Vues »: a state of a table named, found again, replaced, renamed, deleted and put back, without a window."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.agent import Agent
from tests.support.desk import Desk, open_desk
from ui.widgets.table.arrangement import Arrangement, Placed, read_back, written
from ui.widgets.table.views import EVERYTHING, SavedView, Shelf, ViewsPresenter

COLUMNS = Arrangement((Placed("Nom", 120), Placed("Né(e) le", 80), Placed("Courriel", 200, seen=False)), "Nom")
CHILDREN = SavedView("Enfants", {"role": "child"}, sorted_by="Né(e) le")


class Kept(dict[str, str]):
    """An agent's preferences, in memory."""

    def text(self, key: str, default: str = "") -> str:
        return self.get(key, default)

    def keep(self, key: str, value: str) -> None:
        self[key] = value


class Page:
    """A table with one filter and three columns."""

    def __init__(self) -> None:
        self.now = SavedView("", {}, "", COLUMNS)
        self.current = ""
        self.asked: tuple[str, str] | None = None
        self.error = ""

    def view_now(self, name: str) -> SavedView:
        return replace(self.now, name=name)

    def show_view(self, view: SavedView) -> None:
        self.now = SavedView("", view.filters, view.words, view.columns or COLUMNS)

    def shows(self, view: SavedView) -> bool:
        same = (self.now.filters, self.now.words) == (view.filters, view.words)
        return same and (view.columns or COLUMNS).looks_like(self.now.columns or COLUMNS)

    def show_current(self, name: str) -> None:
        self.current = name

    def ask_name(self, title: str, name: str) -> None:
        self.asked, self.error = (title, name), ""

    def show_name_error(self, text: str) -> None:
        self.error = text

    def hide_name(self) -> None:
        self.asked = None

    def look_at(self, words: str = "", filters: Mapping[str, str] | None = None) -> None:
        self.now = replace(self.now, words=words, filters=filters or {})


class Story:
    """One agent before one table."""

    def __init__(self, desk: Desk, kept: Kept) -> None:
        self.kept = kept
        self.page = Page()
        self.agent = Agent(desk.app)
        self.shelf = Shelf(kept, "families", (CHILDREN,))
        self.views = ViewsPresenter(self.page, self.agent.desk, self.shelf)

    def keep(self, name: str) -> None:
        self.views.begin()
        self.views.name(name)

    @property
    def names(self) -> list[str]:
        return [view.name for view in self.shelf.own]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def story(desk: Desk, kept: Kept) -> Story:
    return Story(desk, kept)


def test_a_state_is_named_and_found_again_another_day(story: Story, desk: Desk, kept: Kept) -> None:
    story.page.look_at("martin", {"role": "adult"})
    story.keep("  Mes   MARTIN ")
    assert story.page.asked is None
    assert story.page.current == "Mes MARTIN"
    another_day = Story(desk, kept)
    assert another_day.names == ["Mes MARTIN"]
    another_day.views.choose("Mes MARTIN")
    assert (another_day.page.now.words, another_day.page.now.filters) == ("martin", {"role": "adult"})
    assert another_day.page.now.columns == COLUMNS


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "enfants", "TOUT AFFICHER"])
def test_a_name_that_cannot_be_is_refused_in_one_sentence(story: Story, name: str) -> None:
    story.keep(name)
    assert story.page.error
    assert story.page.asked is not None
    assert story.names == []


def test_the_button_names_the_view_as_long_as_it_is_shown(story: Story) -> None:
    story.views.choose("Enfants")
    assert story.page.current == "Enfants"
    story.page.look_at("zoé", {"role": "child"})
    story.views.follow()
    assert (story.page.current, story.views.changed) == ("", True)
    story.page.look_at("", {"role": "child"})
    story.views.follow()
    assert story.page.current == "Enfants"


def test_a_view_is_replaced_by_what_is_shown_and_that_is_undone(story: Story) -> None:
    story.keep("Petits")
    story.page.look_at("noé")
    story.views.replace()
    assert [view.words for view in story.shelf.own] == ["noé"]
    story.agent.undo()
    assert [view.words for view in story.shelf.own] == [""]


def test_a_view_is_renamed_and_stays_the_one_of_the_opening(story: Story) -> None:
    story.keep("Petits")
    story.views.open_on(wanted=True)
    story.views.begin_renaming()
    assert story.page.asked == ("Nouveau nom de « Petits »", "Petits")
    story.views.name("petits")  # its own name, otherwise written
    assert (story.names, story.shelf.opening) == (["petits"], "petits")


def test_a_view_deleted_comes_back(story: Story) -> None:
    story.keep("Petits")
    story.views.open_on(wanted=True)
    story.views.delete()
    assert (story.names, story.shelf.opening, story.page.current) == ([], "", "")
    assert story.agent.told[-1] == "Vue « Petits » supprimée."
    story.agent.undo()
    assert (story.names, story.shelf.opening, story.page.current) == (["Petits"], "Petits", "Petits")


def test_a_view_that_comes_with_the_program_is_neither_replaced_renamed_nor_deleted(story: Story) -> None:
    story.views.choose("Enfants")
    story.page.look_at("zoé")
    story.views.replace()
    story.views.begin_renaming()
    story.views.delete()
    assert story.page.asked is None
    assert story.agent.told == []
    assert story.shelf.given == (EVERYTHING, CHILDREN)


def test_the_page_opens_on_the_view_that_is_wanted_then(story: Story, desk: Desk, kept: Kept) -> None:
    assert not story.views.open()
    story.views.choose("Enfants")
    story.views.open_on(wanted=True)
    another_day = Story(desk, kept)
    assert another_day.views.open()
    assert another_day.page.now.filters == {"role": "child"}
    another_day.views.open_on(wanted=False)
    assert not Story(desk, kept).views.open()


def test_views_are_in_the_order_of_the_alphabet(story: Story) -> None:
    for name in ("Écoles", "demi-pension", "Zoé"):
        story.keep(name)
    assert story.names == ["demi-pension", "Écoles", "Zoé"]


@pytest.mark.parametrize(
    "spoilt", ["oui", "{}", "[1]", '[{"name": "x"}]', json.dumps([{**CHILDREN.as_data(), "columns": {"columns": [1]}}])]
)
def test_what_another_hand_spoilt_gives_no_view_rather_than_no_window(desk: Desk, spoilt: str) -> None:
    assert Story(desk, Kept({"families/views": spoilt})).names == []


# --- columns ------------------------------------------------------------------------------------------------------


def test_an_arrangement_survives_its_writing() -> None:
    assert read_back(written(COLUMNS)) == COLUMNS


@pytest.mark.parametrize("text", ["", "x", "[]", '{"columns": [["Nom"]], "sorted_by": "", "descending": false}'])
def test_what_is_no_arrangement_leaves_the_columns_as_they_come(text: str) -> None:
    assert read_back(text) is None


def test_columns_of_a_later_version_find_their_place() -> None:
    found = COLUMNS.completed(["Né(e) le", "Nom", "Dossier"])
    assert [placed.title for placed in found.columns] == ["Nom", "Né(e) le", "Dossier"]
    assert found.sorted_by == "Nom"
    assert COLUMNS.completed(["Dossier"]).sorted_by == ""


def test_widths_make_no_other_view() -> None:
    wider = replace(COLUMNS, columns=tuple(replace(placed, width=300) for placed in COLUMNS.columns))
    assert COLUMNS.looks_like(wider)
    assert not COLUMNS.looks_like(replace(COLUMNS, descending=True))
    assert not COLUMNS.looks_like(replace(COLUMNS, columns=COLUMNS.columns[::-1]))
