"""What is asked of a family, and where it stands. Rules of the portal's guides: a document counts once *validated*, one
of several that stand for each other is enough, what is missing blocks new registrations and leaves the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Protocol, TypeVar

from backoffice.documents.kinds import Blocks, Condition, DocumentState, Feed, ObligationState, Owner, Validity
from backoffice.kernel.periods import Period, SchoolYear

# A document for the rentrée is sent before it: from this month on, a school year means the one that begins.
_RENTREE_FROM_MONTH = 6
_DONE = frozenset({ObligationState.VALIDATED, ObligationState.WAIVED})
_TO_SEND = frozenset({ObligationState.MISSING, ObligationState.REJECTED, ObligationState.EXPIRED})


@dataclass(frozen=True, slots=True)
class AskedType:
    """A type as obligations need it; `group` names those that stand for each other, empty for none."""

    id: int
    name: str
    owner: Owner
    group: str = ""
    condition: Condition = Condition.ALWAYS
    position: int = 0
    last_day: date | None = None
    feeds: Feed = Feed.NOTHING


def slot_of(asked: AskedType) -> str:
    """What several types fill: the name of their group, or their own id."""
    return asked.group or str(asked.id)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A type asked for by a service, or one activity of it; by every service when it names none.

    The narrowest one speaks for a type: an activity may forgo what its service asks for, and a service the town.
    """

    type_id: int
    service_id: int | None = None
    activity_id: int | None = None
    is_mandatory: bool = True
    blocks: Blocks = Blocks.REGISTRATION

    def asks(self, registration: Registered) -> bool:
        return (self.service_id is None or self.service_id == registration.service_id) and (
            self.activity_id is None or self.activity_id == registration.activity_id
        )

    @property
    def narrowness(self) -> tuple[bool, bool, bool, int]:
        """Said twice for one place, the stricter one stands."""
        return self.activity_id is not None, self.service_id is not None, self.is_mandatory, len(self.blocks)


@dataclass(frozen=True, slots=True)
class Registered:
    """A child registered to an activity of a service, or about to be.

    `provisional_until`: the last day of an admission that waits for vaccines.
    """

    child_id: int
    service_id: int
    activity_id: int
    period: Period
    provisional_until: date | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One sending. `person_id`: none for a document of the family; `number` orders sendings, the latest last."""

    document_id: int
    number: tuple[object, ...]
    type_id: int
    person_id: int | None
    state: DocumentState
    period: Period | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """What does not block until a day, that day included."""

    type_id: int
    person_id: int | None
    until: date


@dataclass(frozen=True, slots=True)
class Household:
    """Everything of one family that its obligations depend on. `with_pai`: children whose PAI is declared.

    `roles`: what an adult's own document is called by: « Attestation employeur Mère ».
    """

    family_id: int
    adults: tuple[int, ...]
    registrations: tuple[Registered, ...]
    sent: tuple[Sent, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    with_pai: frozenset[int] = frozenset()
    pays_by_debit: bool = False
    roles: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing asked of a family: any one of `type_ids`, about `person_id` (none: the family).

    `day`: the day on which it is looked at, today or the first day of a registration to come. `until`: the last day of
    what was validated or forgiven, by a provisional admission when `is_provisional`. `document_id` and `comment`: of
    the sending that made its state.
    """

    type_ids: tuple[int, ...]
    name: str
    person_id: int | None
    is_mandatory: bool
    blocks: frozenset[Blocks]
    state: ObligationState
    day: date
    until: date | None = None
    document_id: int | None = None
    comment: str = ""
    is_provisional: bool = False

    @property
    def is_to_send(self) -> bool:
        """What the family has to send: never sent, rejected or over."""
        return self.state in _TO_SEND

    @property
    def is_met(self) -> bool:
        return self.state in _DONE

    def holds_back(self, what: Blocks) -> bool:
        """Whether this keeps a new registration (or a booking) waiting: sent is not enough, only validated is."""
        return self.is_mandatory and what in self.blocks and not self.is_met


