"""Reservations and their rules, raw clock events, absences, contracts.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# SQLite gives automatic row ids to INTEGER primary keys only.
_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# JSON in the form of its engine that can be compared.
_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _rules()
    _wishes()
    _clocks()
    _contracts()
    _units()
    _only_added_to("clock_events")


def _partial(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)

def _rules() -> None:
    op.create_table('activity_rules',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('activity_id', _IDENTIFIER, nullable=False),
        sa.Column('kind', sa.String(length=20), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=True),
        sa.Column('value', _DOCUMENT, nullable=False),
        sa.Column('source', sa.String(length=200), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint("kind IN ('notice', 'window', 'combinations', 'capacity', 'supervision', 'season', 'package', 'payment', 'absence')", name='ck_activity_rules_kind'),
        sa.CheckConstraint('last_day IS NULL OR last_day >= first_day', name='ck_activity_rules_period'),
        sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name='fk_activity_rules_activity_id_activities'),
        sa.PrimaryKeyConstraint('id', name='pk_activity_rules')
    )
    op.create_index('uq_activity_rules_from', 'activity_rules', ['activity_id', 'kind', 'first_day'], unique=True)
    op.create_table('age_groups',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('activity_id', _IDENTIFIER, nullable=False),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('label', sa.String(length=80), nullable=False),
        sa.Column('from_months', _IDENTIFIER, nullable=False),
        sa.Column('to_months', _IDENTIFIER, nullable=True),
        sa.Column('position', _IDENTIFIER, nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint('from_months >= 0 AND (to_months IS NULL OR to_months > from_months)', name='ck_age_groups_ages'),
        sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name='fk_age_groups_activity_id_activities'),
        sa.PrimaryKeyConstraint('id', name='pk_age_groups')
    )
    op.create_index('uq_age_groups_activity_code', 'age_groups', ['activity_id', 'code'], unique=True)


def _wishes() -> None:
    op.create_table('booking_requests',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('channel', sa.String(length=10), nullable=False),
        sa.Column('origin_key', sa.String(length=60), nullable=True),
        sa.Column('note', sa.String(length=400), nullable=False),
        sa.CheckConstraint("channel IN ('portal', 'desk', 'phone', 'mail', 'office')", name='ck_booking_requests_channel'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_booking_requests_family_id_families'),
        sa.PrimaryKeyConstraint('id', name='pk_booking_requests'),
        sa.UniqueConstraint('origin_key', name='uq_booking_requests_origin_key')
    )
    op.create_index('ix_booking_requests_family_id', 'booking_requests', ['family_id'], unique=False)
    op.create_table('booking_wishes',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('request_id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('child_id', _IDENTIFIER, nullable=False),
        sa.Column('slot_id', _IDENTIFIER, nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('wish', sa.String(length=10), nullable=False),
        sa.Column('answer', sa.String(length=10), nullable=False),
        sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('answered_by', sa.String(length=120), nullable=False),
        sa.Column('reason', sa.String(length=400), nullable=False),
        sa.CheckConstraint("answer IN ('pending', 'accepted', 'refused', 'withdrawn')", name='ck_booking_wishes_answer'),
        sa.CheckConstraint("wish IN ('book', 'cancel')", name='ck_booking_wishes_wish'),
        sa.ForeignKeyConstraint(['child_id'], ['people.id'], name='fk_booking_wishes_child_id_people'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_booking_wishes_family_id_families'),
        sa.ForeignKeyConstraint(['request_id'], ['booking_requests.id'], name='fk_booking_wishes_request_id_booking_requests'),
        sa.ForeignKeyConstraint(['slot_id'], ['slots.id'], name='fk_booking_wishes_slot_id_slots'),
        sa.PrimaryKeyConstraint('id', name='pk_booking_wishes')
    )
    op.create_index('ix_booking_wishes_child_id', 'booking_wishes', ['child_id'], unique=False)
    _partial('ix_booking_wishes_day', 'booking_wishes', ['day', 'slot_id'], "answered_at IS NULL", unique=False)
    op.create_index('ix_booking_wishes_family_id', 'booking_wishes', ['family_id'], unique=False)
    op.create_index('ix_booking_wishes_request_id', 'booking_wishes', ['request_id'], unique=False)
    op.create_index('ix_booking_wishes_slot_id', 'booking_wishes', ['slot_id'], unique=False)
    _partial('uq_booking_wishes_pending', 'booking_wishes', ['child_id', 'slot_id', 'day'], "answered_at IS NULL", unique=True)


def _clocks() -> None:
    op.create_table('clock_events',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('uid', sa.String(length=36), nullable=False),
        sa.Column('child_id', _IDENTIFIER, nullable=False),
        sa.Column('structure_id', _IDENTIFIER, nullable=False),
        sa.Column('kind', sa.String(length=10), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('minute', _IDENTIFIER, nullable=False),
        sa.Column('device', sa.String(length=60), nullable=False),
        sa.Column('author', sa.String(length=120), nullable=False),
        sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('replaces', sa.String(length=36), nullable=True),
        sa.Column('reason', sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind IN ('arrival', 'departure', 'cancel')", name='ck_clock_events_kind'),
        sa.CheckConstraint('minute BETWEEN 0 AND 1440', name='ck_clock_events_minute'),
        sa.ForeignKeyConstraint(['child_id'], ['people.id'], name='fk_clock_events_child_id_people'),
        sa.ForeignKeyConstraint(['structure_id'], ['structures.id'], name='fk_clock_events_structure_id_structures'),
        sa.PrimaryKeyConstraint('id', name='pk_clock_events'),
        sa.UniqueConstraint('uid', name='uq_clock_events_uid')
    )
    op.create_index('ix_clock_events_child_day', 'clock_events', ['child_id', 'day'], unique=False)
    op.create_index('ix_clock_events_day_structure', 'clock_events', ['day', 'structure_id'], unique=False)
    op.create_index('ix_clock_events_structure_id', 'clock_events', ['structure_id'], unique=False)
    op.create_table('absences',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('child_id', _IDENTIFIER, nullable=False),
        sa.Column('activity_id', _IDENTIFIER, nullable=False),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=False),
        sa.Column('reason', sa.String(length=12), nullable=False),
        sa.Column('announced_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('proof_on', sa.Date(), nullable=True),
        sa.Column('author', sa.String(length=120), nullable=False),
        sa.Column('note', sa.String(length=400), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint("reason IN ('illness', 'hospital', 'eviction', 'leave', 'closure', 'strike', 'other')", name='ck_absences_reason'),
        sa.CheckConstraint('last_day >= first_day', name='ck_absences_period'),
        sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name='fk_absences_activity_id_activities'),
        sa.ForeignKeyConstraint(['child_id'], ['people.id'], name='fk_absences_child_id_people'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_absences_family_id_families'),
        sa.PrimaryKeyConstraint('id', name='pk_absences')
    )
    op.create_index('ix_absences_activity_id', 'absences', ['activity_id'], unique=False)
    op.create_index('ix_absences_child_day', 'absences', ['child_id', 'first_day'], unique=False)
    op.create_index('ix_absences_family_id', 'absences', ['family_id'], unique=False)
    op.create_table('badges',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('person_id', _IDENTIFIER, nullable=False),
        sa.Column('code', sa.String(length=26), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name='fk_badges_person_id_people'),
        sa.PrimaryKeyConstraint('id', name='pk_badges'),
        sa.UniqueConstraint('code', name='uq_badges_code')
    )
    op.create_index('ix_badges_person_id', 'badges', ['person_id'], unique=False)
    _partial('uq_badges_person', 'badges', ['person_id'], "revoked_at IS NULL", unique=True)
    op.create_table('kiosk_codes',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('login', sa.String(length=63), nullable=False),
        sa.Column('salt', sa.String(length=64), nullable=False),
        sa.Column('digest', sa.String(length=128), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_kiosk_codes'),
        sa.UniqueConstraint('login', name='uq_kiosk_codes_login')
    )


def _contracts() -> None:
    op.create_table('contracts',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('child_id', _IDENTIFIER, nullable=False),
        sa.Column('slot_id', _IDENTIFIER, nullable=False),
        sa.Column('kind', sa.String(length=12), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=False),
        sa.Column('pattern', _DOCUMENT, nullable=False),
        sa.Column('smoothing', _DOCUMENT, nullable=False),
        sa.Column('leave_days', _IDENTIFIER, nullable=False),
        sa.Column('replaces_id', _IDENTIFIER, nullable=True),
        sa.Column('note', sa.String(length=400), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint("kind IN ('regular', 'occasional', 'emergency')", name='ck_contracts_kind'),
        sa.CheckConstraint("state IN ('draft', 'signed', 'ended')", name='ck_contracts_state'),
        sa.CheckConstraint('last_day >= first_day', name='ck_contracts_period'),
        sa.ForeignKeyConstraint(['child_id'], ['people.id'], name='fk_contracts_child_id_people'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_contracts_family_id_families'),
        sa.ForeignKeyConstraint(['replaces_id'], ['contracts.id'], name='fk_contracts_replaces_id_contracts'),
        sa.ForeignKeyConstraint(['slot_id'], ['slots.id'], name='fk_contracts_slot_id_slots'),
        sa.PrimaryKeyConstraint('id', name='pk_contracts')
    )
    op.create_index('ix_contracts_child', 'contracts', ['child_id', 'first_day'], unique=False)
    op.create_index('ix_contracts_family_id', 'contracts', ['family_id'], unique=False)
    op.create_index('ix_contracts_replaces_id', 'contracts', ['replaces_id'], unique=False)
    op.create_index('ix_contracts_slot_id', 'contracts', ['slot_id'], unique=False)


def _units() -> None:
    """What is said of a booking besides its state. The columns are added, not the table made again: on an embedded
    database that would drop the triggers that keep what was billed."""
    op.add_column('attendances', sa.Column('special', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('attendances', sa.Column('queued_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('attendances', sa.Column('channel', sa.String(length=10), nullable=False, server_default=sa.text("''")))
    op.add_column('attendances', sa.Column('note', sa.String(length=200), nullable=False, server_default=sa.text("''")))
    op.add_column('attendances', sa.Column('changed_by', sa.String(length=120), nullable=False, server_default=sa.text("''")))
    op.add_column('attendances', sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True))
    key = "CONSTRAINT fk_registrations_group_id_age_groups REFERENCES age_groups (id)"
    op.execute(f"ALTER TABLE registrations ADD COLUMN group_id {_identifier_in_words()} {key}")
    op.create_index('ix_registrations_group_id', 'registrations', ['group_id'], unique=False)
    op.add_column('registrations', sa.Column('channel', sa.String(length=10), nullable=False, server_default=sa.text("''")))
    op.add_column('registrations', sa.Column('reason', sa.String(length=400), nullable=False, server_default=sa.text("''")))


def _identifier_in_words() -> str:
    return "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"


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
