"""Opening a child's health sheet, saying why, and correcting it."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.families.queries import is_child
from backoffice.health.choices import menus
from backoffice.health.events import HealthSheetEdited
from backoffice.health.rules import SheetValues, sheet_problems, tidy_reason, tidy_sheet
from backoffice.health.sheets import read_sheet, write_sheet
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.errors import InvalidFields, UserError


@dataclass(frozen=True, slots=True)
class HealthSheet:
    """A sheet as it was read. `version` goes with `EditHealthSheet`; 0 when nothing was ever written."""

    person_id: int
    version: int
    values: SheetValues


@dataclass(frozen=True)
class ReadHealthSheet(Command[HealthSheet]):
    """Open a child's sheet. Who read it, when and why stays for ever: a command and not a question."""

    person_id: int
    reason: str


@use_case(ReadHealthSheet, permission="health.read", action="health.sheet_read")
def read_health_sheet(command: ReadHealthSheet, context: Context) -> HealthSheet:
    """Raises UserError `health.reason_missing`, `health.reason_too_long`, `health.not_a_child`."""
    sheet = open_sheet(context, command.person_id, command.reason)
    context.record(f"person {command.person_id}", version=sheet.version)
    return sheet


def open_sheet(context: Context, person_id: int, reason: str) -> HealthSheet:
    """The sheet of a child, for another use case of who may read it; the trace is left here too.

    Raises UserError `health.reason_missing`, `health.reason_too_long`, `health.not_a_child`.
    """
    reason = tidy_reason(reason)
    _refuse_other_than_child(context, person_id)
    version, values = read_sheet(context, person_id, reason)
    return HealthSheet(person_id, version, values)


@dataclass(frozen=True)
class EditHealthSheet(Command[int]):
    """Correct a child's sheet; answers its new version. `version`: the one that was read, 0 for a first sheet.

    Sending what stood before with the answered version undoes it.
    """

    person_id: int
    version: int
    values: SheetValues


@use_case(EditHealthSheet, permission="health.edit", action="health.sheet_edited")
def edit_health_sheet(command: EditHealthSheet, context: Context) -> int:
    """Raises InvalidFields, UserError `health.not_a_child`, `record.changed_meanwhile`."""
    problems = sheet_problems(command.values, menus(), context.today)
    if problems:
        raise InvalidFields(problems)
    _refuse_other_than_child(context, command.person_id)
    version = write_sheet(context, command.person_id, command.version, tidy_sheet(command.values))
    context.record(f"person {command.person_id}", version=version)
    context.events.append(HealthSheetEdited(command.person_id, version))
    return version


def _refuse_other_than_child(context: Context, person_id: int) -> None:
    """Only children have a sheet, and only those whom this agent sees."""
    if not is_child(context.session, person_id):
        raise UserError("health.not_a_child")
