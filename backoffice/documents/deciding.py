"""Accepting a piece, rejecting it with words the family reads, and taking either back while its mail is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from backoffice.documents.contents import open_content
from backoffice.documents.events import DocumentsChanged
from backoffice.documents.kinds import DocumentState, Feed, Owner, Sensitivity
from backoffice.documents.safety.rules import INFECTED
from backoffice.documents.starting import OTHER_REASON, reject_reasons
from backoffice.documents.tables import DocumentFileRow, DocumentRow, DocumentTypeRow
from backoffice.documents.taking import forget_take, refuse_taken
from backoffice.families.commands import RestoreQuotients, SetQuotient
from backoffice.families.commands.histories import HistoryChange, restore_quotients, set_quotient
from backoffice.families.queries import HeldQuotient, is_member, members_of
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.errors import InvalidFields, PermissionDenied, UserError
from backoffice.kernel.permissions import PERMISSIONS
from backoffice.letters.saying import say, unsay

COMMENT_LENGTH = 500
_ABOUT = "document"
_LETTER = "documents_decided"


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision. `version` goes with `UndoDecision`, as does `quotients` when the file was changed."""

    document_id: int
    version: int
    quotients: HistoryChange[HeldQuotient] | None = None


@dataclass(frozen=True)
class AcceptDocument(Command[Decided]):
    """« Valider ». `valid_from`, `valid_to`: the days it covers, confirmed by the agent.

    `quotient`: read on a document that feeds it, with the day it holds from; the family's file then says it too.
    """

    document_id: int
    version: int
    valid_from: date
    valid_to: date | None
    quotient: Decimal | None = None
    quotient_from: date | None = None


@use_case(AcceptDocument, permission="documents.review", action="document.accepted")
def accept_document(command: AcceptDocument, context: Context) -> Decided:
    """Raises UserError `documents.decided_already`, `documents.taken_by_other`, `documents.quarantined`,
    `documents.infected`, InvalidFields; PermissionDenied when a quotient is given by who may not change the file of
    the family."""
    row, asked = _pending(context, command.document_id, command.version)
    _refuse_unseen(context, row.id)
    if command.valid_to is not None and command.valid_to < command.valid_from:
        raise InvalidFields({"valid_to": UserError("documents.validity_backwards")})
    quotients = None
    if command.quotient is not None and asked.feeds == Feed.QUOTIENT:
        if not context.actor.may("families.edit"):  # what was confirmed is kept, or nothing is
            raise PermissionDenied("permission.denied", permission=PERMISSIONS["families.edit"])
        since = command.quotient_from or command.valid_from
        quotients = set_quotient(
            SetQuotient(row.family_id, command.quotient, asked.name[:60], since, command.valid_to), context
        )
        row.facts = {"quotient": str(command.quotient), "from": since.isoformat()}
    row.valid_from, row.valid_to = command.valid_from, command.valid_to
    row.comment = row.reason = ""
    _decide(context, row, DocumentState.ACCEPTED)
    until = {"until": command.valid_to.isoformat()} if command.valid_to else {}
    say(context, row.family_id, _LETTER, _ABOUT, row.id, {"outcome": "accepted", **_said(context, row, asked), **until})
    return Decided(row.id, row.version, quotients)


@dataclass(frozen=True)
class RejectDocument(Command[Decided]):
    """« Rejeter » with a reason; `comment` is what the family reads, the words of the reason or the agent's own."""

    document_id: int
    version: int
    reason: str
    comment: str


@use_case(RejectDocument, permission="documents.review", action="document.rejected")
def reject_document(command: RejectDocument, context: Context) -> Decided:
    """Raises UserError `documents.decided_already`, `documents.taken_by_other`, InvalidFields."""
    row, asked = _pending(context, command.document_id, command.version)
    comment = " ".join(command.comment.split())
    problems = {}
    if command.reason not in reject_reasons():
        problems["reason"] = UserError("documents.reason_missing")
    if not comment:
        problems["comment"] = UserError("documents.comment_missing")
    elif len(comment) > COMMENT_LENGTH:
        problems["comment"] = UserError("documents.comment_too_long", limit=COMMENT_LENGTH)
    if problems:
        raise InvalidFields(problems)
    row.reason, row.comment = command.reason, comment
    row.valid_from = row.valid_to = None
    _decide(context, row, DocumentState.REJECTED)
    said = reject_reasons()[command.reason]
    label = {} if said.code == OTHER_REASON else {"reason": said.label}
    facts = {"outcome": "rejected", **_said(context, row, asked), **label, "comment": comment}
    say(context, row.family_id, _LETTER, _ABOUT, row.id, facts)
    return Decided(row.id, row.version)


@dataclass(frozen=True)
class UndoDecision(Command[int]):
    """Take a decision back while the family has not read it; answers the new version. `decided`: what it answered."""

    decided: Decided


