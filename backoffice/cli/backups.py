"""`backoffice backup` and `backoffice restore`."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace

from backoffice.backup.key import BackupKey
from backoffice.backup.making import make_backup, restore_backup, verify_backup
from backoffice.bootstrap import database_address
from backoffice.cli.screen import say
from backoffice.kernel import secrets
from backoffice.kernel.clock import SystemClock
from backoffice.kernel.database import Database, open_database
from backoffice.kernel.errors import UserError


def backup(arguments: Namespace) -> int:
    """Make a key, a backup, or check one."""
    if arguments.new_key:
        return _new_key()
    if arguments.check is not None:
        found = verify_backup(arguments.check, _key())
        say(f"Sauvegarde entière, faite le {found['made_at']} (schéma {found['schema']}).")
        return 0
    if arguments.out is None:
        raise UserError("backup.where")
    address = database_address(arguments.database, os.environ)
    made = make_backup(address, arguments.out, _key(), SystemClock().now(), arguments.programs)
    size = f"{made.length / 1_000_000:.1f}".replace(".", ",")
    say(f"Sauvegarde faite et relue : {made.path} ({size} Mo). Elle s'ouvre avec la clé {made.key}.")
    return 0


def restore(arguments: Namespace) -> int:
    """Put a backup in a new database, bring it to this program's schema, and check it."""
    address = database_address(arguments.database, os.environ)
    found = restore_backup(arguments.file, _key(), address, arguments.programs)
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
    say(f"Base remise en place : {address.shown} (sauvegarde du {found['made_at']}).")
    if without_password:
        say(f"{without_password} agents n'ont pas de mot de passe sur ce serveur : à ceux qui en avaient un, donnez-en"
            " un autre, backoffice admin reset-password IDENTIFIANT.")
    say("Pour la vérifier : backoffice doctor")
    return 0


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
