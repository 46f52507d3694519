"""Editing the catalog from the window: versions, checks, history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from backoffice.catalog.commands import CatalogChanged, Close, NewSlot
from backoffice.catalog.editing import (
    CreateActivity,
    CreateService,
    CreateSlot,
    CreateStructure,
    EditActivity,
    EditSlot,
    EditStructure,
    EditTown,
    RemoveClosure,
)
from backoffice.catalog.kinds import BillingBasis, StructureKind
from backoffice.catalog.overview import CatalogHistory, CatalogOverview
from backoffice.catalog.queries import Town
from backoffice.kernel.errors import UserError
from tests.support.desk import Desk, new_service, open_desk

TOWN = Town("Valbrume", ("1 place", ""), "SIRET 1", "Le Maire", "A")
WEEK = frozenset(range(5))
LUNCH = NewSlot("MIDI", "Repas", "repas", WEEK, 720, 780)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def test_a_catalog_is_built_from_nothing(desk: Desk) -> None:
    assert desk.ask(CatalogOverview()).town is None
    heard = desk.heard(CatalogChanged)
    desk.do(EditTown(TOWN, 0))
    service = desk.do(CreateService(new_service()))
    structure = desk.do(CreateStructure("ECO", "École Prévert", StructureKind.SCHOOL))
    activity = desk.do(CreateActivity(service, structure, "REP", "Restaurant", BillingBasis.BOOKED))
    slot = desk.do(CreateSlot(activity, LUNCH))
    evening = desk.do(CreateSlot(activity, NewSlot("SOIR", "Soir", "séance", WEEK)))
    catalog = desk.ask(CatalogOverview())
    assert catalog.town is not None
    assert catalog.town.town.address == ("1 place",)
    (seen,) = catalog.services[0].activities
    assert (seen.structure_name, seen.basis) == ("École Prévert", BillingBasis.BOOKED)
    assert [(view.slot.id, view.slot.position) for view in seen.slots] == [(slot, 0), (evening, 1)]
    assert [event.kind for event in heard if isinstance(event, CatalogChanged)] == [
        "town", "service", "structure", "activity", "slot", "slot"
    ]


def test_what_somebody_changed_meanwhile_is_not_written_over(desk: Desk) -> None:
    structure = desk.do(CreateStructure("ECO", "École", StructureKind.SCHOOL))
    (shown,) = desk.ask(CatalogOverview()).structures
    desk.do(EditStructure(structure, shown.version, "ECO", "École Prévert", StructureKind.SCHOOL))
    late = EditStructure(structure, shown.version, "ECO", "École Hugo", StructureKind.SCHOOL)
    assert desk.refused(late) == "record.changed_meanwhile"
    (now,) = desk.ask(CatalogOverview()).structures
    assert (now.name, now.version) == ("École Prévert", shown.version + 1)
    desk.do(EditTown(TOWN, 0))
    assert desk.refused(EditTown(TOWN, 0)) == "record.changed_meanwhile"


def test_an_edited_slot_keeps_its_place_and_says_its_new_times(desk: Desk) -> None:
    slot = desk.slot()
    view = desk.ask(CatalogOverview()).services[0].activities[0].slots[0]
    desk.do(EditSlot(slot, view.version, replace(LUNCH, code="CANT", start_minute=735), view.slot.position))
    again = desk.ask(CatalogOverview()).services[0].activities[0].slots[0]
    assert (again.slot.label, again.slot.start_minute, again.version) == ("Repas", 735, view.version + 1)


def test_an_edited_activity_changes_its_basis(desk: Desk) -> None:
    desk.slot()
    (view,) = desk.ask(CatalogOverview()).services[0].activities
    desk.do(EditActivity(view.id, view.version, None, "CANT", "Cantine", BillingBasis.BOOKED))
    (again,) = desk.ask(CatalogOverview()).services[0].activities
    assert (again.name, again.basis) == ("Cantine", BillingBasis.BOOKED)


def test_codes_are_taken_once(desk: Desk) -> None:
    desk.slot("CANT", structure="École")
    assert desk.refused(CreateStructure("CANT", "Autre", StructureKind.SCHOOL)) == "catalog.code_taken"
    assert desk.refused(CreateActivity(1, None, "CANT", "Autre", BillingBasis.BOOKED)) == "catalog.code_taken"
    assert desk.refused(CreateSlot(1, replace(LUNCH, code="CANT"))) == "catalog.code_taken"
    assert desk.refused(CreateService(new_service("CANT"))) == "catalog.service_exists"
    assert desk.refused(CreateService(new_service("AUTRE", prefix="É"))) == "catalog.bad_prefix"


@pytest.mark.parametrize(
    ("slot", "code"),
    [
        (replace(LUNCH, weekdays=frozenset()), "catalog.no_weekday"),
        (replace(LUNCH, start_minute=None), "catalog.bad_slot_times"),
        (replace(LUNCH, end_minute=720), "catalog.bad_slot_times"),
        (replace(LUNCH, label=" "), "catalog.field_missing"),
        (replace(LUNCH, unit="x" * 21), "catalog.field_too_long"),
    ],
)
def test_a_slot_that_cannot_be_is_refused(desk: Desk, slot: NewSlot, code: str) -> None:
    desk.slot()
    assert desk.refused(CreateSlot(1, slot)) == code


def test_a_parent_that_is_gone_is_told(desk: Desk) -> None:
    assert desk.refused(CreateActivity(9, None, "A", "B", BillingBasis.BOOKED)) == "record.changed_meanwhile"
    assert desk.refused(CreateSlot(9, LUNCH)) == "record.changed_meanwhile"


def test_a_closure_is_entered_with_its_reason_and_removed(desk: Desk) -> None:
    day = date(2025, 12, 24)
    assert desk.refused(Close(None, day, day, " ")) == "catalog.closure_without_reason"
    assert desk.refused(Close(None, day, date(2025, 12, 1), "Noël")) == "period.ends_before_start"
    desk.do(Close(None, day, day, "Noël"))
    (closure,) = desk.ask(CatalogOverview()).closures
    assert closure.in_french == "Fermeture le 24/12/2025 : Noël"
    desk.do(RemoveClosure(closure.id))
    assert desk.ask(CatalogOverview()).closures == ()
    assert desk.refused(RemoveClosure(closure.id)) == "record.changed_meanwhile"


def test_the_history_says_old_and_new_but_no_name_of_a_person(desk: Desk) -> None:
    desk.do(EditTown(TOWN, 0))
    desk.do(EditTown(replace(TOWN, name="Valbrume-le-Haut", signatory="Mme Rivière"), 1))
    change, created = desk.ask(CatalogHistory("town 1"))
    assert (change.action, change.actor) == ("town.edited", "cheffe")
    assert dict(change.details) == {"name": "Valbrume → Valbrume-le-Haut", "signatory": "changed"}
    assert created.details == ()


def test_the_town_needs_a_name_and_a_zone(desk: Desk) -> None:
    assert desk.refused(EditTown(replace(TOWN, name=""), 0)) == "catalog.field_missing"
    assert desk.refused(EditTown(replace(TOWN, school_zone="Z"), 0)) == "catalog.field_missing"


def test_who_may_only_read_does_not_edit(desk: Desk) -> None:
    reader = desk.door(frozenset({"catalog.read"}))
    with pytest.raises(UserError, match=r"permission\.denied"):
        reader.execute(EditTown(TOWN, 0))
    assert reader.ask(CatalogOverview()).services == ()
