"""« Suivi des pièces » without a window: what is listed, who is reminded, what is taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from backoffice.catalog.queries import activity_places
from backoffice.documents.figures import ReviewReport
from backoffice.documents.outstanding import OutstandingLine
from backoffice.documents.reminding import ReminderPlan
from backoffice.documents.rollover import RollOver
from backoffice.documents.types import AdoptStartingTypes
from backoffice.home.work import MyWork, WorkKey
from backoffice.kernel.periods import Month, Period, SchoolYear
from backoffice.letters.sending import CloseLetters
from backoffice.registrations.commands import RequestRegistration
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.desk import NOON, Desk, open_desk
from tests.support.pieces import send
from ui.presenting import Place
from ui.screens.follow_up.presenter import FollowUpPresenter, View
from ui.screens.follow_up.words import hours_in_words, share_in_words, to_know


class Page(BannerShown):
    """What the page shows last."""

    def __init__(self) -> None:
        super().__init__()
        self.title = self.words = self.nothing = self.searched = ""
        self.view = View.MISSING
        self.lines: Sequence[OutstandingLine] = ()
        self.counts = (0, 0)
        self.plan: ReminderPlan | None = None
        self.roll_over: RollOver | None = None
        self.report: ReviewReport | None = None
        self.sending = False

    def show_title(self, title: str, detail: str = "") -> None:
        self.title = f"{title} {detail}"

    def show_view(self, view: View) -> None:
        self.view = view

    def show_lines(self, lines: Sequence[OutstandingLine], nothing: str) -> None:
        self.lines, self.nothing = lines, nothing

    def show_counts(self, missing: int, ending: int) -> None:
        self.counts = missing, ending

    def show_days(self, days: int) -> None: ...

    def search(self, words: str) -> None:
        self.searched = words

    def show_plan(self, plan: ReminderPlan, words: str, *, again: bool) -> None:
        self.plan, self.words = plan, words

    def hide_plan(self) -> None:
        self.plan = None

    def show_sending(self, *, sending: bool) -> None:
        self.sending = sending

    def show_roll_over(self, found: RollOver, years: Sequence[SchoolYear], nothing: str) -> None:
        self.roll_over, self.nothing = found, nothing

    def show_figures(self, report: ReviewReport, months: Sequence[Month]) -> None:
        self.report = report
        assert months[0] == Month.of(NOON.date())

    def is_seen(self) -> bool:
        return True


class Office:
    """An agent before the page."""

    def __init__(self, town: Desk) -> None:
        self.town = town
        self.agent = Agent(town.app)
        self.page = Page()
        self.presenter = FollowUpPresenter(self.page, self.agent.desk)

    def open(self, **asked: str) -> None:
        self.presenter.open(Place("follow_up", asked))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_desk(tmp_path) as town:
        town.slot()
        yield Office(town)


@pytest.fixture
def owing(office: Office) -> Office:
    """Two families that owe all they are asked for."""
    town = office.town
    town.do(AdoptStartingTypes())
    with town.database.read() as session:
        activity = min(activity_places(session))
    for name in ("MARTIN", "BERNARD"):
        home = town.family(name)
        town.do(RequestRegistration(home.id, home.child, activity, Period(date(2025, 9, 1))))
    return office


def test_a_town_that_asks_for_nothing_is_told_how_to_begin(office: Office) -> None:
    office.open()
    assert office.page.lines == ()
    assert "adoptez la liste proposée" in office.page.nothing


def test_what_is_missing_is_listed_and_chips_count(owing: Office) -> None:
    owing.open()
    assert len(owing.page.lines) == 12
    assert owing.page.counts == (12, 0)
    assert "2\N{NO-BREAK SPACE}familles concernées" in owing.page.title
    vaccines = next(line for line in owing.page.lines if line.vaccines)
    assert to_know(vaccines).endswith("à cet âge")
    owing.presenter.choose(View.ENDING)
    assert (owing.page.lines, owing.page.nothing) == ((), "Aucune pièce n'expire dans les 30 jours.")
    owing.presenter.open_family(vaccines)
    assert owing.agent.went[-1] == Place("family", {"id": str(vaccines.family_id), "tab": "documents"})


def test_a_piece_that_comes_leaves_the_list(owing: Office) -> None:
    owing.open()
    line = next(line for line in owing.page.lines if line.person_id is None)
    home = owing.town.family("PETIT")
    assert line.family_id != home.id
    send(owing.town, replace(home, id=line.family_id), "QF_CAF", at=NOON)
    assert len(owing.page.lines) == 11


def test_families_are_reminded_then_it_is_taken_back(owing: Office) -> None:
    owing.open()
    owing.presenter.remind(owing.page.lines)
    assert owing.page.plan is not None
    assert len(owing.page.plan.drafts) == 2
    assert owing.town.rows("letters") == []
    owing.presenter.send()
    assert not owing.page.sending
    assert len(owing.town.rows("letters")) == 2
    assert all(line.reminded_at for line in owing.page.lines)
    assert owing.agent.told[-1] == "2\N{NO-BREAK SPACE}courriers à imprimer."
    owing.agent.undo()
    assert owing.agent.told[-1] == "2\N{NO-BREAK SPACE}rappels annulés."
    assert {row["state"] for row in owing.town.rows("letters")} == {"cancelled"}
    assert not any(line.reminded_at for line in owing.page.lines)


def test_those_reminded_of_late_are_left_alone_unless_wanted(owing: Office) -> None:
    owing.open()
    martin = [line for line in owing.page.lines if line.family == "MARTIN"]
    owing.presenter.remind(martin)
    owing.presenter.send()
    owing.town.do(CloseLetters(NOON + timedelta(minutes=2)))
    owing.presenter.remind(owing.page.lines)
    assert owing.page.plan is not None
    assert [draft.family for draft in owing.page.plan.drafts] == ["BERNARD"]
    assert "depuis moins de 14 jours" in owing.page.words
    owing.presenter.remind_again(again=True)
    assert len(owing.page.plan.drafts) == 2
    owing.presenter.leave_plan()
    assert owing.page.plan is None


def test_the_rentree_and_the_figures_are_read_when_they_are_looked_at(owing: Office) -> None:
    owing.open(view="roll_over")
    assert owing.page.roll_over is not None
    assert owing.page.roll_over.year == SchoolYear(2026)
    assert len(owing.page.roll_over.families) == 2
    owing.presenter.choose_year(SchoolYear(2027))
    assert owing.page.roll_over.year == SchoolYear(2027)
    owing.presenter.choose(View.FIGURES)
    assert owing.page.report is not None
    assert owing.page.report.whole.received == 0
    owing.presenter.choose_period(Period(date(2025, 1, 1), date(2025, 1, 31)))
    assert owing.page.report.period == Period(date(2025, 1, 1), date(2025, 1, 31))


def test_home_says_which_provisional_admissions_end(owing: Office) -> None:
    town = owing.town
    town.sql("UPDATE registrations SET provisional_until = :day, version = version + 1 WHERE family_id = 1",
             day="2025-12-01")
    (item,) = (one for one in town.ask(MyWork()).items if one.key is WorkKey.PROVISIONAL)
    assert (item.count, item.deadline) == (1, date(2025, 12, 1))
    owing.open(view=item.target.get("view"), words=item.target.get("words"))
    assert owing.page.searched == "provisoire"
    assert [line.notice for line in owing.page.lines if "provisoire" in line.notice]


@pytest.mark.parametrize(("hours", "words"), [(None, "—"), (0.5, "30 min"), (26.2, "26 h")])
def test_delays_are_said_in_words(hours: float | None, words: str) -> None:
    assert hours_in_words(hours).replace("\N{NO-BREAK SPACE}", " ") == words
    assert share_in_words(0.125).replace("\N{NO-BREAK SPACE}", " ") == "12 %"