def obligations(
    household: Household, types: Mapping[int, AskedType], requirements: Iterable[Requirement], today: date
) -> tuple[Obligation, ...]:
    """What is asked of a family for its registrations of today and to come, family first, then person by person.

    What is needed on several days is told once: for the first day on which it is not met, else for the first.
    """
    asked = _asked(household, types, tuple(requirements), today)
    sent, waivers = _by_slot(household.sent, types), _by_slot(household.waivers, types)
    found = []
    for (person_id, group), needs in asked.items():
        slot = (person_id, group)
        role = household.roles.get(person_id or 0, "")
        told = [
            _at(day, person_id, role, needs, sent[slot], waivers[slot]) for day in sorted({need.day for need in needs})
        ]
        found.append(next((each for each in told if not each.is_met), told[0]))
    rank = {type_id: asked_type.position for type_id, asked_type in types.items()}
    return tuple(sorted(found, key=lambda o: (o.person_id is not None, o.person_id or 0, rank[o.type_ids[0]])))


@dataclass(frozen=True, slots=True)
class _Need:
    """A type that a registration asks for, on a day."""

    type: AskedType
    is_mandatory: bool
    blocks: Blocks
    day: date
    provisional_until: date | None = None


_Slot = tuple[int | None, str]


class _OfType(Protocol):
    """What is about a type, for a person or for the family."""

    @property
    def type_id(self) -> int: ...

    @property
    def person_id(self) -> int | None: ...


S = TypeVar("S", bound=_OfType)


def _asked(
    household: Household, types: Mapping[int, AskedType], requirements: Sequence[Requirement], today: date
) -> dict[_Slot, list[_Need]]:
    """What each person, or the family (None), is asked for, in the order of the types."""
    needs: dict[_Slot, list[_Need]] = defaultdict(list)
    for registration in household.registrations:
        day = max(today, registration.period.start)
        if registration.period.end is not None and registration.period.end < today:
            continue
        for type_id, requirement in _narrowest(registration, requirements).items():
            asked = types.get(type_id)
            if asked is None or (asked.last_day and asked.last_day < day):
                continue
            waits = registration.provisional_until if asked.feeds is Feed.VACCINES else None
            for person_id in _people(asked, registration, household):
                slot = (person_id, slot_of(asked))
                needs[slot].append(_Need(asked, requirement.is_mandatory, requirement.blocks, day, waits))
    return needs


def _narrowest(registration: Registered, requirements: Sequence[Requirement]) -> dict[int, Requirement]:
    """Who speaks for each type where a child is registered."""
    found: dict[int, Requirement] = {}
    for one in requirements:
        other = found.get(one.type_id)
        if one.asks(registration) and (other is None or one.narrowness > other.narrowness):
            found[one.type_id] = one
    return found


def _people(asked: AskedType, registration: Registered, household: Household) -> Iterator[int | None]:
    if asked.condition is Condition.DEBIT and not household.pays_by_debit:
        return
    if asked.condition is Condition.PAI and registration.child_id not in household.with_pai:
        return
    if asked.owner is Owner.FAMILY:
        yield None
    elif asked.owner is Owner.CHILD:
        yield registration.child_id
    else:
        yield from household.adults


def _by_slot(things: Iterable[S], types: Mapping[int, AskedType]) -> defaultdict[_Slot, list[S]]:
    found: defaultdict[_Slot, list[S]] = defaultdict(list)
    for thing in things:
        asked = types.get(thing.type_id)
        if asked is not None:
            found[(thing.person_id, slot_of(asked))].append(thing)
    return found


def _at(
    day: date, person_id: int | None, role: str, needs: Collection[_Need], sent: Sequence[Sent],
    waivers: Sequence[Waiver],
) -> Obligation:
    """Where a slot stands on a day: every need of any day says what it blocks, the sendings say the rest."""
    named = {need.type.id: need.type for need in needs}
    types = sorted(named.values(), key=lambda asked: (asked.position, asked.id))
    forgiven = [(waiver.until, False) for waiver in waivers if waiver.until >= day]
    forgiven += [(need.provisional_until, True) for need in needs
                 if need.provisional_until is not None and need.provisional_until >= day]
    until, provisional = max(forgiven, default=(None, False))
    state, until, decisive = _state(day, sent, until)
    return Obligation(
        type_ids=tuple(asked.id for asked in types),
        name=" ".join(filter(None, [alternatives_in_words([asked.name for asked in types]), role])),
        person_id=person_id,
        is_mandatory=any(need.is_mandatory for need in needs),
        blocks=frozenset(need.blocks for need in needs if need.is_mandatory),
        state=state,
        day=day,
        until=until,
        document_id=decisive.document_id if decisive else None,
        comment=decisive.comment if decisive else "",
        is_provisional=provisional and state is ObligationState.WAIVED,
    )


