"""Processes that issue invoices one by one, give up now and then, and are killed without a word."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert, select

from backoffice.billing.issuing import draw_numbers
from backoffice.billing.rules import debt_number, printed_number, series_name
from backoffice.billing.tables import BillingRunRow, ChargeRow, InvoicePayerRow, InvoiceRow, LetterheadRow
from backoffice.catalog.tables import ServiceRow, SlotRow
from backoffice.families.tables import MembershipRow
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import Database, Session
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from tests.support.processes import KILLED, ended, started
from tests.support.towns import NOON

_MONTH = Month(2025, 11)
_SERIES = series_name("CANT", _MONTH)


def kill_some_writers(address: DatabaseAddress, writers: int, each: int, kills: int) -> set[str]:
    """`writers` processes issue `each` invoices; `kills` of them die on the way. Returns the numbers they were told."""
    url = address.url.render_as_string(hide_password=False)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(address)
        with database.write() as session:
            service_id = session.scalars(select(ServiceRow.id)).first()
            session.add(LetterheadRow(service_id=service_id, digest="essai", content={}))
        database.close()
        logs = [Path(folder) / f"{number}.txt" for number in range(writers)]
        alive = {number: started(issue_one_by_one, url, str(logs[number]), each, number) for number in range(writers)}
        chance = random.Random(1)
        for death in range(kills):
            time.sleep(chance.uniform(0.02, 0.2))
            number = chance.choice(sorted(alive))
            alive[number].kill()
            assert ended(alive.pop(number)) in {0, KILLED}
            alive[number] = started(issue_one_by_one, url, str(logs[number]), each // 2, writers + death)
        for process in alive.values():
            assert ended(process) == 0
        return {line for log in logs if log.exists() for line in log.read_text("ascii").split("\n") if line}


def issue_one_by_one(url: str, log: str, count: int, seed: int) -> None:
    """One invoice a transaction; a number is written down once the database has confirmed it."""
    database = Database(DatabaseAddress.parse(url))
    chance = random.Random(seed)
    with Path(log).open("a", encoding="ascii") as told:
        for _ in range(count):
            try:
                with database.write() as session:
                    number = _issue(session)
                    gives_up = chance.random() < 0.2
                    if gives_up:
                        session.rollback()
            except EnvironmentFault:
                continue
            if not gives_up:
                told.write(f"{number}\n")
                told.flush()
    database.close()


def _issue(session: Session) -> str:
    family, child, service, slot, letterhead = session.execute(
        select(MembershipRow.family_id, MembershipRow.person_id, ServiceRow.id, SlotRow.id, LetterheadRow.id)
        .where(MembershipRow.role == "child")
        .limit(1)
    ).one()
    run = BillingRunRow(month=_MONTH, issued_on=_MONTH.first_day, services=["CANT"], actor="cheffe", at=NOON)
    session.add(run)
    session.flush()
    sequence = draw_numbers(session, _SERIES, 1)
    number = printed_number(_SERIES, sequence)
    values = {
        "kind": "invoice", "origin": "", "number": number, "debt_number": debt_number(1, _MONTH, sequence),
        "service_id": service, "family_id": family, "family_name": "MARTIN", "run_id": run.id,
        "billed_month": _MONTH, "issued_on": _MONTH.first_day, "due_on": _MONTH.last_day, "total": Money(2000),
        "line_count": 1, "payer_count": 1, "quotient_text": "", "letterhead_id": letterhead, "cancels_id": None,
        "reason": "",
    }
    invoice = session.scalars(insert(InvoiceRow).returning(InvoiceRow.id), [values]).one()
    session.execute(insert(InvoicePayerRow), [
        {"invoice_id": invoice, "rank": 1, "person_id": None, "name": "MARTIN", "address": []}
    ])
    session.execute(insert(ChargeRow), [{
        "family_id": family, "service_id": service, "child_id": child, "slot_id": slot, "month": _MONTH,
        "first_day": _MONTH.first_day, "last_day": _MONTH.first_day, "child_name": "Léa", "activity": "Cantine",
        "label": "Repas", "unit": "repas", "quantity": 1, "unit_price": Money(2000), "amount": Money(2000),
        "basis": "", "explanation": [], "stored_price": True, "position": 0, "invoice_id": invoice,
    }])
    return number
