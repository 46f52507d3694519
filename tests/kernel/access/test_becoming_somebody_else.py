"""An agent with psql and time: none of these makes them somebody else, or gives them another place."""

from __future__ import annotations

import psycopg
import pytest

from backoffice.agents.roles import Role
from tests.kernel.access.borough import Borough, login_of, told

FORBIDDEN = "42501"
SECRETARY = login_of(Role.SECRETARY, "structure")
CHIEF = login_of(Role.ADMINISTRATOR, "town")

BECOMING = [
    "SET ROLE enf_owner",
    "SET ROLE enf_audit",
    "SET ROLE enf_agent",
    "SET ROLE enf_families_edit",  # its own group: the rights of a group are inherited, its name is not
    f"SET ROLE {CHIEF}",
    f"SET SESSION AUTHORIZATION {CHIEF}",
    "SET SESSION AUTHORIZATION enf_owner",
    f"GRANT enf_owner TO {SECRETARY}",
    f"GRANT enf_billing_issue TO {SECRETARY}",
    f"GRANT {CHIEF} TO {SECRETARY}",
    f"GRANT pg_read_all_data TO {SECRETARY}",
    f"GRANT SELECT ON agent_grants TO {SECRETARY}",
    f"ALTER ROLE {SECRETARY} SUPERUSER",
    f"ALTER ROLE {SECRETARY} BYPASSRLS",
    f"ALTER ROLE {SECRETARY} CREATEROLE",
    f"ALTER ROLE {SECRETARY} CONNECTION LIMIT -1",
    f"ALTER ROLE {CHIEF} PASSWORD 'connu'",
    f"ALTER ROLE {CHIEF} SET search_path = pg_temp",
    "CREATE ROLE accomplice LOGIN",
    f"REASSIGN OWNED BY enf_owner TO {SECRETARY}",
    "DROP OWNED BY enf_owner",
    "SET session_replication_role = replica",  # would silence every trigger
    "SET log_min_messages = panic",
]

EDITING_ITS_PLACE = [
    "UPDATE agent_scopes SET service_id = NULL",
    f"INSERT INTO agent_scopes (login, permission) VALUES ('{SECRETARY}', 'families.read')",
    "DELETE FROM agent_scopes",
    "UPDATE agent_grants SET role = 'administrator'",
    "INSERT INTO agent_grants (agent_id, role) SELECT id, 'administrator' FROM agents",
    "UPDATE agents SET login = session_user",
    "INSERT INTO agents (login, name, active, version) VALUES ('autre', 'Autre', true, 1)",
    "INSERT INTO family_access (family_id, service_id) SELECT n, 1 FROM generate_series(1, 99) n",
    "UPDATE family_access SET structure_id = NULL",
    "DELETE FROM family_access",
    "INSERT INTO unattached_people (person_id, login) SELECT n, session_user FROM generate_series(1, 99) n",
    "UPDATE unattached_people SET login = session_user",
]

BUILDING = [
    "CREATE TABLE public.families2 (id int)",
    "CREATE TEMP TABLE families (id int)",
    "CREATE TEMP VIEW agent_scopes AS SELECT 1",
    "SELECT 1 INTO TEMP agent_scopes",
    "CREATE SCHEMA mine",
    "CREATE SCHEMA AUTHORIZATION CURRENT_USER",
    "CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
    "CREATE FUNCTION pg_temp.sees_person(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "CREATE OR REPLACE FUNCTION sees_person(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "DO $$ BEGIN CREATE TEMP TABLE slots (id int); END $$",
    "CREATE TYPE public.hole AS (x int)",
    "CREATE SEQUENCE public.hole",
    "CREATE PUBLICATION leak FOR TABLE people",
    "CREATE EVENT TRIGGER hole ON ddl_command_start EXECUTE FUNCTION refuse_stale()",
]

UNDOING_THE_RULES = [
    "ALTER TABLE invoices DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE invoices NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE invoices DISABLE TRIGGER ALL",
    "ALTER TABLE invoices OWNER TO CURRENT_USER",
    "DROP POLICY select_enf_billing_read ON invoices",
    "ALTER POLICY select_enf_billing_read ON invoices USING (true)",
    "CREATE POLICY mine ON invoices USING (true)",
    "DROP TRIGGER invoices_no_update ON invoices",
    "CREATE TRIGGER mine BEFORE INSERT ON invoices FOR EACH ROW EXECUTE FUNCTION refuse_stale()",
    "CREATE RULE mine AS ON SELECT TO invoices DO INSTEAD NOTHING",
    "COMMENT ON TABLE agent_scopes IS ''",
    "DROP FUNCTION draw_numbers(text, integer)",
    "DROP TABLE row_journal",
]


@pytest.mark.parametrize("statement", [*BECOMING, *EDITING_ITS_PLACE, *BUILDING, *UNDOING_THE_RULES])
def test_an_agent_stays_who_and_where_they_are(statement: str, borough: Borough) -> None:
    with borough.opened(SECRETARY) as connection:
        assert told(connection, statement) == FORBIDDEN


def test_even_an_administrator_of_the_town_is_no_administrator_of_the_server(borough: Borough) -> None:
    with borough.opened(CHIEF) as connection:
        answers = {told(connection, statement) for statement in [*EDITING_ITS_PLACE, *BUILDING, *UNDOING_THE_RULES]}
        assert answers == {FORBIDDEN}


def test_turning_the_policies_off_turns_the_tables_off(borough: Borough) -> None:
    with borough.opened(SECRETARY) as connection:
        connection.execute("SET row_security = off")
        for table in ("families", "people", "attendances", "invoices", "family_access"):
            assert told(connection, f"SELECT * FROM {table}") == FORBIDDEN


def test_a_search_path_of_ones_own_changes_nothing(borough: Borough) -> None:
    """Policies and functions know their tables by number, and their own search path."""
    with borough.opened(SECRETARY) as connection:
        before = connection.execute("SELECT id FROM public.people ORDER BY id").fetchall()
        connection.execute("SET search_path = pg_temp, nowhere, pg_catalog")
        assert connection.execute("SELECT id FROM public.people ORDER BY id").fetchall() == before
        (drawn,) = connection.execute("SELECT public.new_people(1) AS id").fetchall()
        connection.execute(
            "INSERT INTO public.people (id, title, last_name, first_name, birth_name, sort_name, sex, street, postcode,"
            " city, phone, mobile, email, version) VALUES (%s, '', 'X', 'Y', '', 'x y', '', '', '', '', '', '', '', 1)",
            [drawn["id"]],
        )
        assert len(connection.execute("SELECT id FROM public.people").fetchall()) == len(before) + 1


def test_an_agent_has_nothing_to_hand_on(borough: Borough) -> None:
    """The server only warns who has some right on the table: nothing may have moved."""
    acl = "SELECT relacl::text FROM pg_class WHERE relname = 'families'"
    with borough.opened(SECRETARY) as connection:
        before = connection.execute(acl).fetchone()
        told(connection, "GRANT SELECT ON families TO PUBLIC")
        connection.execute("GRANT ALL ON families TO enf_families_read")
        assert connection.execute(acl).fetchone() == before


def test_the_server_is_not_set_up_by_its_agents(borough: Borough) -> None:
    with borough.opened(SECRETARY, autocommit=True) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("ALTER SYSTEM SET log_min_messages = panic")


def test_a_password_opens_one_login(borough: Borough) -> None:
    with pytest.raises(psycopg.OperationalError), borough.opened(CHIEF, password=SECRETARY):
        pass
