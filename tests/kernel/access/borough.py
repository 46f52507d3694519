"""A small invented town with two services, each in two structures, and agents of every role in three kinds of places.

It is built once in a session; each test gets in with an agent's own login, as anybody with that password could.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import Table, insert, text

from backoffice.agents.appointing import Post, give, make_agent
from backoffice.agents.roles import Role
from backoffice.attendance.commands import NewAttendance, add_attendances
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.cancelling import CancelInvoice
from backoffice.billing.documents import RecordFiles, WrittenFile
from backoffice.billing.history import (
    HistoricInvoice,
    ReceivedPayment,
    StoredCharge,
    add_historic_invoices,
    add_payments,
    add_stored_charges,
    allocate,
)
from backoffice.billing.issuing import IssueMonth
from backoffice.billing.queries import DocumentsOfMonth
from backoffice.billing.views import PayerView
from backoffice.catalog.commands import (
    Close,
    NewService,
    NewSlot,
    ServiceTexts,
    add_activity,
    add_service,
    add_slots,
    add_structure,
    put_town,
)
from backoffice.catalog.kinds import BillingBasis, StructureKind
from backoffice.catalog.queries import Town
from backoffice.catalog.rules import DueDateRule
from backoffice.families.commands import (
    CreateFamily,
    NewFamily,
    NewIncome,
    NewMembership,
    NewPayer,
    NewPerson,
    NewQuotient,
    add_families,
    add_incomes,
    add_memberships,
    add_payers,
    add_people,
    add_quotients,
)
from backoffice.families.kinds import MemberRole
from backoffice.families.rules import PersonValues
from backoffice.importing.tables import ImportRow
from backoffice.kernel.actor import Actor
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.database import Database, Session
from backoffice.kernel.money import Money
from backoffice.kernel.schema import Base
from backoffice.tariffs.commands import add_tariff, add_town_figure
from backoffice.tariffs.figures import FigureKind, TownFigure
from backoffice.tariffs.rules import FlatTariff
from tests.support.postgres import PostgresServer
from tests.support.shared import address_of, prepare_shared
from tests.support.towns import CHIEF, DAYS, ISSUED_ON, NOON, OCTOBER, SEPTEMBER, SINCE, Household

SERVICES = {"CANT": "Restauration scolaire", "ALSH": "Accueil de loisirs"}
STRUCTURES = {"OUEST": "Groupe scolaire Ouest", "EST": "Groupe scolaire Est"}
# Where a role is given: everywhere, on one service, on one structure of it. The rest of the town is then outside.
PLACES = {"town": (None, None), "service": ("CANT", None), "structure": ("CANT", "OUEST")}
EVERY_SLOT = tuple((service, structure) for service in SERVICES for structure in STRUCTURES)
TEXTS = ServiceTexts(("Par chèque",), "Deux mois pour contester.", "Sans TVA.")

# Where the children of each family come; the last ones are too small a sum for an invoice.
HOUSEHOLDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "west meals": (("CANT", "OUEST"),),
    "east meals": (("CANT", "EST"),),
    "west leisure": (("ALSH", "OUEST"),),
    "east leisure": (("ALSH", "EST"),),
    "both": (("CANT", "OUEST"), ("ALSH", "EST")),
    "unknown": (),
    "small meals": (("CANT", "OUEST"),),
    "small leisure": (("ALSH", "EST"),),
}

Row = Mapping[str, Any]


def login_of(role: Role, place: str) -> str:
    """The login of the agent who has this role in this place; their password is their login."""
    return f"borough_{role.value}_{place}"


@dataclass
class Borough:
    """The town as built: what its administrator sees, and who its agents are."""

    administrator: DatabaseAddress
    services: dict[str, int] = field(default_factory=dict)
    structures: dict[str, int] = field(default_factory=dict)
    slots: dict[tuple[str, str], int] = field(default_factory=dict)
    families: dict[str, Household] = field(default_factory=dict)

    @contextmanager
    def opened(self, login: str | None = None, **options: Any) -> Iterator[psycopg.Connection[dict[str, Any]]]:
        """A plain connection of an agent, or of the administrator, as psql makes one; nothing of it is kept."""
        url = self.administrator.url if login is None else address_of(self.administrator, login).url
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, row_factory=dict_row, **options) as connection:
            try:
                yield connection
            finally:
                if not connection.closed:
                    connection.rollback()

    def rows(self, table: str) -> Sequence[Row]:
        """All rows of a table, as its administrator sees them."""
        with self.opened() as connection:
            return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def build(server: PostgresServer) -> Borough:
    """The whole town in a database of its own, with its agents."""
    administrator = DatabaseAddress.parse(server.fresh_database())
    prepare_shared(administrator)
    borough = Borough(administrator)
    with _working(address_of(administrator, CHIEF.login)) as chief:
        _fill(borough, chief)
    with _working(administrator) as database, database.write() as session:
        _appoint(session)
        _spread(session)
        _confide(session)
        _papers(borough, session)
        _planning(borough, session)
    for place in ("service", "structure"):
        login = login_of(Role.SECRETARY, place)
        with _working(address_of(administrator, login)) as database:
            _type_in(database, Actor(login, login, Role.SECRETARY.permissions))
    return borough


@contextmanager
def _working(address: DatabaseAddress) -> Iterator[Database]:
    database = Database(address)
    try:
        yield database
    finally:
        database.close()


def _fill(borough: Borough, chief: Database) -> None:
    app = Application(chief, CHIEF, FixedClock(NOON))
    with chief.write() as session:
        _catalog(borough, session)
        for name, places in HOUSEHOLDS.items():
            slots = [borough.slots[place] for place in places]
            borough.families[name] = _household(session, name, slots, 1 if name.startswith("small") else len(DAYS))
        _history(borough, session)
    app.execute(Close(None, date(2025, 12, 25), date(2025, 12, 25), "Noël"))
    app.execute(Close(borough.structures["EST"], date(2025, 12, 26), date(2025, 12, 26), "Travaux"))
    for code in SERVICES:
        numbers = app.execute(IssueMonth(OCTOBER, ISSUED_ON, (code,))).numbers
        app.execute(CancelInvoice(numbers[0], "Pointage erroné", ISSUED_ON))
    documents = app.ask(DocumentsOfMonth(OCTOBER))
    app.execute(RecordFiles(tuple(WrittenFile(document.id, "0" * 64, cancelled=False) for document in documents)))


def _catalog(borough: Borough, session: Session) -> None:
    put_town(session, Town("Commune de Valbrume", ("1 place de la Mairie",), "", "Le Maire", "A"))
    for code, name in STRUCTURES.items():
        borough.structures[code] = add_structure(session, code, name, StructureKind.SCHOOL)
    for code, name in SERVICES.items():
        new = NewService(code, name, code, f"Régie « {name} »", ("Mairie",), TEXTS, DueDateRule())
        borough.services[code] = add_service(session, new)
    for service, structure in EVERY_SLOT:
        ids = borough.services[service], borough.structures[structure]
        activity = add_activity(session, *ids, f"{service}-{structure}", service, BillingBasis.ATTENDED)
        (slot,) = add_slots(session, activity, (NewSlot("MIDI", "Midi", "repas", frozenset(range(5))),))
        add_tariff(session, slot, FlatTariff(Money(415)), SINCE, "2024-12")
        borough.slots[service, structure] = slot
    add_town_figure(session, TownFigure(FigureKind.FLOOR, SINCE, Money(80_000), "délibération"))


def _household(session: Session, name: str, slots: Sequence[int], days: int) -> Household:
    (family,) = add_families(session, [NewFamily(name.upper())])
    parent, child = add_people(
        session,
        [NewPerson(name.upper(), "Camille", street="1 rue des Tilleuls"), NewPerson(name.upper(), "Léa")],
    )
    add_memberships(session, [
        NewMembership(family, parent, MemberRole.ADULT, is_holder=True),
        NewMembership(family, child, MemberRole.CHILD),
    ])
    add_payers(session, [NewPayer(family, parent, 1, SINCE)])
    add_quotients(session, [NewQuotient(family, Decimal(700), "CAF", SINCE)])
    add_incomes(session, [NewIncome(family, Money(2_000_000), 1, 0, "CAF", SINCE)])
    add_attendances(session, [
        NewAttendance(family, child, slot, day, AttendanceState.PRESENT) for slot in slots for day in DAYS[:days]
    ])
    for slot in slots:  # a day that no run takes yet
        day = date(2025, 11, 3)
        add_attendances(session, [NewAttendance(family, child, slot, day, AttendanceState.PRESENT)])
    return Household(family, parent, (child,))


def _history(borough: Borough, session: Session) -> None:
    """What came from another program: an invoice of each service and one of both, a line on each, and what was paid."""
    for name, service in (("west meals", "CANT"), ("east leisure", "ALSH"), ("both", None)):
        family = borough.families[name]
        invoice = HistoricInvoice(
            number=f"H {name}", service_id=borough.services[service] if service else None, family_id=family.id,
            family_name=name, billed_month=SEPTEMBER, issued_on=SEPTEMBER.last_day, due_on=None, total=Money(830),
            payers=(PayerView(name, ()),),
        )  # fmt: skip
        (invoice_id,) = add_historic_invoices(session, "ancien logiciel", [invoice])
        (charge,) = add_stored_charges(session, [StoredCharge(
            family_id=family.id, service_id=borough.services[service or "CANT"], child_id=family.child,
            slot_id=None, child_name="Léa", activity="Ancienne activité", label="Repas", unit="repas",
            first_day=SEPTEMBER.first_day, last_day=SEPTEMBER.last_day, quantity=Decimal(2), unit_price=Money(415),
            amount=Money(830), explanation=("prix repris",), invoice_id=invoice_id,
        )])  # fmt: skip
        received = ReceivedPayment(family.id, SEPTEMBER.last_day, Money(830), "chèque", name, "")
        (payment,) = add_payments(session, "ancien logiciel", [received])
        allocate(session, [(payment, charge, Money(830))])
    session.execute(insert(ImportRow), [
        {"kind": "noethys", "digest": "0" * 64, "file_name": "ancien.dat", "at": NOON, "report": {}}
    ])


def _appoint(session: Session) -> None:
    for role in Role:
        for place, (service, structure) in PLACES.items():
            login = login_of(role, place)
            make_agent(session, login, login, NOON, password=login)
            give(session, login, Post(role, service or "", structure or ""), NOON)


def _spread(session: Session) -> None:
    """Rows that only the server and the seal of the journal make."""
    session.execute(text(
        "INSERT INTO journal_chain (seq, row_id, digest, chain, sealed_at)"
        " SELECT 1, id, digest, digest, at FROM row_journal ORDER BY id LIMIT 1"
    ))
    session.execute(text("INSERT INTO acting (id, login, at) VALUES (1, '', now())"))
    session.execute(text("INSERT INTO worker_tasks VALUES ('seal', now(), now(), 0, '')"))


def _confide(session: Session) -> None:
    """A sheet and who read it, an account, a service that asks to know the family: of each family."""
    session.execute(text(
        "INSERT INTO health_sheets (person_id, version, allergies, menu, has_pai, pai_conduct, treatments, doctor_name,"
        " doctor_phone, remarks) SELECT person_id, 1, 'Arachides', '', false, '', '', '', '', '' FROM memberships"
        " WHERE role = 'child'"
    ))
    session.execute(text(
        "INSERT INTO health_reads (at, actor, person_id, reason) SELECT now(), 'x', person_id, 'Urgence'"
        " FROM health_sheets"
    ))
    session.execute(text(
        "INSERT INTO bank_details (family_id, person_id, holder, iban, bic, mandate_reference, signed_on, valid_from,"
        " version) SELECT family_id, person_id, 'X', 'FR76', '', 'RUM', '2025-01-01', '2025-01-01', 1 FROM payers"
    ))
    session.execute(text(
        "INSERT INTO link_requests (asked_at, asked_by, service_id, structure_id, person, birth_date, reason, state)"
        " SELECT now(), 'x', s.id, t.id, f.name, '2018-05-04', 'Inscription', 'asked' FROM families f, services s,"
        " (SELECT id FROM structures UNION SELECT NULL) t"
    ))
    session.execute(text(
        "INSERT INTO link_targets (request_id, family_id) SELECT r.id, f.id FROM link_requests r"
        " JOIN families f ON f.name = r.person"
    ))


def _papers(borough: Borough, session: Session) -> None:
    """What families send and are asked for, what arrived and waits to be sorted, and what they are written."""
    kinds = [
        _put(session, "document_types", code=sensitivity.upper(), sensitivity=sensitivity, owner=owner)
        for sensitivity, owner in (("usual", "family"), ("sensitive", "family"), ("health", "child"))
    ]
    slots = {row.id: row.activity_id for row in session.execute(text("SELECT id, activity_id FROM slots"))}
    activities = {place: slots[slot] for place, slot in borough.slots.items()}
    for service in (None, *borough.services.values()):
        _put(session, "document_requirements", type_id=kinds[0], service_id=service, blocks="registration")
    _put(session, "letter_templates", kind="documents_decided")
    stranger = borough.families["unknown"].id
    for name, household in borough.families.items():
        family, child = household.id, household.child
        for place in HOUSEHOLDS[name]:
            _put(session, "registrations", family_id=family, child_id=child, activity_id=activities[place])
        mine = {"family_id": family, "origin": "portal", "state": "pending"}
        sent = [_put(session, "documents", **mine, type_id=kind) for kind in kinds[:2]]
        sent.append(_put(session, "documents", **mine, type_id=kinds[2], person_id=child))
        foreign = borough.families["both" if name != "both" else "small meals"].child
        sent.append(_put(session, "documents", **mine, type_id=kinds[2], person_id=foreign))
        sent.append(_put(session, "documents", **{**mine, "state": "accepted"}, type_id=kinds[0], decided_at=NOON,
                         decided_by=login_of(Role.SECRETARY, "town")))
        for document in sent:
            file = _put(session, "document_files", document_id=document, family_id=family, size=1, sha256=_DIGEST)
            _put(session, "document_contents", file_id=file, content=b"x")
        _put(session, "document_files", document_id=sent[0], family_id=stranger, is_quarantined=True)
        for document, taker in ((sent[0], "x"), (sent[1], login_of(Role.SECRETARY, "service"))):
            _put(session, "document_takes", document_id=document, login=taker)
        _put(session, "document_openings", actor="x", document_id=sent[1], family_id=family)
        for person in (None, child, foreign):
            forgiven = {"type_id": kinds[0], "given_by": "x", "reason": "Délai", "until": NOON.date()}
            _put(session, "document_waivers", family_id=family, person_id=person, **forgiven)
        for person in (child, foreign):
            _put(session, "document_forms", family_id=family, person_id=person, type_id=kinds[2])
        letter = _put(session, "letters", family_id=family, kind="documents_decided", state="held")
        _put(session, "letter_items", letter_id=letter, family_id=family, about="document", about_id=sent[0])
        _put(session, "letter_items", letter_id=letter, family_id=stranger, about="document", about_id=sent[1])
        for owner, about in ((family, sent[0]), (stranger, sent[1])):
            _put(session, "letter_files", letter_id=letter, family_id=owner, about="document", about_id=about,
                 content=b"x")
    # Registrations that nobody could make, past the trigger that would show these families to the service.
    session.execute(text("SET LOCAL session_replication_role = replica"))
    for activity in activities.values():
        for household in borough.families.values():
            _put(session, "registrations", family_id=household.id, child_id=household.child, activity_id=activity)
            elsewhere = {"family_id": stranger, "activity_id": activity, "state": "withdrawn"}
            _put(session, "registrations", **elsewhere, child_id=household.child)
    session.execute(text("SET LOCAL session_replication_role = origin"))
    for service in (None, *borough.services.values()):
        arrival = _put(session, "document_arrivals", channel="email", key=f"{service}", service_id=service)
        _put(session, "document_arrival_files", arrival_id=arrival)


def _planning(borough: Borough, session: Session) -> None:
    """What each activity decided, what families wish and clock there, their contracts and their cards."""
    slots = {row.id: row.activity_id for row in session.execute(text("SELECT id, activity_id FROM slots"))}
    for activity in dict.fromkeys(slots.values()):
        _put(session, "activity_rules", activity_id=activity, kind="capacity")
        _put(session, "age_groups", activity_id=activity, to_months=72)
    stranger = borough.families["unknown"].id
    for name, household in borough.families.items():
        child = household.child
        _put(session, "badges", person_id=child, code=name)
        request = _put(session, "booking_requests", family_id=household.id, channel="portal", origin_key=name)
        for family in (household.id, stranger):
            for slot, activity in slots.items():
                whose = {"family_id": family, "child_id": child}
                answered = None if family != stranger else NOON
                _put(session, "booking_wishes", request_id=request, **whose, slot_id=slot, wish="book",
                     answer="pending", answered_at=answered)
                _put(session, "absences", **whose, activity_id=activity, reason="illness")
                _put(session, "contracts", **whose, slot_id=slot, kind="regular", state="draft")
        for number, structure in enumerate(borough.structures.values()):
            _put(session, "clock_events", uid=f"{name} {number}", child_id=child, structure_id=structure,
                 kind="arrival")
    for login in ("x", login_of(Role.SECRETARY, "service")):
        _put(session, "kiosk_codes", login=login)


_DIGEST = hashlib.sha256(b"x").hexdigest()
_NEUTRAL: Mapping[type[object], object] = {
    int: 1, str: "", bool: False, datetime: NOON, date: OCTOBER.first_day, bytes: b"", object: {},
}


def _put(session: Session, table: str, **given: object) -> int:
    """A row with these values, and neutral ones where the table wants some; answers its key."""
    schema = Base.metadata.tables[table]
    (key,) = schema.primary_key.columns
    neutral = {
        column.name: _NEUTRAL[getattr(column.type, "impl_instance", column.type).python_type]
        for column in schema.columns if not column.nullable and column.name != "id"
    }
    made = session.execute(insert(schema).values({**neutral, **_first_words(schema), **given}).returning(key))
    return int(made.scalar_one())


def _first_words(schema: Table) -> dict[str, str]:
    """The first word of each closed list of a table."""
    lists = (check.info for check in schema.constraints if "values" in check.info)
    return {each["column"]: next(iter(each["values"])).value for each in lists}


def _type_in(database: Database, secretary: Actor) -> None:
    """A family known to where its secretary works before any child came, and a person in no family yet."""
    app = Application(database, secretary, FixedClock(NOON))
    app.execute(CreateFamily(PersonValues(f"Saisie {secretary.login}", "Alix"), payers_from=SINCE.start))
    with database.write() as session:
        add_people(session, [NewPerson(f"Seule {secretary.login}", "Noé")])


def told(connection: psycopg.Connection[Any], statement: str, *parameters: object) -> str:
    """What the server answers to a statement that is then taken back: an SQLSTATE, or how many rows it touched."""
    try:
        with connection.transaction(force_rollback=True):
            count = connection.execute(statement, parameters or None).rowcount
    except psycopg.Error as refusal:
        return refusal.sqlstate or type(refusal).__name__
    return f"{count} rows"
