"""What the page of services and tariffs decides, without a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.catalog.commands import CatalogChanged, Close
from backoffice.catalog.overview import CatalogOverview, ClosureView
from backoffice.kernel.money import Money
from backoffice.kernel.periods import SchoolYear
from backoffice.tariffs.commands import AdoptTariff
from backoffice.tariffs.overview import FigureList, ListFigures, TariffsOfSlot
from backoffice.tariffs.rules import TARIFFS, CareKind, FlatTariff, LinearEffortTariff, PsuHourlyTariff, Tariff
from tests.support.agent import Agent, Later
from tests.support.banner import BannerShown
from tests.support.desk import GRID, SCHOOL_DAYS, Desk, open_desk
from tests.support.drafting import TaskShown
from ui.drafts import Draft
from ui.forms import FieldSpec, Reader, values_of
from ui.presenting import Place
from ui.screens.catalog.presenter import CatalogPresenter, Detail
from ui.screens.catalog.simulator import Simulation, Simulator
from ui.screens.catalog.tariff_forms import SHAPE_FORMS
from ui.screens.catalog.tariffs import TariffCard
from ui.screens.catalog.tree import Node, NodeKind, kept, walk
from ui.screens.catalog.words import ChangeLine


class Page(TaskShown, BannerShown):
    """The last thing shown of each kind."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.nodes: Sequence[Node] = ()
        self.chosen = ""
        self.detail: Detail | None = None
        self.tab = ""
        self.closures: Sequence[ClosureView] = ()
        self.history: Sequence[ChangeLine] = ()
        self.figures: FigureList | None = None
        self.cards: Sequence[TariffCard] = ()
        self.hidden = 0
        self.preview: Sequence[str] = ()
        self.simulator: Sequence[FieldSpec] = ()
        self.simulator_errors: Mapping[str, str] = {}
        self.simulation = Simulation()

    def show_title(self, title: str, detail: str = "") -> None:
        self.title = f"{title} ({detail})"

    def show_tree(self, nodes: Sequence[Node], chosen: str) -> None:
        self.nodes, self.chosen = nodes, chosen

    def show_detail(self, detail: Detail | None, tab: str) -> None:
        self.detail, self.tab = detail, tab

    def show_closures(self, rows: Sequence[ClosureView], hidden: int) -> None:
        self.closures, self.hidden = rows, hidden

    def show_history(self, rows: Sequence[ChangeLine]) -> None:
        self.history = rows

    def show_figures(self, figures: FigureList, hidden: int) -> None:
        self.figures, self.hidden = figures, hidden

    def show_tariffs(self, cards: Sequence[TariffCard], hidden: int) -> None:
        self.cards, self.hidden = cards, hidden

    def show_preview(self, lines: Sequence[str]) -> None:
        self.preview = lines

    def show_simulator(self, specs: Sequence[FieldSpec]) -> None:
        self.simulator = specs

    def show_simulator_errors(self, errors: Mapping[str, str]) -> None:
        self.simulator_errors = errors

    def show_simulation(self, simulation: Simulation) -> None:
        self.simulation = simulation


def typed(specs: Sequence[FieldSpec], **changes: str) -> dict[str, str]:
    return {**values_of(specs), **changes}


@dataclass
class Story:
    desk: Desk
    agent: Agent
    page: Page
    presenter: CatalogPresenter
    unfinished: dict[str, Draft]

    def open(self, **parameters: str) -> Page:
        self.presenter.open(Place("catalog", parameters))
        return self.page

    def type(self, **typed: str) -> None:
        """In the form that is open; « day__from » for a field whose name is a word of Python."""
        for key, text in typed.items():
            self.presenter.tariffs.typed(key.removeprefix("day__"), text)

    def type_row(self, key: str, text: str) -> None:
        """In one row of a field, « brackets/0/price »: the page tells all the rows."""
        field = key.partition("/")[0]
        rows = {one: kept for one, kept in self.page.values.items() if one.startswith(f"{field}/")}
        self.page.values |= {key: text}
        self.presenter.tariffs.typed_rows(field, {**rows, key: text})

    def save(self, **typed: str) -> None:
        self.type(**typed)
        self.presenter.drafting.save()

    def adopt(self, slot: int) -> Page:
        self.open(slot=str(slot))
        self.presenter.tariffs.adopt()
        return self.page

    def node(self, key: str) -> Node:
        return next(node for node in walk(self.page.nodes) if node.key == key)

    def prices(self, slot: int) -> list[tuple[date, date | None]]:
        return [(view.valid_from, view.valid_to) for view in self.desk.ask(TariffsOfSlot(slot))]


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with open_desk(tmp_path) as desk:
        agent, page, unfinished = Agent(desk.app), Page(), dict[str, Draft]()
        yield Story(desk, agent, page, CatalogPresenter(page, agent.desk, unfinished), unfinished)


