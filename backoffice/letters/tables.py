"""Letters to families: held for a while so that undo is real, then sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.kernel.schema import Base, Versioned, one_of, partial_index
from backoffice.letters.kinds import LetterKind, LetterState


class LetterRow(Versioned, Base):
    """One mail to one family. While `held`, what is to be said is added to it and taken back from it.

    `kind` is one of `LetterKind`, `state` of `LetterState`. `subject` and `body` are written again at each change,
    until `closed_at`; then they never change. `send_after`: nothing leaves before; for a letter that a sender has, when
    another may take it. `message_id` is drawn with the letter, without its domain, so that a letter sent twice is one
    for whoever receives it. `failure`: what an agent reads of the last try.
    """

    __tablename__ = "letters"
    __table_args__ = (
        partial_index("uq_letters_held", "family_id", "kind", where="closed_at IS NULL", unique=True),
        partial_index("ix_letters_waiting", "state", "send_after", where="sent_at IS NULL"),
        one_of("kind", LetterKind),
        one_of("state", LetterState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    to_address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(240))
    body: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    send_after: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    tries: Mapped[int]
    failure: Mapped[str] = mapped_column(String(240))
    sent_at: Mapped[datetime | None]


class LetterItemRow(Base):
    """One thing a letter says. `about` and `about_id` name the fact it comes from (a decision on a document), so that
    undoing the fact takes it out of a letter still held. `facts` fill the template of its line."""

    __tablename__ = "letter_items"
    __table_args__ = (Index("uq_letter_items_about", "about", "about_id", "letter_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    about: Mapped[str] = mapped_column(String(30))
    about_id: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class LetterFileRow(Base):
    """A file that leaves with a letter, under the fact that asks for it; gone once the letter is delivered."""

    __tablename__ = "letter_files"
    __table_args__ = (Index("uq_letter_files_about", "about", "about_id", "letter_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    about: Mapped[str] = mapped_column(String(30))
    about_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(160))
    media_type: Mapped[str] = mapped_column(String(60))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class LetterTemplateRow(Versioned, Base):
    """The town's own words for a kind of letter; without a row, those of `resources/letters.toml`. `lines`: how each
    outcome tells one document."""

    __tablename__ = "letter_templates"
    __table_args__ = (one_of("kind", LetterKind),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30), unique=True)
    subject: Mapped[str] = mapped_column(String(240))
    body: Mapped[str] = mapped_column(Text)
    lines: Mapped[dict[str, str]] = mapped_column(JSON)
