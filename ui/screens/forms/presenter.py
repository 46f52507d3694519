"""Decides what the page « Fiches à signer » shows: which forms are to be made, sent, waited for. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from backoffice.catalog.queries import is_inside
from backoffice.documents.events import DocumentsChanged, DocumentTypesChanged
from backoffice.documents.form_lists import FormLine, FormsToSign
from backoffice.documents.forms import FormKind, FormState
from backoffice.kernel.events import Event
from backoffice.kernel.progress import Progress
from backoffice.letters.events import LettersChanged
from ui.presenting import Banner, Desk, FaultPage, Paper, Place, Question, Severity, banner_for, read_for, write_for
from ui.signing import send, together, write
from ui.widgets.table.columns import shown

EVERYWHERE = ""


class Kept(StrEnum):
    """What the list is narrowed to."""

    TO_DO = "to_do"
    WAITING = "waiting"
    BACK = "back"
    ALL = "all"

    @property
    def label(self) -> str:
        return _LABELS[self]

    def keeps(self, line: FormLine) -> bool:
        if self is Kept.ALL:
            return True
        if self is Kept.TO_DO:
            return line.state in _TO_DO and (line.asked or line.state is not FormState.NOTHING)
        return line.state in (_WAITING if self is Kept.WAITING else _BACK)


_LABELS = {
    Kept.TO_DO: "À faire",
    Kept.WAITING: "Attendues",
    Kept.BACK: "Revenues",
    Kept.ALL: "Toutes",
}
_TO_DO = frozenset({FormState.NOTHING, FormState.GENERATED, FormState.STOPPED, FormState.REJECTED})
_WAITING = frozenset({FormState.TO_SEND, FormState.SENT})
_BACK = frozenset({FormState.RETURNED, FormState.VALIDATED})


@dataclass(frozen=True, slots=True)
class Round:
    """What the page shows. `places`: the activities to narrow to; `empty`: what is said when there is no line."""

    lines: Sequence[FormLine]
    counts: dict[Kept, int]
    places: Sequence[str]
    kept: Kept
    place: str
    kind: FormKind | None
    empty: str


class FormsPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_round(self, found: Round) -> None: ...

    def choose_folder(self) -> Path | None: ...

    def show_paper(self, paper: Paper) -> None: ...


class FormsPresenter:
    """Keeps to the structure of the top bar, to one activity, and to one moment of the life of a form."""

    def __init__(self, page: FormsPage, desk: Desk) -> None:
        self._page, self._desk = page, desk
        self._lines: Sequence[FormLine] = ()
        self._kept, self._place = Kept.TO_DO, EVERYWHERE
        self._kind: FormKind | None = None
        may = desk.app.actor.may
        self.may_make = may("documents.add")
        self.may_send = self.may_make and may("letters.write")
        for event in (DocumentsChanged, LettersChanged, DocumentTypesChanged):
            desk.hear(event, self._changed)
        desk.context.listen(self._show)

    def open(self, place: Place) -> None:
        wanted = place.parameters.get("filter", "")
        self._kept = Kept(wanted) if wanted in set(Kept) else Kept.TO_DO
        self.load()

    def load(self) -> None:
        read_for(self._page, self._desk, self._ask, self._read, self.load, "forms")

    def _ask(self, progress: Progress) -> Sequence[FormLine]:
        return self._desk.app.ask(FormsToSign(), progress=progress)

    def _read(self, lines: Sequence[FormLine]) -> None:
        self._lines = lines
        self._show()

    def _changed(self, _event: Event) -> None:
        self.load()

    # --- what is shown ----------------------------------------------------------------------------------------------

    def keep(self, kept: Kept) -> None:
        self._kept = kept
        self._show()

    def keep_place(self, place: str) -> None:
        """One activity, or everywhere."""
        self._place = place
        self._show()

    def keep_kind(self, kind: FormKind | None) -> None:
        """One form, or both."""
        self._kind = kind
        self._show()

    def _show(self) -> None:
        wanted = self._desk.context.structure_id
        inside = [
            line for line in self._lines
            if self._kind in {None, line.kind}
            and (wanted is None or any(is_inside(structure, wanted) for structure in line.structures))
        ]
        places = sorted({place for line in inside for place in line.places})
        if self._place not in places:
            self._place = EVERYWHERE
        here = [line for line in inside if not self._place or self._place in line.places]
        counts = {kept: sum(map(kept.keeps, here)) for kept in Kept}
        lines = [line for line in here if self._kept.keeps(line)]
        self._page.show_title("Fiches à signer", _told(counts))
        self._page.show_round(Round(lines, counts, places, self._kept, self._place, self._kind, self._empty(here)))

    def _empty(self, here: Sequence[FormLine]) -> str:
        if here:
            return {
                Kept.TO_DO: "Toutes les fiches demandées sont parties ou revenues.",
                Kept.WAITING: "Aucune fiche n'est attendue : celles qui partent paraissent ici jusqu'à leur retour.",
                Kept.BACK: "Aucune fiche signée n'est encore revenue.",
            }.get(self._kept, "")
        return ("Aucune fiche n'est demandée ici : elles le sont dès qu'un enfant est inscrit à une activité dont les "
                "pièces comprennent la fiche sanitaire ou la fiche des autorisations.")

    # --- gestures -----------------------------------------------------------------------------------------------------

    def open_family(self, line: FormLine) -> None:
        self._desk.go(Place("family", {"id": str(line.family_id), "tab": "documents"}))

    def print_(self, lines: Sequence[FormLine]) -> None:
        """One document of all of them, to read and print at once."""
        if not lines or not self.may_make:
            return

        def work(progress: Progress) -> Paper:
            return together(self._desk.app, lines, "", progress)

        self._desk.run.write(work, self._page.show_paper, self._failed(lambda: self.print_(lines)), "Fiches à signer")

    def write(self, lines: Sequence[FormLine]) -> None:
        """One PDF a form, in a folder that the agent chooses."""
        folder = self._page.choose_folder() if lines and self.may_make else None
        if folder is not None:
            self._write(lines, folder)

    def _write(self, lines: Sequence[FormLine], folder: Path) -> None:
        def work(progress: Progress) -> int:
            return write(self._desk.app, lines, folder, progress)

        def done(count: int) -> None:
            self._desk.tell(f"{_counted(count)} dans {folder}", None)

        self._desk.run.hand_over(work, done, self._failed(lambda: self._write(lines, folder)), "Fiches à signer")

    def send(self, lines: Sequence[FormLine]) -> None:
        """To the families that have an address, once the agent said yes; the others are named."""
        if not self.may_send or not lines:
            return
        reached = [line for line in lines if line.has_address]
        unreached = len(lines) - len(reached)
        if not reached:
            self._page.show_banner(Banner(
                Severity.WARNING, "Aucune de ces familles n'a d'adresse de courriel : imprimez leurs fiches."
            ))
            return
        families = len({line.family_id for line in reached})
        mails = f"{shown(families)} courriel{'s' if families > 1 else ''}"
        left = f" {_counted(unreached)} à imprimer : la famille n'a pas d'adresse de courriel." if unreached else ""
        text = (f"{_counted(len(reached))}, {mails}. Les renseignements de santé ne sont pas remplis dans un courriel. "
                f"Chaque courriel est retenu 60 secondes.{left}")
        self._desk.ask(Question("Envoyer les fiches aux familles ?", text, f"Envoyer {mails}"),
                       lambda: self._send(reached))

    def _send(self, lines: Sequence[FormLine]) -> None:
        write_for(
            self._page, self._desk, lambda progress: send(self._desk.app, lines, progress),
            lambda count: self._desk.tell(f"{_counted(count)} : les courriels partent dans une minute.", None),
            "Envoi des fiches",
        )

    def _failed(self, again: Callable[[], None]) -> Callable[[Exception], None]:
        return lambda error: self._page.show_banner(banner_for(error, again))


def _counted(count: int) -> str:
    return f"{shown(count)} fiche{'s' if count > 1 else ''}"


def _told(counts: dict[Kept, int]) -> str:
    told = [(counts[Kept.TO_DO], "à faire"), (counts[Kept.WAITING], "en attente"), (counts[Kept.BACK], "revenues")]
    return ", ".join(f"{shown(count)} {words}" for count, words in told if count)
