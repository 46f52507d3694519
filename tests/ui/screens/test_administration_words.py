"""Types of documents and words of the mails, changed in the administration, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.documents.kinds import Blocks, Owner, Validity
from backoffice.documents.requiring import Asked
from backoffice.documents.types import (
    AddDocumentType,
    DocumentTypeLine,
    EditDocumentType,
    ListDocumentTypes,
    TypeValues,
)
from backoffice.kernel.errors import InvalidFields
from backoffice.letters.commands import EditTemplate
from backoffice.letters.kinds import LetterKind
from backoffice.letters.rules import Template
from tests.support.agent import Agent
from tests.support.desk import Desk, open_desk
from tests.support.towns import SmallTown
from tests.ui.screens.test_administration_presenter import Page, Story
from ui.presenting import Place
from ui.screens.administration.presenter import AdministrationPresenter
from ui.screens.administration.types import asked_words, state_words, weight_words
from ui.screens.administration.words import names_for

DECIDED = LetterKind.DOCUMENTS_DECIDED


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with open_desk(tmp_path) as desk:
        desk.slot()
        agent, page = Agent(desk.app), Page()
        yield Story(desk, agent, page, AdministrationPresenter(page, agent.desk, {}))


def _line(story: Story, code: str) -> DocumentTypeLine:
    return next(line for line in story.page.types if line.code == code)


def _service(desk: Desk) -> int:
    return int(desk.rows("services")[0]["id"])


# --- documents ----------------------------------------------------------------------------------------------------


def test_a_town_adopts_the_proposed_list_once_and_completes_it_later(story: Story) -> None:
    types = story.presenter.types
    story.agent.says_yes = False
    assert story.open("types").types == ()
    types.adopt()
    assert "16 pièces" in story.agent.asked[-1].text
    assert story.page.types == ()
    story.agent.says_yes = True
    types.adopt()
    assert len(story.page.types) == 16
    assert types.proposed == 0


def test_a_type_is_added_with_who_asks_for_it_then_changed_ended_and_put_back(story: Story) -> None:
    service = _service(story.desk)
    story.open("types")
    story.presenter.types.add()
    story.save(code="natation", name="")
    assert story.page.errors == {"name": "Remplissez « Nom, que les familles lisent »."}
    drafting = story.presenter.drafting
    drafting.typed_rows("asked", {"asked/0/place": f"{service}/0", "asked/0/weight": "booking"})
    drafting.typed_rows("reasons", {"reasons/0/code": "unreadable"})
    story.save(name="Test d'aisance aquatique", validity="years", validity_years="3")
    line = _line(story, "NATATION")
    assert (line.values.validity, line.values.validity_years) == (Validity.YEARS, 3)
    assert (asked_words(line), weight_words(line)) == ("Restauration", "bloque la réservation")
    assert [one.code for one in line.reasons] == ["unreadable", "other"]

    story.presenter.types.edit(line)
    drafting.typed_rows("asked", {"asked/0/place": "0/0", "asked/0/weight": "optional"})
    story.save(last_day="31/08/2025")
    changed = _line(story, "NATATION")
    assert (asked_words(changed), weight_words(changed)) == ("Toute la commune", "facultative")
    assert state_words(changed, story.presenter.types.today) == "finie le 31/08/2025"
    assert changed.version > line.version
    story.agent.undo()
    back = _line(story, "NATATION")
    assert back.values == line.values
    assert (asked_words(back), weight_words(back)) == ("Restauration", "bloque la réservation")


def test_what_cannot_be_asked_is_said_beside_its_field(story: Story) -> None:
    story.open("types")
    story.presenter.types.adopt()
    story.presenter.types.edit(_line(story, "QF_CAF"))
    drafting = story.presenter.drafting
    drafting.typed_rows("asked", {
        "asked/0/place": "0/0", "asked/0/weight": "optional", "asked/1/place": "0/0", "asked/1/weight": "mandatory",
    })
    story.save(retention_days="beaucoup")
    assert set(story.page.errors) == {"retention_days"}
    story.save(retention_days="30")
    assert "cité deux fois" in story.page.errors["asked"]
    drafting.typed_rows("asked", {})
    story.save()
    assert asked_words(_line(story, "QF_CAF")) == "personne"


def test_who_asks_is_part_of_what_was_read(either_town: SmallTown) -> None:
    service = either_town.service_of(either_town.slot())
    type_id = either_town.do(AddDocumentType("NATATION", Owner.CHILD, TypeValues("Natation"), (Asked(service),)))
    (line,) = either_town.ask(ListDocumentTypes())
    narrowed = (Asked(service, None, is_mandatory=True, blocks=Blocks.REGISTRATION),)
    version = either_town.do(EditDocumentType(type_id, line.version, line.values, narrowed))
    assert version > line.version
    late = EditDocumentType(type_id, line.version, line.values, ())
    assert either_town.refused(late) == "record.changed_meanwhile"
    assert either_town.do(EditDocumentType(type_id, version, line.values, narrowed)) == version
    assert either_town.do(EditDocumentType(type_id, version, TypeValues("Nager"))) > version
    (line,) = either_town.ask(ListDocumentTypes())
    assert [one.blocks for one in line.requirements] == [Blocks.REGISTRATION]
    with pytest.raises(InvalidFields) as caught:
        either_town.do(EditDocumentType(type_id, line.version, line.values, (Asked(service + 99),)))
    assert set(caught.value.fields) == {"asked"}


# --- words --------------------------------------------------------------------------------------------------------


def test_words_are_seen_as_they_are_typed_saved_and_taken_back(story: Story) -> None:
    page, words = story.open("letters"), story.presenter.words
    assert page.preview is not None
    assert page.preview.subject == "Vos pièces : 2 validées, 2 à renvoyer"
    assert [words.is_own] == [False]
    words.edit()
    story.presenter.drafting.typed("subject", "{commune} : {résumé}")
    words.preview()
    assert page.preview.subject == "Commune de Valbrume : 2 validées, 2 à renvoyer"
    story.presenter.drafting.typed("subject", "{commune} : {resume}")
    words.preview()
    assert page.preview.subject == "Commune de Valbrume : 2 validées, 2 à renvoyer"  # the last that can be read
    assert "{resume} n'existe pas ici" in page.preview_note
    story.presenter.drafting.save()
    assert set(page.errors) == {"subject"}
    story.save(subject="{commune}")
    assert [words.is_own] == [True]
    assert (page.preview.subject, page.preview_note) == ("Commune de Valbrume", "")

    words.restore()
    assert [words.is_own] == [False]
    story.agent.undo()
    assert words.shown is not None
    assert words.shown.template.subject == "{commune}"


def test_each_kind_has_its_words_and_each_field_its_names(story: Story) -> None:
    page, words = story.open("letters"), story.presenter.words
    words.choose(LetterKind.DOCUMENTS_REMINDER)
    assert page.words is not None
    assert page.words.kind is LetterKind.DOCUMENTS_REMINDER
    assert [name for name, _ in names_for(page.words, "body")] == ["famille", "commune", "contact", "résumé",
                                                                  "manquantes", "expirantes"]
    assert "pièce" in dict(names_for(page.words, "missing"))
    words.edit()
    assert story.presenter.drafting.task is not None
    words.choose(DECIDED)
    assert story.presenter.drafting.task is None


def test_words_saved_meanwhile_by_a_colleague_are_compared(story: Story) -> None:
    page = story.page
    story.presenter.open(Place("administration", {"tab": "letters", "kind": DECIDED.value}))
    story.presenter.drafting.typed("subject", "Le mien")
    theirs = Template("Le leur", "{validées} {rejetées}", {"accepted": "{pièce}", "rejected": "{pièce}"})
    story.desk.do(EditTemplate(DECIDED, 0, theirs))
    assert page.notice is not None
    assert "entre-temps" in page.notice.text
