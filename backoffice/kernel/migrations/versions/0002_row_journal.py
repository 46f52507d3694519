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
