"""What is typed to sort an arrival: which document it is, and which of its files. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from backoffice.documents.arrivals.sorting import ArrivalFile, ArrivalView, SortArrival
from backoffice.documents.kinds import ObligationState
from backoffice.documents.obligations import FamilyObligations
from backoffice.documents.safety.rules import QUARANTINE
from backoffice.documents.types import DocumentTypeLine
from backoffice.documents.whose import people_for
from backoffice.families.queries import FamilyFile
from ui.forms import YES, Entry, FieldSpec, Reader

_FILE = "file-"
_TO_SEND = frozenset({ObligationState.MISSING, ObligationState.REJECTED, ObligationState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Chosen:
    """The family that an arrival is for, with what is still asked of it."""

    file: FamilyFile
    obligations: FamilyObligations


def let_in(arrival: ArrivalView) -> Sequence[ArrivalFile]:
    """Those that may be opened, and sorted."""
    return [file for file in arrival.files if not file.refusal and QUARANTINE not in file.flags]


def fields_for(
    arrival: ArrivalView, chosen: Chosen, types: Sequence[DocumentTypeLine], today: date, what: str = ""
) -> Sequence[FieldSpec]:
    """One list of documents, those that the family has still to send first; its files when there are several.

    `what`: the one that is offered, as `what_of` names it.
    """
    options = _options(chosen, types, today)
    files = let_in(arrival)
    fields = [
        FieldSpec("what", "&Document", Entry.CHOICE, what, required=True,
                  options=(("", "Choisir…"), *((key, words) for key, words, _ in options)))
    ]
    if len(files) > 1:
        fields += [
            FieldSpec(f"{_FILE}{file.id}", file.name, Entry.FLAG, YES,
                      heading="Fichiers de ce document" if place == 0 else "")
            for place, file in enumerate(files)
        ]
    return fields


def what_of(type_code: str, person_id: int) -> str:
    """How the list of documents names one."""
    return f"{type_code}/{person_id}"


def sort_command(
    arrival: ArrivalView, chosen: Chosen, types: Sequence[DocumentTypeLine], values: Mapping[str, str], today: date
) -> tuple[SortArrival | None, Mapping[str, str]]:
    """The command, or what is wrong by field."""
    reader = Reader(fields_for(arrival, chosen, types, today), values, today)
    what = reader.text("what")
    files = let_in(arrival)
    kept = tuple(file.id for file in files if len(files) == 1 or reader.flag(f"{_FILE}{file.id}"))
    if not kept:
        reader.blame("what", "Cochez au moins un fichier.")
    if reader.errors:
        return None, reader.errors
    code, _, person = what.partition("/")
    return SortArrival(arrival.id, chosen.file.id, int(person) or None, code, kept), {}


def _options(
    chosen: Chosen, types: Sequence[DocumentTypeLine], today: date
) -> Sequence[tuple[str, str, bool]]:
    """(value, words, is asked for), what is asked for first."""
    wanted = {
        (type_id, asked.person_id or 0)
        for asked in chosen.obligations.asked if asked.state in _TO_SEND for type_id in asked.type_ids
    }
    found = [
        (what_of(kind.code, person), f"{kind.name} : {name}" if name else kind.name, (kind.id, person) in wanted)
        for kind in types if kind.values.last_day is None or kind.values.last_day >= today
        for person, name in people_for(chosen.file, kind.owner)
    ]
    found.sort(key=lambda each: not each[2])
    return [(key, f"{words} · à fournir" if asked else words, asked) for key, words, asked in found]

