"""Reads of letters: what a family will receive and received, those that wait for an agent, the words in use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from backoffice.catalog.queries import find_town
from backoffice.families.queries import family_names, payers_on
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.letters.kinds import LetterKind, LetterState
from backoffice.letters.rules import Around, Outcome, Said, Template, Written, template_problems, write
from backoffice.letters.tables import LetterItemRow, LetterRow, LetterTemplateRow
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
class LetterLine:
    """A letter, and the name of its family."""

    letter: LetterView
    family: str


@dataclass(frozen=True, slots=True)
class LetterList:
    """Some letters, the last first. `counts`: how many did not leave by mail, by where they are; `more`: there are
    older ones."""

    lines: tuple[LetterLine, ...]
    counts: Mapping[LetterState, int]
    more: bool


@dataclass(frozen=True)
class ListLetters(Query[LetterList]):
    """The letters that are in one of these states, all but the cancelled ones without states."""

    states: frozenset[LetterState] = frozenset()
    limit: int = _MOST_LISTED


@read(ListLetters, permission="letters.read")
def list_letters(query: ListLetters, reading: Reading) -> LetterList:
    session = reading.session
    states = query.states or frozenset(LetterState) - {LetterState.CANCELLED}
    wanted = LetterRow.state.in_(sorted(state.value for state in states))
    chosen = select(LetterRow).where(wanted).order_by(LetterRow.id.desc()).limit(query.limit + 1)
    if LetterState.SENT not in states:
        chosen = chosen.where(LetterRow.sent_at.is_(None))  # few letters stay: this is what the index holds
    rows = session.scalars(chosen).all()
    names = family_names(session, {row.family_id for row in rows})
    lines = [LetterLine(_view(row), names[row.family_id].name) for row in rows if row.family_id in names]
    counts = session.execute(
        select(LetterRow.state, func.count()).where(LetterRow.sent_at.is_(None)).group_by(LetterRow.state)
    )
    return LetterList(
        tuple(lines[:query.limit]), {LetterState(state): count for state, count in counts}, len(rows) > query.limit
    )


@dataclass(frozen=True, slots=True)
class PaperLetter:
    """A letter to put in an envelope. `issuer`: the town and its address, `to`: whom it is sent to, in lines."""

    issuer: tuple[str, ...]
    to: tuple[str, ...]
    family: str
    day: date
    subject: str
    body: str


@dataclass(frozen=True)
class LettersOnPaper(Query[tuple[PaperLetter, ...]]):
    """Letters as they go by post, in this order: each to the main payer of its family, else to the family."""

    letter_ids: tuple[int, ...]


@read(LettersOnPaper, permission="letters.read")
def letters_on_paper(query: LettersOnPaper, reading: Reading) -> tuple[PaperLetter, ...]:
    """Raises UserError `letters.unknown`, `catalog.no_town`."""
    session = reading.session
    rows = {row.id: row for row in session.scalars(select(LetterRow).where(LetterRow.id.in_(query.letter_ids)))}
    if len(rows) < len(set(query.letter_ids)):
        raise UserError("letters.unknown")
    town = find_town(session)
    families = {row.family_id for row in rows.values()}
    names, payers = family_names(session, families), payers_on(session, families, reading.today)
    found = []
    for row in (rows[letter_id] for letter_id in query.letter_ids):
        family = names[row.family_id].name
        to = next(((one.name, *one.address) for one in payers.get(row.family_id, ())), (f"Famille {family}",))
        found.append(PaperLetter((town.name, *town.address), to, family, reading.today, row.subject, row.body))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Fact:
    """What became of the last letter that tells a fact. `waits`: it will leave; `stopped`: it waits for an agent."""

    sent_at: datetime | None
    waits: bool
    stopped: bool


def letters_telling(session: Session, about: str, ids: Collection[int]) -> dict[int, Fact]:
    """The letters that tell these facts, as far as this agent sees letters."""
    found: dict[int, Fact] = {}
    for some in batches(ids):
        statement = (
            select(LetterItemRow.about_id, LetterRow.state, LetterRow.sent_at)
            .join(LetterRow, LetterRow.id == LetterItemRow.letter_id)
            .where(LetterItemRow.about == about, LetterItemRow.about_id.in_(some))
            .order_by(LetterRow.id)
        )
        for about_id, state, sent_at in session.execute(statement):
            waits = state in {LetterState.HELD, LetterState.CLOSED, LetterState.SENDING}
            found[about_id] = Fact(sent_at, waits, state in {LetterState.FAILED, LetterState.TO_PRINT})
    return found


def _view(row: LetterRow) -> LetterView:
    kind = LetterKind(row.kind)
    return LetterView(
        row.id, row.family_id, kind, models()[kind].label, LetterState(row.state), row.to_address, row.subject,
        row.body, row.created_at, row.send_after, row.sent_at, row.tries, row.failure,
    )


def last_told(session: Session, kind: LetterKind, family_ids: Collection[int]) -> dict[tuple[int, str, int], datetime]:
    """When a letter of this kind last told each fact to these families, by family, `about` and `about_id`.

    What was taken back was never told; what is still held counts.
    """
    letter, item = LetterRow, LetterItemRow
    found: dict[tuple[int, str, int], datetime] = {}
    for some in batches(family_ids):
        rows = session.execute(
            select(item.family_id, item.about, item.about_id, func.max(letter.created_at))
            .join(letter, letter.id == item.letter_id)
            .where(item.family_id.in_(some), letter.kind == kind.value, letter.state != LetterState.CANCELLED.value)
            .group_by(item.family_id, item.about, item.about_id)
        )
        found.update(((family, about, about_id), at) for family, about, about_id, at in rows)
    return found


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
