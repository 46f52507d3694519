"""What the form of a new family decides, without a window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from backoffice.families.queries import FamilyFile, ReadFamily
from tests.support.agent import Agent
from tests.support.desk import Desk, open_desk
from tests.support.drafting import TaskShown
from ui.drafts import Draft
from ui.screens.family.likeness import Likely
from ui.screens.family.new_presenter import NewFamilyPresenter


class Page(TaskShown):
    """What the form shows last."""

    def __init__(self) -> None:
        super().__init__()
        self.likely: dict[str, Sequence[Likely]] = {}
        self.known: dict[str, str] = {}
        self.name = ""

    def show_likely(self, which: str, found: Sequence[Likely]) -> None:
        self.likely[which] = found

    def show_known(self, which: str, words: str) -> None:
        self.known[which] = words

    def propose_name(self, name: str) -> None:
        self.name = name


class Counter:
    """An empty form before an agent."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.agent = Agent(desk.app)
        self.unfinished: dict[str, Draft] = {}
        self.come()

    def come(self) -> None:
        self.page = Page()
        self.presenter = NewFamilyPresenter(self.page, self.agent.desk, self.unfinished)
        self.presenter.open()

    def type(self, **values: str) -> None:
        """`first_last_name` is the field « first.last_name »."""
        for name, text in values.items():
            which, _, rest = name.partition("_")
            key = f"{which}.{rest}" if which in {"first", "second"} and rest != "pays" else name
            self.presenter.typed(key, text)
            self.presenter.left(key)

    def create(self) -> FamilyFile:
        self.presenter.drafting.save()
        return self.desk.ask(ReadFamily(int(self.agent.went[-1].parameters["id"])))


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with open_desk(tmp_path) as desk:
        yield Counter(desk)


def test_a_name_is_enough_and_the_children_come_next(counter: Counter) -> None:
    counter.type(first_last_name="DUPONT", first_first_name="Marie")
    family = counter.create()
    assert (family.name, [payer.name for payer in family.payers_today]) == ("DUPONT Marie", ["DUPONT Marie"])
    assert counter.agent.went[-1].parameters["tab"] == "enfants"
    counter.agent.undo()
    assert counter.agent.went[-1].parameters["task"] == "add:child"


def test_two_adults_share_the_home_and_both_pay(counter: Counter) -> None:
    counter.type(first_last_name="DUPONT", first_first_name="Marie", second_last_name="DUPONT",
                 second_first_name="Jean", street="1 rue des Tilleuls", postcode="38999", city="VALBRUME")
    assert counter.page.name == "DUPONT Marie et Jean"
    family = counter.create()
    assert [adult.address for adult in family.adults] == [("1 rue des Tilleuls", "38999 VALBRUME")] * 2
    assert len(family.payers_today) == 2


def test_a_wrong_address_is_said_where_it_is_typed(counter: Counter) -> None:
    counter.type(first_last_name="DUPONT", first_first_name="Marie", postcode="389")
    assert list(counter.page.errors) == ["postcode"]


def test_nothing_typed_is_blamed_on_the_first_adult_only(counter: Counter) -> None:
    counter.presenter.drafting.save()
    assert set(counter.page.errors) == {"first.last_name", "first.first_name"}
    assert counter.page.keyboard == "first.last_name"


def test_an_adult_already_known_brings_the_record_there_is(counter: Counter) -> None:
    other = counter.desk.family("PETIT")
    counter.type(first_last_name="Petit", first_first_name="Camille")
    [found] = counter.page.likely["first"]
    counter.presenter.take("first", found)
    assert counter.page.known["first"].startswith("PETIT Camille")
    assert [adult.person_id for adult in counter.create().adults] == [other.parent]


def test_somebody_else_after_all_gives_the_fields_back(counter: Counter) -> None:
    counter.desk.family("PETIT")
    counter.type(first_last_name="Petit", first_first_name="Camille")
    counter.presenter.take("first", counter.page.likely["first"][0])
    counter.presenter.give_back("first")
    assert counter.page.known["first"] == ""
    assert len(counter.page.likely["first"]) == 1


def test_what_was_typed_is_there_when_the_agent_comes_back(counter: Counter) -> None:
    counter.type(first_last_name="DUPONT")
    counter.come()
    assert counter.page.values["first.last_name"] == "DUPONT"
