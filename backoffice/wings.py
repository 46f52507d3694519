"""Every wing: each registers its use cases, its reads, and what it keeps or checks for others, when it is imported.

This list is what the program can do every day. It is loaded at the first need, so that a window shows its first lines
before the rest of the house is built (`bootstrap.load_wings`).
"""

import backoffice.agents.overview
import backoffice.agents.passwords
import backoffice.attendance.attended
import backoffice.attendance.commands
import backoffice.attendance.day
import backoffice.attendance.keeping
import backoffice.attendance.neighbours
import backoffice.attendance.recording
import backoffice.bank.commands
import backoffice.bank.queries
import backoffice.billing.cancelling
import backoffice.billing.carried
import backoffice.billing.comparison
import backoffice.billing.documents
import backoffice.billing.explaining
import backoffice.billing.freeing
import backoffice.billing.issuing
import backoffice.billing.keeping
import backoffice.billing.lists
import backoffice.billing.months
import backoffice.billing.queries
import backoffice.billing.services
import backoffice.bookings.inbox
import backoffice.bookings.keeping
import backoffice.bookings.queueing
import backoffice.bookings.saving
import backoffice.bookings.wishes
import backoffice.catalog.commands
import backoffice.catalog.editing
import backoffice.catalog.ending
import backoffice.catalog.overview
import backoffice.catalog.queries
import backoffice.documents.adding
import backoffice.documents.arrivals.receiving
import backoffice.documents.arrivals.sorting
import backoffice.documents.booking
import backoffice.documents.deciding
import backoffice.documents.family_side
import backoffice.documents.figures
import backoffice.documents.form_lists
import backoffice.documents.form_making
import backoffice.documents.keeping
import backoffice.documents.obligations
import backoffice.documents.openings
import backoffice.documents.outstanding
import backoffice.documents.quarantine
import backoffice.documents.queue
import backoffice.documents.reminding
import backoffice.documents.retention
import backoffice.documents.rollover
import backoffice.documents.taking
import backoffice.documents.types
import backoffice.documents.vaccines
import backoffice.documents.waiving
import backoffice.families.commands
import backoffice.families.queries
import backoffice.health.commands
import backoffice.health.queries
import backoffice.home.choices
import backoffice.home.work
import backoffice.kernel.changes
import backoffice.letters.commands
import backoffice.letters.queries
import backoffice.letters.sending
import backoffice.registrations.commands
import backoffice.registrations.queries
import backoffice.search.queries
import backoffice.tariffs.commands
import backoffice.tariffs.editing
import backoffice.tariffs.keeping
import backoffice.tariffs.overview
import backoffice.worker.queries  # noqa: F401
