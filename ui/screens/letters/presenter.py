"""Decides what the page of letters shows: those that leave, left or stopped, the one that is read. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from backoffice.kernel.application import Command
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.messages import sentence
from backoffice.kernel.progress import Progress
from backoffice.letters.commands import MarkPrinted, SendAgain
from backoffice.letters.events import LettersChanged
from backoffice.letters.kinds import STOPPED, LetterState
from backoffice.letters.queries import LetterLine, LetterList, LettersOnPaper, ListLetters
from ui.presenting import Banner, Desk, FaultPage, Paper, Place, Severity, banner_for, read_for, write_for
from ui.screens.letters.rows import Kept, is_counting_down, nothing

_LEAVING_AGAIN = ("Le courriel va repartir.", "{count} courriels vont repartir.")
_POSTED = ("Courrier noté comme envoyé par la poste.", "{count} courriers notés comme envoyés par la poste.")


class LettersPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_letters(
        self, lines: Sequence[LetterLine], counts: Mapping[LetterState, int], kept: Kept, empty: str
    ) -> None: ...

    def show_letter(self, line: LetterLine | None) -> None: ...

    def chosen_lines(self) -> Sequence[LetterLine]:
        """Those chosen in the list: what a gesture is done with."""

    def show_paper(self, paper: Paper) -> None: ...

    def is_seen(self) -> bool: ...


class LettersPresenter:
    """One list, a chip for each thing that becomes of a letter; who may write sends again, prints, says it is done."""

    def __init__(self, page: LettersPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk
        self._kept = Kept.ALL
        self._lines: Sequence[LetterLine] = ()
        self._line: LetterLine | None = None
        self.may_write = desk.app.actor.may("letters.write")
        desk.hear(LettersChanged, self._changed)

    @property
    def now(self) -> datetime:
        return self._desk.app.clock.now()

    @property
    def counts_down(self) -> bool:
        """Whether a letter that is seen leaves in so many seconds."""
        now = self.now
        return any(is_counting_down(line.letter, now) for line in self._lines)

    def open(self, place: Place) -> None:
        """`filter` names a chip."""
        wanted = place.parameters.get("filter", "")
        if wanted in set(Kept):
            self._kept = Kept(wanted)
        self._page.show_banner(None)
        self.load()

    def load(self) -> None:
        app, kept = self._desk.app, self._kept
        read_for(
            self._page,
            self._desk,
            lambda progress: app.ask(ListLetters(kept.states), progress=progress),
            partial(self._loaded, kept),
            self.load,
            "letters",
        )

    def keep(self, kept: Kept) -> None:
        self._kept = kept
        self._desk.named(Place("letters", {"filter": kept.value}))
        self.load()

    def select(self, line: LetterLine | None) -> None:
        self._line = line
        self._page.show_letter(line)

    # --- views ------------------------------------------------------------------------------------------------

    def filters(self) -> Mapping[str, str]:
        return {} if self._kept is Kept.ALL else {"filter": self._kept.value}

    def apply_filters(self, wanted: Mapping[str, str]) -> None:
        name = wanted.get("filter", "")
        self.keep(Kept(name) if name in set(Kept) else Kept.ALL)

    def filters_in_words(self) -> Sequence[str]:
        return [] if self._kept is Kept.ALL else [self._kept.label.lower()]

    # --- gestures ---------------------------------------------------------------------------------------------

    def send_again(self) -> None:
        """To the address that each family has now."""
        self._each(SendAgain, _LEAVING_AGAIN)

    def mark_printed(self) -> None:
        self._each(MarkPrinted, _POSTED)

    def print_(self) -> None:
        """Show the chosen letters as they go by post."""
        ids = tuple(line.letter.id for line in self._page.chosen_lines())
        if not ids:
            return
        app, today = self._desk.app, self._desk.app.clock.today()

        def work(progress: Progress) -> Paper:
            from reports.letter_pdf import render_letters

            letters = app.ask(LettersOnPaper(ids), progress=progress)
            title = f"Courrier, famille {letters[0].family}" if len(letters) == 1 else f"{len(letters)} courriers"
            return Paper(title, f"{title} {today.isoformat()}", render_letters(letters))

        def refused(error: Exception) -> None:
            self._tell_refusals([error])

        self._desk.run.read(work, self._page.show_paper, refused, "paper", "Mise en page")

    def open_family(self) -> None:
        if self._line is not None:
            self._desk.go(Place("family", {"id": str(self._line.letter.family_id)}))

    def _each(self, make: Callable[[int], Command[None]], told: tuple[str, str]) -> None:
        """Do this with every chosen letter that waits for it; one that is refused does not keep the others back."""
        ids = [line.letter.id for line in self._page.chosen_lines() if line.letter.state in STOPPED]
        if not ids or not self.may_write:
            return
        app = self._desk.app

        def work(progress: Progress) -> list[UserError]:
            refusals = []
            for number, letter_id in enumerate(ids):
                progress(number, len(ids), "Courriels")
                try:
                    app.execute(make(letter_id), progress=progress)
                except UserError as refusal:
                    refusals.append(refusal)
            return refusals

        write_for(self._page, self._desk, work, partial(self._done, told, len(ids)), "Courriels")

    def _done(self, told: tuple[str, str], count: int, refusals: Sequence[UserError]) -> None:
        done = count - len(refusals)
        if done:
            one, several = told
            self._desk.tell(one if done == 1 else several.format(count=done), None)
        self._tell_refusals(refusals)
        self.load()

    def _tell_refusals(self, refusals: Sequence[Exception]) -> None:
        if not refusals:
            self._page.show_banner(None)
            return
        first = refusals[0]
        if len(refusals) == 1 or not isinstance(first, UserError):
            self._page.show_banner(banner_for(first))
        else:
            words = f"{len(refusals)} courriels n'ont pas changé, dont le premier : {sentence(first)}"
            self._page.show_banner(Banner(Severity.DANGER, words))

    # --- answers ----------------------------------------------------------------------------------------------

    def _loaded(self, kept: Kept, found: LetterList) -> None:
        if kept is not self._kept:
            return  # another chip was pressed meanwhile
        self._lines = found.lines
        older = f"les {len(found.lines)} derniers" if found.more else ""
        self._page.show_title("Courriels", older or "écrits aux familles")
        self._page.show_letters(found.lines, found.counts, kept, nothing(kept))

    def _changed(self, _event: Event) -> None:
        if self._page.is_seen():
            self.load()
