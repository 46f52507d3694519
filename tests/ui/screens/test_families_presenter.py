"""What the list of families decides, without a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from backoffice.catalog.kinds import NO_STRUCTURE
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import PersonListRow
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.desk import Desk, open_desk
from ui.presenting import Place
from ui.screens.families.presenter import FamiliesPresenter, Reason


class Page(BannerShown):
    """What the page shows last."""

    def __init__(self) -> None:
        self.rows: Sequence[PersonListRow] | None = None
        self.reason: Reason | None = None
        self.why: Mapping[int, str] = {}
        self.nothing = ("", "")
        self.role: MemberRole | None = None

    def show_people(self, rows: Sequence[PersonListRow]) -> None:
        self.rows = rows

    def show_role(self, role: MemberRole | None) -> None:
        self.role = role

    def show_reason(self, reason: Reason | None, why: Mapping[int, str]) -> None:
        self.reason, self.why = reason, why

    def say_nothing(self, text: str, gesture: str) -> None:
        self.nothing = (text, gesture)

    @property
    def names(self) -> list[str]:
        return [row.first_name for row in self.rows or ()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def _open(desk: Desk, **parameters: str) -> tuple[FamiliesPresenter, Page, Agent]:
    agent, page = Agent(desk.app), Page()
    presenter = FamiliesPresenter(page, agent.desk)
    presenter.open(Place("families", parameters))
    return presenter, page, agent


def test_everybody_is_listed_and_a_role_cuts_the_list(desk: Desk) -> None:
    desk.family()
    presenter, page, _ = _open(desk)
    assert page.names == ["Camille", "Léa"]
    presenter.keep_role(MemberRole.CHILD)
    assert page.names == ["Léa"]


def test_a_new_family_appears_by_itself(desk: Desk) -> None:
    from backoffice.families.commands import CreateFamily
    from backoffice.families.rules import PersonValues

    _, page, _ = _open(desk)
    assert page.nothing[1] == "Créer une famille"
    desk.do(CreateFamily(PersonValues("DUPONT", "Marie")))
    assert page.names == ["Marie"]


def test_a_line_of_work_shows_its_families_and_why(desk: Desk) -> None:
    desk.family("MARTIN")
    unpaid = desk.family("PETIT", "Noé", payer=False)
    desk.attend(unpaid, desk.slot())
    presenter, page, agent = _open(desk, filter="without_payer")
    assert page.names == ["Camille", "Noé"]
    assert page.why.keys() == {unpaid.id}
    assert page.rows is not None
    presenter.open_family(page.rows[0])
    assert agent.went[-1].parameters == {"id": str(unpaid.id), "tab": "adultes"}


def test_the_reason_can_be_taken_away(desk: Desk) -> None:
    desk.family()
    presenter, page, agent = _open(desk, filter="without_quotient")
    assert page.rows == []
    assert page.nothing == ("Plus aucune famille dans ce cas : c'est réglé.", "Voir toutes les familles")
    presenter.everybody()
    presenter.open(agent.went[-1])
    assert page.reason is None
    assert len(page.names) == 2


def test_an_unknown_filter_shows_everybody(desk: Desk) -> None:
    desk.family()
    _, page, _ = _open(desk, filter="carried")
    assert (page.reason, len(page.names)) == (None, 2)


def test_enter_opens_the_file_on_the_person(desk: Desk) -> None:
    family = desk.family()
    presenter, page, agent = _open(desk)
    assert page.rows is not None
    presenter.open_family(page.rows[1])
    assert agent.went[-1] == Place("family", {"id": str(family.id), "person": str(family.child)})


def test_the_families_of_a_line_of_work_are_those_of_the_active_structure(desk: Desk) -> None:
    inside, outside = desk.slot("ALSH", structure="La Clairière"), desk.slot("CANT")
    desk.attend(desk.family("PETIT", "Noé", payer=False), inside)
    desk.attend(desk.family("ROY", "Zoé", payer=False), outside)
    presenter, page, agent = _open(desk, filter="without_payer")
    assert page.names == ["Camille", "Noé", "Camille", "Zoé"]
    agent.context.choose_structure(NO_STRUCTURE, "Activités sans structure")
    assert page.names == ["Camille", "Zoé"]
    presenter.open(Place("families"))
    assert len(page.names) == 4  # everybody is of every structure


def test_a_view_puts_the_role_and_the_reason_back(desk: Desk) -> None:
    desk.family("MARTIN")
    unpaid = desk.family("PETIT", "Noé", payer=False)
    desk.attend(unpaid, desk.slot())
    presenter, page, _ = _open(desk)
    presenter.apply_filters({"role": "child", "reason": "without_payer"})
    assert page.names == ["Noé"]
    assert page.role is MemberRole.CHILD
    assert presenter.filters() == {"role": "child", "reason": "without_payer"}
    assert presenter.filters_in_words() == ["enfants", "sans payeur"]
    presenter.apply_filters({"role": "gone by now"})
    assert page.reason is None
    assert len(page.names) == 4
