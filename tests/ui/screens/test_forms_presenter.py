"""« Fiches à signer » without a window: what the list keeps, what leaves, what is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from backoffice.documents.form_lists import FormLine
from backoffice.documents.forms import FormKind, FormState
from backoffice.registrations.commands import RequestRegistration
from tests.documents.conftest import YEAR, Desk
from tests.documents.conftest import _desk as town_desk
from tests.reports.reading import text_of
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.towns import SmallTown
from ui.presenting import Paper, Place
from ui.screens.as_family.presenter import AsFamilyPresenter
from ui.screens.forms.presenter import FormsPresenter, Kept, Round


class Page(BannerShown):
    """What the page shows last; the agent chooses `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.title = ("", "")
        self.shown: Round | None = None
        self.paper: Paper | None = None

    def show_title(self, title: str, detail: str = "") -> None:
        self.title = (title, detail)

    def show_round(self, found: Round) -> None:
        self.shown = found

    def choose_folder(self) -> Path:
        return self.folder

    def show_paper(self, paper: Paper) -> None:
        self.paper = paper

    @property
    def lines(self) -> list[FormLine]:
        assert self.shown is not None
        return list(self.shown.lines)


class Office:
    """An agent before the page, and a child who is registered."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        desk.town.do(RequestRegistration(desk.family.id, desk.family.child, desk.activity, YEAR))
        self.agent = Agent(desk.town.app)
        self.page = Page(folder)
        self.presenter = FormsPresenter(self.page, self.agent.desk)
        self.presenter.open(Place("forms"))


@pytest.fixture
def office(town: SmallTown, tmp_path: Path) -> Office:
    return Office(town_desk(town), tmp_path / "fiches à signer")


def test_what_is_asked_is_to_do_until_it_is_made(office: Office) -> None:
    assert {line.kind for line in office.page.lines} == set(FormKind)
    office.presenter.keep_kind(FormKind.HEALTH)
    assert [line.state for line in office.page.lines] == [FormState.NOTHING]
    office.presenter.print_(office.page.lines)
    assert office.page.paper is not None
    assert "Fiche sanitaire de liaison" in text_of(office.page.paper.pdf)
    office.presenter.load()
    assert [line.state for line in office.page.lines] == [FormState.GENERATED]


def test_a_file_is_written_for_each_form(office: Office) -> None:
    office.presenter.write(office.page.lines)
    files = sorted(office.page.folder.iterdir())
    assert len(files) == 2
    assert all(file.read_bytes().startswith(b"%PDF") for file in files)
    assert office.page.banner is None


def test_without_an_address_nothing_is_sent_and_with_one_it_is_waited_for(office: Office) -> None:
    office.presenter.send(office.page.lines)
    assert office.page.banner is not None
    assert "adresse" in office.page.banner.text
    assert not office.agent.asked
    office.desk.town.sql("UPDATE people SET email = :email, version = version + 1 WHERE id = :id",
                         email="camille@familles.example", id=office.desk.family.parent)
    office.presenter.load()
    office.presenter.send(office.page.lines)
    assert "1 courriel" in office.agent.asked[-1].yes
    office.presenter.load()
    assert not office.page.lines
    office.presenter.keep(Kept.WAITING)
    assert {line.state for line in office.page.lines} == {FormState.TO_SEND}


def test_an_activity_narrows_the_list_and_the_family_opens(office: Office) -> None:
    assert office.page.shown is not None
    (place,) = office.page.shown.places
    office.presenter.keep_place(place)
    assert office.page.lines
    office.presenter.open_family(office.page.lines[0])
    assert office.agent.went[-1].screen == "family"


def test_the_side_of_the_family_is_read_and_opens_its_file(office: Office) -> None:
    shown = []

    class Side(BannerShown):
        def show_title(self, title: str, detail: str = "") -> None: ...

        def show_side(self, side: object) -> None:
            shown.append(side)

    presenter = AsFamilyPresenter(Side(), office.agent.desk)
    presenter.open(Place("as_family", {"id": str(office.desk.family.id)}))
    assert shown[0] is None
    assert shown[-1] is not None
    presenter.open_family()
    assert office.agent.went[-1] == Place("family", {"id": str(office.desk.family.id), "tab": "documents"})
