"""« Voir comme la famille » : the list of its documents as its portal says it, person by person, in its words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select

from backoffice.documents.kinds import ObligationState
from backoffice.documents.obligations import FamilyObligations, obligations_of
from backoffice.documents.rules import Counters, Obligation
from backoffice.documents.tables import DocumentFileRow, DocumentRow
from backoffice.families.queries import family_names
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import french_day
from backoffice.kernel.zone import PARIS

BLOCKED = "+ Document(s) manquant(s) - Pas de nouvelle inscription possible"
REMINDER = "Rappel : Si tous les documents obligatoires ne sont pas validés, l'accès aux inscriptions est bloqué."
_FORMATS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/heic": "heic",
            "image/tiff": "tiff"}
_KILOBYTE, _MEGABYTE = 1_000, 1_000_000


class Tick(StrEnum):
    """What the family sees beside a document: « une pastille verte si le document est valide, une croix rouge s'il ne
    l'est pas »."""

    GREEN = "green"
    RED = "red"
    WAITING = "waiting"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class SeenDocument:
    """A document as the family reads it. `state`: its word beside the mark; `sent`: « Format : jpg, Taille : 602ko,
    Transmis le 12/12/2023 »; `comment`: why it was refused; `until`: until when it goes without it."""

    name: str
    mandatory: bool
    tick: Tick
    state: str
    sent: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """The family, or somebody in it. `to_send`: the number on its badge; `blocked`: no new registration."""

    name: str
    documents: tuple[SeenDocument, ...]
    to_send: int
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class FamilySide:
    """The whole page of the portal. `counted`: « 6 = 2 + 4 », the family then each person who has some."""

    family_id: int
    family: str
    people: tuple[SeenPerson, ...]
    counted: str

    @property
    def is_blocked(self) -> bool:
        return any(person.blocked for person in self.people)


@dataclass(frozen=True)
class SeeAsFamily(Query[FamilySide]):
    """What a family sees of its documents."""

    family_id: int


@read(SeeAsFamily, permission="documents.read")
def see_as_family(query: SeeAsFamily, reading: Reading) -> FamilySide:
    """Raises UserError `family.unknown`."""
    session, family_id = reading.session, query.family_id
    names = family_names(session, [family_id])
    if family_id not in names:
        raise UserError("family.unknown", id=family_id)
    obliged = obligations_of(session, [family_id], reading.today)[family_id]
    sent = _sendings(session, [one.document_id for one in obliged.asked if one.document_id is not None])
    return FamilySide(family_id, names[family_id].name, _people(obliged, sent), counted(obliged.counters))


def counted(counters: Counters) -> str:
    """« 6 = 2 + 4 »: what is to be sent, for the family then for each person; alone when there is one part."""
    parts = [number for number in (counters.family, *counters.people.values()) if number]
    return f"{counters.total} = {' + '.join(map(str, parts))}" if len(parts) > 1 else str(counters.total)


def _people(obliged: FamilyObligations, sent: dict[int, str]) -> tuple[SeenPerson, ...]:
    whose: dict[int | None, list[Obligation]] = defaultdict(list)
    for one in obliged.asked:
        whose[one.person_id].append(one)
    for child in sorted(obliged.children):
        whose.setdefault(child, [])  # a child of whom nothing is asked has a page too
    order = sorted(whose, key=lambda person: (person is not None, obliged.names.get(person or 0, "")))
    blocked = obliged.blocked
    return tuple(
        SeenPerson(
            obliged.names.get(person or 0, "Famille") if person is not None else "Famille",
            tuple(seen(one, sent.get(one.document_id or 0, "")) for one in whose[person]),
            obliged.counters.family if person is None else obliged.counters.people.get(person, 0),
            person in blocked,
        )
        for person in order
    )


def seen(obligation: Obligation, sent: str = "") -> SeenDocument:
    """A thing asked, in the words of the portal."""
    tick, state = _words(obligation)
    comment = obligation.comment if obligation.state is ObligationState.REJECTED else ""
    return SeenDocument(obligation.name, obligation.is_mandatory, tick, state, sent, comment)


def _words(obligation: Obligation) -> tuple[Tick, str]:
    until = f" jusqu'au {french_day(obligation.until)}" if obligation.until is not None else ""
    match obligation.state:
        case ObligationState.VALIDATED:
            return Tick.GREEN, "Validé"
        case ObligationState.WAIVED:
            return Tick.WAITING, f"Délai accordé{until}"
        case ObligationState.SENT:
            return Tick.WAITING, "Transmis, en attente de validation"
        case ObligationState.REJECTED:
            return Tick.RED, "Rejeté"
        case ObligationState.EXPIRED:
            return Tick.RED, "Expiré"
        case ObligationState.MISSING:
            return Tick.RED if obligation.is_mandatory else Tick.EMPTY, "Aucun document transmis"


def _sendings(session: Session, document_ids: Sequence[int]) -> dict[int, str]:
    """« Format : jpg, Taille : 602ko, Transmis le 12/12/2023 » of each document."""
    file = DocumentFileRow
    statement = (
        select(DocumentRow.id, DocumentRow.received_at, file.media_type, file.size)
        .join(file, file.document_id == DocumentRow.id)
        .where(DocumentRow.id.in_(document_ids)).order_by(file.position)
    )
    files: dict[int, list[tuple[str, int]]] = defaultdict(list)
    days: dict[int, date] = {}
    for document, received_at, media_type, size in session.execute(statement):
        files[document].append((_FORMATS.get(media_type, media_type.rpartition("/")[2]), size))
        days[document] = received_at.astimezone(PARIS).date()
    return {
        document: f"Format : {', '.join(dict.fromkeys(kind for kind, _ in some))}, "
                  f"Taille : {_size(sum(size for _, size in some))}, Transmis le {days[document]:%d/%m/%Y}"
        for document, some in files.items()
    }


def _size(size: int) -> str:
    if size < _MEGABYTE:
        return f"{max(1, round(size / _KILOBYTE))}ko"
    return f"{size / _MEGABYTE:.1f}Mo".replace(".", ",")
