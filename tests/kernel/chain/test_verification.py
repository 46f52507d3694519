"""What verification finds when the owner of the server or of the file changes the journal behind its triggers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from backoffice.agents.appointing import Post, give, make_agent
from backoffice.agents.roles import Role
from backoffice.kernel.chain import verifying
from backoffice.kernel.chain.anchors import Anchor, head_of
from backoffice.kernel.chain.digests import Line, link
from backoffice.kernel.chain.sealing import LINE
from backoffice.kernel.chain.verifying import verify as verify_as
from backoffice.kernel.database import Database
from backoffice.kernel.errors import PermissionDenied, UserError
from tests.support.journal import faults, named, rehash, seal, tamper, verify
from tests.support.shared import address_of, by_administrator
from tests.support.towns import NOON, SmallTown

pytestmark = pytest.mark.spoils


@pytest.fixture
def sealed(either_town: SmallTown) -> SmallTown:
    """Some commands and their rows, all sealed."""
    meals = either_town.slot()
    either_town.attend(either_town.family(), meals)
    either_town.cancel(either_town.issue().numbers[0])
    seal(either_town)
    assert faults(either_town) == []
    return either_town


def _line(town: SmallTown, table: str = "attendances") -> int:
    """A sealed line, in the midst of the others."""
    return int(next(row["id"] for row in town.rows("row_journal") if row["table_name"] == table))


def _seal_of(town: SmallTown, line: int) -> int:
    return int(next(row["seq"] for row in town.rows("journal_chain") if row["row_id"] == line))


CHANGES = {
    "after": "after = '{\"id\": 1}'",
    "before": "before = '{\"id\": 1}'",
    "actor": "actor = 'autre'",
    "at": "at = '2026-01-01 00:00:00.000000+00'",
    "verb": "verb = 'D'",
    "row": "row_id = row_id + 1000",
    "table": "table_name = 'payments'",
    "emptied": "after = NULL",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_altered_line_is_named(sealed: SmallTown, change: str) -> None:
    line = _line(sealed)
    if sealed.database.is_embedded:  # instants are texts there, without zone
        change = change.replace("+00", "")
    tamper(sealed, f"UPDATE row_journal SET {change} WHERE id = :id", id=line)

    [fault] = verify(sealed)[1]

    assert (fault.code, named(fault)) == ("journal.line_altered", str(line))


def test_a_line_whose_transaction_was_changed_is_named(sealed: SmallTown) -> None:
    line = _line(sealed)
    tamper(sealed, "UPDATE row_journal SET moment = moment + 1 WHERE id = :id", id=line)

    assert (f"journal.line_altered {line}") in [f"{fault.code} {named(fault)}" for fault in verify(sealed)[1]]


def test_an_altered_line_with_a_digest_made_again_is_named(sealed: SmallTown) -> None:
    line = _line(sealed)
    tamper(sealed, "UPDATE row_journal SET actor = 'autre' WHERE id = :id", id=line)
    rehash(sealed, line)

    [fault] = verify(sealed)[1]

    assert (fault.code, named(fault)) == ("journal.line_rehashed", str(line))


def test_a_digest_changed_alone_is_named(sealed: SmallTown) -> None:
    line = _line(sealed)
    tamper(sealed, "UPDATE row_journal SET digest = :digest WHERE id = :id", digest=b"x" * 32, id=line)

    [fault] = verify(sealed)[1]

    assert (fault.code, named(fault)) == ("journal.line_altered", str(line))


def test_removed_lines_are_named(sealed: SmallTown) -> None:
    lines = [row["id"] for row in sealed.rows("row_journal") if row["table_name"] == "attendances"][:2]
    for line in lines:
        tamper(sealed, "DELETE FROM row_journal WHERE id = :id", id=line)

    told = verify(sealed)[1]

    assert [(fault.code, named(fault)) for fault in told] == [("journal.line_removed", str(line)) for line in lines]


def test_a_line_slipped_among_the_sealed_ones_is_named_and_never_sealed(sealed: SmallTown) -> None:
    first = sealed.rows("row_journal")[0]
    forged = 0 if sealed.database.is_embedded else first["id"] + 100_000
    columns = "at, 'autre', moment, table_name, row_id, verb, before, after, digest"
    tamper(
        sealed,
        "INSERT INTO row_journal (id, at, actor, moment, table_name, row_id, verb, before, after, digest)"
        f" SELECT :forged, {columns} FROM row_journal WHERE id = :first",
        forged=forged, first=first["id"],
    )
    if not sealed.database.is_embedded:
        rehash(sealed, forged)
    assert seal(sealed) == 0

    [fault] = verify(sealed)[1]

    assert (fault.code, named(fault)) == ("journal.line_inserted", str(forged))


def test_a_line_slipped_in_with_a_seal_of_its_own_breaks_the_order(sealed: SmallTown) -> None:
    """Even chained as it should be, at the end, it tells of a transaction older than its neighbours."""
    first, head = sealed.rows("row_journal")[0], sealed.rows("journal_chain")[-1]
    forged = 0 if sealed.database.is_embedded else first["id"] + 100_000
    columns = "at, 'autre', moment, table_name, row_id, verb, before, after, digest"
    tamper(
        sealed,
        "INSERT INTO row_journal (id, at, actor, moment, table_name, row_id, verb, before, after, digest)"
        f" SELECT :forged, {columns} FROM row_journal WHERE id = :first",
        forged=forged, first=first["id"],
    )
    if not sealed.database.is_embedded:
        rehash(sealed, forged)
    digest = next(line for line in _lines(sealed) if line.id == forged).digest
    tamper(
        sealed,
        "INSERT INTO journal_chain (seq, row_id, digest, chain, sealed_at)"
        " SELECT seq + 1, :forged, :digest, :chain, sealed_at FROM journal_chain WHERE seq = :last",
        forged=forged, digest=digest, chain=link(head["chain"], digest), last=head["seq"],
    )

    [fault] = verify(sealed)[1]

    assert (fault.code, named(fault)) == ("journal.line_inserted", str(forged))


def _lines(town: SmallTown) -> list[Line]:
    with by_administrator(town.database) as database, database.read() as session:
        return [Line(*row) for row in session.execute(select(*LINE))]


@pytest.mark.parametrize("column", ["digest", "chain"])
def test_an_altered_seal_is_named_alone(sealed: SmallTown, column: str) -> None:
    """Neither its line, which is as it was, nor the seals after it."""
    seq = _seal_of(sealed, _line(sealed))
    tamper(sealed, f"UPDATE journal_chain SET {column} = :bytes WHERE seq = :seq", bytes=b"x" * 32, seq=seq)

    [fault] = verify(sealed)[1]

    assert (fault.code, fault.params["seq"]) == ("journal.seal_altered", str(seq))


def test_a_line_altered_with_its_digest_and_its_seal_breaks_the_chain(sealed: SmallTown) -> None:
    line = _line(sealed)
    tamper(sealed, "UPDATE row_journal SET actor = 'autre' WHERE id = :id", id=line)
    rehash(sealed, line)
    digest = next(found for found in _lines(sealed) if found.id == line).digest
    tamper(sealed, "UPDATE journal_chain SET digest = :digest WHERE row_id = :id", digest=digest, id=line)

    told = verify(sealed)[1]

    assert ("journal.seal_altered", str(line)) in [(fault.code, fault.params.get("line")) for fault in told]


def test_removed_seals_are_named(sealed: SmallTown) -> None:
    tamper(sealed, "DELETE FROM journal_chain WHERE seq IN (3, 4)")

    told = verify(sealed)[1]

    assert (told[0].code, told[0].params) == ("journal.seals_removed", {"first": "3", "last": "4"})
    assert {fault.code for fault in told[1:]} == {"journal.line_inserted"}
    assert len(told) == 3


def test_lines_that_wait_too_long_are_told(sealed: SmallTown, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed.family("DURAND")
    seen, told = verify(sealed)
    assert (seen.waiting > 0, told) == (True, [])

    monkeypatch.setattr(verifying, "PROMISED_SECONDS", -5)  # for the server, whose clock is its own
    [fault] = verify(sealed, now=datetime(2100, 1, 1, tzinfo=UTC))[1]

    assert fault.code == "journal.lines_late"
    assert fault.params["count"] == seen.waiting


def test_a_line_altered_before_its_seal_is_named_on_the_shared_database(shared_town: SmallTown) -> None:
    seal(shared_town)
    shared_town.family()
    line = _line(shared_town, "families")
    tamper(shared_town, "UPDATE row_journal SET actor = 'autre' WHERE id = :id", id=line)

    [fault] = verify(shared_town)[1]

    assert (fault.code, named(fault)) == ("journal.line_altered", str(line))


# --- the journal of commands -------------------------------------------------------------------------------------


def _command(town: SmallTown) -> int:
    return int(next(row["id"] for row in town.rows("audit_journal") if row["action"] == "invoice.cancelled"))


def test_an_altered_command_is_named(sealed: SmallTown) -> None:
    command = _command(sealed)
    tamper(sealed, "UPDATE audit_journal SET actor = 'autre' WHERE id = :id", id=command)

    [fault] = verify(sealed)[1]

    assert (fault.code, fault.params["command"]) == ("journal.command_altered", str(command))


def test_a_removed_command_is_named(sealed: SmallTown) -> None:
    command = _command(sealed)
    tamper(sealed, "DELETE FROM audit_journal WHERE id = :id", id=command)

    [fault] = verify(sealed)[1]

    assert (fault.code, fault.params["command"]) == ("journal.command_removed", str(command))


def test_a_command_that_nobody_gave_is_named(sealed: SmallTown) -> None:
    triggers_off = (
        "INSERT INTO audit_journal (id, at, actor, action, subject, details)"
        " SELECT id + 1000, at, actor, action, subject, details FROM audit_journal WHERE id = :id"
    )
    command = _command(sealed)
    tamper(sealed, triggers_off, id=command)

    [fault] = verify(sealed)[1]

    assert (fault.code, fault.params["command"]) == ("journal.command_alone", str(command + 1000))


# --- anchors -----------------------------------------------------------------------------------------------------


def _anchor(town: SmallTown) -> Anchor:
    with by_administrator(town.database) as database:
        return head_of(database)


def _rewrite(town: SmallTown) -> None:
    """A line changed and the whole chain made again: nothing inside tells."""
    line = _line(town)
    tamper(town, "UPDATE row_journal SET actor = 'autre' WHERE id = :id", id=line)
    if not town.database.is_embedded:
        rehash(town, line)
    tamper(town, "DELETE FROM journal_chain")
    seal(town)


def test_an_anchor_kept_elsewhere_tells_of_a_chain_made_again(sealed: SmallTown, tmp_path: Path) -> None:
    _anchor(sealed).write(tmp_path / "Ancre du 3 été.json")
    anchor = Anchor.read(tmp_path / "Ancre du 3 été.json")
    assert faults(sealed, anchor) == []

    _rewrite(sealed)

    assert faults(sealed) == []
    assert faults(sealed, anchor) == ["anchor_differs"]


def test_an_anchor_tells_of_a_journal_cut_short(sealed: SmallTown) -> None:
    anchor = _anchor(sealed)
    last = sealed.rows("journal_chain")[-1]
    tamper(sealed, "DELETE FROM journal_chain WHERE seq = :seq", seq=last["seq"])
    tamper(sealed, "DELETE FROM row_journal WHERE id = :id", id=last["row_id"])
    tamper(sealed, "DELETE FROM audit_journal WHERE id = (SELECT max(id) FROM audit_journal)")

    assert faults(sealed) == []
    assert faults(sealed, anchor) == ["shorter_than_anchor"]


def test_an_anchor_holds_while_the_journal_grows(sealed: SmallTown) -> None:
    anchor = _anchor(sealed)
    sealed.family("DURAND")
    seal(sealed)

    assert faults(sealed, anchor) == []


def test_an_anchor_is_never_written_over_another(sealed: SmallTown, tmp_path: Path) -> None:
    path = tmp_path / "ancre.json"
    anchor = _anchor(sealed)
    anchor.write(path)

    with pytest.raises(UserError) as refusal:
        anchor.write(path)

    assert refusal.value.code == "journal.anchor_exists"
    assert Anchor.read(path) == anchor


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"database": "x", "seq": "un"}', b"\xff"])
def test_what_is_no_anchor_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "autre.json"
    path.write_bytes(content)

    with pytest.raises(UserError) as refusal:
        Anchor.read(path)

    assert refusal.value.code == "journal.not_an_anchor"


def test_there_is_no_anchor_before_the_first_seal(either_town: SmallTown) -> None:
    with pytest.raises(UserError) as refusal:
        _anchor(either_town)

    assert refusal.value.code == "journal.nothing_sealed"


# --- who may look ------------------------------------------------------------------------------------------------


def test_only_a_login_that_sees_the_whole_journal_may_judge_it(shared_town: SmallTown) -> None:
    """To another, the lines that it does not see would look removed."""
    shared_town.slot()
    shared_town.family()
    seal(shared_town)
    with by_administrator(shared_town.database) as database:
        posts = {"deleguee": Post(Role.DATA_PROTECTION_OFFICER), "guichet": Post(Role.SECRETARY, "CANT")}
        with database.write() as session:
            for login, post in posts.items():
                make_agent(session, login, login, NOON, password=login)
                give(session, login, post, NOON)
        seal(shared_town)
        addresses = {login: address_of(database.address, login) for login in posts}

    officer = Database(addresses["deleguee"])
    assert verify_as(officer, NOON, lambda fault: pytest.fail(fault.code)).sealed > 0
    assert head_of(officer).seq > 0
    officer.close()

    desk = Database(addresses["guichet"])
    for gesture in (lambda: verify_as(desk, NOON, lambda _: None), lambda: head_of(desk)):
        with pytest.raises(PermissionDenied):
            gesture()
    desk.close()
