"""First schema: the town, its services, families, tariffs, attendance and billing.

Revision ID: 0001
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite gives automatic row ids to INTEGER primary keys only.
_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Issued documents are only ever inserted; a charge is free until an invoice takes it; a billed day stays what was
# billed; counters only grow; the journal is written once. (table, name, event, condition under which it is refused;
# « IS NOT » compares as PostgreSQL's « IS DISTINCT FROM »)
_BILLED_FACTS = (
    "day", "state", "quantity", "booked_start", "booked_end", "arrived_minute", "left_minute", "billing_month",
)
_FACTS_CHANGE = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _BILLED_FACTS)
_REFUSALS = (
    ("invoices", "no_update", "UPDATE", "TRUE"),
    ("invoices", "no_delete", "DELETE", "TRUE"),
    ("invoice_payers", "no_update", "UPDATE", "TRUE"),
    ("invoice_payers", "no_delete", "DELETE", "TRUE"),
    ("letterheads", "no_update", "UPDATE", "TRUE"),
    ("letterheads", "no_delete", "DELETE", "TRUE"),
    ("charges", "no_update", "UPDATE", "OLD.invoice_id IS NOT NULL"),
    ("charges", "no_delete", "DELETE", "OLD.invoice_id IS NOT NULL"),
    ("attendances", "no_update", "UPDATE", f"OLD.charge_id = NEW.charge_id AND ({_FACTS_CHANGE})"),
    ("attendances", "no_delete", "DELETE", "OLD.charge_id IS NOT NULL"),
    ("number_counters", "no_decrease", "UPDATE", "NEW.last < OLD.last"),
    ("number_counters", "no_delete", "DELETE", "TRUE"),
    ("audit_journal", "no_update", "UPDATE", "TRUE"),
    ("audit_journal", "no_delete", "DELETE", "TRUE"),
)

# What needs a look at other rows. Whoever writes must see them: on the shared database a row that is hidden is not
# there, and what is not there refuses.
#
# An issued document does not grow: as many lines and payers as it was issued with, and lines of its service only. The
# lines of another program's invoice come with it.
_TAKES = (
    "EXISTS (SELECT 1 FROM invoices i WHERE i.id = NEW.invoice_id"
    " AND (i.service_id IS NULL OR i.service_id = NEW.service_id) AND ({}))"
)
_HISTORY = "i.kind = 'historic' AND NEW.stored_price"
_OPEN = "i.kind <> 'historic' AND (SELECT count(*) FROM charges c WHERE c.invoice_id = i.id) < i.line_count"
_ALL_NAMED = (
    "EXISTS (SELECT 1 FROM invoices i WHERE i.id = NEW.invoice_id"
    " AND (SELECT count(*) FROM invoice_payers p WHERE p.invoice_id = i.id) >= i.payer_count)"
)
# A credit note is the opposite of an invoice of its service and family, to as many payers.
_CANCELS = (
    "EXISTS (SELECT 1 FROM invoices i WHERE i.id = NEW.cancels_id AND i.kind = 'invoice'"
    " AND i.service_id = NEW.service_id AND i.family_id = NEW.family_id AND i.letterhead_id = NEW.letterhead_id"
    " AND i.total = -NEW.total AND i.payer_count = NEW.payer_count)"
)
# A day is free again, and a line open again, once a credit note cancelled its invoice, or while none has taken it.
_FREED = (
    "EXISTS (SELECT 1 FROM charges c WHERE c.id = OLD.charge_id AND (c.invoice_id IS NULL"
    " OR EXISTS (SELECT 1 FROM invoices n WHERE n.cancels_id = c.invoice_id)))"
)
_REOPENED = (
    "EXISTS (SELECT 1 FROM charges c JOIN invoices n ON n.cancels_id = c.invoice_id WHERE c.id = NEW.replaces_id"
    " AND c.service_id = NEW.service_id AND c.family_id = NEW.family_id AND c.stored_price)"
)
# (table, name, event, condition, look that refuses)
_GROWTH = (
    ("charges", "no_more", "INSERT", "NEW.invoice_id IS NOT NULL",
     f"NOT {_TAKES.format(f'{_OPEN} OR {_HISTORY}')}"),
    ("charges", "no_more_later", "UPDATE", "OLD.invoice_id IS NULL AND NEW.invoice_id IS NOT NULL",
     f"NOT {_TAKES.format(_OPEN)}"),
    ("charges", "no_stranger", "INSERT", "NEW.replaces_id IS NOT NULL", f"NOT {_REOPENED}"),
    ("invoice_payers", "no_more", "INSERT", "TRUE", _ALL_NAMED),
    ("invoices", "no_false_note", "INSERT", "NEW.kind = 'credit_note'", f"NOT {_CANCELS}"),
    ("attendances", "no_freeing", "UPDATE", "OLD.charge_id IS NOT NULL AND NEW.charge_id IS NOT OLD.charge_id",
     f"NOT {_FREED}"),
)


def upgrade() -> None:
    op.create_table('agents',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('login', sa.String(length=63), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_agents'),
        sa.UniqueConstraint('login', name='uq_agents_login')
    )
    op.create_table('audit_journal',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor', sa.String(length=120), nullable=False),
        sa.Column('action', sa.String(length=80), nullable=False),
        sa.Column('subject', sa.String(length=120), nullable=False),
        sa.Column('details', sa.Text(), nullable=False),
        sa.Column('op_id', sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint('id', name='pk_audit_journal'),
        sa.UniqueConstraint('op_id', name='uq_audit_journal_op_id')
    )
    op.create_index('ix_audit_journal_at', 'audit_journal', ['at'], unique=False)
    op.create_table('billing_runs',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('month', sa.Date(), nullable=False),
        sa.Column('issued_on', sa.Date(), nullable=False),
        sa.Column('services', sa.JSON(), nullable=False),
        sa.Column('actor', sa.String(length=120), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_billing_runs')
    )
    op.create_index('ix_billing_runs_month', 'billing_runs', ['month'], unique=False)
    op.create_table('families',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('name', sa.String(length=160), nullable=False),
        sa.Column('sort_name', sa.String(length=160), nullable=False),
        sa.Column('billing_email', sa.String(length=254), nullable=False),
        sa.Column('caf_number', sa.String(length=20), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_families')
    )
    op.create_index('ix_families_sort_name', 'families', ['sort_name'], unique=False)
    op.create_table('imports',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('kind', sa.String(length=20), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('file_name', sa.String(length=200), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('report', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_imports'),
        sa.UniqueConstraint('digest', name='uq_imports_digest')
    )
    op.create_table('number_counters',
        sa.Column('series', sa.String(length=30), nullable=False),
        sa.Column('last', _IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint('series', name='pk_number_counters')
    )
    op.create_table('people',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('title', sa.String(length=10), nullable=False),
        sa.Column('last_name', sa.String(length=120), nullable=False),
        sa.Column('first_name', sa.String(length=120), nullable=False),
        sa.Column('birth_name', sa.String(length=120), nullable=False),
        sa.Column('sort_name', sa.String(length=240), nullable=False),
        sa.Column('birth_date', sa.Date(), nullable=True),
        sa.Column('sex', sa.String(length=1), nullable=False),
        sa.Column('street', sa.String(length=200), nullable=False),
        sa.Column('postcode', sa.String(length=10), nullable=False),
        sa.Column('city', sa.String(length=120), nullable=False),
        sa.Column('phone', sa.String(length=30), nullable=False),
        sa.Column('mobile', sa.String(length=30), nullable=False),
        sa.Column('email', sa.String(length=254), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_people')
    )
    op.create_index('ix_people_sort_name', 'people', ['sort_name'], unique=False)
    op.create_table('services',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('prefix', sa.String(length=10), nullable=False),
        sa.Column('accounting_number', _IDENTIFIER, nullable=False),
        sa.Column('revenue_office', sa.String(length=160), nullable=False),
        sa.Column('contact', sa.JSON(), nullable=False),
        sa.Column('payment_means', sa.JSON(), nullable=False),
        sa.Column('appeal_text', sa.Text(), nullable=False),
        sa.Column('legal_text', sa.Text(), nullable=False),
        sa.Column('due_day', _IDENTIFIER, nullable=False),
        sa.Column('due_months_after', _IDENTIFIER, nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint('accounting_number BETWEEN 1 AND 999', name='ck_services_accounting_number'),
        sa.CheckConstraint('due_day BETWEEN 1 AND 31 AND due_months_after BETWEEN 0 AND 12', name='ck_services_due_rule'),
        sa.PrimaryKeyConstraint('id', name='pk_services'),
        sa.UniqueConstraint('accounting_number', name='uq_services_accounting_number'),
        sa.UniqueConstraint('code', name='uq_services_code'),
        sa.UniqueConstraint('prefix', name='uq_services_prefix')
    )
    op.create_table('letterheads',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('service_id', _IDENTIFIER, nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('content', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['service_id'], ['services.id'], name='fk_letterheads_service_id_services'),
        sa.PrimaryKeyConstraint('id', name='pk_letterheads')
    )
    op.create_index('uq_letterheads_service_digest', 'letterheads', ['service_id', 'digest'], unique=True)
    op.create_table('structures',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('kind', sa.String(length=30), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint("kind IN ('childcare_center', 'leisure_center', 'youth_center', 'school')", name='ck_structures_kind'),
        sa.PrimaryKeyConstraint('id', name='pk_structures'),
        sa.UniqueConstraint('code', name='uq_structures_code')
    )
    op.create_table('town',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('address', sa.JSON(), nullable=False),
        sa.Column('identifier', sa.String(length=60), nullable=False),
        sa.Column('signatory', sa.String(length=120), nullable=False),
        sa.Column('school_zone', sa.String(length=1), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint("school_zone IN ('A', 'B', 'C')", name='ck_town_school_zone'),
        sa.CheckConstraint('id = 1', name='ck_town_only_one'),
        sa.PrimaryKeyConstraint('id', name='pk_town')
    )
    op.create_table('town_figures',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('figure', sa.String(length=40), nullable=False),
        sa.Column('monthly', sa.BigInteger(), nullable=False),
        sa.Column('label', sa.String(length=160), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=False),
        sa.Column('valid_to', sa.Date(), nullable=True),
        sa.CheckConstraint("figure IN ('psu.floor', 'psu.ceiling')", name='ck_town_figures_figure'),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name='ck_town_figures_period'),
        sa.PrimaryKeyConstraint('id', name='pk_town_figures')
    )
    op.create_table('activities',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('service_id', _IDENTIFIER, nullable=False),
        sa.Column('structure_id', _IDENTIFIER, nullable=True),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('billing_basis', sa.String(length=20), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint("billing_basis IN ('attended', 'booked')", name='ck_activities_billing_basis'),
        sa.ForeignKeyConstraint(['service_id'], ['services.id'], name='fk_activities_service_id_services'),
        sa.ForeignKeyConstraint(['structure_id'], ['structures.id'], name='fk_activities_structure_id_structures'),
        sa.PrimaryKeyConstraint('id', name='pk_activities'),
        sa.UniqueConstraint('code', name='uq_activities_code')
    )
    op.create_index('ix_activities_service_id', 'activities', ['service_id'], unique=False)
    op.create_index('ix_activities_structure_id', 'activities', ['structure_id'], unique=False)
    op.create_table('closures',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('structure_id', _IDENTIFIER, nullable=True),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=False),
        sa.Column('reason', sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(['structure_id'], ['structures.id'], name='fk_closures_structure_id_structures'),
        sa.PrimaryKeyConstraint('id', name='pk_closures')
    )
    op.create_index('ix_closures_structure_id', 'closures', ['structure_id'], unique=False)
    op.create_table('incomes',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('annual', sa.BigInteger(), nullable=False),
        sa.Column('dependent_children', _IDENTIFIER, nullable=False),
        sa.Column('disabled_children', _IDENTIFIER, nullable=False),
        sa.Column('source', sa.String(length=60), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=False),
        sa.Column('valid_to', sa.Date(), nullable=True),
        sa.CheckConstraint('annual >= 0', name='ck_incomes_annual'),
        sa.CheckConstraint('dependent_children >= disabled_children AND disabled_children >= 0', name='ck_incomes_children'),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name='ck_incomes_period'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_incomes_family_id_families'),
        sa.PrimaryKeyConstraint('id', name='pk_incomes')
    )
    op.create_index('ix_incomes_family_id', 'incomes', ['family_id'], unique=False)
    op.create_table('invoices',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('kind', sa.String(length=12), nullable=False),
        sa.Column('origin', sa.String(length=80), nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('debt_number', _IDENTIFIER, nullable=True),
        sa.Column('service_id', _IDENTIFIER, nullable=True),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('family_name', sa.String(length=160), nullable=False),
        sa.Column('run_id', _IDENTIFIER, nullable=True),
        sa.Column('billed_month', sa.Date(), nullable=True),
        sa.Column('issued_on', sa.Date(), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=True),
        sa.Column('total', sa.BigInteger(), nullable=False),
        sa.Column('line_count', _IDENTIFIER, nullable=False),
        sa.Column('payer_count', _IDENTIFIER, nullable=False),
        sa.Column('quotient_text', sa.Text(), nullable=False),
        sa.Column('letterhead_id', _IDENTIFIER, nullable=True),
        sa.Column('cancels_id', _IDENTIFIER, nullable=True),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note', 'historic')", name='ck_invoices_kind'),
        sa.CheckConstraint("(kind = 'credit_note') = (cancels_id IS NOT NULL)", name='ck_invoices_credit_note'),
        sa.CheckConstraint("(kind = 'invoice') = (debt_number IS NOT NULL)", name='ck_invoices_debt_number'),
        sa.CheckConstraint("(kind = 'historic') = (origin <> '')", name='ck_invoices_origin'),
        sa.CheckConstraint("kind = 'historic' OR (service_id IS NOT NULL AND letterhead_id IS NOT NULL)", name='ck_invoices_complete'),
        sa.ForeignKeyConstraint(['cancels_id'], ['invoices.id'], name='fk_invoices_cancels_id_invoices'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_invoices_family_id_families'),
        sa.ForeignKeyConstraint(['letterhead_id'], ['letterheads.id'], name='fk_invoices_letterhead_id_letterheads'),
        sa.ForeignKeyConstraint(['run_id'], ['billing_runs.id'], name='fk_invoices_run_id_billing_runs'),
        sa.ForeignKeyConstraint(['service_id'], ['services.id'], name='fk_invoices_service_id_services'),
        sa.PrimaryKeyConstraint('id', name='pk_invoices'),
        sa.UniqueConstraint('cancels_id', name='uq_invoices_cancels_id'),
        sa.UniqueConstraint('debt_number', name='uq_invoices_debt_number')
    )
    op.create_index('ix_invoices_family_id', 'invoices', ['family_id'], unique=False)
    op.create_index('ix_invoices_letterhead_id', 'invoices', ['letterhead_id'], unique=False)
    op.create_index('ix_invoices_month_service', 'invoices', ['billed_month', 'service_id'], unique=False)
    op.create_index('ix_invoices_run_id', 'invoices', ['run_id'], unique=False)
    op.create_index('ix_invoices_service_id', 'invoices', ['service_id'], unique=False)
    op.create_index('uq_invoices_origin_number', 'invoices', ['origin', 'number'], unique=True)
    op.create_table('memberships',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('person_id', _IDENTIFIER, nullable=False),
        sa.Column('role', sa.String(length=12), nullable=False),
        sa.Column('is_holder', sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('adult', 'child', 'contact')", name='ck_memberships_role'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_memberships_family_id_families'),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name='fk_memberships_person_id_people'),
        sa.PrimaryKeyConstraint('id', name='pk_memberships')
    )
    op.create_index('ix_memberships_person_id', 'memberships', ['person_id'], unique=False)
    op.create_index('uq_memberships_family_person', 'memberships', ['family_id', 'person_id'], unique=True)
    op.create_table('payers',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('person_id', _IDENTIFIER, nullable=False),
        sa.Column('rank', _IDENTIFIER, nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=False),
        sa.Column('valid_to', sa.Date(), nullable=True),
        sa.CheckConstraint('rank IN (1, 2)', name='ck_payers_rank'),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name='ck_payers_period'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_payers_family_id_families'),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name='fk_payers_person_id_people'),
        sa.PrimaryKeyConstraint('id', name='pk_payers')
    )
    op.create_index('ix_payers_family_id', 'payers', ['family_id'], unique=False)
    op.create_index('ix_payers_person_id', 'payers', ['person_id'], unique=False)
    op.create_table('payments',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('paid_on', sa.Date(), nullable=False),
        sa.Column('amount', sa.BigInteger(), nullable=False),
        sa.Column('means', sa.String(length=60), nullable=False),
        sa.Column('payer_name', sa.String(length=240), nullable=False),
        sa.Column('reference', sa.String(length=120), nullable=False),
        sa.Column('origin', sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_payments_family_id_families'),
        sa.PrimaryKeyConstraint('id', name='pk_payments')
    )
    op.create_index('ix_payments_family_id', 'payments', ['family_id'], unique=False)
    op.create_table('quotients',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('value', sa.BigInteger(), nullable=False),
        sa.Column('source', sa.String(length=60), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=False),
        sa.Column('valid_to', sa.Date(), nullable=True),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name='ck_quotients_period'),
        sa.CheckConstraint('value >= 0', name='ck_quotients_value'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_quotients_family_id_families'),
        sa.PrimaryKeyConstraint('id', name='pk_quotients')
    )
    op.create_index('ix_quotients_family_id', 'quotients', ['family_id'], unique=False)
    op.create_table('invoice_files',
        sa.Column('invoice_id', _IDENTIFIER, nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name='fk_invoice_files_invoice_id_invoices'),
        sa.PrimaryKeyConstraint('invoice_id', name='pk_invoice_files')
    )
    op.create_table('invoice_payers',
        sa.Column('invoice_id', _IDENTIFIER, nullable=False),
        sa.Column('rank', _IDENTIFIER, nullable=False),
        sa.Column('person_id', _IDENTIFIER, nullable=True),
        sa.Column('name', sa.String(length=240), nullable=False),
        sa.Column('address', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name='fk_invoice_payers_invoice_id_invoices'),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name='fk_invoice_payers_person_id_people'),
        sa.PrimaryKeyConstraint('invoice_id', 'rank', name='pk_invoice_payers')
    )
    op.create_index('ix_invoice_payers_person_id', 'invoice_payers', ['person_id'], unique=False)
    op.create_table('slots',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('activity_id', _IDENTIFIER, nullable=False),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('label', sa.String(length=80), nullable=False),
        sa.Column('unit', sa.String(length=20), nullable=False),
        sa.Column('start_minute', _IDENTIFIER, nullable=True),
        sa.Column('end_minute', _IDENTIFIER, nullable=True),
        sa.Column('weekdays', sa.String(length=7), nullable=False),
        sa.Column('position', _IDENTIFIER, nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint('start_minute IS NULL OR end_minute > start_minute', name='ck_slots_times'),
        sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name='fk_slots_activity_id_activities'),
        sa.PrimaryKeyConstraint('id', name='pk_slots')
    )
    op.create_index('uq_slots_activity_code', 'slots', ['activity_id', 'code'], unique=True)
    op.create_table('charges',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('service_id', _IDENTIFIER, nullable=False),
        sa.Column('child_id', _IDENTIFIER, nullable=True),
        sa.Column('slot_id', _IDENTIFIER, nullable=True),
        sa.Column('month', sa.Date(), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=False),
        sa.Column('child_name', sa.String(length=240), nullable=False),
        sa.Column('activity', sa.String(length=120), nullable=False),
        sa.Column('label', sa.String(length=200), nullable=False),
        sa.Column('unit', sa.String(length=20), nullable=False),
        sa.Column('quantity', sa.BigInteger(), nullable=False),
        sa.Column('unit_price', sa.BigInteger(), nullable=True),
        sa.Column('amount', sa.BigInteger(), nullable=False),
        sa.Column('basis', sa.String(length=160), nullable=False),
        sa.Column('explanation', sa.JSON(), nullable=False),
        sa.Column('stored_price', sa.Boolean(), nullable=False),
        sa.Column('position', _IDENTIFIER, nullable=False),
        sa.Column('carried_by_run_id', _IDENTIFIER, nullable=True),
        sa.Column('invoice_id', _IDENTIFIER, nullable=True),
        sa.Column('replaces_id', _IDENTIFIER, nullable=True),
        sa.ForeignKeyConstraint(['carried_by_run_id'], ['billing_runs.id'], name='fk_charges_carried_by_run_id_billing_runs'),
        sa.ForeignKeyConstraint(['child_id'], ['people.id'], name='fk_charges_child_id_people'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_charges_family_id_families'),
        sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name='fk_charges_invoice_id_invoices'),
        sa.ForeignKeyConstraint(['replaces_id'], ['charges.id'], name='fk_charges_replaces_id_charges'),
        sa.ForeignKeyConstraint(['service_id'], ['services.id'], name='fk_charges_service_id_services'),
        sa.ForeignKeyConstraint(['slot_id'], ['slots.id'], name='fk_charges_slot_id_slots'),
        sa.PrimaryKeyConstraint('id', name='pk_charges'),
        sa.UniqueConstraint('replaces_id', name='uq_charges_replaces_id')
    )
    op.create_index('ix_charges_carried_by_run_id', 'charges', ['carried_by_run_id'], unique=False)
    op.create_index('ix_charges_child_id', 'charges', ['child_id'], unique=False)
    op.create_index('ix_charges_family_id', 'charges', ['family_id'], unique=False)
    op.create_index('ix_charges_invoice', 'charges', ['invoice_id', 'position'], unique=False)
    op.create_index(
        'ix_charges_open', 'charges',
        ['service_id', 'month'],
        unique=False,
        sqlite_where=sa.text('invoice_id IS NULL'),
        postgresql_where=sa.text('invoice_id IS NULL'),
    )
    op.create_index('ix_charges_service_id', 'charges', ['service_id'], unique=False)
    op.create_index('ix_charges_slot_id', 'charges', ['slot_id'], unique=False)
    op.create_table('tariffs',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('slot_id', _IDENTIFIER, nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=False),
        sa.Column('valid_to', sa.Date(), nullable=True),
        sa.Column('shape', sa.String(length=30), nullable=False),
        sa.Column('parameters', sa.JSON(), nullable=False),
        sa.Column('deliberation', sa.String(length=160), nullable=False),
        sa.Column('version', _IDENTIFIER, nullable=False),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name='ck_tariffs_period'),
        sa.ForeignKeyConstraint(['slot_id'], ['slots.id'], name='fk_tariffs_slot_id_slots'),
        sa.PrimaryKeyConstraint('id', name='pk_tariffs')
    )
    op.create_index('uq_tariffs_slot_from', 'tariffs', ['slot_id', 'valid_from'], unique=True)
    op.create_table('attendances',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('family_id', _IDENTIFIER, nullable=False),
        sa.Column('child_id', _IDENTIFIER, nullable=False),
        sa.Column('slot_id', _IDENTIFIER, nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('state', sa.String(length=20), nullable=False),
        sa.Column('quantity', _IDENTIFIER, nullable=False),
        sa.Column('booked_start', _IDENTIFIER, nullable=True),
        sa.Column('booked_end', _IDENTIFIER, nullable=True),
        sa.Column('arrived_minute', _IDENTIFIER, nullable=True),
        sa.Column('left_minute', _IDENTIFIER, nullable=True),
        sa.Column('billing_month', sa.Date(), nullable=True),
        sa.Column('carried', sa.Boolean(), nullable=False),
        sa.Column('announced_price', sa.BigInteger(), nullable=True),
        sa.Column('charge_id', _IDENTIFIER, nullable=True),
        sa.CheckConstraint("state IN ('booked', 'present', 'absent', 'excused', 'waiting', 'refused')", name='ck_attendances_state'),
        sa.CheckConstraint('booked_end IS NULL OR booked_end > booked_start', name='ck_attendances_booking'),
        sa.CheckConstraint('left_minute IS NULL OR left_minute >= arrived_minute', name='ck_attendances_clock'),
        sa.CheckConstraint('quantity > 0', name='ck_attendances_quantity'),
        sa.ForeignKeyConstraint(['charge_id'], ['charges.id'], name='fk_attendances_charge_id_charges'),
        sa.ForeignKeyConstraint(['child_id'], ['people.id'], name='fk_attendances_child_id_people'),
        sa.ForeignKeyConstraint(['family_id'], ['families.id'], name='fk_attendances_family_id_families'),
        sa.ForeignKeyConstraint(['slot_id'], ['slots.id'], name='fk_attendances_slot_id_slots'),
        sa.PrimaryKeyConstraint('id', name='pk_attendances')
    )
    op.create_index('ix_attendances_charge_id', 'attendances', ['charge_id'], unique=False)
    op.create_index('ix_attendances_day', 'attendances', ['day'], unique=False)
    op.create_index('ix_attendances_family_id', 'attendances', ['family_id'], unique=False)
    op.create_index('ix_attendances_slot_id', 'attendances', ['slot_id'], unique=False)
    op.create_index(
        'ix_attendances_to_bill', 'attendances',
        ['carried', 'billing_month', 'slot_id'],
        unique=False,
        sqlite_where=sa.text('charge_id IS NULL'),
        postgresql_where=sa.text('charge_id IS NULL'),
    )
    op.create_index('uq_attendances_child_slot_day', 'attendances', ['child_id', 'slot_id', 'day'], unique=True)
    op.create_table('payment_allocations',
        sa.Column('id', _IDENTIFIER, nullable=False),
        sa.Column('payment_id', _IDENTIFIER, nullable=False),
        sa.Column('charge_id', _IDENTIFIER, nullable=False),
        sa.Column('amount', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['charge_id'], ['charges.id'], name='fk_payment_allocations_charge_id_charges'),
        sa.ForeignKeyConstraint(['payment_id'], ['payments.id'], name='fk_payment_allocations_payment_id_payments'),
        sa.PrimaryKeyConstraint('id', name='pk_payment_allocations')
    )
    op.create_index('ix_payment_allocations_charge_id', 'payment_allocations', ['charge_id'], unique=False)
    op.create_index('ix_payment_allocations_payment_id', 'payment_allocations', ['payment_id'], unique=False)

    _forbid_changes(op.get_bind().dialect.name)
    _forbid_growth(op.get_bind().dialect.name)


def _forbid_changes(dialect: str) -> None:
    if dialect == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS"
            " $$ BEGIN RAISE EXCEPTION '% of an issued or journalled row', TG_OP USING ERRCODE = 'BE001'; END $$"
        )
        op.execute("REVOKE ALL ON FUNCTION refuse_change() FROM PUBLIC")
    for table, name, event, condition in _REFUSALS:
        if dialect == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({_compared(condition)})"
                " EXECUTE FUNCTION refuse_change()"
            )
            if event == "DELETE":  # TRUNCATE empties a table without passing by its rows
                op.execute(
                    f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
                    " EXECUTE FUNCTION refuse_change()"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} WHEN {condition}"
                f" BEGIN SELECT RAISE(ABORT, '{event} of an issued or journalled row'); END"
            )


def _forbid_growth(dialect: str) -> None:
    for table, name, event, condition, look in _GROWTH:
        if dialect == "postgresql":
            function = f"refuse_{table}_{name}"
            op.execute(
                f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql"
                " SET search_path = pg_catalog, public, pg_temp AS"
                f" $$ BEGIN IF {look} THEN RAISE EXCEPTION 'an issued document stays as it is'"
                " USING ERRCODE = 'BE001'; END IF; RETURN NEW; END $$"
            )
            op.execute(f"REVOKE ALL ON FUNCTION {function}() FROM PUBLIC")
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({_compared(condition)})"
                f" EXECUTE FUNCTION {function}()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} WHEN {condition} AND ({look})"
                " BEGIN SELECT RAISE(ABORT, 'an issued document stays as it is'); END"
            )


def _compared(condition: str) -> str:
    """« IS NOT » between two values as PostgreSQL writes it."""
    return re.sub(r"IS NOT (?=OLD)", "IS DISTINCT FROM ", condition)