def lines(page: Page) -> dict[str, Node]:
    return {node.title: node for node in walk(page.nodes)}


# --- reading -----------------------------------------------------------------------------------------------------


def test_the_tree_says_the_price_in_force_of_each_slot(story: Story) -> None:
    story.desk.slot("CANT", GRID)
    page = story.open()
    assert lines(page)["Repas CANT"].note == "1,20 à 4,15\u00a0€"
    assert page.title == "Services et tarifs (1 service, 1 créneau)"


def test_a_slot_without_price_is_said_in_the_tree_and_in_the_title(story: Story) -> None:
    story.desk.slot()
    story.open(slot="1")
    story.presenter.tariffs.remove(story.page.cards[0].view)
    assert story.page.banner is not None  # it has begun: it stays
    story.presenter.end_tariff(story.page.cards[0].view)
    story.save(last_day="31/10/2025")
    assert lines(story.page)["Repas CANT"].warns
    assert story.page.title.endswith("1 créneau dont 1 sans tarif)")


def test_a_search_keeps_what_leads_to_the_lines_found(story: Story) -> None:
    story.desk.slot("CANT", structure="La Clairière")
    page = story.open()
    found = [node.title for node in walk(kept(page.nodes, "repas"))]
    assert found == ["Services, activités, créneaux", "Restauration", "Restauration", "Repas CANT"]
    assert [node.title for node in walk(kept(page.nodes, "clairiere"))][-1] == "La Clairière"
    assert kept(page.nodes, "piscine") == ()


def test_an_empty_base_shows_nothing_and_offers_a_service_or_a_structure(story: Story) -> None:
    page = story.open()
    assert page.detail is None
    assert [words.replace("&", "") for words, _ in story.presenter.creations()] == ["Un service", "Une structure"]


# --- records -----------------------------------------------------------------------------------------------------


def test_a_service_then_its_activity_then_its_slot_are_created_from_the_page(story: Story) -> None:
    page = story.open(do="new")
    story.save(name="Cantine", code="C", prefix="CAN")
    assert page.chosen == "service 1"
    story.presenter.create(NodeKind.ACTIVITY, 1)
    story.save(name="Midi", code="MIDI")
    story.presenter.create(NodeKind.SLOT, 1)
    story.save(label="Repas", code="R", unit="repas", start="11h45", end="1320")
    assert page.detail is not None
    assert ("Horaires", "de 11\u00a0h\u00a045 à 13\u00a0h\u00a020") in page.detail.facts
    assert page.detail.trail == "Cantine › Midi"


def test_what_is_missing_is_said_beside_its_field_and_the_work_is_kept(story: Story) -> None:
    page = story.open(do="new")
    story.save(name="Cantine", code="", prefix="CAN", due_day="40")
    assert set(page.errors) == {"code", "due_day"}
    assert page.task is not None


def test_a_refusal_of_the_base_is_said_beside_its_field(story: Story) -> None:
    story.desk.slot("CANT")
    page = story.open(do="new")
    story.save(name="Autre", code="CANT", prefix="AUT")
    assert list(page.errors) == ["code"]


def test_code_and_prefix_are_locked_with_the_reason_once_an_invoice_exists(story: Story) -> None:
    slot = story.desk.slot()
    story.desk.attend(story.desk.family(), slot, SCHOOL_DAYS)
    story.desk.issue()
    page = story.open(service="1", do="edit")
    assert page.task is not None
    locked = {spec.key: spec.locked for spec in page.task.fields if spec.locked}
    assert set(locked) == {"code", "prefix"}
    assert "des factures" in locked["prefix"]


