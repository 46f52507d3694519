"""The words of letters: what they are about, where they are on their way, what is said in them."""

from __future__ import annotations

from enum import StrEnum


class LetterKind(StrEnum):
    """What a letter is about; its words are in `resources/letters.toml` under this name."""

    DOCUMENTS_DECIDED = "documents_decided"
    DOCUMENTS_REMINDER = "documents_reminder"
    FORMS_TO_SIGN = "forms_to_sign"
    PLACES_GIVEN = "places_given"
    WISHES_ANSWERED = "wishes_answered"


class LetterState(StrEnum):
    """Where a letter is. HELD: what is said can still be taken back. CLOSED: it leaves, or is tried again, once
    `send_after` is past. SENDING: a sender has it, until `send_after` if it dies meanwhile. FAILED: only an agent can
    mend it. TO_PRINT: the family has no address. PRINTED: an agent did."""

    HELD = "held"
    CLOSED = "closed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TO_PRINT = "to_print"
    PRINTED = "printed"

    @property
    def label(self) -> str:
        return _STATES[self]


STOPPED = frozenset({LetterState.FAILED, LetterState.TO_PRINT})
"""Where a letter waits for an agent."""

LEAVING = frozenset({LetterState.HELD, LetterState.CLOSED, LetterState.SENDING})
"""Where a letter is on its way: held, then waiting for the server."""

_STATES = {
    LetterState.HELD: "Retenu",
    LetterState.CLOSED: "À envoyer",
    LetterState.SENDING: "En cours d'envoi",
    LetterState.SENT: "Envoyé",
    LetterState.FAILED: "Non remis",
    LetterState.CANCELLED: "Annulé",
    LetterState.TO_PRINT: "À imprimer",
    LetterState.PRINTED: "Imprimé",
}
