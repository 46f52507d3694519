"""What an agent points while the base is away arrives once, in order, or is said."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from backoffice.attendance.recording import AttendanceEntry, RecordMany
from backoffice.attendance.rules import AttendanceState
from backoffice.kernel.application import Application
from backoffice.kernel.errors import Cancelled, EnvironmentFault, UserError
from backoffice.kernel.permissions import EVERYTHING
from backoffice.outbox import sealed
from backoffice.outbox.rules import Added, read_fact
from backoffice.outbox.sending import Delivery, Outbox, OutboxChanged
from tests.support.keyrings import Locked, Notebook, use_keyring
from tests.support.towns import DAYS, Household, SmallTown

BOOKED, PRESENT, ABSENT = AttendanceState.BOOKED, AttendanceState.PRESENT, AttendanceState.ABSENT
DAY = DAYS[0]


@pytest.fixture(autouse=True)
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    notebook = Notebook()
    use_keyring(monkeypatch, notebook)
    return notebook


@dataclass
class Story:
    """A child booked on a few days, and the outbox of the agent who points."""

    town: SmallTown
    folder: Path
    household: Household
    slot: int

    def __post_init__(self) -> None:
        self.outbox = self.opened_again()

    def opened_again(self, app: Application | None = None) -> Outbox:
        found = Outbox(app or self.town.app, self.folder)
        found.load()
        return found

    def entry(self, state: AttendanceState | None, day: date = DAY, arrived: int | None = None) -> AttendanceEntry:
        return AttendanceEntry(self.household.id, self.household.child, self.slot, day, state, arrived)

    def point(self, state: AttendanceState, day: date = DAY, op_id: UUID | None = None) -> bool:
        """Whether it waits."""
        entries = (self.entry(state, day),)
        return self.outbox.record(entries, (self.entry(BOOKED, day),), op_id or uuid4()).waiting

    def states(self) -> dict[str, str]:
        return {str(row["day"]): row["state"] for row in self.town.rows("attendances")}

    def journal(self) -> list[str]:
        return [row["op_id"] for row in self.town.rows("audit_journal") if row["action"] == "attendance.recorded_many"]


@pytest.fixture
def story(either_town: SmallTown, tmp_path: Path) -> Story:
    slot, household = either_town.slot(), either_town.family("MARTIN")
    either_town.attend(household, slot, DAYS[:3], BOOKED)
    return Story(either_town, tmp_path, household, slot)


@contextmanager
def away(
    story: Story, monkeypatch: pytest.MonkeyPatch, fault: Exception | None = None, *, done: bool = False
) -> Iterator[None]:
    """The base does not answer; `done`: it did what was asked, and its answer is lost."""
    execute = story.town.app.execute

    def lost(command: RecordMany, **options: object) -> None:
        if done:
            execute(command)
        raise fault or EnvironmentFault("database.unreachable")

    with monkeypatch.context() as patch:
        patch.setattr(story.town.app, "execute", lost)
        yield


def test_while_the_base_answers_nothing_waits(story: Story) -> None:
    assert not story.point(PRESENT)
    assert story.outbox.kept.is_empty
    assert story.states()[DAY.isoformat()] == "present"
    assert list(story.folder.glob("*.envois")) == []


def test_what_waited_arrives_in_order_by_whoever_opens_next(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    with away(story, monkeypatch):
        assert story.point(PRESENT)
        assert story.point(ABSENT)
        assert story.point(PRESENT, DAYS[1])
    assert story.states()[DAY.isoformat()] == "booked"
    again = story.opened_again()
    assert again.kept.units == 2
    assert again.send() == Delivery(3, 0)
    assert story.states()[DAY.isoformat()] == "absent"
    assert story.states()[DAYS[1].isoformat()] == "present"
    assert story.opened_again().kept.is_empty


def test_behind_what_waits_everything_waits(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    with away(story, monkeypatch):
        story.point(PRESENT)
    assert story.point(ABSENT)  # the base is back, and was not told the first yet
    assert story.outbox.send() == Delivery(2, 0)
    assert story.states()[DAY.isoformat()] == "absent"


@pytest.mark.parametrize("code", ["database.in_doubt", "database.interrupted", "database.unreachable"])
def test_a_lost_answer_makes_nothing_twice(story: Story, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    op_id = uuid4()
    with away(story, monkeypatch, EnvironmentFault(code), done=True):
        assert story.point(PRESENT, op_id=op_id)
    assert story.outbox.send() == Delivery(1, 0)
    assert story.journal() == [str(op_id)]


def test_killed_between_the_server_and_the_file_it_arrives_once(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    with away(story, monkeypatch):
        for day in DAYS[:3]:
            story.point(PRESENT, day)
    for _ in range(3):
        with monkeypatch.context() as patch:
            patch.setattr("backoffice.outbox.kept.sealed.append", _killed)
            patch.setattr("backoffice.outbox.kept.sealed.remove", _killed)
            with pytest.raises(KeyboardInterrupt):
                story.opened_again().send()
    assert story.opened_again().send() == Delivery(3, 0)
    assert len(story.journal()) == 3
    assert set(story.states().values()) == {"present"}


def test_an_outage_in_the_middle_keeps_the_rest(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    with away(story, monkeypatch):
        for day in DAYS[:3]:
            story.point(PRESENT, day)
    execute = story.town.app.execute
    done: list[RecordMany] = []

    def once(command: RecordMany, **options: object) -> object:
        if done:
            raise EnvironmentFault("database.unreachable")
        done.append(command)
        return execute(command)

    with monkeypatch.context() as patch:
        patch.setattr(story.town.app, "execute", once)
        with pytest.raises(EnvironmentFault):
            story.outbox.send()
    assert story.outbox.kept.units == 2
    assert story.outbox.send() == Delivery(2, 0)


def test_a_locked_desk_sends_nothing_and_loses_nothing(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    with away(story, monkeypatch):
        story.point(PRESENT)
    with away(story, monkeypatch, Cancelled()), pytest.raises(Cancelled):
        story.outbox.send()
    assert story.outbox.send() == Delivery(1, 0)


# --- what the server does not accept ------------------------------------------------------------------------------


def change_it(story: Story) -> None:
    story.town.do(RecordMany((story.entry(AttendanceState.EXCUSED),)))


def remove_it(story: Story) -> None:
    story.town.do(RecordMany((story.entry(None),)))


@pytest.mark.parametrize(("meanwhile", "code"), [
    (change_it, "attendance.changed_meanwhile"),
    (remove_it, "attendance.changed_meanwhile"),
])  # fmt: skip
def test_what_is_not_accepted_is_kept_with_its_reason_and_holds_nothing_back(
    story: Story, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Story], None], code: str
) -> None:
    other = story.town.family("PETIT")
    story.town.attend(other, story.slot, [DAYS[5]], BOOKED)
    with away(story, monkeypatch):
        story.point(ABSENT)
        entry = AttendanceEntry(other.id, other.child, story.slot, DAYS[5], ABSENT)
        seen = AttendanceEntry(other.id, other.child, story.slot, DAYS[5], BOOKED)
        story.outbox.record((entry,), (seen,), uuid4())
    meanwhile(story)
    assert story.outbox.send() == Delivery(1, 1)
    (refusal,) = story.opened_again().kept.refused
    assert refusal.code == code
    assert dict(refusal.params) == {"day": DAY}
    assert not story.outbox.kept.waiting
    assert story.opened_again().send() == Delivery(0, 0)  # not tried again by itself


def test_a_day_billed_meanwhile_stays_as_it_is(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.point(PRESENT)
    with away(story, monkeypatch):
        story.outbox.record((story.entry(ABSENT),), (story.entry(PRESENT),), uuid4())
    story.town.attend(story.household, story.slot, DAYS[3:])
    story.town.issue()
    assert story.outbox.send() == Delivery(0, 1)
    assert story.outbox.kept.refused[0].code == "attendance.already_billed"
    story.outbox.redo(story.outbox.kept.refused[0].gesture.op_id)
    assert story.outbox.send() == Delivery(0, 1)
    assert story.states()[DAY.isoformat()] == "present"


def test_a_change_meanwhile_gives_way_when_the_agent_wants_it(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    with away(story, monkeypatch):
        story.point(ABSENT)
    change_it(story)
    story.outbox.send()
    (refusal,) = story.outbox.kept.refused
    story.outbox.redo(refusal.gesture.op_id)
    assert story.opened_again().send() == Delivery(1, 0)
    assert story.states()[DAY.isoformat()] == "absent"


def test_what_is_given_up_is_gone(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    with away(story, monkeypatch):
        story.point(ABSENT)
    change_it(story)
    story.outbox.send()
    story.outbox.give_up(story.outbox.kept.refused[0].gesture.op_id)
    assert story.opened_again().kept.is_empty
    assert story.states()[DAY.isoformat()] == "excused"


def test_a_right_that_was_taken_away_is_said(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    with away(story, monkeypatch):
        story.point(ABSENT)
    story.town.app.actor = story.town.door(EVERYTHING - {"attendance.edit"}).actor
    assert story.outbox.send() == Delivery(0, 1)
    assert story.outbox.kept.refused[0].code == "permission.denied"


def test_a_bug_is_said_and_what_is_behind_arrives(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    with away(story, monkeypatch):
        story.point(ABSENT)
        story.point(ABSENT, DAYS[1])
    execute = story.town.app.execute
    met: list[RecordMany] = []

    def broken_once(command: RecordMany, **options: object) -> object:
        if not met:
            met.append(command)
            raise ZeroDivisionError
        return execute(command)

    with monkeypatch.context() as patch:
        patch.setattr(story.town.app, "execute", broken_once)
        assert story.outbox.send() == Delivery(1, 1)
    assert story.outbox.kept.refused[0].code == "outbox.unexpected"


# --- what does not wait -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [
    EnvironmentFault("database.server_disk_full"), UserError("attendance.already_billed", day=DAY),
])  # fmt: skip
def test_what_is_no_outage_is_said_at_once(
    story: Story, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    with away(story, monkeypatch, fault), pytest.raises(type(fault)):
        story.point(PRESENT)
    assert story.outbox.kept.is_empty


def test_a_unit_made_or_removed_does_not_wait(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    booked, nothing = (story.entry(BOOKED),), (story.entry(None),)
    with away(story, monkeypatch):
        for entries, seen in ((nothing, booked), (booked, nothing), (booked, ())):
            with pytest.raises(EnvironmentFault, match=r"database\.unreachable"):
                story.outbox.record(entries, seen, uuid4())
    assert story.outbox.kept.is_empty


def test_without_a_keyring_the_sentence_says_so(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch, Locked())
    with away(story, monkeypatch), pytest.raises(EnvironmentFault, match=r"outbox\.no_keyring"):
        story.point(PRESENT)
    assert list(story.folder.glob("*.envois")) == []


def test_the_file_holds_ids_and_no_name(story: Story, monkeypatch: pytest.MonkeyPatch, notebook: Notebook) -> None:
    with away(story, monkeypatch):
        story.point(PRESENT)
    (path,) = story.folder.glob("*.envois")
    assert b"record_many" not in path.read_bytes()
    ((_, key),) = notebook.kept.items()
    (record,) = sealed.read(path, base64.b64decode(key)).records
    assert isinstance(read_fact(record), Added)
    said = json.loads(record)
    assert set(said) == {"fact", "command", "op_id", "at", "forced", "marks"}
    assert said["marks"] == [
        [story.household.id, story.household.child, story.slot, DAY.isoformat(), "present", None, None, "booked", None,
         None]
    ]


def test_each_change_is_told(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = story.town.heard(OutboxChanged)
    with away(story, monkeypatch):
        story.point(PRESENT)
    assert len(heard) == 1
    story.outbox.send()
    assert len(heard) == 2


def _killed(*_arguments: object) -> None:
    raise KeyboardInterrupt