def _state(
    day: date, sent: Sequence[Sent], waived_until: date | None
) -> tuple[ObligationState, date | None, Sent | None]:
    accepted = [one for one in sent if one.state is DocumentState.ACCEPTED]
    valid = [one for one in accepted if one.period is None or day in one.period]
    if valid:
        longest = max(valid, key=lambda one: (_end(one), one.number))
        return ObligationState.VALIDATED, longest.period.end if longest.period else None, longest
    last = max(sent, key=lambda one: one.number, default=None)
    if waived_until is not None:
        return ObligationState.WAIVED, waived_until, last
    waiting = [one for one in sent if one.state is DocumentState.PENDING]
    if waiting:
        return ObligationState.SENT, None, max(waiting, key=lambda one: one.number)
    if last is not None and last.state is DocumentState.REJECTED:
        return ObligationState.REJECTED, None, last
    over = [one for one in accepted if _end(one) < day]
    if not over:  # nothing at all, or what holds only later
        return ObligationState.MISSING, None, None
    longest = max(over, key=lambda one: (_end(one), one.number))
    return ObligationState.EXPIRED, _end(longest), longest


def _end(sent: Sent) -> date:
    return sent.period.end if sent.period and sent.period.end else date.max


def alternatives_in_words(names: Sequence[str]) -> str:
    """« Attestation QF CAF/ MSA ou dernier avis d'imposition », as families read it."""
    first, *others = names
    return " ou ".join([first, *(name[:1].lower() + name[1:] for name in others)])


@dataclass(frozen=True, slots=True)
class Counters:
    """What the portal counts: mandatory documents left to send, for the family and for each child or adult."""

    family: int
    people: Mapping[int, int]

    @property
    def total(self) -> int:
        return self.family + sum(self.people.values())


def counters(asked: Iterable[Obligation]) -> Counters:
    """« 6 = 2 + 4 »: optional documents and those that wait for an answer are not counted."""
    to_send = sorted(o.person_id or 0 for o in asked if o.is_mandatory and o.is_to_send)
    counted = {person_id: len(list(some)) for person_id, some in groupby(to_send)}
    family = counted.pop(0, 0)
    return Counters(family, counted)


def holding_back(asked: Iterable[Obligation], what: Blocks) -> tuple[Obligation, ...]:
    """Why a registration (or a booking) waits: what is mandatory for it and not validated."""
    return tuple(obligation for obligation in asked if obligation.holds_back(what))


def released(before: Collection[int], after: Collection[int]) -> frozenset[int]:
    """The children whom something kept from registering, and whom nothing keeps any more."""
    return frozenset(before) - frozenset(after)


def period_of_validity(validity: Validity, years: int, received_on: date, on_document: Period | None = None) -> Period:
    """The days an accepted document covers, offered as they stand; whoever accepts it may change them.

    A school year's document that comes from June on is meant for the one that begins in September, and holds at once.
    """
    if validity is Validity.FOREVER:
        return Period(received_on)
    if validity is Validity.YEARS:
        try:
            same_day = received_on.replace(year=received_on.year + years)
        except ValueError:  # 29 February
            same_day = received_on.replace(year=received_on.year + years, day=28)
        return Period(received_on, same_day - timedelta(days=1))
    if validity is Validity.ON_DOCUMENT:
        return on_document or Period(received_on)
    year = form_year(received_on)
    return Period(min(received_on, year.first_day), year.last_day)


def form_year(day: date) -> SchoolYear:
    """The school year that a document sent that day is meant for."""
    year = SchoolYear.of(day)
    if _RENTREE_FROM_MONTH <= day.month < year.first_day.month:
        return SchoolYear(year.start_year + 1)
    return year
