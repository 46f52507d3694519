"""The login of the background service, made by the administrator of the server: it is no agent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, text

from backoffice.agents.appointing import is_worker, join_group, refresh, tell
from backoffice.agents.passwords import put_password, quoted
from backoffice.agents.tables import AgentRow
from backoffice.kernel.access.statements import WORKERS
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError

_CONNECTIONS = 24
"""Two services, one of which waits, and a connection for each task."""


def make_worker(session: Session, login: str, now: datetime, password: str | None = None) -> bool:
    """The login of a background service; twice is once. True when it is new.

    `password` travels as its SCRAM verifier; None leaves the login as it is. Raises UserError `agent.login_reserved`
    for a name of the server or of the program, `worker.login_is_agent`.
    """
    login = login.strip()
    known = session.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = :login"), {"login": login})
    if not login or login.startswith(("pg_", "enf_")) or known:
        raise UserError("agent.login_reserved", login=login)
    if session.scalar(select(AgentRow.id).where(AgentRow.login == login)):
        raise UserError("worker.login_is_agent", login=login)
    role = quoted(session, login)
    if known is None:
        session.execute(text(f"CREATE ROLE {role}"))
    session.execute(text(
        f"ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT"
        f" CONNECTION LIMIT {_CONNECTIONS}"
    ))
    if password is not None:
        put_password(session, login, password)
    database = quoted(session, str(session.scalar(text("SELECT current_database()"))))
    session.execute(text(f"GRANT CONNECT ON DATABASE {database} TO {role}"))
    if not is_worker(session, login):
        join_group(session, role, WORKERS)
    refresh(session, login)
    tell(session, now, "worker.made", login)
    return known is None
