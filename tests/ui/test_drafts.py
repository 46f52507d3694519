"""What is typed outlives what happens around it: the page left while it is saved, the record read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from backoffice.kernel.application import Application
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.progress import Progress
from tests.support.agent import Agent, Later
from tests.support.desk import Desk, open_desk
from tests.support.drafting import TaskShown
from ui.drafts import Draft, Drafting, Saved, Task, Typed


class _Pricing(Task):
    """A name and two prices in rows, as the forms of this program hold them; `fault` is what saving raises."""

    key, title, fields = "pricing", "Tarif du repas", ()

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


def test_a_row_taken_away_stays_away_when_the_record_is_read_again(desk: Desk) -> None:
    agent, page = Agent(desk.app), TaskShown()
    fresh = _Pricing({"brackets/0/price": "1,50", "brackets/1/price": "2,50"}, version=2)
    drafting = Drafting(page, agent.desk, {}, lambda *_: None, lambda: drafting.noticed(fresh))
    drafting.begin(_Pricing(TWO))
    drafting.typed_rows("brackets", {"brackets/0/price": "2,00"})
    drafting.noticed(fresh)
    page.press("Relire")
    assert page.values == {"name": "Repas", "brackets/0/price": "2,00"}
