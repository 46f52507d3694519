"""A shared database whose rights are not those that this program put there is told, before and during work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from backoffice.cli.checks import Check, all_checks
from backoffice.kernel.access import install
from backoffice.kernel.access.fingerprint import differences, fingerprint
from backoffice.kernel.access.install import expected_digest, installed_mark
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import Database, migrate, open_database
from backoffice.kernel.errors import EnvironmentFault
from tests.support.shared import by_administrator
from tests.support.towns import NOON

CHANGED_BY_HAND = {
    "ALTER POLICY select_enf_billing_read ON invoices USING (true)": "règles de la table invoices",
    "DROP POLICY select_enf_families_read ON families": "règles de la table families",
    "ALTER TABLE charges DISABLE TRIGGER charges_no_update": "déclencheurs de la table charges",
    "ALTER TABLE families DISABLE ROW LEVEL SECURITY": "protection de la table families",
    "GRANT DELETE ON attendances TO enf_attendance_edit": "droits sur attendances",
    "GRANT UPDATE (total) ON invoices TO enf_billing_issue": "droits sur les colonnes de invoices",
    "ALTER TABLE payers DROP CONSTRAINT ck_payers_rank": "contraintes de la table payers",
    "CREATE FUNCTION novelty() RETURNS int LANGUAGE sql AS 'SELECT 1'": "fonction novelty()",
    "GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC": "fonction lo_create(oid)",
    "GRANT USAGE ON SCHEMA public TO PUBLIC": "droits de tous sur le schéma",
}


@pytest.fixture
def administrator(shared_address: DatabaseAddress) -> Iterator[Database]:
    database = Database(shared_address)
    with by_administrator(database) as opened:
        yield opened
    database.close()


@pytest.mark.parametrize(("gesture", "told"), CHANGED_BY_HAND.items())
def test_a_rule_changed_by_hand_is_named(gesture: str, told: str, administrator: Database) -> None:
    with administrator.engine.connect() as connection:
        mark = installed_mark(connection)
        assert mark is not None
        assert differences(mark.catalogue, fingerprint(connection)) == ()
        connection.exec_driver_sql(gesture)
        assert told in differences(mark.catalogue, fingerprint(connection))


@pytest.mark.spoils
def test_the_doctor_tells_an_agent_what_was_changed_and_migrating_mends_it(
    administrator: Database, shared_address: DatabaseAddress
) -> None:
    assert _rights(shared_address).well
    with administrator.write() as session:
        session.execute(text("ALTER POLICY select_enf_billing_read ON invoices USING (true)"))
    check = _rights(shared_address)
    assert (check.well, "règles de la table invoices" in check.detail) == (False, True)

    migrate(administrator)

    assert _rights(shared_address).well


def _rights(address: DatabaseAddress) -> Check:
    return next(check for check in all_checks(address) if check.what == "Droits de la base")


def test_the_doctor_judges_what_the_login_sees(administrator: Database, shared_address: DatabaseAddress) -> None:
    told = {check.what: check for check in all_checks(shared_address)}
    assert told["Cohérence"].well
    above = {check.what: check for check in all_checks(administrator.address)}
    assert (above["Ouverture"].well, above["Droits de la base"].well, above["Cohérence"].well) == (True, True, True)
    assert "non vérifiées" not in above["Cohérence"].detail


@pytest.mark.parametrize(("program", "code"), [("0.0.9", "database.older"), ("99.10.0", "database.newer")])
def test_the_rights_of_another_program_are_not_worked_with(
    program: str, code: str, administrator: Database, shared_address: DatabaseAddress,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as other:
        other.setattr(install, "__version__", program)
        other.setattr(install, "expected_digest", lambda: "another")
        with administrator.engine.begin() as connection:
            install.install(connection)
    with pytest.raises(EnvironmentFault) as fault:
        open_database(shared_address, NOON)
    assert fault.value.code == code


def test_the_same_rights_of_another_version_are(
    administrator: Database, shared_address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most versions change no right."""
    with monkeypatch.context() as other:
        other.setattr(install, "__version__", "99.0.0")
        with administrator.engine.begin() as connection:
            install.install(connection)
    open_database(shared_address, NOON).close()


def test_a_database_without_rights_is_not_worked_with(
    administrator: Database, shared_address: DatabaseAddress
) -> None:
    with administrator.write() as session:
        session.execute(text("COMMENT ON SCHEMA public IS NULL"))
    with pytest.raises(EnvironmentFault) as fault:
        open_database(shared_address, NOON)
    assert fault.value.code == "database.older"


def test_putting_the_rights_in_place_twice_changes_nothing(administrator: Database) -> None:
    with administrator.engine.begin() as connection:
        before = fingerprint(connection), installed_mark(connection)
        install.install(connection)
        assert (fingerprint(connection), installed_mark(connection)) == before
        assert before[1] is not None
        assert before[1].rights == expected_digest()
