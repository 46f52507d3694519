"""The sorting basket without a window: whose, which document, what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from backoffice.documents.arrivals.receiving import ArrivedFile, Receive
from backoffice.documents.arrivals.sorting import ArrivalView, ListArrivals
from backoffice.documents.form_making import AskedForm, MakeForms
from backoffice.documents.forms import FormKind, printed_number
from backoffice.documents.kinds import Origin
from backoffice.documents.queue import ListQueue
from backoffice.search.queries import Hit
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.desk import Desk, open_desk
from tests.support.pieces import adopt, pdf_of
from tests.support.towns import CHIEF
from ui.forms import FieldSpec, values_of
from ui.screens.arrivals.presenter import ArrivalsPresenter
from ui.widgets.preview.pages import PreviewDocument


class Page(BannerShown):
    """What the page shows last, and a form that somebody fills."""

    def __init__(self) -> None:
        self.arrivals: Sequence[ArrivalView] = ()
        self.chosen: int | None = None
        self.refused: Sequence[str] = ()
        self.document: PreviewDocument | None = None
        self.refusal = self.family = self.proposal = self.remark = self.empty = ""
        self.hits: Sequence[Hit] = ()
        self.fields: Sequence[FieldSpec] = ()
        self.typed: dict[str, str] = {}
        self.errors: Mapping[str, str] = {}

    def show_arrivals(self, arrivals: Sequence[ArrivalView], chosen: int | None) -> None:
        self.arrivals, self.chosen = arrivals, chosen

    def show_arrival(self, arrival: ArrivalView, refused: Sequence[str]) -> None:
        self.refused = refused

    def show_files(self, document: PreviewDocument | None, refusal: str) -> None:
        self.document, self.refusal = document, refusal

    def show_search(self, hits: Sequence[Hit]) -> None:
        self.hits = hits

    def show_family(self, name: str, fields: Sequence[FieldSpec]) -> None:
        self.family, self.fields, self.typed = name, fields, values_of(fields)

    def show_no_family(self, proposal: str, remark: str) -> None:
        self.family, self.proposal, self.remark = "", proposal, remark

    def show_empty(self, text: str) -> None:
        self.empty = text

    def show_errors(self, errors: Mapping[str, str]) -> None:
        self.errors = errors

    def values(self) -> Mapping[str, str]:
        return self.typed

    def take(self, document: str) -> None:
        """Choose a document by its words."""
        self.typed["what"] = next(value for value, words in self.fields[0].options if words.startswith(document))


def _file(name: str, refusal: str = "") -> ArrivedFile:
    return ArrivedFile(name, "" if refusal else "application/pdf", 1, (), refusal, b"" if refusal else pdf_of(name))


class Office:
    """A mail of three files, one refused; a scan."""

    def __init__(self, town: Desk) -> None:
        self.town = town
        self.family = town.family("MARTIN")
        adopt(town)
        rights = CHIEF.permissions | {"documents.sort", "documents.receive"}
        self.door = town.door(rights)
        self.door.execute(Receive(Origin.EMAIL, "1", "a", "inconnue@courriel.example", "documents", "Bonjour",
                                  (_file("un.pdf"), _file("deux.pdf"), _file("trois.zip", "judged.archive"))))
        self.door.execute(Receive(Origin.POST, "2", "b", "", "scan 12", "", (_file("scan 12.pdf"),)))
        self.agent = Agent(self.door)
        self.page = Page()
        self.presenter = ArrivalsPresenter(self.page, self.agent.desk)
        self.presenter.open()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_desk(tmp_path) as town:
        yield Office(town)


def test_an_arrival_is_read_with_why_a_file_was_refused_and_why_nobody_is_proposed(office: Office) -> None:
    page = office.page
    assert len(page.arrivals) == 2
    assert page.document is not None
    assert [file.name for file in page.document.files] == ["un.pdf", "deux.pdf"]
    (refused,) = page.refused
    assert "trois.zip" in refused
    assert "inconnue@courriel.example" in page.remark


def test_two_documents_of_one_mail_are_sorted_one_after_the_other_then_the_next_comes(office: Office) -> None:
    page, presenter = office.page, office.presenter
    presenter.search("mart")
    assert {hit.family_id for hit in page.hits} == {office.family.id}
    presenter.pick(office.family.id)
    presenter.sort()
    assert page.errors == {"what": "Remplissez « Document »."}

    page.take("Attestation d'assurance EXTRA")
    page.typed |= {field.key: "" for field in page.fields if field.title == "deux.pdf"}
    presenter.sort()
    assert page.document is not None
    assert [file.name for file in page.document.files] == ["deux.pdf"]  # it waits still

    presenter.pick(office.family.id)
    page.take("Photo")
    presenter.sort()
    assert [one.subject for one in page.arrivals] == ["scan 12"]
    assert page.document.files[0].name == "scan 12.pdf"
    assert {line.type for line in office.town.ask(ListQueue()).lines} == {
        "Attestation d'assurance EXTRA-SCOLAIRE", "Photo récente"
    }


def test_what_is_set_aside_comes_back_when_one_changes_ones_mind(office: Office) -> None:
    page = office.page
    office.presenter.discard()
    office.presenter.discard()
    assert "Rien à classer" in page.empty
    office.agent.undo()

    assert [one.subject for one in office.door.ask(ListArrivals())] == ["scan 12"]
    assert page.chosen == page.arrivals[0].id


def test_the_number_of_a_form_that_came_back_says_whose_it_is_and_what(office: Office) -> None:
    maker = office.town.door(CHIEF.permissions | {"documents.add", "documents.read"})
    (view,) = maker.execute(MakeForms((AskedForm(office.family.id, office.family.child, FormKind.AUTHORISATIONS),)))
    office.presenter.search(printed_number(view.number))
    assert "MARTIN" in office.page.family
    assert office.page.typed["what"] == f"{FormKind.AUTHORISATIONS.value}/{office.family.child}"

    office.presenter.search("000001-01")  # its key is wrong: it is a search like another
    assert office.page.hits == []
