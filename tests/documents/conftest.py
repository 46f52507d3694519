"""A town that adopted the proposed documents, with a family to ask them of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pytest

from backoffice.catalog.queries import activity_places
from backoffice.documents.adding import AddDocument
from backoffice.documents.kinds import DocumentState, Origin
from backoffice.documents.queue import Piece, ReadPiece
from backoffice.documents.safety.verdict import JudgedFile, NewFile, Verdict
from backoffice.documents.tables import DocumentRow, DocumentTypeRow
from backoffice.documents.types import AdoptStartingTypes, document_types
from backoffice.kernel.periods import Period
from backoffice.registrations.commands import RegisterChild
from tests.support.shared import by_administrator
from tests.support.towns import NOON, Household, SmallTown

YEAR = Period(date(2025, 9, 1), date(2026, 8, 31))


@dataclass
class Desk:
    """A town, one family of it, and what one does with their documents in a test."""

    town: SmallTown
    family: Household
    activity: int

    def type_id(self, code: str) -> int:
        with self.town.database.read() as session:
            return next(each.id for each in document_types(session) if each.code == code)

    def register(self, child: int | None = None, period: Period = YEAR) -> int:
        return self.town.do(RegisterChild(self.family.id, child or self.family.child, self.activity, period))

    def send(
        self, code: str, person: int | None = None, state: DocumentState = DocumentState.ACCEPTED,
        period: Period | None = YEAR, at: datetime = NOON, comment: str = "",
    ) -> int:
        """A sending as it stands once it was decided, written past the review."""
        kind = self.type_id(code)
        with by_administrator(self.town.database) as opened, opened.write() as session:
            row = DocumentRow(
                family_id=self.family.id, person_id=person, type_id=kind, state=state,
                origin=Origin.PORTAL, received_at=at, decided_at=None if state is DocumentState.PENDING else at,
                decided_by="", reason="", comment=comment, facts={},
                valid_from=period.start if period and state is DocumentState.ACCEPTED else None,
                valid_to=period.end if period and state is DocumentState.ACCEPTED else None,
            )
            session.add(row)
            session.flush()
            return row.id

    def add(
        self, code: str, *contents: bytes, person: int | None = None, at: datetime | None = None, yes: bool = False,
        family: int | None = None,
    ) -> int:
        """A sending that waits, brought to the counter; one file unless told otherwise."""
        command = AddDocument(
            family or self.family.id, person, code, Origin.COUNTER, tuple(map(judged, contents or (b"page",))), at
        )
        return self.town.app.execute(command, confirmed=frozenset({"documents.sent_already"} if yes else ()))

    def piece(self, document: int) -> Piece:
        return self.town.ask(ReadPiece(document))

    def send_everything(self, child: int | None = None) -> None:
        """All that is mandatory for a child, validated for the school year."""
        for code in ("QF_CAF", "RULES_SIGNED"):
            self.send(code)
        for code in ("INSURANCE", "VACCINES", "HEALTH_FORM", "PHOTO"):
            self.send(code, child or self.family.child)


def judged(content: bytes, *flags: str, name: str = "Photo de Zoé.jpg") -> JudgedFile:
    """A file that is let in."""
    return JudgedFile(NewFile(name, content), Verdict(True, "image/jpeg", 1, flags))


@pytest.fixture
def desk(either_town: SmallTown) -> Desk:
    return _desk(either_town)


@pytest.fixture
def shared_desk(shared_town: SmallTown) -> Desk:
    """The same, on PostgreSQL."""
    return _desk(shared_town)


def _desk(town: SmallTown) -> Desk:
    town.slot()
    family = town.family()
    town.do(AdoptStartingTypes())
    with town.database.read() as session:
        activity = min(activity_places(session))
    return Desk(town, family, activity)


__all__ = ["YEAR", "Desk", "DocumentTypeRow", "judged"]
