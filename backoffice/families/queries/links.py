"""Requests to know a family of another service: those that one decides, and those of one's own service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, or_, select

from backoffice.agents.overview import agent_names
from backoffice.agents.queries import places_held
from backoffice.catalog.queries import place_names
from backoffice.families.kinds import LinkState
from backoffice.families.tables import FamilyRow, LinkRequestRow, LinkTargetRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.bulk import is_shared
from backoffice.kernel.database import Session
from backoffice.kernel.zone import PARIS

_EVERYWHERE = (None, None)
_REMEMBERED = timedelta(days=60)
"""How long an answered request stays in the lists."""
_FRESH = timedelta(days=7)
"""How long an answer is news."""


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """A service, or a structure of it, for which this agent may ask."""

    service_id: int
    structure_id: int | None
    name: str


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """What one's own service asked: who it typed, and the state. Never which family answered."""

    id: int
    person: str
    birth_date: date
    place: str
    asked_by: str
    asked_at: datetime
    reason: str
    state: LinkState
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestToDecide:
    """What another service asks about a family that one may change. `may_cut`: whether one could cut the link."""

    id: int
    family_id: int
    family_name: str
    person: str
    birth_date: date
    place: str
    asked_by: str
    asked_at: datetime
    reason: str
    state: LinkState
    may_cut: bool

    @property
    def may_undo(self) -> bool:
        """Whether what was decided can be taken back."""
        return self.state is LinkState.REFUSED or (self.state is LinkState.ACCEPTED and self.may_cut)


@dataclass(frozen=True)
class LinksToDecide(Query[tuple[RequestToDecide, ...]]):
    """Those that wait, oldest first, then those decided lately. None on an embedded database."""


@dataclass(frozen=True)
class OwnLinks(Query[tuple[OwnRequest, ...]]):
    """Those of one's own services, those that wait first. None on an embedded database."""


@dataclass(frozen=True)
class LinkPlaces(Query[tuple[LinkPlace, ...]]):
    """Where this agent may ask for families: empty on an embedded database, and for who sees the whole town."""


@read(LinksToDecide, permission="families.edit")
def links_to_decide(_query: LinksToDecide, reading: Reading) -> tuple[RequestToDecide, ...]:
    session = reading.session
    if not is_shared(session):
        return ()
    own = _Own(session, reading.actor.login)
    shown = _Shown(session)
    statement = (
        select(LinkRequestRow, FamilyRow.id, FamilyRow.name)
        .join(LinkTargetRow, LinkTargetRow.request_id == LinkRequestRow.id)
        .join(FamilyRow, FamilyRow.id == LinkTargetRow.family_id)
        .where(_lately(reading.today))
    )
    return tuple(
        RequestToDecide(
            row.id, family_id, family_name, row.person, row.birth_date, shown.place(row.service_id, row.structure_id),
            shown.agent(row.asked_by), row.asked_at, row.reason, LinkState(row.state),
            may_cut=own.everywhere,
        )
        for row, family_id, family_name in sorted(session.execute(statement).all(), key=lambda found: _order(found[0]))
        if not own.asked(row)  # once accepted, who asked sees the family too
    )  # fmt: skip


@read(OwnLinks, permission="families.link")
def own_links(_query: OwnLinks, reading: Reading) -> tuple[OwnRequest, ...]:
    session = reading.session
    if not is_shared(session):
        return ()
    own = _Own(session, reading.actor.login)
    shown = _Shown(session)
    return tuple(
        OwnRequest(
            row.id, row.person, row.birth_date, shown.place(row.service_id, row.structure_id),
            shown.agent(row.asked_by), row.asked_at, row.reason, LinkState(row.state), row.decided_at,
        )
        for row in sorted(session.scalars(select(LinkRequestRow).where(_lately(reading.today))), key=_order)
        if own.asked(row)  # those that one decides have their own list
    )  # fmt: skip


@read(LinkPlaces, permission="families.link")
def link_places(_query: LinkPlaces, reading: Reading) -> tuple[LinkPlace, ...]:
    session = reading.session
    if not is_shared(session):
        return ()
    shown = _Shown(session)
    return tuple(
        LinkPlace(service, structure, shown.place(service, structure))
        for service, structure in _Own(session, reading.actor.login).places
        if service is not None
    )


def links_waiting(session: Session, login: str) -> tuple[int, date | None]:
    """How many requests of other services wait for an agent, and the day of the oldest."""
    if not is_shared(session):
        return 0, None
    own = _Own(session, login)
    statement = select(LinkRequestRow).join(LinkTargetRow, LinkTargetRow.request_id == LinkRequestRow.id)
    rows = session.scalars(statement.where(LinkRequestRow.state == LinkState.ASKED.value))
    days = [row.asked_at.astimezone(PARIS).date() for row in rows if not own.asked(row)]
    return len(days), min(days, default=None)


def links_answered(session: Session, login: str, today: date) -> int:
    """How many requests of one's own service were answered these last days."""
    if not is_shared(session):
        return 0
    own = _Own(session, login)
    since = datetime.combine(today - _FRESH, time.min, PARIS)
    answered = session.scalars(select(LinkRequestRow).where(LinkRequestRow.decided_at >= since))
    return sum(own.asked(row) for row in answered)


class _Own:
    """The places for which an agent asks."""

    def __init__(self, session: Session, login: str) -> None:
        self.places = places_held(session, login, "families.link")
        self.everywhere = _EVERYWHERE in self.places

    def asked(self, row: LinkRequestRow) -> bool:
        """Whether a request comes from one of these places."""
        return (row.service_id, None) in self.places or (row.service_id, row.structure_id) in self.places


class _Shown:
    """Places and agents by their names."""

    def __init__(self, session: Session) -> None:
        self._services, self._structures = place_names(session)
        self._agents = agent_names(session)

    def place(self, service_id: int, structure_id: int | None) -> str:
        names = (self._services.get(service_id, ""), self._structures.get(structure_id or 0, ""))
        return " — ".join(name for name in names if name)

    def agent(self, login: str) -> str:
        return self._agents.get(login, login)


def _lately(today: date) -> ColumnElement[bool]:
    since = datetime.combine(today - _REMEMBERED, time.min, PARIS)
    return or_(LinkRequestRow.state == LinkState.ASKED.value, LinkRequestRow.decided_at >= since)


def _order(row: LinkRequestRow) -> tuple[bool, datetime, int]:
    return (row.state != LinkState.ASKED.value, row.asked_at, row.id)
