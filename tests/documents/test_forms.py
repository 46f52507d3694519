"""Forms to sign: made from the file, sent without health data, followed until what came back is validated."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from backoffice.documents.family_side import BLOCKED, FamilySide, SeeAsFamily, Tick
from backoffice.documents.form_lists import FamilyForms, FindForm, FormsToSign
from backoffice.documents.form_making import AskedForm, DrawnForm, MakeForms, SendForms
from backoffice.documents.forms import FormKind, FormState, FormView
from backoffice.documents.kinds import DocumentState
from backoffice.health.commands import EditHealthSheet
from backoffice.health.queries import SheetReadings
from backoffice.health.rules import SheetValues
from backoffice.kernel.errors import UserError
from backoffice.letters.posting import Delivery, Envelope, Fate
from backoffice.letters.saying import HOLD
from backoffice.letters.sending import CloseLetters, TakeLetter, TellDelivery
from backoffice.letters.tables import LetterFileRow
from backoffice.registrations.commands import RequestRegistration
from tests.documents.conftest import YEAR, Desk
from tests.documents.conftest import _desk as town_desk
from tests.support.towns import CHIEF, NOON, SmallTown

ALLERGY = "Arachide"


def stay(desk: Desk) -> None:
    """Wanted for the year: its documents are asked for from then on."""
    desk.town.do(RequestRegistration(desk.family.id, desk.family.child, desk.activity, YEAR))


def make(desk: Desk, kind: FormKind = FormKind.HEALTH, reason: str = "") -> FormView:
    (view,) = desk.town.do(MakeForms((AskedForm(desk.family.id, desk.family.child, kind),), reason))
    return view


def state(desk: Desk, kind: FormKind = FormKind.HEALTH) -> FormState:
    lines = desk.town.ask(FamilyForms(desk.family.id))
    return next(line.state for line in lines if line.kind is kind and line.child_id == desk.family.child)


def test_a_form_says_what_the_file_knows_and_health_only_when_it_is_opened(town: SmallTown) -> None:
    desk = town_desk(town)
    stay(desk)
    child = desk.family.child
    assert desk.town.refused(MakeForms((AskedForm(desk.family.id, child, FormKind.HEALTH),), "x")) == "forms.no_health"
    desk.town.app = desk.town.door(CHIEF.permissions | {"health.read", "health.edit"})
    desk.town.do(EditHealthSheet(child, 0, SheetValues(allergies=ALLERGY)))
    plain = make(desk)
    assert plain.health is None
    assert plain.child
    assert plain.places
    assert plain.adults
    assert not desk.town.ask(SheetReadings(child))
    full = make(desk, reason="Mettre la fiche à jour")
    assert full.health is not None
    assert full.health.allergies == ALLERGY
    assert full.number > plain.number
    assert [each.reason for each in desk.town.ask(SheetReadings(child))] == ["Mettre la fiche à jour"]


def test_a_form_of_a_stranger_is_refused(desk: Desk) -> None:
    with pytest.raises(UserError) as refused:
        desk.town.do(MakeForms((AskedForm(desk.family.id, 999_999, FormKind.HEALTH),)))
    assert refused.value.code == "forms.not_a_child"


def test_the_number_on_a_paper_gives_its_child_and_its_type(desk: Desk) -> None:
    view = make(desk, FormKind.AUTHORISATIONS)
    found = desk.town.ask(FindForm(view.printed_number))
    assert (found.family_id, found.child_id, found.type_code) == (desk.family.id, desk.family.child, "AUTHORISATIONS")
    for typed, code in (("000001-00", "forms.number_misread"), (replace(view, number=99_999).printed_number,
                                                               "forms.unknown")):
        with pytest.raises(UserError) as refused:
            desk.town.ask(FindForm(typed))
        assert refused.value.code == code


def test_a_form_leaves_with_its_letter_and_is_followed_until_it_is_validated(desk: Desk) -> None:
    stay(desk)
    desk.town.sql("UPDATE people SET email = :email, version = version + 1 WHERE id = :id",
                  email="camille@familles.example", id=desk.family.parent)
    assert state(desk) is FormState.NOTHING
    view = make(desk)
    assert state(desk) is FormState.GENERATED
    assert desk.town.do(SendForms((DrawnForm(view.number, view.file_name, b"%PDF-1.7 x"),))) == 1
    assert state(desk) is FormState.TO_SEND
    later = NOON + HOLD + timedelta(seconds=1)
    desk.town.do(CloseLetters(later))
    letter = desk.town.do(TakeLetter(later))
    assert isinstance(letter, Envelope)
    assert [(file.name, file.content) for file in letter.files] == [(f"{view.file_name}.pdf", b"%PDF-1.7 x")]
    assert "Fiche sanitaire de liaison" in letter.body
    desk.town.do(TellDelivery(letter.id, letter.tries, Delivery(Fate.SENT), later))
    assert state(desk) is FormState.SENT
    with desk.town.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LetterFileRow)) == 0
    desk.send("HEALTH_FORM", desk.family.child, DocumentState.PENDING, at=later)
    assert state(desk) is FormState.RETURNED
    desk.send("HEALTH_FORM", desk.family.child, DocumentState.REJECTED, at=later + timedelta(days=1))
    assert state(desk) is FormState.RETURNED  # another waits


def test_the_round_lists_who_is_asked_and_registered(desk: Desk) -> None:
    assert not desk.town.ask(FormsToSign())
    stay(desk)
    lines = desk.town.ask(FormsToSign())
    assert {(line.child_id, line.kind) for line in lines} >= {(desk.family.child, FormKind.HEALTH)}
    assert all(line.places for line in lines)


def side(desk: Desk) -> FamilySide:
    return desk.town.ask(SeeAsFamily(desk.family.id))


def test_the_family_sees_ticks_crosses_and_comments_in_the_words_of_its_portal(desk: Desk) -> None:
    stay(desk)
    before = side(desk)
    total, _, parts = before.counted.partition(" = ")
    assert int(total) == sum(map(int, parts.split(" + "))) == sum(person.to_send for person in before.people)
    assert before.is_blocked
    assert BLOCKED == "+ Document(s) manquant(s) - Pas de nouvelle inscription possible"
    desk.send("INSURANCE", desk.family.child, DocumentState.REJECTED, comment="Ne couvre pas l'extra-scolaire.")
    desk.send("PHOTO", desk.family.child)
    mine = next(person for person in side(desk).people if person.blocked)
    by_state = {document.name: document for document in mine.documents}
    rejected = next(each for name, each in by_state.items() if "assurance" in name)
    assert (rejected.tick, rejected.state, rejected.comment) == (Tick.RED, "Rejeté", "Ne couvre pas l'extra-scolaire.")
    assert by_state["Photo récente"].tick is Tick.GREEN
