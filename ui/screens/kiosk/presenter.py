"""Decides what the kiosk shows and what a touch does. A touch is shown at once and kept beside. No Qt."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

from backoffice.catalog.kinds import NO_STRUCTURE
from backoffice.catalog.queries import ListStructures, Structure
from backoffice.clocking.badges import CardSheet, MakeCards
from backoffice.clocking.code_rules import Signer, Tries
from backoffice.clocking.codes import SetOwnCode
from backoffice.clocking.receiving import ReceiveEvents
from backoffice.clocking.roster import ReadRoster, Roster, RosterChild, Touch
from backoffice.clocking.touches import NewClock
from backoffice.kernel.errors import Cancelled, EnvironmentFault, UserError
from backoffice.kernel.events import Event
from backoffice.kernel.faults import is_outage
from backoffice.kernel.messages import sentence
from backoffice.kernel.progress import Progress
from backoffice.outbox.day import DayFile
from backoffice.outbox.sending import OutboxChanged
from reports import RENDERERS
from ui.days import long_day
from ui.presenting import Banner, Desk, FaultPage, Paper, Severity, banner_for, write_for
from ui.screens.kiosk.board import Board, Inside, Tile, counted, touch_of
from ui.times import clock_text, parse_clock

T = TypeVar("T")

UNDO_SECONDS = 10
REASONS = ("Oubli de pointage", "Erreur de touche", "Heure inexacte", "Autre agent prévenu")
_TWICE_SECONDS = 1.0  # a finger that bounces is not a second touch
_CARD_LENGTH = 12     # what is as long as that and no child's name is a card


@dataclass(frozen=True, slots=True)
class Status:
    """The band under the title: what waits, and since when the day is known. `away`: the base does not answer."""

    text: str = ""
    away: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is shown of a child beside the tiles: who may take it home, and what the correction begins with."""

    child: RosterChild
    tile: Tile
    arrived: str
    left: str
    leaving: bool


class KioskPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_choices(self, structures: Sequence[Structure], chosen: int | None, sections: Sequence[str],
                     section: str) -> None: ...

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_tiles(self, tiles: Sequence[Tile]) -> None: ...

    def show_tile(self, tile: Tile) -> None: ...

    def show_counts(self, words: str) -> None: ...

    def show_status(self, status: Status) -> None: ...

    def say_when_empty(self, text: str) -> None: ...

    def show_undo(self, words: str) -> None: ...

    def show_sheet(self, sheet: Sheet | None) -> None: ...

    def show_correction(self, sheet: Sheet, signers: Sequence[Signer], reasons: Sequence[str]) -> None: ...

    def show_leaving(self, signers: Sequence[Signer]) -> None: ...

    def show_errors(self, arrived: str = "", left: str = "", code: str = "", reason: str = "") -> None: ...

    def show_inside(self, lines: Sequence[Inside], detail: str) -> None: ...

    def show_own_code(self, error: str) -> None: ...

    def close_panel(self) -> None: ...

    def leave_full(self) -> None: ...

    def clear_typed(self) -> None: ...

    def show_paper(self, paper: Paper) -> None: ...


class Memory(Protocol):
    """Where the structure and the section stay between two days (see `Preferences`)."""

    def text(self, key: str, default: str = "") -> str: ...

    def keep(self, key: str, value: str) -> None: ...


