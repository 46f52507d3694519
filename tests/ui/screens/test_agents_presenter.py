"""What the tab of agents decides on a shared base, without a window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backoffice.agents.commands import AppointAgent
from backoffice.agents.overview import AgentView, ListAgents
from backoffice.agents.roles import Role
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import migrate
from backoffice.kernel.permissions import EVERYTHING
from tests.support.agent import Agent
from tests.support.desk import NOON, Desk
from tests.support.postgres import FreshDatabase
from tests.ui.screens.test_administration_presenter import Page
from ui.presenting import Place
from ui.screens.administration.agents import facts_of, rights_words
from ui.screens.administration.presenter import AdministrationPresenter


class Story:
    """An administrator before the tab; « cheffe » is one."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.do(AppointAgent("cheffe", "Cheffe", Role.ADMINISTRATOR))
        self.agent, self.page = Agent(desk.app), Page()
        self.presenter = AdministrationPresenter(self.page, self.agent.desk, {})
        self.presenter.open(Place("administration", {"tab": "agents"}))

    def save(self, **values: str) -> None:
        for key, text in values.items():
            self.presenter.drafting.typed(key, text)
        self.presenter.drafting.save()

    def shown(self, login: str) -> AgentView:
        return next(agent for agent in self.page.agents if agent.login == login)


@pytest.fixture
def story(fresh_database: FreshDatabase) -> Iterator[Story]:
    address = DatabaseAddress.parse(fresh_database())
    with Desk(address, now=NOON) as desk:
        migrate(desk.database)
        yield Story(desk)


def test_an_agent_is_appointed_with_a_role_that_says_what_it_allows(story: Story) -> None:
    assert [role.key for role in story.page.roles][:2] == ["administrator", "secretary"]
    assert "Modifier les familles" in rights_words(story.page.roles, "secretary").splitlines()
    story.presenter.agents.appoint()
    story.save(login="zoe", name="Zoé Roux", role="secretary")

    assert (story.page.task, story.shown("zoe").role) == (None, Role.SECRETARY)
    assert dict(facts_of(story.shown("zoe")))["Peut"].splitlines()[0] == "Voir les services et les structures"
    story.agent.undo()
    assert not story.shown("zoe").active


def test_a_login_already_used_is_said_beside_it(story: Story) -> None:
    story.presenter.agents.appoint()
    story.save(login="cheffe", name="Autre", role="none")
    assert story.page.errors == {"login": "Cet identifiant est déjà celui de Cheffe."}
    story.save(login="", name="Autre")
    assert list(story.page.errors) == ["login"]


def test_another_role_is_given_and_taken_back(story: Story) -> None:
    story.desk.do(AppointAgent("zoe", "Zoé", Role.SECRETARY))
    story.presenter.agents.edit(story.shown("zoe"))
    story.save(name="Zoé Roux", role="revenue_officer")
    assert (story.shown("zoe").name, story.shown("zoe").role) == ("Zoé Roux", Role.REVENUE_OFFICER)
    story.agent.undo()
    assert (story.shown("zoe").name, story.shown("zoe").role) == ("Zoé", Role.SECRETARY)


def test_ones_own_role_is_refused_beside_the_role(story: Story) -> None:
    story.desk.do(AppointAgent("zoe", "Zoé", Role.ADMINISTRATOR))
    story.presenter.agents.edit(story.shown("cheffe"))
    story.save(role="none")
    assert list(story.page.errors) == ["role"]


def test_an_agent_is_stopped_and_comes_back(story: Story) -> None:
    story.desk.do(AppointAgent("zoe", "Zoé", Role.SECRETARY))
    story.presenter.agents.stop(story.shown("zoe"))
    assert story.agent.told[-1] == "Zoé n'a plus accès, dès sa prochaine connexion."
    assert not story.shown("zoe").active
    story.agent.undo()
    assert story.shown("zoe").active
    story.presenter.agents.stop(story.shown("zoe"))
    story.presenter.agents.resume(story.shown("zoe"))
    assert story.shown("zoe").active
    story.agent.undo()
    assert not story.shown("zoe").active


def test_the_last_administrator_stays_and_the_page_says_why(story: Story) -> None:
    story.desk.do(AppointAgent("lea", "Léa", Role.ADMINISTRATOR))
    story.presenter.agents.stop(story.shown("cheffe"))
    assert story.page.banner is not None
    assert "autre administrateur" in story.page.banner.text


def test_typing_in_another_tab_is_not_lost(story: Story) -> None:
    story.presenter.open(Place("administration", {"tab": "town"}))
    story.presenter.edit_town()
    story.presenter.drafting.typed("name", "Valbrume")
    story.presenter.open(Place("administration", {"tab": "agents"}))
    assert story.agent.told[-1] == "« La commune » : votre saisie est gardée."
    story.presenter.agents.appoint()
    story.presenter.drafting.typed("login", "zoe")
    story.presenter.open(Place("administration", {"tab": "town"}))
    assert story.page.values["name"] == "Valbrume"
    story.presenter.open(Place("administration", {"tab": "agents"}))
    assert story.page.values["login"] == "zoe"


def test_who_may_only_read_changes_nothing(story: Story) -> None:
    page = Page()
    reader = AdministrationPresenter(page, Agent(story.desk.door(EVERYTHING - {"agents.edit"})).desk, {})
    reader.open(Place("administration", {"tab": "agents"}))
    assert [agent.login for agent in page.agents] == ["cheffe"]
    reader.agents.appoint()
    assert page.task is None
    assert len(story.desk.ask(ListAgents())) == 1
