"""What « Mon travail » decides, without a window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from backoffice.attendance.commands import RecordAttendance
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.months import MonthFigures
from backoffice.catalog.kinds import NO_STRUCTURE
from backoffice.home.places import place
from backoffice.home.work import WorkKey
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.periods import SchoolYear
from backoffice.worker.queries import TaskState, WorkerState
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.desk import OCTOBER, SCHOOL_DAYS, Desk, open_desk
from ui.presenting import Place, Severity
from ui.screens.home.presenter import (
    HomePresenter,
    LastBilling,
    WorkLine,
    deadline_words,
    place_of,
    urgency,
    worker_banner,
)

TODAY = date(2025, 11, 20)


@dataclass
class Page(BannerShown):
    """The last thing shown of each kind."""

    detail: str = ""
    lines: Sequence[WorkLine] | None = None
    last: LastBilling | None = None
    following: MonthFigures | None = None
    seen: bool = True

    def show_title(self, title: str, detail: str = "") -> None:
        self.detail = detail

    def show_work(self, lines: Sequence[WorkLine]) -> None:
        self.lines = lines

    def show_billing(self, last: LastBilling | None, following: MonthFigures | None) -> None:
        self.last, self.following = last, following

    def is_seen(self) -> bool:
        return self.seen


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def opened(desk: Desk) -> tuple[Page, Agent, HomePresenter]:
    page, agent = Page(), Agent(desk.app)
    presenter = HomePresenter(page, agent.desk)
    presenter.load()
    return page, agent, presenter


def test_an_empty_town_says_that_nothing_waits(desk: Desk) -> None:
    page, _, _ = opened(desk)
    assert (page.lines, page.last, page.following) == ([], None, None)
    assert page.detail == "jeudi 20 novembre 2025"


def test_a_month_to_bill_opens_its_billing(desk: Desk) -> None:
    desk.attend(desk.family(), desk.slot())
    page, agent, presenter = opened(desk)
    assert page.lines is not None
    (line,) = page.lines
    assert (line.count, line.deadline, line.urgency) == (8, "dépassée de 5 jours", Severity.DANGER)
    presenter.start(line)
    assert agent.went == [Place("billing", {"month": "2025-10"})]


def test_a_blocking_line_says_that_it_blocks(desk: Desk) -> None:
    desk.attend(desk.family(payer=False), desk.slot())
    page, agent, presenter = opened(desk)
    assert page.lines is not None
    line = next(line for line in page.lines if line.key is WorkKey.WITHOUT_PAYER)
    assert line.blocking
    assert line.detail.startswith("bloque la facturation")
    presenter.start(line)
    assert agent.went == [Place("families", {"filter": "without_payer"})]


def test_after_a_run_the_panels_lead_to_its_invoices_and_to_the_next(desk: Desk) -> None:
    slot, family = desk.slot(), desk.family()
    desk.attend(family, slot)
    desk.attend(family, slot, [date(2025, 11, 4)])
    desk.issue()
    page, agent, presenter = opened(desk)
    assert page.last is not None
    assert page.following is not None
    assert page.last.sentence == "octobre 2025, 1 facture, dernière émission le 15/11/2025"
    presenter.show_invoices(page.last)
    presenter.prepare_billing(page.following)
    assert agent.went == [Place("invoices", {"month": "2025-10"}), Place("billing", {"month": "2025-11"})]


def test_the_counts_follow_what_changes_while_they_are_seen(desk: Desk) -> None:
    slot, family = desk.slot(), desk.family()
    page, _, _ = opened(desk)
    first, second = (
        RecordAttendance(family.id, family.child, slot, day, AttendanceState.PRESENT) for day in SCHOOL_DAYS[:2]
    )
    page.seen = False
    desk.do(first)
    assert page.lines == []
    page.seen = True
    desk.do(second)
    assert page.lines is not None
    assert [line.count for line in page.lines] == [2]


def test_a_lost_database_is_told_with_another_try(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    page, _, presenter = opened(desk)

    def lost(*_args: object, **_kwargs: object) -> None:
        raise EnvironmentFault("database.unreachable")

    monkeypatch.setattr(desk.app, "ask", lost)
    presenter.load()
    assert page.banner is not None
    assert [action.label for action in page.banner.actions] == ["Réessayer"]


@pytest.mark.parametrize(
    ("deadline", "words", "presses"),
    [
        (date(2025, 11, 19), "dépassée de 1 jour", Severity.DANGER),
        (TODAY, "aujourd'hui", Severity.WARNING),
        (date(2025, 11, 21), "demain", Severity.WARNING),
        (date(2025, 11, 23), "dim. 23/11", Severity.WARNING),
        (date(2025, 11, 24), "lun. 24/11", None),
        (date(2026, 1, 15), "jeu. 15/01/2026", None),
        (None, "sans date", None),
    ],
)
def test_a_deadline_is_said_as_people_do(deadline: date | None, words: str, presses: Severity | None) -> None:
    assert (deadline_words(deadline, TODAY), urgency(deadline, TODAY)) == (words, presses)


def test_a_place_without_a_page_has_a_neighbour() -> None:
    assert place_of(place("carried")) == Place("billing")
    assert place_of(place("nowhere")) == Place("home")
    assert place_of(place("billing", month=OCTOBER)) == Place("billing", {"month": "2025-10"})


def test_the_work_is_that_of_the_active_structure_and_of_the_year(desk: Desk) -> None:
    desk.attend(desk.family("A"), desk.slot("ALSH", structure="La Clairière"))
    desk.attend(desk.family("B"), desk.slot("CANT"), SCHOOL_DAYS[:2])
    page, agent, _ = opened(desk)
    agent.context.choose_structure(NO_STRUCTURE, "Activités sans structure")
    assert page.lines is not None
    assert [line.count for line in page.lines] == [2]
    agent.context.choose_year(SchoolYear(2024))
    assert page.lines == []
    page.seen = False
    agent.context.choose_structure(None)
    assert page.lines == []  # every visit reads again
@pytest.mark.parametrize(
    ("silence", "words"),
    [
        (timedelta(seconds=121), "n'a pas tourné depuis 2 minutes"),
        (timedelta(minutes=61), "n'a pas tourné depuis 1 heure"),
        (timedelta(days=12, hours=3), "n'a pas tourné depuis 12 jours"),
        (None, "n'a encore jamais tourné"),
    ],
)
def test_a_service_that_is_absent_is_told(silence: timedelta | None, words: str) -> None:
    banner = worker_banner(WorkerState(True, "SRV-1", silence, ()))

    assert banner is not None
    assert (banner.severity, banner.actions) == (Severity.WARNING, ())
    assert banner.text == f"Le service de fond {words} : prévenez l'administrateur de la base."


@pytest.mark.parametrize(
    ("done_at", "words"),
    [
        (datetime(2026, 11, 2, 23, 30, tzinfo=UTC), "n'a plus réussi depuis le 03/11/2026"),
        (None, "n'a encore jamais réussi"),
    ],
)
def test_a_backup_that_is_too_old_is_told(done_at: datetime | None, words: str) -> None:
    late = TaskState("backup", "Sauvegarder la base", done_at, 2, "Non.", late=True)
    banner = worker_banner(WorkerState(True, "SRV-1", timedelta(0), (late,)))

    assert banner is not None
    assert banner.text == f"« Sauvegarder la base » {words} : prévenez l'administrateur de la base."
    # Who does nothing at all is said first.
    silent = worker_banner(WorkerState(True, "SRV-1", None, (late,)))
    assert silent is not None
    assert "jamais tourné" in silent.text


def test_a_service_that_works_or_that_nobody_expects_is_not(desk: Desk) -> None:
    assert worker_banner(WorkerState(True, "SRV-1", timedelta(seconds=119), ())) is None
    assert worker_banner(WorkerState(False, "", None, ())) is None
    page, _, presenter = opened(desk)
    presenter.load()
    assert page.banner is None
