"""What the background service does, one entry each. A task is safe to run twice: a service that was thought dead may
finish its own while the next one begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time

from backoffice.kernel.application import Application
from backoffice.kernel.chain.sealing import seal
from backoffice.kernel.chain.verifying import verify
from backoffice.kernel.errors import UserError
from backoffice.kernel.progress import Progress
from backoffice.worker.schedule import Every, Nightly, Schedule


@dataclass(frozen=True, slots=True)
class Task:
    """`run` returns whether there was anything to do. Its progress raises Cancelled when the service stops. What it
    raises is kept and shown to agents: nothing personal in it. `embedded`: the window of one agent does it too."""

    name: str
    label: str
    schedule: Schedule
    run: Callable[[Application, Progress], bool]
    embedded: bool = True


def seal_journal(app: Application, progress: Progress) -> bool:
    """The promise is a minute: three tries fit in it."""
    return seal(app.database, app.clock.now(), progress) > 0


def verify_journal(app: Application, progress: Progress) -> bool:
    """Raises UserError `journal.broken` when something was altered."""
    seen = verify(app.database, app.clock.now(), lambda _fault: None, progress=progress)
    if seen.faults:
        raise UserError("journal.broken", count=seen.faults)
    return True


TASKS = (
    Task("seal", "Sceller le journal", Every(20), seal_journal),
    Task("verify", "Vérifier le journal", Nightly(time(2, 30)), verify_journal, embedded=False),
)
