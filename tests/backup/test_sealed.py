"""A sealed file gives back what was put in, or says that it is not whole."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.backup.key import BackupKey
from backoffice.backup.sealed import BLOCK, SealedReader, SealedWriter
from backoffice.kernel.errors import BackofficeError, EnvironmentFault, UserError

KEY = BackupKey(bytes(range(32)))
Members = dict[str, list[bytes]]


def sealed(members: Members, key: BackupKey = KEY) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, key, {"engine": "sqlite"})
    for name, pieces in members.items():
        assert writer.member(name, iter(pieces)) == sum(map(len, pieces))
    writer.close()
    return file.getvalue()


def opened(content: bytes, key: BackupKey = KEY) -> dict[str, bytes]:
    return {name: b"".join(read()) for name, read in SealedReader(io.BytesIO(content), key).members()}


@given(st.dictionaries(st.text(max_size=10), st.lists(st.binary(max_size=60), max_size=4), max_size=3))
def test_what_goes_in_comes_out(members: Members) -> None:
    assert opened(sealed(members)) == {name: b"".join(pieces) for name, pieces in members.items()}


def test_members_longer_than_a_block_come_out_too() -> None:
    members = {"une": [b"a" * BLOCK, b"b" * (2 * BLOCK + 7)], "vide": [], "deux": [b"c" * 5]}
    assert opened(sealed(members)) == {name: b"".join(pieces) for name, pieces in members.items()}


def test_a_member_that_is_not_read_is_checked_all_the_same() -> None:
    content = sealed({"une": [b"a" * 5000], "deux": [b"b"]})
    assert [name for name, _ in SealedReader(io.BytesIO(content), KEY).members()] == ["une", "deux"]


def test_every_changed_byte_and_every_cut_is_told() -> None:
    whole = sealed({"une": [b"contenu"], "deux": [b"x" * 50]})
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(BackofficeError):
            opened(bytes(changed))
        with pytest.raises(BackofficeError):
            opened(whole[:at])
    with pytest.raises(EnvironmentFault):
        opened(whole + b"\0")


def test_blocks_cannot_be_dropped_or_shuffled() -> None:
    whole = sealed({"une": [bytes([n]) * BLOCK for n in range(4)]})
    start = whole.index(b"}") + 1
    size = BLOCK + 16 + 4
    blocks = [whole[start + n * size:start + (n + 1) * size] for n in range(5)]
    assert whole == whole[:start] + b"".join(blocks)
    for order in ([1, 0, 2, 3, 4], [0, 2, 3, 4], [0, 1, 2, 3], [0, 0, 1, 2, 3, 4]):
        with pytest.raises(EnvironmentFault) as fault:
            opened(whole[:start] + b"".join(blocks[n] for n in order))
        assert fault.value.code == "backup.damaged"


def test_another_key_is_named_and_another_file_refused() -> None:
    with pytest.raises(UserError) as refusal:
        opened(sealed({}), BackupKey.fresh())
    assert refusal.value.code == "backup.other_key"
    assert refusal.value.params["wanted"] == KEY.name
    with pytest.raises(UserError) as refusal:
        opened(b"PK\x03\x04 autre chose")
    assert refusal.value.code == "backup.not_a_backup"


def test_a_key_is_read_as_it_is_printed_and_a_typing_mistake_is_seen() -> None:
    key = BackupKey.fresh()
    assert BackupKey.parse(f"  {key.shown.lower()} ") == key
    assert BackupKey.parse(key.shown.replace("-", " ")) == key
    assert key.shown not in repr(key)
    wrong = ("A" if key.shown[0] != "A" else "B") + key.shown[1:]
    for text in (wrong, "", key.shown[:-2], key.shown + "AAAA", "é" * 56):
        with pytest.raises(UserError) as refusal:
            BackupKey.parse(text)
        assert refusal.value.code == "backup.key"
