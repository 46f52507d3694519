"""Issuing a month: one transaction draws the numbers, freezes the payers and writes everything, or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import func, insert, select, text, update

from backoffice.attendance.commands import mark_billed
from backoffice.billing.plan import PlannedCharge, PlannedGroup, RunPlan
from backoffice.billing.planning import plan_month
from backoffice.billing.rules import Outcome, debt_number, printed_number, series_name
from backoffice.billing.tables import (
    BillingRunRow,
    ChargeRow,
    InvoicePayerRow,
    InvoiceRow,
    LetterheadRow,
    NumberCounterRow,
)
from backoffice.billing.views import InvoiceKind, Letterhead
from backoffice.catalog.queries import Service, Town, find_town, services_in_scope
from backoffice.families.queries import NamedPayer, payers_on
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.batches import batches
from backoffice.kernel.bulk import is_shared, set_by_id
from backoffice.kernel.database import Session
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.events import Event
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from backoffice.kernel.schema import Base

_Payers: TypeAlias = Mapping[int, tuple[NamedPayer, ...]]


@dataclass(frozen=True, slots=True)
class MonthIssued(Event):
    """Invoices of this month were issued."""

    month: Month
    run_id: int


@dataclass(frozen=True, slots=True)
class IssuedRun:
    """What a run did: its plan, and the numbers drawn, in the order of the invoiced groups."""

    plan: RunPlan
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class IssueMonth(Command[IssuedRun]):
    """Issue a month's invoices for these services (none named: all of them)."""

    month: Month
    issued_on: date
    service_codes: tuple[str, ...] = ()
    op_id: UUID | None = None


@use_case(IssueMonth, permission="billing.issue", action="month.issued")
def issue_month(command: IssueMonth, context: Context) -> IssuedRun:
    """Raises NeedsConfirmation: `billing.leave_blocked` when anomalies would leave families out of the run,
    `billing.future_issue` and `billing.issued_before_last` for a date that could not be taken back.
    """
    session = context.session
    if command.issued_on > context.today:
        context.confirm("billing.future_issue", day=command.issued_on)
    plan = plan_month(
        session, command.month, command.issued_on, command.service_codes, context.progress, for_update=True
    )
    if plan.blocked_count:
        context.confirm("billing.leave_blocked", count=plan.blocked_count, month=command.month)
    invoiced, carried = plan.of(Outcome.INVOICED), plan.of(Outcome.CARRIED)
    _ask_about_order(context, command.issued_on, {group.service_id for group in invoiced})
    newly_carried = [g for g in carried if not all(charge.carried for charge in g.charges)]
    if not invoiced and not newly_carried:
        context.record(f"month {command.month}", invoices=0, carried=len(carried))
        return IssuedRun(plan, ())
    run = BillingRunRow(
        month=command.month,
        issued_on=command.issued_on,
        services=list(plan.service_codes),
        actor=context.actor.login,
        at=context.now,
    )
    session.add(run)
    session.flush()
    numbers = _Issue(session, run, services_in_scope(session, plan.service_codes)).write(invoiced)
    _carry(session, run.id, newly_carried)
    context.record(
        f"month {command.month}",
        run=run.id,
        services=plan.service_codes,
        invoices=len(numbers),
        total_cents=Money.total(group.total for group in invoiced).cents,
        carried=len(carried),
        blocked=plan.blocked_count,
        first_number=numbers[0] if numbers else "",
        last_number=numbers[-1] if numbers else "",
    )
    context.events.append(MonthIssued(command.month, run.id))
    return IssuedRun(plan, tuple(numbers))


def _ask_about_order(context: Context, issued_on: date, service_ids: set[int]) -> None:
    """Numbers of a series are read as following the days: a date before the last one is a question."""
    for service in services_in_scope(context.session):
        if service.id not in service_ids:
            continue
        series = series_name(service.prefix, Month.of(issued_on))
        last = context.session.scalar(
            select(func.max(InvoiceRow.issued_on)).where(
                InvoiceRow.service_id == service.id,
                InvoiceRow.kind == InvoiceKind.INVOICE.value,
                InvoiceRow.issued_on > issued_on,
                InvoiceRow.issued_on <= Month.of(issued_on).last_day,
            )
        )
        if last is not None:
            context.confirm("billing.issued_before_last", series=series, last=last, day=issued_on)


