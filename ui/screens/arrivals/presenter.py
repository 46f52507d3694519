"""Decides what the sorting basket shows: whose an arrival is, which document it becomes, what comes next. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from backoffice.documents.arrivals.events import ArrivalsChanged
from backoffice.documents.arrivals.sorting import (
    ArrivalView,
    DiscardArrival,
    ListArrivals,
    OpenArrivalFile,
    RestoreArrival,
)
from backoffice.documents.form_lists import FindForm, FoundForm
from backoffice.documents.forms import number_typed
from backoffice.documents.obligations import ListObligations
from backoffice.documents.safety.rules import FLAGS, QUARANTINE
from backoffice.documents.types import DocumentTypeLine, ListDocumentTypes
from backoffice.families.queries import ReadFamily
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.events import Event
from backoffice.kernel.messages import sentence
from backoffice.kernel.progress import Progress
from backoffice.search.queries import Hit, HitKind, Search
from ui.forms import FieldSpec
from ui.presenting import Action, Desk, FaultPage, Place, banner_for, read_for
from ui.screens.arrivals.whose import Chosen, fields_for, let_in, sort_command, what_of
from ui.widgets.preview.pages import PreviewDocument, PreviewFile

_PEOPLE = frozenset({HitKind.FAMILY, HitKind.ADULT, HitKind.CHILD})
_FEWEST_LETTERS = 2
_NOTHING = "Rien à classer : chaque courriel et chaque numérisation a trouvé sa famille."
_NOTHING_TO_SHOW = "Aucun de ses fichiers ne peut être ouvert : écartez-le, ou demandez à la famille de le renvoyer."


class ArrivalsPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_arrivals(self, arrivals: Sequence[ArrivalView], chosen: int | None) -> None: ...

    def show_arrival(self, arrival: ArrivalView, refused: Sequence[str]) -> None:
        """The words of its mail, and why some of its files were not let in."""

    def show_files(self, document: PreviewDocument | None, refusal: str) -> None: ...

    def show_search(self, hits: Sequence[Hit]) -> None: ...

    def show_family(self, name: str, fields: Sequence[FieldSpec]) -> None: ...

    def show_no_family(self, proposal: str, remark: str) -> None:
        """Nobody is chosen yet: who is proposed, or why nobody is."""

    def show_empty(self, text: str) -> None: ...

    def show_errors(self, errors: Mapping[str, str]) -> None: ...

    def values(self) -> Mapping[str, str]: ...


class ArrivalsPresenter:
    """One arrival at a time: a family, a document, the next one."""

    def __init__(self, page: ArrivalsPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk
        self._arrivals: Sequence[ArrivalView] = ()
        self._types: Sequence[DocumentTypeLine] = ()
        self._shown: ArrivalView | None = None
        self._chosen: Chosen | None = None
        self._busy = False
        self._mine = 0
        desk.hear(ArrivalsChanged, self._changed)

    def open(self) -> None:
        self._page.show_banner(None)
        self.load()

    def load(self) -> None:
        app = self._desk.app

        def work(progress: Progress) -> tuple[Sequence[ArrivalView], Sequence[DocumentTypeLine]]:
            return app.ask(ListArrivals(), progress=progress), app.ask(ListDocumentTypes(), progress=progress)

        read_for(self._page, self._desk, work, self._read, self.load, "arrivals")

    def _read(self, found: tuple[Sequence[ArrivalView], Sequence[DocumentTypeLine]]) -> None:
        self._arrivals, self._types = found
        shown = self._shown
        still = next((one for one in self._arrivals if shown is not None and one.id == shown.id), None)
        if still is not None:
            self._page.show_arrivals(self._arrivals, still.id)
            if still != shown:  # some of its files were sorted
                self._show(still)
        else:
            self._go_to(0)

    def _go_to(self, place: int) -> None:
        if not self._arrivals:
            self._shown = self._chosen = None
            self._page.show_arrivals((), None)
            self._page.show_empty(_NOTHING)
            return
        found = self._arrivals[min(place, len(self._arrivals) - 1)]
        self._page.show_arrivals(self._arrivals, found.id)
        self._show(found)

    # --- one arrival ------------------------------------------------------------------------------------------

    @property
    def shown(self) -> ArrivalView | None:
        return self._shown

    def choose(self, arrival: ArrivalView) -> None:
        if self._shown is None or arrival.id != self._shown.id:
            self._show(arrival)

    def _show(self, arrival: ArrivalView) -> None:
        self._shown, self._chosen = arrival, None
        refused = [
            f"« {file.name} » n'a pas été pris : {sentence(UserError(file.refusal, name=file.name))}"
            for file in arrival.files if file.refusal
        ]
        refused += [
            f"« {file.name} » : {FLAGS[QUARANTINE].words.lower()}." for file in arrival.files
            if QUARANTINE in file.flags and not file.refusal
        ]
        self._page.show_arrival(arrival, refused)
        proposal = arrival.proposal
        remark = "" if proposal else _remark(arrival)
        self._page.show_no_family(proposal.family if proposal else "", remark)
        self._read_files(arrival)

    def _read_files(self, arrival: ArrivalView) -> None:
        files = let_in(arrival)
        if not files:
            self._page.show_files(None, _NOTHING_TO_SHOW)
            return
        app = self._desk.app

        def work(progress: Progress) -> PreviewDocument:
            opened = [(file, app.execute(OpenArrivalFile(file.id), progress=progress)) for file in files]
            return PreviewDocument(
                arrival.subject or arrival.sender or "Numérisation",
                tuple(PreviewFile(f"arrival-{file.id}", file.name, content.content, max(file.pages, 1))
                      for file, content in opened),
            )

        def done(document: PreviewDocument) -> None:
            if self._shown is arrival:
                self._page.show_files(document, "")

        self._desk.run.read(work, done, self._failed, "files")

    # --- whose it is ------------------------------------------------------------------------------------------

    def search(self, text: str) -> None:
        """Families and people with these words, as they are typed; the number of a form that came back says it all."""
        app = self._desk.app
        if len(text.strip()) < _FEWEST_LETTERS:
            self._page.show_search(())
            return

        def work(progress: Progress) -> FoundForm | Sequence[Hit]:
            if number_typed(text) is not None:
                try:
                    return app.ask(FindForm(text), progress=progress)
                except UserError:  # a telephone may look like the number of a form that was never made
                    return app.ask(Search(text), progress=progress)
            return app.ask(Search(text), progress=progress)

        def done(found: FoundForm | Sequence[Hit]) -> None:
            if isinstance(found, FoundForm):
                self.pick(found.family_id, what_of(found.type_code, found.child_id))
            else:
                self._page.show_search([hit for hit in found if hit.kind in _PEOPLE])

        self._desk.run.read(work, done, self._failed, "search")

    def accept_proposal(self) -> None:
        if self._shown is not None and self._shown.proposal is not None:
            self.pick(self._shown.proposal.family_id)

    def pick(self, family_id: int, what: str = "") -> None:
        """It is this family's; `what`: the document it is, when that is known."""
        app, arrival = self._desk.app, self._shown

        def work(progress: Progress) -> Chosen:
            return Chosen(app.ask(ReadFamily(family_id), progress=progress),
                          app.ask(ListObligations(family_id), progress=progress))

        def done(chosen: Chosen) -> None:
            if arrival is not None and self._shown is arrival:
                self._chosen = chosen
                fields = fields_for(arrival, chosen, self._types, self._desk.app.clock.today(), what)
                self._page.show_family(chosen.file.name, fields)

        self._desk.run.read(work, done, self._failed, "family")

    def another_family(self) -> None:
        """It was not that one."""
        if self._shown is not None:
            self._chosen = None
            proposal = self._shown.proposal
            self._page.show_no_family(proposal.family if proposal else "", "")

    def open_family(self) -> None:
        if self._chosen is not None:
            self._desk.go(Place("family", {"id": str(self._chosen.file.id)}))

    # --- gestures ---------------------------------------------------------------------------------------------

    def sort(self) -> None:
        """« Classer » : it becomes a document to review, and the next one comes."""
        arrival, chosen = self._shown, self._chosen
        if arrival is None or chosen is None or self._busy:
            return
        app = self._desk.app
        command, errors = sort_command(arrival, chosen, self._types, self._page.values(), app.clock.today())
        self._page.show_errors(errors)
        if command is None:
            return

        whole = len(command.file_ids) == len(let_in(arrival))

        def done(document_id: int) -> None:
            self._busy = False
            if whole:
                self._next(arrival)
            else:
                self.load()
            there = Place("documents", {"piece": str(document_id)})
            self._desk.tell(f"Classé chez {chosen.file.name} : la pièce attend sa réponse.",
                            Action("L'examiner", lambda: self._desk.go(there)))

        self._begin()
        self._desk.run.write(lambda progress: app.execute(command, progress=progress), done, self._failed, "Classement")

    def discard(self) -> None:
        """« Écarter » : no document of anybody."""
        arrival, app = self._shown, self._desk.app
        if arrival is None or self._busy:
            return

        def done(_: None) -> None:
            self._busy = False
            self._next(arrival)
            self._desk.tell("Écarté : ce n'est pas une pièce.", Action("Annuler", lambda: self._restore(arrival.id)))

        self._begin()
        self._desk.run.write(lambda progress: app.execute(DiscardArrival(arrival.id), progress=progress), done,
                             self._failed, "Mise à l'écart")

    def _restore(self, arrival_id: int) -> None:
        app = self._desk.app

        def done(_: None) -> None:
            self._busy = False
            self._desk.tell("De nouveau dans la corbeille de tri.", None)
            self.load()

        self._begin()
        self._desk.run.write(lambda progress: app.execute(RestoreArrival(arrival_id), progress=progress), done,
                             self._failed, "Remise dans la corbeille")

    def _begin(self) -> None:
        self._busy = True
        self._mine += 1

    def _next(self, arrival: ArrivalView) -> None:
        """The place of what is gone is the place of the next."""
        place = next((place for place, one in enumerate(self._arrivals) if one.id == arrival.id), 0)
        self._arrivals = [one for one in self._arrivals if one.id != arrival.id]
        self._go_to(place)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self._mine = 0
        if isinstance(error, InvalidFields):
            self._page.show_errors({key: sentence(each) for key, each in error.fields.items()})
        found = banner_for(error, self.load)
        if found is not None:
            self._page.show_banner(found)

    def _changed(self, _event: Event) -> None:
        """What this page did is already shown."""
        if self._mine:
            self._mine -= 1
        else:
            self.load()


def _remark(arrival: ArrivalView) -> str:
    if arrival.known_in > 1:
        return f"{arrival.known_in} familles ont l'adresse {arrival.sender} : choisissez laquelle."
    if arrival.sender:
        return f"Personne n'a l'adresse {arrival.sender} : cherchez la famille par un nom."
    return "Cherchez la famille par un nom."
