"""What the billing page decides, without a window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from backoffice.billing.lists import ListInvoices
from backoffice.billing.months import MonthFigures
from backoffice.catalog.editing import CreateStructure
from backoffice.catalog.kinds import StructureKind
from backoffice.catalog.queries import Service
from backoffice.families.events import FamilyChanged
from backoffice.kernel.errors import Cancelled, EnvironmentFault
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month, SchoolYear
from backoffice.kernel.permissions import EVERYTHING
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.desk import GRID, NOVEMBER, OCTOBER, SEPTEMBER, Desk, open_desk
from ui.explanations import Chapter
from ui.presenting import Severity
from ui.screens.billing.presenter import BillingPresenter, Empty
from ui.screens.billing.preview import Filter, Preview, PreviewRow
from ui.screens.billing.words import Act


@dataclass
class Page(BannerShown):
    """The last thing shown of each kind."""

    folder: Path | None = None
    months: Sequence[Month] = ()
    month: Month | None = None
    proposed: Sequence[str] = ()
    services: frozenset[str] = frozenset()
    day: tuple[str, str] = ("", "")
    computing: list[bool] = field(default_factory=list)
    stale: int = 0
    preview: Preview | None = None
    rows: Sequence[PreviewRow] = ()
    kept: Filter | None = None
    empty: Empty | None = None
    act: Act | None = None
    explained: Sequence[Chapter] = ()

    def show_months(self, months: Sequence[MonthFigures], chosen: Month | None) -> None:
        self.months, self.month = [figures.month for figures in months], chosen

    def show_services(self, services: Sequence[Service], chosen: frozenset[str]) -> None:
        self.proposed, self.services = [service.code for service in services], chosen

    def show_issue_day(self, text: str, error: str) -> None:
        self.day = (text, error)

    def show_computing(self, *, computing: bool) -> None:
        self.computing.append(computing)

    def show_stale(self) -> None:
        self.stale += 1

    def show_totals(self, preview: Preview | None, months: Sequence[MonthFigures]) -> None:
        self.preview = preview

    def show_rows(self, rows: Sequence[PreviewRow], kept: Filter, empty: Empty) -> None:
        self.rows, self.kept, self.empty = rows, kept, empty

    def show_act(self, act: Act) -> None:
        self.act = act

    def show_explained(self, title: str, found: Sequence[Chapter], remark: str) -> None:
        self.explained = found

    def choose_folder(self) -> Path | None:
        return self.folder

    def choose_workbook(self, name: str) -> Path | None:
        return self.folder / name if self.folder else None

    def is_seen(self) -> bool:
        return True


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Three families on their October: MARTIN pays 8 meals, NOQUOTIENT has no quotient, PETIT stays under 15 €."""
    with open_desk(tmp_path) as opened:
        slot = opened.slot(tariff=GRID)
        opened.attend(opened.family("MARTIN", quotient="700"), slot)
        opened.attend(opened.family("NOQUOTIENT", "Tom"), slot)
        opened.attend(opened.family("PETIT", "Zoé", quotient="100"), slot)
        yield opened


class At:
    """The page, its presenter and the agent."""

    def __init__(self, desk: Desk) -> None:
        self.page = Page()
        self.agent = Agent(desk.app)
        self.presenter = BillingPresenter(self.page, self.agent.desk)

    @property
    def act(self) -> Act:
        assert self.page.act is not None
        return self.page.act


def opened(desk: Desk, month: Month | None = None) -> At:
    at = At(desk)
    at.presenter.open(month)
    return at


def numbers(desk: Desk) -> list[str]:
    return [row.number for row in desk.ask(ListInvoices())]


def test_the_page_opens_on_the_oldest_month_that_waits_and_shows_what_blocks(desk: Desk) -> None:
    at = opened(desk)

    assert at.page.month == OCTOBER
    assert at.page.day == ("20/11/2025", "")
    assert at.page.kept is Filter.BLOCKED
    assert [(row.family, row.outcome_words) for row in at.page.rows] == [("NOQUOTIENT", "À régler")]
    assert at.act.label == "Émettr&e 1\u00a0facture…"
    assert at.act.warning
    assert numbers(desk) == []


def test_totals_say_what_is_billed_carried_and_left(desk: Desk) -> None:
    at = opened(desk)

    assert at.page.preview is not None
    totals = at.page.preview.totals
    assert (totals.invoices, totals.total) == (1, Money(8 * 415))
    assert (totals.carried, totals.carried_total, totals.blocked) == (1, Money(8 * 120), 1)