class _Issue:
    """Writes the invoices of one run."""

    def __init__(self, session: Session, run: BillingRunRow, services: Iterable[Service]) -> None:
        self._session = session
        self._run = run
        self._services = {service.id: service for service in services}
        self._issued = Month.of(run.issued_on)

    def write(self, groups: Sequence[PlannedGroup]) -> list[str]:
        """Insert invoices, their payers and charges; returns the numbers in the order of the groups."""
        if not groups:
            return []
        payers = payers_on(self._session, {group.family_id for group in groups}, self._run.issued_on)
        rows = self._invoice_rows(groups, payers)
        _insert(self._session, InvoiceRow, rows)
        own = select(InvoiceRow.number, InvoiceRow.id).where(InvoiceRow.run_id == self._run.id)
        ids_by_number: dict[str, int] = {row.number: row.id for row in self._session.execute(own)}
        numbers = [row["number"] for row in rows]
        ids = [ids_by_number[number] for number in numbers]
        self._freeze_payers(groups, ids, payers)
        _bill_charges(self._session, self._run.id, groups, ids)
        return numbers

    def _invoice_rows(self, groups: Sequence[PlannedGroup], payers: _Payers) -> list[dict[str, Any]]:
        town = find_town(self._session)
        letterheads: dict[int, int] = {}
        sequences: dict[int, int] = {}
        for service_id in dict.fromkeys(group.service_id for group in groups):
            service = self._services[service_id]
            letterheads[service_id] = freeze_letterhead(self._session, town, service)
            count = sum(1 for group in groups if group.service_id == service_id)
            series = series_name(service.prefix, self._issued)
            sequences[service_id] = draw_numbers(self._session, series, count)
        rows = []
        for group in groups:
            service = self._services[group.service_id]
            sequence = sequences[service.id]
            sequences[service.id] += 1
            rows.append(
                {
                    "kind": InvoiceKind.INVOICE.value,
                    "origin": "",
                    "number": printed_number(series_name(service.prefix, self._issued), sequence),
                    "debt_number": debt_number(service.accounting_number, self._issued, sequence),
                    "service_id": service.id,
                    "family_id": group.family_id,
                    "family_name": group.family_name,
                    "run_id": self._run.id,
                    "billed_month": self._run.month,
                    "issued_on": self._run.issued_on,
                    "due_on": service.due_rule.due_date(self._run.issued_on),
                    "total": group.total,
                    "line_count": len(group.charges),
                    "payer_count": len(payers[group.family_id]),
                    "quotient_text": group.quotient_text,
                    "letterhead_id": letterheads[service.id],
                    "cancels_id": None,
                    "reason": "",
                }
            )
        return rows

    def _freeze_payers(self, groups: Sequence[PlannedGroup], ids: Sequence[int], payers: _Payers) -> None:
        rows = [
            {
                "invoice_id": invoice_id,
                "rank": rank,
                "person_id": payer.person_id,
                "name": payer.name,
                "address": list(payer.address),
            }
            for group, invoice_id in zip(groups, ids, strict=True)
            for rank, payer in enumerate(payers[group.family_id], 1)
        ]
        _insert(self._session, InvoicePayerRow, rows)


def _bill_charges(session: Session, run_id: int, groups: Sequence[PlannedGroup], ids: Sequence[int]) -> None:
    """Insert the new lines of each invoice, and take those that waited."""
    placed = [
        (charge, group, place, invoice_id)
        for group, invoice_id in zip(groups, ids, strict=True)
        for place, charge in enumerate(group.charges)
    ]
    fresh = [line for line in placed if line[0].charge_id is None]
    _insert(
        session, ChargeRow, [_charge_row(charge, group, place, invoice_id=i) for charge, group, place, i in fresh]
    )
    written = (
        select(ChargeRow.invoice_id, ChargeRow.position, ChargeRow.id)
        .join(InvoiceRow, InvoiceRow.id == ChargeRow.invoice_id)
        .where(InvoiceRow.run_id == run_id)
    )
    charge_ids = {(invoice_id, place): charge for invoice_id, place, charge in session.execute(written)}
    mark_billed(
        session,
        ((unit, charge_ids[i, place]) for charge, _, place, i in fresh for unit in charge.attendance_ids),
    )
    waited = [(charge.charge_id, place, i) for charge, _, place, i in placed if charge.charge_id is not None]
    # The place first: a charge that an invoice holds never changes again.
    set_by_id(session, ChargeRow, "position", [(charge, place) for charge, place, _ in waited])
    set_by_id(session, ChargeRow, "invoice_id", [(charge, i) for charge, _, i in waited])


