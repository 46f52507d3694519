"""The queue of pieces without a window: what comes, what is decided, what is taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from backoffice.catalog.kinds import NO_STRUCTURE
from backoffice.documents.deciding import AcceptDocument
from backoffice.documents.delays import Urgency
from backoffice.documents.kinds import DocumentState
from backoffice.documents.queue import ListQueue, QueueLine, ReadPiece
from backoffice.documents.taking import GiveBack, TakePiece
from backoffice.documents.waiving import ListWaivers
from backoffice.kernel.periods import Period
from backoffice.registrations.commands import RequestRegistration
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.desk import NOON, Desk, open_desk
from tests.support.pieces import adopt, pdf_of, send
from tests.support.towns import CHIEF
from ui.forms import FieldSpec, values_of
from ui.presenting import Place
from ui.screens.documents.comparing import Compared, Found
from ui.screens.documents.presenter import Counts, PiecesPresenter, Sight
from ui.screens.documents.rows import Kept
from ui.widgets.preview.pages import PreviewDocument, PreviewFile


class Page(BannerShown):
    """What the page shows last, and a form that somebody fills."""

    def __init__(self) -> None:
        self.counts: Counts | None = None
        self.lines: list[QueueLine] = []
        self.current: int | None = None
        self.sight: Sight | None = None
        self.document: PreviewDocument | None = None
        self.refusal = ""
        self.empty = ""
        self.released: Sequence[str] = ()
        self.earlier: PreviewDocument | None = None
        self.ready: list[str] = []
        self.said = self.note = ""
        self.form = ""
        self.typed: dict[str, str] = {}
        self.errors: Mapping[str, str] = {}
        self.asking = False

    def show_counts(self, counts: Counts, kept: Kept) -> None:
        self.counts = counts

    def show_queue(self, lines: Sequence[QueueLine]) -> None:
        self.lines = list(lines)

    def drop_line(self, document_id: int) -> None:
        self.lines = [line for line in self.lines if line.document_id != document_id]

    def show_current(self, document_id: int | None) -> None:
        self.current = document_id

    def show_piece(self, sight: Sight, document: PreviewDocument | None, refusal: str) -> None:
        self.sight, self.document, self.refusal, self.empty = sight, document, refusal, ""
        self.typed = values_of(sight.fields)
        self.errors = {}

    def show_compared(self, lines: Sequence[tuple[Compared, Found]]) -> None:
        self.compared = {line.label: found for line, found in lines}

    def show_empty(self, text: str, released: Sequence[str], gesture: str) -> None:
        self.empty, self.released, self.sight = text, released, None

    def show_earlier(self, document: PreviewDocument | None) -> None:
        self.earlier = document

    def make_ready(self, document: PreviewDocument) -> None:
        self.ready.append(document.title)

    def show_letter(self, said: str, note: str) -> None:
        self.said, self.note = said, note

    def show_form(self, title: str, fields: Sequence[FieldSpec], save_words: str) -> None:
        self.form, self.typed = title, values_of(fields)

    def hide_form(self) -> None:
        self.form = ""

    def set_value(self, key: str, text: str) -> None:
        self.typed[key] = text

    def show_errors(self, errors: Mapping[str, str]) -> None:
        self.errors = errors

    def values(self) -> Mapping[str, str]:
        return self.typed

    def is_seen(self) -> bool:
        return True

    def is_asking(self) -> bool:
        return self.asking


class Office:
    """Three families, four pieces: an insurance late, a quotient, an address, a health form."""

    def __init__(self, town: Desk, *rights: str) -> None:
        self.town = town
        self.families = [town.family(name) for name in ("MARTIN", "DURAND", "PETIT")]
        adopt(town)
        first, second, third = self.families
        self.insurance = send(town, first, at=NOON - timedelta(days=8))
        self.quotient = send(town, second, "QF_CAF", at=NOON - timedelta(hours=30))
        self.address = send(town, third, "ADDRESS", at=NOON - timedelta(hours=2))
        self.form = send(town, first, "HEALTH_FORM", at=NOON - timedelta(hours=1))
        self.agent = Agent(town.door(CHIEF.permissions | {"documents.review", "documents.waive", *rights}))
        self.page = Page()
        self.presenter = PiecesPresenter(self.page, self.agent.desk)

    def open(self, **asked: str) -> Page:
        self.presenter.open(Place("documents", asked))
        return self.page

    def state(self, document_id: int) -> DocumentState:
        return self.town.ask(ReadPiece(document_id)).state


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_desk(tmp_path) as town:
        yield Office(town, "health.read")


def test_the_most_pressing_comes_first_with_what_to_compare(office: Office) -> None:
    page = office.open()

    assert page.current == office.insurance
    assert page.sight is not None
    assert [line.label for line, _ in page.sight.compared][:1] == ["Nom, prénom"]
    assert page.sight.blocks_opening
    assert page.counts is not None
    assert (page.counts.place, page.counts.total, page.counts.by_urgency[Urgency.LATE]) == (1, 4, 1)
    assert page.document is not None
    assert page.document.about.startswith("pdf")
    assert page.ready == ["Attestation QF CAF/ MSA, DURAND"]  # the next one, before it is asked for


def test_nothing_about_health_is_opened_before_an_agent_looks_at_it(office: Office) -> None:
    page = office.open()
    office.presenter.keep(Kept(type="Fiche sanitaire de liaisons"))
    page.ready.clear()
    office.presenter.keep(Kept())
    office.presenter.choose(next(line for line in page.lines if line.document_id == office.address))

    assert page.ready == []  # after the address comes the health form
    openings = office.town.rows("document_openings")
    assert {row["document_id"] for row in openings} == {office.form}  # when it was really looked at
    assert len(openings) == 1


def test_validating_goes_on_and_can_be_taken_back(office: Office) -> None:
    page = office.open()

    office.presenter.validate()

    assert office.state(office.insurance) is DocumentState.ACCEPTED
    assert page.current == office.quotient
    assert [line.document_id for line in page.lines] == [office.quotient, office.address, office.form]
    assert page.counts is not None
    assert (page.counts.place, page.counts.total) == (2, 4)
    assert office.agent.told[-1].startswith("Validée : Attestation d'assurance")

    office.agent.undo()

    assert office.state(office.insurance) is DocumentState.PENDING
    assert page.current == office.insurance
    assert page.counts.total == 4


def test_days_that_make_no_sense_are_said_beside_their_field(office: Office) -> None:
    page = office.open()
    page.typed["valid_to"] = "32/13/2026"

    office.presenter.validate()

    assert set(page.errors) == {"valid_to"}
    assert office.state(office.insurance) is DocumentState.PENDING

    page.typed |= {"valid_from": "01/09/2026", "valid_to": "31/08/2026"}
    office.presenter.validate()
    assert set(page.errors) == {"valid_to"}  # this time the rule of the wing said so


def test_a_rejection_says_what_the_family_will_read(office: Office) -> None:
    page = office.open()
    assert page.sight is not None
    reason = page.sight.reasons[0]

    office.presenter.show_letter_of(reason, "Renvoyez une photo nette.")
    assert "Attestation d'assurance" in page.said
    assert f": {reason.label}" in page.said
    assert "Renvoyez une photo nette." in page.said

    office.presenter.reject(reason, "Renvoyez une photo nette.")
    assert office.state(office.insurance) is DocumentState.REJECTED
    assert page.current == office.quotient
    assert "Attestation QF" in page.said  # the words follow the piece


def test_what_was_typed_for_a_quotient_feeds_the_file(office: Office) -> None:
    page = office.open(piece=str(office.quotient))
    page.typed["quotient"] = "823,50"

    office.presenter.validate()

    held = [row["value"] for row in office.town.rows("quotients") if row["family_id"] == office.families[1].id]
    assert [str(value) for value in held if str(value).startswith("823.5")]


def test_passing_brings_the_piece_back_last(office: Office) -> None:
    page = office.open()

    office.presenter.pass_()
    assert page.current == office.quotient
    for _ in range(3):
        office.presenter.pass_()
    assert page.current == office.insurance  # everything was seen once: the first comes again


def test_the_end_of_the_queue_tells_what_was_done_and_who_is_released(office: Office) -> None:
    page = office.open()
    for _ in range(4):
        page.typed["valid_to"] = "31/08/2026"
        office.presenter.validate()

    assert page.empty == "File vide — 4 pièces en 1 min, aucun rejet."
    assert page.counts is not None
    assert page.counts.waiting == 0


def test_what_is_about_health_is_left_to_who_may_read_it(tmp_path: Path) -> None:
    with open_desk(tmp_path) as town:
        office = Office(town)
        page = office.open()
        for _ in range(3):
            office.presenter.validate()

        assert page.empty.startswith("File vide — 3 pièces en 1 min, aucun rejet. 1 sur la santé attend")
        assert town.rows("document_openings") == []
        office.presenter.choose(page.lines[0])
        assert "seuls les agents qui lisent les fiches sanitaires" in page.refusal
        office.presenter.validate()
        assert office.state(office.form) is DocumentState.PENDING


def test_an_empty_chip_offers_the_rest(office: Office) -> None:
    page = office.open(filter="late")
    office.presenter.validate()

    assert page.empty == "Plus aucune pièce dans « En retard > 72 h » ; 3 autres à examiner."
    office.presenter.show_all()
    assert page.current == office.quotient


def test_a_piece_of_another_type_is_put_right_and_put_back(office: Office) -> None:
    page = office.open()
    office.presenter.change()
    types = {words: value for value, words in _options(office, "type")}
    page.typed["type"] = types["Justificatif de domicile"]
    office.presenter.typed("type", page.typed["type"])
    assert page.typed["person"] == "family"  # a document of the family is nobody's

    office.presenter.save_form()
    assert page.form == ""
    assert page.sight is not None
    assert page.sight.piece.kind.name == "Justificatif de domicile"

    office.agent.undo()
    assert page.sight.piece.kind.name == "Attestation d'assurance EXTRA-SCOLAIRE"


def _options(office: Office, key: str) -> Sequence[tuple[str, str]]:
    from ui.screens.documents.asking import change_fields

    piece = office.presenter.piece
    assert piece is not None
    fields = change_fields(piece, office.presenter._types, date(2025, 11, 20))
    return next(field.options for field in fields if field.key == key)


def test_a_waiver_is_given_with_its_reason_and_taken_back(office: Office) -> None:
    page = office.open()
    office.presenter.waive()
    office.presenter.save_form()
    assert set(page.errors) == {"reason"}

    page.typed["reason"] = "L'assureur tarde à répondre"
    office.presenter.save_form()
    assert [waiver.in_force for waiver in office.town.ask(ListWaivers(office.families[0].id))] == [True]
    assert page.current == office.insurance

    office.agent.undo()
    assert [waiver.in_force for waiver in office.town.ask(ListWaivers(office.families[0].id))] == [False]


def test_a_rotation_is_kept_for_the_file(office: Office) -> None:
    page = office.open()
    assert page.document is not None
    file = page.document.files[0]

    office.presenter.rotated(PreviewFile(file.key, file.name, file.content, 1, 3))

    assert office.town.ask(ReadPiece(office.insurance)).files[0].rotation == 3


def test_what_the_page_says_is_told_beside_the_file(office: Office) -> None:
    page = office.open()

    office.presenter.page_read(f"Attestation pour {office.presenter.piece.person}")  # type: ignore[union-attr]

    assert page.compared["Nom, prénom"] is Found.FOUND
    assert page.compared["Né(e) le"] is Found.MISSING


def test_the_version_accepted_before_is_brought_beside(office: Office) -> None:
    town, family = office.town, office.families[2]
    old = send(town, family, "ADDRESS", contents=[pdf_of("ancienne adresse")], at=NOON - timedelta(days=300))
    town.do(AcceptDocument(old, 1, date(2025, 1, 1), date(2025, 8, 31)))
    page = office.open(piece=str(office.address))

    office.presenter.compare()

    assert page.sight is not None
    assert page.sight.has_earlier
    assert page.earlier is not None
    assert page.earlier.title.startswith("Version acceptée avant")
    assert page.sight.sendings.startswith("2e envoi")


def test_a_decision_taken_meanwhile_is_said_in_a_sentence(office: Office) -> None:
    page = office.open()
    colleague = office.town.door(CHIEF.permissions | {"documents.review"}, login="d.roy")
    office.town.sql("DELETE FROM document_takes")  # left aside for so long that it went back to the queue
    colleague.execute(AcceptDocument(office.insurance, 1, date(2025, 9, 1), date(2026, 8, 31)))

    office.presenter.validate()

    assert page.banner is not None
    assert "vient d'être validée" in page.banner.text
    page.press_in_banner("Relire la file")
    assert page.current == office.quotient


def test_a_piece_left_goes_back_to_the_queue_and_is_taken_again_at_the_return(office: Office) -> None:
    page = office.open()
    left = page.current
    assert left == office.insurance
    office.presenter.leave()
    colleague = office.town.door(CHIEF.permissions | {"documents.review", "health.read"}, login="collegue")
    assert colleague.execute(TakePiece((left,))) == left  # nobody keeps it

    office.open()
    assert page.current == office.quotient  # a colleague has it now
    colleague.execute(GiveBack())
    office.presenter.load()
    office.presenter.choose(next(line for line in page.lines if line.document_id == left))
    office.presenter.leave()
    office.open()
    assert page.current == left


def test_what_is_being_answered_stays_while_the_agent_looks_elsewhere(office: Office) -> None:
    page = office.open()
    page.asking = True
    office.presenter.leave()

    assert office.presenter.current == office.insurance


def test_the_queue_keeps_to_the_structure_of_the_top_bar(office: Office) -> None:
    town, first = office.town, office.families[0]
    slot = town.slot("ALSH", structure="École Jaurès")
    place = next(row for row in town.rows("slots") if row["id"] == slot)
    (structure,) = town.rows("structures")
    town.door(CHIEF.permissions | {"registrations.edit"}).execute(
        RequestRegistration(first.id, first.child, place["activity_id"], Period(NOON.date()))
    )
    there = {line.document_id for line in town.ask(ListQueue(structure["id"])).lines}
    assert there == {office.insurance, office.form}
    assert {line.document_id for line in town.ask(ListQueue(NO_STRUCTURE)).lines} == set()

    page = office.open()
    office.agent.context.choose_structure(structure["id"], structure["name"])
    assert {line.document_id for line in page.lines} == there
