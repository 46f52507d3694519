"""« Rattachements » on the shared database: what two secretaries are shown and may do, without a window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from backoffice.families.kinds import LinkState
from backoffice.families.queries import LinkPlace, OwnRequest, RequestToDecide
from backoffice.home.work import MyWork, WorkItem, WorkKey
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.desk import open_desk
from tests.support.drafting import TaskShown
from tests.support.towns import CHIEF
from tests.support.two_services import LEISURE, MEALS, TwoServices
from tests.ui.screens.test_family_presenter import Page as FamilyPage
from ui.drafts import Draft
from ui.presenting import Place
from ui.screens.family.new_presenter import NewFamilyPresenter
from ui.screens.family.presenter import FamilyPresenter
from ui.screens.links.presenter import LinksPresenter, whom


class Page(TaskShown, BannerShown):
    """What the page shows last."""

    def __init__(self) -> None:
        super().__init__()
        self.places: Sequence[LinkPlace] = ()
        self.to_decide: Sequence[RequestToDecide] = ()
        self.own: Sequence[OwnRequest] = ()

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_places(self, places: Sequence[LinkPlace]) -> None:
        self.places = places

    def show_to_decide(self, requests: Sequence[RequestToDecide]) -> None:
        self.to_decide = requests

    def show_own(self, requests: Sequence[OwnRequest]) -> None:
        self.own = requests


class Office:
    """An agent before the page."""

    def __init__(self, two_services: TwoServices, login: str) -> None:
        self.app = two_services.door(login)
        self.agent = Agent(self.app)
        self.page = Page()
        self.unfinished: dict[str, Draft] = {}
        self.presenter = LinksPresenter(self.page, self.agent.desk, self.unfinished)
        self.open()

    def open(self, **asked: str) -> None:
        self.presenter.open(Place("links", asked))

    def type(self, **values: str) -> None:
        for key, text in values.items():
            self.presenter.drafting.typed(key, text)
            self.presenter.drafting.left(key)

    def work(self, key: WorkKey) -> WorkItem | None:
        return next((item for item in self.app.ask(MyWork()).items if item.key is key), None)


def _asked(two_services: TwoServices) -> tuple[Office, Office]:
    """The canteen knows Léa, the leisure centre asks."""
    two_services.family(MEALS)
    asker = Office(two_services, LEISURE)
    asker.open(last_name="MARTIN", first_name="Léa", birth_date="04/05/2018")
    asker.type(reason="Inscription aux mercredis")
    asker.presenter.drafting.save()
    return asker, Office(two_services, MEALS)


def test_a_request_goes_and_is_accepted_in_one_gesture(two_services: TwoServices) -> None:
    asker, decider = _asked(two_services)
    assert asker.agent.told == ["Demande envoyée au service qui connaît cette personne."]
    assert [request.state for request in asker.page.own] == [LinkState.ASKED]
    waiting = decider.work(WorkKey.LINKS_WAITING)
    assert waiting is not None
    assert (waiting.count, waiting.target.screen) == (1, "links")

    (request,) = decider.page.to_decide
    decider.presenter.decide(request, accepted=True)

    assert decider.agent.told == [
        "Rattachement accepté : Accueil de loisirs voit maintenant la famille MARTIN Camille."
    ]
    assert decider.agent.offered == [None]  # only who links in the whole town cuts a link
    assert decider.work(WorkKey.LINKS_WAITING) is None
    assert [each.state for each in decider.page.to_decide] == [LinkState.ACCEPTED]
    asker.open()
    assert [each.state for each in asker.page.own] == [LinkState.ACCEPTED]
    answered = asker.work(WorkKey.LINKS_ANSWERED)
    assert answered is not None
    assert answered.count == 1


def test_a_refusal_can_be_taken_back(two_services: TwoServices) -> None:
    asker, decider = _asked(two_services)
    (request,) = decider.page.to_decide
    decider.presenter.decide(request, accepted=False)
    asker.open()
    assert [each.state for each in asker.page.own] == [LinkState.REFUSED]

    decider.agent.undo()
    asker.open()
    assert [each.state for each in asker.page.own] == [LinkState.ASKED]
    decider.presenter.decide(decider.page.to_decide[0], accepted=False)
    decider.presenter.undo(decider.page.to_decide[0])
    assert [each.state for each in decider.page.to_decide] == [LinkState.ASKED]


def test_an_administrator_accepts_and_cuts(two_services: TwoServices) -> None:
    _asked(two_services)
    chief = Office(two_services, CHIEF.login)
    assert chief.page.places == ()  # sees everybody: nothing to ask
    chief.presenter.ask()
    assert chief.page.task is None

    chief.presenter.decide(chief.page.to_decide[0], accepted=True)
    chief.agent.undo()
    assert [each.state for each in chief.page.to_decide] == [LinkState.REFUSED]


def test_the_first_who_decides_wins_and_the_other_is_told(two_services: TwoServices) -> None:
    _, decider = _asked(two_services)
    chief = Office(two_services, CHIEF.login)
    (request,) = decider.page.to_decide
    chief.presenter.decide(request, accepted=False)

    decider.presenter.decide(request, accepted=True)

    assert decider.page.banner is not None
    assert "vient de modifier" in decider.page.banner.text


def test_a_form_says_what_is_missing_and_who_is_not_found(two_services: TwoServices) -> None:
    office = Office(two_services, LEISURE)
    office.presenter.ask()
    assert office.page.values["place"]  # one service only: it is the one
    office.presenter.drafting.save()
    assert set(office.page.errors) == {"last_name", "first_name", "birth_date", "reason"}

    office.type(last_name="INCONNU", first_name="Léa", birth_date="04/05/2018", reason="x" * 201)
    office.presenter.drafting.save()
    assert set(office.page.errors) == {"reason"}
    office.type(reason="Inscription")
    office.presenter.drafting.save()
    assert office.page.notice is not None
    assert office.page.notice.text.startswith("Personne de ce nom, né ce jour-là")


def test_the_request_opens_the_family_it_is_about(two_services: TwoServices) -> None:
    _, decider = _asked(two_services)

    decider.presenter.open_family(decider.page.to_decide[0])

    assert decider.agent.went == [Place("family", {"id": str(decider.page.to_decide[0].family_id)})]


@pytest.mark.parametrize(
    ("asked", "last_name", "first_name"),
    [
        ({"text": "dupont léa 12/03/2019"}, "DUPONT", "Léa"),
        ({"text": "dupont"}, "DUPONT", ""),
        ({"text": ""}, "", ""),
        ({"last_name": "D'Aubrac", "first_name": "Lou-Ann"}, "D'Aubrac", "Lou-Ann"),
    ],
)
def test_what_was_searched_begins_the_form(asked: dict[str, str], last_name: str, first_name: str) -> None:
    person = whom(asked)

    assert (person.last_name, person.first_name) == (last_name, first_name)


def test_what_was_searched_is_in_the_form(two_services: TwoServices) -> None:
    office = Office(two_services, LEISURE)
    office.open(text="dupont léa 12/03/2019")

    assert {key: office.page.values[key] for key in ("last_name", "first_name", "birth_date")} == {
        "last_name": "DUPONT", "first_name": "Léa", "birth_date": "12/03/2019"
    }


# --- from the forms that add people ----------------------------------------------------------------------------------


def test_adding_a_child_known_elsewhere_leads_to_the_request(two_services: TwoServices) -> None:
    two_services.family(MEALS)
    mine, _, _ = two_services.family(LEISURE, "MARTIN", "Zoé", date(2019, 1, 1))
    agent, page = Agent(two_services.door(LEISURE)), FamilyPage()
    unfinished: dict[str, Draft] = {}
    presenter = FamilyPresenter(page, agent.desk, unfinished)
    presenter.open(Place("family", {"id": str(mine), "task": "add:child"}))
    for key, text in {"first_name": "Léa", "birth_date": "04/05/2018"}.items():
        presenter.drafting.typed(key, text)
    presenter.drafting.save()

    assert page.notice is not None
    assert "déjà connue d'un autre service" in page.notice.text
    page.press("Demander le rattachement")
    asked = {"last_name": "MARTIN", "first_name": "Léa", "birth_date": "04/05/2018"}
    assert agent.went == [Place("links", asked)]
    assert unfinished  # the typing waits

    page.press("Créer quand même")
    assert agent.told == ["MARTIN Léa : fiche ajoutée à la famille."]


class NewPage(TaskShown):
    def show_likely(self, which: str, found: object) -> None: ...

    def show_known(self, which: str, words: str) -> None: ...

    def propose_name(self, name: str) -> None: ...


def test_a_new_family_known_elsewhere_leads_to_the_request_of_the_adult_whose_birth_date_is_known(
    two_services: TwoServices,
) -> None:
    two_services.family(MEALS)
    agent, page = Agent(two_services.door(LEISURE)), NewPage()
    presenter = NewFamilyPresenter(page, agent.desk, {})
    presenter.open()
    for key, text in {
        "first.last_name": "MARTIN", "first.first_name": "Paul",
        "second.last_name": "MARTIN", "second.first_name": "Léa", "second.birth_date": "04/05/2018",
    }.items():
        presenter.typed(key, text)
    presenter.drafting.save()

    page.press("Demander le rattachement")
    assert agent.went == [Place("links", {"last_name": "MARTIN", "first_name": "Léa", "birth_date": "04/05/2018"})]


def test_on_an_embedded_database_there_is_nothing_to_ask(tmp_path: Path) -> None:
    with open_desk(tmp_path) as desk:
        desk.family()
        agent, page = Agent(desk.app), Page()
        LinksPresenter(page, agent.desk, {}).open(Place("links", {"text": "martin léa"}))

        assert (page.places, page.to_decide, page.own, page.task) == ((), (), (), None)
        assert not {WorkKey.LINKS_WAITING, WorkKey.LINKS_ANSWERED} & {item.key for item in desk.ask(MyWork()).items}
