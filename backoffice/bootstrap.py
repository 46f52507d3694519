"""Where the parts are put together: the tables at once, the wings at their first need. The takeover of other programs'
data is apart: large, used once, and registered when it is loaded."""

from __future__ import annotations

import gc
import getpass
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_data_path
from sqlalchemy import func, select

# Every table: what is laid and what is compared with the rights is the whole schema.
import backoffice.agents.tables
import backoffice.attendance.tables
import backoffice.bank.tables
import backoffice.billing.tables
import backoffice.bookings.tables
import backoffice.catalog.tables
import backoffice.clocking.tables
import backoffice.contracts.tables
import backoffice.documents.tables
import backoffice.families.tables
import backoffice.health.tables
import backoffice.importing.tables
import backoffice.letters.tables
import backoffice.registrations.tables
import backoffice.tariffs.tables
import backoffice.worker.tables  # noqa: F401
from backoffice.agents.queries import actor_of_session, worker_of_session
from backoffice.kernel.actor import Actor
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.clock import Clock, ServerClock, SystemClock
from backoffice.kernel.database import Database, open_database, with_password
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.permissions import EVERYTHING
from backoffice.kernel.settings import load_settings

DATABASE_VARIABLE = "BACKOFFICE_DATABASE"


def default_database() -> Path:
    """Where the embedded database lives when nobody says otherwise."""
    return user_data_path("Back-office Enfance", appauthor=False) / "enfance.sqlite"


def database_address(asked: str | None, environment: Mapping[str, str]) -> DatabaseAddress:
    """What was asked, else what the environment says, else the user's setting, else the embedded database."""
    if asked is not None:  # even empty, as a script's unset variable: never another base than the one meant
        return DatabaseAddress.parse(asked)
    text = environment.get(DATABASE_VARIABLE) or load_settings().database
    return DatabaseAddress.parse(text) if text else DatabaseAddress.of_file(default_database())


def is_chosen(asked: str | None, environment: Mapping[str, str]) -> bool:
    """Whether somebody ever said which database: asked now, by the environment or the setting, or by using one."""
    named = asked is not None or bool(environment.get(DATABASE_VARIABLE) or load_settings().database)
    return named or default_database().exists()


def refuse_missing(address: DatabaseAddress) -> None:
    """For work that makes no sense on a new base: a mistyped name is not one. Raises UserError `database.missing`."""
    if address.path is not None and not address.path.exists():
        raise UserError("database.missing", path=address.shown)


def computer_user() -> str:
    """The user of this computer: the only agent of an embedded database."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as exc:  # no name for this user: what getpass raises varies by version
        raise UserError("agent.no_user_name") from exc


def load_wings() -> None:
    """Everything the program can do; nothing when it is loaded already."""
    import backoffice.wings  # noqa: F401


def open_application(address: DatabaseAddress, clock: Clock | None = None) -> Application:
    """Open the database and the door to it, for the agent that the database knows.

    Raises EnvironmentFault when it cannot be opened, UserError `agent.unknown` when a shared database does not
    know this login.
    """
    here = clock or SystemClock()
    database = open_database(address, here.now())
    try:
        app = Application(database, _actor(database), clock or _clock(database, here), load_wings=load_wings)
    except BaseException:
        database.close()
        raise
    gc.freeze()  # modules and mappings never die: the collector need not walk them again at every pass
    return app


def _clock(database: Database, here: Clock) -> Clock:
    """Legal dates are the server's where there is one: the clock of an office computer proves nothing."""
    if database.is_embedded:
        return here
    with database.read() as session:
        return ServerClock(session.scalars(select(func.clock_timestamp())).one())


def open_worker(address: DatabaseAddress) -> Application:
    """The door of the background service of a shared database.

    Raises UserError `worker.embedded`, `worker.not_a_worker`, and EnvironmentFault when it cannot be opened.
    """
    if address.path is not None:
        raise UserError("worker.embedded")
    clock = SystemClock()
    database = open_database(address, clock.now())
    try:
        with database.read() as session:
            return Application(database, worker_of_session(session), clock, load_wings=load_wings)
    except BaseException:
        database.close()
        raise


def recognise(app: Application, password: str) -> Actor:
    """Who works here, by a password typed again: the server judges it, and says anew what this agent may do.

    Nothing of `app` changes. Raises EnvironmentFault and UserError as `open_application` does.
    """
    fresh = open_application(with_password(app.database.address, password), app.clock)
    try:
        if not fresh.database.asks_password:  # it would recognise whoever types anything
            raise EnvironmentFault("database.refused")
        return fresh.actor
    finally:
        fresh.database.close()


def _actor(database: Database) -> Actor:
    if database.is_embedded:
        login = computer_user()
        return Actor(login, login, EVERYTHING)
    with database.read() as session:
        return actor_of_session(session)
