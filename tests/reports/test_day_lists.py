"""The lists of a day on paper: grouped, and with squares where a pen is needed."""

from __future__ import annotations

import io
import re

import openpyxl

from reports.day_lists import DayList, day_list_pdf, day_list_workbook, evacuation, meals, presence
from tests.reports.reading import pages_of
from tests.reports.samples import A_DAY, children_inside, expected_children, meals_of_a_day


def pages(listed: DayList) -> list[str]:
    return [re.sub(r"\s+", " ", page) for page in pages_of(day_list_pdf(listed))]


def test_every_child_stands_once_under_its_section() -> None:
    first, second = pages(presence(expected_children(), A_DAY, "Les Lucioles"))
    whole = first + second
    assert whole.count("Léa") + whole.count("Lou") + whole.count("Anne-Charlotte") == 42
    for said in ("Les Lucioles", "07/10/2026", "Accueil de loisirs · Maternels (20)",
                 "Accueil de loisirs · Élémentaires (20)"):
        assert said in first
    assert "8 h 32" in first


def test_who_is_in_says_at_what_time_and_whom_to_call() -> None:
    (page,) = pages(evacuation(children_inside(), "Les Lucioles"))
    for said in ("présents le 07/10/2026 à 10 h 05", "18 enfants", "MARTIN Camille 06 12 34 56 78",
                 "aucun téléphone connu", "Sans section (6)"):
        assert said in page


def test_meals_are_summed_by_menu() -> None:
    (page,) = pages(meals(meals_of_a_day(), A_DAY, "Toutes les structures"))
    assert "234 repas commandés, 198 comptés" in page
    assert "Sans porc 78 66" in page


def test_the_workbook_has_the_group_of_each_row_and_no_formula() -> None:
    listed = presence(expected_children(), A_DAY, "Les Lucioles")
    sheet = openpyxl.load_workbook(io.BytesIO(day_list_workbook(listed))).worksheets[0]
    assert sheet.title == "Liste de présence"
    rows = list(sheet.iter_rows(min_row=2))
    assert len(rows) == 42
    assert {row[0].value for row in rows} == {words for words, _ in listed.groups}
    assert all(cell.data_type != "f" for row in rows for cell in row)
    assert any(row[1].value == "=SOMME(A1) Lou" for row in rows)


def test_the_name_of_the_file_tells_the_day() -> None:
    assert presence((), A_DAY, "").file_name == "Liste de présence 2026-10-07"
    assert pages(presence((), A_DAY, "Les Lucioles"))[0].count("0 enfant") == 1
