"""What is looked at to say that a computer and its database are well: told by `doctor`, and by the window."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from backoffice import __version__
from backoffice.bootstrap import open_application
from backoffice.cli.hints import told
from backoffice.documents.safety.antivirus import antivirus_of
from backoffice.kernel import secrets
from backoffice.kernel.access.fingerprint import differences, fingerprint
from backoffice.kernel.access.install import expected_digest, installed_mark
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.chain.sealing import IdleWriter, idle_writers
from backoffice.kernel.clock import french_moment
from backoffice.kernel.database import Database, newest_schema
from backoffice.kernel.errors import BackofficeError
from backoffice.kernel.faults import translated_faults
from backoffice.kernel.invariants import broken, invariants
from backoffice.kernel.logs import log_folder
from backoffice.kernel.messages import sentence
from backoffice.kernel.server import is_administrator, open_databases
from backoffice.kernel.settings import load_settings, settings_file
from backoffice.worker.queries import ReadWorker, WorkerState, worker_state

_SHOWN = 6
_LITTLE_SPACE = 500 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what it is, whether it is well, and what to do when it is not."""

    what: str
    well: bool
    detail: str


def all_checks(address: DatabaseAddress) -> Iterator[Check]:
    """This computer, then the database, opened for the purpose."""
    yield from computer_checks()
    yield from place_checks(address)
    if address.path is not None and not address.path.exists():
        yield Check("Fichier de la base", True, "pas encore créé : il le sera à la première utilisation")
        return
    try:
        app = open_application(address)
    except BackofficeError as error:
        if error.code == "agent.unknown":
            yield from _checks_of_stranger(address, told(error))
        else:
            yield Check("Ouverture", False, told(error))
        return
    try:
        yield from open_checks(app)
    finally:
        app.database.close()


def computer_checks() -> Iterator[Check]:
    """The program and what it needs on this computer."""
    yield Check("Programme", True, f"version {__version__}, schéma {newest_schema()}")
    supported = (3, 11) <= sys.version_info < (3, 14)
    yield Check("Python", supported, f"{platform.python_version()} (3.11 à 3.13), SQLite {sqlite3.sqlite_version}")
    yield Check("Polices", *_fonts())
    yield Check("Réglages", *_settings())
    yield Check("Trousseau", True, secrets.keyring_name() or "aucun : seuls les accès sans mot de passe marcheront")
    yield Check("Journal", *_writable(log_folder()))
    yield Check("Antivirus", *_antivirus())


def place_checks(address: DatabaseAddress) -> Iterator[Check]:
    """Where the database is, and whether it can grow there."""
    yield Check("Base", True, address.shown)
    if address.path is not None:
        yield Check("Dossier de la base", *_writable(address.path.parent))
        free = shutil.disk_usage(_existing(address.path)).free
        advice = "" if free > _LITTLE_SPACE else " : faites de la place avant de facturer"
        yield Check("Place sur le disque", free > _LITTLE_SPACE, f"{free // (1024 * 1024)} Mo libres{advice}")


def open_checks(app: Application) -> Iterator[Check]:
    """A database that is open. Raises EnvironmentFault when it cannot be read any more."""
    yield Check("Ouverture", True, f"agent {app.actor.name}, {len(app.actor.permissions)} droits")
    if app.database.is_embedded:
        with translated_faults(), app.database.engine.connect() as connection:
            answer = str(connection.exec_driver_sql("PRAGMA quick_check").scalar())
        yield Check(
            "Intégrité", answer == "ok",
            "vérifiée" if answer == "ok" else "le fichier est abîmé : restaurez la dernière sauvegarde",
        )
        if answer != "ok":
            return
    yield from _content_checks(app.database)
    yield from worker_checks(app.ask(ReadWorker()))


def _checks_of_stranger(address: DatabaseAddress, refusal: str) -> Iterator[Check]:
    """For a login that is no agent's: that of who administers the server, which sees everything, or a mistaken one."""
    database = Database(address)
    try:
        with database.read() as session:
            administers = is_administrator(session.connection())
            state = worker_state(session) if administers else None
            idle = idle_writers(session) if administers else []
            openings = list(open_databases(session.connection())) if administers else []
        told = "administrateur du serveur, qui n'est pas un agent" if administers else refusal
        yield Check("Ouverture", administers, told)
        yield from _content_checks(database)
        for weakness in openings:
            yield Check("Autres bases du serveur", False, sentence(weakness))
        if state is not None:
            yield from worker_checks(state)
        for writer in idle:
            yield Check("Sceaux du journal", False, _held_back(writer))
    finally:
        database.close()


