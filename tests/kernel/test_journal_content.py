"""What the journals and the server's log may hold: no secret value, and no name where none is needed."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backoffice.attendance.commands import RecordAttendance
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.cancelling import CancelInvoice
from backoffice.families.commands import AddPerson, CreateFamily, SetQuotient
from backoffice.families.commands.records import EditPerson
from backoffice.families.kinds import MemberRole
from backoffice.families.rules import PersonValues
from backoffice.kernel.access.rights import rights
from tests.support.shared import by_administrator
from tests.support.towns import DAYS, ISSUED_ON, SmallTown

# Words that are nobody's: wherever they are found, it is this family's.
NAMES = {"LUMIGNON", "Zéphirine", "Aldebert", "impasse du Grelot", "zephirine@courriel.example", "0612345678"}
MOTHER = PersonValues("LUMIGNON", "Zéphirine", street="impasse du Grelot", postcode="38999", city="VALBRUME",
                      mobile="0612345678", email="zephirine@courriel.example")
CHILD = PersonValues("LUMIGNON", "Aldebert", birth_date=date(2018, 3, 4))
SECRETS = ("FR7630006000011234567890189", "arachide : choc", "", None, "12", "éà « œ »", "ligne\nsuivante \"\\")


@pytest.fixture
def shared_secret(shared_town: SmallTown) -> SmallTown:
    """A table with columns that the journal keeps as keyed digests, as those of bank details and health."""
    with by_administrator(shared_town.database) as database, database.write() as session:
        session.execute(text("CREATE TABLE sample (id bigint PRIMARY KEY, secret text, counted bigint, told text)"))
        session.execute(text(
            "CREATE TRIGGER sample_journal AFTER INSERT OR DELETE OR UPDATE ON sample"
            " FOR EACH ROW EXECUTE FUNCTION journal_row('id', 'secret', 'counted')"
        ))
    return shared_town


def _lines(town: SmallTown) -> list[tuple[str, dict[str, object] | None, dict[str, object] | None]]:
    rows = [row for row in town.rows("row_journal") if row["table_name"] == "sample"]
    return [(row["verb"], row["before"], row["after"]) for row in rows]


@pytest.mark.spoils
def test_a_secret_value_is_in_the_journal_as_a_keyed_digest_only(shared_secret: SmallTown) -> None:
    [key] = shared_secret.rows("journal_keys")
    secret = bytes(byte ^ 0x36 for byte in key["inner_pad"])
    assert secret == bytes(byte ^ 0x5C for byte in key["outer_pad"])
    for number, value in enumerate(SECRETS):
        shared_secret.sql("INSERT INTO sample VALUES (:id, :value, 42, 'dit')", id=number, value=value)
    shared_secret.sql("UPDATE sample SET secret = 'autre' WHERE id = 0")
    shared_secret.sql("DELETE FROM sample WHERE id = 1")

    def masked(number: int, column: str, value: str | None) -> str:
        """The row is part of it: the same value elsewhere does not show, nor that there is none."""
        told = "\x1f".join([f"sample {number}", column, *([] if value is None else [value])])
        return f"hmac:{hmac.new(secret, told.encode(), hashlib.sha256).hexdigest()}"

    lines = _lines(shared_secret)
    expected = [
        {"id": n, "secret": masked(n, "secret", v), "counted": masked(n, "counted", "42"), "told": "dit"}
        for n, v in enumerate(SECRETS)
    ]
    assert [after for _, _, after in lines[: len(SECRETS)]] == expected
    assert lines[-2] == ("U", expected[0], {**expected[0], "secret": masked(0, "secret", "autre")})
    assert lines[-1] == ("D", expected[1], None)


@pytest.mark.spoils
def test_no_secret_value_is_anywhere_in_the_journal(shared_secret: SmallTown) -> None:
    shared_secret.sql("INSERT INTO sample VALUES (1, 'FR7630006000011234567890189', 42, '')")

    with by_administrator(shared_secret.database) as database, database.read() as session:
        found = session.scalar(text("SELECT count(*) FROM row_journal j WHERE j::text LIKE '%123456789018%'"))
    assert found == 0


def test_the_key_of_the_digests_is_read_by_nobody(shared_town: SmallTown) -> None:
    with pytest.raises(Exception, match=r"database\.forbidden"), shared_town.database.read() as session:
        session.execute(text("SELECT * FROM journal_keys"))
    with pytest.raises(Exception, match=r"database\.forbidden"), shared_town.database.read() as session:
        session.execute(text("SELECT journal_masked('{\"a\": \"1\"}', '', '{a}')"))


def test_every_table_with_a_secret_column_keeps_it_out_of_the_journal(shared_town: SmallTown, town: SmallTown) -> None:
    """On the shared database its trigger is told which; on an embedded one the value is not copied at all."""
    secret = {table.name: table.secret for table in rights().tables.values() if table.secret}
    with by_administrator(shared_town.database) as database, database.read() as session:
        triggers = "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger"
        statement = f"{triggers} WHERE tgname LIKE '%_journal'"
        shared = {str(table): str(told) for table, told in session.execute(text(statement))}
    with town.database.read() as session:
        statement = "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_journal_%'"
        embedded = session.execute(text(statement)).all()

    assert [(name, each) for name in secret for each in secret[name] if f"'{each}'" not in shared[name]] == []
    assert [(name, each) for name, sql in embedded for each in secret.get(name, ()) if f"'{each}'" in sql] == []
    assert "families" in shared


def test_the_journal_of_commands_holds_no_name(either_town: SmallTown) -> None:
    slot, app = either_town.slot(), either_town.app
    family = app.execute(CreateFamily(MOTHER, name="LUMIGNON", payers_from=date(2024, 9, 1)))
    child = app.execute(AddPerson(family, CHILD, MemberRole.CHILD))
    app.execute(EditPerson(child, 1, replace(CHILD, first_name="Aldeberte")))
    app.execute(SetQuotient(family, Decimal(700), "attestation de LUMIGNON", date(2024, 9, 1)))
    for day in DAYS:
        app.execute(RecordAttendance(family, child, slot, day, AttendanceState.PRESENT))
    number = either_town.issue().numbers[0]
    app.execute(CancelInvoice(number, "Aldebert LUMIGNON était absent", ISSUED_ON))

    commands = either_town.rows("audit_journal")

    told = json.dumps([{**row, "at": ""} for row in commands], ensure_ascii=False)
    assert {name for name in NAMES if name in told} == set()
    assert len(commands) >= len(DAYS) + 6


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO families (id, name, sort_name, version) VALUES (:family, 'LUMIGNON', 'lumignon', NULL)",
        "INSERT INTO families (id, name, sort_name, version) VALUES (:family, 'LUMIGNON', 'lumignon', 1)",
        ("INSERT INTO quotients (family_id, value, source, valid_from)"
         " VALUES (:family, -5, 'attestation de LUMIGNON', '2025-01-01')"),
        "INSERT INTO memberships (family_id, person_id, role, is_holder) VALUES (:family, 404, 'LUMIGNON', false)",
    ],
    ids=["empty", "twice", "check", "key"],
)
def test_what_the_server_logs_of_a_refusal_holds_no_value(shared_town: SmallTown, statement: str) -> None:
    """Its log keeps a refusal with its detail: under the policies, the row is not told."""
    family = shared_town.family("LUMIGNON")

    with pytest.raises(DBAPIError) as refusal, shared_town.database.engine.begin() as connection:
        connection.execute(text(statement), {"family": family.id})

    said = refusal.value.orig.diag  # type: ignore[union-attr]
    told = " ".join(filter(None, (said.message_primary, said.message_detail, said.message_hint, said.context)))
    assert (said.sqlstate or "").startswith("23"), said.message_primary
    assert {name for name in NAMES if name in told} == set()
