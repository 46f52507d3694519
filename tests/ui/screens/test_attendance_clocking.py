"""What is corrected, told and listed beside the day, without a window."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.health.commands import EditHealthSheet
from backoffice.kernel.permissions import EVERYTHING
from tests.clocking.days import MORNING, Centre, at, centre_in
from tests.reports.reading import text_of
from tests.support.desk import SCHOOL_DAYS, Desk, open_desk
from tests.support.private import SHEET
from tests.support.towns import Household
from tests.ui.screens.test_attendance_presenter import Story, story
from ui.screens.attendance.day_lists import Listed
from ui.screens.attendance.lines import Shown

DAY = SCHOOL_DAYS[0]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def centre(desk: Desk) -> Centre:
    return centre_in(desk, whole=False)


def clocked(centre: Centre, name: str = "A", leaves: tuple[int, int] | None = (11, 50)) -> Household:
    child = centre.child(name)
    centre.book(child, MORNING, day=DAY)
    events = [centre.arrives(child, at(8, 10, DAY))]
    if leaves is not None:
        events.append(centre.leaves(child, at(*leaves, DAY)))
    centre.receive(*events)
    return child


def fill(told: Story, **values: str) -> None:
    for key, text in values.items():
        told.presenter.clocking.drafting.typed(key, text)
    told.presenter.clocking.drafting.save()


def plain(text: object) -> str:
    return re.sub(r"\s", " ", str(text))


# --- the day ---------------------------------------------------------------------------------------------------------


def test_booked_clocked_and_to_bill_stand_side_by_side_and_chips_count_what_does_not_agree(
    desk: Desk, centre: Centre
) -> None:
    clocked(centre, "A")
    clocked(centre, "B", (12, 8))
    unclocked, unbooked = centre.child("C"), centre.child("D")
    centre.book(unclocked, MORNING, day=DAY)
    centre.receive(centre.arrives(unbooked, at(8, 30, DAY)), centre.leaves(unbooked, at(11, 0, DAY)))
    told = story(desk)
    assert [(plain(line.clocked or ""), str(line.to_bill), plain(line.to_check)) for line in told.page.lines] == [
        ("8 h 10 – 11 h 50", "1", ""), ("8 h 10 – 12 h 08", "1", "Départ tardif (8 min)"),
        ("", "0", "Réservé, non pointé"), ("8 h 30 – 11 h 00", "1", "Pointé sans réservation"),
    ]
    assert [chip.words for chip in told.page.chips][-3:] == [
        "1 pointé sans réservation", "1 réservé non pointé", "1 départ tardif"]
    told.presenter.keep(Shown.LATE)
    assert [line.row.child_name for line in told.page.lines] == ["B Léa"]


def test_clocks_that_stand_nowhere_are_told_with_what_to_do(desk: Desk, centre: Centre) -> None:
    stranger = centre.child("DURAND", registered=False)
    centre.receive(centre.arrives(stranger, at(8, 5, DAY)))
    told = story(desk)
    assert plain(told.page.conflicts.refused).startswith("DURAND Léa, pointage 8 h 05 : L'enfant n'est ni inscrit")
    (action,) = told.page.conflicts.actions
    action.run()
    assert told.page.values["arrived"] == "08:05"
    fill(told, arrived="", left="", reason="Badge d'un autre enfant")
    assert told.page.conflicts.refused == ""


# --- clocks ----------------------------------------------------------------------------------------------------------


def test_a_clock_is_corrected_with_a_reason_and_undone(desk: Desk, centre: Centre) -> None:
    clocked(centre)
    told = story(desk)
    told.choose(0)
    told.presenter.correct_clock()
    assert [plain(line.what) for line in told.page.history] == ["Arrivée 8 h 10", "Départ 11 h 50"]
    assert (told.page.values["arrived"], told.page.values["left"]) == ("08:10", "11:50")

    fill(told, left="12:05")
    assert set(told.page.errors) == {"reason"}
    fill(told, reason="Oubli de pointer")

    assert told.page.times == [(490, 725)]
    assert told.agent.told[-1] == "Pointage de A Léa corrigé."
    told.choose(0)
    told.presenter.correct_clock()
    said = [(plain(line.what), line.stands, line.under) for line in told.page.history]
    assert said == [("Arrivée 8 h 10", True, False), ("Départ 11 h 50, remplacé", False, False),
                    ("Départ 12 h 05", True, True)]
    assert plain(told.page.history[2].who) == (
        "Cheffe de service, le 20/11/2025 à 12 h 00 : Oubli de pointer")
    told.presenter.clocking.drafting.close()
    undo = told.agent.offered[-1]
    assert undo is not None
    undo.run()
    assert told.page.times == [(490, 710)]


def test_times_typed_over_a_clock_ask_why_first(desk: Desk, centre: Centre) -> None:
    clocked(centre, leaves=None)
    told = story(desk)
    told.choose(0)
    assert told.presenter.save_times("8h10", "11h40")
    assert told.page.times == [(490, None)]
    assert (told.page.values["arrived"], told.page.values["left"]) == ("08:10", "11:40")
    fill(told, reason="Oubli de pointer")
    assert told.page.times == [(490, 700)]


def test_a_forgotten_departure_of_another_day_asks_why_too(desk: Desk, centre: Centre) -> None:
    clocked(centre, leaves=None)
    told = story(desk, day=date(2025, 11, 19), filter="missing", since="2025-10-01")
    told.choose(0)
    told.presenter.save_times("8h10", "11h40")
    fill(told, reason="Oubli de pointer")
    assert told.page.lines == ()


def test_who_may_only_read_corrects_nothing(desk: Desk, centre: Centre) -> None:
    clocked(centre)
    told = story(desk, permissions=EVERYTHING - {"attendance.edit"})
    told.choose(0)
    told.presenter.correct_clock()
    told.presenter.tell_absence()
    assert told.page.task is None


# --- absences --------------------------------------------------------------------------------------------------------


def test_an_absence_is_told_changed_and_removed(desk: Desk, centre: Centre) -> None:
    child = centre.child("A")
    for day in SCHOOL_DAYS[:2]:
        centre.book(child, MORNING, day=day)
    told = story(desk)
    told.choose(0)
    told.presenter.tell_absence()
    assert (told.page.values["first_day"], told.page.values["reason"], told.page.removal) == (
        "02/10/2025", "illness", "")
    fill(told, last_day="3/10", announced="1/10")
    assert told.page.states == [AttendanceState.ABSENT]
    assert told.agent.told[-1] == (
        "Absence de A Léa : 2 jours facturés (aucune règle d'absence n'est en vigueur pour cette activité).")
    told.choose(0)
    assert told.page.selection.detail.endswith("aucune règle d'absence n'est en vigueur pour cette activité")

    told.presenter.tell_absence()
    assert (told.page.values["last_day"], told.page.removal) == ("03/10/2025", "Retirer cette absence")
    fill(told, first_day="3/10")
    assert told.page.states == [AttendanceState.BOOKED]

    undo = told.agent.offered[-1]
    assert undo is not None
    undo.run()
    told.choose(0)
    told.presenter.tell_absence()
    told.presenter.clocking.remove_absence()
    assert told.page.states == [AttendanceState.BOOKED]
    assert told.page.task is None
    assert told.agent.told[-1] == "Absence de A Léa retirée : ses jours sont de nouveau réservés."


def test_days_in_the_wrong_order_are_said_beside_the_last_one(desk: Desk, centre: Centre) -> None:
    child = centre.child("A")
    centre.book(child, MORNING, day=DAY)
    told = story(desk)
    told.choose(0)
    told.presenter.tell_absence()
    fill(told, last_day="1/10")
    assert told.page.errors["last_day"].startswith("Impossible d'enregistrer une absence")
    assert told.page.states == [AttendanceState.BOOKED]


# --- lists -----------------------------------------------------------------------------------------------------------


def test_the_list_of_presence_is_shown_to_be_printed(desk: Desk, centre: Centre) -> None:
    child = clocked(centre)
    desk.door(EVERYTHING).execute(EditHealthSheet(child.child, 0, SHEET))
    told = story(desk)
    told.presenter.print_list(Listed.PRESENCE)
    assert told.page.paper is not None
    assert told.page.paper.name == "Liste de présence 2025-10-02"
    text = plain(text_of(told.page.paper.pdf))
    for said in ("A Léa", "8 h 10", "alerte", "02/10/2025", "1 enfant", "Toutes les structures"):
        assert said in text
    assert SHEET.allergies not in text


@pytest.mark.parametrize("listed", list(Listed))
def test_a_workbook_is_named_with_its_day_and_text_stays_text(
    desk: Desk, centre: Centre, listed: Listed, tmp_path: Path
) -> None:
    today = desk.now.date()
    day = today if listed is Listed.EVACUATION else DAY
    child = centre.child("=SOMME(A1)")
    slot = desk.slot() if listed is Listed.MEALS else centre.slots[MORNING]
    desk.attend(child, slot, [day], arrived=490)
    told = story(desk)
    told.page.list_file = tmp_path / "liste.xlsx"
    told.presenter.write_list(listed)
    assert told.page.proposed == f"{listed.label} {day.isoformat()}.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(told.page.list_file.read_bytes())).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    if listed is not Listed.MEALS:
        assert "=SOMME(A1) Léa" in [cell.value for cell in cells]
    else:
        assert ["Menu ordinaire", 1, 1] in [[cell.value for cell in row][2:] for row in sheet.iter_rows()]


def test_giving_up_the_file_writes_nothing(desk: Desk, centre: Centre) -> None:
    clocked(centre)
    told = story(desk)
    told.presenter.write_list(Listed.PRESENCE)
    assert told.page.banner is None

