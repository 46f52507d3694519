"""Who may work in the base: appointed, given another role, stopped, never deleted. On both engines."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from backoffice.agents.commands import AgentAppointed, AgentStopped, AppointAgent, StopAgent
from backoffice.agents.overview import AgentView, ListAgents
from backoffice.agents.roles import Role
from backoffice.kernel.application import Command
from backoffice.kernel.errors import PermissionDenied, UserError
from backoffice.kernel.events import Event
from backoffice.kernel.permissions import EVERYTHING
from tests.support.towns import SmallTown


def _agents(town: SmallTown) -> dict[str, AgentView]:
    return {agent.login: agent for agent in town.app.ask(ListAgents())}


def _appoint(town: SmallTown, login: str, role: Role = Role.SECRETARY) -> None:
    town.app.execute(AppointAgent(login, login.capitalize(), role))


def _code(town: SmallTown, command: Command[None]) -> str:
    with pytest.raises(UserError) as refusal:
        town.app.execute(command)
    return refusal.value.code


def test_an_agent_is_stopped_stays_listed_and_comes_back(either_town: SmallTown) -> None:
    town = either_town
    _appoint(town, "zoe")
    told: list[Event] = []
    for kind in (AgentAppointed, AgentStopped):
        town.app.events.subscribe(kind, told.append)
    town.app.execute(StopAgent("zoe"))

    assert not _agents(town)["zoe"].active
    _appoint(town, "zoe", Role.REVENUE_OFFICER)
    assert (_agents(town)["zoe"].active, _agents(town)["zoe"].role) == (True, Role.REVENUE_OFFICER)
    assert told == [AgentStopped("zoe"), AgentAppointed("zoe")]


def test_the_last_administrator_keeps_his_rights(either_town: SmallTown) -> None:
    town = either_town
    _appoint(town, "lea", Role.ADMINISTRATOR)

    assert _code(town, StopAgent("lea")) == "agent.last_administrator"
    assert _code(town, AppointAgent("lea", "Léa", Role.SECRETARY)) == "agent.last_administrator"
    town.app.execute(AppointAgent("lea", "Léa Roux", Role.ADMINISTRATOR))
    _appoint(town, "zoe", Role.ADMINISTRATOR)
    town.app.execute(StopAgent("lea"))
    assert [agent.login for agent in _agents(town).values() if agent.active] == ["zoe"]


def test_nobody_takes_their_own_rights_away(either_town: SmallTown) -> None:
    town = either_town
    me = town.app.actor.login
    _appoint(town, me, Role.ADMINISTRATOR)
    _appoint(town, "zoe", Role.ADMINISTRATOR)

    assert _code(town, StopAgent(me)) == "agent.yourself"
    assert _code(town, AppointAgent(me, "Cheffe", Role.NONE)) == "agent.yourself"
    town.app.execute(AppointAgent(me, "Cheffe de service", Role.ADMINISTRATOR))
    assert _agents(town)[me].name == "Cheffe de service"


def test_what_somebody_changed_meanwhile_is_not_written_over(either_town: SmallTown) -> None:
    town = either_town
    _appoint(town, "zoe")
    read = _agents(town)["zoe"]
    town.app.execute(AppointAgent("zoe", "Zoé Roux", Role.REVENUE_OFFICER, read.version))

    assert _code(town, AppointAgent("zoe", "Zoé", Role.NONE, read.version)) == "record.changed_meanwhile"
    assert _code(town, StopAgent("zoe", read.version)) == "record.changed_meanwhile"
    assert _code(town, StopAgent("personne")) == "agent.not_here"
    assert _agents(town)["zoe"].name == "Zoé Roux"


@pytest.mark.parametrize(
    ("login", "name", "code"),
    [("", "Zoé", "agent.name_missing"), ("zoe", " ", "agent.name_missing"), ("z" * 64, "Zoé", "agent.too_long")],
)
def test_an_agent_has_a_login_and_a_name_that_fit(town: SmallTown, login: str, name: str, code: str) -> None:
    assert _code(town, AppointAgent(login, name, Role.SECRETARY)) == code
    assert _agents(town) == {}


def test_only_who_manages_agents_may(town: SmallTown) -> None:
    door = town.door(EVERYTHING - {"agents.edit"}, login="lea")
    for command in (AppointAgent("zoe", "Zoé", Role.NONE), StopAgent("zoe")):
        with pytest.raises(PermissionDenied):
            door.execute(command)


def test_two_administrators_cannot_stop_each_other_at_once(shared_town: SmallTown) -> None:
    town = shared_town
    doors = {}
    for login, other in (("lea", "zoe"), ("zoe", "lea")):
        _appoint(town, login, Role.ADMINISTRATOR)
        doors[other] = town.door(login=login)
    start, codes = Barrier(2, timeout=10), list[str]()

    def stop(login: str) -> None:
        start.wait()
        try:
            doors[login].execute(StopAgent(login))
        except UserError as error:
            codes.append(error.code)
        else:
            codes.append("done")

    threads = [Thread(target=stop, args=(login,)) for login in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == ["agent.last_administrator", "done"]
    assert sum(agent.active for agent in _agents(town).values()) == 1
