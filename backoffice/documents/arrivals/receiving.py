"""Putting what arrives in the sorting basket, once each, with what was judged of its files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from backoffice.documents.arrivals.events import ArrivalsChanged
from backoffice.documents.kinds import ArrivalState, Origin
from backoffice.documents.safety.verdict import NewFile, Verdict
from backoffice.documents.tables import ArrivalFileRow, ArrivalRow
from backoffice.kernel.application import Application, Command, Context, use_case
from backoffice.kernel.database import Session
from backoffice.kernel.progress import Progress

LARGEST = 50 * 1024 * 1024
"""In bytes, what is read of one message or one file: French mail servers stop at 20 to 35 MB."""

TOO_LARGE, UNREADABLE, LEFT_OUT = "arrival.too_large", "arrival.unreadable", "arrival.left_out"

Judge = Callable[[Sequence[NewFile], Progress], Sequence[Verdict]]


@dataclass(frozen=True, slots=True)
class ArrivedFile:
    """A file of an arrival, judged. `refusal`: the code of why it is not let in; `content` is then empty."""

    name: str
    media_type: str
    pages: int
    flags: tuple[str, ...]
    refusal: str
    content: bytes


@dataclass(frozen=True)
class Receive(Command[bool]):
    """Put one arrival in the basket; False when it is there already. `digest`: that of all it holds."""

    channel: Origin
    key: str
    digest: str
    sender: str
    subject: str
    body: str
    files: tuple[ArrivedFile, ...]


@use_case(Receive, permission="documents.receive", action="documents.arrived")
def receive(command: Receive, context: Context) -> bool:
    session = context.session
    if is_known(session, command.channel, command.key):
        return False
    seen = session.scalar(
        select(ArrivalRow.id).where(ArrivalRow.channel == command.channel, ArrivalRow.digest == command.digest).limit(1)
    )
    row = ArrivalRow(
        channel=command.channel.value, key=command.key, digest=command.digest, service_id=None,
        received_at=context.now, sender=command.sender, subject=command.subject,
        body="" if seen else command.body,
        state=(ArrivalState.DISCARDED if seen else ArrivalState.TO_SORT).value,
    )
    session.add(row)
    session.flush()
    files = () if seen else command.files
    if files:
        # Nothing is asked back: the background service may put files there, and read none.
        session.execute(insert(ArrivalFileRow).inline(), [
            {
                "arrival_id": row.id, "position": place, "name": file.name, "media_type": file.media_type,
                "pages": file.pages, "flags": list(file.flags), "refusal": file.refusal, "content": file.content,
            }
            for place, file in enumerate(files, 1)
        ])
    context.record(f"arrival {row.id}", files=len(files), again=bool(seen))
    context.events.append(ArrivalsChanged())
    return True


def is_known(session: Session, channel: Origin, key: str) -> bool:
    return session.scalar(
        select(ArrivalRow.id).where(ArrivalRow.channel == channel.value, ArrivalRow.key == key)
    ) is not None


def known_keys(session: Session, channel: Origin, prefix: str) -> frozenset[str]:
    """The keys of this channel that begin so."""
    keys = select(ArrivalRow.key).where(
        ArrivalRow.channel == channel.value, ArrivalRow.key.startswith(prefix, autoescape=True)
    )
    return frozenset(session.scalars(keys))


@dataclass(frozen=True, slots=True)
class Incoming:
    """What arrived, before its files are judged. `refused`: what was not read at all, by name, and why."""

    channel: Origin
    key: str
    digest: str
    sender: str = ""
    subject: str = ""
    body: str = ""
    files: tuple[NewFile, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def take_in(app: Application, judge: Judge, incoming: Incoming, progress: Progress) -> bool:
    """Judge the files, outside any transaction, then put it all in the basket; False when it was there already."""
    verdicts = judge(incoming.files, progress) if incoming.files else ()
    judged = tuple(
        ArrivedFile(
            file.name, verdict.media_type, verdict.pages, verdict.flags,
            "" if verdict.accepted else verdict.code,
            (verdict.content or file.content) if verdict.accepted else b"",
        )
        for file, verdict in zip(incoming.files, verdicts, strict=True)
    )
    refused = tuple(ArrivedFile(name, "", 0, (), code, b"") for name, code in incoming.refused)
    return app.execute(Receive(
        incoming.channel, incoming.key, incoming.digest, incoming.sender, incoming.subject, incoming.body,
        judged + refused,
    ))


def digest_of(*parts: bytes) -> str:
    """Of all of them, each with its length: two that are cut elsewhere differ."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()
