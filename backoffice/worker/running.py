"""Running one task, whatever it does: a failure is written down and never stops the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from backoffice.kernel.application import Application
from backoffice.kernel.errors import BackofficeError, Cancelled
from backoffice.kernel.logs import report_bug
from backoffice.kernel.messages import sentence
from backoffice.kernel.progress import Progress
from backoffice.worker.schedule import Past, is_due
from backoffice.worker.tables import WorkerTaskRow
from backoffice.worker.tasks import Skipped, Task

_LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Tried:
    """A task that was tried: what is known of it now, and the sentence of its failure."""

    past: Past
    error: str = ""


def pasts(app: Application) -> Mapping[str, Past]:
    """What is known of each task that was ever tried."""
    with app.database.read() as session:
        return {
            row.name: Past(row.began_at, row.done_at, row.failures)
            for row in session.scalars(select(WorkerTaskRow))
        }


def attempt(app: Application, task: Task, past: Past, progress: Progress) -> Tried:
    """Run a task and write down how it went. Raises Cancelled, and EnvironmentFault when it cannot be written."""
    began_at = app.clock.now()
    nothing_to_do = False
    try:
        nothing_to_do = not task.run(app, progress)
    except Cancelled:
        raise
    except Skipped as skipped:
        if app.database.is_embedded and not past.done_at:
            nothing_to_do = True  # nobody asked for it on their own computer
        tried = Tried(Past(began_at, past.done_at), sentence(skipped))
    except Exception as exc:  # noqa: BLE001 - one task never stops the others: its failure becomes a sentence
        tried = Tried(Past(began_at, past.done_at, past.failures + 1), _words(exc))
    else:
        tried = Tried(Past(began_at, app.clock.now(), 0))
    # An agent's own file is not written each minute to say that there was nothing to do.
    if not (nothing_to_do and app.database.is_embedded and not past.failures):
        _keep(app, task, tried)
    return tried


def run_due(app: Application, tasks: Sequence[Task], progress: Progress) -> None:
    """One after the other, the tasks that are due on an embedded database. Raises Cancelled, EnvironmentFault."""
    known = pasts(app)
    for task in tasks:
        past = known.get(task.name, Past())
        if task.embedded and is_due(task.schedule, past, app.clock.now()):
            attempt(app, task, past, progress)


def _words(exc: Exception) -> str:
    if isinstance(exc, BackofficeError):
        return sentence(exc)
    return f"Erreur inattendue du programme (référence {report_bug(exc)})."


def _keep(app: Application, task: Task, tried: Tried) -> None:
    past = tried.past
    with app.database.write() as session:
        session.merge(WorkerTaskRow(
            name=task.name, began_at=past.began_at, done_at=past.done_at, failures=past.failures,
            error=tried.error[:_LONGEST_ERROR],
        ))