@use_case(UndoDecision, permission="documents.review", action="document.decision_undone")
def undo_decision(command: UndoDecision, context: Context) -> int:
    """Raises UserError `documents.letter_left`, `record.changed_meanwhile`."""
    decided = command.decided
    row = _held(context, decided.document_id)
    if row.version != decided.version or row.state == DocumentState.PENDING:
        raise UserError("record.changed_meanwhile")
    if not unsay(context, _ABOUT, row.id):
        raise UserError("documents.letter_left")
    if decided.quotients is not None:
        change = decided.quotients
        restore_quotients(RestoreQuotients(row.family_id, change.after, change.before), context)
    row.state, row.decided_at, row.decided_by = DocumentState.PENDING, None, ""
    row.reason = row.comment = ""
    row.valid_from = row.valid_to = None
    row.facts = {}
    return _done(context, row)


@dataclass(frozen=True)
class ChangeDocument(Command[int]):
    """It is another document, or somebody else's; answers the new version. What stood before undoes it."""

    document_id: int
    version: int
    type_id: int
    person_id: int | None


@use_case(ChangeDocument, permission="documents.review", action="document.changed")
def change_document(command: ChangeDocument, context: Context) -> int:
    """Raises UserError `documents.decided_already`, `documents.taken_by_other`, `documents.type_unknown`,
    `documents.person`."""
    row, _ = _pending(context, command.document_id, command.version)
    asked = context.session.get(DocumentTypeRow, command.type_id)
    if asked is None:
        raise UserError("documents.type_unknown")
    if (asked.owner == Owner.FAMILY) != (command.person_id is None) or (
        command.person_id is not None and not is_member(context.session, row.family_id, command.person_id)
    ):
        raise UserError("documents.person", document=asked.name)
    row.type_id, row.person_id = asked.id, command.person_id
    return _done(context, row)


@dataclass(frozen=True)
class RotateFile(Command[None]):
    """Keep a file turned as it is read: `rotation` quarter turns to the right, 0 to 3."""

    file_id: int
    rotation: int


@use_case(RotateFile, permission="documents.review", action="document.rotated")
def rotate_file(command: RotateFile, context: Context) -> None:
    """Raises UserError `documents.gone`."""
    row = context.session.get(DocumentFileRow, command.file_id)
    if row is None:
        raise UserError("documents.gone")
    row.rotation = command.rotation % 4
    context.record(f"document {row.document_id}", rotation=row.rotation)


@dataclass(frozen=True)
class OpenFile(Command[bytes]):
    """The bytes of a file. A command and not a question: opening what is sensitive stays for ever."""

    file_id: int


@use_case(OpenFile, permission="documents.read", action="document.opened")
def open_file(command: OpenFile, context: Context) -> bytes:
    """Raises UserError `documents.gone`, `documents.quarantined`, PermissionDenied."""
    content = open_content(context, command.file_id)
    context.record(f"file {command.file_id}")
    return content


def _held(context: Context, document_id: int) -> DocumentRow:
    row = context.session.get(DocumentRow, document_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise UserError("documents.gone")
    return row


def _pending(context: Context, document_id: int, version: int) -> tuple[DocumentRow, DocumentTypeRow]:
    """The piece that was shown, still to decide. Held: of two agents who decide at once, one hears of the other.

    Nobody decides on what they may not open. Raises UserError, PermissionDenied.
    """
    row = _held(context, document_id)
    if row.state != DocumentState.PENDING:
        raise UserError("documents.decided_already", agent=row.decided_by, state=DocumentState(row.state).label.lower())
    if row.version != version:
        raise UserError("record.changed_meanwhile")
    refuse_taken(context, document_id)
    asked = context.session.scalars(select(DocumentTypeRow).where(DocumentTypeRow.id == row.type_id)).one()
    if asked.sensitivity == Sensitivity.HEALTH and not context.actor.may("health.read"):
        raise PermissionDenied("permission.denied", permission=PERMISSIONS["health.read"])
    return row, asked


def _refuse_unseen(context: Context, document_id: int) -> None:
    """Nobody validates what nobody could open. Raises UserError."""
    flags = context.session.scalars(
        select(DocumentFileRow.flags).where(DocumentFileRow.document_id == document_id, DocumentFileRow.is_quarantined)
    ).all()
    if flags:
        infected = any(INFECTED in found for found in flags)
        raise UserError("documents.infected" if infected else "documents.quarantined")


def _decide(context: Context, row: DocumentRow, state: DocumentState) -> None:
    row.state, row.decided_at, row.decided_by = state, context.now, context.actor.login
    _done(context, row)
    forget_take(context, row.id)


def _done(context: Context, row: DocumentRow) -> int:
    context.session.flush()
    context.record(f"document {row.id}", type=row.type_id)
    context.events.append(DocumentsChanged(row.family_id))
    return row.version


def _said(context: Context, row: DocumentRow, asked: DocumentTypeRow) -> dict[str, object]:
    """What the mail says of a document, whatever was decided."""
    people = {member.person_id: member.name for member in members_of(context.session, [row.family_id])}
    person = people.get(row.person_id or 0)
    return {"document": asked.name, **({"person": person} if person else {})}
