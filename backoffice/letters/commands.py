"""What an agent does with letters: send one again, say that one was printed; and what an administrator writes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from backoffice.families.queries import mail_addresses
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.letters.events import LettersChanged, TemplatesChanged
from backoffice.letters.kinds import STOPPED, LetterKind, LetterState
from backoffice.letters.rules import Template, is_address, template_problems
from backoffice.letters.tables import LetterRow, LetterTemplateRow
from backoffice.letters.templates import models


@dataclass(frozen=True)
class SendAgain(Command[None]):
    """« Renvoyer »: a letter that did not arrive leaves again, to the address that the family has now."""

    letter_id: int


@use_case(SendAgain, permission="letters.write", action="letters.sent_again")
def send_again(command: SendAgain, context: Context) -> None:
    """Raises UserError `letters.unknown`, `letters.not_failed`, `letters.no_address`."""
    letter = _stopped(context, command.letter_id)
    address = mail_addresses(context.session, [letter.family_id]).get(letter.family_id, "")
    if not is_address(address):
        raise UserError("letters.no_address")
    letter.to_address, letter.failure = address, ""
    letter.state = LetterState.CLOSED
    letter.closed_at = letter.send_after = context.now


@dataclass(frozen=True)
class MarkPrinted(Command[None]):
    """A letter that could not be sent was printed, and goes by post."""

    letter_id: int


@use_case(MarkPrinted, permission="letters.write", action="letters.printed")
def mark_printed(command: MarkPrinted, context: Context) -> None:
    """Raises UserError `letters.unknown`, `letters.not_failed`."""
    _stopped(context, command.letter_id).state = LetterState.PRINTED


def _stopped(context: Context, letter_id: int) -> LetterRow:
    """A letter that waits for an agent, locked."""
    letter = context.session.scalars(
        select(LetterRow).where(LetterRow.id == letter_id).with_for_update()
    ).one_or_none()
    if letter is None:
        raise UserError("letters.unknown")
    if LetterState(letter.state) not in STOPPED:
        raise UserError("letters.not_failed")
    context.record(f"letter {letter_id}", was=letter.state)
    context.events.append(LettersChanged(letter.family_id))
    return letter


@dataclass(frozen=True)
class EditTemplate(Command[int]):
    """Write the town's own words for a kind of letter; answers the new version.

    `version`: the one that was read, 0 while the town has none. Without a template, the usual words are put back: for
    an administrator they are words like any other, and the version goes on. Letters already held keep theirs.
    """

    kind: LetterKind
    version: int
    template: Template | None


@use_case(EditTemplate, permission="letters.configure", action="letters.template_edited")
def edit_template(command: EditTemplate, context: Context) -> int:
    """Raises InvalidFields (`subject`, `body`, the code of an outcome), UserError `record.changed_meanwhile`."""
    model = models()[command.kind]
    template = command.template or model.usual
    problems = template_problems(template, model.outcomes)
    if problems:
        raise InvalidFields(problems)
    session = context.session
    row = session.scalar(select(LetterTemplateRow).where(LetterTemplateRow.kind == command.kind))
    if (row.version if row is not None else 0) != command.version:
        raise UserError("record.changed_meanwhile")
    values = {"subject": template.subject, "body": template.body, "lines": dict(template.lines)}
    if row is None:
        row = LetterTemplateRow(kind=command.kind.value, **values)
        session.add(row)
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    context.record(f"template {command.kind}", version=row.version, own=command.template is not None)
    context.events.append(TemplatesChanged(command.kind))
    return row.version
