"""The one door: every change and every read of a person passes here, and nothing else opens a session.

A use case is a frozen command and its handler; the door checks the permission, opens one transaction, runs the
handler, writes the journal line in that transaction, commits, and only then publishes the events.
"""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar, cast
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from backoffice.kernel.actor import Actor
from backoffice.kernel.audit import ActingRow, AuditRow, details_as_text
from backoffice.kernel.clock import Clock
from backoffice.kernel.database import Database, Session
from backoffice.kernel.errors import EnvironmentFault, NeedsConfirmation, PermissionDenied, UserError
from backoffice.kernel.events import Event, EventBus
from backoffice.kernel.faults import Contention, InDoubt, violated_constraint
from backoffice.kernel.permissions import PERMISSIONS
from backoffice.kernel.progress import Progress, silent

_ATTEMPTS = 5
_PAUSE_SECONDS = 0.02

# SQLSTATE; on SQLite writers follow one another, so these would be our own bugs.
_FOREIGN_KEY_VIOLATION = "23503"
_UNIQUE_VIOLATION = "23505"

R = TypeVar("R")
C = TypeVar("C", bound="Command[Any]")
Q = TypeVar("Q", bound="Query[Any]")


@dataclass(frozen=True)
class Command(Generic[R]):
    """A change that an agent asks for. Commands that must not happen twice have a field `op_id: UUID | None`."""


@dataclass(frozen=True)
class Query(Generic[R]):
    """A read that an agent asks for; answers frozen rows, never mapped objects."""


@dataclass
class Context:
    """What a handler receives besides its command."""

    session: Session
    actor: Actor
    now: datetime
    today: date
    progress: Progress = silent
    confirmed: frozenset[str] = frozenset()
    events: list[Event] = field(default_factory=list)
    subject: str = ""
    details: dict[str, object] = field(default_factory=dict)

    def confirm(self, code: str, **params: object) -> None:
        """Ask one question; passes when the agent already said yes. Raises NeedsConfirmation."""
        if code not in self.confirmed:
            raise NeedsConfirmation(code, **params)

    def record(self, subject: str, **details: object) -> None:
        """What the journal line of this command is about: ids, numbers and counts, no names."""
        self.subject = subject
        self.details.update(details)


@dataclass(frozen=True)
class Reading:
    """What the handler of a query receives."""

    session: Session
    actor: Actor
    now: datetime
    today: date
    progress: Progress = silent


@dataclass(frozen=True)
class UseCase:
    """One registered command: who may, what the journal calls it, what runs."""

    permission: str
    action: str
    handler: Callable[[Any, Context], Any]


@dataclass(frozen=True)
class Read:
    """One registered query."""

    permission: str
    handler: Callable[[Any, Reading], Any]
    early: bool = False


USE_CASES: dict[type[Command[Any]], UseCase] = {}
READS: dict[type[Query[Any]], Read] = {}


def use_case(
    command: type[C], *, permission: str, action: str
) -> Callable[[Callable[[C, Context], R]], Callable[[C, Context], R]]:
    """Register the handler of a command with the permission it needs and its name in the journal."""

    def register(handler: Callable[[C, Context], R]) -> Callable[[C, Context], R]:
        _known(permission)
        if command in USE_CASES:
            raise ValueError(f"{command.__name__} already has a handler")
        USE_CASES[command] = UseCase(permission, action, handler)
        return handler

    return register


def read(
    query: type[Q], *, permission: str, early: bool = False
) -> Callable[[Callable[[Q, Reading], R]], Callable[[Q, Reading], R]]:
    """Register the handler of a query with the permission it needs.

    `early`: asked by the first page, it needs no other wing and is answered before they are loaded.
    """

    def register(handler: Callable[[Q, Reading], R]) -> Callable[[Q, Reading], R]:
        _known(permission)
        if query in READS:
            raise ValueError(f"{query.__name__} already has a handler")
        READS[query] = Read(permission, handler, early)
        return handler

    return register


def _known(permission: str) -> None:
    if permission not in PERMISSIONS:
        raise ValueError(f"unknown permission {permission}")


