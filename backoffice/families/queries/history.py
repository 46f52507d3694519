"""The history of a file in French: what each value said before and after, who changed it and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import JSON, or_, select, type_coerce

from backoffice.agents.overview import agent_names
from backoffice.families.kinds import Changed, ChangeGroup, Place
from backoffice.families.replay import (
    FAMILIES,
    INCOMES,
    MEMBERSHIPS,
    PAYERS,
    PEOPLE,
    QUOTIENTS,
    Change,
    IncomeHeld,
    Line,
    Named,
    QuotientHeld,
    Row,
    Value,
    replay,
)
from backoffice.families.rules import full_name, quotient_words
from backoffice.families.tables import FamilyRow, IncomeRow, MembershipRow, PayerRow, PersonRow, QuotientRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.audit import RowChange
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import euros
from backoffice.kernel.periods import french_day

_SOMEBODY = "personne effacée"
_SEXES = {"F": "féminin", "M": "masculin"}
_OF_FAMILY = (MEMBERSHIPS, PAYERS, QUOTIENTS, INCOMES)
_LINES_READ = 5_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made the file and when."""

    at: datetime
    agent: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A value that changed. `before` and `after` are in French, empty when nothing was known.

    `whose` is empty when the value is the family's own; `people` are all those it is about. `valid_from`: the day
    from which the new value holds, for those that have one.
    """

    at: datetime
    agent: str
    what: Changed
    whose: str
    people: frozenset[int]
    before: str
    after: str
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class FamilyHistory:
    """What changed in a file, newest first. `origin` None: it is older than the journal. `complete`: nothing is left
    out; `names`: everybody in it, by id."""

    family_id: int
    origin: Origin | None
    changes: tuple[ChangeLine, ...]
    names: Mapping[int, str]
    complete: bool

    def about(self, person_id: int | None = None, group: ChangeGroup | None = None) -> tuple[ChangeLine, ...]:
        """The changes of one person, of one kind of values; None keeps all of them."""
        return tuple(
            line
            for line in self.changes
            if (person_id is None or person_id in line.people) and (group is None or line.what.group is group)
        )


@dataclass(frozen=True)
class ReadHistory(Query[FamilyHistory]):
    """What changed in a family's file and in the records of the people who are in it, the latest `limit` changes.

    Of somebody who left, only what happened in this family. Raises UserError `family.unknown`.
    """

    family_id: int
    limit: int = 500


@read(ReadHistory, permission="families.read")
def read_history(query: ReadHistory, reading: Reading) -> FamilyHistory:
    session, family_id = reading.session, query.family_id
    if session.get(FamilyRow, family_id) is None:
        raise UserError("family.unknown", id=family_id)
    today = _rows_by_period(session, family_id)
    lines, whole = _lines(session, family_id, today)
    changes, made = replay(lines, today)
    kept = changes[: query.limit]
    agents = agent_names(session)
    names = _names(session, {person for change in kept for person in _people(change)})
    return FamilyHistory(
        family_id=family_id,
        origin=None if made is None else Origin(made.at, agents.get(made.actor, made.actor)),
        changes=tuple(_told(change, names, agents) for change in kept),
        names=names,
        complete=whole and len(changes) <= query.limit,
    )


# --- what the journal holds --------------------------------------------------------------------------------------


def _rows_by_period(session: Session, family_id: int) -> dict[str, dict[int, Row]]:
    """What holds by period today, as the journal would keep it."""
    payers = session.scalars(select(PayerRow).where(PayerRow.family_id == family_id))
    quotients = session.scalars(select(QuotientRow).where(QuotientRow.family_id == family_id))
    incomes = session.scalars(select(IncomeRow).where(IncomeRow.family_id == family_id))
    return {
        PAYERS: {row.id: {**_days(row), "person_id": row.person_id, "rank": row.rank} for row in payers},
        QUOTIENTS: {row.id: {**_days(row), "value": int(row.value * 100), "source": row.source} for row in quotients},
        INCOMES: {
            row.id: {
                **_days(row),
                "annual": row.annual.cents,
                "dependent_children": row.dependent_children,
                "disabled_children": row.disabled_children,
                "source": row.source,
            }
            for row in incomes
        },
    }


def _days(row: PayerRow | QuotientRow | IncomeRow) -> dict[str, str | None]:
    end = None if row.valid_to is None else row.valid_to.isoformat()
    return {"valid_from": row.valid_from.isoformat(), "valid_to": end}


def _lines(session: Session, family_id: int, today: Mapping[str, Mapping[int, Row]]) -> tuple[list[Line], bool]:
    """The lines of the journal about this file, newest first (of its rows and of those that are gone), and whether
    they are all there."""
    members = session.execute(
        select(MembershipRow.id, MembershipRow.person_id).where(MembershipRow.family_id == family_id)
    ).all()
    ids: dict[str, set[int]] = defaultdict(set, {table: set(rows) for table, rows in today.items()})
    ids[FAMILIES].add(family_id)
    ids[MEMBERSHIPS].update(row.id for row in members)
    ids[PEOPLE].update(row.person_id for row in members)
    gone = select(RowChange.table_name, RowChange.row_id).where(
        RowChange.verb == "D",
        RowChange.table_name.in_(_OF_FAMILY),
        type_coerce(RowChange.before, JSON)["family_id"].as_integer() == family_id,
    )
    for table, row_id in session.execute(gone):
        ids[table].add(row_id)
    about = [(RowChange.table_name == table) & RowChange.row_id.in_(rows) for table, rows in ids.items() if rows]
    statement = select(RowChange).where(or_(*about)).order_by(RowChange.id.desc()).limit(_LINES_READ)
    rows = session.scalars(statement).all()
    lines = [
        # On an embedded base the lines of a transaction bear its time; on a shared one, its number.
        Line(row.at, row.actor, row.moment or row.at, row.table_name, row.row_id, row.before, row.after)
        for row in rows
        if row.table_name not in _OF_FAMILY or _family_of(row) == family_id
    ]
    return lines, len(rows) < _LINES_READ


def _family_of(row: RowChange) -> object:
    """An embedded base gives the number of a removed row to the next one, in another family perhaps."""
    known = row.after if row.before is None else row.before
    return None if known is None else known["family_id"]


def _names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in batches(set(ids)):
        statement = select(PersonRow.id, PersonRow.last_name, PersonRow.first_name).where(PersonRow.id.in_(some))
        found.update((row.id, full_name("", row.last_name, row.first_name)) for row in session.execute(statement))
    return found


# --- in French ---------------------------------------------------------------------------------------------------


def _told(change: Change, names: Mapping[int, str], agents: Mapping[str, str]) -> ChangeLine:
    return ChangeLine(
        at=change.at,
        agent=agents.get(change.actor, change.actor),
        what=change.what,
        whose="" if change.person_id is None else names.get(change.person_id, _SOMEBODY),
        people=_people(change),
        before=_words(change.what, change.before, names),
        after=_words(change.what, change.after, names),
        valid_from=change.valid_from,
    )


def _people(change: Change) -> frozenset[int]:
    """Whom it is about: the person, or the payers before and after."""
    if change.person_id is not None:
        return frozenset({change.person_id})
    named = [value for value in (change.before, change.after) if isinstance(value, Named)]
    return frozenset(person for value in named for person in value.people)


def _words(what: Changed, value: Value | None, names: Mapping[int, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return french_day(value)
    if isinstance(value, Place):
        return f"{value.role.label}, titulaire" if value.is_holder else value.role.label
    if isinstance(value, QuotientHeld):
        return _with_source(quotient_words(value.value), value.source)
    if isinstance(value, IncomeHeld):
        return _with_source(_income(value), value.source)
    if isinstance(value, str):
        return _SEXES.get(value, value) if what is Changed.SEX else value
    if isinstance(value, Named):
        return " et ".join(names.get(person, _SOMEBODY) for person in value.people)
    return ", ".join(value)


def _income(held: IncomeHeld) -> str:
    count = held.dependent_children
    disabled = f" dont {held.disabled_children} avec AEEH" if held.disabled_children else ""
    return f"{euros(held.annual)} par an, {count} enfant{'s' if count > 1 else ''} à charge{disabled}"


def _with_source(words: str, source: str) -> str:
    return f"{words} ({source})" if source else words
