"""Entering a shared database as the administrator of its server: with the password of the keyring, else typed."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable

from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.clock import SystemClock
from backoffice.kernel.database import Database, open_database, reach, with_password
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.server import make_database

Enter = Callable[[DatabaseAddress], Database]


def shared(address: DatabaseAddress) -> DatabaseAddress:
    """Raises UserError `server.shared_only`."""
    if address.path is not None:
        raise UserError("server.shared_only")
    return address


def entered(address: DatabaseAddress, enter: Enter) -> Database:
    """What `enter` opens, with the password that the keyring kept, else with one typed now. Raises what it raises."""
    try:
        return enter(address)
    except EnvironmentFault as fault:
        if fault.code != "database.password_missing" or not sys.stdin.isatty():
            raise
    typed = getpass.getpass(f"Mot de passe de {address.url.username} : ")
    return enter(with_password(address, typed))


def at_this_schema(address: DatabaseAddress) -> Database:
    return open_database(address, SystemClock().now())


def opened(address: DatabaseAddress) -> Database:
    """At whatever schema it is."""
    database = Database(address)
    try:
        reach(database)
    except BaseException:
        database.close()
        raise
    return database


def made(address: DatabaseAddress) -> Database:
    """Opened; created first, without a table, when the server has none with this name."""
    make_database(address)
    return opened(address)
