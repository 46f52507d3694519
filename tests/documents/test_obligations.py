"""What is asked of families, what blocks a registration, and what forgives it for a while."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from backoffice.documents.kinds import Blocks, Condition, DocumentState, Feed, ObligationState, Owner
from backoffice.documents.obligations import ListObligations, obligations_of
from backoffice.documents.requiring import Asked
from backoffice.documents.rollover import PreviewRollOver
from backoffice.documents.types import (
    AddDocumentType,
    AdoptStartingTypes,
    DocumentTypeLine,
    EditDocumentType,
    ListDocumentTypes,
    TypeValues,
)
from backoffice.documents.waiving import EndWaiver, GiveWaiver, ListWaivers
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import Period, SchoolYear
from backoffice.registrations.commands import EndRegistration, RegisterChild, RequestRegistration
from backoffice.registrations.queries import ListRegistrations
from tests.documents.conftest import YEAR, Desk
from tests.support.towns import NOON

TODAY = NOON.date()
MANDATORY = {"QF_CAF", "TAX_NOTICE", "RULES_SIGNED", "INSURANCE", "VACCINES", "HEALTH_FORM", "PHOTO"}


def _type(desk: Desk, code: str) -> DocumentTypeLine:
    return next(each for each in desk.town.ask(ListDocumentTypes()) if each.code == code)


def _ask(desk: Desk, code: str, *asked: Asked) -> None:
    line = _type(desk, code)
    desk.town.do(EditDocumentType(line.id, line.version, line.values, asked))


# --- types -------------------------------------------------------------------------------------------------------


def test_the_proposed_list_is_that_of_the_portal(desk: Desk) -> None:
    types = desk.town.ask(ListDocumentTypes())
    asked = {each.code for each in types if any(r.is_mandatory for r in each.requirements)}
    assert asked == MANDATORY
    assert all(each.requirements[0].place == "Toute la commune" for each in types if each.code in MANDATORY)
    assert {"CAF_VOUCHER", "ADDRESS", "PAI", "EMPLOYER", "BANK_MANDATE"} <= {each.code for each in types}
    assert [reason.label for reason in _type(desk, "INSURANCE").reasons][:2] == [
        "Document illisible", "Assurance ne couvrant pas les activités extra-scolaires"
    ]
    assert desk.town.do(AdoptStartingTypes()) == 0  # what the town has is left as it is


def test_a_town_makes_the_list_its_own(desk: Desk) -> None:
    photo = _type(desk, "PHOTO")
    desk.town.do(EditDocumentType(photo.id, photo.version, TypeValues("Photo d'identité", retention_days=30)))
    assert _type(desk, "PHOTO").name == "Photo d'identité"
    with pytest.raises(UserError) as stale:
        desk.town.do(EditDocumentType(photo.id, photo.version, TypeValues("Autre")))
    assert stale.value.code == "record.changed_meanwhile"
    added = desk.town.do(AddDocumentType("natation", photo.owner, TypeValues("Test d'aisance aquatique")))
    _ask(desk, "NATATION", Asked(blocks=Blocks.REGISTRATION))
    line = _type(desk, "NATATION")
    assert line.id == added
    assert [(r.is_mandatory, r.blocks) for r in line.requirements] == [(True, Blocks.REGISTRATION)]
    _ask(desk, "NATATION", Asked(is_mandatory=False, blocks=Blocks.REGISTRATION))
    (requirement,) = _type(desk, "NATATION").requirements
    assert requirement.blocks is Blocks.NOTHING
    _ask(desk, "NATATION")
    assert _type(desk, "NATATION").requirements == ()


@pytest.mark.parametrize(
    ("code", "name", "field"), [("é è", "Nom", "code"), ("PHOTO", "Nom", "code"), ("X", " ", "name")]
)
def test_a_type_that_cannot_be_is_refused_beside_its_field(desk: Desk, code: str, name: str, field: str) -> None:
    owner = _type(desk, "PHOTO").owner
    with pytest.raises(InvalidFields) as refused:
        desk.town.do(AddDocumentType(code, owner, TypeValues(name)))
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize(
    ("owner", "values", "field"),
    [
        (Owner.CHILD, TypeValues("Attestation de la crèche", group="quotient"), "group"),
        (Owner.FAMILY, TypeValues("PAI", condition=Condition.PAI), "condition"),
        (Owner.ADULT, TypeValues("Assurance", feeds=Feed.INSURANCE), "feeds"),
        (Owner.CHILD, TypeValues("Quotient", feeds=Feed.QUOTIENT), "feeds"),
    ],
)
def test_a_type_is_asked_of_whom_it_can_be(desk: Desk, owner: Owner, values: TypeValues, field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        desk.town.do(AddDocumentType("NOUVEAU", owner, values))
    assert set(refused.value.fields) == {field}
    assert sentence(refused.value.fields[field])


# --- registering ---------------------------------------------------------------------------------------------------


def test_a_child_is_registered_once_everything_is_validated(desk: Desk) -> None:
    with pytest.raises(UserError) as held:
        desk.register()
    assert held.value.code == "registration.held_back"
    told = sentence(held.value)
    assert "Attestation QF CAF/ MSA ou dernier avis d'imposition : manquante." in told
    assert f"Photo récente de {_child_name(desk)} : manquante." in told

    desk.send_everything()
    desk.send("PHOTO", desk.family.child, DocumentState.REJECTED, at=NOON + timedelta(hours=1), comment="Floue.")
    desk.register()
    (line,) = desk.town.ask(ListRegistrations(desk.family.id))
    assert (line.child_id, line.period, line.moment(TODAY)) == (desk.family.child, YEAR, "En cours")
    with pytest.raises(UserError) as twice:
        desk.register()
    assert twice.value.code == "registration.twice"

    desk.town.do(EndRegistration(line.id, line.version, date(2025, 12, 19)))
    (line,) = desk.town.ask(ListRegistrations(desk.family.id))
    assert line.moment(date(2026, 1, 5)) == "Terminée"


def _child_name(desk: Desk) -> str:
    return desk.town.ask(ListObligations(desk.family.id)).names[desk.family.child]


def test_what_is_sent_and_not_validated_still_blocks(desk: Desk) -> None:
    desk.send_everything()
    desk.town.sql("DELETE FROM documents WHERE type_id = :type", type=desk.type_id("INSURANCE"))
    desk.send("INSURANCE", desk.family.child, DocumentState.PENDING)
    with pytest.raises(UserError) as held:
        desk.register()
    assert held.value.params["count"] == 1
    assert "transmise" in sentence(held.value)


def test_somebody_who_is_no_child_of_the_family_is_not_registered(desk: Desk) -> None:
    with pytest.raises(UserError) as refused:
        desk.town.do(RegisterChild(desk.family.id, desk.family.parent, desk.activity, YEAR))
    assert refused.value.code == "registration.not_a_child"


def test_the_file_counts_as_the_portal_does_and_says_who_is_blocked(desk: Desk) -> None:
    desk.send_everything()
    desk.register()
    done = desk.town.ask(ListObligations(desk.family.id))
    assert (done.counters.total, done.blocked) == (0, frozenset())

    desk.town.sql("DELETE FROM documents WHERE person_id IS NULL")
    desk.town.sql("DELETE FROM documents WHERE type_id = :type", type=desk.type_id("PHOTO"))
    desk.send("PHOTO", desk.family.child, DocumentState.REJECTED, comment="Photo floue.")
    missing = desk.town.ask(ListObligations(desk.family.id))
    assert (missing.counters.total, missing.counters.family) == (3, 2)
    assert missing.blocked == {desk.family.child}
    photo = next(o for o in missing.of(desk.family.child) if o.name == "Photo récente")
    assert (photo.state, photo.comment) == (ObligationState.REJECTED, "Photo floue.")


# --- waivers --------------------------------------------------------------------------------------------------------


def test_a_waiver_lets_a_child_in_until_its_day(desk: Desk) -> None:
    desk.send_everything()
    desk.town.sql("DELETE FROM documents WHERE type_id = :type", type=desk.type_id("INSURANCE"))
    kind, until = desk.type_id("INSURANCE"), TODAY + timedelta(days=30)
    waiver = desk.town.do(GiveWaiver(desk.family.id, desk.family.child, kind, until, "  L'assureur tarde. "))
    desk.register()
    (line,) = desk.town.ask(ListWaivers(desk.family.id))
    assert (line.until, line.reason, line.person) == (until, "L'assureur tarde.", _child_name(desk))
    assert line.in_force

    assert desk.town.ask(ListObligations(desk.family.id)).blocked == frozenset()
    desk.town.do(EndWaiver(waiver))
    assert desk.town.ask(ListObligations(desk.family.id)).blocked == {desk.family.child}
    with pytest.raises(UserError) as ended:
        desk.town.do(EndWaiver(waiver))
    assert ended.value.code == "documents.waiver_ended"


def test_a_waiver_given_again_replaces_the_one_in_force(desk: Desk) -> None:
    kind = desk.type_id("INSURANCE")
    for days in (10, 20):
        desk.town.do(GiveWaiver(desk.family.id, desk.family.child, kind, TODAY + timedelta(days=days), "Délai"))
    assert [line.in_force for line in desk.town.ask(ListWaivers(desk.family.id))] == [True, False]


@pytest.mark.parametrize(
    ("days", "reason", "field"),
    [(-1, "Délai", "until"), (400, "Délai", "until"), (10, "  ", "reason"), (10, "x" * 241, "reason")],
)
def test_a_waiver_has_a_day_to_come_and_a_reason(desk: Desk, days: int, reason: str, field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        desk.town.do(GiveWaiver(
            desk.family.id, desk.family.child, desk.type_id("PHOTO"), TODAY + timedelta(days=days), reason
        ))
    assert set(refused.value.fields) == {field}


def test_a_waiver_of_a_child_s_document_names_the_child(desk: Desk) -> None:
    for code, person in (("PHOTO", None), ("RULES_SIGNED", desk.family.child)):
        with pytest.raises(InvalidFields) as refused:
            desk.town.do(GiveWaiver(desk.family.id, person, desk.type_id(code), TODAY, "Délai"))
        assert set(refused.value.fields) == {"person"}


# --- the rentrée ----------------------------------------------------------------------------------------------------


def test_the_rentree_says_what_is_to_send_again(desk: Desk) -> None:
    desk.send_everything()
    desk.register(period=Period(date(2025, 9, 1)))
    next_year = desk.town.ask(PreviewRollOver(SchoolYear(2026)))
    (family,) = next_year.families
    assert (len(family.documents), family.missing, next_year.missing) == (6, (), 0)
    assert dict(next_year.by_document)["Photo récente"] == 1
    desk.send("VACCINES", desk.family.child, period=Period(date(2025, 11, 1), date(2029, 5, 4)))
    assert "Copie du carnet de vaccination" not in dict(desk.town.ask(PreviewRollOver(SchoolYear(2026))).by_document)


def test_the_rentree_tells_apart_what_ends_and_what_is_owed_already(desk: Desk) -> None:
    desk.send_everything()
    desk.register(period=Period(date(2025, 9, 1)))
    desk.town.sql("DELETE FROM documents WHERE type_id = :type", type=desk.type_id("PHOTO"))
    before = {table: desk.town.rows(table) for table in ("documents", "registrations", "document_waivers")}
    next_year = desk.town.ask(PreviewRollOver(SchoolYear(2026)))
    (family,) = next_year.families
    assert (len(family.documents), family.missing) == (5, (f"Photo récente ({_child_name(desk)})",))
    assert (sum(count for _, count in next_year.by_document), next_year.missing) == (5, 1)
    # It is a look at what the days do by themselves: nothing was written.
    assert {table: desk.town.rows(table) for table in before} == before


def test_many_families_take_as_many_reads_as_one(desk: Desk) -> None:
    many = [desk.town.family(name).id for name in ("ABADIE", "BERNARD", "CHEVALIER", "DURAND")]
    for family in (desk.family.id, *many):
        child = next(row["person_id"] for row in desk.town.rows("memberships")
                     if row["family_id"] == family and row["role"] == "child")
        desk.town.do(RequestRegistration(family, child, desk.activity, YEAR))
    with desk.town.database.read() as session:
        reads: list[str] = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *told: reads.append(told[2]))
        obligations_of(session, [desk.family.id], TODAY)
        alone = sum(statement.startswith("SELECT") for statement in reads)
        reads.clear()
        found = obligations_of(session, [desk.family.id, *many], TODAY)
    assert len(found) == 5
    assert sum(statement.startswith("SELECT") for statement in reads) == alone
