"""Processes that issue invoices one by one, give up now and then, and are killed without a word."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import insert, select, text, true

from backoffice.agents.appointing import CONNECTIONS_OF_AN_AGENT
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
from tests.support.shared import by_administrator
from tests.support.towns import NOON
from tests.support.workers import eventually

_MONTH = Month(2025, 11)
_SERIES = series_name("CANT", _MONTH)
_BEGUN, _GIVEN_UP, _REFUSED = "begun", "given up", "refused"  # lines of a log that are no number
_PATIENCE = 3600  # seconds before a test gives up on writers that write a lot: a net, never a measure


@dataclass(frozen=True, slots=True)
class Told:
    """The numbers that the database confirmed, how often writers gave up or were refused, how many kills hit a
    transaction."""

    acknowledged: set[str]
    given_up: int
    refused: int
    killed_inside: int


def kill_some_writers(address: DatabaseAddress, writers: int, each: int, kills: int) -> Told:
    """`writers` processes issue `each` invoices; `kills` of them die on the way, and another does the rest."""
    url = address.url.render_as_string(hide_password=False)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        database = stack.enter_context(closing(Database(address)))
        with database.write() as session:
            add_letterhead(session)
        stack.enter_context(many_windows(database))
        logs = [Path(folder) / f"{number}.txt" for number in range(writers)]
        alive = {number: started(issue_one_by_one, url, str(logs[number]), each, number) for number in range(writers)}
        chance = random.Random(1)
        inside = 0
        for death in range(kills):
            number = chance.choice(range(writers))
            _wait_for_work(alive[number], logs[number])
            time.sleep(chance.uniform(0, 0.02))
            alive[number].kill()
            if ended(alive[number]) == KILLED and _lines(logs[number])[-1] == _BEGUN:
                inside += 1
            left = max(1, each - _lines(logs[number]).count(_BEGUN))
            alive[number] = started(issue_one_by_one, url, str(logs[number]), left, writers + death)
        for process in alive.values():
            assert ended(process, _PATIENCE) == 0
        lines = [line for log in logs for line in _lines(log)]
    marks = {_BEGUN, _GIVEN_UP, _REFUSED}
    return Told({line for line in lines if line not in marks}, lines.count(_GIVEN_UP), lines.count(_REFUSED), inside)


@contextmanager
def many_windows(database: Database) -> Iterator[None]:
    """One agent has a few connections; the processes of a test all work in the same name."""
    login = database.address.url.username

    def allow(most: int) -> None:
        with by_administrator(database) as opened, opened.write() as session:
            session.execute(text(f'ALTER ROLE "{login}" CONNECTION LIMIT {most}'))

    allow(90)
    try:
        yield
    finally:
        allow(CONNECTIONS_OF_AN_AGENT)


def _wait_for_work(writer: BaseProcess, log: Path) -> None:
    """Until it has written one more line, or has nothing left to write."""
    before = _length(log)
    eventually(lambda: _length(log) > before or not writer.is_alive())


def _length(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _lines(log: Path) -> list[str]:
    """Whole lines only: a writer may have died in the midst of one."""
    return log.read_text("ascii").split("\n")[:-1] if log.exists() else [""]


def issue_one_by_one(url: str, log: str, count: int, seed: int) -> None:
    """One invoice a transaction; a number is written down once the database has confirmed it."""
    database = Database(DatabaseAddress.parse(url))
    chance = random.Random(seed)
    with Path(log).open("a", encoding="ascii") as told:

        def tell(line: str) -> None:
            told.write(f"{line}\n")
            told.flush()

        for _ in range(count):
            tell(_BEGUN)
            try:
                with database.write() as session:
                    number = issue_one(session)
                    gives_up = chance.random() < 0.2
                    if gives_up:
                        session.rollback()
            except EnvironmentFault:
                tell(_REFUSED)
            else:
                tell(_GIVEN_UP if gives_up else number)
    database.close()


def add_letterhead(session: Session) -> None:
    """What invoices of `issue_one` are printed under."""
    service = session.scalars(select(ServiceRow.id)).first()
    session.add(LetterheadRow(service_id=service, digest="essai", content={}))


def issue_one(session: Session) -> str:
    """One invoice of one line, for the first child of the base; its number is drawn in this transaction."""
    family, child, service, slot, letterhead = session.execute(
        select(MembershipRow.family_id, MembershipRow.person_id, ServiceRow.id, SlotRow.id, LetterheadRow.id)
        .select_from(MembershipRow)
        .join(ServiceRow, true())
        .join(SlotRow, true())
        .join(LetterheadRow, true())
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
