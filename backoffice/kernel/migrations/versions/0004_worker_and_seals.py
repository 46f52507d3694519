"""The background service; a journal of rows that is only ever added to, and its seals too.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEPT = ("row_journal", "journal_chain")


def upgrade() -> None:
    _service()
    _forbid_changes(op.get_bind().dialect.name)


def _service() -> None:
    op.create_table('worker_tasks',
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('failures', sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column('error', sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint('name', name='pk_worker_tasks')
    )
    post = op.create_table('worker_post',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column('holder', sa.String(length=36), nullable=False),
        sa.Column('computer', sa.String(length=120), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint('id = 1', name='ck_worker_post_only_one'),
        sa.PrimaryKeyConstraint('id', name='pk_worker_post')
    )
    op.bulk_insert(post, [{"id": 1, "holder": "", "computer": "", "seen_at": None}])


def _forbid_changes(dialect: str) -> None:
    for table in _KEPT:
        for event in ("UPDATE", "DELETE"):
            name = f"{table}_no_{event.lower()}"
            if dialect == "postgresql":
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                )
            else:
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, '{event} of a journalled row'); END"
                )
        if dialect == "postgresql":  # it would empty the table without passing by its rows
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
                " EXECUTE FUNCTION refuse_change()"
            )
