"""Taking over a commune: services, families, attendance; every line priced by our own engine and compared."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from backoffice.attendance.commands import NewAttendance, add_attendances
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.history import (
    HistoricInvoice,
    ReceivedPayment,
    StoredCharge,
    add_historic_invoices,
    add_payments,
    add_stored_charges,
    allocate,
)
from backoffice.billing.views import PayerView
from backoffice.catalog.commands import NewService, NewSlot, add_activity, add_service, add_slots, default_texts
from backoffice.catalog.kinds import BillingBasis
from backoffice.catalog.queries import Town
from backoffice.catalog.rules import DueDateRule
from backoffice.families.commands import (
    NewFamily,
    NewMembership,
    NewPayer,
    NewPerson,
    NewQuotient,
    add_families,
    add_memberships,
    add_payers,
    add_people,
    add_quotients,
)
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import full_name, postal_address
from backoffice.importing.commune.source import Commune, CommuneActivity, CommuneFamily, CommuneUnit, read_commune
from backoffice.importing.report import ImportReport, LeftOut, add_to
from backoffice.importing.takeover import (
    ImportOutcome,
    digest_of,
    earlier_import,
    keep_report,
    town_if_missing,
)
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money, plain_amount
from backoffice.kernel.periods import Month, Period
from backoffice.tariffs.commands import add_tariff
from backoffice.tariffs.rules import Bracket, BracketTariff, Quotient, Situation

_KIND = "commune"
_QUOTIENT_SOURCE = "reprise de la commune"


@dataclass(frozen=True)
class ImportCommune(Command[ImportOutcome]):
    """Take over a commune file. The same file twice changes nothing."""

    path: Path


@use_case(ImportCommune, permission="importing.run", action="commune.imported")
def import_commune(command: ImportCommune, context: Context) -> ImportOutcome:
    """Raises UserError `import.file_missing`, `import.not_json`, `import.bad_entry`, `catalog.service_exists`."""
    digest = digest_of(command.path)
    if (earlier := earlier_import(context, digest)) is not None:
        return earlier
    commune = read_commune(command.path)
    report = _Takeover(commune, context).run()
    return keep_report(context, _KIND, command.path, digest, report)


class _Takeover:
    """Writes one commune; keeps the correspondence between its ids and ours."""

    def __init__(self, commune: Commune, context: Context) -> None:
        self._commune = commune
        self._context = context
        self._session = context.session
        self._start = min((unit.day.replace(day=1) for unit in commune.units), default=commune.billed_month.first_day)
        self._start = min(self._start, commune.billed_month.first_day)
        self._families: dict[int, int] = {}
        self._children: dict[int, int] = {}
        self._slots: dict[str, int] = {}
        self._services: dict[str, int] = {}
        self._prices: dict[tuple[str, int], Money | UserError] = {}

    def run(self) -> ImportReport:
        commune, steps = self._commune, 4
        self._say(0, steps)
        city = commune.families[0].city if commune.families else "Commune"
        town_if_missing(self._context, Town(f"Commune de {city}", (), "", "Le Maire", "A"))
        self._add_services()
        self._say(1, steps)
        self._add_families()
        self._say(2, steps)
        past = [unit for unit in commune.units if Month.of(unit.day) < commune.billed_month]
        to_bill = [unit for unit in commune.units if Month.of(unit.day) >= commune.billed_month]
        paid = self._add_history(past)
        self._say(3, steps)
        add_attendances(self._session, (self._attendance(unit, None) for unit in to_bill))
        report = self._report(paid)
        self._say(4, steps)
        return report

    def _say(self, done: int, total: int) -> None:
        self._context.progress(done, total, "Reprise de la commune")

    def _add_services(self) -> None:
        texts = default_texts()
        for activity in self._commune.activities:
            prefix = re.sub(r"[^A-Za-z0-9]", "", activity.code)[:10]
            service = add_service(
                self._session,
                NewService(
                    code=activity.code,
                    name=activity.name,
                    prefix=prefix,
                    revenue_office=f"Régie de recettes « {activity.name} »",
                    contact=(),
                    texts=texts,
                    due_rule=DueDateRule(),
                ),
            )
            activity_id = add_activity(
                self._session, service, None, activity.code, activity.name, BillingBasis.ATTENDED
            )
            slot = NewSlot(activity.code, activity.label, "jour", activity.weekdays)
            (slot_id,) = add_slots(self._session, activity_id, (slot,))
            self._services[activity.code], self._slots[activity.code] = service, slot_id
            add_tariff(self._session, slot_id, self._tariff(activity), Period(self._start), "reprise de la commune")

    def _tariff(self, activity: CommuneActivity) -> BracketTariff:
        pairs = zip(self._commune.bounds, activity.prices, strict=True)
        return BracketTariff(tuple(Bracket(bound, price) for bound, price in pairs))

    def _add_families(self) -> None:
        session, commune = self._session, self._commune
        ids = add_families(session, [NewFamily(family.name) for family in commune.families])
        self._families = {family.id: new for family, new in zip(commune.families, ids, strict=True)}
        parents = add_people(session, [_parent(family) for family in commune.families])
        children = add_people(
            session,
            [
                NewPerson(child.last_name, child.first_name, birth_date=child.birth_date, sex=child.sex)
                for child in commune.children
            ],
        )
        self._children = {child.id: new for child, new in zip(commune.children, children, strict=True)}
        add_memberships(
            session,
            [NewMembership(family, parent, MemberRole.ADULT, True) for family, parent in zip(ids, parents, strict=True)]
            + [
                NewMembership(self._families[child.family_id], self._children[child.id], MemberRole.CHILD)
                for child in commune.children
            ],
        )
        since = Period(self._start)
        add_payers(session, [NewPayer(f, p, 1, since) for f, p in zip(ids, parents, strict=True)])
        add_quotients(
            session,
            [
                NewQuotient(self._families[family.id], family.quotient, _QUOTIENT_SOURCE, since)
                for family in commune.families
                if family.quotient is not None
            ],
        )

    def _attendance(self, unit: CommuneUnit, charge_id: int | None) -> NewAttendance:
        return NewAttendance(
            family_id=self._families[unit.family_id],
            child_id=self._children[unit.child_id],
            slot_id=self._slots[unit.activity_code],
            day=unit.day,
            state=AttendanceState.PRESENT,
            announced_price=unit.announced,
            charge_id=charge_id,
        )

    def _add_history(self, units: Iterable[CommuneUnit]) -> Money:
        """Months before the billed one were invoiced and paid elsewhere: kept so, at the announced price."""
        by_invoice: dict[tuple[Month, str, int], dict[tuple[int, Money], list[CommuneUnit]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for unit in units:
            invoice = (Month.of(unit.day), unit.activity_code, unit.family_id)
            by_invoice[invoice][unit.child_id, unit.announced].append(unit)
        keys = sorted(by_invoice)
        families = {family.id: family for family in self._commune.families}
        names = {child.id: full_name("", child.last_name, child.first_name) for child in self._commune.children}
        activities = {activity.code: activity for activity in self._commune.activities}
        totals = {
            key: Money.total(price * len(some) for (_, price), some in by_invoice[key].items()) for key in keys
        }
        invoice_ids = add_historic_invoices(
            self._session, _KIND, [self._historic(key, families[key[2]], totals[key]) for key in keys]
        )
        lines = [
            (invoice_id, code, family, child, price, some)
            for (_, code, family), invoice_id in zip(keys, invoice_ids, strict=True)
            for (child, price), some in sorted(by_invoice[_, code, family].items(), key=lambda item: item[0][0])
        ]
        charge_ids = add_stored_charges(
            self._session,
            (
                StoredCharge(
                    family_id=self._families[family],
                    service_id=self._services[code],
                    child_id=self._children[child],
                    slot_id=self._slots[code],
                    child_name=names[child],
                    activity=activities[code].name,
                    label=activities[code].label,
                    unit="jour",
                    first_day=min(unit.day for unit in some),
                    last_day=max(unit.day for unit in some),
                    quantity=Decimal(len(some)),
                    unit_price=price,
                    amount=price * len(some),
                    explanation=("Facturé et payé avant la reprise, au prix annoncé par la commune",),
                    invoice_id=invoice_id,
                )
                for invoice_id, code, family, child, price, some in lines
            ),
        )
        payments = add_payments(
            self._session,
            _KIND,
            [
                ReceivedPayment(self._families[family], month.last_day, totals[month, code, family],
                                "reprise", full_parent(families[family]), "")
                for month, code, family in keys
            ],
        )
        by_id = dict(zip(invoice_ids, payments, strict=True))
        allocate(
            self._session,
            (
                (by_id[line[0]], charge_id, line[4] * len(line[5]))
                for line, charge_id in zip(lines, charge_ids, strict=True)
            ),
        )
        add_attendances(
            self._session,
            (
                self._attendance(unit, charge_id)
                for line, charge_id in zip(lines, charge_ids, strict=True)
                for unit in line[5]
            ),
        )
        return Money.total(totals.values())

    def _historic(self, key: tuple[Month, str, int], family: CommuneFamily, total: Money) -> HistoricInvoice:
        month, code, _ = key
        return HistoricInvoice(
            number=f"{code}-{month}-{family.id:05d}",
            service_id=self._services[code],
            family_id=self._families[family.id],
            family_name=family.name,
            billed_month=month,
            issued_on=month.last_day,
            due_on=None,
            total=total,
            payers=(PayerView(full_parent(family), postal_address(family.street, family.postcode, family.city)),),
        )

    def _report(self, paid: Money) -> ImportReport:
        """Price every unit with our engine, and compare."""
        by_activity: dict[str, Money] = {}
        by_month: dict[str, Money] = {}
        differences: list[Mapping[str, Any]] = []
        unpriced: Counter[str] = Counter()
        priced = 0
        history = 0
        for unit in self._commune.units:
            price = self._price(unit)
            if isinstance(price, UserError):
                unpriced[price.code] += 1
                continue
            priced += 1
            add_to(by_activity, unit.activity_code, price)
            add_to(by_month, str(Month.of(unit.day)), price)
            if price != unit.announced:
                differences.append(_difference(unit, price))
        history = len({(u.family_id, u.activity_code, Month.of(u.day)) for u in self._commune.units
                       if Month.of(u.day) < self._commune.billed_month})
        left_out = [
            LeftOut("inscriptions des enfants aux activités", self._commune.enrolment_count,
                    "les présences suffisent à facturer ; les inscriptions viendront avec les réservations"),
            *(
                LeftOut("présences sans prix", count, "aucun quotient utilisable pour la famille : à régler avant "
                        f"de facturer ({code})")
                for code, count in sorted(unpriced.items())
            ),
        ]
        return ImportReport(
            families=len(self._commune.families),
            people=len(self._commune.families) + len(self._commune.children),
            attendance_units=len(self._commune.units),
            attendance_by_state={"present": len(self._commune.units)},
            priced_lines=priced,
            priced_total=Money.total(by_activity.values()),
            priced_by_activity=by_activity,
            priced_by_month=by_month,
            historic_invoices=history,
            historic_invoices_total=paid,
            payments_total=paid,
            left_out=left_out,
            price_differences=differences,
        )

    def _price(self, unit: CommuneUnit) -> Money | UserError:
        key = (unit.activity_code, unit.family_id)
        if not self._prices:
            self._prices = {
                (activity.code, family.id): _price_of(self._tariff(activity), family, self._start)
                for activity in self._commune.activities
                for family in self._commune.families
            }
        return self._prices[key]


def _price_of(tariff: BracketTariff, family: CommuneFamily, day: date) -> Money | UserError:
    quotient = None if family.quotient is None else Quotient(family.quotient)
    try:
        return tariff.unit_price(Situation(day, quotient)).price
    except UserError as error:
        return error


def _difference(unit: CommuneUnit, price: Money) -> Mapping[str, Any]:
    return {
        "day": unit.day.isoformat(),
        "family": unit.family_id,
        "child": unit.child_id,
        "activity": unit.activity_code,
        "announced": plain_amount(unit.announced),
        "computed": plain_amount(price),
    }


def _parent(family: CommuneFamily) -> NewPerson:
    return NewPerson(
        family.parent_last_name,
        family.parent_first_name,
        street=family.street,
        postcode=family.postcode,
        city=family.city,
    )


def full_parent(family: CommuneFamily) -> str:
    """« NOM Prénom » of the parent who pays."""
    return full_name("", family.parent_last_name, family.parent_first_name)
