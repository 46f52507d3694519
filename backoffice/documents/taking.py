"""Whose eyes a piece is under: two agents never look at the same one, and one left aside comes back by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from backoffice.documents.kinds import Sensitivity
from backoffice.documents.tables import DocumentRow, DocumentTakeRow, DocumentTypeRow
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.batches import batches
from backoffice.kernel.bulk import is_shared, remove
from backoffice.kernel.errors import UserError
from backoffice.kernel.resources import load_toml

_AT_ONCE = 50


@dataclass(frozen=True)
class TakePiece(Command[int | None]):
    """Take the first of these pieces that waits and that nobody else has; answers it, None when there is none left.

    `wanted`: the queue as the agent sees it, in its order. What this agent had taken before goes back.
    """

    wanted: tuple[int, ...]


@use_case(TakePiece, permission="documents.review", action="document.taken")
def take_piece(command: TakePiece, context: Context) -> int | None:
    session, login = context.session, context.actor.login
    until = context.now + timedelta(minutes=load_toml("documents.toml")["queue"]["take_minutes"])
    _give_back(context)
    for document_id in chain.from_iterable(_free(context, some) for some in batches(command.wanted, _AT_ONCE)):
        insert = postgresql.insert if is_shared(session) else sqlite.insert
        taking = insert(DocumentTakeRow).values(document_id=document_id, login=login, until=until)
        taken = session.scalar(taking.on_conflict_do_update(
            index_elements=["document_id"], set_={"login": login, "until": until},
            where=or_(DocumentTakeRow.until <= context.now, DocumentTakeRow.login == login),
        ).returning(DocumentTakeRow.document_id))
        if taken is None:
            continue
        if _waits(context, document_id):
            context.record(f"document {document_id}")
            return document_id
        forget_take(context, document_id)
    return None


def _waits(context: Context, document_id: int) -> bool:
    """Whoever had it may have decided it while we waited for it."""
    waiting = select(DocumentRow.id).where(DocumentRow.id == document_id, DocumentRow.decided_at.is_(None))
    return context.session.scalar(waiting) is not None


def _free(context: Context, wanted: Sequence[int]) -> list[int]:
    """Those of a batch that seemed free a moment ago, in the order asked; a whole queue is not read to take one."""
    row, take = DocumentRow, DocumentTakeRow
    order = {document_id: place for place, document_id in enumerate(wanted)}
    held = select(take.document_id).where(take.until > context.now, take.login != context.actor.login)
    statement = select(row.id).where(row.id.in_(wanted), row.decided_at.is_(None), row.id.not_in(held))
    if not context.actor.may("health.read"):  # nobody is handed what they may not open
        closed = select(DocumentTypeRow.id).where(DocumentTypeRow.sensitivity == Sensitivity.HEALTH)
        statement = statement.where(row.type_id.not_in(closed))
    return sorted(context.session.scalars(statement), key=order.__getitem__)


@dataclass(frozen=True)
class GiveBack(Command[None]):
    """What this agent has taken goes back to the queue now."""


@use_case(GiveBack, permission="documents.review", action="document.given_back")
def give_back(_command: GiveBack, context: Context) -> None:
    _give_back(context)


def _give_back(context: Context) -> None:
    mine = select(DocumentTakeRow.document_id).where(DocumentTakeRow.login == context.actor.login)
    remove(context.session, DocumentTakeRow, list(context.session.scalars(mine)))


def refuse_taken(context: Context, document_id: int) -> None:
    """What a colleague has under their eyes is theirs to decide. Raises UserError `documents.taken_by_other`."""
    take = DocumentTakeRow
    holder = context.session.scalar(select(take.login).where(
        take.document_id == document_id, take.until > context.now, take.login != context.actor.login
    ))
    if holder is not None:
        raise UserError("documents.taken_by_other", agent=holder)


def forget_take(context: Context, document_id: int) -> None:
    """A decided piece is nobody's."""
    if is_shared(context.session):
        remove(context.session, DocumentTakeRow, [document_id])
    else:
        context.session.execute(delete(DocumentTakeRow).where(DocumentTakeRow.document_id == document_id))
