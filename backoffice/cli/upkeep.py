"""`backoffice migrate`, `doctor` and `password`."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from dataclasses import asdict

from backoffice.agents.passwords import change_password
from backoffice.bootstrap import database_address, open_application
from backoffice.cli.admin import ask_new_password, ask_password, upgrade
from backoffice.cli.checks import all_checks
from backoffice.cli.screen import say
from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.clock import SystemClock
from backoffice.kernel.database import newest_schema, open_database, with_password
from backoffice.kernel.errors import UserError
from backoffice.kernel.settings import changed, load_settings, save_settings


def migrate(arguments: Namespace) -> int:
    """Create the database, or bring it to the schema of this program."""
    address = database_address(arguments.database, os.environ)
    if address.path is not None:
        open_database(address, SystemClock().now()).close()
        say(f"Base prête : {address.shown} (schéma {newest_schema()})")
        return 0
    return upgrade(arguments)


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
    """Keep, or forget, the password of a shared database in this computer's keyring; or change it on the server."""
    address = database_address(arguments.database, os.environ)
    if address.path is not None:
        raise UserError("database.no_password_needed")
    if arguments.forget:
        secrets.forget_database_password(address.url)
        say("Mot de passe oublié.")
        return 0
    if arguments.change:
        return _change_password(address)
    typed = getpass.getpass("Mot de passe : ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not typed:
        raise UserError("database.empty_password")
    secrets.keep_database_password(address.url, typed)
    say("Mot de passe gardé dans le trousseau de cet ordinateur.")
    return 0


def _change_password(address: DatabaseAddress) -> int:
    current = ask_password("Mot de passe actuel : ")
    new = ask_new_password()
    app = open_application(with_password(address, current))
    try:
        kept = change_password(app, current, new)
    finally:
        app.database.close()
    say("Mot de passe changé." if kept else
        "Mot de passe changé, mais le trousseau a gardé l'ancien : relancez « backoffice password ».")
    return 0
