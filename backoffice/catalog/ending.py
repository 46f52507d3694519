"""Taking back what was never used, and giving a last day to what was."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy import ScalarSelect, select

from backoffice.catalog.checks import at_version
from backoffice.catalog.commands import CatalogChanged
from backoffice.catalog.keeping import Counted, Offered, belongings, in_words, uses_of
from backoffice.catalog.kinds import OfferKind
from backoffice.catalog.tables import ActivityRow, ServiceRow, SlotRow
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError

_Row: TypeAlias = ServiceRow | ActivityRow | SlotRow


@dataclass(frozen=True)
class RemoveOffer(Command[None]):
    """Remove a service, an activity or a slot that nobody ever used, with what is under it and its tariffs.

    Asks `catalog.remove_unused`, always: it cannot be undone.
    """

    kind: OfferKind
    id: int
    version: int


@use_case(RemoveOffer, permission="catalog.edit", action="offer.removed")
def remove_offer(command: RemoveOffer, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `catalog.in_use` (with how much)."""
    session = context.session
    row = _held(session, command.kind, command.id, command.version)
    activities, slots = _below(session, command.kind, row)
    what, code = _named(command.kind, row), row.code
    if uses := uses_of(session, _offered(command.kind, row, activities, slots)):
        raise UserError("catalog.in_use", what=what, uses=in_words(uses))
    context.confirm("catalog.remove_unused", what=what, along=_along(session, command.kind, activities, slots))
    for belonging in belongings():
        belonging.remove(session, slots)
    remove(session, SlotRow, slots)
    remove(session, ActivityRow, activities)
    if command.kind is OfferKind.SERVICE:
        remove(session, ServiceRow, [row.id])
    subject = f"{command.kind.value} {command.id}"
    context.record(subject, code=code, activities=len(activities), slots=len(slots))
    context.events.append(CatalogChanged(command.kind.value, command.id))


@dataclass(frozen=True)
class EndOffer(Command[None]):
    """Say the last day on which a service, an activity or a slot is offered (None: until further notice).

    What was recorded stays, and is billed as before. The same command with the day that stood before undoes it.
    """

    kind: OfferKind
    id: int
    version: int
    last_day: date | None


@use_case(EndOffer, permission="catalog.edit", action="offer.ended")
def end_offer(command: EndOffer, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `catalog.used_later` (something is recorded after that day)."""
    session, wanted = context.session, command.last_day
    row = _held(session, command.kind, command.id, command.version)
    if wanted is not None:
        activities, slots = _below(session, command.kind, row)
        uses = uses_of(session, _offered(command.kind, row, activities, slots))
        last = max((use.last_day for use in uses if use.last_day is not None), default=None)
        if last is not None and last > wanted:
            raise UserError("catalog.used_later", what=_named(command.kind, row), day=wanted, last=last)
    context.record(f"{command.kind.value} {command.id}", last_day=f"{row.last_day} → {wanted}")
    row.last_day = wanted
    context.events.append(CatalogChanged(command.kind.value, command.id))


def _held(session: Session, kind: OfferKind, row_id: int, version: int) -> _Row:
    """The record as it was read, its service kept from whoever records attendance or bills until this ends."""
    # The service first, as attendance and runs do: two of them never wait for each other.
    services = select(ServiceRow.id).where(ServiceRow.id == _service_of(kind, row_id))
    session.execute(services.with_for_update()).all()
    if kind is OfferKind.SERVICE:
        return at_version(session.get(ServiceRow, row_id, with_for_update=True), version)
    if kind is OfferKind.ACTIVITY:
        return at_version(session.get(ActivityRow, row_id, with_for_update=True), version)
    return at_version(session.get(SlotRow, row_id, with_for_update=True), version)


def _service_of(kind: OfferKind, row_id: int) -> ScalarSelect[int] | int:
    if kind is OfferKind.SERVICE:
        return row_id
    activity: ScalarSelect[int] | int = row_id
    if kind is OfferKind.SLOT:
        activity = select(SlotRow.activity_id).where(SlotRow.id == row_id).scalar_subquery()
    return select(ActivityRow.service_id).where(ActivityRow.id == activity).scalar_subquery()


def _below(session: Session, kind: OfferKind, row: _Row) -> tuple[list[int], list[int]]:
    """The activities and the slots that are this record, or under it."""
    if kind is OfferKind.SLOT:
        return [], [row.id]
    activities = [row.id]
    if kind is OfferKind.SERVICE:
        activities = list(session.scalars(select(ActivityRow.id).where(ActivityRow.service_id == row.id)))
    return activities, list(session.scalars(select(SlotRow.id).where(SlotRow.activity_id.in_(activities))))


def _offered(kind: OfferKind, row: _Row, activities: Collection[int], slots: Collection[int]) -> Offered:
    return Offered(row.id if kind is OfferKind.SERVICE else None, frozenset(slots), frozenset(activities))


def _named(kind: OfferKind, row: _Row) -> str:
    """« le créneau « Repas » »."""
    return f"{kind.named} « {row.label if isinstance(row, SlotRow) else row.name} »"


def _along(session: Session, kind: OfferKind, activities: Collection[int], slots: Collection[int]) -> str:
    """« , avec 2 activités, 5 créneaux et 1 tarif »; empty when it is alone."""
    under = [belonging.count(session, slots) for belonging in belongings()]
    if kind is not OfferKind.SLOT:
        under.insert(0, Counted(len(slots), "créneau", "créneaux"))
    if kind is OfferKind.SERVICE:
        under.insert(0, Counted(len(activities), "activité", "activités"))
    words = in_words(under)
    return f", avec {words}" if words else ""
