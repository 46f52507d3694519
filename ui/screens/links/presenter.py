"""Decides what the page of links shows: requests to answer, requests made, and the form that makes one. No Qt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from datetime import date
from typing import Protocol, TypeVar

from backoffice.families.commands import AskLink, DecideLink, LinksChanged, UndoLink
from backoffice.families.kinds import LinkState
from backoffice.families.queries import (
    LinkPlace,
    LinkPlaces,
    LinksToDecide,
    OwnLinks,
    OwnRequest,
    RequestToDecide,
)
from backoffice.families.rules import LINK_REASON_LENGTH, PersonValues, person_problems
from backoffice.kernel.application import Application, Command, Query
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.messages import sentence
from backoffice.kernel.progress import Progress
from ui.drafting import Drafting
from ui.drafts import Draft, Saved, Task, TaskPage, Typed, undoable
from ui.forms import Entry, FieldSpec, Reader
from ui.presenting import Desk, FaultPage, Place, read_for, write_for

R = TypeVar("R")

_DAY = re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b")
_ASKED = ("last_name", "first_name", "birth_date", "text")


class AskForLink(Task):
    """Somebody known to another service, the service that asks, and why."""

    title = "Demander un rattachement"
    save_words = "&Envoyer la demande"

    def __init__(self, places: Sequence[LinkPlace], asked: Mapping[str, str]) -> None:
        typed = whom(asked)
        born = asked.get("birth_date") or _day_in(asked)
        self.key = f"links/ask/{typed.last_name}/{typed.first_name}/{born}"  # a draft for each person
        self._places = {f"{place.service_id}/{place.structure_id or ''}": place for place in places}
        options = tuple((key, place.name) for key, place in self._places.items())
        self.fields = [
            FieldSpec("last_name", "&Nom", value=typed.last_name, required=True),
            FieldSpec("first_name", "P&rénom", value=typed.first_name, required=True),
            FieldSpec("birth_date", "Né(e) &le", Entry.DAY, born, required=True,
                      hint="Exactement : on ne cherche pas à peu près dans les autres services."),
            FieldSpec("place", "&Service qui demande", Entry.CHOICE, options[0][0] if len(options) == 1 else "",
                      required=True, options=options if len(options) == 1 else (("", "Choisir…"), *options)),
            FieldSpec("reason", "&Pourquoi", Entry.LINES, required=True,
                      hint="Lu par qui connaît la famille. Vous saurez s'il accepte ou refuse, rien d'autre."),
        ]

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        command = self._command(reader)
        person = PersonValues(command.last_name, command.first_name, birth_date=command.birth_date)
        found = {key: sentence(error) for key, error in person_problems(person, today).items()}
        if len(command.reason) > LINK_REASON_LENGTH:
            reader.blame("reason", sentence(UserError("link.reason_too_long", length=LINK_REASON_LENGTH)))
        return found | reader.errors

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        count = app.execute(self._command(Reader(self.fields, values, today)), confirmed=confirmed, progress=progress)
        sent = "Demande envoyée" if count == 1 else f"{count} demandes envoyées"
        return Saved(f"{sent} au service qui connaît cette personne.", result=count)

    def _command(self, reader: Reader) -> AskLink:
        place = self._places.get(reader.text("place"))
        return AskLink(
            reader.text("last_name"),
            reader.text("first_name"),
            reader.optional_day("birth_date"),
            place.service_id if place else None,
            place.structure_id if place else None,
            " ".join(reader.text("reason").split()),
        )


def whom(asked: Mapping[str, str]) -> PersonValues:
    """Who a place names: by fields, or in the words of a search, « dupont léa 12/03/2019 »."""
    if asked.get("last_name"):
        return PersonValues(asked["last_name"], asked.get("first_name", ""))
    last, _, first = _DAY.sub(" ", asked.get("text", "")).strip().partition(" ")
    return PersonValues(last.upper(), " ".join(word.capitalize() for word in first.split()))


def _day_in(asked: Mapping[str, str]) -> str:
    found = _DAY.search(asked.get("text", ""))
    return found[0] if found else ""


class LinksPage(TaskPage, FaultPage, Protocol):
    """What the presenter asks of its page; the form is shown beside the lists."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_places(self, places: Sequence[LinkPlace]) -> None:
        """Where this agent may ask for: none, and nothing can be asked."""

    def show_to_decide(self, requests: Sequence[RequestToDecide]) -> None: ...

    def show_own(self, requests: Sequence[OwnRequest]) -> None: ...


class LinksPresenter:
    """Requests of other services answered in one gesture, and those of one's own."""

    def __init__(self, page: LinksPage, desk: Desk, unfinished: MutableMapping[str, Draft]) -> None:
        self._page = page
        self._desk = desk
        self.drafting = Drafting(page, desk, unfinished, self._saved, self.load)
        self._places: Sequence[LinkPlace] = ()
        self._wanted: Mapping[str, str] | None = None
        may = desk.app.actor.may
        self.may_decide, self.may_ask = may("families.edit"), may("families.link")
        desk.hear(LinksChanged, self._changed)

    def open(self, place: Place) -> None:
        """`last_name`, `first_name`, `birth_date`, or `text` (what was searched): whom to ask about."""
        asked = {name: text for name in _ASKED if (text := place.parameters.get(name))}
        self._wanted = asked or None
        self._page.show_banner(None)
        self.load()

    def load(self) -> None:
        self._page.show_title("Rattachements", "familles connues d'un autre service")
        if self.may_decide:
            self._read(LinksToDecide(), self._page.show_to_decide)
        if self.may_ask:
            self._read(OwnLinks(), self._page.show_own)
            self._read(LinkPlaces(), self._places_read)

    def _read(self, query: Query[R], done: Callable[[R], None]) -> None:
        read_for(
            self._page,
            self._desk,
            lambda progress: self._desk.app.ask(query, progress=progress),
            done,
            self.load,
            type(query).__name__,
        )

    # --- gestures ---------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Open the form."""
        self._begin({})

    def decide(self, request: RequestToDecide, *, accepted: bool) -> None:
        """In one gesture; a refusal can be taken back, and a link by who may cut it."""
        undo = UndoLink(request.id) if request.may_cut or not accepted else None
        told = f"Rattachement accepté : {request.place} voit maintenant la famille {request.family_name}."
        if not accepted:
            told = f"Rattachement refusé : {request.place} en est averti, sans rien savoir de la famille."
        self._do(DecideLink(request.id, accepted), Saved(told, undo))

    def undo(self, request: RequestToDecide) -> None:
        again = request.state is LinkState.REFUSED
        told = "La demande attend de nouveau." if again else f"{request.place} ne voit plus cette famille."
        self._do(UndoLink(request.id), Saved(told))

    def open_family(self, request: RequestToDecide) -> None:
        self._desk.go(Place("family", {"id": str(request.family_id)}))

    def _do(self, command: Command[None], saved: Saved) -> None:
        write_for(
            self._page,
            self._desk,
            lambda progress: self._desk.app.execute(command, progress=progress),
            lambda _: undoable(self._page, self._desk, saved),
        )

    # --- answers ----------------------------------------------------------------------------------------------------

    def _places_read(self, places: Sequence[LinkPlace]) -> None:
        self._places = places
        self._page.show_places(places)
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            self._begin(wanted)

    def _begin(self, asked: Mapping[str, str]) -> None:
        if self._places:
            self.drafting.begin(AskForLink(self._places, asked))

    def _saved(self, _task: Task, saved: Saved) -> None:
        undoable(self._page, self._desk, saved)

    def _changed(self, _event: Event) -> None:
        self.load()
