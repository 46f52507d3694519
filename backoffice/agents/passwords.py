"""Passwords of the logins of a shared database: judged here, since the server only ever sees their verifiers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import text

from backoffice.agents.rules import PasswordRules, Shape, refuse_weak
from backoffice.kernel.application import Application, Command, Context, use_case
from backoffice.kernel.database import Database, Session, try_password
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.resources import load_toml, resource_path

_FOLDER = "passwords"


@cache
def password_rules() -> PasswordRules:
    """The rules shipped with the program. Raises EnvironmentFault `resource.missing`, `resource.unreadable`."""
    data = load_toml(_FOLDER, "rules.toml")
    return PasswordRules(
        tuple(Shape(shape["length"], shape["classes"]) for shape in data["enough"]),
        data["passphrase"]["words"],
        data["passphrase"]["letters"],
        frozenset(data["lists"]["common"].split()),
    )


@cache
def shared_logins() -> frozenset[str]:
    """Names of a desk or of a service: behind such a login stands nobody."""
    return frozenset(load_toml(_FOLDER, "rules.toml")["lists"]["shared"].split())


def draw_passphrase() -> str:
    """Words drawn by chance: easy to read out, and more than 80 bits."""
    try:
        words = resource_path(_FOLDER, "words.txt").read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as exc:
        raise EnvironmentFault("resource.unreadable", path=f"{_FOLDER}/words.txt") from exc
    count: int = load_toml(_FOLDER, "rules.toml")["passphrase"]["drawn"]
    return " ".join(secrets.choice(words) for _ in range(count))


def judge(password: str, login: str, name: str) -> None:
    """Raises UserError `password.missing`, `password.unprintable`, `password.too_weak`, `password.predictable`."""
    refuse_weak(password, (login, name), password_rules())


def put_password(session: Session, login: str, password: str) -> None:
    """Give a login its password. Only the SCRAM verifier reaches the server, and its log."""
    driver: Any = session.connection().connection.driver_connection
    verifier = driver.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
    # A utility statement takes no parameter; a verifier holds letters, digits and + / = $ : only.
    session.execute(text(f"ALTER ROLE {quoted(session, login)} PASSWORD '{verifier}'".replace(":", r"\:")))


def quoted(session: Session, name: str) -> str:
    """A name of the server, in a text of SQLAlchemy."""
    found = session.get_bind().dialect.identifier_preparer.quote_identifier(name)
    return found.replace(":", r"\:")


# --- one's own -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChangeMyPassword(Command[None]):
    """Another password for the login that asks."""

    password: str = field(repr=False)


@use_case(ChangeMyPassword, permission="catalog.read", action="agent.password_changed")
def change_my_password(command: ChangeMyPassword, context: Context) -> None:
    login = str(context.session.scalar(text("SELECT session_user")))
    judge(command.password, login, context.actor.name)
    put_password(context.session, login, command.password)
    context.record(f"agent {login}")


def change_password(app: Application, current: str, new: str) -> bool:
    """Change the password of who works, on the server then in this computer's keyring if it was kept there.

    False when the keyring holds the old one still. Raises UserError `password.embedded`, `password.same` and those
    of `judge`, EnvironmentFault `database.wrong_password` and those of a connection: then nothing changed.
    """
    if app.database.is_embedded:
        raise UserError("password.embedded")
    judge(new, app.actor.login, app.actor.name)
    if new == current:
        raise UserError("password.same")
    try_password(app.database.address, current)
    app.execute(ChangeMyPassword(new))
    app.database.use_password(new)
    return _follow(app.database, new)


def _follow(database: Database, password: str) -> bool:
    from backoffice.kernel.secrets import database_password, keep_database_password  # the keyring is slow to load

    url = database.address.url
    if database_password(url) is None:
        return True
    try:
        keep_database_password(url, password)
    except EnvironmentFault:
        return False  # too late to refuse: the server has the new one
    return True
