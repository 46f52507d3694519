"""« Santé » in the file of a family: what its presenter decides, without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from backoffice.families.queries import Member, ReadFamily
from backoffice.health.commands import EditHealthSheet
from backoffice.health.rules import SheetValues
from backoffice.kernel.application import Application
from backoffice.kernel.permissions import EVERYTHING
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.desk import Desk, Household, open_desk
from tests.support.drafting import TaskShown
from tests.support.private import SHEET
from ui.drafting import Drafting
from ui.drafts import Draft, Saved, Task, undoable
from ui.forms import YES
from ui.presenting import Banner
from ui.screens.family.health import HealthPresenter, opened_words, sheet_facts
from ui.screens.family.health_tasks import CorrectSheet, OpenSheet

WHY = "Urgence ou accident"


class Page(TaskShown, BannerShown):
    """What the page shows last."""

    def __init__(self) -> None:
        super().__init__()
        self.alerts: frozenset[int] = frozenset()
        self.shown = 0

    def show_health(self) -> None:
        self.shown += 1

    def show_alerts(self, children: frozenset[int]) -> None:
        self.alerts = children


class Counter:
    """A family's file open before an agent, and nothing but health in it."""

    def __init__(self, desk: Desk, app: Application | None = None, family: Household | None = None) -> None:
        self.desk = desk
        self.app = app or desk.app
        self.agent = Agent(self.app)
        self.page = Page()
        self.unfinished: dict[str, Draft] = {}
        self.family = family or desk.family()
        self.drafting = Drafting(self.page, self.agent.desk, self.unfinished, self._saved, self._reread)
        self.health = HealthPresenter(self.page, self.agent.desk, self.drafting)
        self.health.show_file(desk.ask(ReadFamily(self.family.id)))

    @property
    def child(self) -> Member:
        return self.desk.ask(ReadFamily(self.family.id)).children[0]

    def write(self, values: SheetValues = SHEET, version: int = 0) -> int:
        return self.desk.do(EditHealthSheet(self.child.person_id, version, values))

    def say_why(self, reason: str = WHY, detail: str = "") -> None:
        self.health.ask_why(self.child)
        self.type(reason=reason, detail=detail)
        self.drafting.save()

    def type(self, **values: str) -> None:
        for key, text in values.items():
            self.drafting.typed(key, text)
            self.drafting.left(key)

    def sheet(self) -> SheetValues | None:
        opened = self.health.opened(self.child)
        return opened.sheet.values if opened else None

    def _saved(self, task: Task, saved: Saved) -> None:
        self.health.saved(task, saved)
        undoable(self.page, self.agent.desk, saved)

    def _reread(self) -> None:
        task = self.drafting.task
        assert task is not None
        assert self.health.reread(task)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        opened.app = opened.door(EVERYTHING)
        yield opened


@pytest.fixture
def counter(desk: Desk) -> Counter:
    return Counter(desk)


def test_a_sheet_is_closed_until_somebody_says_why(counter: Counter) -> None:
    counter.write()
    assert counter.sheet() is None

    counter.health.ask_why(counter.child)
    assert isinstance(counter.page.task, OpenSheet)
    assert "s'enregistre" in counter.page.task.fields[0].hint
    counter.drafting.save()
    assert counter.page.errors == {"reason": "Remplissez « Raison »."}
    assert counter.sheet() is None

    counter.type(reason=WHY)
    counter.drafting.save()
    assert counter.sheet() == SHEET
    assert counter.agent.told == ["Fiche santé ouverte (Léa) : la lecture est enregistrée."]


def test_another_reason_is_said_in_words(counter: Counter) -> None:
    counter.say_why("Autre raison")
    assert counter.page.errors == {"detail": "Dites en quelques mots quelle est cette raison."}

    counter.type(detail="visite de la PMI")
    counter.drafting.save()
    counter.health.show_readings(counter.child)
    readings = counter.health.readings(counter.child)
    assert readings is not None
    assert [reading.reason for reading in readings] == ["Autre raison : visite de la PMI"]


def test_who_read_it_is_shown_and_hidden_again(counter: Counter) -> None:
    counter.health.show_readings(counter.child)
    assert counter.health.readings(counter.child) == ()

    counter.health.show_readings(counter.child)
    assert counter.health.readings(counter.child) is None


def test_a_sheet_closes_when_another_person_or_family_is_looked_at(counter: Counter) -> None:
    other = counter.desk.ask(ReadFamily(counter.desk.family("AUTRE").id))
    leaving: list[Callable[[], None]] = [
        partial(counter.health.turn_to, counter.family.parent),
        partial(counter.health.show_file, None),
        partial(counter.health.show_file, other),
        counter.health.close,
    ]
    for leave in leaving:
        counter.health.show_file(counter.desk.ask(ReadFamily(counter.family.id)))
        counter.say_why()
        assert counter.sheet() is not None
        leave()
        assert counter.sheet() is None


def test_the_same_family_read_again_keeps_it_open(counter: Counter) -> None:
    counter.say_why()

    counter.health.show_file(counter.desk.ask(ReadFamily(counter.family.id)))
    counter.health.turn_to(counter.child.person_id)

    assert counter.sheet() is not None