def _content_checks(database: Database) -> Iterator[Check]:
    """What the database carries: its rights, and what must hold in it, as far as this login sees."""
    with translated_faults(), database.engine.connect() as connection:
        everywhere = None if database.is_embedded else _held_everywhere(connection)
        if not database.is_embedded:
            yield Check("Droits de la base", *_rights(connection))
        known = invariants(connection.dialect.name)
        faults = list(broken(connection, everywhere))
    judged = sum(1 for one in known if everywhere is None or one.sees <= everywhere)
    for fault in faults:
        told = f"{fault.invariant.sentence} ({', '.join(fault.rows)})"
        yield Check("Cohérence", False, f"ne tient plus, prévenez qui entretient la base : {told}")
    if not faults:
        unseen = len(known) - judged
        hidden = f", {unseen} non vérifiées : vos droits en cachent une partie" if unseen else ""
        yield Check("Cohérence", True, f"{judged} règles vérifiées{hidden}")


def _held_everywhere(connection: Connection) -> frozenset[str] | None:
    """The permissions held on the whole town; None for whom the server hides nothing."""
    if not connection.exec_driver_sql("SELECT row_security_active('invoices')").scalar_one():
        return None
    held = "SELECT permission FROM agent_scopes WHERE login = session_user AND service_id IS NULL"
    return frozenset(connection.exec_driver_sql(held).scalars())


def _rights(connection: Connection) -> tuple[bool, str]:
    mark = installed_mark(connection)
    moved = differences(mark.catalogue, fingerprint(connection)) if mark is not None else ()
    if mark is None or mark.rights != expected_digest():
        return False, "d'une autre version du programme : lancez « backoffice migrate »"
    if moved:
        told = ", ".join(moved[:_SHOWN]) + (", …" if len(moved) > _SHOWN else "")
        return False, f"changés à la main depuis leur installation ({told}) : lancez « backoffice migrate »"
    return True, f"ceux de la version {mark.program}"


def worker_checks(state: WorkerState) -> Iterator[Check]:
    """What nobody presses a button for: whether the background service is there, and how its tasks fare."""
    if state.expected:
        advice = f"{state.absence} : démarrez « backoffice worker » sur sa machine"
        detail = advice if state.is_absent else f"tourne sur {state.computer}"
        yield Check("Service de fond", not state.is_absent, detail)
    for task in state.tasks:
        tries = f", puis {task.failures} essai{'s' if task.failures > 1 else ''} sans succès" if task.failures else ""
        error = f"{tries} : {task.error}" if task.error else ""
        late = " : c'est trop ancien, voyez pourquoi" if task.late and not task.error else ""
        yield Check(task.label, not (task.error or task.late), _done(task.done_at) + error + late)


def _held_back(writer: IdleWriter) -> str:
    return (
        f"retenus par la session {writer.pid} de {writer.login} (base {writer.database}), qui a commencé à écrire et"
        f" attend depuis le {french_moment(writer.since)} : faites fermer ce qui l'a ouverte, sinon, dans la base,"
        f" SELECT pg_terminate_backend({writer.pid});"
    )


def _done(instant: datetime | None) -> str:
    if instant is None:
        return "jamais fait"
    return f"fait le {french_moment(instant)}"


def _fonts() -> tuple[bool, str]:
    from backoffice.kernel.resources import resource_path

    try:
        resource_path("fonts", "SourceSans3-Regular.ttf")
    except BackofficeError as error:
        return False, sentence(error)
    return True, "Source Sans 3"


def _settings() -> tuple[bool, str]:
    try:
        load_settings()
    except BackofficeError as error:
        return False, sentence(error)
    return True, str(settings_file())


def _antivirus() -> tuple[bool, str]:
    try:
        antivirus = antivirus_of(load_settings())
        if antivirus is None:
            return True, "aucun : les fichiers des familles ne sont examinés que par le programme"
        antivirus.check()
    except BackofficeError as error:
        return False, sentence(error)
    return True, "répond"


def _writable(folder: Path) -> tuple[bool, str]:
    place = _existing(folder)
    if os.access(place, os.W_OK):
        return True, str(folder)
    return False, f"{folder} ne peut pas être écrit : demandez ce droit à votre service informatique"


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    place = path.absolute()
    while not place.exists():
        place = place.parent
    return place
