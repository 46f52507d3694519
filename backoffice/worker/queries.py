"""How the background service fares, for `doctor` and for the home screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.bulk import is_shared
from backoffice.kernel.database import Session
from backoffice.worker.tables import WorkerPostRow, WorkerTaskRow
from backoffice.worker.tasks import TASKS, Task

_ALLOWED_SILENCE = timedelta(minutes=2)
_UNITS = ((1440, "jour"), (60, "heure"), (1, "minute"))  # in minutes


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task: when it last succeeded, how many tries failed since, and why the last one did; with an error and no
    failure, why it is skipped. `late`: it was not done for longer than the town wants."""

    name: str
    label: str
    done_at: datetime | None
    failures: int
    error: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class WorkerState:
    """`silence`: how long ago a service said that it works, by the server's clock; None: never. An embedded database
    expects none: `is_absent` is then False. Only tasks that were tried are there."""

    expected: bool
    computer: str
    silence: timedelta | None
    tasks: tuple[TaskState, ...]

    @property
    def is_absent(self) -> bool:
        return self.expected and (self.silence is None or self.silence > _ALLOWED_SILENCE)

    @property
    def late(self) -> TaskState | None:
        """The first task that the town has waited for too long."""
        return next((task for task in self.tasks if task.late), None)

    @property
    def absence(self) -> str:
        """« n'a pas tourné depuis 3 heures », « n'a encore jamais tourné »."""
        if self.silence is None:
            return "n'a encore jamais tourné"
        return f"n'a pas tourné depuis {_lasting(self.silence)}"


def _lasting(silence: timedelta) -> str:
    """In the largest unit that it fills: « 2 minutes », « 1 heure », « 12 jours »."""
    minutes = int(silence.total_seconds()) // 60
    length, unit = next(((size, unit) for size, unit in _UNITS if minutes >= size), _UNITS[-1])
    count = minutes // length
    return f"{count} {unit}{'s' if count > 1 else ''}"


def _state(task: Task, row: WorkerTaskRow, now: datetime) -> TaskState:
    limit, late = task.wanted_within, False
    if limit is not None:
        # What nobody ever set up is told by `doctor`, not each day to every agent.
        late = now - row.done_at > limit if row.done_at is not None else row.failures > 0
    return TaskState(task.name, task.label, row.done_at, row.failures, row.error, late)


@dataclass(frozen=True)
class ReadWorker(Query[WorkerState]):
    """How the background service of this database fares."""


@read(ReadWorker, permission="catalog.read")
def read_worker(_query: ReadWorker, reading: Reading) -> WorkerState:
    return worker_state(reading.session)


def worker_state(session: Session) -> WorkerState:
    """The same for another query."""
    rows = {row.name: row for row in session.scalars(select(WorkerTaskRow))}
    now = session.scalars(select(func.now())).one()
    now = now if now.tzinfo else now.replace(tzinfo=UTC)  # SQLite tells it without its zone
    tasks = tuple(_state(task, rows[task.name], now) for task in TASKS if task.name in rows)
    post = session.execute(select(WorkerPostRow.computer, WorkerPostRow.seen_at)).first()
    if not is_shared(session) or post is None or post.seen_at is None:
        return WorkerState(is_shared(session), "", None, tasks)
    silence = session.scalar(select(func.now() - post.seen_at)) or timedelta(0)
    return WorkerState(True, post.computer, silence, tasks)
