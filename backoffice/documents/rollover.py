"""The rentrée: which documents no longer hold on its first day, and who must send them again. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date

from backoffice.documents.obligations import asked_types, households, people_of, requirements_of
from backoffice.documents.rules import Obligation, obligations
from backoffice.families.queries import family_names
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.batches import batches
from backoffice.kernel.periods import Period, SchoolYear
from backoffice.registrations.queries import registered_families

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ToSendAgain:
    """A family that must send documents for the rentrée, with their names and the people they are about.

    `documents`: those that hold today and no longer then; `missing`: those it owes already.
    """

    family_id: int
    family: str
    documents: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RollOver:
    """What a rentrée asks for again. `by_document`: how many of each end, most first; `missing`: how many are owed
    already, of all kinds."""

    year: SchoolYear
    families: tuple[ToSendAgain, ...]
    by_document: tuple[tuple[str, int], ...]
    missing: int


@dataclass(frozen=True)
class PreviewRollOver(Query[RollOver]):
    """What the families of today must send again for a school year, if their children go on with what they do."""

    year: SchoolYear


@read(PreviewRollOver, permission="documents.read")
def preview_roll_over(query: PreviewRollOver, reading: Reading) -> RollOver:
    session, first_day = reading.session, query.year.first_day
    types, requirements = asked_types(session), requirements_of(session)
    counted: Counter[str] = Counter()
    found: list[ToSendAgain] = []
    ids = registered_families(session, reading.today)
    names = family_names(session, ids)
    done = 0
    for some in batches(ids, _AT_ONCE):
        people = people_of(session, some)
        for family_id, household in households(session, some, types, people, reading.today).items():
            going_on = tuple(
                replace(each, period=Period(max(first_day, each.period.start))) for each in household.registrations
            )
            asked = obligations(replace(household, registrations=going_on), types, requirements, first_day)
            called = {member.person_id: member.name for member in people[family_id]}
            met = {(one.person_id, one.type_ids) for one in obligations(household, types, requirements, reading.today)
                   if one.is_met}
            owed = [one for one in asked if one.is_mandatory and not one.is_met]
            again = [one for one in owed if (one.person_id, one.type_ids) in met]
            counted.update(one.name for one in again)
            if owed:
                missing = tuple(_called(one, called) for one in owed if one not in again)
                documents = tuple(_called(one, called) for one in again)
                found.append(ToSendAgain(family_id, names[family_id].name, documents, missing))
        done += len(some)
        reading.progress(done, len(ids), "")
    found.sort(key=lambda line: names[line.family_id].sort_name)
    owed_already = sum(len(line.missing) for line in found)
    return RollOver(query.year, tuple(found), tuple(counted.most_common()), owed_already)


def _called(obligation: Obligation, names: dict[int, str]) -> str:
    whom = names.get(obligation.person_id or 0)
    return f"{obligation.name} ({whom})" if whom else obligation.name


def next_rentree(today: date) -> SchoolYear:
    """The one that a town prepares: the next first of September."""
    return SchoolYear(SchoolYear.of(today).start_year + 1)