def test_an_edit_is_taken_back(story: Story) -> None:
    story.desk.slot()
    page = story.open(service="1", do="edit")
    story.save(name="Autre nom")
    assert lines(page)["Autre nom"].kind is NodeKind.SERVICE
    story.agent.undo()
    assert "Autre nom" not in lines(page)


def test_typing_left_for_another_line_waits_there(story: Story) -> None:
    story.desk.slot(structure="La Clairière")
    page = story.open(slot="1", do="edit")
    story.type(label="Grand repas")
    story.presenter.choose("service 1")
    assert page.task is None
    assert page.detail is not None
    assert page.detail.key == "service 1"
    assert story.agent.told == ["« Modifier le créneau « Repas CANT » » : votre saisie est gardée."]
    story.presenter.choose("slot 1")
    assert page.values["label"] == "Grand repas"
    story.save()
    assert "Grand repas" in lines(page)
    assert not story.unfinished


def test_escape_asks_before_typing_is_lost_and_only_then(story: Story) -> None:
    story.desk.slot()
    page = story.open(slot="1", do="edit")
    story.type(label="Grand repas")
    story.agent.says_yes = False
    story.presenter.drafting.close()
    assert page.typing()
    story.type(label="Repas CANT")
    story.presenter.drafting.close()
    assert not page.typing()
    assert len(story.agent.asked) == 1


def test_a_record_that_somebody_else_saved_is_read_again_under_the_typing(story: Story) -> None:
    story.desk.slot()
    page = story.open(service="1", do="edit")
    story.type(name="Cantines")
    other = Page()
    elsewhere = CatalogPresenter(other, Agent(story.desk.app).desk, {})
    elsewhere.open(Place("catalog", {"service": "1", "do": "edit"}))
    elsewhere.drafting.typed("due_day", "12")
    elsewhere.drafting.save()
    assert page.notice is not None
    page.press("Relire")
    assert (page.values["name"], page.values["due_day"]) == ("Cantines", "12")
    story.save()
    assert "Cantines" in lines(page)


def test_a_closure_is_added_removed_and_put_back(story: Story) -> None:
    story.desk.slot(structure="La Clairière")
    page = story.open(structure="1", do="close")
    story.save(first_day="24/12", last_day="23/12", reason="congés")
    assert list(page.errors) == ["last_day"]
    story.save(first_day="24/12", last_day="2/1", reason="congés")
    assert [(row.first_day, row.last_day) for row in page.closures] == [(date(2025, 12, 24), date(2026, 1, 2))]
    story.presenter.remove_closure(page.closures[0])
    assert not page.closures
    story.agent.undo()
    assert len(page.closures) == 1


def test_the_history_is_told_in_french(story: Story) -> None:
    story.desk.slot()
    page = story.open(service="1", do="edit")
    story.save(name="Cantines", due_day="15")
    story.presenter.open_history()
    assert [(row.what, row.details) for row in page.history] == [
        ("Service modifié", "jour d'échéance : 10 → 15, nom : Restauration → Cantines")
    ]


def test_a_published_amount_is_entered_with_its_source_and_taken_back(story: Story) -> None:
    page = story.open(figures="yes", do="figure")
    story.save(monthly="814,5", valid_from="1/1/2027", source="")
    assert list(page.errors) == ["source"]
    story.save(monthly="814,5", valid_from="1/1/2027", source="CAF, courrier")
    (entered,) = story.desk.ask(ListFigures()).entered
    assert entered.monthly == Money(81450)
    story.agent.undo()
    assert not story.desk.ask(ListFigures()).entered


def test_who_may_only_read_is_offered_no_change(story: Story) -> None:
    story.desk.slot()
    reader = Agent(story.desk.door(frozenset({"catalog.read", "tariffs.read"})))
    page = Page()
    presenter = CatalogPresenter(page, reader.desk, {})
    presenter.open(Place("catalog", {"slot": "1"}))
    assert page.detail is not None
    assert (page.detail.may_edit, page.detail.may_price) == (False, False)
    assert presenter.creations() == ()


