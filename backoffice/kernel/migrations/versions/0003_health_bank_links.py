"""Health sheets and their readers, bank details, requests to know a family of another service.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# SQLite gives automatic row ids to INTEGER primary keys only.
_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _health()
    _bank()
    _links()
    _only_added_to("health_reads")


def _health() -> None:
    op.create_table('health_sheets',
        sa.Column('person_id', _IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.Column('allergies', sa.String(length=1000), nullable=False),
        sa.Column('menu', sa.String(length=20), nullable=False),
        sa.Column('has_pai', sa.Boolean(), nullable=False),
        sa.Column('pai_until', sa.Date(), nullable=True),
        sa.Column('pai_conduct', sa.String(length=1000), nullable=False),
        sa.Column('treatments', sa.String(length=1000), nullable=False),
        sa.Column('vaccines_until', sa.Date(), nullable=True),
        sa.Column('doctor_name', sa.String(length=120), nullable=False),
        sa.Column('doctor_phone', sa.String(length=30), nullable=False),
        sa.Column('remarks', sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name='fk_health_sheets_person_id_people'),
        sa.PrimaryKeyConstraint('person_id', name='pk_health_sheets')
    )
    op.create_table('health_reads',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor', sa.String(length=120), nullable=False),
        sa.Column('person_id', _IDENTIFIER, nullable=False),
        sa.Column('reason', sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_health_reads')
    )
    op.create_index('ix_health_reads_person_id', 'health_reads', ['person_id'], unique=False)


def _bank() -> None:
    op.create_table('bank_details',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('person_id', _IDENTIFIER, nullable=False),
        sa.Column('holder', sa.String(length=70), nullable=False),
        sa.Column('iban', sa.String(length=34), nullable=False),
        sa.Column('bic', sa.String(length=11), nullable=False),
        sa.Column('mandate_reference', sa.String(length=35), nullable=False),
        sa.Column('signed_on', sa.Date(), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=False),
        sa.Column('valid_to', sa.Date(), nullable=True),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_bank_details_family_id_families'),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name='fk_bank_details_person_id_people'),
        sa.PrimaryKeyConstraint('id', name='pk_bank_details')
    )
    op.create_index('ix_bank_details_family_id', 'bank_details', ['family_id'], unique=False)
    op.create_index('ix_bank_details_person_id', 'bank_details', ['person_id'], unique=False)


def _links() -> None:
    op.create_table('link_requests',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('asked_by', sa.String(length=63), nullable=False),
        sa.Column('service_id', _IDENTIFIER, nullable=False),
        sa.Column('structure_id', _IDENTIFIER, nullable=True),
        sa.Column('person', sa.String(length=240), nullable=False),
        sa.Column('birth_date', sa.Date(), nullable=False),
        sa.Column('reason', sa.String(length=200), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['service_id'], ['services.id'], name='fk_link_requests_service_id_services'),
        sa.ForeignKeyConstraint(['structure_id'], ['structures.id'], name='fk_link_requests_structure_id_structures'),
        sa.PrimaryKeyConstraint('id', name='pk_link_requests')
    )
    op.create_index('ix_link_requests_service_id', 'link_requests', ['service_id'], unique=False)
    op.create_index('ix_link_requests_structure_id', 'link_requests', ['structure_id'], unique=False)
    op.create_table('link_targets',
        sa.Column('request_id', _IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.ForeignKeyConstraint(['request_id'], ['link_requests.id'], name='fk_link_targets_request_id_link_requests'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_link_targets_family_id_families'),
        sa.PrimaryKeyConstraint('request_id', name='pk_link_targets')
    )
    op.create_index('ix_link_targets_family_id', 'link_targets', ['family_id'], unique=False)


def _only_added_to(table: str) -> None:
    """Nobody rewrites the list of who read, its owner no more than another (see 0001)."""
    shared = op.get_bind().dialect.name == "postgresql"
    for name, event in (("no_update", "UPDATE"), ("no_delete", "DELETE")):
        refuse = (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()" if shared
            else f"BEGIN SELECT RAISE(ABORT, '{event} of an issued or journalled row'); END"
        )
        op.execute(f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} {refuse}")
    if shared:
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
