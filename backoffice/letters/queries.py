"""Reads of letters: what a family will receive and received, those that wait for an agent, the words in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from backoffice.catalog.queries import find_town
from backoffice.families.queries import family_names
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.errors import InvalidFields
from backoffice.letters.kinds import LetterKind, LetterState
from backoffice.letters.rules import Around, Outcome, Said, Template, Written, template_problems, write
from backoffice.letters.tables import LetterRow, LetterTemplateRow
from backoffice.letters.templates import models

_MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter as its family reads it. `send_after`: for a letter held, when it leaves. `failure`: why it stopped."""

    id: int
    family_id: int
    kind: LetterKind
    label: str
    state: LetterState
    to_address: str
    subject: str
    body: str
    created_at: datetime
    send_after: datetime
    sent_at: datetime | None
    tries: int
    failure: str


@dataclass(frozen=True)
class PreviewLetter(Query[tuple[LetterView, ...]]):
    """The letters held for a family, exactly as they will leave if nothing more is said."""

    family_id: int


@read(PreviewLetter, permission="letters.read")
def preview_letter(query: PreviewLetter, reading: Reading) -> tuple[LetterView, ...]:
    held = (
        select(LetterRow).where(LetterRow.family_id == query.family_id, LetterRow.closed_at.is_(None))
        .order_by(LetterRow.send_after, LetterRow.id)
    )
    return tuple(_view(row) for row in reading.session.scalars(held))


@dataclass(frozen=True)
class FamilyLetters(Query[tuple[LetterView, ...]]):
    """Everything that was written to a family, the last first; without what was cancelled."""

    family_id: int


@read(FamilyLetters, permission="letters.read")
def family_letters(query: FamilyLetters, reading: Reading) -> tuple[LetterView, ...]:
    rows = (
        select(LetterRow)
        .where(LetterRow.family_id == query.family_id, LetterRow.state != LetterState.CANCELLED.value)
        .order_by(LetterRow.id.desc()).limit(_MOST_LISTED)
    )
    return tuple(_view(row) for row in reading.session.scalars(rows))


@dataclass(frozen=True, slots=True)
class StoppedLetter:
    """A letter that waits for an agent, and the name of its family."""

    letter: LetterView
    family: str


@dataclass(frozen=True)
class StoppedLetters(Query[tuple[StoppedLetter, ...]]):
    """The letters that only an agent can mend: not delivered, or to print, the oldest first."""


@read(StoppedLetters, permission="letters.read")
def stopped_letters(_query: StoppedLetters, reading: Reading) -> tuple[StoppedLetter, ...]:
    stopped = (LetterState.FAILED.value, LetterState.TO_PRINT.value)
    rows = reading.session.scalars(
        select(LetterRow).where(LetterRow.sent_at.is_(None), LetterRow.state.in_(stopped))
        .order_by(LetterRow.id).limit(_MOST_LISTED)
    ).all()
    names = family_names(reading.session, {row.family_id for row in rows})
    return tuple(StoppedLetter(_view(row), names[row.family_id].name) for row in rows if row.family_id in names)


def _view(row: LetterRow) -> LetterView:
    kind = LetterKind(row.kind)
    return LetterView(
        row.id, row.family_id, kind, models()[kind].label, LetterState(row.state), row.to_address, row.subject,
        row.body, row.created_at, row.send_after, row.sent_at, row.tries, row.failure,
    )


# --- words -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TemplateView:
    """The words in use for a kind of letter. `version`: 0 while the town has none of its own. `usual`: those that come
    with the program."""

    kind: LetterKind
    label: str
    outcomes: tuple[Outcome, ...]
    version: int
    template: Template
    usual: Template


@dataclass(frozen=True)
class ListTemplates(Query[tuple[TemplateView, ...]]):
    """The words of every kind of letter."""


@read(ListTemplates, permission="catalog.read")
def list_templates(_query: ListTemplates, reading: Reading) -> tuple[TemplateView, ...]:
    own = {row.kind: row for row in reading.session.scalars(select(LetterTemplateRow))}
    return tuple(
        TemplateView(
            model.kind, model.label, model.outcomes, own[kind].version if kind in own else 0,
            Template(own[kind].subject, own[kind].body, own[kind].lines) if kind in own else model.usual, model.usual,
        )
        for kind, model in models().items()
    )


@dataclass(frozen=True)
class PreviewTemplate(Query[Written]):
    """A letter to an invented family with these words, before they are saved."""

    kind: LetterKind
    template: Template


@read(PreviewTemplate, permission="catalog.read")
def preview_template(query: PreviewTemplate, reading: Reading) -> Written:
    """Raises InvalidFields as `EditTemplate` does, UserError `catalog.no_town`."""
    model = models()[query.kind]
    problems = template_problems(query.template, model.outcomes)
    if problems:
        raise InvalidFields(problems)
    town = find_town(reading.session)
    said = [
        example
        for outcome in model.outcomes
        for example in (
            Said(outcome.code, "Attestation d'assurance", "Léa MARTIN", until=reading.today),
            Said(outcome.code, "Justificatif de domicile", reason="Illisible", comment="Merci de refaire la photo."),
        )
    ]
    return write(query.template, model.outcomes, said, Around("MARTIN", town.name, "\n".join(town.address)))
