"""What families still have to send, and what soon holds no more: of all of them at once, to be followed and reminded.

What is optional is not followed: nobody waits for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import TypeAlias

from sqlalchemy import select

from backoffice.documents.kinds import Blocks, DocumentState, Feed, ObligationState
from backoffice.documents.obligations import Slots, asked_types, households, people_of, requirements_of
from backoffice.documents.rules import AskedType, Household, Obligation, Requirement, obligations, slot_of
from backoffice.documents.sieve import Doubt, doubts
from backoffice.documents.tables import DocumentRow
from backoffice.documents.vaccines import VaccineDue, vaccines_due
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import MemberName, family_names
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress, silent
from backoffice.kernel.resources import load_toml
from backoffice.kernel.zone import PARIS
from backoffice.letters.kinds import LetterKind
from backoffice.letters.queries import last_told
from backoffice.registrations.provisional import is_ending, provisional_in_words
from backoffice.registrations.queries import registered_families, registrations_of

_AT_ONCE = 500

Asked: TypeAlias = tuple[int, int | None, int]
"""What is asked of a family: its id, whom it is about (none: the family), the first type that would do."""


@cache
def follow_up_days() -> tuple[int, int]:
    """Within how many days a document counts as soon over, and how long a family that was reminded is left alone."""
    figures = load_toml("documents.toml")["follow_up"]
    return figures["ending_days"], figures["reminder_days"]


@dataclass(frozen=True, slots=True)
class OutstandingLine:
    """A mandatory document that a family must send, or send again before `day`; one that it sent already (SENT) only
    while a child comes who waits for it.

    `day`: the last one on which it holds, else the first on which it is missing; to come, it is needed for that day.
    `vaccines`: what the record of the child must show today. `notice`: of an admission that waits for vaccines.
    `reminded_at`: when the family was last asked for it. `service_id`: whom it may ask.
    """

    family_id: int
    family: str
    sort_name: str
    person_id: int | None
    person: str
    type_id: int
    document: str
    state: ObligationState
    blocks: frozenset[Blocks]
    day: date
    today: date
    comment: str = ""
    vaccines: tuple[VaccineDue, ...] = ()
    notice: str = ""
    service_id: int | None = None
    reminded_at: datetime | None = None

    @property
    def key(self) -> Asked:
        return self.family_id, self.person_id, self.type_id

    @property
    def is_met(self) -> bool:
        """Whether it still holds today."""
        return self.state in {ObligationState.VALIDATED, ObligationState.WAIVED}

    @property
    def when(self) -> str:
        """« depuis le 01/09/2026 », « jusqu'au 31/12/2026 », « pour le 04/01/2027 »."""
        word = "jusqu'au" if self.is_met else "depuis le" if self.day <= self.today else "pour le"
        return f"{word} {french_day(self.day)}"


@dataclass(frozen=True, slots=True)
class Outstanding:
    """`missing`: to send now, provisional admissions that end soon with them; `ending`: over within `days`.

    Both are by family, then as the family sees them. `is_asking`: whether the town asks for any document at all.
    """

    missing: tuple[OutstandingLine, ...]
    ending: tuple[OutstandingLine, ...]
    days: int
    is_asking: bool = True


@dataclass(frozen=True)
class ListOutstanding(Query[Outstanding]):
    """« Manquantes » and « Bientôt expirées », of every family this agent knows. `days`: the usual ones when None."""

    days: int | None = None


@read(ListOutstanding, permission="documents.read")
def list_outstanding(query: ListOutstanding, reading: Reading) -> Outstanding:
    days = follow_up_days()[0] if query.days is None else query.days
    session, today = reading.session, reading.today
    lines = outstanding_lines(session, registered_families(session, today), today, days, reading.progress)
    if reading.actor.may("letters.read"):
        lines = with_reminders(session, lines)
    lines = sorted(lines, key=lambda line: (line.sort_name, line.family_id))
    missing = tuple(line for line in lines if _is_missing(line))
    ending = tuple(line for line in lines if not _is_missing(line))
    return Outstanding(missing, ending, days, bool(requirements_of(session)))


def _is_missing(line: OutstandingLine) -> bool:
    return not line.is_met or bool(line.notice)


def outstanding_lines(
    session: Session, family_ids: Collection[int], today: date, days: int, progress: Progress = silent
) -> list[OutstandingLine]:
    """Those of these families, a batch of them at a time: as many reads for a thousand as for one."""
    types, requirements = asked_types(session), requirements_of(session)
    over = today + timedelta(days=days + 1)
    lines = registrations_of(session, family_ids, from_day=today)
    doubted = doubts(session, lines, types, requirements, today, over)
    names = family_names(session, doubted)
    registered = defaultdict(list)
    for each in lines:
        registered[each.family_id].append(each)
    found: list[OutstandingLine] = []
    done = 0
    for some in batches(doubted, _AT_ONCE):
        people = people_of(session, some)
        read_now = households(
            session, some, types, people, today, lines=[line for family in some for line in registered[family]],
            slots=_looked_for({family: doubted[family] for family in some}, people, types),
        )
        told = [
            (household, one, until)
            for household in read_now.values()
            for one, until in _to_follow(
                household, *_only(doubted[household.family_id].slots, types, requirements), today, over
            )
        ]
        refused = _decided_on(session, [one.document_id for _, one, _ in told
                                        if one.document_id is not None and one.state is ObligationState.REJECTED])
        for household, one, until in told:
            family = names[household.family_id]
            member = next((m for m in people[household.family_id] if m.person_id == one.person_id), None)
            day = until or refused.get(one.document_id or 0) or _needed_since(household, one)
            line = OutstandingLine(
                family.id, family.name, family.sort_name, one.person_id, member.name if member else "",
                one.type_ids[0], one.name, one.state, one.blocks, day, today, one.comment,
                service_id=_service(household, one),
            )
            if member is not None and _shows_vaccines(one, types):
                line = _about_vaccines(line, member, _admitted_until(household, one, types, today))
            found.append(line)
        done += len(some)
        progress(done, len(doubted), "familles")
    return found


