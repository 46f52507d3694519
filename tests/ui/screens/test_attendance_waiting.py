"""The day's attendance while the base is away, and once it is back, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from backoffice.attendance.recording import AttendanceEntry, RecordMany
from backoffice.attendance.rules import AttendanceState
from backoffice.kernel.errors import EnvironmentFault
from backoffice.outbox.sending import Outbox
from tests.support.agent import Agent
from tests.support.desk import SCHOOL_DAYS, Desk, open_desk
from tests.support.keyrings import Locked, Notebook, use_keyring
from tests.ui.screens.test_attendance_presenter import Page, Story, three_children
from ui.presenting import Place
from ui.screens.attendance.lines import Sending
from ui.screens.attendance.presenter import AttendancePresenter

DAY = SCHOOL_DAYS[0]
BOOKED, PRESENT, ABSENT = AttendanceState.BOOKED, AttendanceState.PRESENT, AttendanceState.ABSENT
DONE, WAITING, REFUSED = Sending.DONE, Sending.WAITING, Sending.REFUSED


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    use_keyring(monkeypatch, Notebook())
    with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def outbox(desk: Desk, tmp_path: Path) -> Outbox:
    return Outbox(desk.app, tmp_path)


@pytest.fixture
def story(desk: Desk, outbox: Outbox) -> Story:
    three_children(desk)
    return opened(desk, outbox)


def opened(desk: Desk, outbox: Outbox) -> Story:
    page, agent = Page(), Agent(desk.app)
    presenter = AttendancePresenter(page, replace(agent.desk, outbox=outbox))
    presenter.open(Place("attendance", {"day": DAY.isoformat()}))
    return Story(desk, page, agent, presenter)


@contextmanager
def away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def gone(*_arguments: object, **_named: object) -> None:
        raise EnvironmentFault("database.unreachable")

    with monkeypatch.context() as patch:
        for name in ("read", "write"):
            patch.setattr(desk.app.database, name, gone)
        yield


def sendings(story: Story) -> list[Sending]:
    return [line.sending for line in story.page.lines]


def test_what_is_pointed_while_the_base_is_away_is_shown_waiting_and_counted(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.choose(0)
    with away(story.desk, monkeypatch):
        assert story.presenter.set_state(PRESENT, "8h05", "")
        story.choose(1)
        story.presenter.set_state(ABSENT)
    assert story.page.states == [PRESENT, ABSENT, BOOKED]
    assert story.page.times[0] == (485, None)
    assert sendings(story) == [WAITING, WAITING, DONE]
    assert story.page.strip.waiting.startswith("2 pointages en attente d'envoi")
    assert [chip.words for chip in story.page.chips] == [
        "Tous (3)", "1 réservé", "1 présence", "1 absence", "1 réservé non pointé"]
    assert story.page.totals[0].present == 1
    assert story.agent.told[-1] == "B Léa : absence, en attente d'envoi"
    assert story.page.banner is None


def test_once_the_base_is_back_the_lines_are_as_they_were_shown(
    story: Story, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.choose(0, 1)
    with away(story.desk, monkeypatch):
        story.presenter.set_state(PRESENT)
    outbox.send()
    assert story.page.states == [PRESENT, PRESENT, BOOKED]
    assert sendings(story) == [DONE, DONE, DONE]
    assert story.page.strip.waiting == ""


def test_two_gestures_on_a_line_and_their_undoing_arrive_in_order(
    story: Story, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with away(story.desk, monkeypatch):
        story.choose(0)
        story.presenter.set_state(ABSENT)
        story.choose(0)
        story.presenter.set_state(PRESENT)
        story.presenter.undo()
    assert story.page.states[0] is ABSENT
    assert story.page.strip.waiting.startswith("1 pointage en attente d'envoi")
    delivery = outbox.send()
    assert (delivery.sent, delivery.refused) == (3, 0)
    assert story.page.states[0] is ABSENT


def test_a_gesture_made_before_can_be_undone_while_the_base_is_away(
    story: Story, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.choose(0)
    story.presenter.set_state(PRESENT)
    with away(story.desk, monkeypatch):
        story.agent.undo()
    assert story.page.states[0] is BOOKED
    assert sendings(story)[0] is WAITING
    assert outbox.send().sent == 1
    assert story.page.states[0] is BOOKED


def test_what_was_not_accepted_says_both_and_the_agent_chooses(
    story: Story, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _changed_meanwhile(story, monkeypatch, outbox)
    assert story.page.states[0] is AttendanceState.EXCUSED
    assert sendings(story)[0] is REFUSED
    strip = story.page.strip
    assert strip.refused.startswith("A Léa, ")
    assert "« Présence, 8\xa0h\xa005 » non accepté. Un autre agent a changé" in strip.refused
    assert strip.refused.endswith("La base contient « Absence justifiée ».")
    mine, _theirs = strip.actions
    mine.run()
    assert story.page.states[0] is PRESENT
    assert sendings(story)[0] is DONE
    assert story.page.strip.refused == ""


def test_giving_it_up_is_asked_first(story: Story, outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    _changed_meanwhile(story, monkeypatch, outbox)
    theirs = story.page.strip.actions[-1]
    story.agent.says_yes = False
    theirs.run()
    assert outbox.kept.refused
    story.agent.says_yes = True
    theirs.run()
    assert outbox.kept.is_empty
    assert sendings(story)[0] is DONE
    assert story.page.states[0] is AttendanceState.EXCUSED


def test_what_was_not_accepted_another_day_leads_there(
    story: Story, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _changed_meanwhile(story, monkeypatch, outbox)
    story.presenter.step(1)
    assert story.page.strip.refused.startswith("Un pointage du ")
    go, _mine, _theirs = story.page.strip.actions
    go.run()
    assert story.page.strip.refused.startswith("A Léa, ")


def test_a_day_read_before_stays_readable_and_no_other_is_shown_under_its_title(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [line.row.child_name for line in story.page.lines]
    with away(story.desk, monkeypatch):
        story.presenter.load()
        assert [line.row.child_name for line in story.page.lines] == names
        story.presenter.step(-1)
        assert not story.page.lines
        assert "n'a pas été lu avant que la base cesse de répondre" in story.page.empty[0]
        assert story.page.gesture is not None
        story.page.gesture()
        assert [line.row.child_name for line in story.page.lines] == names
        assert all(line.row.day == DAY for line in story.page.lines)
    story.presenter.go_to(DAY - timedelta(days=1))
    assert "n'a pas été lu" not in story.page.empty[0]


def test_without_a_keyring_nothing_waits_and_the_sentence_says_so(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keyring(monkeypatch, Locked())
    story.choose(0)
    with away(story.desk, monkeypatch):
        story.presenter.set_state(PRESENT)
    assert story.page.banner is not None
    assert "n'a pas de trousseau" in story.page.banner.text
    assert story.page.states[0] is BOOKED
    story.page.press_in_banner("Réessayer")
    assert story.page.states[0] is PRESENT


def test_the_base_of_this_computer_has_nothing_to_wait_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    three_children(desk)
    page, agent = Page(), Agent(desk.app)
    presenter = AttendancePresenter(page, agent.desk)
    presenter.open(Place("attendance", {"day": DAY.isoformat()}))
    presenter.select(page.lines[:1])
    with away(desk, monkeypatch):
        presenter.set_state(PRESENT)
    assert page.banner is not None
    assert page.states[0] is BOOKED


def _changed_meanwhile(story: Story, monkeypatch: pytest.MonkeyPatch, outbox: Outbox) -> None:
    story.choose(0)
    row = story.page.lines[0].row
    with away(story.desk, monkeypatch):
        story.presenter.set_state(PRESENT, "8h05", "")
    excused = AttendanceEntry(row.family_id, row.child_id, row.slot_id, row.day, AttendanceState.EXCUSED)
    story.desk.app.execute(RecordMany((excused,)))
    outbox.send()
