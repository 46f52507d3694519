"""Every record that an agent edits has a version, and a save made on another one is refused."""

from __future__ import annotations

from sqlalchemy import text

from backoffice.health.tables import HealthSheetRow
from backoffice.kernel.access.rights import rights
from backoffice.kernel.database import Database
from backoffice.kernel.schema import Base
from tests.kernel.access.borough import Borough

# What may be changed without a version, and what keeps two agents from losing each other's work there.
_OTHERWISE = {
    "memberships": "a command says the place it was read in",
    "payers": "a history, held by its family and compared whole with what was read",
    "quotients": "a history, held by its family and compared whole with what was read",
    "incomes": "a history, held by its family and compared whole with what was read",
    "attendances": "a presence of one day, pointed again by the last who knows; the journal keeps both",
    "charges": "given to an invoice by billing, which holds the month",
    "payment_allocations": "freed by a credit note, which holds its invoice",
    "invoice_files": "where the same PDF was written",
    "document_requirements": "what a place asks for, said whole by the last who decides",
    "document_takes": "a courtesy between agents: the version of the document decides",
    "document_files": "which way up it is, by the last who turned it",
    "document_waivers": "ended once, held by whoever ends it",
    "booking_wishes": "answered once, held by whoever answers",
    "badges": "taken back once",
    "kiosk_codes": "each agent's own",
    "worker_tasks": "one worker at a time is elected",
    "worker_post": "one worker at a time is elected",
}
_VERSIONED = {name for name, table in Base.metadata.tables.items() if "version" in table.columns}


def test_what_may_be_edited_has_a_version_or_a_reason() -> None:
    edited = {name for name, table in rights().tables.items() if table.change}
    assert edited - _VERSIONED == _OTHERWISE.keys()


def test_the_program_itself_checks_each_version_on_both_engines() -> None:
    checked = {str(mapper.local_table) for mapper in Base.registry.mappers if mapper.version_id_col is not None}
    assert _VERSIONED - checked == {HealthSheetRow.__tablename__}  # written by its own function, which compares


def test_the_server_refuses_what_the_program_did_not_check(borough: Borough) -> None:
    database = Database(borough.administrator)
    try:
        with database.read() as session:
            guarded = session.scalars(text(
                "SELECT t.tgrelid::regclass::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
                " WHERE p.proname = 'refuse_stale' AND t.tgenabled = 'O'"
            ))
            assert set(guarded) == _VERSIONED
    finally:
        database.close()
