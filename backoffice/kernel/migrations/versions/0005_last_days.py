"""The last day on which a service, an activity or a slot is offered.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ('services', 'activities', 'slots'):
        op.add_column(table, sa.Column('last_day', sa.Date(), nullable=True))
