"""The forms a family signs: « Fiche sanitaire » and « Fiche des autorisations », filled in with what its file knows.

A form carries a number, printed with its key, so that what comes back on paper is tied to its child and its type. What
became of it is read, never written: its letter says when it left, the documents of its type what came back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from backoffice.documents.kinds import DocumentState
from backoffice.health.rules import SheetValues
from backoffice.kernel.periods import french_day
from backoffice.kernel.zone import PARIS

_PRINTED = re.compile(r"(\d{4,12})-?(\d{2})")
_KEY = 97


class FormKind(StrEnum):
    """A form the program fills in, named by the code of the document type it becomes once signed."""

    HEALTH = "HEALTH_FORM"
    AUTHORISATIONS = "AUTHORISATIONS"

    @property
    def label(self) -> str:
        return _TITLES[self]


_TITLES = {
    FormKind.HEALTH: "Fiche sanitaire de liaison",
    FormKind.AUTHORISATIONS: "Fiche des autorisations",
}


class FormState(StrEnum):
    """Where a form is. GENERATED: to be sent or handed over. TO_SEND: its letter waits. STOPPED: its letter did not
    arrive. RETURNED: what came back waits to be looked at."""

    NOTHING = "nothing"
    GENERATED = "generated"
    TO_SEND = "to_send"
    STOPPED = "stopped"
    SENT = "sent"
    RETURNED = "returned"
    REJECTED = "rejected"
    VALIDATED = "validated"

    @property
    def label(self) -> str:
        return _STATES[self]


_STATES = {
    FormState.NOTHING: "À générer",
    FormState.GENERATED: "À envoyer",
    FormState.TO_SEND: "Envoi en cours",
    FormState.STOPPED: "Non remise",
    FormState.SENT: "Envoyée",
    FormState.RETURNED: "Revenue signée",
    FormState.REJECTED: "Rejetée",
    FormState.VALIDATED: "Validée",
}


# --- what the paper says -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FormPerson:
    """A parent or somebody the family named; empty texts are lines to fill in."""

    name: str
    phones: tuple[str, ...] = ()
    email: str = ""
    address: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormView:
    """Everything a form shows. `places`: « Cantine : Repas du midi ». `health`: only for who may read it, never in a
    mail; None leaves its lines blank."""

    kind: FormKind
    number: int
    town: str
    town_address: tuple[str, ...]
    contact: tuple[str, ...]
    year: str
    child: str
    birth_date: date | None
    address: tuple[str, ...]
    family: str
    places: tuple[str, ...]
    adults: tuple[FormPerson, ...]
    others: tuple[FormPerson, ...]
    day: date
    health: SheetValues | None = None
    menu: str = ""

    @property
    def printed_number(self) -> str:
        return printed_number(self.number)

    @property
    def file_name(self) -> str:
        """« DUPONT Léa Fiche sanitaire de liaison 000123-71 », for the file of this form alone: sorted by child."""
        return f"{self.child} {self.kind.label} {self.printed_number}"


def printed_number(number: int) -> str:
    """The number of a form as it is printed and typed again: « 000123-45 », the last two digits being its key."""
    return f"{number:06d}-{_KEY - number % _KEY:02d}"


def number_typed(text: str) -> int | None:
    """The form that a printed number names, dash and spaces or not; None when its key does not fit: it was misread."""
    found = _PRINTED.fullmatch(re.sub(r"[\s.]", "", text).upper().removeprefix("FICHE-"))
    if found is None:
        return None
    number = int(found[1])
    return number if _KEY - number % _KEY == int(found[2]) else None


# --- where it is ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Generation:
    """A form that was made, with what became of its letter. `letter_stopped`: it waits for an agent."""

    number: int
    at: datetime
    sent_at: datetime | None = None
    letter_waits: bool = False
    letter_stopped: bool = False


@dataclass(frozen=True, slots=True)
class Return:
    """A document of the type of the form, about the same child. `at`: when it was decided, else when it came."""

    received_at: datetime
    at: datetime
    state: DocumentState
    holds: bool = True  # an accepted one that is over asks for a new form


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a child's form is, and the days an agent reads."""

    state: FormState
    number: int = 0
    generated_at: datetime | None = None
    sent_at: datetime | None = None
    returned_at: datetime | None = None

    @property
    def generated_day(self) -> date | None:
        return _paris_day(self.generated_at)

    @property
    def sent_day(self) -> date | None:
        return _paris_day(self.sent_at)

    @property
    def returned_day(self) -> date | None:
        return _paris_day(self.returned_at)

    @property
    def told(self) -> str:
        """« Générée le 2 juin 2026, envoyée le 2 juin 2026, en attente du retour signé. »"""
        if self.state is FormState.NOTHING:
            return "Pas encore générée."
        parts = [f"générée le {_day(self.generated_at)}"] if self.generated_at else []
        parts += [f"envoyée le {_day(self.sent_at)}"] if self.sent_at else []
        if self.state in _AWAY:
            parts.append(_AWAY[self.state])
        elif self.returned_at is not None:
            parts.append(f"{_BACK[self.state]} le {_day(self.returned_at)}")
        told = ", ".join(parts)
        return f"{told[:1].upper()}{told[1:]}."


_AWAY = {
    FormState.GENERATED: "à envoyer ou à remettre",
    FormState.TO_SEND: "courriel en cours d'envoi",
    FormState.STOPPED: "courriel non remis",
    FormState.SENT: "en attente du retour signé",
}
_BACK = {
    FormState.RETURNED: "revenue",
    FormState.REJECTED: "rejetée",
    FormState.VALIDATED: "validée",
}


def _paris_day(moment: datetime | None) -> date | None:
    return moment.astimezone(PARIS).date() if moment is not None else None


def _day(moment: datetime) -> str:
    return french_day(moment.astimezone(PARIS).date())


def followed(generations: Sequence[Generation], returns: Iterable[Return]) -> Followed:
    """Where the last form of a child is: what came back, or was decided, after it was made speaks for it."""
    last = max(generations, key=lambda each: each.number, default=None)
    back = sorted(returns, key=lambda each: each.at)
    latest = next((each for each in reversed(back) if each.state is DocumentState.PENDING), back[-1] if back else None)
    number, made, sent = (last.number, last.at, last.sent_at) if last else (0, None, None)
    if latest is not None and _speaks(latest, last):
        return Followed(_RETURNED[latest.state], number, made, sent, latest.at)
    return Followed(_on_its_way(last) if last else FormState.NOTHING, number, made, sent)


_RETURNED = {
    DocumentState.PENDING: FormState.RETURNED,
    DocumentState.REJECTED: FormState.REJECTED,
    DocumentState.ACCEPTED: FormState.VALIDATED,
}


def _speaks(latest: Return, last: Generation | None) -> bool:
    if latest.state is DocumentState.ACCEPTED and not latest.holds:
        return False
    return latest.state is DocumentState.PENDING or last is None or latest.at >= last.at


def _on_its_way(last: Generation) -> FormState:
    if last.letter_waits:
        return FormState.TO_SEND
    if last.letter_stopped:
        return FormState.STOPPED
    return FormState.SENT if last.sent_at is not None else FormState.GENERATED