def _carry(session: Session, run_id: int, groups: Sequence[PlannedGroup]) -> None:
    """Store the lines of groups under the threshold: priced now, billed with the next invoice.

    A line carried by an earlier run keeps that run: it says since when the family waits.
    """
    placed = [(charge, group, place) for group in groups for place, charge in enumerate(group.charges)]
    fresh = [line for line in placed if line[0].charge_id is None]
    _insert(session, ChargeRow, [_charge_row(charge, group, place, run_id=run_id) for charge, group, place in fresh])
    written = select(ChargeRow.family_id, ChargeRow.service_id, ChargeRow.position, ChargeRow.id).where(
        ChargeRow.carried_by_run_id == run_id
    )
    charge_ids = {(family, service, place): charge for family, service, place, charge in session.execute(written)}
    mark_billed(
        session,
        (
            (unit, charge_ids[group.family_id, group.service_id, place])
            for charge, group, place in fresh
            for unit in charge.attendance_ids
        ),
    )
    waiting = [charge.charge_id for charge, *_ in placed if charge.charge_id is not None]
    for some in batches(waiting):
        session.execute(
            update(ChargeRow)
            .where(ChargeRow.id.in_(some), ChargeRow.carried_by_run_id.is_(None))
            .values(carried_by_run_id=run_id)
            .execution_options(synchronize_session=False)
        )


def _insert(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    for some in batches(rows):
        session.execute(insert(table), some)


def _charge_row(
    charge: PlannedCharge,
    group: PlannedGroup,
    position: int,
    *,
    invoice_id: int | None = None,
    run_id: int | None = None,
) -> dict[str, Any]:
    return {
        "family_id": group.family_id,
        "service_id": group.service_id,
        "child_id": charge.child_id,
        "slot_id": charge.slot_id,
        "month": charge.month,
        "first_day": charge.first_day,
        "last_day": charge.last_day,
        "child_name": charge.child_name,
        "activity": charge.activity,
        "label": charge.label,
        "unit": charge.unit,
        "quantity": charge.quantity,
        "unit_price": charge.unit_price,
        "amount": charge.amount,
        "basis": charge.basis,
        "explanation": list(charge.explanation),
        "stored_price": False,
        "position": position,
        "carried_by_run_id": run_id,
        "invoice_id": invoice_id,
        "replaces_id": None,
    }


def draw_numbers(session: Session, series: str, count: int) -> int:
    """Take `count` numbers of a series and return the first: the counter row moves in this very transaction."""
    if is_shared(session):  # nobody moves a counter there but its own function
        drawn = text("SELECT draw_numbers(:series, :count)")
        return int(session.scalars(drawn, {"series": series, "count": count}).one())
    counter = session.get(NumberCounterRow, series)
    if counter is None:
        counter = NumberCounterRow(series=series, last=0)
        session.add(counter)
        session.flush()
    first = counter.last + 1
    counter.last += count
    session.flush()
    return first


def freeze_letterhead(session: Session, town: Town, service: Service) -> int:
    """The row that keeps these very texts; issued invoices show it whatever becomes of the service.

    Raises EnvironmentFault `billing.altered_letterhead` when the row that should keep them keeps others.
    """
    content: Mapping[str, Any] = asdict(
        Letterhead(
            issuer_name=town.name,
            issuer_address=town.address,
            issuer_identifier=town.identifier,
            signatory=town.signatory,
            service_name=service.name,
            revenue_office=service.revenue_office,
            contact=service.contact,
            payment_means=service.payment_means,
            appeal_text=service.appeal_text,
            legal_text=service.legal_text,
        )
    )
    digest = _digest(content)
    same = select(LetterheadRow).where(LetterheadRow.service_id == service.id, LetterheadRow.digest == digest)
    found = session.scalar(same)
    if found is not None:
        if _digest(found.content) != digest:  # laid down under this digest, by SQL, for others to print
            raise EnvironmentFault("billing.altered_letterhead", service=service.name)
        return found.id
    row = LetterheadRow(service_id=service.id, digest=digest, content=dict(content))
    session.add(row)
    session.flush()
    return row.id


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
