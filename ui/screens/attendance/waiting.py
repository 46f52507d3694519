"""Decides how pointage that waits for the base is shown, and what is done of what was not accepted. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Protocol
from uuid import UUID, uuid4

from backoffice.attendance.recording import AttendanceEntry, RecordMany
from backoffice.kernel.errors import BackofficeError
from backoffice.kernel.messages import sentence
from backoffice.kernel.progress import Progress
from backoffice.kernel.zone import day_and_minute
from backoffice.outbox.rules import EMPTY, Clocked, Kept, Mark, Refusal
from backoffice.outbox.sending import Recorded
from ui.days import long_day
from ui.presenting import Action, Desk, FaultPage, Question, write_for
from ui.screens.attendance.lines import DayLine, Sending, counted, line_of
from ui.times import clock_text

_CHANGED = "attendance.changed_meanwhile"


@dataclass(frozen=True, slots=True)
class Strip:
    """What stands above the day: how much waits, and the first of what was not accepted, with what to do about it."""

    waiting: str = ""
    refused: str = ""
    actions: tuple[Action, ...] = ()


class WaitingPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_strip(self, strip: Strip) -> None: ...


class WaitingPresenter:
    """What is loaded and what waits, in one: the page shows what will be there."""

    def __init__(self, page: WaitingPage, desk: Desk, go_to: Callable[[date], None]) -> None:
        self._page = page
        self._desk = desk
        self._go_to = go_to
        self._shown = EMPTY

    @property
    def kept(self) -> Kept:
        return EMPTY if self._desk.outbox is None else self._desk.outbox.kept

    def has_less(self) -> bool:
        """Whether something waits no longer that `over` still showed: the base has to be read again."""
        return not set(self._shown.wanted) <= set(self.kept.wanted)

    def over(self, lines: Sequence[DayLine], today: date) -> tuple[DayLine, ...]:
        """The lines that were read, as they will be once everything has arrived."""
        kept = self._shown = self.kept
        if kept.is_empty:
            return tuple(lines)
        wanted = kept.wanted
        refused = {mark.key for refusal in kept.refused for mark in refusal.gesture.marks}
        return tuple(_over(line, wanted.get(_key(line)), refused=_key(line) in refused, today=today) for line in lines)

    def show(self, lines: Sequence[DayLine], day: date) -> None:
        """`lines`: those of the day shown, whatever the filter."""
        count = self.kept.units
        waiting = "" if not count else (
            f"{counted(count, 'pointage', 'pointages')} {Sending.WAITING.value}, "
            f"{'gardé' if count == 1 else 'gardés'} sous clé ici jusqu'à ce que la base réponde."
        )
        if not self.kept.refused:
            self._page.show_strip(Strip(waiting))
            return
        refusal = self.kept.refused[0]
        self._page.show_strip(Strip(waiting, self._refused_words(refusal, lines), self._actions(refusal, day)))

    # --- what was not accepted --------------------------------------------------------------------------------

    def _refused_words(self, refusal: Refusal, lines: Sequence[DayLine]) -> str:
        marks, count = refusal.gesture.marks, len(self.kept.refused)
        if not marks:
            clock = refusal.gesture.clocks[0]
            time = clock_text(day_and_minute(clock.at)[1])
            more = f" (1 sur {count})" if count > 1 else ""
            words = f"Un pointage du kiosque, le {long_day(refusal.gesture.day)}{more} : « {clock.kind.label}, {time} »"
            return f"{words} non accepté. {_reason(refusal)}"
        mark = marks[0]
        line = next((line for line in lines if _key(line) == mark.key), None)
        if len(marks) > 1:
            who = f"{counted(len(marks), 'ligne', 'lignes')} du {long_day(mark.day)}"
        elif line is not None:
            who = f"{line.row.child_name}, {line.row.slot_label}"
        else:
            who = f"Un pointage du {long_day(mark.day)}"
        more = f" (1 sur {count})" if count > 1 else ""
        words = f"{who}{more} : « {_words(mark.wanted)} » non accepté. {_reason(refusal)}"
        if refusal.code == _CHANGED and line is not None and len(marks) == 1:
            row = line.row
            words += f" La base contient « {_words(Clocked(row.state, row.arrived_minute, row.left_minute))} »."
        return words

    def _actions(self, refusal: Refusal, day: date) -> tuple[Action, ...]:
        changed, op_id = refusal.code == _CHANGED, refusal.gesture.op_id
        elsewhere = refusal.gesture.day
        see = () if elsewhere == day else (Action(f"Aller au {long_day(elsewhere)}", partial(self._go_to, elsewhere)),)
        return (
            *see,
            Action("Garder mon pointage" if changed else "Refaire", partial(self.redo, op_id)),
            Action("Garder celui de la base" if changed else "Abandonner", partial(self.give_up, op_id)),
        )

    def redo(self, op_id: UUID) -> None:
        outbox = self._desk.outbox
        if outbox is None:
            return

        def again(progress: Progress) -> None:
            outbox.redo(op_id)
            outbox.send(progress)

        write_for(self._page, self._desk, again, lambda _: None, "Pointage")

    def give_up(self, op_id: UUID) -> None:
        """A gesture of the agent goes for good: asked first."""
        question = Question(
            "Abandonner ce pointage ?", "Il ne sera pas enregistré : la base garde ce qu'elle contient.",
            "Abandonner", "Le garder", dangerous=True,
        )
        self._desk.ask(question, partial(self._forget, op_id))

    def _forget(self, op_id: UUID) -> None:
        outbox = self._desk.outbox
        if outbox is not None:
            write_for(self._page, self._desk, lambda _progress: outbox.give_up(op_id), lambda _: None, "Pointage")


def recording(
    desk: Desk, entries: tuple[AttendanceEntry, ...], seen: tuple[AttendanceEntry, ...]
) -> Callable[[Progress], Recorded]:
    """The work of one gesture: it bears one name, however often it is tried."""
    op_id, outbox = uuid4(), desk.outbox
    if outbox is None:
        return lambda progress: Recorded(desk.app.execute(RecordMany(entries), progress=progress))
    return lambda progress: outbox.record(entries, seen, op_id, progress)


def _over(line: DayLine, mark: Mark | None, *, refused: bool, today: date) -> DayLine:
    if mark is None:
        return replace(line, sending=Sending.REFUSED) if refused else line
    clocked = mark.wanted
    row = replace(line.row, state=clocked.state, arrived_minute=clocked.arrived, left_minute=clocked.left)
    found = line_of(row, today, (row.child_id,) if line.alert else ())
    return replace(found, sending=Sending.WAITING)


def _key(line: DayLine) -> tuple[int, int, date]:
    return line.row.child_id, line.row.slot_id, line.row.day


def _words(clocked: Clocked) -> str:
    """« Présence, 8h05 – 17h30 »."""
    times = " – ".join(clock_text(minute) for minute in (clocked.arrived, clocked.left) if minute is not None)
    return f"{clocked.state.label}, {times}" if times else clocked.state.label


def _reason(refusal: Refusal) -> str:
    return sentence(BackofficeError(refusal.code, **refusal.params))
