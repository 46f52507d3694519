"""The rights table as SQL for the shared database: groups, grants and policies, made anew each time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Date, DateTime, MetaData, Table, TypeDecorator

from backoffice.kernel.access.journal import shared_triggers
from backoffice.kernel.access.perimeters import condition
from backoffice.kernel.access.rights import Grant, Rights, TableRights

OWNER = "enf_owner"
AUDIT_OWNER = "enf_audit"
AGENTS = "enf_agent"
"""Every agent is in it: the right to connect, and nothing else."""
FINDER = "enf_finder"
"""Owns the one function that looks for families where the caller may not: it reads a few columns, and nothing more."""
WORKERS = "enf_worker"
"""The login of the background service is in it: the right to connect, and nothing else."""
READERS = "enf_reader"
"""Who reads every table, to save the base and to check it. Not pg_read_all_data, which also shows the verifiers of the
server's passwords."""

_FUNCTIONS = sorted(Path(__file__).parent.glob("functions*.sql"))
# Who may call what; a trigger needs no right.
_CALLS: Mapping[str, tuple[str, ...]] = {
    "new_families(integer, bigint)": ("families.edit",),
    "new_people(integer)": ("families.edit",),
    "sees_family(bigint)": ("attendance.edit",),
    "sees_person(bigint)": ("families.edit", "attendance.edit"),
    "bills_line(text, bigint)": ("attendance.edit", "billing.issue", "billing.cancel"),
    "draw_numbers(text, integer)": ("billing.issue", "billing.cancel"),
    "changed_since(text)": ("catalog.read",),
    "seal_journal(integer)": ("worker.run",),
    "read_health_sheet(bigint, text)": ("health.read",),
    "write_health_sheet(jsonb)": ("health.edit",),
    "health_alerts(bigint[])": ("attendance.read",),
    "declared_pai(bigint[])": ("documents.read",),
    "child_menus(bigint[])": ("attendance.read",),
    "keep_document_content(bigint, bytea)": ("documents.add",),
    "open_document(bigint)": ("documents.read",),
    "purge_documents(bigint[])": ("documents.configure",),
    "quarantined_files()": ("worker.run",),
    "open_quarantined(text, bigint)": ("worker.run",),
    "end_quarantine(text, bigint, boolean)": ("worker.run",),
    "debited_families(bigint[], date)": ("families.read",),
    "read_mandates(bigint, bigint)": ("bank.read",),
    "show_account(bigint)": ("bank.read",),
    "write_mandate(jsonb)": ("bank.edit",),
    "known_elsewhere(text, date)": ("families.link",),
    "ask_link(text, date, text, bigint, bigint, text)": ("families.link",),
    "decide_link(bigint, boolean)": ("families.edit",),
    "undo_link(bigint)": ("families.edit", "families.link"),
}
# What these functions call themselves, and no agent does.
_INNER_CALLS: Mapping[str, str] = {
    "reaches_child(text, bigint)": OWNER,
    "reaches_family(text, bigint, boolean)": OWNER,
    "families_elsewhere(text, date)": FINDER,
    "note_health_read(bigint, text)": AUDIT_OWNER,
    "note_search(boolean)": AUDIT_OWNER,
    "may_open_document(bigint, bigint)": OWNER,
    "note_document_opening(bigint, bigint)": AUDIT_OWNER,
}
_AUDIT_FUNCTIONS = (
    "journal_row()",
    "journal_masked(jsonb, text, text[])",
    "seal_journal(integer)",
    "changed_since(text)",
)
# What the server gives to everybody and no agent needs: large objects, which have no rows and so no policies; locks of
# the program's own, with which one agent could stop what another waits for; lines of one's own in the server's log.
_SERVER_FUNCTIONS = """
DO $$ DECLARE f regprocedure; BEGIN
    FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND (
        proname LIKE 'lo\\_%' OR proname IN ('loread', 'lowrite', 'pg_logical_emit_message')
        OR proname LIKE 'pg\\_%advisory%'
    ) LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END $$"""
_JSON_IN_TEXT = (("audit_journal", "details"),)
_CONSTRAINTS = (
    ("number_counters", "whole", "INSERT OR UPDATE", "refuse_holes"),
    ("invoices", "whole", "INSERT", "refuse_partial_invoice"),
)
# A letter is what it was when it was closed: later it leaves, fails or leaves again, and never says something else.
_REWRITTEN = "NEW.subject <> OLD.subject OR NEW.body <> OLD.body"
_BEFORE_ROW = (
    ("attendances", "born_hung", "INSERT", "NEW.charge_id IS NOT NULL", "refuse_hanging"),
    ("attendances", "hung", "UPDATE", "NEW.charge_id IS NOT NULL AND NEW.charge_id IS DISTINCT FROM OLD.charge_id",
     "refuse_hanging"),
    ("documents", "sensitivity", "UPDATE", "NEW.type_id <> OLD.type_id OR NEW.state <> OLD.state", "refuse_opening"),
    ("letters", "closed", "UPDATE", f"OLD.closed_at IS NOT NULL AND (NEW.closed_at IS NULL OR {_REWRITTEN})",
     "refuse_change"),
    ("document_types", "sensitivity", "UPDATE", "OLD.sensitivity = 'health' AND NEW.sensitivity <> 'health'",
     "refuse_lowering"),
    ("audit_journal", "hour", "INSERT", "true", "tell_hour"),
)
_AFTER_STATEMENT = (
    ("attendances", "know_family", "know_family"),
    ("registrations", "know_family", "know_registered"),
    ("memberships", "attached", "forget_unattached"),
)


