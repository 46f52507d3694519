"""The words of documents: whose they are, how long they hold, what became of them."""

from __future__ import annotations

from enum import StrEnum


class Owner(StrEnum):
    """Whom a document is about."""

    FAMILY = "family"
    CHILD = "child"
    ADULT = "adult"


class Sensitivity(StrEnum):
    """Who may open it: whoever sees the family; the same, with a trace; only who may read health sheets, with one."""

    USUAL = "usual"
    SENSITIVE = "sensitive"
    HEALTH = "health"


class Validity(StrEnum):
    """How long an accepted document holds. ON_DOCUMENT: until the day written on it."""

    FOREVER = "forever"
    YEARS = "years"
    SCHOOL_YEAR = "school_year"
    ON_DOCUMENT = "on_document"


class Feed(StrEnum):
    """What an accepted document fills in, once what was read on it is confirmed."""

    NOTHING = ""
    QUOTIENT = "quotient"
    INSURANCE = "insurance"
    VACCINES = "vaccines"


class Condition(StrEnum):
    """When a document is asked for at all."""

    ALWAYS = ""
    PAI = "pai"          # a PAI is declared on the child's health sheet
    DEBIT = "debit"      # the family pays by direct debit


class Blocks(StrEnum):
    """What waits until a mandatory document is validated."""

    NOTHING = ""
    REGISTRATION = "registration"
    BOOKING = "booking"


class DocumentState(StrEnum):
    """What became of one sending."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        return _STATES[self]


class ObligationState(StrEnum):
    """Where a family stands with one thing that is asked of it."""

    MISSING = "missing"
    SENT = "sent"
    VALIDATED = "validated"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WAIVED = "waived"

    @property
    def label(self) -> str:
        return _OBLIGATIONS[self]


class Origin(StrEnum):
    """The way a document came."""

    PORTAL = "portal"
    COUNTER = "counter"
    EMAIL = "email"
    POST = "post"

    @property
    def label(self) -> str:
        return _ORIGINS[self]


class ArrivalState(StrEnum):
    """What became of something that arrived without a known family."""

    TO_SORT = "to_sort"
    SORTED = "sorted"
    DISCARDED = "discarded"


_STATES = {
    DocumentState.PENDING: "À examiner",
    DocumentState.ACCEPTED: "Validée",
    DocumentState.REJECTED: "Rejetée",
}
_OBLIGATIONS = {
    ObligationState.MISSING: "Manquante",
    ObligationState.SENT: "Transmise",
    ObligationState.VALIDATED: "Validée",
    ObligationState.REJECTED: "Rejetée",
    ObligationState.EXPIRED: "Expirée",
    ObligationState.WAIVED: "Dérogation",
}
_ORIGINS = {
    Origin.PORTAL: "Portail",
    Origin.COUNTER: "Guichet",
    Origin.EMAIL: "Courriel",
    Origin.POST: "Courrier",
}