def test_the_page_follows_what_others_change(story: Story) -> None:
    story.desk.slot()
    page = story.open()
    story.desk.slot("ALSH", name="Accueil de loisirs")
    story.desk.app.events.publish(CatalogChanged("service", 2))
    assert "Accueil de loisirs" in lines(page)


# --- tariffs -----------------------------------------------------------------------------------------------------


def test_every_shape_has_its_form() -> None:
    assert set(SHAPE_FORMS) == set(TARIFFS)


@pytest.mark.parametrize("shape", sorted(TARIFFS))
def test_a_tariff_survives_its_form(story: Story, shape: str) -> None:
    samples: dict[str, Tariff] = {
        "flat": FlatTariff(Money(415)),
        "brackets": GRID,
        "linear_effort": LinearEffortTariff(Decimal("0.45"), Money(140), Money(560), Money(300)),
        "psu_hourly": PsuHourlyTariff(CareKind.FAMILY, children_when_unknown=2),
    }
    form = SHAPE_FORMS[shape]
    specs = form.specs(samples[shape])
    reader = Reader(specs, typed(specs), story.desk.app.clock.today())
    assert form.read(reader) == samples[shape]
    assert not reader.errors


def test_a_coming_tariff_is_adopted_without_a_question_and_taken_back(story: Story) -> None:
    slot = story.desk.slot()
    page = story.adopt(slot)
    story.save(price="4,30", day__from="1/1")
    assert not story.agent.asked
    assert story.prices(slot) == [(date(2026, 1, 1), None), (date(2024, 9, 1), date(2025, 12, 31))]
    assert [card.state for card in page.cards] == ["à venir", "en vigueur"]
    story.agent.undo()
    assert story.prices(slot) == [(date(2024, 9, 1), None)]


def test_a_tariff_that_has_begun_is_asked_about_first(story: Story) -> None:
    slot = story.desk.slot()
    story.adopt(slot)
    story.agent.says_yes = False
    story.save(price="4,30", day__from="1/11/2025")
    assert [question.yes for question in story.agent.asked] == ["Adopter ce tarif"]
    assert len(story.prices(slot)) == 1


def test_wrong_parameters_are_said_beside_their_field(story: Story) -> None:
    page = story.adopt(story.desk.slot(tariff=GRID))
    story.type_row("brackets/0/price", "douze")
    story.save(day__from="hier")
    assert set(page.errors) == {"brackets/0/price", "from"}
    assert page.keyboard == "brackets/0/price"
    story.type_row("brackets/0/price", "1,20")
    story.type_row("brackets/0/upper", "700")
    story.save(day__from="1/1")
    assert list(page.errors) == ["brackets"]  # the bounds must rise


def test_a_tariff_is_tried_while_it_is_typed(story: Story) -> None:
    page = story.adopt(story.desk.slot(tariff=GRID))
    assert [spec.key for spec in page.simulator] == ["day", "quotient"]
    assert page.simulation.price == Money(415)
    story.type_row("brackets/2/price", "5")
    assert page.simulation.price == Money(500)
    story.presenter.tariffs.simulator.typed({"quotient": "399,99"})
    assert page.simulation.price == Money(120)
    story.type_row("brackets/2/price", "")
    assert page.simulation == Simulation(problem="Complétez le tarif pour l'essayer.")
    assert not page.preview


def test_another_shape_asks_for_other_things_and_keeps_the_day(story: Story) -> None:
    page = story.adopt(story.desk.slot())
    story.type(day__from="1/1/2026", shape="psu_hourly")
    assert page.task is not None
    keys = [spec.key for spec in page.task.fields]
    assert {"care", "mode", "tolerance"} <= set(keys)
    assert page.values["from"] == "1/1/2026"
    assert [spec.key for spec in page.simulator] == ["day", "income", "children", "disabled"]


def test_a_tariff_half_typed_waits_for_its_slot(story: Story) -> None:
    story.desk.slot()
    story.desk.slot("ALSH", GRID, name="Accueil de loisirs")
    page = story.adopt(1)
    story.type(shape="brackets", day__from="1/1/2026")
    story.presenter.choose("slot 2")
    assert not page.typing()
    assert page.simulation.price == Money(415)  # of the grid in force
    story.presenter.choose("slot 1")
    assert page.typing()
    assert (page.values["shape"], page.values["from"]) == ("brackets", "1/1/2026")