def group_of(permission: str) -> str:
    """The group of the database whose members hold a permission somewhere."""
    return f"enf_{permission.replace('.', '_')}"


def rights_digest(rights: Rights, metadata: MetaData) -> str:
    """What a database must carry to be at the rights of this program."""
    text = "\n".join([
        *function_statements(), *statements(rights, metadata), *shared_triggers(rights, metadata)
    ])
    return hashlib.sha256(text.encode()).hexdigest()


def role_statements(rights: Rights) -> Iterator[str]:
    """The groups, which belong to the whole server: made when they are not there, never dropped."""
    ours = (OWNER, AUDIT_OWNER, AGENTS, WORKERS, READERS, FINDER)
    for role in (*ours, *(group_of(name) for name in rights.permissions)):
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN"
            f" CREATE ROLE {role} NOLOGIN; END IF; END $$"
        )


def function_statements() -> Iterator[str]:
    """The functions, with their owners and their callers."""
    for file in _FUNCTIONS:
        for text in file.read_text("utf-8").split("\n--=\n"):
            yield text.strip()


def statements(rights: Rights, metadata: MetaData) -> Iterator[str]:
    """Everything about tables and functions. Raises ValueError for a table that the rights do not name."""
    tables = metadata.tables
    unknown = set(tables) ^ set(rights.tables)
    if unknown:
        raise ValueError(f"rights and schema do not name the same tables: {', '.join(sorted(unknown))}")
    yield from _house(rights)
    for name in sorted(tables):
        yield from _table(rights.tables[name], tables[name])
    yield from _functions()
    yield f"GRANT USAGE ON SCHEMA public TO {READERS}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {READERS}"
    yield f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READERS}"
    yield f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {READERS}"


def _house(rights: Rights) -> Iterator[str]:
    callers = ", ".join([AGENTS, WORKERS, *(group_of(name) for name in rights.permissions)])
    groups = f"{callers}, {FINDER}"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA public TO {OWNER}, {AUDIT_OWNER}, {AGENTS}, {WORKERS}, {FINDER}"
    yield "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC"
    yield "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC"
    yield "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC"
    yield _SERVER_FUNCTIONS
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {groups}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {groups}"
    yield f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM {callers}"
    yield f"GRANT SELECT ON alembic_version TO {AGENTS}, {WORKERS}"


def _table(table: TableRights, schema: Table) -> Iterator[str]:
    name, owner = table.name, AUDIT_OWNER if table.audit else OWNER
    yield f"ALTER TABLE {name} OWNER TO {owner}"
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    for verb in ("ALL",) if table.audit else table.kept:
        using = "" if verb == "INSERT" else " USING (true)"
        check = " WITH CHECK (true)" if verb in {"INSERT", "UPDATE", "ALL"} else ""
        yield f"CREATE POLICY kept_{verb.lower()} ON {name} FOR {verb} TO {owner}{using}{check}"
    for grant in table.see:
        yield f"GRANT SELECT ON {name} TO {group_of(grant.permission)}"
        yield _policy(table, grant, "SELECT", using=True)
    keys = {column.name for column in schema.primary_key.columns}
    numbered = keys == {"id"} and not table.given_key
    for grant in table.add:
        # A key that nobody chooses is never taken beforehand, to refuse the work of others.
        columns = f" ({', '.join(c.name for c in schema.columns if c.name != 'id')})" if numbered else ""
        yield f"GRANT INSERT{columns} ON {name} TO {group_of(grant.permission)}"
        if numbered:
            yield f"GRANT USAGE ON SEQUENCE {name}_id_seq TO {group_of(grant.permission)}"
        yield _policy(table, grant, "INSERT", check=True)
    for grant, named in table.change.items():
        wanted = named or [c.name for c in schema.columns if c.name not in keys | table.fixed]
        yield f"GRANT UPDATE ({', '.join(wanted)}) ON {name} TO {group_of(grant.permission)}"
        yield _policy(table, grant, "UPDATE", using=True, check=True)
    for grant in table.hold:
        # A lock asks for the right to change something, and no changed row passes the check.
        lock = ["version"] if "version" in schema.columns else sorted(keys)
        yield f"GRANT UPDATE ({', '.join(lock)}) ON {name} TO {group_of(grant.permission)}"
        yield _policy(table, grant, "UPDATE", using=True, name="hold", refuse=True)
    if table.finder:
        yield f"GRANT SELECT ({', '.join(table.finder)}) ON {name} TO {FINDER}"
        yield f"CREATE POLICY finder ON {name} FOR SELECT TO {FINDER} USING (true)"
    if table.remove:
        yield from _removal(table, schema)
    if table.add or table.change:  # what only functions write, they check: a refused sheet would be copied in the log
        yield from _readable(name, schema)
    if "version" in schema.columns:
        yield f"DROP TRIGGER IF EXISTS {name}_version ON {name}"
        yield (
            f"CREATE TRIGGER {name}_version BEFORE UPDATE ON {name} FOR EACH ROW"
            " WHEN (NEW.version IS DISTINCT FROM OLD.version + 1) EXECUTE FUNCTION refuse_stale()"
        )


