"""`backoffice backup` and `backoffice restore`."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backoffice.backup.key import BackupKey
from backoffice.backup.making import make_backup, refuse_other, restore_backup, verify_backup
from backoffice.bootstrap import database_address
from backoffice.cli.administering import Enter, entered, made, opened
from backoffice.cli.screen import say
from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.clock import SystemClock, french_moment
from backoffice.kernel.database import Database, open_database
from backoffice.kernel.errors import UserError


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
    active: list[str] = []
    without_password = 0
    if address.path is not None:
        open_database(address, SystemClock().now()).close()
    else:
        from backoffice.agents.appointing import count_without_password, refresh_all
        from backoffice.agents.overview import agents_of
        from backoffice.kernel.database import migrate

        database = Database(address)
        try:
            migrate(database)
            with database.write() as session:
                refresh_all(session)
                without_password = count_without_password(session)
                active = [f"{agent.login} : {agent.name}" for agent in agents_of(session) if agent.active]
        finally:
            database.close()
    say(f"Base remise en place : {address.shown} (sauvegarde du {_moment(found)}).")
    if active:
        _say_who_enters(active, _moment(found), address)
    if without_password:
        who = "Un agent n'a" if without_password == 1 else f"{without_password} agents n'ont"
        say(f"{who} pas de mot de passe sur ce serveur : à qui en avait un, donnez-en un autre,"
            " backoffice admin reset-password IDENTIFIANT.")
    say("Pour la vérifier : backoffice doctor")
    return 0


def _say_who_enters(active: Sequence[str], moment: str, address: DatabaseAddress) -> None:
    """Departures since the backup were undone with the rest: whoever restores has to repeat them."""
    say(f"Peuvent y entrer les agents du {moment} :")
    for agent in active:
        say(f"  {agent}")
    say("Qui est parti depuis est revenu avec la sauvegarde. Avant d'ouvrir la base, refaites chaque départ :")
    say(f"  backoffice admin disable-agent IDENTIFIANT --database {address.shown}")
    say("et chaque rôle retiré depuis (backoffice admin revoke).")


def _answering(address: DatabaseAddress, enter: Enter) -> DatabaseAddress:
    """The same address, with the password that was typed when the keyring had none. Raises what `enter` raises."""
    if address.path is not None:
        return address
    database = entered(address, enter)
    database.close()
    return database.address


def _moment(about: Mapping[str, Any]) -> str:
    """When a backup says that it was made: « 22/11/2026 à 23 h 05 »."""
    return french_moment(datetime.fromisoformat(about["made_at"]))


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
