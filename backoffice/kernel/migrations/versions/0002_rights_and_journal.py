"""Rights by agent, service and structure; the journal of rows and its chain.

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
    _grants()
    _access()
    _journal()


def _unique_where(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=True, sqlite_where=condition, postgresql_where=condition)


def _grants() -> None:
    op.create_table('agent_grants',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('agent_id', _IDENTIFIER, nullable=False),
        sa.Column('role', sa.String(length=40), nullable=False),
        sa.Column('service_id', _IDENTIFIER, nullable=True),
        sa.Column('structure_id', _IDENTIFIER, nullable=True),
        sa.CheckConstraint('structure_id IS NULL OR service_id IS NOT NULL', name='ck_agent_grants_place'),
        sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name='fk_agent_grants_agent_id_agents'),
        sa.ForeignKeyConstraint(['service_id'], ['services.id'], name='fk_agent_grants_service_id_services'),
        sa.ForeignKeyConstraint(['structure_id'], ['structures.id'], name='fk_agent_grants_structure_id_structures'),
        sa.PrimaryKeyConstraint('id', name='pk_agent_grants')
    )
    # NULL equals nothing in an index: the whole town and a whole service are said by indexes of their own.
    op.create_index(
        'uq_agent_grants_structure', 'agent_grants', ['agent_id', 'role', 'service_id', 'structure_id'], unique=True
    )
    _unique_where('uq_agent_grants_service', 'agent_grants', ['agent_id', 'role', 'service_id'], 'structure_id IS NULL')
    _unique_where('uq_agent_grants_town', 'agent_grants', ['agent_id', 'role'], 'service_id IS NULL')
    op.create_index('ix_agent_grants_service_id', 'agent_grants', ['service_id'], unique=False)
    op.create_index('ix_agent_grants_structure_id', 'agent_grants', ['structure_id'], unique=False)
    op.create_table('agent_scopes',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('login', sa.String(length=63), nullable=False),
        sa.Column('permission', sa.String(length=40), nullable=False),
        sa.Column('service_id', _IDENTIFIER, nullable=True),
        sa.Column('structure_id', _IDENTIFIER, nullable=True),
        sa.ForeignKeyConstraint(['service_id'], ['services.id'], name='fk_agent_scopes_service_id_services'),
        sa.ForeignKeyConstraint(['structure_id'], ['structures.id'], name='fk_agent_scopes_structure_id_structures'),
        sa.PrimaryKeyConstraint('id', name='pk_agent_scopes')
    )
    op.create_index('ix_agent_scopes_login_permission', 'agent_scopes', ['login', 'permission', 'service_id'], unique=False)
    op.create_index('ix_agent_scopes_service_id', 'agent_scopes', ['service_id'], unique=False)
    op.create_index('ix_agent_scopes_structure_id', 'agent_scopes', ['structure_id'], unique=False)


def _access() -> None:
    op.create_table('family_access',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('service_id', _IDENTIFIER, nullable=False),
        sa.Column('structure_id', _IDENTIFIER, nullable=True),
        sa.ForeignKeyConstraint(
            ['family_id'], ['families.id'], name='fk_family_access_family_id_families',
            deferrable=True, initially='DEFERRED',
        ),
        sa.ForeignKeyConstraint(['service_id'], ['services.id'], name='fk_family_access_service_id_services'),
        sa.ForeignKeyConstraint(['structure_id'], ['structures.id'], name='fk_family_access_structure_id_structures'),
        sa.PrimaryKeyConstraint('id', name='pk_family_access')
    )
    op.create_index(
        'uq_family_access_structure', 'family_access', ['family_id', 'service_id', 'structure_id'], unique=True
    )
    _unique_where('uq_family_access_service', 'family_access', ['family_id', 'service_id'], 'structure_id IS NULL')
    op.create_index('ix_family_access_service_id', 'family_access', ['service_id'], unique=False)
    op.create_index('ix_family_access_structure_id', 'family_access', ['structure_id'], unique=False)
    op.create_table('unattached_people',
        sa.Column('person_id', _IDENTIFIER, nullable=False),
        sa.Column('login', sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(
            ['person_id'], ['people.id'], name='fk_unattached_people_person_id_people',
            deferrable=True, initially='DEFERRED',
        ),
        sa.PrimaryKeyConstraint('person_id', name='pk_unattached_people')
    )


def _journal() -> None:
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
    op.create_table('journal_chain',
        sa.Column('seq', _IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column('row_id', _IDENTIFIER, nullable=False),
        sa.Column('digest', sa.LargeBinary(), nullable=False),
        sa.Column('chain', sa.LargeBinary(), nullable=False),
        sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('seq', name='pk_journal_chain'),
        sa.UniqueConstraint('row_id', name='uq_journal_chain_row_id')
    )
    op.create_table('journal_keys',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('inner_pad', sa.LargeBinary(), nullable=False),
        sa.Column('outer_pad', sa.LargeBinary(), nullable=False),
        sa.CheckConstraint('id = 1', name='ck_journal_keys_only_one'),
        sa.PrimaryKeyConstraint('id', name='pk_journal_keys')
    )
    op.create_table('acting',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('login', sa.String(length=120), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('id = 1', name='ck_acting_only_one'),
        sa.PrimaryKeyConstraint('id', name='pk_acting')
    )
