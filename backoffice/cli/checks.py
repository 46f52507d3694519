"""What is looked at to say that a computer and its database are well: told by `doctor`, and by the window."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backoffice import __version__
from backoffice.bootstrap import open_application
from backoffice.cli.hints import told
from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.database import newest_schema, translated_faults
from backoffice.kernel.errors import BackofficeError
from backoffice.kernel.logs import log_folder
from backoffice.kernel.messages import sentence
from backoffice.kernel.settings import load_settings, settings_file

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