def test_a_correction_shows_at_once_and_can_be_undone(counter: Counter) -> None:
    counter.write()
    counter.say_why()
    counter.health.edit(counter.child)
    counter.type(allergies="Fraises", doctor_phone="0298112233")
    counter.drafting.save()

    assert counter.sheet() == replace(SHEET, allergies="Fraises", doctor_phone="02 98 11 22 33")
    counter.agent.undo()
    assert counter.sheet() is None  # it changed under the eyes: why is asked again
    counter.say_why()
    assert counter.sheet() == SHEET


def test_a_first_sheet_is_filled(counter: Counter) -> None:
    counter.say_why()
    assert counter.sheet() == SheetValues()
    counter.health.edit(counter.child)
    task = counter.page.task
    assert task is not None
    assert [field.key for field in task.fields if field.only_if[0]] == ["pai_until", "pai_conduct"]
    counter.type(has_pai=YES, pai_until="06/07/2026", pai_conduct="Appeler le 15")
    counter.drafting.save()

    assert counter.sheet() == SheetValues(has_pai=True, pai_until=date(2026, 7, 6), pai_conduct="Appeler le 15")


def test_what_cannot_be_saved_is_said_beside_its_field(counter: Counter) -> None:
    counter.say_why()
    counter.health.edit(counter.child)
    counter.type(doctor_phone="12", vaccines_until="hier")
    counter.drafting.save()

    assert set(counter.page.errors) == {"doctor_phone", "vaccines_until"}
    assert counter.page.task is not None


def test_the_second_who_saves_reads_again_and_keeps_what_was_typed(counter: Counter) -> None:
    counter.write()
    counter.say_why()
    counter.health.edit(counter.child)
    counter.type(remarks="Dort peu")
    counter.write(replace(SHEET, allergies="Fraises"), version=1)
    counter.drafting.save()
    assert counter.page.notice is not None

    assert (counter.page.values["allergies"], counter.page.values["remarks"]) == ("Fraises", "Dort peu")
    counter.drafting.save()
    assert counter.sheet() == replace(SHEET, allergies="Fraises", remarks="Dort peu")


def test_no_place_opens_a_sheet_without_a_reason(counter: Counter) -> None:
    child = counter.child.person_id
    for name in (f"health:{child}", f"sheet:{child}"):
        assert isinstance(counter.health.task_named(name), OpenSheet)
    assert counter.health.task_named(f"health:{counter.family.parent}") is None
    assert counter.health.task_named("record") is None


def test_the_dot_follows_the_sheet(counter: Counter) -> None:
    assert counter.page.alerts == frozenset()

    version = counter.write()
    assert counter.page.alerts == {counter.child.person_id}

    counter.write(SheetValues(remarks="Lunettes"), version)
    assert counter.page.alerts == frozenset()


@pytest.mark.parametrize(
    ("missing", "read", "edit", "watch", "alerts"),
    [
        (set(), True, True, True, True),
        ({"health.edit"}, True, False, True, True),
        ({"health.read"}, False, False, True, True),
        ({"health.read", "health.audit"}, False, False, False, True),
        ({"attendance.read"}, True, True, True, False),
    ],
)
def test_each_sees_what_their_rights_show(
    desk: Desk, missing: set[str], read: bool, edit: bool, watch: bool, alerts: bool
) -> None:
    family = desk.family()
    desk.do(EditHealthSheet(family.child, 0, SHEET))
    counter = Counter(desk, desk.door(EVERYTHING - missing), family)
    health = counter.health

    assert (health.may_read, health.may_edit, health.may_watch) == (read, edit, watch)
    assert bool(counter.page.alerts) is alerts
    assert (health.task_named(f"health:{family.child}") is not None) is read


def test_who_watches_reads_the_list_without_the_sheet(desk: Desk) -> None:
    family = desk.family()
    Counter(desk, family=family).say_why()
    counter = Counter(desk, desk.door(frozenset({"families.read", "health.audit"})), family)

    counter.health.show_readings(counter.child)

    assert len(counter.health.readings(counter.child) or ()) == 1
    assert counter.page.banner is None


def test_a_failure_is_told_above_the_file(desk: Desk) -> None:
    counter = Counter(desk)
    counter.app.actor = replace(counter.app.actor, permissions=EVERYTHING - {"health.read"})

    counter.health.show_readings(counter.child)

    assert counter.page.banner is not None


def test_a_past_pai_is_said_to_be_past() -> None:
    facts = dict(sheet_facts(replace(SHEET, pai_until=date(2024, 7, 6)), date(2025, 11, 20)))

    assert facts["PAI"] == "oui, valable jusqu'au 06/07/2024 : date passée"
    assert dict(sheet_facts(SheetValues(), date(2025, 11, 20))) == dict.fromkeys(facts, "")


def test_what_was_recorded_is_said(counter: Counter) -> None:
    counter.say_why()
    opened = counter.health.opened(counter.child)

    assert opened is not None
    said = " ".join(opened_words(opened).split())  # spaces that break or not
    assert said == "Lecture enregistrée le 20 novembre 2025 à 12 h 00 : urgence ou accident"


def test_unsaved_typing_keeps_another_task_away(counter: Counter) -> None:
    counter.say_why()
    counter.health.edit(counter.child)
    counter.type(remarks="Dort peu")
    counter.health.ask_why(counter.child)

    assert isinstance(counter.drafting.task, CorrectSheet)
    assert isinstance(counter.page.notice, Banner)
