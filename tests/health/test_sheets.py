"""Health sheets through the door, on each engine: read for a reason, corrected, and who read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backoffice.health.commands import EditHealthSheet, HealthSheet, ReadHealthSheet
from backoffice.health.events import HealthSheetEdited
from backoffice.health.queries import HealthAlerts, SheetReadings
from backoffice.health.rules import SheetValues
from backoffice.kernel.actor import Actor
from backoffice.kernel.application import Application, Command
from backoffice.kernel.errors import EnvironmentFault, InvalidFields, PermissionDenied, UserError
from backoffice.kernel.events import Event
from backoffice.kernel.permissions import EVERYTHING
from tests.support.private import SHEET
from tests.support.shared import by_administrator
from tests.support.towns import CHIEF, SmallTown
from tests.support.two_services import DIRECTOR, HEALTH, MEALS, TwoServices

WHY = "Urgence ou accident"


@dataclass
class Referent:
    """Who reads and writes sheets, and one child of theirs."""

    app: Application
    director: Application
    parent: int
    child: int
    rows: Callable[[str], list[dict[str, Any]]]

    def read(self, reason: str = WHY) -> HealthSheet:
        return self.app.execute(ReadHealthSheet(self.child, reason))

    def edit(self, version: int, values: SheetValues) -> int:
        return self.app.execute(EditHealthSheet(self.child, version, values))


@pytest.fixture
def embedded_referent(town: SmallTown) -> Referent:
    household = town.family()
    app = Application(town.database, Actor(CHIEF.login, CHIEF.login, EVERYTHING), town.app.clock)
    return Referent(app, app, household.parent, household.child, town.rows)


@pytest.fixture
def shared_referent(two_services: TwoServices) -> Referent:
    _, parent, child = two_services.family(MEALS)
    return Referent(two_services.door(HEALTH), two_services.door(DIRECTOR), parent, child, two_services.rows)


@pytest.fixture(params=["embedded_referent", "shared_referent"])
def referent(request: pytest.FixtureRequest) -> Referent:
    found: Referent = request.getfixturevalue(request.param)
    return found


def test_a_sheet_is_written_then_read_as_it_was(referent: Referent) -> None:
    assert referent.read() == HealthSheet(referent.child, 0, SheetValues())

    assert referent.edit(0, SHEET) == 1
    assert referent.read() == HealthSheet(referent.child, 1, SHEET)

    assert referent.edit(1, replace(SHEET, allergies="")) == 2
    assert referent.edit(2, SHEET) == 3  # undone
    assert referent.read() == HealthSheet(referent.child, 3, SHEET)


def test_each_reading_leaves_who_when_whom_and_why(referent: Referent) -> None:
    referent.edit(0, SHEET)
    referent.read()
    referent.read("  Préparer un accueil \n ou une sortie ")

    last, first = referent.app.ask(SheetReadings(referent.child))
    assert (last.reason, first.reason) == ("Préparer un accueil ou une sortie", WHY)
    assert last.agent == referent.app.actor.name
    assert last.at >= first.at
    assert [(row["person_id"], row["actor"]) for row in referent.rows("health_reads")] == [
        (referent.child, referent.app.actor.login)
    ] * 2


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_without_a_reason_nothing_is_opened(referent: Referent, reason: str) -> None:
    referent.edit(0, SHEET)

    with pytest.raises(UserError) as refused:
        referent.read(reason)

    assert refused.value.code in {"health.reason_missing", "health.reason_too_long"}
    assert referent.rows("health_reads") == []


def test_only_children_have_a_sheet(referent: Referent) -> None:
    commands: list[Command[Any]] = [
        ReadHealthSheet(referent.parent, WHY), EditHealthSheet(referent.parent, 0, SHEET), ReadHealthSheet(999_999, WHY)
    ]
    for command in commands:
        with pytest.raises(UserError, check=lambda error: error.code == "health.not_a_child"):
            referent.app.execute(command)

    assert referent.rows("health_sheets") == referent.rows("health_reads") == []


def test_the_second_who_saves_the_same_version_is_told(referent: Referent) -> None:
    referent.edit(0, SHEET)
    for version in (0, 2, 7):
        with pytest.raises(UserError, check=lambda error: error.code == "record.changed_meanwhile"):
            referent.edit(version, SheetValues(allergies="Fraises"))

    assert referent.read().values == SHEET


def test_what_cannot_be_saved_is_said_and_nothing_is(referent: Referent) -> None:
    with pytest.raises(InvalidFields) as refused:
        referent.edit(0, replace(SHEET, menu="halal", doctor_phone="12"))

    assert set(refused.value.fields) == {"menu", "doctor_phone"}
    assert referent.rows("health_sheets") == []


def test_the_dot_says_that_there_is_something_and_nothing_more(referent: Referent) -> None:
    asked = HealthAlerts((referent.child, referent.parent, 999_999))
    assert referent.director.ask(asked) == frozenset()

    for version, (values, expected) in enumerate([
        (SHEET, {referent.child}),
        (SheetValues(treatments="Ventoline"), set()),
        (SheetValues(has_pai=True), {referent.child}),
        (SheetValues(allergies="Fraises"), {referent.child}),
        (SheetValues(), set()),
    ]):
        referent.edit(version, values)
        assert referent.director.ask(asked) == expected


def test_rights_are_asked_at_the_door(referent: Referent) -> None:
    nobody = Application(referent.app.database, Actor("x", "X", EVERYTHING - {"health.read", "health.edit"}),
                         referent.app.clock)

    commands: list[Command[Any]] = [ReadHealthSheet(referent.child, WHY), EditHealthSheet(referent.child, 0, SHEET)]
    for command in commands:
        with pytest.raises(PermissionDenied):
            nobody.execute(command)


def test_pages_hear_of_a_correction(referent: Referent) -> None:
    heard: list[Event] = []
    referent.app.events.subscribe(HealthSheetEdited, heard.append)

    referent.edit(0, SHEET)

    assert heard == [HealthSheetEdited(referent.child, 1)]


def test_no_journal_says_what_a_sheet_holds(referent: Referent) -> None:
    """Neither the values, nor the reason, which may name them."""
    referent.edit(0, SHEET)
    referent.read("Crise d'asthme à 12 h")
    referent.edit(1, replace(SHEET, allergies="Fraises", has_pai=False))

    told = json.dumps([referent.rows("row_journal"), referent.rows("audit_journal")], default=str, ensure_ascii=False)
    secrets = ["Arachides", "Fraises", "Appeler", "Ventoline", "Martin\"", "02 98", "lunettes", "packed", "asthme",
               "2027-07-06", "2029-05-04"]
    assert [secret for secret in secrets if secret in told] == []
    changes = [row for row in referent.rows("row_journal") if row["table_name"] == "health_sheets"]
    assert [(row["row_id"], row["verb"]) for row in changes] == [(referent.child, "I"), (referent.child, "U")]


def test_who_read_is_never_rewritten(referent: Referent) -> None:
    referent.edit(0, SHEET)
    referent.read()
    before = referent.rows("health_reads")
    attempts = ["UPDATE health_reads SET actor = 'autre'", "DELETE FROM health_reads"]

    with by_administrator(referent.app.database) as opened:
        for attempt in attempts:
            with pytest.raises((DBAPIError, EnvironmentFault)), opened.write() as session:
                session.execute(text(attempt))

    assert referent.rows("health_reads") == before
