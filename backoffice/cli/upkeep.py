"""`backoffice migrate`, `doctor` and `password`."""

from __future__ import annotations

import getpass
import os
import platform
import shutil
import sqlite3
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from backoffice import __version__
from backoffice.agents.commands import found_administrator
from backoffice.bootstrap import database_address, open_application
from backoffice.cli.screen import say
from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.clock import SystemClock
from backoffice.kernel.database import Database, newest_schema, open_database, schema_of
from backoffice.kernel.database import migrate as migrate_schema
from backoffice.kernel.errors import BackofficeError, UserError
from backoffice.kernel.logs import log_folder
from backoffice.kernel.messages import sentence
from backoffice.kernel.settings import changed, load_settings, save_settings, settings_file

_LITTLE_SPACE = 500 * 1024 * 1024


def migrate(arguments: Namespace) -> int:
    """Create the database, or bring it to the schema of this program."""
    address = database_address(arguments.database, os.environ)
    if address.path is not None:
        open_database(address, SystemClock().now()).close()
        say(f"Base prête : {address.shown} (schéma {newest_schema()})")
        return 0
    database = Database(address)
    try:
        before = schema_of(database)
        migrate_schema(database)
        with database.write() as session:
            administrator = found_administrator(session, SystemClock().now())
    finally:
        database.close()
    say(f"Base prête : {address.shown} (schéma {before or 'vide'} → {newest_schema()})")
    if administrator:
        say(f"Administrateur : {administrator}")
    return 0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what it is, whether it is well, and what to do when it is not."""

    what: str
    well: bool
    detail: str


def doctor(arguments: Namespace) -> int:
    """Say what is wrong and how to mend it; exit code 1 when something is."""
    checks = list(_checks(database_address(arguments.database, os.environ)))
    for check in checks:
        say(f"{'✓' if check.well else '✗'} {check.what} : {check.detail}")
    wrong = sum(1 for check in checks if not check.well)
    say("Tout va bien." if not wrong else f"{wrong} point(s) à reprendre, dans l'ordre ci-dessus.")
    return 1 if wrong else 0


def _checks(address: DatabaseAddress) -> Iterator[Check]:
    yield Check("Programme", True, f"version {__version__}, schéma {newest_schema()}")
    supported = (3, 11) <= sys.version_info < (3, 14)
    yield Check("Python", supported, f"{platform.python_version()} (3.11 à 3.13), SQLite {sqlite3.sqlite_version}")
    yield Check("Polices", *_fonts())
    yield Check("Réglages", *_settings())
    yield Check("Trousseau", True, secrets.keyring_name() or "aucun : seuls les accès sans mot de passe marcheront")
    yield Check("Journal", *_writable(log_folder()))
    yield from _database_checks(address)


def _database_checks(address: DatabaseAddress) -> Iterator[Check]:
    yield Check("Base", True, address.shown)
    if address.path is not None:
        yield Check("Dossier de la base", *_writable(address.path.parent))
        free = shutil.disk_usage(_existing(address.path)).free
        advice = "" if free > _LITTLE_SPACE else " : faites de la place avant de facturer"
        yield Check("Place sur le disque", free > _LITTLE_SPACE, f"{free // (1024 * 1024)} Mo libres{advice}")
        if not address.path.exists():
            yield Check("Fichier de la base", True, "pas encore créé : il le sera à la première utilisation")
            return
    try:
        app = open_application(address)
    except BackofficeError as error:
        yield Check("Ouverture", False, sentence(error))
        return
    try:
        yield Check("Ouverture", True, f"agent {app.actor.name}, {len(app.actor.permissions)} droits")
        if app.database.is_embedded:
            with app.database.engine.connect() as connection:
                answer = str(connection.exec_driver_sql("PRAGMA quick_check").scalar())
            yield Check(
                "Intégrité", answer == "ok",
                "vérifiée" if answer == "ok" else "le fichier est abîmé : restaurez la dernière sauvegarde",
            )
    finally:
        app.database.close()


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


def settings(arguments: Namespace) -> int:
    """Show the settings of this user, or change one."""
    current = load_settings()
    if arguments.name is not None:
        current = changed(current, arguments.name, arguments.value or "")
        if current.database and DatabaseAddress.parse(current.database).url.password:
            raise UserError("database.password_in_url")
        save_settings(current)
    for name, value in asdict(current).items():
        say(f"{name} = {value or '(par défaut)'}")
    return 0


def password(arguments: Namespace) -> int:
    """Keep, or forget, the password of a shared database in this computer's keyring."""
    address = database_address(arguments.database, os.environ)
    if address.path is not None:
        raise UserError("database.no_password_needed")
    if arguments.forget:
        secrets.forget_database_password(address.url)
        say("Mot de passe oublié.")
        return 0
    typed = getpass.getpass("Mot de passe : ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not typed:
        raise UserError("database.empty_password")
    secrets.keep_database_password(address.url, typed)
    say("Mot de passe gardé dans le trousseau de cet ordinateur.")
    return 0
