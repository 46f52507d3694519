"""Decides what the day's attendance shows, and what each gesture records. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Protocol, TypeAlias

from backoffice.attendance.commands import AttendanceOfDayChanged
from backoffice.attendance.day import MissingDepartures, SlotTotals, totals_of
from backoffice.attendance.neighbours import DaysAround, NearestDays
from backoffice.attendance.recording import AttendanceEntry
from backoffice.attendance.rules import AttendanceState, check_clock
from backoffice.billing.cancelling import InvoiceCancelled
from backoffice.billing.explaining import AttendanceOfDay
from backoffice.billing.issuing import MonthIssued
from backoffice.billing.queries import InvoiceByNumber
from backoffice.catalog.overview import Catalog, CatalogOverview
from backoffice.clocking.day import CompareDay, NamedConflict
from backoffice.clocking.history import ClockedChildren
from backoffice.health.queries import HealthAlerts
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import Period, SchoolYear, french_day, parse_french_day
from backoffice.kernel.progress import Progress
from backoffice.outbox.sending import OutboxChanged, Recorded
from ui.days import long_day
from ui.drafts import Draft
from ui.forms import typed_time
from ui.presenting import Action, Desk, FaultPage, Place, banner_for, read_for, write_for
from ui.screens.attendance.adding import AddingPage, AddingPresenter, slot_choices
from ui.screens.attendance.clocking import ClockingPage, ClockingPresenter
from ui.screens.attendance.day_lists import Listed, ListsPage, ListsPresenter
from ui.screens.attendance.lines import (
    Chip,
    DayLine,
    Selection,
    Sending,
    Shown,
    chips_of,
    counted,
    kept,
    line_of,
    nothing_kept,
    selection_of,
)
from ui.screens.attendance.waiting import WaitingPage, WaitingPresenter, recording
from ui.times import parse_clock

# As far back as the home page looks for forgotten departures.
_LOOKED_BACK = timedelta(days=62)
_DAYS_REMEMBERED = 12  # shown again while the base is away
_MISSING_FILTERS = {"missing", "missing_departures"}  # « Mon travail » says the second
_STATE_WORDS = {
    AttendanceState.BOOKED: "réservé",
    AttendanceState.PRESENT: "présence",
    AttendanceState.ABSENT: "absence",
    AttendanceState.EXCUSED: "absence justifiée",
}


@dataclass(frozen=True, slots=True)
class DayRead:
    """What one read of the day brings."""

    catalog: Catalog | None
    lines: tuple[DayLine, ...]
    totals: tuple[SlotTotals, ...]
    missing: tuple[DayLine, ...]
    nearest: NearestDays | None
    conflicts: tuple[NamedConflict, ...] = ()


_Wanted: TypeAlias = tuple[date, int | None, Period]


_NOTHING_READ = DayRead(None, (), (), (), None)


class AttendancePage(AddingPage, WaitingPage, ClockingPage, ListsPage, FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_day(self, day: str, error: str) -> None: ...

    def show_chips(self, chips: Sequence[Chip], chosen: Shown) -> None: ...

    def say_when_empty(self, text: str, gesture: str, run: Callable[[], object] | None) -> None: ...

    def show_lines(self, lines: Sequence[DayLine], *, several_days: bool) -> None: ...

    def show_totals(self, totals: Sequence[SlotTotals]) -> None: ...

    def show_selection(self, selection: Selection) -> None: ...

    def show_time_errors(self, arrived: str, left: str) -> None: ...

    def open_adding(self) -> None: ...

    def is_seen(self) -> bool: ...


class AttendancePresenter:
    """One day, one filter; gestures apply to the lines chosen and can be undone."""

    def __init__(
        self, page: AttendancePage, desk: Desk, unfinished: MutableMapping[str, Draft] | None = None
    ) -> None:
        self._page = page
        self._desk = desk
        self._context = desk.context
        self._today = desk.app.clock.today()
        self._day = self._context.day()
        self._seeking = self._context.other_year is not None
        self._since = self._today - _LOOKED_BACK
        self._shown = Shown.ALL
        self._read = self._shown_read = _NOTHING_READ
        self._remembered: dict[_Wanted, DayRead] = {}
        self._beside = ""  # what opens with the first line, once it is read
        self._unread = False  # the base went away before this day was read
        self._chosen: Sequence[DayLine] = ()
        self._undo: tuple[AttendanceEntry, ...] = ()
        self._undo_seen: tuple[AttendanceEntry, ...] = ()
        self._may_edit = desk.app.actor.may("attendance.edit")
        self.adding = AddingPresenter(page, desk, self.recorded)
        self.waiting = WaitingPresenter(page, desk, self.go_to)
        self.clocking = ClockingPresenter(page, desk, {} if unfinished is None else unfinished)
        self._lists = ListsPresenter(page, desk)
        desk.hear(OutboxChanged, self._outbox_changed)
        for kind in (AttendanceOfDayChanged, InvoiceCancelled, MonthIssued):
            desk.hear(kind, self._changed)
        self._context.listen(self._follow)

    # --- going ------------------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        """`day`, `filter` (« missing », « absent »…), `since`, `beside` (« clock », « absence »: of the first line);
        without a day, the one shown before, within the year."""
        given = place.parameters
        try:
            if "day" in given:
                self._day = date.fromisoformat(given["day"])
                self._shown, self._seeking = Shown.ALL, False
            else:
                self._enter_year()
            if "since" in given:
                self._since = date.fromisoformat(given["since"])
        except ValueError:
            self._day = self._today
        self._beside = given.get("beside", "")
        wanted = given.get("filter", "")
        if wanted in set(Shown) | _MISSING_FILTERS:
            self._shown = Shown.MISSING if wanted in _MISSING_FILTERS else Shown(wanted)
        self._desk.named(self._place)
        self._show_day()
        self.load()

    @property
    def _place(self) -> Place:
        """What is shown, for who comes back to it."""
        shown = {} if self._shown is Shown.ALL else {"filter": self._shown.value}
        since = {"since": self._since.isoformat()} if self._shown is Shown.MISSING else {}
        return Place("attendance", {"day": self._day.isoformat(), **shown, **since})

    def load(self) -> None:
        day, structure, period = self._day, self._context.structure_id, self._looked_at()
        read_for(
            self._page,
            self._desk,
            lambda progress: self._read_day(day, structure, period, progress),
            partial(self._loaded, (day, structure, period)),
            self.load,
            "day",
            partial(self._missed, (day, structure, period)),
        )

    def choose_day(self, text: str) -> None:
        """Go to the day typed, « 12/11 » being that of the school year."""
        try:
            day = parse_french_day(text, self._context.year)
        except UserError as error:
            self._page.show_day(text, sentence(error))
            return
        self.go_to(day)

    def go_to(self, day: date) -> None:
        self._turn_to(day, self._desk.stepped)

    def _turn_to(self, day: date, say: Callable[[Place], None]) -> None:
        self._day, self._seeking = day, False
        if self._shown is Shown.MISSING:
            self._shown = Shown.ALL
        say(self._place)
        self._show_day()
        self.load()

    def step(self, days: int) -> None:
        """◀ or ▶."""
        self.go_to(self._day + timedelta(days=days))

    def go_to_today(self) -> None:
        self._today = self._desk.app.clock.today()
        self.go_to(self._today)

    def _follow(self) -> None:
        """Another structure, or another year: the day stays if the year has it."""
        self._enter_year()
        if self._page.is_seen():
            self._desk.named(self._place)
            self._show_day()
            self.load()

    def _enter_year(self) -> None:
        if self._day not in self._context.year:
            self._day = self._context.day()
            self._seeking = self._day != self._today  # that day may be a summer one: find the last that had children

    def _looked_at(self) -> Period:
        """The days whose forgotten departures are told: those of late, or those of a chosen year."""
        year = self._context.other_year
        if year is None:
            return Period(min(self._since, self._today), self._today)
        return Period(year.first_day, year.last_day)

    def keep(self, shown: Shown) -> None:
        self._shown = shown
        self._desk.named(self._place)
        self._show()

    def filters(self) -> Mapping[str, str]:
        """`shown`, a chip. Neither the day nor the structure: a view is looked at on any day, anywhere."""
        return {} if self._shown is Shown.ALL else {"shown": self._shown.value}

    def apply_filters(self, wanted: Mapping[str, str]) -> None:
        shown = wanted.get("shown", "")
        self._shown = Shown(shown) if shown in set(Shown) else Shown.ALL
        self._desk.named(self._place)
        self.load()

    def filters_in_words(self) -> Sequence[str]:
        day = self._since_words() if self._shown is Shown.MISSING else long_day(self._day)
        read = self._shown_read
        chips = {chip.shown: chip.words for chip in chips_of(read.lines, len(read.missing))}
        state = "" if self._shown in {Shown.ALL, Shown.MISSING} else chips[self._shown]
        return [word for word in (day, self._context.structure_kept, state) if word]

    def open_family(self) -> None:
        if self._chosen:
            self._desk.go(Place("family", {"id": str(self._chosen[0].row.family_id)}))

    def open_invoice(self, number: str) -> None:
        self._desk.run.read(
            lambda progress: self._desk.app.ask(InvoiceByNumber(number), progress=progress).id,
            lambda invoice: self._desk.go(Place("invoices", {"invoice": str(invoice)})),
            lambda error: self._page.show_banner(banner_for(error, partial(self.open_invoice, number))),
            "invoice",
        )

    def add(self) -> None:
        """Open the panel that puts a child into the day."""
        catalog = self._read.catalog
        if catalog is None or not self._may_edit:
            return
        self._page.open_adding()
        likely = self._chosen[0].row.slot_id if self._chosen else None
        self.adding.open(self._day, slot_choices(catalog, self._day, self._context.structure_id), likely)

    def print_list(self, listed: Listed) -> None:
        self._lists.print_(listed, self._day)

    def write_list(self, listed: Listed) -> None:
        self._lists.write(listed, self._day)

    # --- beside the day ---------------------------------------------------------------------------------------

    def correct_clock(self) -> None:
        """What was clocked for the line chosen, and its correction."""
        if len(self._chosen) == 1 and self._may_edit:
            self.clocking.correct(self._chosen[0].row)

    def tell_absence(self) -> None:
        if len(self._chosen) == 1 and self._may_edit and not self._chosen[0].row.locked:
            self.clocking.absence(self._chosen[0].row)

    # --- recording --------------------------------------------------------------------------------------------

    def select(self, lines: Sequence[DayLine]) -> None:
        self._chosen = tuple(lines)
        self._page.show_selection(selection_of(self._chosen, may_edit=self._may_edit))

    def set_state(self, state: AttendanceState, arrived: str = "", left: str = "") -> bool:
        """Record a state for the lines chosen; with a presence go the times typed. False when it cannot be."""
        if state is not AttendanceState.PRESENT:
            return self._record(_STATE_WORDS[state], lambda line: _entry(line, state))
        times = self._times(arrived, left)
        if times is None:
            return False
        many = len(self._chosen) > 1
        return self._record(_STATE_WORDS[state], lambda line: _entry(line, state, *_merged(line, *times, many=many)))

    def save_times(self, arrived: str, left: str, *, leaving: bool = False) -> bool:
        """Record the times typed: whoever has one was there. `leaving`: the agent is already on another line."""
        times = self._times(arrived, left, quiet=leaving)
        if times is None:
            return False
        many = len(self._chosen) > 1
        if not many and self._chosen and self._chosen[0].is_clocked and self._may_edit:
            # A clock is corrected with a reason: it is asked beside, with the times that were typed.
            self.clocking.correct(self._chosen[0].row, (typed_time(times[0]), typed_time(times[1])))
            return True
        return self._record("heures enregistrées", lambda line: _timed(line, *_merged(line, *times, many=many)))

    def remove(self) -> bool:
        """Take the lines chosen out of the day."""
        return self._record("retiré du jour", lambda line: _entry(line, None))

    def undo(self) -> None:
        """Ctrl+Z: put back what the last gesture changed."""
        entries, seen = self._undo, self._undo_seen
        self._undo = self._undo_seen = ()
        if not entries:
            self._desk.tell("Rien à annuler.", None)
            return
        write_for(self._page, self._desk, recording(self._desk, entries, seen), self._undone, "Annulation")

    def _undone(self, recorded: Recorded) -> None:
        done = "Annulé : le pointage sera comme avant" if recorded.waiting else "Annulé : le pointage est comme avant"
        self._desk.tell(f"{done} ({Sending.WAITING.value})." if recorded.waiting else f"{done}.", None)

    def recorded(
        self, text: str, before: tuple[AttendanceEntry, ...], now: tuple[AttendanceEntry, ...] = ()
    ) -> None:
        """Say what was recorded, and keep what undoes it; `now`: what stands there since, unit by unit."""
        self._undo, self._undo_seen = before, now
        self._desk.tell(text, Action("Annuler", partial(self._undo_this, before, now)))

    def _noted(self, text: str, entries: tuple[AttendanceEntry, ...], recorded: Recorded) -> None:
        words = f"{text}, {Sending.WAITING.value}" if recorded.waiting else text
        self.recorded(words, recorded.before, entries)

    def _undo_this(self, before: tuple[AttendanceEntry, ...], now: tuple[AttendanceEntry, ...]) -> None:
        self._undo, self._undo_seen = before, now
        self.undo()

    def _record(self, words: str, entry: Callable[[DayLine], AttendanceEntry]) -> bool:
        free = [line for line in self._chosen if not line.row.locked]
        if not free or not self._may_edit:
            self._page.show_selection(selection_of(self._chosen, may_edit=self._may_edit))
            return False
        locked = len(self._chosen) - len(free)
        who = free[0].row.child_name if len(free) == 1 else counted(len(free), "ligne", "lignes")
        text = f"{who} : {words}"
        if locked:
            text += f" ({counted(locked, 'ligne facturée laissée', 'lignes facturées laissées')} comme avant)"
        entries = tuple(entry(line) for line in free)
        repriced = sum(line.row.waiting and _changes(line, new) for line, new in zip(free, entries, strict=True))
        if repriced:
            text += f", {counted(repriced, 'report', 'reports')} à refaire par la prochaine facturation"
        self._page.show_time_errors("", "")
        work = recording(self._desk, entries, tuple(_seen(line) for line in free))
        write_for(self._page, self._desk, work, partial(self._noted, text, entries), "Pointage")
        return True

    def _times(self, arrived: str, left: str, *, quiet: bool = False) -> tuple[int | None, int | None] | None:
        """The minutes typed; None, and a sentence beside the field, when they make no sense."""
        errors = ["", ""]
        minutes: list[int | None] = [None, None]
        for position, text in enumerate((arrived, left)):
            try:
                minutes[position] = parse_clock(text)
            except UserError as error:
                errors[position] = sentence(error)
        if not any(errors):
            try:
                for line in self._chosen:
                    check_clock(*_merged(line, minutes[0], minutes[1], many=len(self._chosen) > 1))
            except UserError as error:
                errors[1] = sentence(error)
        if not any(errors):
            return minutes[0], minutes[1]
        if quiet:
            name = self._chosen[0].row.child_name if self._chosen else ""
            self._desk.tell(f"{name} : heures non enregistrées. {errors[0] or errors[1]}", None)
        else:
            self._page.show_time_errors(*errors)
        return None

    # --- answers ----------------------------------------------------------------------------------------------

    def _read_day(self, day: date, structure: int | None, looked_at: Period, progress: Progress) -> DayRead:
        ask, today = self._desk.app.ask, self._today
        catalog = None
        if self._desk.app.actor.may("catalog.read"):
            catalog = ask(CatalogOverview(), progress=progress)
        rows = ask(AttendanceOfDay(day, structure), progress=progress).rows
        compared = ask(CompareDay(day, structure), progress=progress)
        by_unit = {unit.unit_id: unit for unit in compared.units}
        missing = ask(MissingDepartures(looked_at.start, looked_at.end or today, structure), progress=progress)
        children = tuple({row.child_id for row in missing})
        clocked = ask(ClockedChildren(children, looked_at.start, looked_at.end or today), progress=progress)
        alerts = ask(HealthAlerts(tuple({row.child_id for row in (*rows, *missing)})), progress=progress)
        return DayRead(
            catalog=catalog,
            lines=tuple(line_of(row, today, alerts, by_unit.get(row.id)) for row in rows),
            totals=totals_of(rows),
            missing=tuple(
                line_of(row, today, alerts, is_clocked=(row.child_id, row.day) in clocked) for row in missing
            ),
            nearest=None if rows else ask(DaysAround(day, structure), progress=progress),
            conflicts=compared.conflicts,
        )

    def _loaded(self, wanted: _Wanted, found: DayRead) -> None:
        self._remembered.pop(wanted, None)
        self._remembered[wanted] = found
        if len(self._remembered) > _DAYS_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._read, self._unread = found, False
        if self._seeking and (nearest := self._nearest_of_year(found.nearest)) is not None:
            self._turn_to(nearest, self._desk.named)  # nobody looked at the day without children
            return
        self._show()

    def _missed(self, wanted: _Wanted) -> None:
        """The base is away: the day as it was last read; never another one under its title."""
        found = self._remembered.get(wanted)
        self._unread = found is None
        self._read = found or replace(_NOTHING_READ, catalog=self._read.catalog)
        self._show()

    def _outbox_changed(self, _event: Event) -> None:
        if not self._page.is_seen():
            return
        if self.waiting.has_less():
            self.load()
        else:
            self._show()

    def _over(self, read: DayRead) -> DayRead:
        """What was read, and what waits to be sent, in one."""
        if self.waiting.kept.is_empty:
            return replace(read, lines=self.waiting.over(read.lines, self._today))
        lines = self.waiting.over(read.lines, self._today)
        missing = tuple(line for line in self.waiting.over(read.missing, self._today) if line.forgotten)
        return replace(read, lines=lines, totals=totals_of(line.row for line in lines), missing=missing)

    def _nearest_of_year(self, nearest: NearestDays | None) -> date | None:
        if nearest is None:
            return None
        days = (nearest.before, nearest.after)
        return next((day for day in days if day is not None and day in self._context.year), None)

    def _show(self) -> None:
        found = self._shown_read = self._over(self._read)
        several_days = self._shown is Shown.MISSING
        self._page.show_chips(chips_of(found.lines, len(found.missing)), self._shown)
        self._say_when_empty(found)
        self._page.show_title("Pointage", self._since_words() if several_days else self._day_words())
        self._page.show_totals(() if several_days else found.totals)
        lines = found.missing if several_days else kept(found.lines, self._shown)
        self._page.show_lines(lines, several_days=several_days)
        self.waiting.show(found.lines, self._day)
        self.clocking.show_conflicts(found.conflicts, may_edit=self._may_edit)
        beside, self._beside = self._beside, ""
        if beside and lines:
            (self.clocking.absence if beside == "absence" else self.clocking.correct)(lines[0].row)

    def _say_when_empty(self, found: DayRead) -> None:
        if self._unread:
            text = f"Le {long_day(self._day)} n'a pas été lu avant que la base cesse de répondre."
            last = next(reversed(self._remembered), None)
            if last is None:
                self._page.say_when_empty(text, "Réessayer", self.load)
            else:
                self._page.say_when_empty(text, f"Revenir au {long_day(last[0])}", partial(self.go_to, last[0]))
            return
        if found.lines or self._shown is not Shown.ALL:
            back = partial(self.keep, Shown.ALL)
            self._page.say_when_empty(nothing_kept(self._shown, french_day(self._day)), "Voir toute la journée", back)
            return
        text = f"Aucun enfant réservé ni pointé le {long_day(self._day)}."
        nearest = found.nearest and (found.nearest.before or found.nearest.after)
        if nearest:
            self._page.say_when_empty(text, f"Aller au {long_day(nearest)}", partial(self.go_to, nearest))
        else:
            self._page.say_when_empty(text, "Ajouter un enfant" if self._may_edit else "", self.add)

    def _since_words(self) -> str:
        return f"oublis de départ depuis le {french_day(self._looked_at().start)}"

    def _day_words(self) -> str:
        """« mardi 7 octobre 2025 », and that it is of another year than the one chosen."""
        outside = "" if self._day in self._context.year else f" (année {SchoolYear.of(self._day)})"
        return f"{long_day(self._day)}{outside}"

    def _show_day(self) -> None:
        self._page.show_title("Pointage", self._day_words())
        self._page.show_day(french_day(self._day), "")

    def _changed(self, event: Event) -> None:
        if isinstance(event, AttendanceOfDayChanged) and event.day != self._day and self._shown is not Shown.MISSING:
            return
        if self._page.is_seen():
            self.load()


def _entry(
    line: DayLine, state: AttendanceState | None, arrived: int | None = None, left: int | None = None
) -> AttendanceEntry:
    row = line.row
    return AttendanceEntry(row.family_id, row.child_id, row.slot_id, row.day, state, arrived, left)


def _seen(line: DayLine) -> AttendanceEntry:
    return _entry(line, line.row.state, line.row.arrived_minute, line.row.left_minute)


def _changes(line: DayLine, new: AttendanceEntry) -> bool:
    row = line.row
    return (row.state, row.arrived_minute, row.left_minute) != (new.state, new.arrived_minute, new.left_minute)


def _timed(line: DayLine, arrived: int | None, left: int | None) -> AttendanceEntry:
    """Whoever was clocked was there; without any time the state stays."""
    clocked = arrived is not None or left is not None
    return _entry(line, AttendanceState.PRESENT if clocked else line.row.state, arrived, left)


def _merged(
    line: DayLine, arrived: int | None, left: int | None, *, many: bool
) -> tuple[int | None, int | None]:
    """The times a line gets: as typed for one line; for several, an empty field leaves each one's own."""
    if not many:
        return arrived, left
    return (
        line.row.arrived_minute if arrived is None else arrived,
        line.row.left_minute if left is None else left,
    )
