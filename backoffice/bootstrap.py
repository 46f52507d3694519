"""Where the parts are put together: opening this module registers the use cases of the wings, and what they check of
each other. The takeover of other programs' data is apart: large, used once, and registered when it is loaded."""

from __future__ import annotations

import gc
import getpass
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_data_path
from sqlalchemy import func, select

# Each wing registers its use cases when it is imported: this list is what the program can do every day.
import backoffice.agents.overview
import backoffice.agents.passwords
import backoffice.attendance.attended
import backoffice.attendance.commands
import backoffice.attendance.day
import backoffice.attendance.keeping
import backoffice.attendance.neighbours
import backoffice.attendance.recording
import backoffice.bank.commands
import backoffice.bank.queries
import backoffice.billing.cancelling
import backoffice.billing.carried
import backoffice.billing.comparison
import backoffice.billing.documents
import backoffice.billing.explaining
import backoffice.billing.freeing
import backoffice.billing.issuing
import backoffice.billing.keeping
import backoffice.billing.lists
import backoffice.billing.months
import backoffice.billing.queries
import backoffice.billing.services
import backoffice.catalog.commands
import backoffice.catalog.editing
import backoffice.catalog.ending
import backoffice.catalog.overview
import backoffice.catalog.queries
import backoffice.families.commands
import backoffice.families.queries
import backoffice.health.commands
import backoffice.health.queries
import backoffice.home.choices
import backoffice.home.work
import backoffice.importing.tables
import backoffice.kernel.changes
import backoffice.search.queries
import backoffice.tariffs.commands
import backoffice.tariffs.editing
import backoffice.tariffs.keeping
import backoffice.tariffs.overview
import backoffice.worker.queries  # noqa: F401
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


def open_application(address: DatabaseAddress, clock: Clock | None = None) -> Application:
    """Open the database and the door to it, for the agent that the database knows.

    Raises EnvironmentFault when it cannot be opened, UserError `agent.unknown` when a shared database does not
    know this login.
    """
    here = clock or SystemClock()
    database = open_database(address, here.now())
    try:
        app = Application(database, _actor(database), clock or _clock(database, here))
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
            return Application(database, worker_of_session(session), clock)
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
