"""`backoffice admin …`: the shared database and its agents, by whoever administers the server. Each may be run again.
"""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.engine import URL

from backoffice.agents.appointing import (
    Post,
    disable_agent,
    give,
    lacks_password,
    make_agent,
    name_of,
    refresh_all,
    refuse_shared_login,
    reset_password,
    take,
)
from backoffice.agents.overview import AgentView, agents_of
from backoffice.agents.passwords import draw_passphrase, judge
from backoffice.agents.roles import Role
from backoffice.agents.serving import make_reader, make_worker
from backoffice.bootstrap import database_address
from backoffice.cli.administering import Enter, at_this_schema, entered, made, opened, shared
from backoffice.cli.screen import say, warn
from backoffice.kernel.address import DatabaseAddress, is_this_computer
from backoffice.kernel.clock import SystemClock
from backoffice.kernel.database import Database, migrate, newest_schema, schema_of
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.server import refuse_unfit, weaknesses


def run_admin(arguments: Namespace) -> int:
    actions: Mapping[str, Callable[[Namespace], int]] = {
        "create-database": create_database,
        "upgrade": upgrade,
        "create-agent": create_agent,
        "reset-password": give_new_password,
        "disable-agent": disable,
        "grant": grant,
        "revoke": revoke,
        "agents": list_all,
        "create-worker": create_worker,
        "create-reader": create_reader,
    }
    return actions[arguments.action](arguments)


# --- the database ----------------------------------------------------------------------------------------------


def create_database(arguments: Namespace) -> int:
    """The database, its tables, its rights; then what is left to put right on the server."""
    database = entered(shared(DatabaseAddress.parse(arguments.url)), made)
    try:
        _bring_up_to_date(database)
    finally:
        database.close()
    url = database.address.url
    host = "au nom de cet ordinateur" if is_this_computer(url) else f"« {url.host} »"
    say("Ensuite, un identifiant par personne, jamais un identifiant commun :")
    say(f'  backoffice admin create-agent c.martin --name "Claire Martin" --role {Role.ADMINISTRATOR} --database …')
    say(f"Dans leur fenêtre, les agents choisissent « Base partagée » : serveur {host}, base « {url.database} ».")
    return 0


def upgrade(arguments: Namespace) -> int:
    """The tables and the rights of this version of the program."""
    with _administered(arguments.database, opened) as database:
        _bring_up_to_date(database)
    return 0


def _bring_up_to_date(database: Database) -> None:
    before = schema_of(database)
    migrate(database)
    with database.write() as session:
        refresh_all(session)
    say(f"Base prête : {database.address.shown} (schéma {before or 'vide'} → {newest_schema()}).")
    with database.engine.connect() as connection:
        for weakness in weaknesses(connection):
            warn(f"À corriger sur le serveur. {sentence(weakness)}")


# --- agents ----------------------------------------------------------------------------------------------------


def create_agent(arguments: Namespace) -> int:
    """A login, a name, a first role; a password when there is none yet."""
    post = _post(arguments)
    login = arguments.login.strip()
    refuse_shared_login(login, agreed=arguments.yes)
    with _administered(arguments.database) as database:
        with database.read() as session:
            lacking = lacks_password(session, login)
        password = _new_password(arguments, login, arguments.name, needed=lacking)
        with database.write() as session:
            is_new = make_agent(session, login, arguments.name, SystemClock().now(), password)
            give(session, login, post, SystemClock().now())
        say(f"Agent {'créé' if is_new else 'à jour'} : {login} ({arguments.name.strip()}), {_shown(post)}.")
        _say_password(arguments, password)
    return 0


def give_new_password(arguments: Namespace) -> int:
    """For an agent who lost theirs."""
    with _administered(arguments.database) as database:
        with database.read() as session:
            name = name_of(session, arguments.login)
        password = _new_password(arguments, arguments.login, name, needed=True)
        with database.write() as session:
            reset_password(session, arguments.login, str(password), SystemClock().now())
        say(f"Mot de passe de {arguments.login} changé.")
        _say_password(arguments, password)
    return 0


def disable(arguments: Namespace) -> int:
    """An agent leaves."""
    with _administered(arguments.database) as database:
        was_active = disable_agent(database, arguments.login, SystemClock().now())
    gone = "ne peut plus entrer, ne voit plus rien, et ses fenêtres ouvertes sont déconnectées"
    say(f"{arguments.login} {gone}." if was_active else f"{arguments.login} n'avait déjà plus d'accès : rien à faire.")
    return 0


def grant(arguments: Namespace) -> int:
    """A role more, somewhere."""
    post = _post(arguments)
    with _administered(arguments.database) as database, database.write() as session:
        is_new = give(session, arguments.login, post, SystemClock().now())
    say(f"{arguments.login} {'a maintenant' if is_new else 'avait déjà'} ce rôle : {_shown(post)}.")
    return 0


