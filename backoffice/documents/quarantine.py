"""Files that came while the antivirus was away: asked about again by the background service, then opened or shut.

They are in two places: pieces of families, and the sorting basket. On the shared database functions reach them, for the
background service alone, and give it no byte of any other file; here the program does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select, text

from backoffice.documents.arrivals.events import ArrivalsChanged
from backoffice.documents.events import DocumentsChanged
from backoffice.documents.safety.antivirus import Antivirus, Infected, Unreachable
from backoffice.documents.safety.rules import INFECTED, QUARANTINE
from backoffice.documents.tables import ArrivalFileRow, DocumentContentRow, DocumentFileRow
from backoffice.kernel.application import Application, Command, Context, Query, Reading, read, use_case
from backoffice.kernel.bulk import is_shared
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.progress import Progress

REFUSAL = "judged.infected"
_LIST = text("SELECT place, file FROM quarantined_files()")
_OPEN = text("SELECT open_quarantined(:place, :file)")
_END = text("SELECT end_quarantine(:place, :file, :infected)")


class Place(StrEnum):
    """Where a file waits."""

    PIECE = "piece"
    ARRIVAL = "arrival"


@dataclass(frozen=True, slots=True)
class Held:
    """A file in quarantine."""

    place: Place
    file_id: int


@dataclass(frozen=True)
class ListQuarantine(Query[tuple[Held, ...]]):
    """What waits for the antivirus, the oldest first."""


@read(ListQuarantine, permission="documents.receive")
def list_quarantine(_query: ListQuarantine, reading: Reading) -> tuple[Held, ...]:
    if is_shared(reading.session):
        return tuple(Held(Place(row.place), row.file) for row in reading.session.execute(_LIST))
    return tuple(_held_here(reading.session))


def _held_here(session: Session) -> Iterator[Held]:
    pieces = select(DocumentFileRow.id, DocumentFileRow.flags).where(DocumentFileRow.is_quarantined)
    for file, flags in session.execute(pieces.order_by(DocumentFileRow.id)):
        if QUARANTINE in flags:
            yield Held(Place.PIECE, file)
    arrived = select(ArrivalFileRow.id, ArrivalFileRow.flags).where(ArrivalFileRow.refusal == "")
    for file, flags in session.execute(arrived.order_by(ArrivalFileRow.id)):
        if QUARANTINE in flags:
            yield Held(Place.ARRIVAL, file)


@dataclass(frozen=True)
class OpenQuarantined(Query[bytes]):
    """The bytes of a file in quarantine, for the antivirus; none once it is there no more."""

    held: Held


@read(OpenQuarantined, permission="documents.receive")
def open_quarantined(query: OpenQuarantined, reading: Reading) -> bytes:
    held, session = query.held, reading.session
    if is_shared(session):
        found = session.scalar(_OPEN, {"place": held.place.value, "file": held.file_id})
    elif held.place is Place.PIECE:
        found = session.scalar(select(DocumentContentRow.content).where(DocumentContentRow.file_id == held.file_id))
    else:
        found = session.scalar(select(ArrivalFileRow.content).where(ArrivalFileRow.id == held.file_id))
    return bytes(found or b"")


@dataclass(frozen=True)
class EndQuarantine(Command[None]):
    """The antivirus answered. A clean file opens like any other. An infected piece is never opened, and its agent is
    told to reject it; an infected file of the basket is refused, and its bytes are not kept."""

    held: Held
    is_infected: bool


@use_case(EndQuarantine, permission="documents.receive", action="documents.quarantine_ended")
def end_quarantine(command: EndQuarantine, context: Context) -> None:
    held, session = command.held, context.session
    if is_shared(session):
        given = {"place": held.place.value, "file": held.file_id, "infected": command.is_infected}
        session.execute(_END, given)
    elif held.place is Place.PIECE:
        _end_of_piece(context, held.file_id, command.is_infected)
    else:
        _end_of_arrival(context, held.file_id, command.is_infected)
    context.record(f"{held.place} file {held.file_id}", infected=command.is_infected)


def _end_of_piece(context: Context, file_id: int, is_infected: bool) -> None:
    row = context.session.get(DocumentFileRow, file_id)
    if row is None or QUARANTINE not in row.flags:
        return
    row.flags = [flag for flag in row.flags if flag != QUARANTINE] + [INFECTED] * is_infected
    row.is_quarantined = is_infected
    context.events.append(DocumentsChanged(row.family_id))


def _end_of_arrival(context: Context, file_id: int, is_infected: bool) -> None:
    row = context.session.get(ArrivalFileRow, file_id)
    if row is None or QUARANTINE not in row.flags:
        return
    row.flags = [flag for flag in row.flags if flag != QUARANTINE]
    if is_infected:
        row.refusal, row.content = REFUSAL, b""
    context.events.append(ArrivalsChanged())


def ask_again(app: Application, antivirus: Antivirus | None, progress: Progress) -> int:
    """Ask the antivirus about all that waits for it; answers how many files it judged.

    Raises UserError `antivirus.not_set` where files wait and no antivirus is set up, `antivirus.unsure` when it could
    not tell for some; EnvironmentFault `antivirus.unreachable`; Cancelled.
    """
    waiting = app.ask(ListQuarantine())
    if not waiting:
        return 0
    if antivirus is None:
        raise UserError("antivirus.not_set", count=len(waiting))
    antivirus.check()
    unsure = 0
    for number, held in enumerate(waiting):
        progress(number, len(waiting), "Examen par l'antivirus")
        content = app.ask(OpenQuarantined(held))
        try:
            antivirus.scan(content)
        except Unreachable:
            antivirus.check()
            unsure += 1
        except Infected:
            app.execute(EndQuarantine(held, is_infected=True))
        else:
            app.execute(EndQuarantine(held, is_infected=False))
    if unsure:
        raise UserError("antivirus.unsure", count=unsure)
    return len(waiting)