def _to_follow(
    household: Household, types: Mapping[int, AskedType], requirements: Collection[Requirement], today: date, over: date
) -> Iterator[tuple[Obligation, date | None]]:
    """What is to send, and what is to send again because nothing follows it, with the day on which it ends or ended."""
    later: dict[tuple[int | None, str], Obligation] | None = None
    pending = {one.document_id for one in household.sent if one.state is DocumentState.PENDING}
    for one in obligations(household, types, requirements, today):
        if not one.is_mandatory:
            continue
        if one.document_id in pending:
            admitted = _admitted_until(household, one, types, today)
            if admitted is not None:  # still in the way of a child who already comes
                yield replace(one, state=ObligationState.SENT), admitted
        elif one.is_to_send:
            yield one, one.until + timedelta(days=1) if one.until is not None else None
        elif one.is_met and one.until is not None and one.until < over:
            if one.is_provisional:  # the family knows the end of it from the first day: nothing follows by itself
                yield one, one.until
                continue
            if later is None:
                later = {_slot(each, types): each for each in obligations(household, types, requirements, over)}
            then = later.get(_slot(one, types))
            if then is not None and then.is_mandatory and then.is_to_send:
                yield one, one.until


def _slot(one: Obligation, types: Mapping[int, AskedType]) -> tuple[int | None, str]:
    return one.person_id, slot_of(types[one.type_ids[0]])


def _only(
    slots: Collection[str], types: Mapping[int, AskedType], requirements: Iterable[Requirement]
) -> tuple[Mapping[int, AskedType], Sequence[Requirement]]:
    """The types that fill these slots, and what asks for them."""
    kept = {type_id: asked for type_id, asked in types.items() if slot_of(asked) in slots}
    return kept, [each for each in requirements if each.type_id in kept]


def _looked_for(
    doubted: Mapping[int, Doubt], people: Mapping[int, list[MemberName]], types: Mapping[int, AskedType]
) -> Iterator[Slots]:
    """Slot by slot, of whom a document may be missing."""
    whom: defaultdict[str, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for family_id, doubt in doubted.items():
        for slot, about_whom in doubt.about.items():
            families, persons = whom[slot]
            families.update({family_id} if None in about_whom else ())
            persons.update(each for each in about_whom if each is not None)
        for slot in doubt.adults:
            whom[slot][1].update(one.person_id for one in people[family_id] if one.role is MemberRole.ADULT)
    for slot, (families, persons) in whom.items():
        yield Slots(families, persons, [type_id for type_id, asked in types.items() if slot_of(asked) == slot])


def _decided_on(session: Session, document_ids: Collection[int]) -> dict[int, date]:
    row = DocumentRow
    return {
        found.id: found.decided_at.astimezone(PARIS).date()
        for some in batches(document_ids)
        for found in session.execute(select(row.id, row.decided_at).where(row.id.in_(some)))
        if found.decided_at is not None
    }


def _needed_since(household: Household, one: Obligation) -> date:
    """The first day of the registrations that may ask for it."""
    mine = [each.period.start for each in household.registrations if each.child_id == one.person_id]
    return min(mine or (each.period.start for each in household.registrations))


def _service(household: Household, one: Obligation) -> int | None:
    mine = [each.service_id for each in household.registrations if each.child_id == one.person_id]
    return min(mine or (each.service_id for each in household.registrations), default=None)


def _shows_vaccines(one: Obligation, types: Mapping[int, AskedType]) -> bool:
    return any(types[each].feeds is Feed.VACCINES for each in one.type_ids)


def _admitted_until(
    household: Household, one: Obligation, types: Mapping[int, AskedType], today: date
) -> date | None:
    """The last day of an admission that waits for this document, once it is near or past."""
    if not _shows_vaccines(one, types) or (one.is_met and not one.is_provisional):
        return None
    ends = [each.provisional_until for each in household.registrations
            if each.child_id == one.person_id and each.provisional_until is not None]
    until = max(ends, default=None)
    return until if until is not None and is_ending(until, today) else None


def _about_vaccines(line: OutstandingLine, member: MemberName, admitted_until: date | None) -> OutstandingLine:
    today = line.today
    due = vaccines_due(member.birth_date, today) if member.birth_date is not None else ()
    notice = provisional_in_words(admitted_until, today) if admitted_until is not None else ""
    return replace(line, vaccines=tuple(each for each in due if each.doses_due), notice=notice)


# --- reminders ---------------------------------------------------------------------------------------------------


def about(key: Asked) -> tuple[str, int]:
    """How a reminder names what it asks for: unique in the letter of a family."""
    family_id, person_id, type_id = key
    return f"reminder {type_id}", family_id if person_id is None else person_id


def with_reminders(session: Session, lines: Iterable[OutstandingLine]) -> list[OutstandingLine]:
    """The same, with when each was last asked for."""
    lines = list(lines)
    told = last_told(session, LetterKind.DOCUMENTS_REMINDER, {line.family_id for line in lines})
    by_family: defaultdict[int, dict[tuple[str, int], datetime]] = defaultdict(dict)
    for (family_id, what, about_id), at in told.items():
        by_family[family_id][what, about_id] = at
    return [
        replace(line, reminded_at=by_family[line.family_id].get(about(line.key)))
        if line.family_id in by_family else line
        for line in lines
    ]
