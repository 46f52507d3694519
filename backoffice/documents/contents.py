"""The two ways to the bytes of a document: the functions of the shared database, or their table on an embedded one.

On the shared database the functions ask who is connected, refuse, and write the trace; here the program does.
"""

from __future__ import annotations

import logging

from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.types import LargeBinary

from backoffice.documents.kinds import Sensitivity
from backoffice.documents.safety.rules import INFECTED
from backoffice.documents.tables import (
    DocumentContentRow,
    DocumentFileRow,
    DocumentOpeningRow,
    DocumentRow,
    DocumentTypeRow,
)
from backoffice.kernel.application import Context
from backoffice.kernel.bulk import is_shared
from backoffice.kernel.errors import PermissionDenied, UserError
from backoffice.kernel.permissions import PERMISSIONS

_LOG = logging.getLogger("backoffice.documents")
_KEEP = text("SELECT keep_document_content(:file, :content)").bindparams(bindparam("content", type_=LargeBinary))
_OPEN = text("SELECT open_document(:file)")


def keep_content(context: Context, file_id: int, content: bytes) -> None:
    """Put the bytes of a file that was just described; they come once."""
    session = context.session
    if is_shared(session):
        session.execute(_KEEP, {"file": file_id, "content": content})
    else:
        session.execute(insert(DocumentContentRow), [{"file_id": file_id, "content": content}])


def open_content(context: Context, file_id: int) -> bytes:
    """The bytes of a file, and the trace of it when they are sensitive.

    Raises UserError `documents.gone`, `documents.quarantined`, `documents.infected`, PermissionDenied for what is
    about health.
    """
    session = context.session
    found = session.execute(
        select(
            DocumentRow.id, DocumentRow.family_id, DocumentTypeRow.sensitivity, DocumentFileRow.is_quarantined,
            DocumentFileRow.flags,
        )
        .join(DocumentFileRow, DocumentFileRow.document_id == DocumentRow.id)
        .join(DocumentTypeRow, DocumentTypeRow.id == DocumentRow.type_id)
        .where(DocumentFileRow.id == file_id)
    ).one_or_none()
    if found is None:
        raise UserError("documents.gone")
    if found.is_quarantined:
        raise UserError("documents.infected" if INFECTED in found.flags else "documents.quarantined")
    if found.sensitivity == Sensitivity.HEALTH and not context.actor.may("health.read"):
        raise PermissionDenied("permission.denied", permission=PERMISSIONS["health.read"])
    if is_shared(session):
        content = session.scalar(_OPEN, {"file": file_id})
    else:
        if found.sensitivity != Sensitivity.USUAL:
            # The log keeps the trace of an opening whose transaction fails, as the log of a server does.
            _LOG.info("document %s opened by %s", found.id, context.actor.login)
            session.add(DocumentOpeningRow(
                at=context.now, actor=context.actor.login, document_id=found.id, family_id=found.family_id
            ))
        content = session.scalar(select(DocumentContentRow.content).where(DocumentContentRow.file_id == file_id))
    if content is None:
        raise UserError("documents.gone")
    return bytes(content)
