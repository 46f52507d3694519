"""Reading the two published Noethys examples, in place."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from backoffice.importing.noethys import schema
from backoffice.importing.noethys.reader import read_noethys
from backoffice.importing.noethys.source import NoethysSource
from backoffice.importing.noethys.values import cents
from backoffice.kernel.errors import UserError
from tests.importing.noethys_files import every_text

EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "real" / "noethys"
ALSH, CANTINE = "EXEMPLE_alsh_DATA.dat", "EXEMPLE_cantine_DATA.dat"
both = pytest.mark.parametrize("name", [ALSH, CANTINE])
needs_examples = pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason="les fichiers d'exemple de Noethys (../shared/real/noethys) ne sont pas là")

# Where each table of expected.json ends up; the others must be left out, with the same count.
READ_AS = {"familles": "families", "individus": "people", "rattachements": "memberships", "activites": "activities",
           "groupes": "groups", "unites": "units", "inscriptions": "enrollments", "consommations": "attendance",
           "prestations": "lines", "factures": "invoices", "reglements": "payments", "ventilation": "allocations",
           "quotients": "quotients", "pieces": "documents", "types_pieces": "document_types"}
LEFT = ("utilisateurs", "contrats", "cotisations", "scolarite", "historique")


@pytest.fixture(scope="module")
def example() -> Any:
    read: dict[str, NoethysSource] = {}

    def get(name: str) -> NoethysSource:
        if name not in read:
            read[name] = read_noethys(EXAMPLES / name)
        return read[name]

    return get


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / "expected.json").read_text("utf-8"))[name]
    return found


@both
@needs_examples
def test_every_record_of_an_example_is_read_or_left_out(example: Any, name: str) -> None:
    source, wanted = example(name), expected(name)
    assert source.version == wanted["version"]
    assert {table: len(getattr(source, read)) for table, read in READ_AS.items()} == {
        table: wanted["lignes"][table] for table in READ_AS}
    whole_tables = {left.table: left.count for left in source.left_out}
    assert {table: whole_tables.get(table, 0) for table in LEFT} == {table: wanted["lignes"][table] for table in LEFT}
    assert [left for left in source.left_out if left.table in READ_AS and left.ids] == []


@both
@needs_examples
def test_tariffs_are_described_or_left_out(example: Any, name: str) -> None:
    source = example(name)
    left = [left for left in source.left_out if left.table == "tarifs" and left.ids]
    assert len(source.tariffs) + sum(item.count for item in left) == expected(name)["lignes"]["tarifs"]
    assert {item.ids for item in left} == ({(13, 14)} if name == ALSH else set())


@both
@needs_examples
def test_amounts_owed_are_those_of_the_example(example: Any, name: str) -> None:
    source, wanted = example(name), expected(name)
    labels = {activity.id: activity.name for activity in source.activities} | {None: "-"}
    by_activity: Counter[str] = Counter()
    by_month: Counter[str] = Counter()
    for line in source.lines:
        by_activity[labels[line.activity_id]] += line.amount_cents
        by_month[f"{line.day:%Y-%m}"] += line.amount_cents
    assert by_activity == {label: cents(total) for label, total in wanted["prestations_total_par_activite"].items()}
    assert by_month == {month: cents(total) for month, total in wanted["prestations_total_par_mois"].items()}
    assert all(line.quantity * line.unit_price_cents == line.amount_cents for line in source.lines)


@both
@needs_examples
def test_attendance_states_are_those_of_the_example(example: Any, name: str) -> None:
    assert Counter(unit.state for unit in example(name).attendance) == expected(name)["consommations_par_etat"]


@both
@needs_examples
def test_invoices_add_up_to_their_lines(example: Any, name: str) -> None:
    source, wanted = example(name), expected(name)["factures"]
    assert sum(invoice.total_cents for invoice in source.invoices) == cents(wanted["total"])
    assert all(invoice.total_cents == invoice.lines_total_cents for invoice in source.invoices)
    assert len({invoice.printed_number for invoice in source.invoices}) == wanted["nombre"]


@both
@needs_examples
def test_payments_are_wholly_allocated(example: Any, name: str) -> None:
    source = example(name)
    assert sum(payment.amount_cents for payment in source.payments) == cents(expected(name)["reglements_total"])
    assert all(payment.amount_cents == payment.allocated_cents for payment in source.payments)


@both
@needs_examples
def test_borrowed_addresses_are_found(example: Any, name: str) -> None:
    source = example(name)
    borrowed = [person for person in source.people if person.address_of is not None]
    assert len(borrowed) == expected(name)["anomalies"]["adresse_par_renvoi_adresse_auto"]
    assert all(person.address is not None for person in source.people)


@both
@needs_examples
def test_every_filled_table_of_an_example_is_accounted_for(example: Any, name: str) -> None:
    source = example(name)
    accounted = {left.table for left in source.left_out} | {selection.table for selection in schema.ALL}
    connection = sqlite3.connect(f"{(EXAMPLES / name).as_uri()}?mode=ro&immutable=1", uri=True)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    filled = {table for table in tables if not table.startswith("sqlite_")
              and connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0]}
    connection.close()
    assert filled - accounted == set()
    assert all(left.what and left.why and left.count > 0 for left in source.left_out)


@both
@needs_examples
def test_no_password_of_an_example_is_kept(example: Any, name: str) -> None:
    connection = sqlite3.connect(f"{(EXAMPLES / name).as_uri()}?mode=ro&immutable=1", uri=True)
    secrets = {str(cell) for table, columns in (
        ("familles", "internet_mdp, internet_identifiant"), ("adresses_mail", "motdepasse"),
        ("utilisateurs", "mdp, mdpcrypt, internet_mdp, internet_identifiant"),
    ) for row in connection.execute(f"SELECT {columns} FROM {table}") for cell in row if cell}
    connection.close()
    assert len(secrets) > 20
    texts = set(every_text(example(name)))
    assert [secret for secret in secrets if any(secret in text for text in texts)] == []


@needs_examples
def test_families_are_named_after_their_holders(example: Any) -> None:
    named = {family.id: family.name for family in example(ALSH).families}
    assert (named[1], named[3], named[7]) == (
        "AUTRET Pierre et Delphine", "GRALL Christian", "PRIGENT Daniel et BROCHARD Catherine")


@needs_examples
def test_deductions_stay_visible_beside_the_amount(example: Any) -> None:
    source = example(ALSH)
    deducted = [line.initial_amount_cents - line.amount_cents for line in source.lines]
    assert sum(1 for amount in deducted if amount) == 24
    assert sum(deducted) == 14400
    assert source.warnings == ()


@both
@needs_examples
def test_half_an_example_is_said_damaged(name: str, tmp_path: Path) -> None:
    whole = (EXAMPLES / name).read_bytes()
    (tmp_path / "moitie.dat").write_bytes(whole[:len(whole) // 2])
    with pytest.raises(UserError) as caught:
        read_noethys(tmp_path / "moitie.dat")
    assert caught.value.code == "import.corrupt"
