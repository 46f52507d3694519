"""The journal of rows.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# SQLite gives automatic row ids to INTEGER primary keys only.
_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table('row_journal',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor', sa.String(length=120), nullable=False),
        sa.Column('moment', _IDENTIFIER, nullable=False),
        sa.Column('table_name', sa.String(length=63), nullable=False),
        sa.Column('row_id', _IDENTIFIER, nullable=False),
        sa.Column('verb', sa.String(length=1), nullable=False),
        sa.Column('before', _JSON, nullable=True),
        sa.Column('after', _JSON, nullable=True),
        sa.Column('digest', sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint('id', name='pk_row_journal')
    )
    op.create_index('ix_row_journal_moment', 'row_journal', ['moment'], unique=False)
    op.create_index('ix_row_journal_row', 'row_journal', ['table_name', 'row_id'], unique=False)
    op.create_table('acting',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('login', sa.String(length=120), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('id = 1', name='ck_acting_only_one'),
        sa.PrimaryKeyConstraint('id', name='pk_acting')
    )
    op.execute("INSERT INTO acting (id, login, at) VALUES (1, '', '2000-01-01 00:00:00.000000')")
    if op.get_bind().dialect.name == "postgresql":
        _follow_on_a_server()
    else:
        _follow_in_a_file()


# What the window shows the history of: every column, so that a value that changed is found whatever it is.
_FOLLOWED = {
    "families": ("id", "name", "sort_name", "billing_email", "caf_number", "version"),
    "people": ("id", "title", "last_name", "first_name", "birth_name", "sort_name", "birth_date", "sex", "street",
               "postcode", "city", "phone", "mobile", "email", "version"),
    "memberships": ("id", "family_id", "person_id", "role", "is_holder"),
    "payers": ("id", "family_id", "person_id", "rank", "valid_from", "valid_to"),
    "quotients": ("id", "family_id", "value", "source", "valid_from", "valid_to"),
    "incomes": ("id", "family_id", "annual", "dependent_children", "disabled_children", "source", "valid_from",
                "valid_to"),
}


def _follow_on_a_server() -> None:
    op.execute(
        "CREATE FUNCTION journal_row() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp"
        " AS $$ BEGIN INSERT INTO row_journal (at, actor, moment, table_name, row_id, verb, before, after)"
        " SELECT clock_timestamp(), session_user, pg_current_xact_id()::text::bigint, TG_TABLE_NAME,"
        " CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END, left(TG_OP, 1),"
        " CASE TG_OP WHEN 'INSERT' THEN NULL ELSE to_jsonb(OLD) END,"
        " CASE TG_OP WHEN 'DELETE' THEN NULL ELSE to_jsonb(NEW) END; RETURN NULL; END $$"
    )
    op.execute("REVOKE ALL ON FUNCTION journal_row() FROM PUBLIC")
    for table in _FOLLOWED:
        op.execute(
            f"CREATE TRIGGER {table}_journal AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
            " EXECUTE FUNCTION journal_row()"
        )


def _follow_in_a_file() -> None:
    """SQLite has no common function, nor a user: `acting` says who it is, and when."""
    for table, columns in _FOLLOWED.items():
        for verb in ("INSERT", "UPDATE", "DELETE"):
            old, new = (
                f"json_object({', '.join(f'{name!r}, {row}.{name}' for name in columns)})" for row in ("OLD", "NEW")
            )
            row = "OLD" if verb == "DELETE" else "NEW"
            op.execute(
                f"CREATE TRIGGER {table}_journal_{verb.lower()} AFTER {verb} ON {table} BEGIN"
                " INSERT INTO row_journal (at, actor, moment, table_name, row_id, verb, before, after)"
                f" SELECT at, login, 0, '{table}', {row}.id, '{verb[0]}',"
                f" {'NULL' if verb == 'INSERT' else old}, {'NULL' if verb == 'DELETE' else new} FROM acting; END"
            )
