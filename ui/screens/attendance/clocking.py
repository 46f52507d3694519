"""Decides what is done beside the day: a clock looked at and corrected, an absence told. No Qt."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from backoffice.attendance.day import DayRow
from backoffice.clocking.absences import AbsenceLine, ListAbsences, RemoveAbsence
from backoffice.clocking.day import NamedConflict
from backoffice.clocking.history import ClockHistory, ClockLine
from backoffice.clocking.kinds import ClockKind
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress
from backoffice.kernel.zone import day_and_minute
from ui.drafting import Drafting
from ui.drafts import Draft, Saved, Task, TaskPage, undoable
from ui.presenting import Action, Desk, FaultPage, read_for, write_for
from ui.screens.attendance.tasks import Absent, Clocked, CorrectTimes, TellAbsence, told_of
from ui.screens.attendance.waiting import Strip
from ui.times import clock_text

_NO_STRUCTURE = "Cette activité n'est dans aucune structure : saisissez ses heures sous le tableau."


@dataclass(frozen=True, slots=True)
class HistoryWords:
    """One event in words. `stands`: it counts; `under`: it corrects the one above."""

    what: str
    who: str
    stands: bool
    under: bool


class ClockingPage(TaskPage, FaultPage, Protocol):
    """What the presenter asks of its page: the form, and what helps under it."""

    def show_history(self, lines: Sequence[HistoryWords]) -> None:
        """What was clocked, under the form; none hides it."""

    def show_removal(self, words: str) -> None:
        """The button that removes the absence shown; empty hides it."""

    def show_conflicts(self, strip: Strip) -> None: ...


class ClockingPresenter:
    """One form at a time beside the day."""

    def __init__(self, page: ClockingPage, desk: Desk, unfinished: MutableMapping[str, Draft]) -> None:
        self._page = page
        self._desk = desk
        self.drafting = Drafting(page, desk, unfinished, self._saved, lambda: None)
        self._absence: tuple[Absent, AbsenceLine] | None = None

    # --- clocks ---------------------------------------------------------------------------------------------------

    def correct(self, row: DayRow, typed: tuple[str, str] | None = None) -> None:
        """Look at what was clocked for the child of a line, and correct it."""
        if row.structure_id is None:
            self._desk.tell(_NO_STRUCTURE, None)
            return
        clocked = Clocked(row.child_id, row.child_name, row.structure_id, row.day, row.arrived_minute, row.left_minute)
        self._open(clocked, typed)

    def correct_conflict(self, conflict: NamedConflict) -> None:
        self._open(Clocked(conflict.child_id, conflict.child_name, conflict.structure_id, conflict.day,
                           conflict.arrived, conflict.left), None)

    def _open(self, clocked: Clocked, typed: tuple[str, str] | None) -> None:
        query = ClockHistory(clocked.child_id, clocked.structure_id, clocked.day)
        read_for(
            self._page, self._desk, lambda progress: self._desk.app.ask(query, progress=progress),
            partial(self._history_read, clocked, typed), partial(self._open, clocked, typed), "beside",
        )

    def _history_read(
        self, clocked: Clocked, typed: tuple[str, str] | None, history: Sequence[ClockLine]
    ) -> None:
        # The whole stay of the day, of which a slot shows a part only.
        arrivals = [line.minute for line in history if line.stands and line.kind is ClockKind.ARRIVAL]
        departures = [line.minute for line in history if line.stands and line.kind is ClockKind.DEPARTURE]
        if arrivals or departures:
            clocked = Clocked(clocked.child_id, clocked.child_name, clocked.structure_id, clocked.day,
                              min(arrivals, default=clocked.arrived), max(departures, default=None))
        if self.drafting.begin(CorrectTimes(clocked, typed)):
            self._absence = None
            self._page.show_removal("")
            self._page.show_history([in_words(line) for line in history] or [_NOTHING])

    # --- absences -------------------------------------------------------------------------------------------------

    def absence(self, row: DayRow) -> None:
        """Tell the absence of the child of a line from its activity, or open the one of that day."""
        absent = Absent(row.family_id, row.child_id, row.child_name, row.activity_id, row.activity, row.day)
        query = ListAbsences(row.child_id, row.day)
        read_for(
            self._page, self._desk, lambda progress: self._desk.app.ask(query, progress=progress),
            partial(self._absences_read, absent), partial(self.absence, row), "beside",
        )

    def _absences_read(self, absent: Absent, lines: Sequence[AbsenceLine]) -> None:
        line = next((line for line in lines if line.activity_id == absent.activity_id), None)
        if self.drafting.begin(TellAbsence(absent, line, self._desk.app.clock.today())):
            self._absence = None if line is None else (absent, line)
            self._page.show_history(())
            self._page.show_removal("" if line is None else "Retirer cette absence")

    def remove_absence(self) -> None:
        """The child comes after all."""
        if self._absence is None:
            return
        absent, line = self._absence
        command = RemoveAbsence(line.id, line.version)

        def removed(saved: Saved) -> None:
            self.drafting.drop()
            undoable(self._page, self._desk, saved)

        def work(progress: Progress) -> Saved:
            done = self._desk.app.execute(command, progress=progress)
            told = f"Absence de {absent.child_name} retirée : ses jours sont de nouveau réservés."
            if done.billed:
                told = told_of(absent.child_name, done)
            return Saved(told, done.undo, done)

        write_for(self._page, self._desk, work, removed, "Absence")

    def _saved(self, _task: Task, saved: Saved) -> None:
        undoable(self._page, self._desk, saved)

    # --- conflicts ------------------------------------------------------------------------------------------------

    def show_conflicts(self, conflicts: Sequence[NamedConflict], *, may_edit: bool) -> None:
        """The first of what was clocked and stands nowhere, with what to do about it."""
        if not conflicts:
            self._page.show_conflicts(Strip())
            return
        first = conflicts[0]
        times = " – ".join(text for text in (clock_text(first.arrived), clock_text(first.left)) if text)
        place = f", {first.slot}" if first.slot else ""
        more = f" (1 sur {len(conflicts)})" if len(conflicts) > 1 else ""
        words = f"{first.child_name}{place}, pointage {times or 'retiré'}{more} : {first.why.sentence}"
        actions = (Action("Voir et corriger…", partial(self.correct_conflict, first)),) if may_edit else ()
        self._page.show_conflicts(Strip(refused=words, actions=actions))


_NOTHING = HistoryWords("Rien n'a été pointé", "Les heures de ce jour ont été saisies au service, ou personne n'en a.",
                        stands=False, under=False)


def in_words(line: ClockLine) -> HistoryWords:
    """« Arrivée 8 h 10 », « Denis Roy, borne Accueil »; « le 08/10/2025 à 17 h 20 » and the reason for a correction."""
    what = f"{line.kind.label} {clock_text(line.minute)}"
    if not line.stands and line.kind is not ClockKind.CANCEL:
        what += ", remplacé"
    who = [line.author or "Auteur inconnu"]
    if line.device:
        who.append(f"borne « {line.device} »")
    if line.corrects or not line.device:
        day, minute = day_and_minute(line.received_at)
        who.append(f"le {french_day(day)} à {clock_text(minute)}")
    said = ", ".join(who)
    return HistoryWords(what, f"{said} : {line.reason}" if line.reason else said, line.stands, line.corrects)

