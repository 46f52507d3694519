"""The sentence at the top of a page: one « Réessayer » for all that could not be read, and for nothing else."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from backoffice.kernel.errors import EnvironmentFault
from ui.presenting import Banner, Severity, banner_for
from ui.theme.tokens import Theme
from ui.widgets.basics import BannerBar

LOST = EnvironmentFault("database.unreachable")
FULL = EnvironmentFault("database.disk_full")


class Reads:
    """The reads of a page, and those that were begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def town(self) -> None:
        self.begun.append("town")

    def agents(self) -> None:
        self.begun.append("agents")

    def save(self) -> None:
        self.begun.append("save")


@pytest.fixture
def bar(qtbot: QtBot) -> BannerBar:
    found = BannerBar(Theme())
    qtbot.addWidget(found)
    return found


def _press(bar: BannerBar) -> None:
    item = bar._actions.itemAt(0)
    found = item.widget() if item is not None else None
    assert isinstance(found, QPushButton)
    assert found.text() == "Réessayer"
    found.click()


def test_one_press_reads_again_all_that_failed(bar: BannerBar) -> None:
    reads = Reads()
    for reread in (reads.town, reads.agents, reads.town):
        bar.show_banner(banner_for(LOST, reread=reread))
    _press(bar)
    assert reads.begun == ["town", "agents"]
    assert bar.isHidden()


def test_what_fails_after_a_new_try_is_the_only_one_tried_next(bar: BannerBar) -> None:
    reads = Reads()
    bar.show_banner(banner_for(LOST, reread=reads.town))
    bar.show_banner(banner_for(LOST, reread=reads.agents))
    _press(bar)
    bar.show_banner(banner_for(LOST, reread=reads.agents))
    _press(bar)
    assert reads.begun == ["town", "agents", "agents"]


def test_a_change_is_tried_again_alone(bar: BannerBar) -> None:
    reads = Reads()
    bar.show_banner(banner_for(LOST, reread=reads.town))
    bar.show_banner(banner_for(FULL, reads.save))
    _press(bar)
    bar.show_banner(banner_for(LOST, reread=reads.agents))
    _press(bar)
    assert reads.begun == ["save", "agents"]


def test_the_banner_stays_until_the_last_read_works(bar: BannerBar) -> None:
    reads = Reads()
    bar.show_banner(banner_for(LOST, reread=reads.town))
    bar.show_banner(banner_for(LOST, reread=reads.agents))
    bar.fault_over(reads.agents)
    assert not bar.isHidden()
    _press(bar)
    assert reads.begun == ["town"]
    bar.show_banner(banner_for(LOST, reread=reads.town))
    bar.fault_over(reads.town)
    assert bar.isHidden()


def test_a_read_that_works_takes_nothing_else_away(bar: BannerBar) -> None:
    reads = Reads()
    bar.show_banner(Banner(Severity.SUCCESS, "165 factures émises."))
    bar.fault_over(reads.town)
    assert not bar.isHidden()
