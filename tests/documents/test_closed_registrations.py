"""Two services that do not know each other's families: who may register whom, forgive what, and learns of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier
from typing import Any

import psycopg
import pytest

from backoffice.documents.kinds import Blocks, Owner, Sensitivity
from backoffice.documents.obligations import BlockedChildren, ListObligations
from backoffice.documents.requiring import Asked
from backoffice.documents.types import (
    AddDocumentType,
    AdoptStartingTypes,
    EditDocumentType,
    ListDocumentTypes,
    TypeValues,
)
from backoffice.documents.waiving import GiveWaiver
from backoffice.families.commands import ChangeRole, RemoveMember
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import ReadFamily
from backoffice.kernel.application import Application
from backoffice.kernel.errors import EnvironmentFault, PermissionDenied, UserError
from backoffice.kernel.periods import Period
from backoffice.registrations.commands import RegisterChild, RequestRegistration
from backoffice.registrations.queries import ListRegistrations
from tests.support.towns import CHIEF
from tests.support.two_services import DIRECTOR, HEALTH, LEISURE, MEALS, OFFICER, TwoServices

SINCE = Period(date(2026, 9, 1))
_REGISTER = (
    "INSERT INTO registrations (family_id, child_id, activity_id, first_day, state, asked_at, version)"
    " VALUES (%s, %s, %s, '2026-09-01', 'accepted', now(), 1)"
)
_FORGIVE = (
    "INSERT INTO document_waivers (family_id, person_id, type_id, until, reason, given_by, given_at)"
    " VALUES (%s, %s, %s, '2026-12-31', 'Délai', %s, now())"
)


def _activity(services: TwoServices, code: str) -> int:
    return next(int(row["id"]) for row in services.rows("activities") if row["code"] == code)


def _refused(connection: psycopg.Connection[dict[str, Any]], statement: str, *values: object) -> bool:
    """Whether the server itself refuses it for want of a right; nothing of it is kept."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement, values)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def test_a_secretary_registers_the_children_of_their_families_in_their_service(two_services: TwoServices) -> None:
    family, parent, child = two_services.family(MEALS)
    meals, leisure = _activity(two_services, "CANT"), _activity(two_services, "ALSH")
    two_services.door(MEALS).execute(RegisterChild(family, child, meals, SINCE))
    _, _, stranger = two_services.family(LEISURE, "PETIT", "Zoé")
    with two_services.psql(MEALS) as connection:
        assert not _refused(connection, _REGISTER, family, child, meals)
        assert _refused(connection, _REGISTER, family, child, leisure)
        assert _refused(connection, _REGISTER, family, stranger, meals)
        assert _refused(connection, _REGISTER, family, parent, meals)
    with pytest.raises(EnvironmentFault) as elsewhere:
        two_services.door(MEALS).execute(RegisterChild(family, child, leisure, SINCE))
    assert elsewhere.value.code == "database.forbidden"


def test_another_service_sees_no_registration_and_registers_nobody(two_services: TwoServices) -> None:
    family, _, child = two_services.family(MEALS)
    two_services.door(MEALS).execute(RegisterChild(family, child, _activity(two_services, "CANT"), SINCE))
    other = two_services.door(LEISURE)
    assert other.ask(ListRegistrations(family)) == ()
    assert other.ask(BlockedChildren()) == ()
    with pytest.raises(UserError) as unknown:
        other.execute(RequestRegistration(family, child, _activity(two_services, "ALSH"), SINCE))
    assert unknown.value.code == "family.unknown"
    with two_services.psql(LEISURE) as connection:
        assert connection.execute("SELECT * FROM registrations").fetchall() == []
        assert _refused(connection, _REGISTER, family, child, _activity(two_services, "ALSH"))


@pytest.mark.parametrize("login", [OFFICER, DIRECTOR, HEALTH])
def test_who_only_reads_registers_nobody(two_services: TwoServices, login: str) -> None:
    family, _, child = two_services.family(MEALS)
    activity = _activity(two_services, "CANT")
    with pytest.raises(PermissionDenied):
        two_services.door(login).execute(RegisterChild(family, child, activity, SINCE))
    with two_services.psql(login) as connection:
        assert _refused(connection, _REGISTER, family, child, activity)


def test_a_family_is_known_where_its_child_is_registered(two_services: TwoServices) -> None:
    """Before the child ever came there: the service must prepare for it."""
    family, _, child = two_services.family(MEALS)
    with pytest.raises(UserError) as unknown:
        two_services.door(LEISURE).ask(ReadFamily(family))
    assert unknown.value.code == "family.unknown"
    chief = two_services.door(CHIEF.login)
    chief.execute(RequestRegistration(family, child, _activity(two_services, "ALSH"), SINCE))
    leisure = two_services.door(LEISURE)
    assert leisure.ask(ReadFamily(family)).id == family
    assert [line.child_id for line in leisure.ask(ListRegistrations(family))] == [child]
    # The service that knew the family first learns nothing of the other one.
    assert two_services.door(MEALS).ask(ListRegistrations(family)) == ()