def test_issuing_asks_with_the_count_the_amount_the_days_and_who_stays_out(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.issue()

    (question,) = at.agent.asked
    assert question.title == "Émettre 1\u00a0facture ?"
    assert "33,20\u00a0€ au total. Émission le 20/11/2025, à payer jusqu'au 10/12/2025." in question.text
    assert "1\u00a0dossier à régler reste en dehors" in question.text
    assert numbers(desk) == ["CANT-F251100001"]
    assert at.page.banner is not None
    assert at.page.banner.severity is Severity.SUCCESS
    assert [action.label for action in at.page.banner.actions] == ["Écrire les PDF…", "Classeur de la régie…"]


def test_a_no_issues_nothing(desk: Desk) -> None:
    at = opened(desk)
    at.agent.says_yes = False
    at.presenter.issue()

    assert numbers(desk) == []


def test_a_date_to_come_is_asked_once_more(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.choose_issue_day("1/12")
    at.presenter.issue()

    assert [question.yes for question in at.agent.asked] == ["Émettre 1\u00a0facture", "Émettre quand même"]
    assert numbers(desk) == ["CANT-F251200001"]


def test_an_impossible_date_is_said_beside_it_and_nothing_can_be_issued(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.choose_issue_day("31/2")

    assert at.page.day[0] == "31/2"
    assert "n'est pas une date" in at.page.day[1]
    assert not at.act.enabled
    at.presenter.issue()
    assert at.agent.asked == []


def test_a_typed_date_is_written_in_full_and_computed_again(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.choose_issue_day("15.11")

    assert at.page.day == ("15/11/2025", "")
    assert at.page.preview is not None
    assert at.page.preview.plan.issued_on == date(2025, 11, 15)


def test_all_services_pressed_one_by_one_are_all_of_them(desk: Desk) -> None:
    desk.slot("GARD", name="Garderie")
    at = opened(desk)
    at.presenter.choose_service("CANT")
    assert at.page.services == {"CANT"}

    at.presenter.choose_service("GARD")
    assert at.page.services == frozenset()


def test_differences_come_largest_first_with_those_who_left(desk: Desk) -> None:
    slot = desk.slot("GARD", name="Garderie")
    desk.attend(desk.family("PARTIE", "Ali", quotient="700"), slot, [date(2025, 9, day) for day in (1, 2, 4, 5)])
    desk.issue(SEPTEMBER, issued_on=date(2025, 10, 5))
    at = opened(desk, OCTOBER)
    at.presenter.keep(Filter.DIFFERENT)

    assert [(row.family, row.difference, row.outcome_words) for row in at.page.rows] == [
        ("MARTIN", Money(3320), "À facturer"),
        ("PARTIE", Money(-1660), "Rien ce mois"),
        ("PETIT", Money(960), "Reporté"),
    ]


def test_explaining_a_family_gives_the_sum_and_its_days(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.keep(Filter.ALL)
    at.presenter.explain(at.page.rows[0])

    (chapter,) = at.page.explained
    (entry,) = chapter.entries
    assert chapter.title == "MARTIN Léa"
    assert entry.sum == "8\u00a0repas × 4,15\u00a0€ = 33,20\u00a0€"
    assert entry.days == ("Présence (8)\u00a0: 2, 3, 6, 7, 9, 10, 13, 14 octobre 2025",)


def test_coming_back_after_a_family_changed_computes_again(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.open_family(at.page.rows[0])
    desk.app.events.publish(FamilyChanged(2))
    assert at.page.stale == 1

    computed = len(at.page.computing)
    at.presenter.open(None)
    assert len(at.page.computing) > computed
    at.presenter.open(None)
    assert len(at.page.computing) == computed + 2


def test_a_month_already_billed_leads_to_its_invoices(desk: Desk) -> None:
    at = opened(desk, SEPTEMBER)

    assert at.page.empty is not None
    assert at.page.empty.text == "Tout est facturé pour septembre 2025."
    assert at.page.empty.place is not None
    assert at.page.empty.place.parameters == {"month": "2025-09"}
    assert not at.act.enabled


def test_an_empty_base_leads_to_the_attendance(tmp_path: Path) -> None:
    with open_desk(tmp_path) as empty:
        at = opened(empty)

    assert at.page.empty is not None
    assert at.page.empty.gesture == "Aller au pointage"


def test_the_pdfs_stopped_half_way_can_go_on(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = opened(desk)
    at.presenter.issue()
    at.page.folder = tmp_path / "pdf"

    def stopped(*_args: object) -> None:
        raise Cancelled

    with monkeypatch.context() as patch:
        patch.setattr("ui.screens.billing.handing_over.write_month_files", stopped)
        at.presenter.write_documents()
    assert at.page.banner is not None
    (again,) = at.page.banner.actions
    assert again.label == "Reprendre"

    again.run()
    assert [path.name for path in (tmp_path / "pdf").iterdir()] == ["CANT-F251100001.pdf"]
    assert at.page.banner.text.startswith("1\u00a0PDF écrit dans")


def test_a_full_disk_is_a_banner_with_a_second_try(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = opened(desk)
    at.presenter.issue()
    at.page.folder = tmp_path

    def full(path: Path, _content: bytes) -> None:
        raise EnvironmentFault("file.disk_full", path=str(path))

    with monkeypatch.context() as patch:
        patch.setattr("ui.screens.billing.handing_over.write_whole", full)
        at.presenter.write_workbook()
    assert at.page.banner is not None
    assert "le disque est plein" in at.page.banner.text

    at.page.banner.actions[0].run()
    assert (tmp_path / "facturation-2025-10.xlsx").stat().st_size > 0


def test_without_the_right_the_button_says_whom_to_ask(desk: Desk) -> None:
    page = Page()
    reader = Agent(desk.door(EVERYTHING - {"billing.issue"}))
    BillingPresenter(page, reader.desk).open(None)

    assert page.act is not None
    assert not page.act.enabled
    assert "administrateur" in page.act.said


def test_what_changed_since_the_preview_is_said(desk: Desk) -> None:
    at = opened(desk)
    desk.attend(desk.family("NEUF", "Lou", quotient="700"), 1)
    at.presenter.issue()

    assert at.page.banner is not None
    assert "L'aperçu en annonçait 1" in at.page.banner.text
    assert NOVEMBER not in at.page.months


def test_a_structure_is_billed_with_its_services_and_nothing_else(desk: Desk) -> None:
    desk.attend(desk.family("LOISIRS"), desk.slot("ALSH", structure="La Clairière"))
    at = opened(desk)
    at.agent.context.choose_structure(1, "La Clairière")

    assert at.page.proposed == ["ALSH"]
    assert [row.family for row in at.page.rows] == ["LOISIRS"]
    at.presenter.issue()
    assert numbers(desk) == ["ALSH-F251100001"]


def test_a_structure_without_service_bills_nothing(desk: Desk) -> None:
    structure = desk.do(CreateStructure("VIDE", "La Vide", StructureKind.SCHOOL))
    at = opened(desk)
    at.agent.context.choose_structure(structure, "La Vide")

    assert at.page.rows == ()
    assert at.page.empty is not None
    assert at.page.empty.text.startswith("Aucun service n'a d'activité")
    at.presenter.issue()
    assert (numbers(desk), at.agent.asked) == ([], [])


def test_months_are_those_of_the_year_with_what_still_waits_before_it(desk: Desk) -> None:
    family = desk.family("JUIN", quotient="700")
    desk.attend(family, 1, [date(2025, 6, day) for day in (2, 3, 5, 6)])
    at = opened(desk)
    june = Month(2025, 6)
    assert (at.page.months, at.page.month) == ([june, OCTOBER], june)  # to be billed first

    at.agent.context.choose_year(SchoolYear(2024))
    assert (at.page.months, at.page.month) == ([june], june)
    at.agent.context.choose_year(SchoolYear(2023))
    assert (at.page.months, at.page.month) == ([], None)
    assert at.page.empty is not None
    assert at.page.empty.text == "Aucun mois à facturer ni facturé pour l'année 2023-2024."

    at.agent.context.choose_year(None)
    at.presenter.choose_month(june)
    at.presenter.issue()
    assert at.page.months == [june, OCTOBER]  # the month that is shown stays proposed
    at.agent.context.choose_structure(1, "Ailleurs")
    at.agent.context.choose_structure(None)
    assert (at.page.months, at.page.month) == ([OCTOBER], OCTOBER)


def test_a_view_keeps_the_chip_and_not_what_is_billed(desk: Desk) -> None:
    at = opened(desk)
    assert at.presenter.filters() == {"kept": "blocked"}  # what is shown, even when nobody chose it
    assert at.presenter.filters_in_words() == ["octobre 2025", "tous les services", "à régler"]
    found = []
    for wanted in ({}, {"kept": "different"}, {"kept": "gone by now"}):
        at.presenter.apply_filters(wanted)
        found.append(at.page.kept)
    assert found == [Filter.ALL, Filter.DIFFERENT, Filter.ALL]


def test_after_issuing_the_files_are_those_of_the_month_issued(desk: Desk, tmp_path: Path) -> None:
    at = opened(desk)
    at.presenter.issue()
    at.presenter.choose_month(NOVEMBER)
    at.page.folder = tmp_path / "pdf"
    at.page.press_in_banner("Écrire les PDF…")
    assert at.page.banner is not None
    assert at.page.banner.text.startswith("1\xa0PDF écrit")
