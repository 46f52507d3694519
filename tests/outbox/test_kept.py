"""The file of one agent's outbox: its key, its bounds, and the other processes."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.filelock import alone
from backoffice.outbox.kept import OutboxFile
from backoffice.outbox.rules import EMPTY, Added, Clocked, Gesture, Mark, Settled
from tests.support.keyrings import Locked, Notebook, use_keyring

NOW = datetime(2025, 11, 20, 11, tzinfo=UTC)
ADDRESS = DatabaseAddress.parse("postgresql://c.martin@serveur.example/enfance")
_AT_ONCE, _EACH = 4, 15


def gesture(number: int) -> Gesture:
    here, booked = Clocked(AttendanceState.PRESENT, 485), Clocked(AttendanceState.BOOKED)
    return Gesture(UUID(int=number), NOW, (Mark(3, number, 4, date(2025, 11, 20), here, booked),))


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    notebook = Notebook()
    use_keyring(monkeypatch, notebook)
    return notebook


def outbox(folder: Path, **options: int) -> OutboxFile:
    return OutboxFile(folder, ADDRESS, "c.martin", **options)


def test_what_is_added_is_there_for_who_opens_it_next(tmp_path: Path, notebook: Notebook) -> None:
    for number in (1, 2, 3):
        outbox(tmp_path).add(NOW, Added(gesture(number)))
    outbox(tmp_path).add(NOW, Settled(gesture(2).op_id))
    kept, told = outbox(tmp_path).read(NOW)
    assert kept.waiting == (gesture(1), gesture(3))
    assert told is None


def test_an_empty_one_leaves_no_file(tmp_path: Path, notebook: Notebook) -> None:
    file = outbox(tmp_path)
    file.add(NOW, Added(gesture(1)))
    assert file.path.exists()
    assert file.add(NOW, Settled(gesture(1).op_id)) == (EMPTY, None)
    assert not file.path.exists()


def test_another_agent_and_another_base_have_their_own(tmp_path: Path, notebook: Notebook) -> None:
    outbox(tmp_path).add(NOW, Added(gesture(1)))
    elsewhere = DatabaseAddress.parse("postgresql://c.martin@autre.example/enfance")
    assert OutboxFile(tmp_path, ADDRESS, "d.roy").read(NOW) == (EMPTY, None)
    assert OutboxFile(tmp_path, elsewhere, "c.martin").read(NOW) == (EMPTY, None)


def test_without_a_keyring_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch, Locked())
    file = outbox(tmp_path)
    with pytest.raises(EnvironmentFault, match=r"outbox\.no_keyring"):
        file.add(NOW, Added(gesture(1)))
    assert not file.path.exists()
    assert file.read(NOW) == (EMPTY, None)


def test_a_keyring_that_is_locked_for_now_spoils_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = Notebook()
    use_keyring(monkeypatch, notebook)
    outbox(tmp_path).add(NOW, Added(gesture(1)))
    use_keyring(monkeypatch, Locked())
    with pytest.raises(EnvironmentFault, match=r"outbox\.keyring_shut"):
        outbox(tmp_path).read(NOW)
    use_keyring(monkeypatch, notebook)
    assert outbox(tmp_path).read(NOW)[0].waiting == (gesture(1),)


@pytest.mark.parametrize("other", [None, "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg="])
def test_what_no_key_opens_is_set_aside_and_said(tmp_path: Path, notebook: Notebook, other: str | None) -> None:
    outbox(tmp_path).add(NOW, Added(gesture(1)))
    ((account, _),) = notebook.kept.items()
    content = outbox(tmp_path).path.read_bytes()
    if other is None:
        del notebook.kept[account]
    else:
        notebook.kept[account] = other
    kept, told = outbox(tmp_path).read(NOW)
    assert kept == EMPTY
    assert told is not None
    assert told.code == "outbox.set_aside"
    assert Path(str(told.params["path"])).read_bytes() == content
    assert outbox(tmp_path).add(NOW, Added(gesture(2)))[0].waiting == (gesture(2),)


def test_a_torn_end_is_said_once_and_the_rest_kept(tmp_path: Path, notebook: Notebook) -> None:
    file = outbox(tmp_path)
    file.add(NOW, Added(gesture(1)))
    file.add(NOW, Added(gesture(2)))
    file.path.write_bytes(file.path.read_bytes()[:-5])
    kept, told = file.read(NOW)
    assert kept.waiting == (gesture(1),)
    assert told == EnvironmentFault("outbox.torn")
    assert file.read(NOW) == (kept, None)


def test_a_damaged_middle_is_said_and_kept_aside(tmp_path: Path, notebook: Notebook) -> None:
    file = outbox(tmp_path)
    file.add(NOW, Added(gesture(1)))
    size = len(file.path.read_bytes())
    file.add(NOW, Added(gesture(2)))
    content = bytearray(file.path.read_bytes())
    content[size - 1] ^= 1
    file.path.write_bytes(content)
    kept, told = file.read(NOW)
    assert kept.waiting == (gesture(2),)
    assert told is not None
    assert told.code == "outbox.damaged"
    assert Path(str(told.params["path"])).read_bytes() == content
    assert file.read(NOW) == (kept, None)


def test_it_is_bounded_and_what_was_settled_takes_no_room(tmp_path: Path, notebook: Notebook) -> None:
    file = outbox(tmp_path, most_bytes=2_000)
    for number in range(1, 60):  # far more than would fit if nothing were settled
        file.add(NOW, Added(gesture(number)))
        if number > 1:
            file.add(NOW, Settled(gesture(number).op_id))
    with pytest.raises(EnvironmentFault, match=r"outbox\.full"):
        _fill(file)
    kept, told = file.read(NOW)
    assert [one.op_id.int for one in kept.waiting] == [1, *range(100, 99 + len(kept.waiting))]
    assert len(kept.waiting) > 3
    assert told is None
    assert file.path.stat().st_size <= 2_000


def _fill(file: OutboxFile) -> None:
    for number in range(100, 200):
        file.add(NOW, Added(gesture(number)))


def _add_some(folder: Path, kept: dict[tuple[str, str], str], writer: int) -> None:
    notebook = Notebook()
    notebook.kept.update(kept)
    with pytest.MonkeyPatch.context() as patch:
        use_keyring(patch, notebook)
        _add_each(folder, writer)


def _add_each(folder: Path, writer: int) -> None:
    for number in range(_EACH):
        outbox(folder).add(NOW, Added(gesture(1000 * writer + number)))


def test_several_processes_add_without_losing_anything(tmp_path: Path, notebook: Notebook) -> None:
    outbox(tmp_path).add(NOW, Added(gesture(1)))
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_add_some, args=(tmp_path, notebook.kept, number)) for number in range(1, _AT_ONCE + 1)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    kept, told = outbox(tmp_path).read(NOW)
    assert told is None
    assert len(kept.waiting) == 1 + _AT_ONCE * _EACH
    for writer_number in range(1, _AT_ONCE + 1):  # each one's in its order
        own = [one.op_id.int for one in kept.waiting if one.op_id.int // 1000 == writer_number]
        assert own == sorted(own)


def test_a_held_lock_is_waited_for_then_said(tmp_path: Path) -> None:
    lock = tmp_path / "essai.verrou"
    with alone(lock):  # noqa: SIM117 - one inside the other is what is tried
        with pytest.raises(EnvironmentFault, match=r"file\.open_elsewhere"), alone(lock, seconds=0):
            pass
    with alone(lock, seconds=0):
        pass
