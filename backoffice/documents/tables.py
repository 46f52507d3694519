"""Types of documents, what asks for them, what families sent, what was decided, and what is forgiven for a while."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.documents.kinds import (
    ArrivalState,
    Blocks,
    Condition,
    DocumentState,
    Feed,
    Origin,
    Owner,
    Sensitivity,
    Validity,
)
from backoffice.kernel.schema import Base, Versioned, one_of, partial_index


class DocumentTypeRow(Versioned, Base):
    """A kind of document a town may ask for, in the words families read.

    `owner` is one of `Owner`, `sensitivity` of `Sensitivity`, `validity` of `Validity` (`validity_years` with it).
    `alternative_group`: types of one group stand for each other (QF attestation or tax notice); empty for none.
    `rule`: what whoever reviews must check, in one sentence. `feeds`: what an accepted one fills in, one of `Feed`.
    `condition`: when it is asked for, one of `Condition`. `form`: the published form to fill in, empty for none.
    `reject_reasons`: the codes offered, in their order. `retention_days`: how long it stays once it is over.
    """

    __tablename__ = "document_types"
    __table_args__ = (
        CheckConstraint("retention_days >= 0", name="retention"),
        CheckConstraint("validity_years BETWEEN 0 AND 20", name="years"),
        one_of("owner", Owner),
        one_of("sensitivity", Sensitivity),
        one_of("validity", Validity),
        one_of("feeds", Feed),
        one_of("condition", Condition),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    owner: Mapped[str] = mapped_column(String(10))
    sensitivity: Mapped[str] = mapped_column(String(12))
    validity: Mapped[str] = mapped_column(String(20))
    validity_years: Mapped[int]
    alternative_group: Mapped[str] = mapped_column(String(30))
    rule: Mapped[str] = mapped_column(String(240))
    feeds: Mapped[str] = mapped_column(String(20))
    condition: Mapped[str] = mapped_column(String(20))
    form: Mapped[str] = mapped_column(String(60))
    reject_reasons: Mapped[list[str]] = mapped_column(JSON)
    retention_days: Mapped[int]
    position: Mapped[int]
    last_day: Mapped[date | None]


class DocumentRequirementRow(Base):
    """A type asked for by a service, or one activity of it; without a service, by every service of the town. The
    narrowest one speaks for a type.

    `is_mandatory`: « Obligatoire ». `blocks` is one of `Blocks`: what waits until it is validated.
    """

    __tablename__ = "document_requirements"
    __table_args__ = (
        CheckConstraint("activity_id IS NULL OR service_id IS NOT NULL", name="activity"),
        one_of("blocks", Blocks),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("document_types.id"), index=True)
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"), index=True)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activities.id"), index=True)
    is_mandatory: Mapped[bool]
    blocks: Mapped[str] = mapped_column(String(12))


class DocumentRow(Versioned, Base):
    """One sending of a document by a family: a new sending is a new row, the rejected one stays.

    `person_id`: the child or the adult it is about, none for the family. `state` is one of `DocumentState`, `origin`
    of `Origin`. `reason` is the code of a rejection, `comment` what the family reads. `valid_from`, `valid_to`: the
    days an accepted one covers. `facts`: what was read on it and confirmed (quotient, dates).
    """

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="period"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided"),
        one_of("state", DocumentState),
        one_of("origin", Origin),
        Index("ix_documents_family_type", "family_id", "type_id"),
        partial_index("ix_documents_queue", "received_at", "id", where="decided_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("document_types.id"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(10))
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(63))
    reason: Mapped[str] = mapped_column(String(30))
    comment: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class DocumentTakeRow(Base):
    """Who has a document under their eyes, and when it goes back to the queue by itself. Until then nobody else is
    handed it nor decides on it; what keeps two agents from deciding it twice is its version."""

    __tablename__ = "document_takes"

    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True, autoincrement=False)
    login: Mapped[str] = mapped_column(String(63))
    until: Mapped[datetime]


class DocumentFileRow(Base):
    """A file of a document. `sha256` is unique within a family only: equal files of two families tell nothing.

    `media_type` is what the content is, never what its name or sender says. `flags`: what was noticed in it
    (see `documents.safety`). `rotation`: quarter turns an agent gave it. `is_quarantined`: never shown.
    """

    __tablename__ = "document_files"
    __table_args__ = (CheckConstraint("rotation BETWEEN 0 AND 3", name="rotation"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    pages: Mapped[int]
    flags: Mapped[list[str]] = mapped_column(JSON)
    rotation: Mapped[int]
    is_quarantined: Mapped[bool]


class DocumentContentRow(Base):
    """The bytes of a file, as they came. On the shared database only the functions that leave a trace reach them."""

    __tablename__ = "document_contents"

    file_id: Mapped[int] = mapped_column(ForeignKey("document_files.id"), primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class DocumentOpeningRow(Base):
    """Somebody opened a sensitive document. Only ever added to; it names no row, so that it outlives them."""

    __tablename__ = "document_openings"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    document_id: Mapped[int] = mapped_column(index=True)
    family_id: Mapped[int]


class WaiverRow(Base):
    """« Dérogation »: a missing document does not block until a day. `person_id`: none for a family's document."""

    __tablename__ = "document_waivers"

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("document_types.id"), index=True)
    until: Mapped[date]
    reason: Mapped[str] = mapped_column(String(240))
    given_by: Mapped[str] = mapped_column(String(63))
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class DocumentFormRow(Base):
    """A form filled in for a child, to be signed by the family and sent back as a document of this type. Its number,
    printed on it, is its id. Only ever added to: what became of it is told by its letter and by what came back."""

    __tablename__ = "document_forms"

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("document_types.id"), index=True)
    generated_at: Mapped[datetime]


class ArrivalRow(Versioned, Base):
    """What arrived by a channel and nobody has tied to a family yet: the sorting basket.

    `channel` is one of `Origin`; `key` names it in its channel, so that nothing is taken twice; `digest` is that of all
    it holds: what a mailbox that was numbered anew gives again is known, and discarded without its files.
    `service_id`: whose mailbox or folder it came by, none for the town's. `state` is one of `ArrivalState`.
    """

    __tablename__ = "document_arrivals"
    __table_args__ = (
        Index("uq_document_arrivals_key", "channel", "key", unique=True),
        Index("ix_document_arrivals_state", "state"),
        one_of("channel", Origin),
        one_of("state", ArrivalState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"), index=True)
    received_at: Mapped[datetime]
    sender: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(240))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))


class ArrivalFileRow(Base):
    """A file of an arrival, with its bytes. `refusal`: the code of why it was not let in; its bytes are then not
    kept here, but where it came from."""

    __tablename__ = "document_arrival_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    arrival_id: Mapped[int] = mapped_column(ForeignKey("document_arrivals.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(60))
    pages: Mapped[int]
    flags: Mapped[list[str]] = mapped_column(JSON)
    refusal: Mapped[str] = mapped_column(String(60))
    content: Mapped[bytes] = mapped_column(LargeBinary)
