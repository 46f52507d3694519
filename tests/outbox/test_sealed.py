"""A file of sealed records, whatever happens to the machine while one is added."""

from __future__ import annotations

from pathlib import Path

import pytest

from backoffice.outbox import sealed

KEY = b"k" * sealed.KEY_BYTES
RECORDS = (b"un", b"deux" * 20, "trois à part".encode())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "Données de l'agent" / "pointage.envois"
    sealed.make(path, KEY)
    return path


def add(path: Path, *records: bytes) -> None:
    for record in records:
        sealed.append(path, KEY, sealed.read(path, KEY), record)


def test_what_is_added_is_read_again_in_order_and_never_in_clear(path: Path) -> None:
    add(path, *RECORDS)
    found = sealed.read(path, KEY)
    assert found.records == RECORDS
    assert not found.torn
    assert not found.damaged
    assert not any(record in path.read_bytes() for record in RECORDS)


def test_a_crash_at_any_byte_of_an_addition_loses_only_that_one(path: Path) -> None:
    add(path, *RECORDS[:2])
    before = path.read_bytes()
    add(path, RECORDS[2])
    after = path.read_bytes()
    for length in range(len(before), len(after)):
        path.write_bytes(after[:length])
        found = sealed.read(path, KEY)
        assert found.records == RECORDS[:2]
        assert found.torn == (length > len(before))
        assert not found.damaged
        add(path, b"suivant")
        assert sealed.read(path, KEY).records == (*RECORDS[:2], b"suivant")


def test_a_power_cut_that_leaves_zeros_loses_only_the_last_one(path: Path) -> None:
    add(path, *RECORDS[:2])
    before = path.read_bytes()
    add(path, RECORDS[2])
    after = path.read_bytes()
    for length in range(len(before), len(after)):
        path.write_bytes(after[:length] + bytes(len(after) - length))
        found = sealed.read(path, KEY)
        assert found.records == RECORDS[:2]
        assert found.torn
        assert not found.damaged


def test_one_changed_byte_of_a_record_costs_no_other(path: Path) -> None:
    sealed.make(path, KEY, RECORDS[:1])
    header_and_first = len(path.read_bytes())
    add(path, *RECORDS[1:])
    content = bytearray(path.read_bytes())
    content[header_and_first + 10] ^= 1
    path.write_bytes(content)
    found = sealed.read(path, KEY)
    assert found.records == (RECORDS[0], RECORDS[2])
    assert found.damaged == 1
    add(path, b"suivant")
    assert sealed.read(path, KEY).records == (RECORDS[0], RECORDS[2], b"suivant")


def test_records_are_not_moved_nor_brought_from_elsewhere(path: Path, tmp_path: Path) -> None:
    start = len(path.read_bytes())
    add(path, b"un", b"de")  # of the same length: only their place tells them apart
    content = path.read_bytes()
    half = (len(content) - start) // 2
    first, second = content[start:start + half], content[start + half:]
    path.write_bytes(content[:start] + second + first)
    assert sealed.read(path, KEY).records == ()

    other = tmp_path / "autre.envois"
    sealed.make(other, KEY)
    other.write_bytes(other.read_bytes() + first)
    assert sealed.read(other, KEY).records == ()


def test_another_key_opens_nothing_and_spoils_nothing(path: Path) -> None:
    add(path, *RECORDS)
    before = path.read_bytes()
    with pytest.raises(sealed.OtherKeyError):
        sealed.read(path, b"x" * sealed.KEY_BYTES)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"BACKOFFICE", b"x" * 200])
def test_another_file_is_not_taken_for_one_of_ours(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(sealed.NotOursError):
        sealed.read(path, KEY)
