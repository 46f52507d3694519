"""« Relancer » : one mail per family for all it has to send, shown before it leaves and taken back while it is held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from backoffice.documents.kinds import ObligationState
from backoffice.documents.outstanding import (
    Asked,
    OutstandingLine,
    about,
    follow_up_days,
    outstanding_lines,
)
from backoffice.families.queries import mail_addresses
from backoffice.kernel.application import Command, Context, Query, Reading, read, use_case
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress, silent
from backoffice.letters.kinds import LetterKind
from backoffice.letters.many import Fact, say_to_many, take_back, written_to
from backoffice.letters.queries import last_told
from backoffice.letters.rules import Written, is_address

KIND = LetterKind.DOCUMENTS_REMINDER


@dataclass(frozen=True, slots=True)
class ReminderDraft:
    """What one family will read. `to_address`: empty when it has none, its letter is then to print."""

    family_id: int
    family: str
    to_address: str
    documents: int
    written: Written


@dataclass(frozen=True, slots=True)
class ReminderPlan:
    """Who will be reminded. `recent`: the families left alone because they were within `days`, or that would be."""

    drafts: tuple[ReminderDraft, ...]
    recent: int
    days: int

    @property
    def mailed(self) -> int:
        return sum(bool(draft.to_address) for draft in self.drafts)

    @property
    def to_print(self) -> int:
        return len(self.drafts) - self.mailed


@dataclass(frozen=True)
class PlanReminders(Query[ReminderPlan]):
    """What `SendReminders` would do now. `wanted`: keys of lines; `days`: those that the lines were listed with."""

    wanted: tuple[Asked, ...]
    days: int
    again: bool = False


@read(PlanReminders, permission="letters.write")
def plan_reminders(query: PlanReminders, reading: Reading) -> ReminderPlan:
    """Raises UserError `catalog.no_town`."""
    session = reading.session
    lines = _standing(session, query.wanted, reading.today, query.days, reading.progress)
    kept, recent = _without_recent(session, lines, reading.now, again=query.again)
    written = written_to(session, KIND, {family: [_facts(line) for line in some] for family, some in kept.items()})
    addresses = mail_addresses(session, kept)
    drafts = tuple(
        ReminderDraft(family, some[0].family, _reached(addresses.get(family, "")), len(some), written[family])
        for family, some in kept.items()
    )
    return ReminderPlan(drafts, recent, follow_up_days()[1])


@dataclass(frozen=True, slots=True)
class Reminded:
    """What was said, held for a minute. `letters` goes with `TakeBackReminders`."""

    letters: tuple[int, ...]
    to_print: int
    documents: int


@dataclass(frozen=True)
class SendReminders(Command[Reminded]):
    """Remind these families of what they still have to send, all or none; `again`: those of late too.

    What came meanwhile is not asked for.
    """

    wanted: tuple[Asked, ...]
    days: int
    again: bool = False
    op_id: UUID | None = None


@use_case(SendReminders, permission="letters.write", action="documents.reminded")
def send_reminders(command: SendReminders, context: Context) -> Reminded:
    """Raises UserError `documents.nobody_to_remind`, `catalog.no_town`, Cancelled."""
    session = context.session
    lines = _standing(session, command.wanted, context.today, command.days, context.progress)
    kept, _ = _without_recent(session, lines, context.now, again=command.again)
    if not kept:
        raise UserError("documents.nobody_to_remind")
    told = {family: [Fact(*about(line.key), _facts(line)) for line in some] for family, some in kept.items()}
    letters = say_to_many(context, KIND, told)
    addresses = mail_addresses(session, kept)
    context.record("reminders", families=len(letters), documents=sum(map(len, told.values())))
    return Reminded(
        letters, sum(not _reached(addresses.get(family, "")) for family in kept), sum(map(len, told.values()))
    )


@dataclass(frozen=True)
class TakeBackReminders(Command[int]):
    """Cancel the reminders that have not left; answers how many."""

    letters: tuple[int, ...]


@use_case(TakeBackReminders, permission="letters.write", action="documents.reminders_taken_back")
def take_back_reminders(command: TakeBackReminders, context: Context) -> int:
    """Raises UserError `documents.reminders_left` when all have left."""
    count = take_back(context, KIND, command.letters)
    if not count:
        raise UserError("documents.reminders_left")
    context.record("reminders", letters=count)
    return count


def _standing(
    session: Session, wanted: Collection[Asked], today: date, days: int, progress: Progress = silent
) -> list[OutstandingLine]:
    """Those that are still to send, by family name."""
    asked = set(wanted)
    families = sorted({family_id for family_id, _, _ in asked})
    lines = [line for line in outstanding_lines(session, families, today, days, progress)
             if line.key in asked and line.state is not ObligationState.SENT]
    return sorted(lines, key=lambda line: (line.sort_name, line.family_id))


def _without_recent(
    session: Session, lines: Sequence[OutstandingLine], now: datetime, *, again: bool
) -> tuple[dict[int, list[OutstandingLine]], int]:
    """Family by family; those reminded of late, of anything, are counted, and left out unless wanted again."""
    _, days = follow_up_days()
    since = now - timedelta(days=days)
    by_family: defaultdict[int, list[OutstandingLine]] = defaultdict(list)
    for line in lines:
        by_family[line.family_id].append(line)
    recent = {family for (family, _, _), at in last_told(session, KIND, by_family).items() if at > since}
    kept = {family: some for family, some in by_family.items() if again or family not in recent}
    return kept, len(recent)


def _facts(line: OutstandingLine) -> dict[str, object]:
    """What the mail says of a document: see `letters.saying.say`."""
    facts: dict[str, object] = {"outcome": "missing", "document": line.document}
    if line.person:
        facts["person"] = line.person
    if line.service_id is not None:
        facts["service_id"] = line.service_id
    if line.notice:
        facts["comment"] = line.notice
    elif line.is_met:
        facts |= {"outcome": "expiring", "until": line.day.isoformat()}
    elif line.state is ObligationState.EXPIRED:
        facts["reason"] = f"n'est plus valable depuis le {french_day(line.day)}"
    elif line.state is ObligationState.REJECTED:
        facts |= {"reason": "à renvoyer", "comment": line.comment}
    elif line.day > line.today:
        facts["until"] = line.day.isoformat()
    return facts


def _reached(address: str) -> str:
    return address if is_address(address) else ""
