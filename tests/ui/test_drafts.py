"""What is typed outlives what happens around it: the page left while it is saved, the record read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from backoffice.kernel.application import Application
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.progress import Progress
from tests.support.agent import Agent, Later
from tests.support.desk import Desk, open_desk
from tests.support.drafting import TaskShown
from ui.drafting import Drafting
from ui.drafts import Draft, Saved, Task, Typed
from ui.forms import Entry, FieldSpec
from ui.merging import Side


class _Pricing(Task):
    """A name and two prices in rows, as the forms of this program hold them; `fault` is what saving raises."""

    key, title = "pricing", "Tarif du repas"
    fields = (
        FieldSpec("name", "Nom"),
        FieldSpec("brackets", "Tranches", Entry.ROWS, columns=(FieldSpec("price", "Prix", Entry.MONEY),)),
    )

    def __init__(self, prices: Mapping[str, str], version: int = 1, fault: Exception | None = None) -> None:
        self._start = {"name": "Repas", **prices}
        self.version = version
        self._fault = fault

    @property
    def start(self) -> Typed:
        return self._start

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        return {}

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        if self._fault is not None:
            raise self._fault
        return Saved("Tarif enregistré.")


TWO = {"brackets/0/price": "1,00", "brackets/1/price": "2,00"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def test_a_save_that_fails_once_its_form_is_left_is_told_and_its_typing_kept(desk: Desk) -> None:
    late = Later()
    agent, page = Agent(desk.app, late), TaskShown()
    unfinished: dict[str, Draft] = {}
    drafting = Drafting(page, agent.desk, unfinished, lambda *_: None, lambda: None)
    drafting.begin(_Pricing(TWO, fault=EnvironmentFault("database.disk_full")))
    drafting.typed("name", "Goûter")
    drafting.save()
    drafting.put_away()
    late.catch_up()
    assert unfinished["pricing"].values["name"] == "Goûter"
    assert "n'est pas enregistré" in agent.told[-1]


def _compared(desk: Desk, fresh: _Pricing) -> tuple[Drafting, TaskShown]:
    """A row typed away here while the record became `fresh`, which is read again."""
    page = TaskShown()
    drafting = Drafting(page, Agent(desk.app).desk, {}, lambda *_: None, lambda: drafting.noticed(fresh))
    drafting.begin(_Pricing(TWO))
    drafting.typed_rows("brackets", {"brackets/0/price": "2,00"})
    drafting.noticed(fresh)
    page.press("Relire")
    return drafting, page


def test_a_row_taken_away_stays_away_when_the_record_is_read_again(desk: Desk) -> None:
    _drafting, page = _compared(desk, _Pricing({"brackets/0/price": "1,50", "brackets/1/price": "2,50"}, version=2))
    assert page.values == {"name": "Repas", "brackets/0/price": "2,00"}
    [difference] = page.comparison.undecided
    assert difference.theirs.words == "Prix : 1,50\u00a0€\nPrix : 2,50\u00a0€"


def test_rows_are_taken_from_the_other_side_and_given_back(desk: Desk) -> None:
    theirs = {"brackets/0/price": "1,50", "brackets/1/price": "2,50"}
    drafting, page = _compared(desk, _Pricing(theirs, version=2))
    drafting.choose("brackets", Side.THEIRS)
    assert page.values == {"name": "Repas", **theirs}
    drafting.choose("brackets", Side.MINE)
    assert page.values == {"name": "Repas", "brackets/0/price": "2,00"}


def test_typing_over_a_difference_settles_it(desk: Desk) -> None:
    drafting, page = _compared(desk, _Pricing({"brackets/0/price": "1,50"}, version=2))
    assert page.notice is not None
    assert "Un choix reste à faire" in page.notice.text
    drafting.typed_rows("brackets", {"brackets/0/price": "1,75"})
    [difference] = page.comparison.differences
    assert difference.chosen is Side.OTHER
    assert "vérifiez, puis enregistrez" in page.notice.text


def test_nothing_is_saved_while_a_choice_waits(desk: Desk) -> None:
    drafting, page = _compared(desk, _Pricing({"brackets/0/price": "1,50"}, version=2))
    drafting.save()
    assert (page.task is not None, page.keyboard) == (True, "choice of brackets")
    drafting.choose("brackets", Side.MINE)
    drafting.save()
    assert page.task is None


def test_a_save_refused_because_the_record_moved_reads_it_again_by_itself(desk: Desk) -> None:
    page = TaskShown()
    fresh = _Pricing({"brackets/0/price": "1,50"}, version=2)
    drafting = Drafting(page, Agent(desk.app).desk, {}, lambda *_: None, lambda: drafting.noticed(fresh))
    drafting.begin(_Pricing(TWO, fault=UserError("record.changed_meanwhile")))
    drafting.typed("name", "Goûter")
    drafting.save()
    assert page.values == {"name": "Goûter", "brackets/0/price": "1,50"}
    assert [taken.title for taken in page.comparison.taken] == ["Tranches"]
    drafting.save()
    assert page.task is None
