"""Which letters a chip keeps, and where a letter is, in words. No Qt."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from math import ceil

from backoffice.kernel.money import NO_BREAK_SPACE
from backoffice.kernel.periods import french_day
from backoffice.kernel.zone import PARIS
from backoffice.letters.kinds import LEAVING, STOPPED, LetterState
from backoffice.letters.queries import LetterView


class Kept(StrEnum):
    """The chips above the list; the values are those of places (« filter=stopped »)."""

    ALL = "all"
    STOPPED = "stopped"
    FAILED = "failed"
    TO_PRINT = "to_print"
    LEAVING = "leaving"
    SENT = "sent"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def states(self) -> frozenset[LetterState]:
        """None at all: every letter."""
        return _STATES[self]


_LABELS: Mapping[Kept, str] = {
    Kept.ALL: "Tous",
    Kept.STOPPED: "Arrêtés",
    Kept.FAILED: "Non remis",
    Kept.TO_PRINT: "À imprimer",
    Kept.LEAVING: "En partance",
    Kept.SENT: "Envoyés",
}
_STATES: Mapping[Kept, frozenset[LetterState]] = {
    Kept.ALL: frozenset(),
    Kept.STOPPED: STOPPED,
    Kept.FAILED: frozenset({LetterState.FAILED}),
    Kept.TO_PRINT: frozenset({LetterState.TO_PRINT}),
    Kept.LEAVING: LEAVING,
    Kept.SENT: frozenset({LetterState.SENT, LetterState.PRINTED}),
}
_NOTHING: Mapping[Kept, str] = {
    Kept.ALL: "Aucun courriel n'a été écrit aux familles. Valider ou rejeter une pièce en prépare un.",
    Kept.STOPPED: "Aucun courriel arrêté : tous sont partis, ou vont partir.",
    Kept.FAILED: "Aucun courriel refusé par une messagerie.",
    Kept.TO_PRINT: "Aucun courrier à imprimer : chaque famille à qui l'on écrit a un courriel.",
    Kept.LEAVING: "Aucun courriel en partance.",
    Kept.SENT: "Aucun courriel n'est encore parti.",
}


def nothing(kept: Kept) -> str:
    """What an empty list says."""
    return _NOTHING[kept]


def chip_words(kept: Kept, counts: Mapping[LetterState, int]) -> str:
    """« Non remis 3 »; what grows for ever is not counted."""
    if kept in {Kept.ALL, Kept.SENT}:
        return kept.label
    return f"{kept.label} {_total(counts, kept.states)}"


def _total(counts: Mapping[LetterState, int], states: Collection[LetterState]) -> int:
    return sum(counts.get(state, 0) for state in states)


def is_counting_down(letter: LetterView, now: datetime) -> bool:
    """Whether what is said of it changes each second."""
    return letter.state is LetterState.HELD and letter.send_after > now


def whereabouts(letter: LetterView, now: datetime) -> str:
    """« Part dans 43 s », « Nouvel essai à 8 h 42 », « Envoyé »."""
    left = ceil((letter.send_after - now).total_seconds())
    if letter.state is LetterState.HELD:
        return f"Part dans {_lasting(left)}" if left > 0 else "Part maintenant"
    if letter.state is LetterState.CLOSED and letter.tries and left > 0:
        at = letter.send_after.astimezone(PARIS)
        return f"Nouvel essai à {at.hour}{NO_BREAK_SPACE}h{NO_BREAK_SPACE}{at.minute:02d}"
    return letter.state.label


def _lasting(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds}{NO_BREAK_SPACE}s"
    return f"{ceil(seconds / 60)}{NO_BREAK_SPACE}min"


def facts_of(letter: LetterView, now: datetime) -> tuple[tuple[str, str], ...]:
    """What is known of a letter beside its words."""
    written = letter.created_at.astimezone(PARIS)
    found = [
        ("À", letter.to_address or "aucun courriel : à envoyer par la poste"),
        ("Nature", letter.label),
        ("État", whereabouts(letter, now)),
        ("Écrit le", _moment(written)),
    ]
    if letter.sent_at is not None:
        found.append(("Envoyé le", _moment(letter.sent_at.astimezone(PARIS))))
    if letter.failure:
        found.append(("Pourquoi", letter.failure))
    return tuple(found)


def _moment(at: datetime) -> str:
    return f"{french_day(at.date())} à {at.hour}{NO_BREAK_SPACE}h{NO_BREAK_SPACE}{at.minute:02d}"
