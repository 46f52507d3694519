"""Agents of a shared database, made and unmade by its administrator on the server: never through the door.

An agent is a login of the server, a row of `agents`, and roles given on the town, a service or a structure. From the
grants come the scopes that the policies read, and the groups of the server: all three move together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, text

from backoffice.agents.passwords import put_password, quoted, shared_logins
from backoffice.agents.roles import Role
from backoffice.agents.rules import refuse_login
from backoffice.agents.tables import AgentGrantRow, AgentRow, AgentScopeRow
from backoffice.catalog.queries import service_id_of, structure_id_of
from backoffice.kernel.access.rights import rights
from backoffice.kernel.access.statements import AGENTS, READERS, WORKERS, group_of
from backoffice.kernel.audit import AuditRow, details_as_text
from backoffice.kernel.database import Database, Session
from backoffice.kernel.errors import NeedsConfirmation, UserError

CONNECTIONS_OF_AN_AGENT = 12
"""Enough for two windows; one login cannot take every place of the server."""


@dataclass(frozen=True, slots=True)
class Post:
    """A role, and where it holds: everywhere, on a service (by code), or on one structure of a service."""

    role: Role
    service: str = ""
    structure: str = ""

    @property
    def shown(self) -> str:
        return " / ".join(part for part in (self.role.value, self.service, self.structure) if part)


def refuse_shared_login(login: str, *, agreed: bool) -> None:
    """Raises NeedsConfirmation `agent.shared_login` for the name of a desk or of a service, unless that was agreed."""
    if login in shared_logins() and not agreed:
        raise NeedsConfirmation("agent.shared_login", login=login)


def lacks_password(session: Session, login: str) -> bool:
    """Whether an agent to be made needs one: a new login, one without password, an agent who comes back."""
    has = session.scalar(text("SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = :login"), {"login": login})
    active = session.scalar(select(AgentRow.active).where(AgentRow.login == login))
    return not has or active is False


def make_agent(session: Session, login: str, name: str, now: datetime, password: str | None = None) -> bool:
    """The agent and the login; twice is once, and an agent who left is back. True when the login is new.

    `password` travels as its SCRAM verifier; None leaves the login as it is. Raises UserError `agent.name_missing`,
    `agent.login_shape`, `agent.login_reserved` for a name of the server or of the program.
    """
    login, name = login.strip(), name.strip()
    if not login or not name:
        raise UserError("agent.name_missing")
    refuse_login(login)
    if login.startswith(("pg_", "enf_")) or is_worker(session, login) or is_reader(session, login):
        raise UserError("agent.login_reserved", login=login)
    known = session.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = :login"), {"login": login})
    if known:
        raise UserError("agent.login_reserved", login=login)
    role = quoted(session, login)
    if known is None:
        session.execute(text(f"CREATE ROLE {role}"))
    session.execute(text(
        f"ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT"
        f" CONNECTION LIMIT {CONNECTIONS_OF_AN_AGENT}"
    ))
    if password is not None:
        put_password(session, login, password)
    row = session.scalar(select(AgentRow).where(AgentRow.login == login))
    if row is None:
        row = AgentRow(login=login, name=name, active=True)
        session.add(row)
    row.name, row.active = name, True
    session.flush()
    refresh(session, login)
    tell(session, now, "agent.made", login)
    return known is None


def give(session: Session, login: str, post: Post, now: datetime) -> bool:
    """Give a role somewhere; twice is once. False when the agent had it.

    Raises UserError `agent.no_such`, `agent.gone`, `catalog.unknown_service`, `catalog.unknown_structure`.
    """
    agent = _agent(session, login)
    if not agent.active:
        raise UserError("agent.gone", login=login)
    place = _place(session, post)
    is_new = session.scalar(_same(agent.id, post, place)) is None
    if is_new:
        session.add(AgentGrantRow(agent_id=agent.id, role=post.role.value, service_id=place[0], structure_id=place[1]))
        session.flush()
        tell(session, now, "agent.granted", login, post=post.shown)
    refresh(session, login)
    return is_new


def take(session: Session, login: str, post: Post, now: datetime) -> bool:
    """Take a role back; twice is once. False when the agent had it not.

    Raises UserError `agent.no_such`, `catalog.unknown_service`, `catalog.unknown_structure`.
    """
    agent = _agent(session, login)
    row = session.scalar(_same(agent.id, post, _place(session, post)))
    if row is not None:
        session.delete(row)
        session.flush()
        tell(session, now, "agent.revoked", login, post=post.shown)
    refresh(session, login)
    return row is not None


def reset_password(session: Session, login: str, password: str, now: datetime) -> None:
    """Another password for an agent who lost theirs. Raises UserError `agent.no_such`, `agent.gone`."""
    if not _agent(session, login).active:
        raise UserError("agent.gone", login=login)
    put_password(session, login, password)
    tell(session, now, "agent.password_reset", login)


def name_of(session: Session, login: str) -> str:
    """The name of an agent. Raises UserError `agent.no_such`."""
    return _agent(session, login).name


def disable_agent(database: Database, login: str, now: datetime) -> bool:
    """An agent leaves: no new connection, then nothing to see for the open ones, then their end. In this order.

    A login that works in another database of the server still enters that one. Each step is committed before the
    next: one that fails leaves the safer half done, and the same command goes on.
    False when the agent had left already. Raises UserError `agent.no_such`.
    """
    with database.write() as session:
        _agent(session, login)
        if _has_role(session, login) and not groups_elsewhere(session, login):
            session.execute(text(f"ALTER ROLE {quoted(session, login)} NOLOGIN"))
    with database.write() as session:
        agent = _agent(session, login)
        was_active, agent.active = agent.active, False
        session.flush()
        refresh(session, login)
        if was_active:
            tell(session, now, "agent.disabled", login)
    end_sessions(database, login)
    return was_active


def end_sessions(database: Database, login: str) -> None:
    """End every connection of a login to this database, at once."""
    with database.write() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = :login AND datname = current_database()"
            ),
            {"login": login},
        )


def refresh(session: Session, login: str) -> None:
    """Make the right to connect, scopes and groups what the grants say; nothing for an agent who left.

    The background service's are fixed.
    """
    rows = session.execute(
        select(AgentGrantRow.role, AgentGrantRow.service_id, AgentGrantRow.structure_id)
        .join(AgentRow, AgentRow.id == AgentGrantRow.agent_id)
        .where(AgentRow.login == login, AgentRow.active)
    ).all()
    scopes = {(name, row.service_id, row.structure_id) for row in rows for name in Role(row.role).permissions}
    if is_worker(session, login):
        scopes = {(name, None, None) for name in rights().worker.permissions}
    session.execute(delete(AgentScopeRow).where(AgentScopeRow.login == login))
    if scopes:
        session.execute(insert(AgentScopeRow), [
            {"login": login, "permission": name, "service_id": service, "structure_id": structure}
            for name, service, structure in sorted(scopes, key=str)
        ])
    if not _has_role(session, login):  # somebody dropped it behind our back
        return
    here = {group_of(name) for name, _, _ in scopes}
    role = quoted(session, login)
    database = quoted(session, str(session.scalar(text("SELECT current_database()"))))
    if is_worker(session, login) or _agent(session, login).active:
        session.execute(text(f"GRANT CONNECT ON DATABASE {database} TO {role}"))
        if not is_worker(session, login):
            here.add(AGENTS)
    else:
        session.execute(text(f"REVOKE CONNECT ON DATABASE {database} FROM {role}"))
    _note_held(session, login, here)
    wanted = here | groups_elsewhere(session, login)
    for group in (AGENTS, *map(group_of, rights().permissions)):
        if group in wanted:
            join_group(session, role, group)
        else:
            session.execute(text(f"REVOKE {group} FROM {role}"))


def groups_elsewhere(session: Session, login: str) -> set[str]:
    """The groups that the other databases of this server give a login.

    Groups belong to the whole server: what one database takes back, another may still give, a training one for
    instance. In each, the policies ask for a scope as well, which is its own.
    """
    return {group for place, groups in _held(session, login).items() if place != _here(session) for group in groups}


def _here(session: Session) -> int:
    return int(session.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()")) or 0)


def _held(session: Session, login: str) -> dict[int, set[str]]:
    """What each database of the server says that it gives a login, by the number of the database.

    It is kept as the comment of the login, which every database reads and no agent can write, not even on their own.
    """
    told = session.scalar(
        text("SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = :login"), {"login": login}
    )
    standing = set(session.scalars(text("SELECT oid FROM pg_database")))
    lines = [line.partition(": ") for line in (told or "").splitlines()]
    return {int(place): set(groups.split()) for place, _, groups in lines if place.isdigit() and int(place) in standing}


def _note_held(session: Session, login: str, groups: set[str]) -> None:
    held = _held(session, login) | {_here(session): groups}
    told = "\n".join(f"{place}: {' '.join(sorted(each))}" for place, each in sorted(held.items()) if each)
    session.execute(text(f"COMMENT ON ROLE {quoted(session, login)} IS '{told}'".replace(":", r"\:")))


def refresh_all(session: Session) -> None:
    """After the rights of the roles changed with the program."""
    held = select(AgentScopeRow.login).where(AgentScopeRow.permission.in_(rights().worker.permissions))
    for login in session.scalars(select(AgentRow.login).union(held)).all():
        refresh(session, login)


def count_without_password(session: Session) -> int:
    """How many agents the server would know by no password: a backup made by who only reads carries none."""
    return session.scalar(text(
        "SELECT count(*) FROM agents a JOIN pg_authid r ON r.rolname = a.login WHERE a.active AND r.rolpassword IS NULL"
    )) or 0


def is_worker(session: Session, login: str) -> bool:
    """Whether a login is one of the background service."""
    return _is_in(session, login, WORKERS)


def is_reader(session: Session, login: str) -> bool:
    """Whether a login is one that reads the whole base."""
    return _is_in(session, login, READERS)


def _is_in(session: Session, login: str, group: str) -> bool:
    return bool(session.scalar(
        text(
            "SELECT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member"
            " WHERE m.roleid = CAST(:group AS regrole) AND r.rolname = :login)"
        ),
        {"group": group, "login": login},
    ))


def _has_role(session: Session, login: str) -> bool:
    return session.scalar(text("SELECT true FROM pg_roles WHERE rolname = :login"), {"login": login}) is True


def join_group(session: Session, role: str, group: str) -> None:
    """Make a (quoted) login a member of a group."""
    # The rights of the group, and never its name: an agent cannot SET ROLE to anything.
    session.execute(text(f"GRANT {group} TO {role} WITH INHERIT TRUE, SET FALSE, ADMIN FALSE"))


def _agent(session: Session, login: str) -> AgentRow:
    row = session.scalar(select(AgentRow).where(AgentRow.login == login))
    if row is None:
        raise UserError("agent.no_such", login=login)
    return row


def _place(session: Session, post: Post) -> tuple[int | None, int | None]:
    if not post.service:
        if post.structure:
            raise UserError("agent.structure_without_service")
        return None, None
    service = service_id_of(session, post.service)
    return service, structure_id_of(session, post.structure) if post.structure else None


def _same(agent_id: int, post: Post, place: tuple[int | None, int | None]) -> Any:
    return select(AgentGrantRow).where(
        AgentGrantRow.agent_id == agent_id,
        AgentGrantRow.role == post.role.value,
        AgentGrantRow.service_id.is_not_distinct_from(place[0]),
        AgentGrantRow.structure_id.is_not_distinct_from(place[1]),
    )


def tell(session: Session, now: datetime, action: str, login: str, **details: object) -> None:
    """Outside the door, so with its own journal line: by the administrator's login."""
    actor = str(session.scalar(text("SELECT session_user")))
    session.add(AuditRow(
        at=now, actor=actor, action=action, subject=f"agent {login}", details=details_as_text(details), op_id=None
    ))

