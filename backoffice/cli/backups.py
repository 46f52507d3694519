"""`backoffice backup` and `backoffice restore`."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backoffice.backup.key import BackupKey
from backoffice.backup.making import make_backup, refuse_other, restore_backup, verify_backup
from backoffice.bootstrap import database_address
from backoffice.cli.administering import Enter, entered, made, opened
from backoffice.cli.screen import say
from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.clock import PARIS, SystemClock
from backoffice.kernel.database import Database, open_database
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import french_day


def backup(arguments: Namespace) -> int:
    """Make a key, a backup, or check one."""
    if arguments.new_key:
        return _new_key()
    if arguments.check is not None:
        found = verify_backup(arguments.check, _key())
        say(f"Sauvegarde entière, faite le {_moment(found)} (schéma {found['schema']}).")
        return 0
    if arguments.out is None:
        raise UserError("backup.where")
    address = database_address(arguments.database, os.environ)
    address = _answering(address, opened)
    done = make_backup(address, arguments.out, _key(), SystemClock().now(), arguments.programs)
    size = f"{done.length / 1_000_000:.1f}".replace(".", ",")
    say(f"Sauvegarde faite et relue : {done.path} ({size} Mo). Elle s'ouvre avec la clé {done.key}.")
    return 0


def restore(arguments: Namespace) -> int:
    """Put a backup in a new database, made when there is none, and bring it to this program's schema."""
    address, key = database_address(arguments.database, os.environ), _key()
    refuse_other(arguments.file, key, address)  # no database is made for a file that cannot be put there
    address = _answering(address, made)
    found = restore_backup(arguments.file, key, address, arguments.programs)
    without_password = 0
    if address.path is not None:
        open_database(address, SystemClock().now()).close()
    else:
        from backoffice.agents.appointing import count_without_password, refresh_all
        from backoffice.kernel.database import migrate

        database = Database(address)
        try:
            migrate(database)
            with database.write() as session:
                refresh_all(session)
                without_password = count_without_password(session)
        finally:
            database.close()
    say(f"Base remise en place : {address.shown} (sauvegarde du {_moment(found)}).")
    if without_password:
        who = "Un agent n'a" if without_password == 1 else f"{without_password} agents n'ont"
        say(f"{who} pas de mot de passe sur ce serveur : à qui en avait un, donnez-en un autre,"
            " backoffice admin reset-password IDENTIFIANT.")
    say("Pour la vérifier : backoffice doctor")
    return 0


def _answering(address: DatabaseAddress, enter: Enter) -> DatabaseAddress:
    """The same address, with the password that was typed when the keyring had none. Raises what `enter` raises."""
    if address.path is not None:
        return address
    database = entered(address, enter)
    database.close()
    return database.address


def _moment(about: Mapping[str, Any]) -> str:
    """When a backup says that it was made: « 22/11/2026 à 23:05 »."""
    local = datetime.fromisoformat(about["made_at"]).astimezone(PARIS)
    return f"{french_day(local.date())} à {local:%H:%M}"


def _new_key() -> int:
    if secrets.backup_key() is not None:
        raise UserError("backup.key_exists")
    key = BackupKey.fresh()
    secrets.keep_backup_key(key.shown)
    say(f"Clé des sauvegardes ({key.name}) : {key.shown}")
    say("Imprimez-la et mettez-la au coffre : sans elle, aucune sauvegarde ne se rouvre.")
    return 0


def _key() -> BackupKey:
    """The key of this computer's keyring, or the one that is typed from the paper."""
    kept = secrets.backup_key()
    if kept is not None:
        return BackupKey.parse(kept)
    if sys.stdin.isatty():
        return BackupKey.parse(getpass.getpass("Clé des sauvegardes : "))
    typed = sys.stdin.readline().strip()
    if not typed:
        raise UserError("backup.no_key")
    return BackupKey.parse(typed)
