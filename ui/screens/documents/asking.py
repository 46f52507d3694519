"""What is typed to decide: the days an accepted piece covers, why one is rejected, another type, a waiver. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from backoffice.documents.deciding import AcceptDocument, ChangeDocument
from backoffice.documents.kinds import Feed, Owner, Validity
from backoffice.documents.queue import Piece
from backoffice.documents.starting import RejectReason
from backoffice.documents.types import DocumentTypeLine
from backoffice.documents.waiving import GiveWaiver
from backoffice.families.rules import quotient_words
from backoffice.letters.kinds import LetterKind
from backoffice.letters.queries import TemplateView
from backoffice.letters.rules import Around, Said, Template, write
from ui.forms import Entry, FieldSpec, Reader, typed_day

_FAMILY = "family"
_KEYS = 9
_USUAL_WAIVER = timedelta(days=30)


# --- accepting ---------------------------------------------------------------------------------------------------


def accept_fields(piece: Piece) -> Sequence[FieldSpec]:
    """The days it covers as they are offered; the quotient when the piece says it."""
    lasts = piece.kind.values.validity is not Validity.FOREVER
    fields = [
        FieldSpec("valid_from", "Valable &du", Entry.DAY, typed_day(piece.period.start), required=True),
        FieldSpec("valid_to", "Jus&qu'au", Entry.DAY, typed_day(piece.period.end), required=lasts, beside=True,
                  placeholder="" if lasts else "sans fin"),
    ]
    if piece.kind.values.feeds is Feed.QUOTIENT:
        fields += [
            FieldSpec("quotient", "Quot&ient lu", Entry.NUMBER, "", placeholder="vide : inchangé"),
            FieldSpec("quotient_from", "À &compter du", Entry.DAY, typed_day(piece.period.start), beside=True),
        ]
    return fields


def accept_command(piece: Piece, values: Mapping[str, str], today: date) -> tuple[AcceptDocument, Mapping[str, str]]:
    """The command, and what is wrong by field."""
    reader = Reader(accept_fields(piece), values, today)
    quotient = reader.optional_decimal("quotient")
    command = AcceptDocument(
        piece.document_id, piece.version, reader.day("valid_from"), reader.optional_day("valid_to"), quotient,
        reader.optional_day("quotient_from") if quotient is not None else None,
    )
    if quotient is not None and quotient < 0:
        reader.blame("quotient", f"« {quotient_words(quotient)} » : un quotient n'est jamais négatif.")
    return command, reader.errors


# --- rejecting ---------------------------------------------------------------------------------------------------


def offered(reasons: Sequence[RejectReason]) -> Sequence[RejectReason]:
    """A key for each, the last being « Autre… » however many there are."""
    return reasons if len(reasons) <= _KEYS else (*reasons[:_KEYS - 1], reasons[-1])


# --- another type, another person --------------------------------------------------------------------------------


def change_fields(piece: Piece, types: Sequence[DocumentTypeLine], today: date) -> Sequence[FieldSpec]:
    """Every type still asked for, and whom it can be about."""
    offered = [one for one in types if one.values.last_day is None or one.values.last_day >= today
               or one.id == piece.kind.id]
    people = [(_FAMILY, "La famille"), *((str(person), name) for person, name, _ in piece.members)]
    whom = str(piece.person_id) if piece.person_id is not None else _FAMILY
    return [
        FieldSpec("type", "T&ype de pièce", Entry.CHOICE, str(piece.kind.id),
                  options=tuple((str(one.id), one.name) for one in offered)),
        FieldSpec("person", "&Concerne", Entry.CHOICE, whom, options=tuple(people)),
    ]


def change_command(piece: Piece, values: Mapping[str, str]) -> ChangeDocument:
    whom = values.get("person", _FAMILY)
    person = None if whom == _FAMILY else int(whom)
    return ChangeDocument(piece.document_id, piece.version, int(values["type"]), person)


def fitting_person(piece: Piece, kind: DocumentTypeLine, whom: str) -> str:
    """Whom a piece of this type can be about: the same person when it fits, else the first who does."""
    if kind.owner is Owner.FAMILY:
        return _FAMILY
    fitting = [str(person) for person, _, owner in piece.members if owner is kind.owner]
    return whom if whom in fitting or not fitting else fitting[0]


# --- waiver ------------------------------------------------------------------------------------------------------


def waiver_fields(today: date) -> Sequence[FieldSpec]:
    return [
        FieldSpec("until", "Jus&qu'au", Entry.DAY, typed_day(today + _USUAL_WAIVER), required=True,
                  hint="La pièce bloque de nouveau le lendemain, sans rien faire."),
        FieldSpec("reason", "&Raison, gardée au dossier", Entry.LONG, required=True),
    ]


def waiver_command(piece: Piece, values: Mapping[str, str], today: date) -> tuple[GiveWaiver, Mapping[str, str]]:
    reader = Reader(waiver_fields(today), values, today)
    command = GiveWaiver(
        piece.family_id, piece.person_id, piece.kind.id, reader.day("until"), " ".join(reader.text("reason").split())
    )
    return command, reader.errors


# --- what the family will read -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the town for a decision."""

    template: TemplateView | None

    @classmethod
    def among(cls, templates: Sequence[TemplateView]) -> Words:
        return cls(next((one for one in templates if one.kind is LetterKind.DOCUMENTS_DECIDED), None))

    def said(self, piece: Piece, outcome: str, reason: str = "", comment: str = "", until: date | None = None) -> str:
        """The lines that the family will read of this piece, exactly; empty until the words are known."""
        if self.template is None:
            return ""
        said = Said(outcome, piece.kind.name, piece.person, reason, " ".join(comment.split()), until)
        names = {one.code: one.name for one in self.template.outcomes}
        lines = self.template.template.lines
        only = Template("-", f"{{{names[outcome]}}}", lines)
        return write(only, self.template.outcomes, [said], Around("", "", "")).body.strip()
