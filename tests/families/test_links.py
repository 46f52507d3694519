"""Families known to another service, on the shared database: two secretaries who do not see each other's."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import psycopg
import pytest

from backoffice.attendance.commands import NewAttendance, add_attendances
from backoffice.attendance.rules import AttendanceState
from backoffice.families.commands import (
    AddPerson,
    AskLink,
    CreateFamily,
    DecideLink,
    KnownElsewhere,
    LinksChanged,
    UndoLink,
)
from backoffice.families.kinds import LinkState, MemberRole
from backoffice.families.queries import (
    LinkPlaces,
    LinksToDecide,
    OwnLinks,
    ReadFamily,
    links_answered,
    links_waiting,
)
from backoffice.families.rules import PersonValues
from backoffice.kernel.application import Command
from backoffice.kernel.errors import EnvironmentFault, InvalidFields, NeedsConfirmation, UserError
from backoffice.kernel.events import Event
from backoffice.kernel.zone import PARIS
from tests.families.village import Village
from tests.support.towns import CHIEF
from tests.support.two_services import BORN, LEISURE, MEALS, OFFICER, TwoServices, said_by_server

FORBIDDEN, STALE = "42501", "BE002"
LEA = PersonValues("MARTIN", "Léa", birth_date=BORN)
WHY = "Inscription aux mercredis"


def _code(connection: psycopg.Connection[Any], statement: str, *values: object) -> str:
    try:
        with connection.transaction():
            connection.execute(statement, values)
    except psycopg.Error as error:
        return error.sqlstate or ""
    return ""


@pytest.mark.parametrize("shown", ["MARTIN Léa, rappelez d'urgence le 06 00 00 00 00", "MARTIN\nLéa"])
def test_what_is_shown_of_a_request_is_a_name_and_no_message(two_services: TwoServices, shown: str) -> None:
    two_services.family(MEALS)
    (place,) = two_services.door(LEISURE).ask(LinkPlaces())
    with two_services.psql(LEISURE) as connection:
        ask = "SELECT ask_link('martin lea', %s, %s, %s, %s, 'Inscription')"
        assert _code(connection, ask, BORN, shown, place.service_id, place.structure_id) == "22001"
        assert _code(connection, ask, BORN, "MARTIN Léa", place.service_id, place.structure_id) == ""


def _ask(two_services: TwoServices, person: PersonValues = LEA, login: str = LEISURE) -> int:
    door = two_services.door(login)
    (place,) = door.ask(LinkPlaces())
    command = AskLink(
        person.last_name, person.first_name, person.birth_date, place.service_id, place.structure_id, WHY
    )
    return door.execute(command)


def _sees(two_services: TwoServices, login: str, family: int) -> bool:
    try:
        two_services.door(login).ask(ReadFamily(family))
    except UserError as error:
        if error.code != "family.unknown":
            raise
        return False
    return True


# --- knowing that somebody is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last_name", "first_name", "born", "known"),
    [
        ("MARTIN", "Léa", BORN, True),
        ("martin", "LEA", BORN, True),          # folded
        ("Martin", "Léa", date(2018, 5, 5), False),
        ("Martin", "Lé", BORN, False),          # exact: nobody browses with it
        ("Mart%", "%", BORN, False),
        ("Dupont", "Léa", BORN, False),
    ],
)
def test_an_exact_person_is_known_or_not(
    two_services: TwoServices, last_name: str, first_name: str, born: date, known: bool
) -> None:
    two_services.family(MEALS)

    assert two_services.door(LEISURE).execute(KnownElsewhere(last_name, first_name, born)) is known


def test_hyphens_and_apostrophes_do_not_hide_somebody(two_services: TwoServices) -> None:
    two_services.family(MEALS, "D'AUBRAC-ROY", "Lou-Ann")

    assert two_services.door(LEISURE).execute(KnownElsewhere("D’Aubrac Roy", "Lou Ann", BORN))


def test_whom_one_sees_is_not_elsewhere(two_services: TwoServices) -> None:
    two_services.family(MEALS)

    assert not two_services.door(MEALS).execute(KnownElsewhere("MARTIN", "Léa", BORN))
    assert not two_services.door(CHIEF.login).execute(KnownElsewhere("MARTIN", "Léa", BORN))


def test_every_search_is_counted_whatever_becomes_of_it(two_services: TwoServices) -> None:
    two_services.family(MEALS)
    door = two_services.door(LEISURE)
    door.execute(KnownElsewhere("MARTIN", "Léa", BORN))
    door.execute(KnownElsewhere("DUPONT", "Léa", BORN))

    searches = [row for row in two_services.rows("audit_journal") if row["action"] == "elsewhere.searched"]
    assert [(row["actor"], json.loads(row["details"])) for row in searches] == [
        (LEISURE, {"found": True}), (LEISURE, {"found": False})
    ]
    with two_services.psql(LEISURE) as connection, said_by_server(connection) as said:
        connection.execute("SELECT known_elsewhere('martin lea', %s)", [BORN])
        connection.rollback()
    assert said == [f"somebody known elsewhere searched by {LEISURE}"]


def test_a_search_cannot_be_made_where_it_leaves_no_line(two_services: TwoServices) -> None:
    with two_services.psql(LEISURE) as connection:
        connection.execute("SET TRANSACTION READ ONLY")
        assert _code(connection, "SELECT known_elsewhere('martin lea', %s)", BORN) == "25006"


def test_creating_somebody_known_elsewhere_is_asked_about_first(two_services: TwoServices) -> None:
    two_services.family(MEALS)
    door = two_services.door(LEISURE)
    mine, _, _ = two_services.family(LEISURE, "MARTIN", "Zoé")
    add = AddPerson(mine, LEA, MemberRole.CHILD)
    parent = PersonValues("MARTIN", "Léa", birth_date=BORN)

    for command in (add, CreateFamily(parent)):
        with pytest.raises(NeedsConfirmation) as question:
            door.execute(command)
        assert question.value.code == "person.known_elsewhere"

    assert door.execute(add, confirmed=frozenset({"person.known_elsewhere"}))


def test_without_a_birth_date_nobody_is_searched(two_services: TwoServices) -> None:
    two_services.family(MEALS)

    two_services.door(LEISURE).execute(CreateFamily(PersonValues("MARTIN", "Léa")))

    assert [row for row in two_services.rows("audit_journal") if row["action"] == "elsewhere.searched"] == []


# --- asking ----------------------------------------------------------------------------------------------------------


def test_an_agent_asks_and_learns_nothing_but_the_answer(two_services: TwoServices) -> None:
    family, _, _ = two_services.family(MEALS)
    heard: list[Event] = []
    asker = two_services.door(LEISURE)
    asker.events.subscribe(LinksChanged, heard.append)

    (place,) = asker.ask(LinkPlaces())
    assert place.name == "Accueil de loisirs"
    asked = AskLink("Martin", "Léa", BORN, place.service_id, place.structure_id, f"  {WHY} ")
    assert asker.execute(asked) == 1

    (request,) = asker.ask(OwnLinks())
    assert (request.person, request.birth_date, request.place, request.reason, request.state) == (
        "MARTIN Léa", BORN, "Accueil de loisirs", WHY, LinkState.ASKED
    )
    assert heard == [LinksChanged()]
    assert asker.ask(LinksToDecide()) == ()
    assert not _sees(two_services, LEISURE, family)
    with two_services.psql(LEISURE) as connection:
        (row,) = connection.execute("SELECT * FROM link_requests").fetchall()
        assert {name for name in row if name.endswith("_id")} == {"service_id", "structure_id"}
        assert connection.execute("SELECT * FROM link_targets").fetchall() == []
        assert connection.execute("SELECT * FROM row_journal WHERE table_name LIKE 'link%%'").fetchall() == []


def test_what_is_asked_twice_waits_once(two_services: TwoServices) -> None:
    two_services.family(MEALS)

    assert (_ask(two_services), _ask(two_services)) == (1, 1)
    assert len(two_services.rows("link_requests")) == 1


def test_each_home_of_a_child_is_asked(two_services: TwoServices) -> None:
    two_services.family(MEALS)
    two_services.family(MEALS)  # the other parent's file, with a record of its own

    assert _ask(two_services) == 2
    assert len(two_services.door(LEISURE).ask(OwnLinks())) == 2


def test_nobody_to_ask_about_is_said_and_counted(two_services: TwoServices) -> None:
    two_services.family(MEALS)
    with pytest.raises(UserError, check=lambda error: error.code == "link.nobody"):
        _ask(two_services, PersonValues("INCONNU", "Léa", birth_date=BORN))

    assert two_services.rows("link_requests") == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"last_name": ""}, "last_name"), ({"birth_date": None}, "birth_date"), ({"service_id": None}, "place"),
     ({"reason": " "}, "reason"), ({"reason": "x" * 201}, "reason")],
)
def test_what_is_missing_is_said_beside_its_field(
    two_services: TwoServices, changed: dict[str, Any], field: str
) -> None:
    whole: dict[str, Any] = {"last_name": "MARTIN", "first_name": "Léa", "birth_date": BORN, "service_id": 1,
                             "structure_id": None, "reason": WHY}
    with pytest.raises(InvalidFields) as refused:
        two_services.door(LEISURE).execute(AskLink(**{**whole, **changed}))

    assert set(refused.value.fields) == {field}


def test_one_asks_for_ones_own_service_only(two_services: TwoServices) -> None:
    two_services.family(MEALS)
    (own,) = two_services.door(LEISURE).ask(LinkPlaces())
    (other,) = two_services.door(MEALS).ask(LinkPlaces())

    with pytest.raises(EnvironmentFault, check=lambda fault: fault.code == "database.forbidden"):
        two_services.door(LEISURE).execute(AskLink("MARTIN", "Léa", BORN, other.service_id, None, WHY))
    assert own.service_id != other.service_id


# --- deciding --------------------------------------------------------------------------------------------------------


def test_who_sees_the_family_accepts_in_one_gesture(two_services: TwoServices) -> None:
    family, _, _ = two_services.family(MEALS)
    _ask(two_services)
    decider = two_services.door(MEALS)

    (request,) = decider.ask(LinksToDecide())
    assert (request.family_id, request.place, request.asked_by, request.reason) == (
        family, "Accueil de loisirs", LEISURE, WHY
    )
    with decider.database.read() as session:
        assert links_waiting(session, MEALS) == (1, request.asked_at.astimezone(PARIS).date())
    decider.execute(DecideLink(request.id, accepted=True))

    assert _sees(two_services, LEISURE, family)
    (answered,) = two_services.door(LEISURE).ask(OwnLinks())
    assert answered.state is LinkState.ACCEPTED
    with two_services.door(LEISURE).database.read() as session:
        assert links_answered(session, LEISURE, answered.decided_at.date()) == 1  # type: ignore[union-attr]
        assert links_waiting(session, LEISURE) == (0, None)
    assert two_services.door(LEISURE).ask(LinksToDecide()) == ()  # who asked sees the family now, and still no more
    line = two_services.rows("audit_journal")[-1]
    assert (line["action"], line["actor"], line["subject"]) == ("link.decided", MEALS, f"link {request.id}")


def test_refused_the_family_stays_unseen(two_services: TwoServices) -> None:
    family, _, _ = two_services.family(MEALS)
    _ask(two_services)
    decider = two_services.door(MEALS)
    (request,) = decider.ask(LinksToDecide())

    decider.execute(DecideLink(request.id, accepted=False))

    assert not _sees(two_services, LEISURE, family)
    assert [each.state for each in two_services.door(LEISURE).ask(OwnLinks())] == [LinkState.REFUSED]
    (decided,) = decider.ask(LinksToDecide())
    assert decided.may_undo
    decider.execute(UndoLink(request.id))
    assert [each.state for each in two_services.door(LEISURE).ask(OwnLinks())] == [LinkState.ASKED]


def test_the_first_who_decides_wins(two_services: TwoServices) -> None:
    two_services.family(MEALS)
    _ask(two_services)
    (request,) = two_services.door(MEALS).ask(LinksToDecide())
    two_services.door(CHIEF.login).execute(DecideLink(request.id, accepted=False))

    with pytest.raises(UserError, check=lambda error: error.code == "record.changed_meanwhile"):
        two_services.door(MEALS).execute(DecideLink(request.id, accepted=True))


def test_an_administrator_decides_and_cuts_a_link(two_services: TwoServices) -> None:
    family, _, _ = two_services.family(MEALS)
    _ask(two_services)
    chief = two_services.door(CHIEF.login)
    (request,) = chief.ask(LinksToDecide())
    chief.execute(DecideLink(request.id, accepted=True))
    (decided,) = chief.ask(LinksToDecide())
    assert decided.may_undo

    with pytest.raises(EnvironmentFault, check=lambda fault: fault.code == "database.forbidden"):
        two_services.door(MEALS).execute(UndoLink(request.id))  # no more than its own decision would
    chief.execute(UndoLink(request.id))

    assert not _sees(two_services, LEISURE, family)
    assert _sees(two_services, MEALS, family)
    assert two_services.rows("link_requests")[0]["state"] == "refused"


def test_a_link_is_not_cut_where_the_children_come(two_services: TwoServices) -> None:
    family, _, child = two_services.family(MEALS)
    _ask(two_services)
    chief = two_services.door(CHIEF.login)
    (request,) = chief.ask(LinksToDecide())
    chief.execute(DecideLink(request.id, accepted=True))
    with chief.database.write() as session:
        day = NewAttendance(family, child, two_services.slots["ALSH"], date(2025, 10, 8), AttendanceState.PRESENT)
        add_attendances(session, [day])

    with pytest.raises(UserError, check=lambda error: error.code == "link.family_comes"):
        chief.execute(UndoLink(request.id))
    assert _sees(two_services, LEISURE, family)


# --- with psql -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", [LEISURE, MEALS, CHIEF.login])
def test_requests_are_written_by_the_functions_only(two_services: TwoServices, login: str) -> None:
    two_services.family(MEALS)
    _ask(two_services)
    with two_services.psql(login) as connection:
        for statement in (
            "UPDATE link_requests SET state = 'accepted'", "DELETE FROM link_requests",
            "INSERT INTO link_targets (request_id, family_id) VALUES (1, 1)", "UPDATE link_targets SET family_id = 1",
            "INSERT INTO link_requests (asked_by, service_id, state) VALUES ('x', 1, 'accepted')",
            "SELECT * FROM families_elsewhere('martin lea', '2018-05-04')", "SELECT note_search(true)",
            "SELECT reaches_family('families.edit', 1, false)",
        ):
            assert _code(connection, statement) == FORBIDDEN, statement


def test_who_asks_does_not_decide(two_services: TwoServices) -> None:
    two_services.family(MEALS)
    _ask(two_services)
    (request,) = two_services.door(MEALS).ask(LinksToDecide())
    with two_services.psql(LEISURE) as connection:
        for unknown in (request.id, 999_999):  # one cannot tell them apart
            assert _code(connection, "SELECT decide_link(%s, true)", unknown) == FORBIDDEN
            assert _code(connection, "SELECT undo_link(%s)", unknown) == FORBIDDEN
    with two_services.psql(OFFICER) as connection:  # sees the family, and may not change it
        assert _code(connection, "SELECT decide_link(%s, true)", request.id) == FORBIDDEN
        assert _code(connection, "SELECT known_elsewhere('martin lea', %s)", BORN) == FORBIDDEN


def test_a_person_of_another_service_is_not_joined_to_ones_own_family(two_services: TwoServices) -> None:
    """Nor seen by a function that runs for somebody else."""
    _, _, hidden = two_services.family(MEALS)
    mine, _, _ = two_services.family(LEISURE, "AUTRE")
    join = "INSERT INTO memberships (family_id, person_id, role, is_holder) VALUES (%s, %s, 'child', false)"
    with two_services.psql(LEISURE) as connection:
        assert connection.execute("SELECT sees_person(%s) AS sees", [hidden]).fetchall() == [{"sees": False}]
        assert _code(connection, join, mine, hidden) == FORBIDDEN


# --- on an embedded database -----------------------------------------------------------------------------------------


def test_on_an_embedded_database_none_of_this_shows(village: Village) -> None:
    village.family()
    app = village.app

    assert not app.execute(KnownElsewhere("DUPONT", "Marie", date(1988, 4, 12)))
    assert (app.ask(LinkPlaces()), app.ask(LinksToDecide()), app.ask(OwnLinks())) == ((), (), ())
    commands: list[Command[Any]] = [
        AskLink("X", "Y", BORN, 1, None, WHY), DecideLink(1, accepted=True), UndoLink(1)
    ]
    for command in commands:
        with pytest.raises(UserError, check=lambda error: error.code == "link.embedded"):
            app.execute(command)
