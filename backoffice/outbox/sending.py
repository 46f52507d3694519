"""The outbox of an agent: what they point while the server is away, kept here, then sent once.

The server knows each gesture by its name (`op_id`), so that one whose confirmation was lost is never done twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from uuid import UUID

from platformdirs import user_data_path

from backoffice.attendance.recording import AttendanceEntry, RecordMany
from backoffice.clocking.receiving import ReceiveEvents
from backoffice.clocking.touches import NewClock
from backoffice.kernel.application import Application
from backoffice.kernel.batches import batches
from backoffice.kernel.errors import BackofficeError, EnvironmentFault, UserError
from backoffice.kernel.events import Event
from backoffice.kernel.faults import is_outage
from backoffice.kernel.logs import report_bug
from backoffice.kernel.progress import Progress, silent
from backoffice.outbox.kept import OutboxFile
from backoffice.outbox.rules import EMPTY, Added, Again, Clocked, Fact, Gesture, Kept, Mark, Refused, Settled, after

_DONE = "operation.already_done"
# What a server answers that asking again will not change. Its other faults pass, and what waits goes on waiting.
_MEANWHILE = "database.done_meanwhile"
_REFUSALS = frozenset({"database.forbidden", "database.closed_row", "database.broken_books", _MEANWHILE})
_TOUCHES_AT_ONCE = 50
_TRIES = 3


@dataclass(frozen=True, slots=True)
class OutboxChanged(Event):
    """Something was put into the outbox, left it, or was refused; `told` is what has to be said of its file."""

    told: EnvironmentFault | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """`before`: the entries that put everything back. `waiting`: it is kept here until the server answers."""

    before: tuple[AttendanceEntry, ...]
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of what was waiting. `touches` of a kiosk are not counted in `sent`: nobody waits to hear of them."""

    sent: int
    refused: int
    touches: int = 0