def _policy(
    table: TableRights, grant: Grant, verb: str, *,
    using: bool = False, check: bool = False, name: str = "", refuse: bool = False,
) -> str:
    group = group_of(grant.permission)
    told = condition(table.name, table.column, grant.perimeter, grant.permission)
    text = f"CREATE POLICY {name or verb.lower()}_{group} ON {table.name} FOR {verb} TO {group}, {OWNER}"
    if using:
        text += f" USING ({told})"
    if check or refuse:
        if verb == "UPDATE" and table.change_to:
            told = condition(table.name, table.column, table.change_to, grant.permission)
        text += f" WITH CHECK ({'false' if refuse else told})"
    return text


def _removal(table: TableRights, schema: Table) -> Iterator[str]:
    """A right to delete would let an agent lock the whole table: rows go through a function instead."""
    (key,) = (column.name for column in schema.primary_key.columns)
    for grant in table.remove:
        told = condition(table.name, table.column, grant.perimeter, grant.permission)
        yield f"CREATE POLICY delete_{group_of(grant.permission)} ON {table.name} FOR DELETE TO {OWNER} USING ({told})"
    name = removal_of(table.name)
    yield (
        f"CREATE OR REPLACE FUNCTION {name}(ids bigint[]) RETURNS bigint LANGUAGE sql SECURITY DEFINER"
        " SET search_path = pg_catalog, public, pg_temp AS"
        f" $$ WITH gone AS (DELETE FROM {table.name} WHERE {key} = ANY(ids) RETURNING 1) SELECT count(*) FROM gone $$"
    )
    yield f"ALTER FUNCTION {name}(bigint[]) OWNER TO {OWNER}"
    yield f"REVOKE ALL ON FUNCTION {name}(bigint[]) FROM PUBLIC"
    groups = ", ".join(group_of(grant.permission) for grant in table.remove)
    yield f"GRANT EXECUTE ON FUNCTION {name}(bigint[]) TO {groups}"


def _readable(table: str, schema: Table) -> Iterator[str]:
    """What the server can hold and no program reads (« infinity », a day before our era) would close a page to
    everybody who sees the row, and a line of the journal is never taken back."""
    texts = [f"{name} BETWEEN '0001-01-02' AND '9999-12-30'" for name in _calendar_columns(schema)]
    texts += [f"{name} IS JSON OBJECT" for named, name in _JSON_IN_TEXT if named == table]
    if texts:
        yield f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_readable"
        yield f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_readable CHECK ({' AND '.join(texts)})"


def _calendar_columns(schema: Table) -> Iterator[str]:
    for column in schema.columns:
        kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
        if isinstance(kind, Date | DateTime):
            yield column.name


def removal_of(table: str) -> str:
    """The function that deletes rows of a table, by their keys."""
    return f"remove_{table}"


def _functions() -> Iterator[str]:
    for signature in _AUDIT_FUNCTIONS:
        yield f"ALTER FUNCTION {signature} OWNER TO {AUDIT_OWNER}"
    for signature, permissions in _CALLS.items():
        if signature not in _AUDIT_FUNCTIONS:
            yield f"ALTER FUNCTION {signature} OWNER TO {OWNER}"
        yield f"GRANT EXECUTE ON FUNCTION {signature} TO {', '.join(map(group_of, permissions))}"
    for signature, owner in _INNER_CALLS.items():
        yield f"ALTER FUNCTION {signature} OWNER TO {owner}"
        yield f"GRANT EXECUTE ON FUNCTION {signature} TO {OWNER}"
    for function in (
        "know_family", "know_registered", "forget_unattached", "refuse_holes", "refuse_partial_invoice",
        "refuse_stale", "refuse_hanging", "refuse_opening", "refuse_lowering", "tell_hour",
    ):
        yield f"ALTER FUNCTION {function}() OWNER TO {OWNER}"
    for table, name, event, function in _CONSTRAINTS:
        yield f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}"
        yield (
            f"CREATE CONSTRAINT TRIGGER {table}_{name} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED"
            f" FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
    for table, name, event, when, function in _BEFORE_ROW:
        yield f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}"
        yield (
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({when})"
            f" EXECUTE FUNCTION {function}()"
        )
    for table, name, function in _AFTER_STATEMENT:
        yield f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}"
        yield (
            f"CREATE TRIGGER {table}_{name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
