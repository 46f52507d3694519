"""Editing a service: here, because only billing knows whether its prefix is already printed on invoices."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from backoffice.billing.tables import InvoiceRow
from backoffice.billing.views import InvoiceKind
from backoffice.catalog.commands import CatalogChanged, NewService
from backoffice.catalog.editing import change_service
from backoffice.catalog.queries import services_in_scope
from backoffice.kernel.application import Command, Context, Query, Reading, read, use_case
from backoffice.kernel.database import Session


@dataclass(frozen=True)
class EditService(Command[None]):
    """Change a service as it was read at `version`. Issued invoices keep the texts they were issued with."""

    service_id: int
    version: int
    service: NewService


@use_case(EditService, permission="catalog.edit", action="service.edited")
def edit_service(command: EditService, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `catalog.code_is_printed` (code and prefix stay once an invoice
    exists), `catalog.bad_prefix`, `catalog.service_exists`, `catalog.field_missing`, `catalog.field_too_long`."""
    session = context.session
    services_in_scope(session, for_update=True)  # no run may draw the first number between the check and the change
    numbered = command.service_id in _numbered(session)
    changes = change_service(session, command.service_id, command.version, command.service, numbered=numbered)
    context.record(f"service {command.service_id}", **changes)
    context.events.append(CatalogChanged("service", command.service_id))


@dataclass(frozen=True)
class NumberedServices(Query[frozenset[int]]):
    """The ids of the services that have issued: their code and prefix cannot change any more."""


@read(NumberedServices, permission="billing.read")
def numbered_services(_query: NumberedServices, reading: Reading) -> frozenset[int]:
    return _numbered(reading.session)


def _numbered(session: Session) -> frozenset[int]:
    statement = select(InvoiceRow.service_id).where(InvoiceRow.kind == InvoiceKind.INVOICE.value).distinct()
    return frozenset(service for service in session.scalars(statement) if service is not None)
