"""How planning states are drawn: read in every theme, told apart without colours."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from backoffice.bookings.rules.states import LEGEND, CellState
from ui.app import make_qt
from ui.theme.tokens import Theme, ThemeName
from ui.widgets.grid.tiles import Tiles

READABLE = 4.5
WIDE, NARROW, THIN = 60, 24, 16
HEIGHT = 26


@pytest.fixture(scope="module", autouse=True)
def _fonts(qapp: QApplication) -> None:
    make_qt([])


def _luminance(colour: str) -> float:
    parts = (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF())
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def grey(tiles: Tiles, state: CellState, width: int, *, pending: bool = False) -> QImage:
    """As a black and white print shows it."""
    picture = tiles.tile(state, width, HEIGHT, pending=pending, ratio=1.0)
    return picture.toImage().convertToFormat(QImage.Format.Format_Grayscale8)


@pytest.mark.parametrize("name", ThemeName)
@pytest.mark.parametrize("state", LEGEND)
def test_the_letter_is_read_on_its_fill(name: ThemeName, state: CellState) -> None:
    colours = Theme(name).planning(state.value)
    assert contrast(colours.ink, colours.fill) >= READABLE


def test_every_state_has_its_own_letter_and_its_own_pattern() -> None:
    theme = Theme()
    assert len({state.letter for state in LEGEND}) == len(LEGEND)
    assert len({theme.planning(state.value).kind for state in LEGEND}) == len(LEGEND)


@pytest.mark.parametrize("name", ThemeName)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_states_are_told_apart_in_black_and_white(name: ThemeName, width: int) -> None:
    tiles = Tiles(Theme(name))
    pictures = {state: grey(tiles, state, width) for state in (*LEGEND, CellState.FREE)}
    alike = [(one.value, other.value) for one, other in combinations(pictures, 2) if pictures[one] == pictures[other]]
    assert alike == []


@pytest.mark.parametrize("name", ThemeName)
def test_what_waits_to_be_saved_is_outlined(name: ThemeName) -> None:
    tiles = Tiles(Theme(name))
    for state in (*LEGEND, CellState.FREE):
        for width in (WIDE, NARROW, THIN):
            assert grey(tiles, state, width) != grey(tiles, state, width, pending=True)


def test_a_picture_is_drawn_once() -> None:
    tiles = Tiles(Theme())
    first = tiles.tile(CellState.WAITING, WIDE, HEIGHT, pending=False, ratio=1.0)
    assert tiles.tile(CellState.WAITING, WIDE, HEIGHT, pending=False, ratio=1.0) is first
