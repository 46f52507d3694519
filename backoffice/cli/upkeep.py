"""`backoffice migrate`, `doctor` and `password`."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from dataclasses import asdict

from backoffice.agents.appointing import refresh_all
from backoffice.bootstrap import database_address
from backoffice.cli.checks import all_checks
from backoffice.cli.screen import say
from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.clock import SystemClock
from backoffice.kernel.database import Database, newest_schema, open_database, schema_of
from backoffice.kernel.database import migrate as migrate_schema
from backoffice.kernel.errors import UserError
from backoffice.kernel.settings import changed, load_settings, save_settings


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
            refresh_all(session)
    finally:
        database.close()
    say(f"Base prête : {address.shown} (schéma {before or 'vide'} → {newest_schema()})")
    return 0


def doctor(arguments: Namespace) -> int:
    """Say what is wrong and how to mend it; exit code 1 when something is."""
    checks = list(all_checks(database_address(arguments.database, os.environ)))
    for check in checks:
        say(f"{'✓' if check.well else '✗'} {check.what} : {check.detail}")
    wrong = sum(1 for check in checks if not check.well)
    points = "point" if wrong == 1 else "points"
    say("Tout va bien." if not wrong else f"{wrong} {points} à reprendre, dans l'ordre ci-dessus.")
    return 1 if wrong else 0


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
