"""The state of a slot as families and agents see it, and what may be done to it: one state machine for all.

The twelve states are those of the families' legend, in its words and order (product.md G3.8).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from backoffice.attendance.rules import AttendanceState


class CellState(StrEnum):
    """A slot of a child on a day. FREE is the white cell that the legend does not name."""

    PRESENCE = "presence"
    SPECIAL = "special"
    ABSENCE = "absence"
    CLOSED = "closed"
    NOT_ALLOWED = "not_allowed"
    FULL = "full"
    REAL = "real"
    PENDING = "pending"
    PAYABLE = "payable"
    BILLED = "billed"
    PACKAGE = "package"
    WAITING = "waiting"
    FREE = "free"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def letter(self) -> str:
        """One sign, for who does not see colours and for a black and white print."""
        return _LETTERS[self]


_LABELS = {
    CellState.PRESENCE: "Présence",
    CellState.SPECIAL: "Présence spéciale",
    CellState.ABSENCE: "Absence",
    CellState.CLOSED: "Réservation/annulation impossible",
    CellState.NOT_ALLOWED: "Non autorisée (choix des temps d'accueil non valide)",
    CellState.FULL: "Limite de capacité atteinte",
    CellState.REAL: "Réal (verrouillé)",
    CellState.PENDING: "En attente de validation",
    CellState.PAYABLE: "Payante (à régler)",
    CellState.BILLED: "Facturé",
    CellState.PACKAGE: "Déclenche un forfait",
    CellState.WAITING: "Réservation en liste d'attente",
    CellState.FREE: "Libre",
}
_LETTERS = {
    CellState.PRESENCE: "P",
    CellState.SPECIAL: "S",
    CellState.ABSENCE: "A",
    CellState.CLOSED: "I",
    CellState.NOT_ALLOWED: "N",
    CellState.FULL: "C",
    CellState.REAL: "R",
    CellState.PENDING: "V",
    CellState.PAYABLE: "€",
    CellState.BILLED: "F",
    CellState.PACKAGE: "D",
    CellState.WAITING: "L",
    CellState.FREE: "",
}
LEGEND = tuple(state for state in CellState if state is not CellState.FREE)


class Stored(StrEnum):
    """What a gesture writes: a booking with its nature, an absence, or nothing."""

    NOTHING = "nothing"
    BOOKED = "booked"
    SPECIAL = "special"
    ABSENT = "absent"
    EXCUSED = "excused"

    @property
    def takes_place(self) -> bool:
        return self in {Stored.BOOKED, Stored.SPECIAL}


class Gesture(StrEnum):
    """What an agent does to a cell, each with its key in the grid."""

    PRESENCE = "presence"
    SPECIAL = "special"
    ABSENCE = "absence"
    EXCUSE = "excuse"
    CLEAR = "clear"


_WRITES = {
    Gesture.PRESENCE: Stored.BOOKED,
    Gesture.SPECIAL: Stored.SPECIAL,
    Gesture.ABSENCE: Stored.ABSENT,
    Gesture.EXCUSE: Stored.EXCUSED,
    Gesture.CLEAR: Stored.NOTHING,
}


@dataclass(frozen=True, slots=True)
class CellFacts:
    """All that decides the state of a cell.

    `stored`: what `attendances` holds, None for nothing. `clocked`: an arrival was clocked, or the presence was
    pointed. `priced`: a run priced it. `closed`: why nothing may be changed (closed day, window, deadline), or "".
    `full`: no place is left for this child. `wrong_choice`: why the slots of the day do not go together, or "".
    `pending`: a wish of the family waits for an answer. `payable`: booked, and paid when it is booked.
    `package`: booking it starts a package price.
    """

    stored: AttendanceState | None = None
    special: bool = False
    clocked: bool = False
    priced: bool = False
    closed: str = ""
    full: bool = False
    wrong_choice: str = ""
    pending: bool = False
    payable: bool = False
    package: bool = False

    @property
    def takes_place(self) -> bool:
        return self.stored in {AttendanceState.BOOKED, AttendanceState.PRESENT}

    @property
    def was_expected(self) -> bool:
        """Who waits for a place, or was refused one, was not: marked absent, they would be billed for a place that they
        never had."""
        return self.takes_place or self.stored in {AttendanceState.ABSENT, AttendanceState.EXCUSED}


def cell_state(facts: CellFacts) -> CellState:
    """The one state shown. What is settled comes first (billed, clocked), then what somebody must decide, then what the
    booking is, then why an empty cell is not free."""
    if facts.priced:
        return CellState.BILLED
    if facts.clocked:
        return CellState.REAL
    if facts.pending:
        return CellState.PENDING
    if facts.stored is AttendanceState.WAITING:
        return CellState.WAITING
    if facts.stored in {AttendanceState.ABSENT, AttendanceState.EXCUSED}:
        return CellState.ABSENCE
    if facts.takes_place:
        return _booked(facts)
    if facts.closed:
        return CellState.CLOSED
    return CellState.FULL if facts.full else CellState.FREE


def _booked(facts: CellFacts) -> CellState:
    if facts.wrong_choice:
        return CellState.NOT_ALLOWED
    if facts.payable:
        return CellState.PAYABLE
    if facts.package:
        return CellState.PACKAGE
    return CellState.SPECIAL if facts.special else CellState.PRESENCE


def why_locked(facts: CellFacts) -> str:
    """Why a cell does not change without a right and a reason; "" when it changes freely.

    A wish that waits is answered in its own place; a full slot still takes a child, on the waiting list.
    """
    if facts.priced:
        return "Déjà facturé : annulez d'abord la facture par un avoir"
    if facts.clocked:
        return "Présence réelle déjà pointée : corrigez-la dans le pointage, ou dites pourquoi"
    if facts.pending:
        return "La demande de la famille attend sa réponse"
    return facts.closed


def gestures(facts: CellFacts, *, may_override: bool) -> frozenset[Gesture]:
    """What may be done to a cell. What is billed never changes here; `may_override`: the agent may go past the rules,
    and will be asked why."""
    if facts.priced or (facts.pending and not may_override):
        return frozenset()
    if why_locked(facts) and not may_override:
        return frozenset()
    found = {Gesture.PRESENCE, Gesture.SPECIAL}
    if facts.stored is not None:
        found.add(Gesture.CLEAR)
    if facts.was_expected:
        found |= {Gesture.ABSENCE, Gesture.EXCUSE}
    return frozenset(found)


def apply(gesture: Gesture, facts: CellFacts) -> Stored:
    """What a gesture leaves in a cell: an absence is that of somebody who was expected."""
    if gesture in {Gesture.ABSENCE, Gesture.EXCUSE} and not facts.was_expected:
        return stored_of(facts.stored, special=facts.special)
    return _WRITES[gesture]


def gestures_write(gesture: Gesture) -> Stored:
    """What a gesture writes where it may."""
    return _WRITES[gesture]


def stored_of(state: AttendanceState | None, *, special: bool) -> Stored:
    """What a row of `attendances` says, in the words of gestures. A waiting booking takes no place: it is a wish that
    stands."""
    if state in {AttendanceState.BOOKED, AttendanceState.PRESENT, AttendanceState.WAITING}:
        return Stored.SPECIAL if special else Stored.BOOKED
    if state is AttendanceState.ABSENT:
        return Stored.ABSENT
    return Stored.EXCUSED if state is AttendanceState.EXCUSED else Stored.NOTHING