class KioskPresenter:
    """One structure and one section at a time; what was touched here stays known until the window closes."""

    def __init__(
        self, page: KioskPage, desk: Desk, memory: Memory, device: str,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._page = page
        self._desk = desk
        self._memory = memory
        self._device = device
        self._ticks = ticks
        self._structures: Sequence[Structure] = ()
        self._structure = _number(memory.text("kiosk/structure"))
        self._section = memory.text("kiosk/section")
        self._roster: Roster | None = None
        self._shown: Board | None = None
        self._unsent: dict[UUID, int] = {}  # touches that wait, with their child, as the tiles show them
        self._own: dict[int, list[Touch]] = defaultdict(list)
        self._last: NewClock | None = None
        self._touched: dict[int, float] = {}
        self._typed = ""
        self._away = False
        self._tries: dict[str, Tries] = defaultdict(Tries)
        self._signing = False
        self.may_edit = desk.app.actor.may("attendance.edit")
        desk.hear(OutboxChanged, self._outbox_changed)

    # --- opening ----------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the structures once, then the day; what was kept here when the base is away."""
        if not self._structures and self._desk.app.actor.may("catalog.read"):
            self._desk.run.read(lambda _: self._desk.app.ask(ListStructures()), self._found_structures, self._missed,
                                "structures")
        elif self._structure is not None:
            self._read_day()

    def _found_structures(self, structures: Sequence[Structure]) -> None:
        self._structures = structures
        self._page.fault_over(self.load)
        wanted = self._structure if self._structure is not None else self._desk.context.structure_id
        known = {structure.id for structure in structures}
        if wanted in known and wanted != NO_STRUCTURE:
            self._structure = wanted
        elif structures:
            self._structure = structures[0].id
        else:
            self._page.say_when_empty("Aucune structure n'est ouverte : créez-la dans Services et tarifs.")
            return
        self._memory.keep("kiosk/structure", str(self._structure))  # to be known before the base answers
        self._show_choices()
        self._read_day()

    def choose(self, structure_id: int, section: str = "") -> None:
        """Another structure or section, kept for the next days."""
        changed = structure_id != self._structure
        self._structure, self._section = structure_id, "" if changed else section
        self._memory.keep("kiosk/structure", str(structure_id))
        self._memory.keep("kiosk/section", self._section)
        if changed:
            self._roster = None
            self._read_day()
        self._show()

    def refresh(self) -> None:
        """The day again; once a minute too, so that what is kept here is fresh when the base goes away."""
        if self._structures or self._roster is not None:
            self._read_day()
        else:
            self.load()

    def _read_day(self) -> None:
        structure = self._structure
        if structure is None:
            return
        name = next((one.name for one in self._structures if one.id == structure), "")
        self._desk.run.read(partial(self._ask_day, structure, name), self._found_day, self._missed, "day")

    def _ask_day(self, structure: int, name: str, progress: Progress) -> tuple[Roster, EnvironmentFault | None]:
        roster = self._desk.app.ask(ReadRoster(structure, name), progress=progress)
        file = self._day_file(structure)
        try:
            if file is not None:
                file.keep(roster)
        except EnvironmentFault as fault:
            return roster, fault  # the kiosk works, but only as long as the base does
        return roster, None

    def _found_day(self, found: tuple[Roster, EnvironmentFault | None]) -> None:
        roster, unkept = found
        if roster.structure_id != self._structure:
            return
        self._away = False
        self._page.fault_over(self.refresh)
        if unkept is not None:
            self._page.show_banner(Banner(Severity.WARNING, sentence(unkept)))
        self._receive(roster)

    def _missed(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        if not (isinstance(error, EnvironmentFault) and is_outage(error)):
            self._page.show_banner(banner_for(error, reread=self.refresh))
            return
        self._away = True
        structure = self._structure
        file = None if structure is None else self._day_file(structure)
        if self._roster is not None:
            self._show()
            return
        if file is None:
            self._found_kept(None)
            return
        today = self._desk.app.clock.today()
        self._desk.run.read(lambda _: file.read(today), self._found_kept, self._unreadable, "kept day")

    def _found_kept(self, roster: Roster | None) -> None:
        if roster is not None and self._roster is None:
            self._receive(roster)
        elif roster is None:
            self._page.say_when_empty(
                "La base ne répond pas et la journée n'a pas encore été lue ici : elle s'affichera dès son retour."
            )
            self._show_status()

    def _unreadable(self, error: Exception) -> None:
        self._page.show_banner(banner_for(error, reread=self.refresh))

    def _receive(self, roster: Roster) -> None:
        self._roster = roster
        if self._section not in roster.sections:
            self._section = ""
        self._show()

    def _day_file(self, structure: int) -> DayFile | None:
        outbox, app = self._desk.outbox, self._desk.app
        if outbox is None:
            return None
        return DayFile(app.database.address, app.actor.login, structure, outbox.folder)

    # --- touching ---------------------------------------------------------------------------------------------

    def tap(self, child_id: int) -> None:
        """Arrive, or leave. Shown at once."""
        board, tick = self._board(), self._ticks()
        if board is None or not self.may_edit or tick - self._touched.get(child_id, -_TWICE_SECONDS) < _TWICE_SECONDS:
            return
        self._touched[child_id] = tick
        event = board.tapped(child_id, self._desk.app.clock.now(), self._device)
        self._last = event
        self._record((event,))
        sheet = self.sheet(child_id)
        leaving = sheet.leaving
        self._page.show_undo(f"{sheet.tile.name} : {sheet.tile.words.lower()}")
        self._page.show_sheet(sheet if leaving or sheet.child.alert else None)

    def undo(self) -> None:
        """Take the last touch back, while its bar is there."""
        board, last = self._board(), self._last
        if board is None or last is None:
            return
        self._last = None
        self._touched.pop(last.child_id, None)
        self._record((board.taken_back(last, self._desk.app.clock.now()),))
        self._page.show_undo("")
        self._page.show_sheet(None)

    def undo_over(self) -> None:
        """Ten seconds went by."""
        self._last = None
        self._page.show_undo("")

    def entered(self, text: str) -> None:
        """Enter after letters: a card clocks its child; the only child that answers is clocked too."""
        board = self._board()
        if board is None or not text.strip():
            return
        child = board.by_badge(text)
        self._page.clear_typed()
        self.search("")
        if child is not None:
            self.tap(child)
        elif len(text.strip()) >= _CARD_LENGTH and " " not in text.strip():
            self._page.show_banner(Banner(
                Severity.WARNING, "Cette carte n'est celle d'aucun enfant d'aujourd'hui : cherchez-le par son nom."
            ))

    def search(self, text: str) -> None:
        self._typed = text
        self._show_tiles()

    def _record(self, events: tuple[NewClock, ...]) -> None:
        now = self._desk.app.clock.now()
        for event in events:
            self._own[event.child_id].append(touch_of(event, now))
            self._forget(event.child_id)
        self._show_tile(events[0].child_id)
        outbox, app = self._desk.outbox, self._desk.app

        def straight(progress: Progress) -> None:
            app.execute(ReceiveEvents(events), progress=progress)

        def kept(progress: Progress) -> None:
            if outbox is None:
                return straight(progress)
            try:
                outbox.clock(events)
            except EnvironmentFault as fault:
                if fault.code != "outbox.no_keyring":
                    raise
                straight(progress)  # nothing can be kept here: it counts if the base answers

        failed = partial(self._not_kept, events)
        if outbox is None:
            self._desk.run.write(kept, lambda _: None, failed, "Pointage")
        else:
            # Not behind what is being sent: a server that does not answer must not delay what is written here.
            self._desk.run.read(kept, lambda _: None, failed)

    def _forget(self, child_id: int) -> None:
        if self._shown is not None:
            self._shown.touched(child_id)

    def _not_kept(self, events: tuple[NewClock, ...], error: Exception) -> None:
        """The touch is nowhere: the tile says so too."""
        names = {str(event.uid) for event in events}
        child = events[0].child_id
        self._own[child] = [touch for touch in self._own[child] if touch.uid not in names]
        self._forget(child)
        self._last = None
        self._page.show_undo("")
        self._page.show_banner(banner_for(error, lambda: self._record(events)))
        self._show_tile(child)

    # --- correcting, and what asks who is there ------------------------------------------------------------------

    def hold(self, child_id: int) -> None:
        """A long press: the times of today, to correct with a code."""
        if self._roster is None or not self.may_edit:
            return
        self._page.show_correction(self.sheet(child_id), self._roster.signers, REASONS)

    def correct(self, child_id: int, arrived: str, left: str, reason: str, login: str, code: str) -> None:
        """Raises nothing: what is wrong is said beside its field."""
        board = self._board()
        times = self._times(arrived, left)
        if board is None or times is None:
            return
        if not reason:
            self._page.show_errors(reason="Dites pourquoi.")
            return
        clock = self._desk.app.clock

        def signed() -> None:
            events = board.corrected(child_id, *times, at=clock.now(), device=self._device, author=login,
                                     reason=reason)
            if events:
                self._record(events)
                self._desk.tell(f"{board.child(child_id).name} : pointage corrigé.", None)
            self._page.close_panel()

        self._sign(login, code, signed)

    def leave(self, login: str, code: str) -> None:
        """Out of the whole screen, for who signs."""
        self._sign(login, code, self._page.leave_full)

    def ask_to_leave(self) -> None:
        """Where nobody has a code yet, nobody could sign."""
        signers = () if self._roster is None else self._roster.signers
        if signers:
            self._page.show_leaving(signers)
        else:
            self._page.leave_full()

    def stay_awake(self, keep_awake: Callable[[str], Callable[[], None]]) -> Callable[[], None]:
        """A kiosk does not lock by itself, where nobody leaves it without a code."""
        if self._roster is None or not self._roster.signers:
            return lambda: None
        return keep_awake("kiosque")

    def _times(self, arrived: str, left: str) -> tuple[int | None, int | None] | None:
        errors, minutes = ["", ""], list[int | None]((None, None))
        for place, text in enumerate((arrived, left)):
            try:
                minutes[place] = parse_clock(text)
            except UserError as error:
                errors[place] = sentence(error)
        start, end = minutes
        if not any(errors) and end is not None and (start is None or end < start):
            errors[1] = sentence(UserError("attendance.left_before_arrived"))
        if any(errors):
            self._page.show_errors(*errors)
            return None
        return start, end

    def _sign(self, login: str, code: str, then: Callable[[], None]) -> None:
        roster, clock = self._roster, self._desk.app.clock
        signer = None if roster is None else next((one for one in roster.signers if one.login == login), None)
        if signer is None:
            self._page.show_errors(code="Choisissez d'abord votre nom : chacun enregistre son code avec « Mon code… ».")
            return
        wait = self._tries[login].wait(clock.now())
        if wait or self._signing:
            self._page.show_errors(code=_patience(wait))
            return
        self._signing = True

        def judged(right: bool) -> None:
            self._signing = False
            self._tries[login] = self._tries[login].after(clock.now(), right=right)
            if right:
                then()
            else:
                wait = self._tries[login].wait(clock.now())
                self._page.show_errors(code=f"Ce n'est pas votre code. {_patience(wait)}".rstrip())

        def failed(error: Exception) -> None:
            self._signing = False
            self._page.show_banner(banner_for(error))

        self._desk.run.read(lambda _: signer.signs_with(code), judged, failed, "code")

    def set_own_code(self, code: str, again: str) -> None:
        if code != again:
            self._page.show_own_code("Les deux codes ne sont pas les mêmes : tapez-les de nouveau.")
            return

        def done(_answer: None) -> None:
            self._desk.tell("Votre code de kiosque est enregistré.", None)
            self._page.close_panel()
            self.refresh()

        def failed(error: Exception) -> None:
            if isinstance(error, UserError):
                self._page.show_own_code(sentence(error))
            else:
                self._page.show_banner(banner_for(error))

        command = SetOwnCode(code)
        self._desk.run.write(lambda progress: self._desk.app.execute(command, progress=progress), done, failed, "Code")

    # --- the evacuation list, cards ---------------------------------------------------------------------------

    def show_inside(self) -> None:
        """Who is in, whatever the section: read here, the base is not asked."""
        board = self._board()
        if board is not None:
            lines = board.inside()
            count = f"{len(lines)} enfants présents" if len(lines) > 1 else f"{len(lines) or 'aucun'} enfant présent"
            self._page.show_inside(lines, f"{board.roster.structure or self._name()} : {count}, {self._now_words()}")

    def make_cards(self) -> None:
        """The cards of the children of the section, to print and cut."""
        board = self._board()
        if board is None:
            return
        children = tuple(one.child_id for one in board.roster.children
                         if not self._section or one.section == self._section)
        if not children:
            return
        day, place = board.roster.day, board.roster.structure or self._name()

        def work(progress: Progress) -> bytes:
            cards = self._desk.app.execute(MakeCards(children), progress=progress)
            return RENDERERS["cards.pdf"](CardSheet(place, day, cards))

        def done(pdf: bytes) -> None:
            self._page.show_paper(Paper("Cartes de pointage", f"cartes-{day:%Y-%m-%d}", pdf))
            self.refresh()

        write_for(self._page, self._desk, work, done, "Cartes de pointage")

    # --- showing ----------------------------------------------------------------------------------------------

    def _board(self) -> Board | None:
        if self._roster is None:
            return None
        today = self._desk.app.clock.today()
        if self._shown is None or not self._shown.is_of(self._roster, today):
            self._shown = Board(self._roster, self._own, today)
        return self._shown

    def _sending(self) -> set[UUID]:
        outbox = self._desk.outbox
        return set() if outbox is None else {clock.uid for clock in outbox.kept.clocks}

    def sheet(self, child_id: int) -> Sheet:
        """What is shown of a child beside the tiles."""
        board = self._board()
        if board is None:
            raise LookupError("no day is shown yet")
        arrived, left = board.times(child_id)
        tile = board.tile(child_id, self._sending())
        return Sheet(board.child(child_id), tile, clock_text(arrived), clock_text(left), left is not None)

    def _show(self) -> None:
        self._show_choices()
        self._show_tiles()
        self._show_status()

    def _show_choices(self) -> None:
        sections = () if self._roster is None else self._roster.sections
        self._page.show_choices(self._structures, self._structure, sections, self._section)
        self._page.show_title("Kiosque", f"{self._section or self._name()}, {long_day(self._desk.app.clock.today())}")

    def _show_tiles(self) -> None:
        board = self._board()
        if board is None:
            return
        tiles = board.tiles(self._section, self._typed, self._sending())
        if not tiles:
            self._page.say_when_empty(
                f"Aucun enfant ne répond à « {self._typed} »." if self._typed
                else "Aucun enfant n'est prévu aujourd'hui : tapez un nom pour pointer quelqu'un."
            )
        self._page.show_tiles(tiles)
        self._show_counts(board)

    def _show_tile(self, child_id: int) -> None:
        board = self._board()
        if board is not None:
            self._page.show_tile(board.tile(child_id, self._sending()))
            self._show_counts(board)

    def _show_counts(self, board: Board) -> None:
        self._page.show_counts(counted(board.tiles(self._section, "", ())))

    def _show_status(self) -> None:
        outbox = self._desk.outbox
        count = 0 if outbox is None else len(outbox.kept.clocks)
        waiting = "" if not count else "1 pointage à envoyer" if count == 1 else f"{count} pointages à envoyer"
        if self._away:
            self._page.show_status(Status(f"Hors connexion – {waiting or 'tout est envoyé'}", away=True))
        else:
            self._page.show_status(Status(waiting))

    def _outbox_changed(self, _event: Event) -> None:
        self._show_status()
        outbox, board, before = self._desk.outbox, self._board(), self._unsent
        if outbox is None or board is None:
            return
        self._unsent = {clock.uid: clock.child_id for clock in outbox.kept.clocks}
        for child_id in {child for _, child in before.items() ^ self._unsent.items()}:
            if board.knows(child_id):
                self._page.show_tile(board.tile(child_id, self._unsent.keys()))

    def _name(self) -> str:
        found = next((one.name for one in self._structures if one.id == self._structure), "")
        return found or (self._roster.structure if self._roster is not None else "")

    def _now_words(self) -> str:
        from backoffice.kernel.clock import french_moment

        return f"le {french_moment(self._desk.app.clock.now())}"

    @property
    def today(self) -> date:
        return self._desk.app.clock.today()


def _patience(seconds: int) -> str:
    return "" if not seconds else f"Réessayez dans {seconds} secondes." if seconds > 1 else "Réessayez dans 1 seconde."


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
