"""The seals of the journal: every line once, in the order of the transactions, and only those that are over."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backoffice.kernel.access.install import install
from backoffice.kernel.chain.digests import Line, link
from backoffice.kernel.chain.sealing import seal as seal_all
from backoffice.kernel.database import Database
from backoffice.kernel.errors import EnvironmentFault
from tests.support.journal import faults, rehash, seal, tamper, verify
from tests.support.shared import by_administrator
from tests.support.towns import SmallTown

ODD_NAMES = ("D'ARTAGNAN", 'LE « GRAND » "PETIT"', "ŒUVRÉ\tTAB", "Ligne\nsuivante", "C:\\dossier", "Zoé 🌻", "")


@pytest.fixture
def busy(either_town: SmallTown) -> SmallTown:
    """Families, attendance, an issued month and its correction, then names that no format likes."""
    meals = either_town.slot()
    either_town.attend(either_town.family(), meals)
    either_town.cancel(either_town.issue().numbers[0])
    for name in ODD_NAMES:
        either_town.sql("UPDATE families SET name = :name, version = version + 1", name=name)
    return either_town


def test_a_line_is_its_values_and_nothing_else() -> None:
    line = Line(7, datetime(2026, 1, 2, 3, 4, 5, 678, UTC), "cheffe", 91, "families", 12, "I", None, '{"id": 12}')

    assert line.digest == hashlib.sha256(b'7\n1767323045000678\n91\nfamilies\n12\nI\n\n{"id": 12}\ncheffe').digest()
    assert link(b"", line.digest) == hashlib.sha256(line.digest).digest()


def test_every_line_is_sealed_once_and_the_seals_hold(busy: SmallTown) -> None:
    lines = len(busy.rows("row_journal"))

    assert seal(busy) == lines
    assert seal(busy) == 0
    assert verify(busy)[0].sealed == lines > len(ODD_NAMES)
    assert faults(busy) == []
    assert [row["seq"] for row in busy.rows("journal_chain")] == list(range(1, lines + 1))


def test_what_is_written_later_is_chained_after(busy: SmallTown) -> None:
    seal(busy)
    head = busy.rows("journal_chain")[-1]
    busy.family("DURAND")
    assert verify(busy)[0].waiting > 0

    assert seal(busy) > 0

    following = busy.rows("journal_chain")[head["seq"]]
    assert following["chain"] == link(head["chain"], following["digest"])
    assert faults(busy) == []


def test_commands_are_in_the_journal_of_rows_too(busy: SmallTown) -> None:
    commands = {row["id"] for row in busy.rows("audit_journal")}

    assert {row["row_id"] for row in busy.rows("row_journal") if row["table_name"] == "audit_journal"} == commands
    assert commands


@pytest.mark.parametrize("table", ["row_journal", "journal_chain"])
@pytest.mark.parametrize("gesture", ["UPDATE {0} SET row_id = row_id", "DELETE FROM {0}"])
def test_lines_and_seals_are_only_ever_added(busy: SmallTown, table: str, gesture: str) -> None:
    """Even for who owns the database, as long as its triggers are there."""
    seal(busy)

    with pytest.raises((DBAPIError, EnvironmentFault)):
        busy.sql(gesture.format(table))

    assert faults(busy) == []


def test_the_tables_of_the_journal_cannot_be_emptied_at_once(shared_town: SmallTown) -> None:
    for table in ("row_journal", "journal_chain"):
        with pytest.raises((DBAPIError, EnvironmentFault)):
            shared_town.sql(f"TRUNCATE {table}")


def test_a_transaction_under_way_holds_the_seals_of_those_begun_after_it(shared_town: SmallTown) -> None:
    """Its lines will come before theirs: nothing may be sealed there yet."""
    family = shared_town.family("MARTIN")
    seal(shared_town)
    with by_administrator(shared_town.database) as other, other.engine.connect() as slow:
        slow.execute(text("UPDATE families SET name = 'LENTE', version = 2 WHERE id = :id"), {"id": family.id})
        shared_town.family("RAPIDE")

        assert seal(shared_town) == 0
        slow.commit()

    assert seal(shared_town) > 1
    sealed = {row["row_id"]: row["seq"] for row in shared_town.rows("journal_chain")}
    families = [row for row in shared_town.rows("row_journal") if row["table_name"] == "families"]
    by_name = {row["after"]["name"]: sealed[row["id"]] for row in families}
    assert by_name["MARTIN"] < by_name["LENTE"] < by_name["RAPIDE"]
    assert faults(shared_town) == []


def test_several_who_seal_at_once_seal_each_line_once(either_town: SmallTown) -> None:
    for name in ("A", "B", "C"):
        either_town.family(name)
    start, done = Barrier(4), list[int]()
    with by_administrator(either_town.database) as database:

        def work() -> None:
            start.wait()
            done.append(seal_all(database, either_town.now))

        threads = [Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sum(done) == len(either_town.rows("row_journal")) == len(either_town.rows("journal_chain"))
    assert faults(either_town) == []


def test_an_agent_cannot_seal_nor_hold_the_seals_back(shared_town: SmallTown) -> None:
    agent = shared_town.database
    with pytest.raises(EnvironmentFault) as refusal, agent.write() as session:
        session.execute(text("SELECT seal_journal(10)"))
    assert refusal.value.code == "database.forbidden"

    for mode in ("SHARE ROW EXCLUSIVE", "ACCESS EXCLUSIVE", "ROW SHARE"):
        with pytest.raises(EnvironmentFault) as refusal, agent.write() as session:
            session.execute(text(f"LOCK TABLE journal_chain IN {mode} MODE"))
        assert refusal.value.code == "database.forbidden"


@pytest.mark.spoils
def test_a_spoilt_line_does_not_stop_the_seals_of_the_others(shared_town: SmallTown) -> None:
    seal(shared_town)
    shared_town.family("DURAND")
    last = shared_town.rows("row_journal")[-1]["id"]
    tamper(shared_town, "UPDATE row_journal SET digest = NULL WHERE id = :id", id=last)

    assert seal(shared_town) > 0
    assert faults(shared_town) == ["line_altered"]


def test_a_database_restored_on_another_server_goes_on(shared_town: SmallTown) -> None:
    """There, the numbers of transactions begin again, under those that the journal already has."""
    shared_town.family("AVANT")
    tamper(shared_town, "UPDATE row_journal SET moment = moment + 1000000000")
    for row in shared_town.rows("row_journal"):
        rehash(shared_town, row["id"])
    _install(shared_town.database)
    with shared_town.database.read() as session:
        snapshot = session.scalar(text("SELECT snapshot FROM changed_since('')"))

    shared_town.family("APRÈS")

    assert seal(shared_town) == len(shared_town.rows("row_journal"))
    assert faults(shared_town) == []
    with shared_town.database.read() as session:
        changed = session.scalar(text("SELECT tables FROM changed_since(:before)"), {"before": snapshot})
    assert set(changed) == {"families", "memberships", "payers", "people"}


def test_installing_the_rights_again_changes_no_number(shared_town: SmallTown) -> None:
    shared_town.family()
    for _ in range(2):
        _install(shared_town.database)
        with by_administrator(shared_town.database) as database, database.read() as session:
            assert session.scalar(text("SELECT journal_offset()")) == 0


def _install(database: Database) -> None:
    with by_administrator(database) as opened, opened.engine.begin() as connection:
        install(connection)
