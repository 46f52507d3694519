"""Decides what the grid of reservations shows, what each gesture paints, and how it is saved. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import uuid4

from backoffice.attendance.commands import AttendanceOfDayChanged
from backoffice.bookings.changes import BookingsChanged, BookingsRefused, Change
from backoffice.bookings.events import WishesChanged
from backoffice.bookings.grid import Grid, GridCell, ReadGrid
from backoffice.bookings.inbox import ListWishes, WaitingRequest
from backoffice.bookings.kinds import Channel
from backoffice.bookings.rules.painting import Cell, Draft
from backoffice.bookings.rules.states import CellState, Gesture, Stored, gestures_write
from backoffice.bookings.saving import SaveBookings, Saved
from backoffice.kernel.events import Event
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import Month, Period, french_day
from backoffice.kernel.progress import Progress
from backoffice.kernel.zone import PARIS
from ui.painted import Unsaved
from ui.presenting import Action, Banner, Desk, FaultPage, Place, Severity, banner_for, read_for, write_for
from ui.screens.bookings.sheet import Filters, Sheet, first_filters
from ui.screens.bookings.words import changes_in_words, origin_of, period_in_words, places_given

_WEEK = timedelta(days=7)


class Scale(StrEnum):
    """How much of the calendar is shown."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def period(self, day: date) -> Period:
        if self is Scale.DAY:
            return Period(day, day)
        if self is Scale.WEEK:
            monday = day - timedelta(days=day.weekday())
            return Period(monday, monday + _WEEK - timedelta(days=1))
        month = Month.of(day)
        return Period(month.first_day, month.last_day)

    def step(self, day: date, count: int) -> date:
        if self is Scale.MONTH:
            return Month.of(day).plus(count).first_day
        return day + timedelta(days=count if self is Scale.DAY else 7 * count)