def test_the_simulator_says_what_is_missing(story: Story) -> None:
    story.desk.slot(tariff=GRID)
    page = story.open(slot="1")
    story.presenter.tariffs.simulator.typed({"quotient": ""})
    assert page.simulation.price is None
    assert "quotient familial" in page.simulation.problem
    story.presenter.tariffs.simulator.typed({"quotient": "850", "day": "1/1/2020"})
    assert "en vigueur" in page.simulation.problem


def test_an_adopted_tariff_leaves_the_catalog_whole(story: Story) -> None:
    slot = story.desk.slot()
    page = story.adopt(slot)
    story.save(price="5", day__from="1/1")
    assert page.task is None
    assert len(story.desk.ask(CatalogOverview()).services) == 1


# --- structure and year ------------------------------------------------------------------------------------------


def test_the_tree_keeps_to_the_active_structure(story: Story) -> None:
    story.desk.slot("ALSH", name="Loisirs", structure="La Clairière")
    other = story.desk.slot("CANT")
    page = story.open()
    story.agent.context.choose_structure(1, "La Clairière")
    shown = lines(page)
    assert {"Loisirs", "La Clairière", "Toutes les structures"} <= set(shown)
    assert "Restauration" not in shown
    assert page.detail is not None
    assert page.detail.title == "Repas ALSH"
    story.open(slot=str(other))  # a link goes where it says
    assert story.agent.context.structure_id is None
    assert page.detail.title == "Repas CANT"


def test_a_service_without_activity_is_seen_from_every_structure(story: Story) -> None:
    story.desk.slot("ALSH", structure="La Clairière")
    page = story.open()
    story.agent.context.choose_structure(1, "La Clairière")
    story.open(do="new")
    story.save(name="Cantine", code="CAN", prefix="CAN")
    assert "Cantine" in lines(page)
    assert story.agent.context.structure_id == 1


def test_what_is_created_elsewhere_is_shown_all_the_same(story: Story) -> None:
    story.desk.slot("ALSH", structure="La Clairière")
    page = story.open()
    story.agent.context.choose_structure(1, "La Clairière")
    story.presenter.create(NodeKind.STRUCTURE)
    story.save(name="Le Moulin", code="MOULIN")
    assert story.agent.context.structure_id is None
    assert page.detail is not None
    assert page.detail.title == "Le Moulin"


def test_tariffs_are_those_of_the_year_and_the_others_one_gesture_away(story: Story) -> None:
    slot = story.desk.slot("CANT", GRID)
    story.desk.do(AdoptTariff(slot, FlatTariff(Money(500)), date(2025, 9, 1), ""))
    story.desk.do(AdoptTariff(slot, FlatTariff(Money(600)), date(2026, 9, 1), ""))
    page = story.open(slot=str(slot))
    assert ([card.view.valid_from for card in page.cards], page.hidden) == (
        [date(2026, 9, 1), date(2025, 9, 1)], 1  # what is to come stays in sight
    )
    story.presenter.show_every_year()
    assert (len(page.cards), page.hidden) == (3, 0)
    story.agent.context.choose_year(SchoolYear(2024))
    assert ([card.view.valid_from for card in page.cards], page.hidden) == ([date(2024, 9, 1)], 2)
    assert lines(page)["Repas CANT"].note == "1,20 à 4,15\u00a0€"
    story.agent.context.choose_year(SchoolYear(2026))
    assert lines(page)["Repas CANT"].note == "6,00\u00a0€"


def test_closures_and_figures_are_those_of_the_year(story: Story) -> None:
    story.desk.slot("ALSH", structure="La Clairière")
    for year in (2024, 2025):
        story.desk.do(Close(None, date(year, 12, 24), date(year, 12, 31), "congés"))
    page = story.open(structure="1", tab="closures")
    assert ([view.first_day.year for view in page.closures], page.hidden) == ([2025], 1)
    story.agent.context.choose_year(SchoolYear(2024))
    assert ([view.first_day.year for view in page.closures], page.hidden) == ([2024], 1)
    page = story.open(figures="yes")
    assert page.figures is not None
    assert page.hidden
    assert all(figure.valid_from <= date(2025, 8, 31) for figure in page.figures.used)


