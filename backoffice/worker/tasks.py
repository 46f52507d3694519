"""What the background service does, one entry each. A task is safe to run twice: a service that was thought dead may
finish its own while the next one begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta

from backoffice.backup.nightly import back_up, planned, reading_address
from backoffice.kernel.application import Application
from backoffice.kernel.chain.sealing import seal
from backoffice.kernel.chain.verifying import verify
from backoffice.kernel.database import Database
from backoffice.kernel.errors import UserError
from backoffice.kernel.faults import translated_faults
from backoffice.kernel.invariants import broken, invariants
from backoffice.kernel.progress import Progress
from backoffice.kernel.settings import load_settings
from backoffice.worker.schedule import Every, Nightly, Schedule


class Skipped(UserError):
    """A task that nobody set up: its sentence says what is left to do. It is not tried again before its next time."""


@dataclass(frozen=True, slots=True)
class Task:
    """`run` returns whether there was anything to do. Its progress raises Cancelled when the service stops. What it
    raises is kept and shown to agents: nothing personal in it. `embedded`: the window of one agent does it too.
    `wanted_within`: agents are told when it was not done for longer."""

    name: str
    label: str
    schedule: Schedule
    run: Callable[[Application, Progress], bool]
    embedded: bool = True
    wanted_within: timedelta | None = None


def seal_journal(app: Application, progress: Progress) -> bool:
    """The promise is a minute: three tries fit in it."""
    return seal(app.database, app.clock.now(), progress) > 0


def verify_journal(app: Application, progress: Progress) -> bool:
    """Raises UserError `journal.broken` when something was altered.

    What waits is sealed first: after a night without the service, lines are late and nothing was altered.
    """
    seal(app.database, app.clock.now(), progress)
    seen = verify(app.database, app.clock.now(), lambda _fault: None, progress=progress)
    if seen.faults:
        raise UserError("journal.broken", count=seen.faults)
    return True


def check_promises(app: Application, progress: Progress) -> bool:
    """What must hold in the base, judged by who reads all of it; by the service itself as far as it sees.

    Raises UserError `worker.broken_promises`, Skipped when only a part could be judged.
    """
    reader = reading_address(app.database.address, load_settings())
    everywhere = app.actor.permissions if reader is None else None
    database = app.database if reader is None else Database(reader)
    try:
        with translated_faults(), database.engine.connect() as connection:
            known = invariants(connection.dialect.name)
            faults: list[str] = []
            for fault in broken(connection, everywhere):
                progress(len(faults), len(known), "")
                faults.append(fault.invariant.name)
    finally:
        if database is not app.database:
            database.close()
    if faults:
        raise UserError("worker.broken_promises", count=len(faults), names=", ".join(faults))
    if everywhere is not None:
        judged = sum(invariant.sees <= everywhere for invariant in known)
        raise Skipped("worker.promises_unseen", judged=judged, known=len(known))
    return True


def save_base(app: Application, progress: Progress) -> bool:
    """Sealed, read again, the oldest let go. Raises Skipped while it is not set up, UserError, EnvironmentFault."""
    try:
        night = planned(app.database.address, load_settings())
    except UserError as unset:
        raise Skipped(unset.code, **unset.params) from unset
    progress(0, 1, "")
    back_up(night, app.clock.now())
    return True


def send_letters(app: Application, progress: Progress) -> bool:
    """What is due is closed even where nothing can leave. Raises Skipped while no server is set up."""
    from backoffice.letters import sending  # the libraries of mail, for who has letters to send

    settings = load_settings()
    try:
        return sending.send_letters(app, lambda: sending.by_smtp(settings), progress) > 0
    except UserError as unset:
        if unset.code != "mail.no_smtp":
            raise
        raise Skipped(unset.code, **unset.params) from unset


def read_mailbox(app: Application, progress: Progress) -> bool:
    """Raises Skipped while no mailbox is set up, EnvironmentFault."""
    settings = load_settings()
    if not settings.imap_server:
        raise Skipped("mail.no_imap")
    from backoffice.documents.arrivals import reading
    from backoffice.documents.safety.judging import judge

    return reading.read_mailbox(app, lambda: reading.by_imap(settings), judge, progress) > 0


def empty_scan_folder(app: Application, progress: Progress) -> bool:
    """Raises Skipped while no folder is set up, EnvironmentFault `scan.unreachable`."""
    settings = load_settings()
    if not settings.scan_folder:
        raise Skipped("scan.not_set")
    from backoffice.documents.arrivals.folder import watched
    from backoffice.documents.safety.judging import judge

    return watched(settings.scan_folder).empty(app, judge, progress) > 0


def ask_antivirus(app: Application, progress: Progress) -> bool:
    """Raises Skipped where files wait and no antivirus is set up, UserError `antivirus.unsure`, EnvironmentFault."""
    from backoffice.documents import quarantine
    from backoffice.documents.safety.antivirus import antivirus_of

    try:
        return quarantine.ask_again(app, antivirus_of(load_settings()), progress) > 0
    except UserError as unset:
        if unset.code != "antivirus.not_set":
            raise
        raise Skipped(unset.code, **unset.params) from unset


TASKS = (
    Task("seal", "Sceller le journal", Every(20), seal_journal),
    Task("verify", "Vérifier le journal", Nightly(time(2, 30)), verify_journal, embedded=False),
    Task("promises", "Vérifier la cohérence de la base", Nightly(time(3)), check_promises, embedded=False),
    Task("backup", "Sauvegarder la base", Nightly(time(1)), save_base, wanted_within=timedelta(days=2)),
    Task("letters", "Envoyer les courriels aux familles", Every(10), send_letters),
    Task("mailbox", "Relever la boîte aux lettres des pièces", Every(60), read_mailbox),
    Task("scans", "Prendre les numérisations", Every(10), empty_scan_folder),
    Task("antivirus", "Examiner les fichiers en quarantaine", Every(60), ask_antivirus),
)