@dataclass(frozen=True, slots=True)
class Origin:
    """The line under the grid: what the current cell is, whether it waits to be saved, and where it comes from."""

    state: CellState | None
    child: str
    where: str
    words: str
    told: str
    problem: bool = False


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a save met: the sentences of each cell; `may_override`: a reason goes past them."""

    reasons: Mapping[Cell, str]
    may_override: bool


class BookingsPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_period(self, words: str, scale: Scale) -> None: ...

    def show_choices(self, grid: Grid, filters: Filters) -> None: ...

    def show_sheet(self, sheet: Sheet, *, moved: bool) -> None: ...

    def show_draft(self, draft: Draft) -> None: ...

    def show_origin(self, origin: Origin) -> None: ...

    def ask_reason(self, refusals: Refusals, count: int) -> None: ...

    def hide_reason(self) -> None: ...

    def show_wishes(self, requests: Sequence[WaitingRequest]) -> None: ...

    def say_when_empty(self, words: str) -> None: ...

    def is_seen(self) -> bool: ...


class BookingsPresenter:
    """One period, its filters, and what is painted over it until it is saved."""

    def __init__(self, page: BookingsPage, desk: Desk, kept: Unsaved | None = None) -> None:
        self._page = page
        self._desk = desk
        self._context = desk.context
        self._day = desk.context.day()
        self.scale = Scale.WEEK
        self.filters = Filters()
        self._chose = False
        self.sheet: Sheet | None = None
        self._draft = kept.draft if kept else Draft()
        self._facts: dict[Cell, tuple[Stored, int]] = dict(kept.facts) if kept else {}
        self._copied: Mapping[Cell, Stored] = {}
        self._refused: Mapping[Cell, str] = {}
        self._conflicts: frozenset[Cell] = frozenset()
        self._saving = False
        self._heard = False  # something changed while a save was under way
        self.may_edit = desk.app.actor.may("attendance.edit")
        self.may_override = desk.app.actor.may("attendance.unlock")
        for kind in (AttendanceOfDayChanged, WishesChanged):
            desk.hear(kind, self._changed)
        self._context.listen(self._follow)

    # --- going ----------------------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        """`day`, `scale`, `words` (a name)."""
        given = place.parameters
        try:
            if "day" in given:
                self._day = date.fromisoformat(given["day"])
            if "scale" in given:
                self.scale = Scale(given["scale"])
        except ValueError:
            self._day = self._context.day()
        if "words" in given:
            self.filters = Filters(words=given["words"])
        self._page.show_banner(None)
        self.load(moved=True)

    @property
    def period(self) -> Period:
        return self.scale.period(self._day)

    def step(self, count: int) -> None:
        self._go(self.scale.step(self._day, count))

    def today(self) -> None:
        self._go(self._desk.app.clock.today())

    def choose_scale(self, scale: Scale) -> None:
        self.scale = scale
        self._go(self._day)

    def _go(self, day: date) -> None:
        self._day = day
        self._desk.named(Place("bookings", {"day": day.isoformat(), "scale": self.scale.value}))
        self.load(moved=True)

    def load(self, *, moved: bool = False) -> None:
        period = self.period
        if period.end is None:
            return
        query = ReadGrid(period.start, period.end, self._context.structure_id)
        self._page.show_period(period_in_words(period, self._desk.app.clock.today()), self.scale)
        app = self._desk.app
        read_for(
            self._page, self._desk, lambda progress: app.ask(query, progress=progress),
            lambda grid: self._read(grid, moved=moved), self.load, "bookings",
        )
        wishes = ListWishes(self._context.structure_id)
        read_for(
            self._page, self._desk, lambda progress: app.ask(wishes, progress=progress), self._page.show_wishes,
            self.load, "wishes",
        )

    def _read(self, grid: Grid, *, moved: bool) -> None:
        self._merge(grid)
        if not self._chose:
            self.filters = first_filters(grid, self.filters)
            self._chose = bool(grid.children)
        self._page.show_choices(grid, self.filters)
        self._show(Sheet.of(grid, self.filters), moved=moved)
        if not grid.children:
            self._page.say_when_empty(
                "Aucun enfant n'est inscrit à une activité pendant ces jours : inscrivez-le dans le dossier de sa"
                " famille, onglet « Documents & inscriptions »."
            )

    def _show(self, sheet: Sheet, *, moved: bool = False) -> None:
        self.sheet = sheet
        count = len(sheet.children)
        everybody = len(sheet.grid.children)
        kept = f"{count} enfant{'s' if count > 1 else ''}" if count == everybody else f"{count} sur {everybody} enfants"
        self._page.show_title("Réservations", kept)
        self._page.show_sheet(sheet, moved=moved)
        self._page.show_draft(self._draft)
        if everybody and not count:
            self._page.say_when_empty("Aucun enfant ne répond à ces filtres.")

    def _merge(self, grid: Grid) -> None:
        """What others saved meanwhile: wishes that are fulfilled go, the rest stays over what stands now."""
        days = set(grid.days)
        before = dict(self._facts)
        for cell, (_, family_id) in before.items():  # those of gestures taken back too: they may be done again
            if cell.day in days:
                found = grid.cells.get(cell)
                self._facts[cell] = (found.saved if found else Stored.NOTHING, family_id)
        self._conflicts = frozenset(
            cell for cell, (stored, _) in self._facts.items()
            if cell in self._draft.wanted and before[cell][0] is not stored
        ) | (self._conflicts & frozenset(self._draft.wanted))
        self._draft = self._draft.over(self._saved)
        if self._conflicts:
            self._page.show_banner(Banner(
                Severity.WARNING,
                f"{changes_in_words(len(self._conflicts))} de votre saisie portent sur des cases qu'un collègue vient"
                " de changer : elles restent entourées, relisez-les avant d'enregistrer.",
            ))

    # --- choosing -------------------------------------------------------------------------------------------------

    def filter(self, filters: Filters) -> None:
        self.filters, self._chose = filters, True
        if self.sheet is not None:
            self._show(Sheet.of(self.sheet.grid, filters), moved=True)

    # --- painting -------------------------------------------------------------------------------------------------

    @property
    def draft(self) -> Draft:
        return self._draft

    @property
    def unsaved(self) -> Unsaved | None:
        return Unsaved(self._draft, dict(self._facts)) if self._draft.wanted else None

    def _saved(self, cell: Cell) -> Stored:
        facts = self._facts.get(cell)
        if facts is not None:
            return facts[0]
        return self.sheet.saved(cell) if self.sheet is not None else Stored.NOTHING

    def _paintable(self, cells: Iterable[tuple[int, int]]) -> list[Cell]:
        """Those of the range that a gesture may change; when none may, the line under the grid says why."""
        sheet = self.sheet
        if sheet is None or not self.may_edit:
            return []
        wanted = list(cells)
        found = [
            sheet.cell(row, column) for row, column in wanted
            if sheet.may_paint(row, column, may_override=self.may_override)
        ]
        for cell in found:
            if cell not in self._facts:
                self._facts[cell] = (sheet.saved(cell), sheet.family_of(cell))
        if not found and wanted:
            self.point(wanted[0], problem=True)
        return found

    def paint(self, cells: Iterable[tuple[int, int]], gesture: Gesture) -> None:
        found = self._paintable(cells)
        stored = gestures_write(gesture)
        if gesture in {Gesture.ABSENCE, Gesture.EXCUSE}:  # an absence is that of somebody who was expected
            found = [cell for cell in found if self._draft.at(cell, self._saved) is not Stored.NOTHING]
        self._become(self._draft.paint(found, stored, self._saved))

    def toggle(self, cells: Iterable[tuple[int, int]]) -> None:
        self._become(self._draft.toggle(self._paintable(cells), self._saved))

    def copy(self, cells: Collection[tuple[int, int]]) -> None:
        """The marks of a range; of one cell, the whole week of its child."""
        sheet = self.sheet
        if sheet is None or not cells:
            return
        if len(cells) == 1:
            (row, _), = cells
            cells = [(row, column) for column in range(len(sheet.columns))]
        marks = {sheet.cell(row, column): self._draft.at(sheet.cell(row, column), self._saved) for row, column in cells}
        self._copied = {
            cell: stored if stored.takes_place else Stored.NOTHING for cell, stored in marks.items()
        }
        days = len({cell.day for cell in marks})
        copied = f"{days} jours copiés : Ctrl+V les colle" if days > 1 else "1 jour copié : Ctrl+V le colle"
        self._desk.tell(f"{copied} dans la semaine choisie, ou sur un autre enfant.", None)

    def paste(self, row: int, column: int) -> None:
        """The copied days into the week of the current cell; in the same week, onto the current child."""
        sheet = self.sheet
        if sheet is None or not self._copied:
            return
        first = min(cell.day for cell in self._copied)
        here = sheet.cell(row, column)
        shift = _monday(here.day) - _monday(first)
        children = {cell.child_id for cell in self._copied}
        onto = here.child_id if len(children) == 1 else None
        rows = {child.child_id: number for number, child in enumerate(sheet.children)}
        columns = {(where.slot.slot_id, where.day): number for number, where in enumerate(sheet.columns)}
        targets: dict[tuple[int, int], Stored] = {}
        for cell, stored in self._copied.items():
            child = onto if onto is not None else cell.child_id
            place = columns.get((cell.slot_id, cell.day + shift))
            if child in rows and place is not None:
                targets[rows[child], place] = stored
        allowed = set(self._paintable(targets))
        marks = {
            sheet.cell(*place): stored for place, stored in targets.items() if sheet.cell(*place) in allowed
        }
        self._become(self._draft.put(marks, self._saved))

    def fill_down(self, rows: Sequence[int], columns: Sequence[int]) -> None:
        """The first row of the range into the others."""
        sheet = self.sheet
        if sheet is None or len(rows) < 2 or not columns:
            return
        source = [sheet.cell(rows[0], column) for column in columns]
        targets = [(row, column) for row in rows[1:] for column in columns]
        allowed = set(self._paintable(targets))
        children = [sheet.children[row].child_id for row in rows[1:]]
        self._become(self._draft.fill_down(source, children, self._saved, lambda cell: cell in allowed))

    def undo(self) -> None:
        if not self._draft.past:
            self._desk.tell("Rien à annuler.", None)
        self._become(self._draft.undo())

    def redo(self) -> None:
        self._become(self._draft.redo())

    def _become(self, draft: Draft) -> None:
        if draft is self._draft:
            return
        self._draft = draft
        self._refused = {cell: why for cell, why in self._refused.items() if cell in draft.wanted}
        self._page.show_draft(draft)

    def is_marked(self, cell: Cell) -> bool:
        """A cell that was refused, or that somebody else changed meanwhile."""
        return cell in self._refused or cell in self._conflicts

    # --- the line under the grid ----------------------------------------------------------------------------------

    def point(self, where: tuple[int, int], *, problem: bool = False) -> None:
        """Say all there is to say of a cell."""
        sheet = self.sheet
        if sheet is None or where[0] >= len(sheet.children) or where[1] >= len(sheet.columns):
            return
        row, column = where
        cell, look = sheet.cell(row, column), sheet.look(row, column, self._draft)
        slot, day = sheet.columns[column].slot, sheet.columns[column].day
        why = self._refused.get(cell) or sheet.why_locked(row, column)
        words = [look.state.label] if look.state is not None else []  # the reason says that the child is not registered
        if look.pending:
            words.append("à enregistrer")
        if why:
            words.append(why)
        written: GridCell | None = sheet.written(cell)
        self._page.show_origin(Origin(
            look.state, sheet.children[row].name, f"{french_day(day)}, {slot.label}", " · ".join(words),
            origin_of(written, PARIS), problem=problem or cell in self._refused,
        ))

    # --- saving ---------------------------------------------------------------------------------------------------

    def save(self, reason: str = "", channel: Channel = Channel.OFFICE) -> None:
        """« Enregistrer » : all of it, or nothing and why."""
        if not self._draft.wanted or self._saving:
            return
        changes = tuple(
            Change(self._facts[cell][1], cell.child_id, cell.slot_id, cell.day, wanted, self._facts[cell][0])
            for cell, wanted in self._draft.wanted.items()
        )
        self._send(SaveBookings(changes, channel, reason, uuid4()))

    def _send(self, command: SaveBookings) -> None:
        app = self._desk.app
        self._saving, self._heard = True, False
        self._desk.run.write(
            lambda progress: app.execute(command, progress=progress), lambda saved: self._done(saved, command.changes),
            lambda error: self._not_saved(error, command), "Enregistrement des réservations",
        )

    def _done(self, saved: Saved, changes: Collection[Change]) -> None:
        self._saving, count = False, len(changes)
        sent = {Cell(*change.key): change.wanted for change in changes}
        since = {cell: wanted for cell, wanted in self._draft.wanted.items() if sent.get(cell) is not wanted}
        self._facts = {cell: (sent.get(cell, self._saved(cell)), self._facts[cell][1]) for cell in since}
        self._draft, self._refused, self._conflicts = Draft().put(since, self._saved), {}, frozenset()
        self._page.hide_reason()
        self._page.show_banner(None)
        more = []
        if saved.waiting:
            more.append(f"{len(saved.waiting)} en liste d'attente")
        if saved.given:
            more.append(places_given(len(saved.given)))
        words = ", ".join([f"{changes_in_words(count)} enregistrés" if count > 1 else "1 changement enregistré", *more])
        undo = Action("Annuler", lambda: self._undo_saved(saved.undo)) if saved.undo else None
        self._desk.tell(f"{words}.", undo)
        self.load()

    def _undo_saved(self, changes: tuple[Change, ...]) -> None:
        app, command = self._desk.app, SaveBookings(changes, op_id=uuid4())

        def done(_saved: Saved) -> None:
            self._desk.tell("Réservations remises comme avant.", None)
            self.load()

        write_for(self._page, self._desk, lambda progress: app.execute(command, progress=progress), done,
                  "Annulation")

    def _not_saved(self, error: Exception, command: SaveBookings) -> None:
        self._saving = False
        if self._heard:
            self.load()
        if isinstance(error, BookingsRefused):
            self._refused = {
                Cell(one.child_id, one.slot_id, one.day): ". ".join(one.reasons) for one in error.cells
            }
            self._page.show_draft(self._draft)
            self._page.ask_reason(Refusals(self._refused, error.may_override), len(self._draft.wanted))
            return
        if isinstance(error, BookingsChanged):
            self._page.show_banner(Banner(Severity.WARNING, sentence(error)))
            self.load()
            return
        self._page.show_banner(banner_for(error, lambda: self._send(command)))

    def leave_out_refused(self) -> None:
        """Give up the changes that were refused; the others wait to be saved."""
        saved = {cell: self._saved(cell) for cell in self._refused}
        self._page.hide_reason()
        self._become(self._draft.put(saved, self._saved))

    # --- what others do -------------------------------------------------------------------------------------------

    def _changed(self, _event: Event) -> None:
        if self._saving:
            self._heard = True  # read again with the answer
        elif self._page.is_seen():
            self.load()

    def _follow(self) -> None:
        if self._page.is_seen():
            self.load(moved=True)

    def answer(self, work: Callable[[Progress], object], told: str) -> None:
        """An answer to a family, given in the inbox."""

        def done(_result: object) -> None:
            self._desk.tell(told, None)
            self.load()

        write_for(self._page, self._desk, work, done, "Réponse à la famille")


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
