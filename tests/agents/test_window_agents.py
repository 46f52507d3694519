"""Agents as the administrator lists them, and what was taken over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.agents.commands import AgentAppointed, AppointAgent
from backoffice.agents.overview import ListAgents
from backoffice.agents.roles import Role
from backoffice.importing.reports import ListImports
from tests.support.desk import Desk, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def test_agents_are_listed_by_name_with_what_they_may_do(desk: Desk) -> None:
    heard = desk.heard(AgentAppointed)
    desk.do(AppointAgent("zoe", "Zoé Roux", Role.SECRETARY))
    desk.do(AppointAgent("emile", "Émile Bon", Role.REVENUE_OFFICER))
    first, second = desk.ask(ListAgents())
    assert (first.name, second.name) == ("Émile Bon", "Zoé Roux")
    assert "Lancer une facturation" in first.rights
    assert "Lancer une facturation" not in second.rights
    assert heard == [AgentAppointed("zoe"), AgentAppointed("emile")]


def test_nothing_was_taken_over_yet(desk: Desk) -> None:
    assert desk.ask(ListImports()) == ()
