"""What the queue says of its pieces, and what is compared: words and rules, without a base."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from backoffice.documents.delays import Urgency
from backoffice.documents.kinds import Origin
from backoffice.documents.queue import QueueLine
from ui.screens.documents.comparing import Compared, Found, age_words, plain
from ui.screens.documents.reading import size_words
from ui.screens.documents.rows import Group, Kept, after, grouped, spoken_left, time_left


def _line(number: int, urgency: Urgency = Urgency.FRESH, *, holder: str = "", blocks: bool = False) -> QueueLine:
    return QueueLine(
        number, 1, number, "MARTIN", "Léa MARTIN", 1, "Photo récente", datetime(2025, 11, 20, tzinfo=UTC),
        timedelta(hours=5), urgency, blocks, Origin.PORTAL, holder,
    )


@pytest.mark.parametrize(
    ("left", "words", "spoken"),
    [
        (timedelta(hours=5, minutes=40), "5 h", "reste 5 h"),
        (timedelta(minutes=12), "12 min", "reste 12 min"),
        (timedelta(hours=100), "4 j", "reste 4 j"),
        (-timedelta(hours=6), "− 6 h", "en retard de 6 h"),
        (-timedelta(seconds=5), "− 1 min", "en retard de 1 min"),
    ],
)
def test_the_time_left_is_short_to_read_and_plain_to_hear(left: timedelta, words: str, spoken: str) -> None:
    assert time_left(left).replace("\u00a0", " ") == words
    assert spoken_left(left).replace("\u00a0", " ") == spoken


def test_each_urgency_has_its_header_and_its_count() -> None:
    lines = [_line(1, Urgency.LATE), _line(2, Urgency.LATE), _line(3)]

    rows = list(grouped(lines))

    assert rows == [Group(Urgency.LATE, 2), lines[0], lines[1], Group(Urgency.FRESH, 1), lines[2]]


def test_what_comes_next_follows_then_turns_round_then_what_was_passed() -> None:
    lines = [_line(1), _line(2), _line(3, holder="D. Roy"), _line(4)]

    assert after(lines, 2) == [4, 1]  # never the piece of a colleague
    assert after(lines, None) == [1, 2, 4]
    assert after(lines, 1, frozenset({2})) == [4, 2]
    assert after(lines, 99) == [1, 2, 4]


def test_chips_keep_what_they_say() -> None:
    late, blocking = _line(1, Urgency.LATE), _line(2, blocks=True)

    assert [Kept(Urgency.LATE).keeps(line) for line in (late, blocking)] == [True, False]
    assert [Kept(blocking=True).keeps(line) for line in (late, blocking)] == [False, True]
    assert not Kept(type="Justificatif PAI").keeps(late)
    assert Kept(Urgency.LATE, blocking=True).words == "En retard > 72 h, Bloque une ouverture"


def test_what_is_found_on_the_page_is_told_and_nothing_is_decided() -> None:
    name = Compared("Nom, prénom", "LE GOFF Maël", (" le ", " goff ", " mael "))

    assert name.found_in(plain("Enfant : Maël  Le Goff, né le 12/03/2019")) is Found.FOUND
    assert name.found_in(plain("Enfant : Maëlle Le Goff")) is Found.MISSING  # not a part of another name
    assert name.found_in("") is Found.UNREAD


@pytest.mark.parametrize(
    ("born", "words"),
    [(date(2017, 2, 24), "8 ans"), (date(2025, 1, 21), "9 mois"), (date(2017, 11, 20), "8 ans")],
)
def test_an_age_is_in_months_before_two_years(born: date, words: str) -> None:
    assert age_words(born, date(2025, 11, 20)) == words


def test_a_size_is_as_families_read_it() -> None:
    said = [size_words(size).replace("\u00a0", " ") for size in (12, 602_000, 1_440_000)]
    assert said == ["1 Ko", "602 Ko", "1,4 Mo"]