class Outbox:
    """One for each open shared database. `record` and `send` work on the thread of a job; `kept` may be read anywhere.

    Several windows of the same agent may share the file: each gesture is still sent once.
    """

    def __init__(self, app: Application, folder: Path | None = None) -> None:
        self._app = app
        address, login = app.database.address, app.actor.login
        self.folder = folder or user_data_path("Back-office Enfance", appauthor=False) / "envois"
        self._file = OutboxFile(self.folder, address, login)
        self._kept = EMPTY
        self._own = threading.Lock()  # a read at the opening, beside the writes

    @property
    def kept(self) -> Kept:
        """As this window knows it."""
        return self._kept

    def load(self) -> None:
        """Read the file again. Raises EnvironmentFault."""
        with self._own:
            self._change(*self._file.read(self._app.clock.now()))

    # --- recording --------------------------------------------------------------------------------------------

    def record(
        self, entries: tuple[AttendanceEntry, ...], seen: tuple[AttendanceEntry, ...], op_id: UUID,
        progress: Progress = silent,
    ) -> Recorded:
        """Record states and times, on the server or else here; `seen`: what stood in each unit, in the same order.

        What creates or removes a unit never waits. Behind what waits, everything waits: gestures arrive in the order
        they were made. Raises what RecordMany raises, EnvironmentFault `outbox.no_keyring`, `outbox.full`.
        """
        marks = _marks(entries, seen)
        if self._kept.waiting and marks:
            return self._keep(marks, seen, op_id)
        try:
            return Recorded(self._app.execute(RecordMany(entries, op_id), progress=progress))
        except UserError as error:
            if error.code != _DONE:
                raise
            return Recorded(seen)  # « Réessayer » after a lost confirmation
        except EnvironmentFault as fault:
            if not marks or not is_outage(fault):
                raise
            return self._keep(marks, seen, op_id)

    def _keep(self, marks: tuple[Mark, ...], seen: tuple[AttendanceEntry, ...], op_id: UUID) -> Recorded:
        gesture = Gesture(op_id, self._app.clock.now(), marks)
        self._add(Added(after(self._kept, gesture)))
        return Recorded(seen, waiting=True)

    def clock(self, events: tuple[NewClock, ...]) -> None:
        """Keep touches of a kiosk; `send` does the rest. Once it returns, a power cut changes nothing.

        Several may be kept at once: each says its instant and its name, so that their order here means nothing.
        Raises EnvironmentFault `outbox.no_keyring`, `outbox.full`, those of the disk.
        """
        self._add(Added(Gesture(events[0].uid, self._app.clock.now(), clocks=events)))

    # --- sending ----------------------------------------------------------------------------------------------

    def send(self, progress: Progress = silent) -> Delivery:
        """Send what waits, in order, until nothing is left or the server is away again.

        Raises EnvironmentFault: what was not sent waits on. Raises Cancelled between two gestures.
        """
        self.load()
        waiting = self._kept.waiting
        sent = refused = touches = 0
        for lot in _lots(waiting):
            progress(sent + refused + touches, len(waiting), "pointages envoyés")
            facts = self._clocked(lot) if lot[0].clocks else (self._delivered(lot[0]),)
            self._add(*facts)
            settled = sum(isinstance(fact, Settled) for fact in facts)
            sent, touches = (sent, touches + settled) if lot[0].clocks else (sent + settled, touches)
            refused += sum(isinstance(fact, Refused) for fact in facts)
        return Delivery(sent, refused, touches)

    def _clocked(self, lot: Sequence[Gesture], tries: int = _TRIES) -> tuple[Settled | Refused, ...]:
        """Touches of a kiosk, together; one by one when the server does not take them so."""
        try:
            self._app.execute(ReceiveEvents(tuple(clock for gesture in lot for clock in gesture.clocks)))
        except (UserError, EnvironmentFault) as error:
            if error.code == _MEANWHILE and tries > 1:
                return self._clocked(lot, tries - 1)  # another kiosk clocked the same child: what it made is there now
            if isinstance(error, EnvironmentFault) and (error.code == _MEANWHILE or error.code not in _REFUSALS):
                raise
            if len(lot) == 1:
                return (_refused(lot[0], error),)
        except BackofficeError:
            raise  # nobody is there any more: it waits
        except Exception as bug:  # noqa: BLE001 - ours: logged and said; what waits behind it must still arrive
            if len(lot) == 1:
                return (Refused(lot[0].op_id, "outbox.unexpected", {"reference": report_bug(bug)}),)
        else:
            return tuple(Settled(gesture.op_id) for gesture in lot)
        return tuple(fact for gesture in lot for fact in self._clocked((gesture,)))

    def _delivered(self, gesture: Gesture) -> Settled | Refused:
        entries = tuple(_entry(mark, mark.wanted) for mark in gesture.marks)
        seen = () if gesture.forced else tuple(_entry(mark, mark.seen) for mark in gesture.marks)
        try:
            self._app.execute(RecordMany(entries, gesture.op_id, seen))
        except (UserError, EnvironmentFault) as error:
            if error.code == _DONE:
                return Settled(gesture.op_id)
            if isinstance(error, EnvironmentFault) and error.code not in _REFUSALS:
                raise
            # Its first sending may have been confirmed while this one was looking: then that one is what it met.
            if self._stands(gesture.op_id):
                return Settled(gesture.op_id)
            return _refused(gesture, error)
        except BackofficeError:
            raise  # nobody is there any more: it waits
        except Exception as bug:  # noqa: BLE001 - ours: logged and said; what waits behind it must still arrive
            return Refused(gesture.op_id, "outbox.unexpected", {"reference": report_bug(bug)})
        return Settled(gesture.op_id)

    def _stands(self, op_id: UUID) -> bool:
        try:
            return self._app.was_done(op_id)
        except EnvironmentFault as fault:
            if fault.code not in _REFUSALS:
                raise
            return False  # who may write nothing any more is told of the refusal

    # --- what was refused -------------------------------------------------------------------------------------

    def redo(self, op_id: UUID) -> None:
        """Have it recorded all the same, whatever stands there now. Raises EnvironmentFault."""
        self._add(Again(op_id))

    def give_up(self, op_id: UUID) -> None:
        """Forget it. Raises EnvironmentFault."""
        self._add(Settled(op_id))

    def _add(self, *facts: Fact) -> None:
        with self._own:
            self._change(*self._file.add(self._app.clock.now(), *facts))

    def _change(self, kept: Kept, told: EnvironmentFault | None) -> None:
        before, self._kept = self._kept, kept
        if told is not None or kept != before:
            self._app.events.publish(OutboxChanged(told))


def _lots(waiting: Iterable[Gesture]) -> Iterator[Sequence[Gesture]]:
    """What is sent together, in order: touches of a kiosk that follow one another, else one gesture."""
    for touches, some in groupby(waiting, key=lambda gesture: bool(gesture.clocks)):
        yield from batches(some, _TOUCHES_AT_ONCE if touches else 1)


def _marks(entries: tuple[AttendanceEntry, ...], seen: tuple[AttendanceEntry, ...]) -> tuple[Mark, ...]:
    """What can wait; nothing when a unit would be made or removed."""
    marks = []
    for new, old in zip(entries, seen, strict=False):
        if new.state is None or old.state is None:
            return ()
        marks.append(Mark(
            new.family_id, new.child_id, new.slot_id, new.day,
            Clocked(new.state, new.arrived_minute, new.left_minute),
            Clocked(old.state, old.arrived_minute, old.left_minute),
        ))
    return tuple(marks) if len(marks) == len(entries) else ()


def _entry(mark: Mark, clocked: Clocked) -> AttendanceEntry:
    return AttendanceEntry(
        mark.family_id, mark.child_id, mark.slot_id, mark.day, clocked.state, clocked.arrived, clocked.left
    )


def _refused(gesture: Gesture, error: BackofficeError) -> Refused:
    """What can be kept of the reason; all the sentences of pointage can."""
    params: dict[str, int | str | date] = {}
    for name, value in error.params.items():
        if not isinstance(value, int | str | date):
            return Refused(gesture.op_id, "outbox.refused", {})
        params[name] = value
    return Refused(gesture.op_id, error.code, params)
