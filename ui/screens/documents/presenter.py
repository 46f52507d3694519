"""Decides what the queue of pieces shows: which one is looked at, what its keys do, what comes next. No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from backoffice.documents.deciding import (
    AcceptDocument,
    ChangeDocument,
    Decided,
    RejectDocument,
    RotateFile,
    UndoDecision,
)
from backoffice.documents.delays import Urgency
from backoffice.documents.events import DocumentsChanged
from backoffice.documents.kinds import Sensitivity
from backoffice.documents.obligations import FamilyObligations, ListObligations
from backoffice.documents.queue import ListQueue, Piece, Queue, QueueLine
from backoffice.documents.starting import OTHER_REASON, RejectReason
from backoffice.documents.taking import GiveBack, TakePiece
from backoffice.documents.types import DocumentTypeLine, ListDocumentTypes
from backoffice.documents.waiving import EndWaiver
from backoffice.kernel.application import Command
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.events import Event
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress
from backoffice.letters.queries import LetterView, ListTemplates, PreviewLetter
from ui.forms import FieldSpec
from ui.presenting import Action, Banner, Desk, FaultPage, Place, Severity, banner_for, read_for
from ui.screens.documents.asking import (
    Words,
    accept_command,
    accept_fields,
    change_command,
    change_fields,
    fitting_person,
    offered,
    waiver_command,
    waiver_fields,
)
from ui.screens.documents.comparing import Compared, Found, compared, plain, remarks, sendings
from ui.screens.documents.reading import Opened, Opener
from ui.screens.documents.rows import Kept, after
from ui.widgets.preview.pages import PreviewDocument, PreviewFile

_BATCH = 40  # candidates offered at once: with more agents than that on one queue, the next batch is asked for
_NOTHING = "Aucune pièce à examiner : les familles ont toutes leur réponse."


@dataclass(frozen=True, slots=True)
class Sight:
    """The piece under the eyes of the agent, as its column shows it."""

    piece: Piece
    title: str
    about: str
    compared: Sequence[tuple[Compared, Found]]
    remarks: Sequence[str]
    sendings: str
    blocks_opening: bool
    fields: Sequence[FieldSpec]
    reasons: Sequence[RejectReason]
    has_earlier: bool
    may_decide: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """What the chips and the counter say. `place` of `total`: « 12 sur 87 »."""

    waiting: int
    by_urgency: Mapping[Urgency, int]
    by_type: Mapping[str, int]
    blocking: int
    place: int
    total: int


class PiecesPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_counts(self, counts: Counts, kept: Kept) -> None: ...

    def show_queue(self, lines: Sequence[QueueLine]) -> None: ...

    def drop_line(self, document_id: int) -> None:
        """One line goes, the others stay where they are."""

    def show_current(self, document_id: int | None) -> None: ...

    def show_piece(self, sight: Sight, document: PreviewDocument | None, refusal: str) -> None: ...

    def show_compared(self, lines: Sequence[tuple[Compared, Found]]) -> None: ...

    def show_empty(self, text: str, released: Sequence[str], gesture: str) -> None: ...

    def show_earlier(self, document: PreviewDocument | None) -> None: ...

    def make_ready(self, document: PreviewDocument) -> None: ...

    def show_letter(self, said: str, note: str) -> None: ...

    def show_form(self, title: str, fields: Sequence[FieldSpec], save_words: str) -> None: ...

    def hide_form(self) -> None: ...

    def set_value(self, key: str, text: str) -> None: ...

    def show_errors(self, errors: Mapping[str, str]) -> None: ...

    def values(self) -> Mapping[str, str]:
        """What is typed in the form that is shown."""

    def is_seen(self) -> bool: ...

    def is_asking(self) -> bool:
        """Whether the agent is choosing why a piece is rejected."""


@dataclass(frozen=True)
class _Undo:
    """What takes the last gesture back. `line`: the piece that comes back to the queue."""

    words: str
    command: Callable[[], Command[Any]]
    line: QueueLine | None = None
    rejected: bool = False


class PiecesPresenter:
    """One piece at a time, the next one ready; every gesture but a mail that left can be taken back."""

    def __init__(self, page: PiecesPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk
        self._context = desk.context
        self._opener = Opener(desk.app)
        may = desk.app.actor.may
        self.may_review, self.may_waive = may("documents.review"), may("documents.waive")
        self.may_read_letters = may("letters.read")
        self._lines: list[QueueLine] = []
        self._kept = Kept()
        self._wanted: int | None = None
        self._left: int | None = None  # where the agent was when another page was shown
        self._opened: Opened | None = None
        self._page_words = ""
        self._types: Sequence[DocumentTypeLine] = ()
        self._closed: frozenset[int] = frozenset()  # types that this agent may not open
        self._words = Words(None)
        self._held: Sequence[LetterView] = ()
        self._obligations: FamilyObligations | None = None
        self._passed: frozenset[int] = frozenset()
        self._undos: list[_Undo] = []
        self._form = ""
        self._began: datetime | None = None
        self._decided = 0
        self._rejected = 0
        self._released: list[str] = []
        self._busy = False
        self._told_mine = 0
        desk.hear(DocumentsChanged, self._changed)
        self._context.listen(self._follow)

    # --- opening ----------------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        """`piece`: the one to show; `filter`: `late`, `soon`, `fresh` or `blocking`."""
        asked, kept = place.parameters.get("piece", ""), place.parameters.get("filter", "")
        if kept:
            urgency = Urgency(kept) if kept in set(Urgency) else None
            self._kept = Kept(urgency, blocking=kept == "blocking")
        if asked.isdecimal():
            self._wanted = int(asked)
        self._page.show_banner(None)
        self.load()
        if self._words.template is None:
            self._read_words()

    def load(self) -> None:
        app, types, wanted = self._desk.app, self._types, ListQueue(self._context.structure_id)

        def work(progress: Progress) -> tuple[Queue, Sequence[DocumentTypeLine]]:
            found = app.ask(wanted, progress=progress)
            if types:
                return found, types
            return found, app.ask(ListDocumentTypes(), progress=progress)

        read_for(self._page, self._desk, work, self._queue_read, self.load, "queue")

    def _read_words(self) -> None:
        app = self._desk.app

        def work(progress: Progress) -> Words:
            templates = app.ask(ListTemplates(), progress=progress)
            return Words.among(templates)

        read_for(self._page, self._desk, work, self._words_read, self._read_words, "words")

    def leave(self) -> None:
        """Another page is shown: the piece goes back to the queue now, and is taken again at the return if it can be.
        One that is being answered stays: what is typed for it must find it again."""
        if not self.may_review or self._opened is None or self._form or self._busy or self._page.is_asking():
            return
        app = self._desk.app
        self._left, self._opened = self._opened.piece.document_id, None
        self._desk.run.write(lambda progress: app.execute(GiveBack(), progress=progress), lambda _: None,
                             self._failed, "Rendre la pièce à la file")

    def _follow(self) -> None:
        """Another structure."""
        self._passed = frozenset()
        if self._page.is_seen():
            self.load()

    # --- the queue --------------------------------------------------------------------------------------------

    @property
    def kept(self) -> Kept:
        return self._kept

    def keep(self, kept: Kept) -> None:
        """Narrow the queue; the piece that is read stays when it is still in it."""
        self._kept = kept
        self._passed = frozenset()
        self._show_queue()
        shown = self.current
        if shown is None or all(line.document_id != shown for line in self._seen):
            self.go_on()

    @property
    def _seen(self) -> list[QueueLine]:
        return [line for line in self._lines if self._kept.keeps(line)]

    def _following(self, document_id: int | None) -> list[int]:
        """Where to go from a piece, without those that this agent may not open."""
        lines = [one for one in self._seen if one.type_id not in self._closed or one.document_id == document_id]
        return after(lines, document_id, self._passed)

    @property
    def current(self) -> int | None:
        return self._opened.piece.document_id if self._opened is not None else None

    @property
    def piece(self) -> Piece | None:
        return self._opened.piece if self._opened is not None else None

    def choose(self, line: QueueLine) -> None:
        """The agent points at a piece."""
        if line.document_id != self.current:
            self._take([line.document_id])

    def step(self, by: int) -> None:
        """The piece before or after in the list."""
        seen = self._seen
        place = next((place for place, line in enumerate(seen) if line.document_id == self.current), -1)
        if 0 <= place + by < len(seen):
            self.choose(seen[place + by])

    def go_on(self) -> None:
        """The next piece, or what is said when there is none."""
        wanted, self._left = self._following(self.current), None
        if wanted:
            self._take(wanted)
        else:
            self._show_end()

    def pass_(self) -> None:
        """« Passer » : the piece goes back, and comes last."""
        if self.current is not None and not self._busy:
            self._passed |= {self.current}
            if self._following(self.current):
                self.go_on()
            else:
                self._desk.tell("C'est la seule pièce de la file.", None)

    def _queue_read(self, found: tuple[Queue, Sequence[DocumentTypeLine]]) -> None:
        queue, self._types = found
        self._lines = list(queue.lines)
        if not self._desk.app.actor.may("health.read"):
            self._closed = frozenset(
                one.id for one in self._types if one.values.sensitivity is Sensitivity.HEALTH
            )
        self._began = self._began or self._desk.app.clock.now()
        self._show_queue()
        wanted, self._wanted = self._wanted, None
        left = next((line for line in self._seen if line.document_id == self._left and not line.holder), None)
        if wanted is None and left is not None:
            self._left = None
            self._take([left.document_id, *self._following(left.document_id)])
        elif wanted is not None and wanted != self.current:
            self._take([wanted])
        elif self.current is None or all(line.document_id != self.current for line in self._lines):
            self._opened = None
            self.go_on()
        else:
            self._page.show_current(self.current)

    def _show_queue(self) -> None:
        self._page.show_queue(self._seen)
        self._page.show_current(self.current)
        self._show_counts()

    def _show_counts(self) -> None:
        lines, kept = self._lines, self._seen
        self._page.show_counts(
            Counts(
                len(lines), Counter(line.urgency for line in lines), Counter(line.type for line in lines),
                sum(line.blocks_opening for line in lines),
                self._decided + (1 if kept else 0), self._decided + len(kept),
            ),
            self._kept,
        )

    # --- taking and showing a piece ---------------------------------------------------------------------------

    def _take(self, wanted: Sequence[int]) -> None:
        """Take the first that nobody else has, and show it. Who only reads takes nothing."""
        app, opener, batch = self._desk.app, self._opener, tuple(wanted[:_BATCH])
        rest = wanted[_BATCH:]
        # One about health, chosen by who may not open it, is shown as such: it is handed to nobody else either.
        asked = next((line for line in self._lines if [line.document_id] == list(batch)), None)
        closed = asked is not None and asked.type_id in self._closed

        def work(progress: Progress) -> Opened | None:
            found = app.execute(TakePiece(batch), progress=progress) if self.may_review and not closed else batch[0]
            return opener.open(found, progress) if found is not None else None

        def done(opened: Opened | None) -> None:
            self._busy = False
            if opened is not None:
                self._show(opened)
            elif rest:
                self._take(rest)
            else:
                self._nobody_free(batch)

        self._busy = True
        if self.may_review:
            self._desk.run.write(work, done, self._failed, "Pièce suivante")
        else:
            self._desk.run.read(work, done, self._failed, "piece")

    def _nobody_free(self, batch: Sequence[int]) -> None:
        self._page.show_current(self.current)
        if len(batch) == 1:
            line = next((line for line in self._lines if line.document_id == batch[0]), None)
            who = f" par {line.holder}" if line is not None and line.holder else " par un collègue"
            told = f"Cette pièce est déjà examinée{who}, ou vient d'avoir sa réponse : choisissez-en une autre."
            self._page.show_banner(Banner(Severity.INFO, told))
        else:
            self.load()

    def _show(self, opened: Opened) -> None:
        self._opened = opened
        self._page_words = ""
        self._held = ()
        self._obligations = None
        piece = opened.piece
        self._page.show_banner(None)
        self._close_form()
        self._page.show_piece(self._sight(), opened.document, opened.refusal)
        self._page.show_current(piece.document_id)
        self._show_letter()
        self._show_counts()
        self._read_around(piece)
        self._prepare_next()

    def _sight(self) -> Sight:
        opened = self._opened
        if opened is None:
            raise ValueError("no piece is shown")
        piece = opened.piece
        line = next((one for one in self._lines if one.document_id == piece.document_id), None)
        return Sight(
            piece, piece.person or f"Famille {piece.family}", piece.kind.name, self._compared(), remarks(piece),
            sendings(piece), line is not None and line.blocks_opening, accept_fields(piece),
            offered(piece.kind.reasons), piece.accepted_before is not None,
            self.may_review and opened.document is not None,
        )

    def _compared(self) -> Sequence[tuple[Compared, Found]]:
        piece = self.piece
        if piece is None:
            return ()
        words = plain(self._page_words) if self._page_words else ""
        return [(line, line.found_in(words)) for line in compared(piece, self._desk.app.clock.today())]

    def page_read(self, words: str) -> None:
        """What a page says was read: beside each line, whether it is on it."""
        if self.piece is not None and words and words not in self._page_words:
            self._page_words = f"{self._page_words} {words}".strip()
            self._page.show_compared(self._compared())

    def _read_around(self, piece: Piece) -> None:
        """What can wait until the piece is on the screen: the mail that is held, who is blocked."""
        app, may_letters = self._desk.app, self.may_read_letters

        def work(progress: Progress) -> tuple[FamilyObligations, Sequence[LetterView]]:
            obligations = app.ask(ListObligations(piece.family_id), progress=progress)
            held = app.ask(PreviewLetter(piece.family_id), progress=progress) if may_letters else ()
            return obligations, held

        def done(found: tuple[FamilyObligations, Sequence[LetterView]]) -> None:
            if piece.document_id == self.current:
                self._obligations, self._held = found
                self._show_letter()

        self._desk.run.read(work, done, self._failed, "around")

    def _prepare_next(self) -> None:
        wanted = self._following(self.current)
        if not self.may_review or not wanted:
            return
        opener, next_one = self._opener, wanted[0]

        def ready(opened: Opened | None) -> None:
            if opened is not None and opened.document is not None:
                self._page.make_ready(opened.document)

        # What goes wrong ahead is said when the piece is looked at.
        self._desk.run.read(lambda progress: opener.open_ahead(next_one, progress), ready, lambda _error: None, "ahead")

    def _show_end(self) -> None:
        self._opened = None
        self._page.show_current(None)
        self._show_counts()
        kept = self._kept.words
        if self._lines and kept:
            others = len(self._lines)
            waiting = f"{others} autre{'s' if others > 1 else ''}"
            self._page.show_empty(f"Plus aucune pièce dans « {kept} » ; {waiting} à examiner.", self._released,
                                  "Voir t&outes les pièces")
        else:
            self._page.show_empty(f"{self._summary()}{self._left_to_others()}", self._released, "")

    def _summary(self) -> str:
        if not self._decided or self._began is None:
            return _NOTHING
        minutes = max(round((self._desk.app.clock.now() - self._began).total_seconds() / 60), 1)
        pieces = f"{self._decided} pièce{'s' if self._decided > 1 else ''}"
        rejected = f"{self._rejected} rejet{'s' if self._rejected > 1 else ''}" if self._rejected else "aucun rejet"
        return f"File vide — {pieces} en {minutes} min, {rejected}."

    def _left_to_others(self) -> str:
        held, closed = sum(bool(line.holder) for line in self._lines), len(self._lines)
        closed -= held
        said = f" Un collègue en examine encore {held}." if held else ""
        if closed:
            wait = "attendent" if closed > 1 else "attend"
            said += f" {closed} sur la santé {wait} un agent qui lit les fiches sanitaires."
        return said

    def show_all(self) -> None:
        self.keep(Kept())

    # --- deciding ---------------------------------------------------------------------------------------------

    def validate(self) -> None:
        """« V » : accept with the days typed, and go on."""
        opened = self._opened
        if opened is None or opened.document is None or not self.may_review or self._busy or self._form:
            return
        command, errors = accept_command(opened.piece, self._page.values(), self._desk.app.clock.today())
        self._page.show_errors(errors)
        if not errors:
            self._decide(command, opened.piece)

    def reject(self, reason: RejectReason, comment: str) -> None:
        """With the words the family will read, and go on."""
        if self.piece is not None and self.may_review and not self._busy:
            self._decide(RejectDocument(self.piece.document_id, self.piece.version, reason.code, comment), self.piece)

    def _decide(self, command: AcceptDocument | RejectDocument, piece: Piece) -> None:
        app = self._desk.app
        rejected = isinstance(command, RejectDocument)
        blocked = self._obligations.blocked if self._obligations is not None else frozenset()

        def done(decided: Decided) -> None:
            self._busy = False
            line = next((one for one in self._lines if one.document_id == piece.document_id), None)
            told = "Décision annulée : la pièce attend de nouveau."
            self._undos.append(_Undo(told, lambda: UndoDecision(decided), line, rejected))
            self._decided += 1
            self._rejected += rejected
            following = self._following(piece.document_id)
            self._lines = [one for one in self._lines if one.document_id != piece.document_id]
            self._page.drop_line(piece.document_id)
            verb = "Rejetée" if rejected else "Validée"
            self._desk.tell(f"{verb} : {piece.kind.name}, {piece.person or piece.family}.",
                            Action("Annuler", self.undo))
            if following:
                self._take(following)
            else:
                self._show_end()
            if blocked and not rejected:
                self._look_for_released(piece, blocked)

        self._busy = True
        self._told_mine += 1
        self._desk.run.write(lambda progress: app.execute(command, progress=progress), done, self._failed,
                             "Enregistrement de la décision")

    def _look_for_released(self, piece: Piece, blocked: frozenset[int]) -> None:
        app = self._desk.app

        def done(now: FamilyObligations) -> None:
            names = [now.names[child] for child in sorted(blocked - now.blocked) if child in now.names]
            fresh = [name for name in names if name not in self._released]
            self._released += fresh
            if fresh:
                self._desk.tell(f"Inscription de nouveau possible : {', '.join(fresh)}.", None)
                if self.current is None:
                    self._show_end()

        self._desk.run.read(lambda progress: app.ask(ListObligations(piece.family_id), progress=progress), done,
                            self._failed)

    def undo(self) -> None:
        """Ctrl+Z: the last gesture of this page."""
        if self._busy:
            return
        if not self._undos:
            self._desk.tell("Rien à annuler.", None)
            return
        last, app = self._undos[-1], self._desk.app

        def done(_result: object) -> None:
            self._busy = False
            self._undos.remove(last)
            if last.line is not None:
                self._decided -= 1
                self._rejected -= last.rejected
            self._wanted = last.line.document_id if last.line is not None else self.current
            self._opened = None  # as it is now
            self._desk.tell(last.words, None)
            self.load()

        def failed(error: Exception) -> None:
            if isinstance(error, UserError):  # its letter has left: what was done before it may still be undone
                self._undos.remove(last)
            self._failed(error)

        self._busy = True
        self._told_mine += 1
        self._desk.run.write(lambda progress: app.execute(last.command(), progress=progress), done, failed,
                             "Annulation")

    def rotated(self, file: PreviewFile) -> None:
        """Kept for the file, whoever reads it next."""
        if not self.may_review or not file.key.isdecimal():
            return
        app, command = self._desk.app, RotateFile(int(file.key), file.turns)
        self._desk.run.write(lambda progress: app.execute(command, progress=progress), lambda _: None, self._failed,
                             "Rotation gardée")

    def compare(self) -> None:
        """Bring the version accepted before."""
        piece, opener = self.piece, self._opener
        earlier = piece.accepted_before if piece is not None else None
        if piece is None or earlier is None:
            self._page.show_earlier(None)
            return

        def done(document: PreviewDocument | None) -> None:
            if self.current == piece.document_id:
                self._page.show_earlier(document)

        self._desk.run.read(lambda progress: opener.open_earlier(piece, earlier, progress), done, self._failed,
                            "earlier")

    # --- forms ------------------------------------------------------------------------------------------------

    def change(self) -> None:
        """« T » : another type, or somebody else's."""
        piece = self.piece
        if piece is not None and self.may_review and self._types:
            self._form = "change"
            self._page.show_form(
                "Type ou personne", change_fields(piece, self._types, self._desk.app.clock.today()), "Enre&gistrer"
            )

    def waive(self) -> None:
        """« D » : the piece does not block until a day."""
        if self.piece is not None and self.may_waive:
            self._form = "waive"
            today = self._desk.app.clock.today()
            self._page.show_form("Dérogation", waiver_fields(today), "Accorder la déro&gation")

    def close_form(self) -> None:
        self._close_form()
        piece = self.piece
        if piece is not None and self._opened is not None:
            self._page.show_piece(self._sight(), self._opened.document, self._opened.refusal)

    def _close_form(self) -> None:
        if self._form:
            self._form = ""
            self._page.hide_form()

    def typed(self, key: str, text: str) -> None:
        """A type for a child makes the piece a child's."""
        piece = self.piece
        if piece is None:
            return
        if self._form == "change" and key == "type":
            kind = next((one for one in self._types if str(one.id) == text), None)
            if kind is not None:
                self._page.set_value("person", fitting_person(piece, kind, self._page.values().get("person", "")))
        elif not self._form:
            self._show_letter()

    def save_form(self) -> None:
        piece, values = self.piece, self._page.values()
        if piece is None or self._busy:
            return
        if self._form == "change":
            self._save_change(piece, change_command(piece, values))
        elif self._form == "waive":
            command, errors = waiver_command(piece, values, self._desk.app.clock.today())
            self._page.show_errors(errors)
            if not errors:
                self._write(
                    command, "Dérogation",
                    lambda waiver: self._formed(
                        f"Dérogation accordée jusqu'au {french_day(command.until)}.",
                        _Undo("Dérogation retirée.", lambda: EndWaiver(waiver)),
                    ),
                )

    def _save_change(self, piece: Piece, command: ChangeDocument) -> None:
        if (command.type_id, command.person_id) == (piece.kind.id, piece.person_id):
            self.close_form()
            return
        self._write(
            command, "Changement",
            lambda version: self._formed(
                "La pièce a changé de type ou de personne.",
                _Undo("La pièce est de nouveau comme elle était.",
                      lambda: ChangeDocument(piece.document_id, version, piece.kind.id, piece.person_id)),
            ),
        )

    def _formed(self, told: str, undo: _Undo) -> None:
        self._undos.append(undo)
        self._close_form()
        self._desk.tell(told, Action("Annuler", self.undo))
        shown, self._opened = self.current, None
        self._wanted = shown
        self.load()

    def _write(self, command: Command[int], label: str, done: Callable[[int], None]) -> None:
        app = self._desk.app

        def heard(result: int) -> None:
            self._busy = False
            done(result)

        self._busy = True
        self._told_mine += 1
        self._desk.run.write(lambda progress: app.execute(command, progress=progress), heard, self._failed, label)

    # --- the mail ---------------------------------------------------------------------------------------------

    def show_letter_of(self, reason: RejectReason | None, comment: str) -> None:
        """What the family will read if the piece is rejected so; None: if it is accepted."""
        if self.piece is None:
            return
        if reason is None:
            self._show_letter()
        else:
            label = "" if reason.code == OTHER_REASON else reason.label
            self._page.show_letter(self._words.said(self.piece, "rejected", label, comment), self._letter_note())

    def _show_letter(self) -> None:
        piece = self.piece
        if piece is None:
            self._page.show_letter("", "")
            return
        command, errors = accept_command(piece, self._page.values(), self._desk.app.clock.today())
        until = None if errors else command.valid_to
        self._page.show_letter(self._words.said(piece, "accepted", until=until), self._letter_note())

    def _letter_note(self) -> str:
        held = self._held[0] if self._held else None
        if held is None:
            return "courriel groupé, départ 60 s après la décision"
        address = held.to_address or "à imprimer, la famille n'a pas d'adresse"
        return f"s'ajoute au courriel retenu · {address}"

    # --- answers ----------------------------------------------------------------------------------------------

    def open_family(self) -> None:
        if self.piece is not None:
            self._desk.go(Place("family", {"id": str(self.piece.family_id)}))

    def see_as_family(self) -> None:
        if self.piece is not None:
            self._desk.go(Place("as_family", {"id": str(self.piece.family_id)}))

    def _words_read(self, words: Words) -> None:
        self._words = words
        self._show_letter()

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self._told_mine = 0
        if isinstance(error, InvalidFields):
            self._page.show_errors({key: sentence(each) for key, each in error.fields.items()})
        found = banner_for(error)
        if found is not None:
            reread = Action("Relire la file", self.load)
            self._page.show_banner(replace(found, actions=(reread,)) if not found.actions else found)

    def _changed(self, _event: Event) -> None:
        """What this page did is already shown."""
        if self._told_mine:
            self._told_mine -= 1
        elif self._page.is_seen():
            self.load()

