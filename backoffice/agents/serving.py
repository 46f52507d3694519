"""The logins that are no agent's, made by the administrator of the server: the background service, and who reads the
whole base to save it and to check it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, text

from backoffice.agents.appointing import is_reader, is_worker, join_group, refresh, tell
from backoffice.agents.passwords import put_password, quoted
from backoffice.agents.tables import AgentRow
from backoffice.kernel.access.statements import READERS, WORKERS
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError

_CONNECTIONS = 24
"""Two services, one of which waits, and a connection for each task."""
_READING_CONNECTIONS = 4
"""A backup takes two, and may meet a verification."""


def make_worker(session: Session, login: str, now: datetime, password: str | None = None) -> bool:
    """The login of a background service; twice is once. True when it is new.

    `password` travels as its SCRAM verifier; None leaves the login as it is. Raises UserError `agent.login_reserved`
    for a name of the server or of the program, `worker.login_is_agent`, `worker.login_is_reader`.
    """
    login = login.strip()
    if is_reader(session, login):
        raise UserError("worker.login_is_reader", login=login)
    is_new = _make_login(session, login, f"NOBYPASSRLS CONNECTION LIMIT {_CONNECTIONS}", password)
    if not is_worker(session, login):
        join_group(session, quoted(session, login), WORKERS)
    refresh(session, login)
    tell(session, now, "worker.made", login)
    return is_new


def make_reader(session: Session, login: str, now: datetime, password: str | None = None) -> bool:
    """The login that reads every row and changes none; twice is once. True when it is new.

    Policies do not hold it back: a backup, or an invariant, that misses rows would lie. It reads no verifier of a
    password. Raises UserError as `make_worker`, `worker.login_is_worker`.
    """
    login = login.strip()
    if is_worker(session, login):
        raise UserError("worker.login_is_worker", login=login)
    is_new = _make_login(session, login, f"BYPASSRLS CONNECTION LIMIT {_READING_CONNECTIONS}", password)
    role = quoted(session, login)
    join_group(session, role, READERS)
    session.execute(text(f"ALTER ROLE {role} SET default_transaction_read_only = on"))
    tell(session, now, "reader.made", login)
    return is_new


def _make_login(session: Session, login: str, power: str, password: str | None) -> bool:
    """A login that may connect here, and nothing else but `power`. True when it is new."""
    known = session.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = :login"), {"login": login})
    if not login or login.startswith(("pg_", "enf_")) or known:
        raise UserError("agent.login_reserved", login=login)
    if session.scalar(select(AgentRow.id).where(AgentRow.login == login)):
        raise UserError("worker.login_is_agent", login=login)
    role = quoted(session, login)
    if known is None:
        session.execute(text(f"CREATE ROLE {role}"))
    session.execute(text(
        f"ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT {power}"
    ))
    if password is not None:
        put_password(session, login, password)
    database = quoted(session, str(session.scalar(text("SELECT current_database()"))))
    session.execute(text(f"GRANT CONNECT ON DATABASE {database} TO {role}"))
    return known is None
