"""Documents of families, registrations that ask for them, and letters.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# SQLite gives automatic row ids to INTEGER primary keys only.
_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _registrations()
    _types()
    _documents()
    _arrivals()
    _letters()
    _only_added_to("document_openings")


def _partial(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _registrations() -> None:
    op.create_table('registrations',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('child_id', _IDENTIFIER, nullable=False),
        sa.Column('activity_id', _IDENTIFIER, nullable=False),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=True),
        sa.Column('state', sa.String(length=12), nullable=False),
        sa.Column('provisional_until', sa.Date(), nullable=True),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint('last_day IS NULL OR last_day >= first_day', name='ck_registrations_period'),
        sa.CheckConstraint("state IN ('requested', 'accepted', 'waiting', 'refused', 'withdrawn')", name='ck_registrations_state'),
        sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name='fk_registrations_activity_id_activities'),
        sa.ForeignKeyConstraint(['child_id'], ['people.id'], name='fk_registrations_child_id_people'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_registrations_family_id_families'),
        sa.PrimaryKeyConstraint('id', name='pk_registrations')
    )
    op.create_index('ix_registrations_activity_id', 'registrations', ['activity_id'], unique=False)
    op.create_index('ix_registrations_child_activity', 'registrations', ['child_id', 'activity_id'], unique=False)
    op.create_index('ix_registrations_family_id', 'registrations', ['family_id'], unique=False)


def _types() -> None:
    op.create_table('document_types',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('code', sa.String(length=30), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('owner', sa.String(length=10), nullable=False),
        sa.Column('sensitivity', sa.String(length=12), nullable=False),
        sa.Column('validity', sa.String(length=20), nullable=False),
        sa.Column('validity_years', _IDENTIFIER, nullable=False),
        sa.Column('alternative_group', sa.String(length=30), nullable=False),
        sa.Column('rule', sa.String(length=240), nullable=False),
        sa.Column('feeds', sa.String(length=20), nullable=False),
        sa.Column('condition', sa.String(length=20), nullable=False),
        sa.Column('form', sa.String(length=60), nullable=False),
        sa.Column('reject_reasons', sa.JSON(), nullable=False),
        sa.Column('retention_days', _IDENTIFIER, nullable=False),
        sa.Column('position', _IDENTIFIER, nullable=False),
        sa.Column('last_day', sa.Date(), nullable=True),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint('retention_days >= 0', name='ck_document_types_retention'),
        sa.CheckConstraint('validity_years BETWEEN 0 AND 20', name='ck_document_types_years'),
        sa.CheckConstraint("owner IN ('family', 'child', 'adult')", name='ck_document_types_owner'),
        sa.CheckConstraint("sensitivity IN ('usual', 'sensitive', 'health')", name='ck_document_types_sensitivity'),
        sa.CheckConstraint("validity IN ('forever', 'years', 'school_year', 'on_document')", name='ck_document_types_validity'),
        sa.CheckConstraint("feeds IN ('', 'quotient', 'insurance', 'vaccines')", name='ck_document_types_feeds'),
        sa.CheckConstraint("condition IN ('', 'pai', 'debit')", name='ck_document_types_condition'),
        sa.PrimaryKeyConstraint('id', name='pk_document_types'),
        sa.UniqueConstraint('code', name='uq_document_types_code')
    )
    op.create_table('document_requirements',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('type_id', _IDENTIFIER, nullable=False),
        sa.Column('service_id', _IDENTIFIER, nullable=True),
        sa.Column('activity_id', _IDENTIFIER, nullable=True),
        sa.Column('is_mandatory', sa.Boolean(), nullable=False),
        sa.Column('blocks', sa.String(length=12), nullable=False),
        sa.CheckConstraint('activity_id IS NULL OR service_id IS NOT NULL', name='ck_document_requirements_activity'),
        sa.CheckConstraint("blocks IN ('', 'registration', 'booking')", name='ck_document_requirements_blocks'),
        sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name='fk_document_requirements_activity_id_activities'),
        sa.ForeignKeyConstraint(['service_id'], ['services.id'], name='fk_document_requirements_service_id_services'),
        sa.ForeignKeyConstraint(['type_id'], ['document_types.id'], name='fk_document_requirements_type_id_document_types'),
        sa.PrimaryKeyConstraint('id', name='pk_document_requirements')
    )
    op.create_index('ix_document_requirements_activity_id', 'document_requirements', ['activity_id'], unique=False)
    op.create_index('ix_document_requirements_service_id', 'document_requirements', ['service_id'], unique=False)
    op.create_index('ix_document_requirements_type_id', 'document_requirements', ['type_id'], unique=False)


def _documents() -> None:
    op.create_table('documents',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('person_id', _IDENTIFIER, nullable=True),
        sa.Column('type_id', _IDENTIFIER, nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('origin', sa.String(length=10), nullable=False),
        sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by', sa.String(length=63), nullable=False),
        sa.Column('reason', sa.String(length=30), nullable=False),
        sa.Column('comment', sa.Text(), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=True),
        sa.Column('valid_to', sa.Date(), nullable=True),
        sa.Column('facts', sa.JSON(), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint('valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from', name='ck_documents_period'),
        sa.CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name='ck_documents_decided'),
        sa.CheckConstraint("state IN ('pending', 'accepted', 'rejected')", name='ck_documents_state'),
        sa.CheckConstraint("origin IN ('portal', 'counter', 'email', 'post')", name='ck_documents_origin'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_documents_family_id_families'),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name='fk_documents_person_id_people'),
        sa.ForeignKeyConstraint(['type_id'], ['document_types.id'], name='fk_documents_type_id_document_types'),
        sa.PrimaryKeyConstraint('id', name='pk_documents')
    )
    op.create_index('ix_documents_family_type', 'documents', ['family_id', 'type_id'], unique=False)
    op.create_index('ix_documents_person_id', 'documents', ['person_id'], unique=False)
    _partial('ix_documents_queue', 'documents', ['received_at', 'id'], "decided_at IS NULL")
    op.create_index('ix_documents_type_id', 'documents', ['type_id'], unique=False)
    op.create_table('document_takes',
        sa.Column('document_id', _IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column('login', sa.String(length=63), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name='fk_document_takes_document_id_documents'),
        sa.PrimaryKeyConstraint('document_id', name='pk_document_takes')
    )
    op.create_table('document_files',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('document_id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('position', _IDENTIFIER, nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('media_type', sa.String(length=60), nullable=False),
        sa.Column('size', _IDENTIFIER, nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('pages', _IDENTIFIER, nullable=False),
        sa.Column('flags', sa.JSON(), nullable=False),
        sa.Column('rotation', _IDENTIFIER, nullable=False),
        sa.Column('is_quarantined', sa.Boolean(), nullable=False),
        sa.CheckConstraint('rotation BETWEEN 0 AND 3', name='ck_document_files_rotation'),
        sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name='fk_document_files_document_id_documents'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_document_files_family_id_families'),
        sa.PrimaryKeyConstraint('id', name='pk_document_files')
    )
    op.create_index('ix_document_files_document_id', 'document_files', ['document_id'], unique=False)
    op.create_index('ix_document_files_family_id', 'document_files', ['family_id'], unique=False)
    op.create_table('document_contents',
        sa.Column('file_id', _IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['file_id'], ['document_files.id'], name='fk_document_contents_file_id_document_files'),
        sa.PrimaryKeyConstraint('file_id', name='pk_document_contents')
    )
    op.create_table('document_openings',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor', sa.String(length=120), nullable=False),
        sa.Column('document_id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_document_openings')
    )
    op.create_index('ix_document_openings_document_id', 'document_openings', ['document_id'], unique=False)
    op.create_table('document_waivers',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('person_id', _IDENTIFIER, nullable=True),
        sa.Column('type_id', _IDENTIFIER, nullable=False),
        sa.Column('until', sa.Date(), nullable=False),
        sa.Column('reason', sa.String(length=240), nullable=False),
        sa.Column('given_by', sa.String(length=63), nullable=False),
        sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_document_waivers_family_id_families'),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name='fk_document_waivers_person_id_people'),
        sa.ForeignKeyConstraint(['type_id'], ['document_types.id'], name='fk_document_waivers_type_id_document_types'),
        sa.PrimaryKeyConstraint('id', name='pk_document_waivers')
    )
    op.create_index('ix_document_waivers_family_id', 'document_waivers', ['family_id'], unique=False)
    op.create_index('ix_document_waivers_person_id', 'document_waivers', ['person_id'], unique=False)
    op.create_index('ix_document_waivers_type_id', 'document_waivers', ['type_id'], unique=False)
    op.create_table('document_forms',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('person_id', _IDENTIFIER, nullable=False),
        sa.Column('type_id', _IDENTIFIER, nullable=False),
        sa.Column('generated_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_document_forms_family_id_families'),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name='fk_document_forms_person_id_people'),
        sa.ForeignKeyConstraint(['type_id'], ['document_types.id'], name='fk_document_forms_type_id_document_types'),
        sa.PrimaryKeyConstraint('id', name='pk_document_forms')
    )
    op.create_index('ix_document_forms_family_id', 'document_forms', ['family_id'], unique=False)
    op.create_index('ix_document_forms_person_id', 'document_forms', ['person_id'], unique=False)
    op.create_index('ix_document_forms_type_id', 'document_forms', ['type_id'], unique=False)


def _arrivals() -> None:
    op.create_table('document_arrivals',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('channel', sa.String(length=10), nullable=False),
        sa.Column('key', sa.String(length=200), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('service_id', _IDENTIFIER, nullable=True),
        sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('sender', sa.String(length=254), nullable=False),
        sa.Column('subject', sa.String(length=240), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint("channel IN ('portal', 'counter', 'email', 'post')", name='ck_document_arrivals_channel'),
        sa.CheckConstraint("state IN ('to_sort', 'sorted', 'discarded')", name='ck_document_arrivals_state'),
        sa.ForeignKeyConstraint(['service_id'], ['services.id'], name='fk_document_arrivals_service_id_services'),
        sa.PrimaryKeyConstraint('id', name='pk_document_arrivals')
    )
    op.create_index('ix_document_arrivals_digest', 'document_arrivals', ['digest'], unique=False)
    op.create_index('ix_document_arrivals_state', 'document_arrivals', ['state'], unique=False)
    op.create_index('ix_document_arrivals_service_id', 'document_arrivals', ['service_id'], unique=False)
    op.create_index('uq_document_arrivals_key', 'document_arrivals', ['channel', 'key'], unique=True)
    op.create_table('document_arrival_files',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('arrival_id', _IDENTIFIER, nullable=False),
        sa.Column('position', _IDENTIFIER, nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('media_type', sa.String(length=60), nullable=False),
        sa.Column('pages', _IDENTIFIER, nullable=False),
        sa.Column('flags', sa.JSON(), nullable=False),
        sa.Column('refusal', sa.String(length=60), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['arrival_id'], ['document_arrivals.id'], name='fk_document_arrival_files_arrival_id_document_arrivals'),
        sa.PrimaryKeyConstraint('id', name='pk_document_arrival_files')
    )
    op.create_index('ix_document_arrival_files_arrival_id', 'document_arrival_files', ['arrival_id'], unique=False)


def _letters() -> None:
    op.create_table('letters',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('kind', sa.String(length=30), nullable=False),
        sa.Column('to_address', sa.String(length=254), nullable=False),
        sa.Column('subject', sa.String(length=240), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('message_id', sa.String(length=60), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('send_after', sa.DateTime(timezone=True), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('tries', _IDENTIFIER, nullable=False),
        sa.Column('failure', sa.String(length=240), nullable=False),
        sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint("kind IN ('documents_decided', 'documents_reminder', 'forms_to_sign', 'places_given', 'wishes_answered')", name='ck_letters_kind'),
        sa.CheckConstraint("state IN ('held', 'closed', 'sending', 'sent', 'failed', 'cancelled', 'to_print', 'printed')", name='ck_letters_state'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_letters_family_id_families'),
        sa.PrimaryKeyConstraint('id', name='pk_letters')
    )
    op.create_index('ix_letters_family_id', 'letters', ['family_id'], unique=False)
    _partial('uq_letters_held', 'letters', ['family_id', 'kind'], "closed_at IS NULL", unique=True)
    _partial('ix_letters_waiting', 'letters', ['state', 'send_after'], "sent_at IS NULL")
    op.create_table('letter_items',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('letter_id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('about', sa.String(length=30), nullable=False),
        sa.Column('about_id', _IDENTIFIER, nullable=False),
        sa.Column('facts', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_letter_items_family_id_families'),
        sa.ForeignKeyConstraint(['letter_id'], ['letters.id'], name='fk_letter_items_letter_id_letters'),
        sa.PrimaryKeyConstraint('id', name='pk_letter_items')
    )
    op.create_index('ix_letter_items_family_id', 'letter_items', ['family_id'], unique=False)
    op.create_index('ix_letter_items_letter_id', 'letter_items', ['letter_id'], unique=False)
    op.create_index('uq_letter_items_about', 'letter_items', ['about', 'about_id', 'letter_id'], unique=True)
    op.create_table('letter_files',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('letter_id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('about', sa.String(length=30), nullable=False),
        sa.Column('about_id', _IDENTIFIER, nullable=False),
        sa.Column('name', sa.String(length=160), nullable=False),
        sa.Column('media_type', sa.String(length=60), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_letter_files_family_id_families'),
        sa.ForeignKeyConstraint(['letter_id'], ['letters.id'], name='fk_letter_files_letter_id_letters'),
        sa.PrimaryKeyConstraint('id', name='pk_letter_files')
    )
    op.create_index('ix_letter_files_family_id', 'letter_files', ['family_id'], unique=False)
    op.create_index('ix_letter_files_letter_id', 'letter_files', ['letter_id'], unique=False)
    op.create_index('uq_letter_files_about', 'letter_files', ['about', 'about_id', 'letter_id'], unique=True)
    op.create_table('letter_templates',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('kind', sa.String(length=30), nullable=False),
        sa.Column('subject', sa.String(length=240), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('lines', sa.JSON(), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint("kind IN ('documents_decided', 'documents_reminder', 'forms_to_sign', 'places_given', 'wishes_answered')", name='ck_letter_templates_kind'),
        sa.PrimaryKeyConstraint('id', name='pk_letter_templates'),
        sa.UniqueConstraint('kind', name='uq_letter_templates_kind')
    )


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