def revoke(arguments: Namespace) -> int:
    """A role less."""
    post = _post(arguments)
    with _administered(arguments.database) as database, database.write() as session:
        had_it = take(session, arguments.login, post, SystemClock().now())
    before = "n'a plus" if had_it else "n'avait pas"
    say(f"{arguments.login} {before} ce rôle : {_shown(post)}.")
    return 0


def list_all(arguments: Namespace) -> int:
    """Who may do what, and where."""
    with _administered(arguments.database) as database, database.read() as session:
        agents = agents_of(session)
    if not agents:
        say("Aucun agent. Créez le premier : backoffice admin create-agent.")
    for agent in agents:
        _say_agent(agent)
    return 0


def create_worker(arguments: Namespace) -> int:
    """The login of the background service."""
    with _administered(arguments.database) as database:
        login = arguments.login.strip()
        with database.read() as session:
            lacking = lacks_password(session, login)
        password = _new_password(arguments, login, "", needed=lacking)
        with database.write() as session:
            is_new = make_worker(session, login, SystemClock().now(), password)
        url = _address_for(login, database.address.url)
    say(f"Service de fond {'créé' if is_new else 'à jour'} : {login}")
    if password is not None and not (arguments.password_stdin or arguments.ask_password):
        say(f"Phrase de passe, montrée une seule fois : {password}")
    say("Sur la machine où il tournera, avec le compte du service :")
    say(f"  backoffice password --database {url}")
    say(f"  backoffice worker --database {url}")
    return 0


def create_reader(arguments: Namespace) -> int:
    """The login that saves and checks the whole base."""
    with _administered(arguments.database) as database:
        login = arguments.login.strip()
        with database.read() as session:
            lacking = lacks_password(session, login)
        password = _new_password(arguments, login, "", needed=lacking)
        with database.write() as session:
            is_new = make_reader(session, login, SystemClock().now(), password)
        url = _address_for(login, database.address.url)
    say(f"Identifiant de lecture {'créé' if is_new else 'à jour'} : {login}")
    if password is not None and not (arguments.password_stdin or arguments.ask_password):
        say(f"Phrase de passe, montrée une seule fois : {password}")
    say("Sur la machine du service de fond, avec son compte :")
    say(f"  backoffice password --database {url}")
    say(f"  backoffice settings backup_login {login}")
    say("  backoffice settings backup_folder DOSSIER")
    return 0


def _address_for(login: str, url: URL) -> str:
    """What to type on another machine: its own way to the certificate of the authority is left to add there."""
    host = "SERVEUR" if is_this_computer(url) else str(url.host)
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{login}@{host}{port}/{url.database}"


def _say_agent(agent: AgentView) -> None:
    gone = "" if agent.active else " (n'a plus d'accès)"
    say(f"{agent.login} : {agent.name}{gone}")
    for post in agent.posts:
        say(f"    {post.role.label} — {post.place}")


def _post(arguments: Namespace) -> Post:
    return Post(Role.parse(arguments.role), arguments.service, arguments.structure)


def _shown(post: Post) -> str:
    place = " / ".join(code for code in (post.service, post.structure) if code)
    return f"{post.role.label}, {place or 'toute la commune'}"


# --- passwords -------------------------------------------------------------------------------------------------


def _new_password(arguments: Namespace, login: str, name: str, *, needed: bool) -> str | None:
    """Typed, read or drawn, and judged; None when the login keeps the one it has."""
    if arguments.without_password:
        return None
    if arguments.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif arguments.ask_password:
        password = ask_new_password()
    else:
        return draw_passphrase() if needed else None
    judge(password, login, name)
    return password


def ask_new_password() -> str:
    """Typed twice. Raises UserError `password.no_terminal`, `password.different`."""
    password = ask_password("Nouveau mot de passe : ")
    if ask_password("Encore une fois : ") != password:
        raise UserError("password.different")
    return password


def ask_password(words: str) -> str:
    """Typed without being shown. Raises UserError `password.no_terminal`."""
    if not sys.stdin.isatty():
        raise UserError("password.no_terminal")
    return getpass.getpass(words)


def _say_password(arguments: Namespace, password: str | None) -> None:
    if password is None:
        say("Son mot de passe ne change pas.")
    elif not (arguments.password_stdin or arguments.ask_password):
        say(f"Phrase de passe, montrée une seule fois : {password}")
        say("À remettre en main propre. À la première connexion : menu à son nom, « Changer mon mot de passe… ».")


# --- who administers -------------------------------------------------------------------------------------------


@contextmanager
def _administered(asked: str | None, enter: Enter = at_this_schema) -> Iterator[Database]:
    """The shared database, entered by the administrator of its server. Raises what `enter` raises."""
    database = entered(shared(database_address(asked, os.environ)), enter)
    try:
        with database.engine.connect() as connection:
            refuse_unfit(connection)
        yield database
    finally:
        database.close()
