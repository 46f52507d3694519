"""Reading what a month's run needs and making its plan, the same for preview and issue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlalchemy import and_, or_, select

from backoffice.attendance.queries import days_to_bill, families_to_bill, span_to_bill
from backoffice.billing.closed_days import ClosedDayWatch
from backoffice.billing.legal import recovery_threshold
from backoffice.billing.plan import Anomaly, PlannedCharge, PlannedGroup, PriceDifference, RunPlan, Severity
from backoffice.billing.pricing import Difference, PricedLine, Pricer, by_day
from backoffice.billing.remarks import run_remarks
from backoffice.billing.rules import Outcome, outcome
from backoffice.billing.tables import ChargeRow
from backoffice.catalog.queries import Service, Slot, closed_days, services_in_scope, slots_of
from backoffice.families.queries import (
    ChildName,
    FamilyName,
    child_names,
    family_names,
    holders_by_family,
    incomes_during,
    payers_on,
    quotients_during,
)
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month, Period
from backoffice.kernel.progress import Progress
from backoffice.tariffs.queries import psu_figures, tariffs_of

_PROGRESS_EVERY = 2_000

_Groups = dict[tuple[int, int], list[PlannedCharge]]


def plan_month(
    session: Session,
    month: Month,
    issued_on: date,
    service_codes: Collection[str],
    progress: Progress,
    *,
    for_update: bool = False,
) -> RunPlan:
    """Price every open unit of the month and gather it with the open charges, by family and service.

    `for_update` holds the services until the end of the transaction, so that two runs follow one another.
    Raises UserError `catalog.unknown_service`, `billing.issued_before_month`, `dated.overlap`.
    """
    if issued_on < month.first_day:
        raise UserError("billing.issued_before_month", month=month, day=issued_on)
    services = {s.id: s for s in services_in_scope(session, service_codes, for_update=for_update)}
    slots = slots_of(session, services.keys())
    watch = ClosedDayWatch(slots, closed_days(session))
    pricer = _priced_units(session, month, slots, watch, progress)
    groups = _gather(session, month, services.keys(), slots, pricer)

    refused: dict[tuple[int, int], UserError] = {}
    for refusal in sorted(pricer.refusals, key=lambda refusal: refusal.day):
        refused.setdefault((refusal.family_id, slots[refusal.slot_id].service_id), refusal.error)
    odd = watch.errors()
    names = family_names(session, {family for family, _ in (*groups, *refused, *(key for key, _ in odd))})
    judge = _Judge(session, names, services, issued_on)
    decided = judge.decide(groups, refused)
    for (family_id, service_id), error in odd:
        judge.note(Severity.TO_CHECK, family_id, service_id, error)
    return RunPlan(
        month=month,
        issued_on=issued_on,
        service_codes=tuple(service.code for service in services.values()),
        groups=tuple(decided),
        anomalies=judge.anomalies_in_order(),
        remarks=tuple(run_remarks(session, month, issued_on, services.keys(), slots)),
        price_differences=tuple(_difference(d, slots) for d in pricer.differences),
    )


def _priced_units(
    session: Session, month: Month, slots: Mapping[int, Slot], watch: ClosedDayWatch, progress: Progress
) -> Pricer:
    """Price the month's units as they stream from the database."""
    families = families_to_bill(session, month, slots.values())
    total, first_day = span_to_bill(session, month, slots.values())
    period = Period(first_day, max(month.last_day, first_day))
    pricer = Pricer(
        slots=slots,
        tariffs=tariffs_of(session, {slot.id: f"« {slot.activity} - {slot.label} »" for slot in slots.values()}),
        quotients=by_day("quotient", quotients_during(session, families, period)),
        incomes=by_day("ressources", incomes_during(session, families, period)),
        figures=psu_figures(session),
    )
    for done, unit in enumerate(days_to_bill(session, month, slots.values())):
        if done % _PROGRESS_EVERY == 0:
            progress(done, total, "Calcul des présences")
        pricer.take(unit)
        watch.see(unit)
    progress(total, total, "Calcul des présences")
    return pricer


def _gather(
    session: Session, month: Month, service_ids: Collection[int], slots: Mapping[int, Slot], pricer: Pricer
) -> _Groups:
    lines = list(pricer.lines())
    stored = _open_charges(session, month, service_ids)
    child_ids = {line.key.child_id for line in lines} | {row.child_id for row in stored if row.child_id is not None}
    children = child_names(session, child_ids)
    groups: _Groups = defaultdict(list)
    for line in lines:
        slot = slots[line.key.slot_id]
        child = children[line.key.child_id]
        groups[line.key.family_id, slot.service_id].append(_planned_line(line, slot, child))
    for row in stored:
        child_of_row = children[row.child_id] if row.child_id is not None else None
        slot_of_row = slots.get(row.slot_id) if row.slot_id is not None else None
        groups[row.family_id, row.service_id].append(_planned_row(row, slot_of_row, child_of_row))
    return groups


def _open_charges(session: Session, month: Month, service_ids: Collection[int]) -> list[ChargeRow]:
    """Charges waiting for an invoice: those of the month, and those that earlier runs carried over."""
    statement = select(ChargeRow).where(
        ChargeRow.invoice_id.is_(None),
        ChargeRow.service_id.in_(service_ids),
        or_(ChargeRow.month == month, and_(ChargeRow.month < month, ChargeRow.carried_by_run_id.is_not(None))),
    )
    return list(session.scalars(statement.order_by(ChargeRow.id)))


