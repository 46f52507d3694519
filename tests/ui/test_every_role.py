"""Every page that a role opens, on the shared database: none asks the server for what this role may not read."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from backoffice.agents.appointing import Post, give, make_agent
from backoffice.agents.roles import Role
from backoffice.kernel.database import Database
from tests.support.shared import CHIEF_LOGIN
from tests.support.towns import NOON
from tests.support.two_services import DIRECTOR, HEALTH, MEALS, OFFICER, WATCHER, TwoServices
from tests.support.window import opened_window
from ui.places import PLACES
from ui.presenting import Place, Severity
from ui.screenshots import settle
from ui.shell.main_window import MainWindow
from ui.widgets.basics import BannerBar

MEMBER = "deux_membre"

TABS = ("synthese", "adultes", "enfants", "entourage", "quotient", "factures")


@pytest.fixture
def with_member(two_services: TwoServices) -> TwoServices:
    """A member of the commission too: the role that sees least."""
    database = Database(two_services.administrator)
    with database.write() as session:
        make_agent(session, MEMBER, MEMBER, NOON, password=MEMBER)
        give(session, MEMBER, Post(Role.COMMISSION_MEMBER), NOON)
    database.close()
    return two_services


@pytest.mark.parametrize("login", [CHIEF_LOGIN, MEALS, OFFICER, DIRECTOR, HEALTH, WATCHER, MEMBER])
def test_no_page_of_a_role_is_refused_by_the_server(
    qtbot: QtBot, with_member: TwoServices, tmp_path: Path, login: str
) -> None:
    family, _, child = with_member.family(MEALS)
    app = with_member.door(login)
    places = [
        Place(entry.screen) for entry in PLACES
        if entry.screen != "family" and (not entry.permission or app.actor.may(entry.permission))
    ]
    if app.actor.may("families.read"):
        places += [Place("family", {"id": str(family), "tab": tab}) for tab in TABS]
        places.append(Place("family", {"id": str(family), "tab": "enfants", "person": str(child)}))
        places.append(Place("family", {"id": str(family), "tab": "adultes", "beside": "historique"}))
    refused = {}
    with opened_window(qtbot, app, tmp_path, places[0]) as window:
        for place in places:
            window.go(place)
            settle(window)
            if found := _refusals(window):
                refused[str(place)] = found
    assert refused == {}


def _refusals(window: MainWindow) -> set[str]:
    """What is said in red, and what the server refused in whatever words."""
    banners = {
        label.text()
        for bar in window.findChildren(BannerBar)
        if bar.isVisible() and bar.property("state") == Severity.DANGER.value
        for label in bar.findChildren(QLabel)
    }
    told = {
        label.text() for label in window.findChildren(QLabel)
        if label.isVisible() and label.text().startswith("Impossible de faire cela")
    }
    return {words for words in banners | told if words}
