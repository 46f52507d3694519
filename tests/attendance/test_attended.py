"""What the children of a family attend, and where nobody is put any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from backoffice.attendance.attended import AttendedSlot, SlotsOfFamily
from backoffice.catalog.ending import EndOffer
from backoffice.catalog.kinds import OfferKind
from backoffice.catalog.overview import CatalogOverview
from tests.support.desk import SCHOOL_DAYS, Desk, open_desk
from ui.screens.attendance.adding import slot_choices


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def test_the_slot_of_the_latest_day_comes_first_then_the_most_attended(desk: Desk) -> None:
    canteen, pool, evening = desk.slot("CANT"), desk.slot("PISC", name="Piscine"), desk.slot("SOIR", name="Soir")
    family, other = desk.family(), desk.family("PETIT")
    desk.attend(family, pool, SCHOOL_DAYS[:3])
    desk.attend(family, canteen, SCHOOL_DAYS)
    desk.attend(family, evening, SCHOOL_DAYS[-1:])
    desk.attend(other, pool)

    assert desk.ask(SlotsOfFamily(family.id)) == (
        AttendedSlot(canteen, (family.child,), SCHOOL_DAYS[-1]),
        AttendedSlot(evening, (family.child,), SCHOOL_DAYS[-1]),
        AttendedSlot(pool, (family.child,), SCHOOL_DAYS[2]),
    )
    assert desk.ask(SlotsOfFamily(404)) == ()


def test_a_slot_is_no_longer_proposed_after_its_last_day(desk: Desk) -> None:
    desk.slot()
    view = desk.ask(CatalogOverview()).services[0].activities[0].slots[0]
    desk.do(EndOffer(OfferKind.SLOT, view.slot.id, view.version, date(2025, 10, 31)))
    catalog = desk.ask(CatalogOverview())

    assert len(slot_choices(catalog, date(2025, 10, 31), None)) == 1
    assert slot_choices(catalog, date(2025, 11, 3), None) == ()
