"""The words of each kind of letter: those of the town, else those that come with the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import select

from backoffice.kernel.database import Session
from backoffice.kernel.resources import load_toml
from backoffice.letters.kinds import LetterKind
from backoffice.letters.rules import Outcome, Template
from backoffice.letters.tables import LetterTemplateRow


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of letter as it is shipped: its name on screen, the ways it speaks of a document, its usual words."""

    kind: LetterKind
    label: str
    outcomes: tuple[Outcome, ...]
    usual: Template


@cache
def models() -> Mapping[LetterKind, Model]:
    """Raises EnvironmentFault when the installation is damaged."""
    shipped = load_toml("letters.toml")
    return {kind: _model(kind, shipped[kind]) for kind in LetterKind}


def _model(kind: LetterKind, entry: Mapping[str, Any]) -> Model:
    outcomes: Mapping[str, Mapping[str, str]] = entry["outcomes"]
    return Model(
        kind=kind,
        label=entry["label"],
        outcomes=tuple(Outcome(code, one["name"], one["one"], one["several"]) for code, one in outcomes.items()),
        usual=Template(
            entry["subject"], entry["body"].strip("\n"), {code: one["line"] for code, one in outcomes.items()}
        ),
    )


def template_of(session: Session, kind: LetterKind) -> Template:
    """The words in use."""
    row = session.scalar(select(LetterTemplateRow).where(LetterTemplateRow.kind == kind))
    return models()[kind].usual if row is None else Template(row.subject, row.body, row.lines)