class Application:
    """The door of one database for one actor."""

    def __init__(
        self,
        database: Database,
        actor: Actor,
        clock: Clock,
        events: EventBus | None = None,
        load_wings: Callable[[], None] = lambda: None,
    ) -> None:
        """`load_wings` loads what may have a part in any work, at the first work that is not `early`."""
        self._load_wings = load_wings
        self.database = database
        self.actor = actor
        self.clock = clock
        self.events = events or EventBus()
        self.commands_done = 0

    def execute(
        self, command: Command[R], *, confirmed: frozenset[str] = frozenset(), progress: Progress = silent
    ) -> R:
        """Run a command in one transaction on the calling thread.

        Raises PermissionDenied, NeedsConfirmation, UserError, EnvironmentFault; whatever is raised but InDoubt,
        nothing of the command remains. A command whose `op_id` is already in the journal raises UserError
        `operation.already_done`. Two transactions that dispute the same rows are told apart by doing this one again.
        """
        self._load_wings()
        case = USE_CASES[type(command)]
        self._check(case.permission)
        given = _operation_of(command)
        # Every change of the shared database has a name of its own: it lifts the doubt of a lost confirmation.
        op_id = given or (None if self.database.is_embedded else str(uuid4()))
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                result, events = self._attempt(case, command, op_id, confirmed, progress, known=given is not None)
                break
            except Contention:
                if attempt == _ATTEMPTS:
                    raise
                time.sleep(random.uniform(0, _PAUSE_SECONDS * 2**attempt))  # noqa: S311 - spreads agents, hides nothing
        self.commands_done += 1
        for event in events:
            self.events.publish(event)
        return result

    def _attempt(
        self, case: UseCase, command: Command[R], op_id: str | None, confirmed: frozenset[str], progress: Progress,
        *, known: bool,
    ) -> tuple[R, list[Event]]:
        """The command once, in one transaction; `known` says that the caller may have sent this operation before."""
        try:
            with self.database.write() as session:
                if known and self._is_done(session, op_id):
                    raise UserError("operation.already_done")
                if self.database.is_embedded:  # the journal of rows asks who acts; a server knows its logins
                    session.execute(update(ActingRow).values(login=self.actor.login, at=self.clock.now()))
                context = Context(session, self.actor, self.clock.now(), self.clock.today(), progress, confirmed)
                result = case.handler(command, context)
                session.add(
                    AuditRow(
                        at=context.now,
                        actor=self.actor.login,
                        action=case.action,
                        subject=context.subject,
                        details=details_as_text(context.details),
                        op_id=op_id,
                    )
                )
        except IntegrityError as exc:
            # The same operation, sent again, was faster than this one.
            if op_id is not None and violated_constraint(exc) == "uq_audit_journal_op_id":
                raise UserError("operation.already_done") from exc
            state = getattr(exc.orig, "sqlstate", None)
            if state == _FOREIGN_KEY_VIOLATION:
                # One agent removed what another was adding to: nothing of this command stands.
                raise UserError("record.changed_meanwhile") from exc
            if state == _UNIQUE_VIOLATION:
                # Two agents made the same row at once: the other one's stands, nothing of this command does.
                raise EnvironmentFault("database.done_meanwhile") from exc
            raise
        except InDoubt as doubt:
            self._lift(doubt, op_id)
        return result, context.events

    def _lift(self, doubt: InDoubt, op_id: str | None) -> None:
        """Ask again what became of an operation. Raises what can be said for certain, or the doubt itself."""
        try:
            stands = self._stands(op_id)
        except EnvironmentFault:
            raise doubt from None
        if not stands:
            raise EnvironmentFault("database.unreachable") from doubt

    def was_done(self, op_id: UUID) -> bool:
        """Whether an operation stands, once a lost connection that may still be confirming it has ended.

        Raises EnvironmentFault.
        """
        return self._stands(str(op_id))

    def _stands(self, op_id: str | None) -> bool:
        try:
            with self.database.write() as session:
                # The lost connection may still be confirming: writing the same name waits for it to end.
                session.add(AuditRow(
                    at=self.clock.now(), actor=self.actor.login, action="operation.asked", subject="", details="{}",
                    op_id=op_id,
                ))
                session.flush()
                session.rollback()
        except IntegrityError:
            return True
        return False

    @staticmethod
    def _is_done(session: Session, op_id: str | None) -> bool:
        return session.scalar(select(AuditRow.id).where(AuditRow.op_id == op_id)) is not None

    def ask(self, query: Query[R], *, progress: Progress = silent) -> R:
        """Answer a query from one consistent snapshot. Raises PermissionDenied, UserError, EnvironmentFault."""
        known = READS.get(type(query))
        if known is None or not known.early:
            self._load_wings()
        case = known or READS[type(query)]
        self._check(case.permission)
        with self.database.read() as session:
            now, today = self.clock.now(), self.clock.today()
            return cast(R, case.handler(query, Reading(session, self.actor, now, today, progress)))

    def _check(self, permission: str) -> None:
        if not self.actor.may(permission):
            raise PermissionDenied("permission.denied", permission=PERMISSIONS[permission])


def _operation_of(command: Command[Any]) -> str | None:
    fields: Mapping[str, Any] = {f.name: getattr(command, f.name) for f in dataclasses.fields(command)}
    op_id = fields.get("op_id")
    return str(op_id) if isinstance(op_id, UUID) else None
