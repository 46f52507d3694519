"""An agent who bills, with psql instead of the program: the books still follow, or nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Json

from backoffice.agents.roles import Role
from tests.kernel.access.borough import Borough, login_of, told

FORBIDDEN, CLOSED, STALE, BROKEN = "42501", "BE001", "BE002", "BE003"
OFFICER = login_of(Role.REVENUE_OFFICER, "service")
SERIES, NOTES = "CANT-F2511", "CANT-A2511"

Connection = psycopg.Connection[dict[str, Any]]


@pytest.fixture
def officer(borough: Borough) -> Iterator[Connection]:
    with borough.opened(OFFICER) as connection:
        yield connection


class _Forger:
    """Writes an invoice as the program does, with one thing changed."""

    def __init__(self, borough: Borough, connection: Connection) -> None:
        self._borough = borough
        self._do = connection.execute
        rows = borough.rows("invoices")
        service = borough.services["CANT"]
        self.model = next(row for row in rows if row["service_id"] == service and row["kind"] == "invoice")
        self.note = next(row for row in rows if row["service_id"] == service and row["kind"] == "credit_note")
        lines = borough.rows("charges")
        self.line = next(row for row in lines if row["service_id"] == service and not row["stored_price"])

    def draw(self, series: str = SERIES, count: int = 1) -> int:
        (row,) = self._do("SELECT draw_numbers(%s, %s) AS first", [series, count]).fetchall()
        return int(row["first"])

    def invoice(self, drawn: int, *, lines: int = 1, payers: int = 1, **changed: Any) -> int:
        told = {
            "number": f"{SERIES}{drawn:05d}", "debt_number": int(f"2511{1:03d}{drawn:05d}"),
            "origin": "", "line_count": lines, "total": lines * self.line["amount"], "run_id": None,
        }  # fmt: skip
        invoice = self.insert("invoices", {**self.model, **told, **changed})
        for rank in range(1, payers + 1):
            payer = "INSERT INTO invoice_payers (invoice_id, rank, name, address) VALUES (%s, %s, 'X', '[]')"
            self._do(payer, [invoice, rank])
        for _ in range(lines):
            self.insert("charges", {**self.line, "invoice_id": invoice})
        return invoice

    def credit(self, drawn: int, invoice: int, **changed: Any) -> int:
        told = {"number": f"{NOTES}{drawn:05d}", "cancels_id": invoice, "total": -self.line["amount"]}
        note = self.insert("invoices", {**self.note, **told, **changed})
        self._do(
            "INSERT INTO invoice_payers (invoice_id, rank, name, address)"
            " SELECT %s, rank, name, address FROM invoice_payers WHERE invoice_id = %s", [note, invoice],
        )
        return note

    def insert(self, table: str, row: dict[str, Any]) -> int:
        given = {name: Json(value) if isinstance(value, list | dict) else value
                 for name, value in row.items() if name != "id"}
        statement = f"INSERT INTO {table} ({', '.join(given)}) VALUES ({', '.join(['%s'] * len(given))}) RETURNING id"
        (new,) = self._do(statement, list(given.values())).fetchall()
        return int(new["id"])

    def settle(self) -> None:
        """What a commit would say."""
        self._do("SET CONSTRAINTS ALL IMMEDIATE")
        self._do("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def forger(borough: Borough, officer: Connection) -> _Forger:
    return _Forger(borough, officer)


def _refused(code: str) -> Any:
    return pytest.raises(psycopg.Error, check=lambda error: error.sqlstate == code)


def test_written_as_the_program_writes_it_an_invoice_stands(forger: _Forger) -> None:
    invoice = forger.invoice(forger.draw())
    forger.settle()
    forger.credit(forger.draw(NOTES), invoice)
    forger.settle()


def test_a_number_is_drawn_before_it_is_used(forger: _Forger) -> None:
    with _refused(BROKEN):
        forger.invoice(90)
        forger.settle()


def test_a_number_that_is_drawn_is_used(forger: _Forger) -> None:
    forger.invoice(forger.draw(count=2))
    with _refused(BROKEN):
        forger.settle()


def test_drawing_a_billion_numbers_costs_nothing(forger: _Forger) -> None:
    """A series holds five digits: more than that is refused before anything is counted."""
    with _refused(FORBIDDEN):
        forger.draw(count=2_000_000_000)


@pytest.mark.parametrize(
    "series", ["ALSH-F2511", "CANT", "CANT-", "CANT-X2511", "CANT-F25111", "-F2511", "CANT-F2511 "]
)
def test_only_the_series_of_ones_own_service_are_drawn_from(series: str, forger: _Forger) -> None:
    with _refused(FORBIDDEN):
        forger.draw(series)


@pytest.mark.parametrize(
    "changed",
    [{"total": 1}, {"line_count": 2}, {"line_count": 0}, {"total": -415}],
    ids=["another sum", "a line less", "no line", "a negative sum"],
)
def test_an_invoice_is_the_sum_of_its_lines(changed: dict[str, Any], forger: _Forger) -> None:
    with pytest.raises(psycopg.Error) as refusal:  # noqa: PT012 - refused at once, or at the end
        forger.invoice(forger.draw(), **changed)
        forger.settle()
    assert refusal.value.sqlstate in {BROKEN, CLOSED}


def test_an_invoice_names_somebody(forger: _Forger) -> None:
    with _refused(BROKEN):
        forger.invoice(forger.draw(), payers=0)
        forger.settle()


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "ALSH-F251100009"},
        {"number": "CANT-A251100009"},
        {"number": "CANT-F251000001"},
        {"number": "CANT-F2511x0001"},
        {"debt_number": 251100200009},
        {"debt_number": 7},
        {"origin": "ailleurs"},
        {"issued_on": "2025-10-31"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_document_carries_the_number_of_its_service_its_month_and_its_kind(
    changed: dict[str, Any], forger: _Forger
) -> None:
    """Taken under another head, a number would be missing there, or would refuse the next run of another service."""
    number = forger.draw()
    with pytest.raises(psycopg.Error) as refusal:  # noqa: PT012 - refused at once, or at the end
        forger.invoice(number, **changed)
        forger.settle()
    assert refusal.value.sqlstate in {FORBIDDEN, BROKEN, "23514"}


def test_a_history_is_taken_over_and_never_made_up(forger: _Forger, officer: Connection) -> None:
    """Documents of another program follow no series of ours: only who takes data over may write them."""
    with _refused(FORBIDDEN), officer.transaction():
        forger.insert("invoices", {**forger.model, "kind": "historic", "origin": "x", "debt_number": None})
    with _refused(FORBIDDEN), officer.transaction():
        forger.insert("charges", {**forger.line, "stored_price": True, "invoice_id": None})


def test_a_credit_note_is_the_opposite_of_a_living_invoice_of_the_same_service(
    borough: Borough, officer: Connection, forger: _Forger
) -> None:
    invoice = forger.invoice(forger.draw())
    forger.settle()
    number = forger.draw(NOTES)
    foreign = next(row for row in borough.rows("invoices") if row["number"] == "ALSH-F251100002")
    for changed in (
        {"total": -1}, {"cancels_id": foreign["id"], "total": -foreign["total"]}, {"cancels_id": forger.note["id"]},
        {"family_id": foreign["family_id"]}, {"letterhead_id": foreign["letterhead_id"]},
    ):  # fmt: skip
        with _refused(CLOSED), officer.transaction():
            forger.credit(number, invoice, **changed)
            forger.settle()


def test_a_credit_note_is_addressed_to_whom_the_invoice_was(forger: _Forger, officer: Connection) -> None:
    invoice = forger.invoice(forger.draw())
    note = forger.credit(forger.draw(NOTES), invoice)
    forger.settle()
    with _refused(CLOSED):
        more = "INSERT INTO invoice_payers (invoice_id, rank, name, address) VALUES (%s, 2, 'Y', '[]')"
        officer.execute(more, [note])


def test_a_billed_day_is_free_again_only_by_a_credit_note(borough: Borough) -> None:
    """Freed by hand it would be billed twice; corrected by hand it would no longer be what was billed."""
    agents = (login_of(Role.SECRETARY, "service"), OFFICER, login_of(Role.ADMINISTRATOR, "town"))
    for login in agents:
        with borough.opened(login) as connection:
            billed = "WHERE charge_id IN (SELECT id FROM charges WHERE invoice_id IS NOT NULL)"
            assert told(connection, f"UPDATE attendances SET charge_id = NULL {billed}") in {CLOSED, FORBIDDEN}
            assert told(connection, f"UPDATE attendances SET state = 'absent' {billed}") in {CLOSED, FORBIDDEN}
            assert told(connection, f"UPDATE attendances SET billing_month = '2025-12-01' {billed}") in {
                CLOSED, FORBIDDEN
            }
    with borough.opened(agents[0]) as connection:
        (row,) = connection.execute("SELECT id FROM attendances WHERE charge_id IS NOT NULL LIMIT 1").fetchall()
        assert told(connection, "SELECT remove_attendances(%s)", [row["id"]]) == CLOSED


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE families SET name = 'Tous'",
        "UPDATE people SET email = ''",
        "UPDATE families SET name = 'Tous', version = version",
        "UPDATE families SET name = 'Tous', version = version + 2",
        "UPDATE families SET name = 'Tous', version = 1",
        ("INSERT INTO families (id, name, sort_name, billing_email, caf_number, version)"
         " SELECT id, 'Tous', '', '', '', 1 FROM families ON CONFLICT (id) DO UPDATE SET name = 'Tous'"),
        "MERGE INTO families f USING families g ON f.id = g.id WHEN MATCHED THEN UPDATE SET name = 'Tous'",
    ],
)
def test_a_blind_save_of_many_records_is_refused(statement: str, borough: Borough) -> None:
    with borough.opened(login_of(Role.SECRETARY, "town")) as connection:
        assert told(connection, statement) == STALE


def test_a_journal_line_is_signed_by_who_writes_it(borough: Borough) -> None:
    with borough.opened(OFFICER) as connection:
        line = (
            "INSERT INTO audit_journal (at, actor, action, subject, details)"
            " VALUES (now(), %s, 'month.issued', '', '{}')"
        )
        assert told(connection, line, OFFICER) == "1 rows"
        assert told(connection, line, "quelqu'un d'autre") == FORBIDDEN
        assert told(connection, "UPDATE audit_journal SET actor = 'x'") == FORBIDDEN
        with connection.transaction(force_rollback=True):
            backdated = line.replace("now()", "'2020-01-01'") + " RETURNING at > now() AS told"
            assert connection.execute(backdated, [OFFICER]).fetchone() == {"told": True}  # the hour of the server
        run = (
            "INSERT INTO billing_runs (month, issued_on, services, actor, at)"
            " VALUES ('2025-10-01', '2025-11-15', '[\"CANT\"]', %s, now())"
        )
        assert told(connection, run, OFFICER) == "1 rows"
        assert told(connection, run, "quelqu'un d'autre") == FORBIDDEN
        assert told(connection, "DELETE FROM row_journal") == FORBIDDEN
        assert told(
            connection, "INSERT INTO row_journal (at, actor, moment, table_name, row_id, verb)"
            " VALUES (now(), session_user, 0, 'families', 1, 'I')",
        ) == FORBIDDEN