def test_what_is_typed_stays_when_the_year_changes_and_its_short_dates_are_of_it(story: Story) -> None:
    story.desk.slot("ALSH", structure="La Clairière")
    page = story.open(structure="1", do="close")
    story.type(first_day="24/12")
    story.agent.context.choose_year(SchoolYear(2024))
    assert page.task is not None
    story.save(last_day="2/1", reason="congés")
    (closure,) = story.desk.ask(CatalogOverview()).closures
    assert (closure.first_day, closure.last_day) == (date(2024, 12, 24), date(2025, 1, 2))


# --- taking back, giving a last day --------------------------------------------------------------------------


def test_a_slot_never_used_is_removed_after_a_question(story: Story) -> None:
    slot = story.desk.slot()
    story.open(slot=str(slot))
    story.agent.says_yes = False
    story.presenter.end()
    [question] = story.agent.asked
    assert (question.title, question.yes, question.dangerous) == (
        "Supprimer le créneau « Repas CANT » ?", "Supprimer", True,
    )
    assert "avec 1\u00a0tarif" in question.text
    assert story.page.chosen == f"slot {slot}"
    story.agent.says_yes = True
    story.presenter.end()

    assert story.page.chosen.startswith("activity ")
    assert story.desk.ask(CatalogOverview()).services[0].activities[0].slots == ()
    assert story.agent.told[-1] == "Supprimé : le créneau « Repas CANT »."


def test_a_slot_that_was_used_gets_a_last_day_instead(story: Story) -> None:
    slot = story.desk.slot()
    story.desk.attend(story.desk.family(), slot)
    story.open(slot=str(slot))
    story.presenter.end()
    task = story.page.task
    assert task is not None
    assert "8\u00a0présences ou réservations" in task.intro
    story.save(last_day="1/10/2025")
    assert list(story.page.errors) == ["last_day"]
    story.save(last_day="31/10/2025")

    node = story.node(f"slot {slot}")
    assert (node.note, node.warns) == ("arrêté le 31/10/2025", False)
    assert "0 créneau" in story.page.title
    assert story.page.detail is not None
    assert ("Dernier jour", "31/10/2025") in story.page.detail.facts
    story.agent.undo()
    assert story.node(f"slot {slot}").note == "4,15\u00a0€"


def test_a_service_that_ends_takes_its_slots_along(story: Story) -> None:
    slot = story.desk.slot()
    story.desk.attend(story.desk.family(), slot)
    service = story.desk.ask(CatalogOverview()).services[0].service.id
    story.open(service=str(service))
    story.presenter.end()
    story.save(last_day="31/10/2025")

    assert story.node(f"service {service}").note == story.node(f"slot {slot}").note == "arrêté le 31/10/2025"
    story.presenter.choose(f"slot {slot}")
    assert story.page.detail is not None
    assert dict(story.page.detail.facts)["Dernier jour"] == "31/10/2025 (avec son activité ou son service)"


def test_only_what_is_offered_can_end(story: Story) -> None:
    story.desk.slot(structure="La Clairière")
    story.open(structure="0")
    story.presenter.end()
    assert story.page.detail is not None
    assert (story.page.detail.may_end, story.page.task, story.agent.asked) == (False, None, [])


def test_a_price_that_comes_late_does_not_answer_what_is_typed_wrong_since(story: Story) -> None:
    slot, late = story.desk.slot(tariff=GRID), Later()
    simulator = Simulator(story.page, Agent(story.desk.app, late).desk)
    tariffs = story.desk.ask(TariffsOfSlot(slot))
    simulator.about_slot(slot, "repas", tariffs)
    simulator.typed({"quotient": "700"})
    simulator.typed({"quotient": "beaucoup"})
    late.catch_up()
    assert story.page.simulation == Simulation(problem="Corrigez la saisie pour voir le prix.")