def _planned_line(line: PricedLine, slot: Slot, child: ChildName) -> PlannedCharge:
    return PlannedCharge(
        charge_id=None,
        child_id=child.id,
        slot_id=slot.id,
        child_name=child.name,
        activity=slot.activity,
        label=slot.label,
        unit=slot.unit,
        month=line.key.month,
        first_day=line.first_day,
        last_day=line.last_day,
        quantity=line.quantity,
        unit_price=line.rate.price.price,
        amount=line.amount,
        basis=line.rate.basis,
        explanation=line.explanation,
        attendance_ids=line.attendance_ids,
        carried=False,
        order=_reading_order(line.key.month, child, slot.activity, slot.position, line.first_day),
    )


def _planned_row(row: ChargeRow, slot: Slot | None, child: ChildName | None) -> PlannedCharge:
    return PlannedCharge(
        charge_id=row.id,
        child_id=row.child_id,
        slot_id=row.slot_id,
        child_name=row.child_name,
        activity=row.activity,
        label=row.label,
        unit=row.unit,
        month=row.month,
        first_day=row.first_day,
        last_day=row.last_day,
        quantity=row.quantity,
        unit_price=row.unit_price,
        amount=row.amount,
        basis=row.basis,
        explanation=tuple(row.explanation),
        attendance_ids=(),
        carried=row.carried_by_run_id is not None,
        order=_reading_order(row.month, child, row.activity, slot.position if slot else 0, row.first_day),
    )


def _reading_order(
    month: Month, child: ChildName | None, activity: str, position: int, first_day: date
) -> tuple[object, ...]:
    """Lines as a family reads them: month by month, eldest child first, then as the activity's day goes."""
    birth = (child.birth_date or date.max) if child else date.max
    return (month, birth, child.id if child else 0, activity, position, first_day)


def _difference(difference: Difference, slots: Mapping[int, Slot]) -> PriceDifference:
    unit = difference.unit
    slot = slots[unit.slot_id]
    announced = Money(unit.announced_cents or 0)
    return PriceDifference(
        unit.day, unit.family_id, unit.child_id, f"{slot.activity} - {slot.label}", announced, difference.computed
    )


class _Judge:
    """Decides each group's outcome and notes what an agent should see before issuing."""

    def __init__(
        self, session: Session, names: Mapping[int, FamilyName], services: Mapping[int, Service], issued_on: date
    ) -> None:
        self._names = names
        self._services = services
        self._threshold = recovery_threshold().at(issued_on)
        self._payers = payers_on(session, names.keys(), issued_on)
        self._holders = holders_by_family(session, names.keys())
        self._anomalies: list[Anomaly] = []

    def decide(
        self, groups: Mapping[tuple[int, int], list[PlannedCharge]], refused: Mapping[tuple[int, int], UserError]
    ) -> list[PlannedGroup]:
        """Groups in the order of their numbers: service, then family in alphabetical order.

        `refused` are the groups with a unit that has no price, and why.
        """
        keys = sorted(
            groups.keys() | refused.keys(),
            key=lambda key: (self._services[key[1]].code, self._names[key[0]].sort_name, key[0]),
        )
        return [self._group(key, groups.get(key, []), refused.get(key)) for key in keys]

    def _group(
        self, key: tuple[int, int], charges: Iterable[PlannedCharge], refusal: UserError | None
    ) -> PlannedGroup:
        family_id, service_id = key
        ordered = tuple(sorted(charges, key=lambda charge: charge.order))
        total = Money.total(charge.amount for charge in ordered)
        decided = outcome(total, self._threshold)
        if refusal is not None:
            self.note(Severity.BLOCKING, family_id, service_id, refusal)
            decided = Outcome.BLOCKED
        payers = self._payers.get(family_id, ())
        if not payers and decided is Outcome.INVOICED:
            self.note(Severity.BLOCKING, family_id, service_id, UserError("family.no_payer"))
            decided = Outcome.BLOCKED
        if decided is Outcome.INVOICED and any(not payer.address for payer in payers):
            self.note(Severity.TO_CHECK, family_id, service_id, UserError("family.payer_without_address"))
        if len(payers) == 1 and self._holders.get(family_id, 0) > 1 and decided is Outcome.INVOICED:
            self.note(Severity.TO_CHECK, family_id, service_id, UserError("family.one_payer_of_two"))
        if any(not charge.amount for charge in ordered):
            self.note(Severity.TO_CHECK, family_id, service_id, UserError("billing.zero_line"))
        return PlannedGroup(
            family_id=family_id,
            family_name=self._names[family_id].name,
            service_id=service_id,
            service_code=self._services[service_id].code,
            charges=ordered,
            outcome=decided,
        )

    def anomalies_in_order(self) -> tuple[Anomaly, ...]:
        """The blocking ones first, then as an agent goes through them: by service and family."""
        return tuple(
            sorted(
                self._anomalies,
                key=lambda a: (a.severity, a.service_code, self._names[a.family_id].sort_name, a.family_id, a.text),
            )
        )

    def note(self, severity: Severity, family_id: int, service_id: int, error: UserError) -> None:
        """Something an agent should see before issuing."""
        name, code = self._names[family_id].name, self._services[service_id].code
        self._anomalies.append(Anomaly(severity, family_id, name, code, error))