def test_each_service_is_told_what_its_own_registrations_ask_for(two_services: TwoServices) -> None:
    chief = two_services.door(CHIEF.login)
    service = next(int(row["id"]) for row in two_services.rows("services") if row["code"] == "ALSH")
    there = (Asked(service, blocks=Blocks.REGISTRATION),)
    chief.execute(AddDocumentType("NATATION", Owner.CHILD, TypeValues("Test d'aisance aquatique"), there))
    family, _, child = two_services.family(MEALS)
    for code in ("CANT", "ALSH"):
        chief.execute(RequestRegistration(family, child, _activity(two_services, code), SINCE))
    assert two_services.door(MEALS).ask(ListObligations(family)).asked == ()
    (asked,) = two_services.door(LEISURE).ask(ListObligations(family)).asked
    assert asked.name == "Test d'aisance aquatique"


def test_a_type_about_health_stays_so_but_for_who_reads_health_sheets(two_services: TwoServices) -> None:
    """Else an administrator, who reads none, would open what was sent under it, and leave no trace."""
    chief = two_services.door(CHIEF.login)
    chief.execute(AdoptStartingTypes())
    pai = next(each for each in chief.ask(ListDocumentTypes()) if each.code == "PAI")
    assert pai.values.sensitivity is Sensitivity.HEALTH
    lower = EditDocumentType(pai.id, pai.version, replace(pai.values, sensitivity=Sensitivity.USUAL))
    with pytest.raises(PermissionDenied):
        chief.execute(lower)
    with two_services.psql(CHIEF.login) as connection:
        assert _refused(
            connection, "UPDATE document_types SET sensitivity = 'usual', version = version + 1 WHERE id = %s", pai.id
        )
    chief.execute(EditDocumentType(pai.id, pai.version, replace(pai.values, name="Projet d'accueil")))


def test_a_waiver_is_given_in_one_s_own_name_to_people_of_one_s_own(two_services: TwoServices) -> None:
    two_services.door(CHIEF.login).execute(AdoptStartingTypes())
    kinds = {row["code"]: int(row["id"]) for row in two_services.rows("document_types")}
    family, _, child = two_services.family(MEALS)
    _, _, stranger = two_services.family(LEISURE, "PETIT", "Zoé")
    secretary = two_services.door(MEALS)
    secretary.execute(GiveWaiver(family, child, kinds["PHOTO"], date(2026, 12, 31), "Photographe absent"))
    with two_services.psql(MEALS) as connection:
        assert not _refused(connection, _FORGIVE, family, child, kinds["PHOTO"], MEALS)
        assert _refused(connection, _FORGIVE, family, child, kinds["PHOTO"], CHIEF.login)
        assert _refused(connection, _FORGIVE, family, stranger, kinds["PHOTO"], MEALS)
    with two_services.psql(LEISURE) as connection:
        assert connection.execute("SELECT * FROM document_waivers").fetchall() == []
        assert _refused(connection, _FORGIVE, family, child, kinds["PHOTO"], LEISURE)
    with two_services.psql(OFFICER) as connection:
        assert _refused(connection, _FORGIVE, family, child, kinds["PHOTO"], OFFICER)


def test_a_registered_child_is_not_taken_away_by_who_sees_the_registration(two_services: TwoServices) -> None:
    family, _, child = two_services.family(MEALS)
    secretary = two_services.door(MEALS)
    secretary.execute(RegisterChild(family, child, _activity(two_services, "CANT"), SINCE))
    for command in (RemoveMember(family, child), ChangeRole(family, child, MemberRole.CHILD, MemberRole.CONTACT)):
        with pytest.raises(UserError) as kept:
            secretary.execute(command)
        assert kept.value.code == "member.has_registration"


def test_a_declared_pai_is_told_to_who_asks_for_its_proof_and_not_to_who_bills(two_services: TwoServices) -> None:
    _, _, child = two_services.family(MEALS)
    with two_services.psql(HEALTH, autocommit=True) as connection:
        connection.execute(
            "SELECT write_health_sheet(jsonb_build_object('person_id', %s::bigint, 'version', 1, 'allergies', '',"
            " 'menu', '', 'has_pai', true, 'pai_conduct', '', 'treatments', '', 'doctor_name', '',"
            " 'doctor_phone', '', 'remarks', ''))", (child,),
        )
    told = {}
    for login in (MEALS, DIRECTOR, HEALTH, OFFICER, LEISURE):
        with two_services.psql(login) as connection:
            told[login] = connection.execute("SELECT declared_pai(ARRAY[%s]::bigint[])", (child,)).rowcount
    assert told == {MEALS: 1, DIRECTOR: 1, HEALTH: 1, OFFICER: 0, LEISURE: 0}


def test_two_agents_who_register_the_same_child_at_once_make_one_registration(two_services: TwoServices) -> None:
    family, _, child = two_services.family(MEALS)
    activity = _activity(two_services, "CANT")
    doors = [two_services.door(MEALS), two_services.door(CHIEF.login)]
    ready = Barrier(len(doors))

    def register(door: Application) -> str:
        ready.wait()
        try:
            door.execute(RegisterChild(family, child, activity, SINCE))
        except UserError as refusal:
            return refusal.code
        return ""

    with ThreadPoolExecutor(len(doors)) as agents:
        told = sorted(agents.map(register, doors))
    assert told == ["", "registration.twice"]
    assert len(two_services.rows("registrations")) == 1
