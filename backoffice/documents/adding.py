"""A document arrives: at the counter, by mail, from the portal. Its files were judged before: here they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from backoffice.documents.contents import keep_content
from backoffice.documents.events import DocumentsChanged
from backoffice.documents.kinds import DocumentState, Origin, Owner
from backoffice.documents.safety.rules import QUARANTINE
from backoffice.documents.safety.verdict import JudgedFile
from backoffice.documents.tables import DocumentFileRow, DocumentRow, DocumentTypeRow
from backoffice.families.queries import is_member
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.errors import UserError
from backoffice.kernel.resources import load_toml
from backoffice.kernel.zone import PARIS

_NAME_LENGTH = 255


@dataclass(frozen=True)
class AddDocument(Command[int]):
    """One sending of a document by a family; answers it. `person_id`: whom it is about, none for the family.

    `files`: judged beforehand, all accepted. `received_at`: when it came, none for now. Asks `documents.sent_already`
    when this family already sent the same file for the same thing.
    """

    family_id: int
    person_id: int | None
    type_code: str
    origin: Origin
    files: tuple[JudgedFile, ...]
    received_at: datetime | None = None


@use_case(AddDocument, permission="documents.add", action="document.added")
def add_document(command: AddDocument, context: Context) -> int:
    """Raises UserError `documents.type_unknown`, `documents.no_file`, `documents.refused` (with the sentence of the
    first file that is not let in), `documents.waiver_person`, `documents.too_many`."""
    session = context.session
    asked = session.scalars(select(DocumentTypeRow).where(DocumentTypeRow.code == command.type_code)).one_or_none()
    if asked is None:
        raise UserError("documents.type_unknown")
    if not command.files:
        raise UserError("documents.no_file")
    for each in command.files:
        if not each.verdict.accepted:
            raise UserError("documents.refused", name=each.file.name, sentence=each.verdict.sentence)
    if (asked.owner == Owner.FAMILY) != (command.person_id is None) or (
        command.person_id is not None and not is_member(session, command.family_id, command.person_id)
    ):
        raise UserError("documents.person", document=asked.name)
    _refuse_flood(command, context)
    received_at = command.received_at or context.now
    _ask_if_sent(command, context, asked)
    row = DocumentRow(
        family_id=command.family_id, person_id=command.person_id, type_id=asked.id, state=DocumentState.PENDING,
        origin=command.origin, received_at=received_at, decided_at=None, decided_by="", reason="", comment="",
        valid_from=None, valid_to=None, facts={},
    )
    session.add(row)
    session.flush()
    for position, each in enumerate(command.files, start=1):
        file = DocumentFileRow(
            document_id=row.id, family_id=command.family_id, position=position,
            name=each.file.name[-_NAME_LENGTH:], media_type=each.verdict.media_type, size=len(each.content),
            sha256=each.sha256, pages=each.verdict.pages, flags=list(each.verdict.flags), rotation=0,
            is_quarantined=QUARANTINE in each.verdict.flags,
        )
        session.add(file)
        session.flush()
        keep_content(context, file.id, each.content)
    context.record(f"document {row.id}", type=asked.code, files=len(command.files), origin=command.origin.value)
    context.events.append(DocumentsChanged(command.family_id))
    return row.id


def _refuse_flood(command: AddDocument, context: Context) -> None:
    limit = load_toml("documents.toml")["intake"]["files_a_day"]
    sent = context.session.scalar(
        select(func.count()).select_from(DocumentFileRow)
        .join(DocumentRow, DocumentRow.id == DocumentFileRow.document_id)
        .where(DocumentFileRow.family_id == command.family_id,
               DocumentRow.received_at > context.now - timedelta(days=1))
    ) or 0
    if sent + len(command.files) > limit:
        raise UserError("documents.too_many", limit=limit)


def _ask_if_sent(command: AddDocument, context: Context, asked: DocumentTypeRow) -> None:
    """The same file of the same family, for the same person and the same type: said, and kept if it is meant."""
    twin = context.session.scalar(
        select(DocumentRow.received_at).join(DocumentFileRow, DocumentFileRow.document_id == DocumentRow.id)
        .where(
            DocumentFileRow.family_id == command.family_id,
            DocumentFileRow.sha256.in_([each.sha256 for each in command.files]),
            DocumentRow.type_id == asked.id, DocumentRow.person_id.is_not_distinct_from(command.person_id),
        )
        .order_by(DocumentRow.received_at.desc()).limit(1)
    )
    if twin is not None:
        context.confirm("documents.sent_already", document=asked.name, day=twin.astimezone(PARIS).date())
