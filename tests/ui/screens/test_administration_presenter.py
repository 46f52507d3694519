"""What the administration decides, without a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from backoffice.agents.overview import AgentView
from backoffice.catalog.editing import EditTown
from backoffice.catalog.queries import Town
from backoffice.documents.types import DocumentTypeLine
from backoffice.importing.reports import ImportView
from backoffice.kernel.database import newest_schema
from backoffice.kernel.money import Money
from backoffice.letters.queries import TemplateView
from backoffice.letters.rules import Written
from tests.importing.noethys_files import small, write_file
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.desk import NOON, Desk, open_desk
from tests.support.drafting import TaskShown
from ui.merging import Side
from ui.presenting import Place, Severity
from ui.screens.administration.about import licence_text, parts
from ui.screens.administration.imports import Report, Source, report_of
from ui.screens.administration.presenter import AdministrationPresenter
from ui.screens.administration.upkeep import State


class Page(TaskShown, BannerShown):
    """The last thing shown of each kind."""

    def __init__(self) -> None:
        super().__init__()
        self.tab = ""
        self.town: Mapping[str, str] = {}
        self.described = False
        self.imports: Sequence[ImportView] = ()
        self.report: Report | None = None
        self.importing: list[str] = []
        self.agents: Sequence[AgentView] = ()
        self.alone = ""
        self.state: State | None = None
        self.types: Sequence[DocumentTypeLine] = ()
        self.words: TemplateView | None = None
        self.preview: Written | None = None
        self.preview_note = ""

    def show_tab(self, tab: str) -> None:
        self.tab = tab

    def show_town(self, facts: Sequence[tuple[str, str]], *, described: bool) -> None:
        self.town, self.described = dict(facts), described

    def show_imports(self, rows: Sequence[ImportView]) -> None:
        self.imports = rows

    def show_report(self, report: Report | None) -> None:
        self.report = report

    def show_importing(self, words: str) -> None:
        self.importing.append(words)

    def show_agents(self, agents: Sequence[AgentView]) -> None:
        self.agents = agents

    def show_alone(self, agent: str) -> None:
        self.alone = agent

    def show_types(self, lines: Sequence[DocumentTypeLine]) -> None:
        self.types = lines

    def show_words(self, views: Sequence[TemplateView], shown: TemplateView) -> None:
        self.words = shown

    def show_preview(self, written: Written | None, note: str) -> None:
        self.preview, self.preview_note = written or self.preview, note

    def show_state(self, state: State) -> None:
        self.state = state

    def show_checking(self) -> None:
        self.state = None


@dataclass
class Story:
    desk: Desk
    agent: Agent
    page: Page
    presenter: AdministrationPresenter

    def save(self, **typed: str) -> None:
        for key, text in typed.items():
            self.presenter.drafting.typed(key, text)
        self.presenter.drafting.save()

    def open(self, tab: str) -> Page:
        self.presenter.open(Place("administration", {"tab": tab}))
        return self.page


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with open_desk(tmp_path) as desk:
        agent, page = Agent(desk.app), Page()
        yield Story(desk, agent, page, AdministrationPresenter(page, agent.desk, {}))


def test_a_town_nobody_described_is_described_then_corrected(story: Story) -> None:
    page = story.open("town")
    assert not page.described
    story.presenter.edit_town()
    story.save(name="")
    assert list(page.errors) == ["name"]
    story.save(name="Valbrume", address="1 place\n\n38999 VALBRUME", zone="C")
    assert (page.described, page.town["Nom"], page.town["Adresse"]) == (True, "Valbrume", "1 place\n38999 VALBRUME")
    story.presenter.edit_town()
    story.save(name="Valbrumes")
    story.agent.undo()
    assert page.town["Nom"] == "Valbrume"


def test_a_town_changed_meanwhile_is_read_again_under_what_was_typed(story: Story) -> None:
    story.desk.slot()
    page = story.open("town")
    story.presenter.edit_town()
    story.presenter.drafting.typed("name", "Valbrumes")
    story.desk.do(EditTown(Town("Valbrume", (), "", "Mme Le Maire", "B"), 1))
    assert page.notice is not None
    assert "modifiée entre-temps" in page.notice.text
    page.press("Relire")
    assert (page.values["name"], page.values["signatory"]) == ("Valbrumes", "Mme Le Maire")
    story.save()  # both changed the name: nothing is saved before it is said which stays
    assert page.town["Nom"] == "Valbrume"
    assert page.keyboard == "choice of name"
    story.presenter.drafting.choose("name", Side.MINE)
    story.save()
    assert (page.town["Nom"], page.town["Signataire"]) == ("Valbrumes", "Mme Le Maire")


def test_a_file_is_taken_over_after_a_question_and_its_report_kept(story: Story, tmp_path: Path) -> None:
    page = story.open("imports")
    path = write_file(tmp_path / "ville_DATA.dat", small())
    story.presenter.imports.take_over(Source.NOETHYS, path)
    assert [question.yes for question in story.agent.asked] == ["Reprendre ces données"]
    (row,) = page.imports
    story.presenter.imports.choose(row)
    assert page.report is not None
    assert dict(page.report.figures)["familles"] != ""
    assert page.importing[-1] == ""
    story.presenter.imports.take_over(Source.NOETHYS, path)
    assert page.banner is not None
    assert page.banner.severity is Severity.INFO
    assert len(page.imports) == 1


def test_a_file_that_is_not_one_says_why_and_nothing_comes_in(story: Story, tmp_path: Path) -> None:
    page = story.open("imports")
    path = tmp_path / "notes.json"
    path.write_text("bonjour", encoding="utf-8")
    story.presenter.imports.take_over(Source.COMMUNE, path)
    assert page.banner is not None
    assert "JSON" in page.banner.text
    assert not page.imports


def test_a_report_is_read_with_its_totals_and_its_differences() -> None:
    report = report_of(
        ImportView(1, "commune", "valbrume.json", NOON, {
            "families": 1200, "priced_total": "1234.50", "priced_by_month": {"2025-10": "1234.50"},
            "left_out": [{"what": "photos", "count": 3, "why": "elles ne se reprennent pas"}],
            "price_differences": [{"day": "2025-10-02", "family": 4, "child": 5, "activity": "CANT",
                                   "announced": "4.10", "computed": "4.15"}],
        })
    )
    assert dict(report.figures) == {"familles": "1\u00a0200", "total de ces lignes": "1\u00a0234,50\u00a0€"}
    assert [line.of for line in report.months] == ["octobre 2025"]
    assert [line.difference for line in report.differences] == [Money(5)]
    assert [line.count for line in report.left_out] == [3]


def test_the_only_agent_of_a_base_of_this_computer_is_named(story: Story) -> None:
    page = story.open("agents")
    assert (page.alone, list(page.agents)) == ("Cheffe de service", [])


def test_the_base_is_looked_at_and_copied_but_never_over_a_file(story: Story, tmp_path: Path) -> None:
    page = story.open("upkeep")
    assert page.state is not None
    assert all(check.well for check in page.state.checks if check.what in {"Ouverture", "Intégrité"})
    assert dict(page.state.facts)["Schéma"] == newest_schema()
    target = tmp_path / story.presenter.upkeep.copy_name()
    assert target.name == "desk-copie-2025-11-20.sqlite"
    story.presenter.upkeep.copy(target)
    assert target.exists()
    story.presenter.upkeep.copy(target)
    assert page.banner is not None
    assert "existe déjà" in page.banner.text


def test_only_what_the_agent_may_open_is_offered(story: Story) -> None:
    presenter = AdministrationPresenter(Page(), Agent(story.desk.door(frozenset({"catalog.edit"}))).desk, {})
    assert presenter.allowed() == ("town", "appearance", "upkeep", "about")


def test_the_licences_that_must_be_readable_are() -> None:
    texts = [licence_text(part) for part in parts() if part.text]
    assert "SIL OPEN FONT LICENSE" in texts[0].upper()
    assert "ISC" in texts[1]
