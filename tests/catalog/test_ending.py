"""What was never used is removed whole; what was used keeps its past and gets a last day. On both engines."""

from __future__ import annotations

from datetime import date
from threading import Barrier, Thread
from typing import Any

import pytest

from backoffice.attendance.commands import RecordAttendance
from backoffice.attendance.recording import AddToDay, AttendanceEntry, RecordMany
from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.commands import CatalogChanged, NewSlot
from backoffice.catalog.editing import CreateActivity, CreateSlot
from backoffice.catalog.ending import EndOffer, RemoveOffer
from backoffice.catalog.keeping import Counted, in_words
from backoffice.catalog.kinds import BillingBasis, OfferKind
from backoffice.catalog.overview import ActivityView, CatalogHistory, CatalogOverview, ServiceView, SlotView
from backoffice.kernel.application import Command
from backoffice.kernel.errors import BackofficeError, NeedsConfirmation, UserError
from backoffice.kernel.events import Event
from backoffice.kernel.messages import sentence
from tests.support.towns import DAYS, SmallTown

YES = frozenset({"catalog.remove_unused"})
WEEK = frozenset(range(5))
LAST = max(DAYS)


def _service(town: SmallTown) -> ServiceView:
    [service] = town.app.ask(CatalogOverview()).services
    return service


def _activity(town: SmallTown) -> ActivityView:
    return _service(town).activities[0]


def _slot(town: SmallTown) -> SlotView:
    return _activity(town).slots[0]


def _ids(town: SmallTown) -> dict[OfferKind, tuple[int, int]]:
    service, activity, slot = _service(town), _activity(town), _slot(town)
    return {
        OfferKind.SERVICE: (service.service.id, service.version),
        OfferKind.ACTIVITY: (activity.id, activity.version),
        OfferKind.SLOT: (slot.slot.id, slot.version),
    }


def _end(town: SmallTown, kind: OfferKind, last_day: date | None) -> None:
    town.app.execute(EndOffer(kind, *_ids(town)[kind], last_day))


def _refusal(town: SmallTown, command: Command[None]) -> BackofficeError:
    with pytest.raises(UserError) as refusal:
        town.app.execute(command, confirmed=YES)
    return refusal.value


def _tables(town: SmallTown) -> dict[str, int]:
    return {table: len(town.rows(table)) for table in ("services", "activities", "slots", "tariffs")}


@pytest.mark.parametrize(
    ("kind", "question", "left"),
    [
        (OfferKind.SLOT, "le créneau « Repas CANT », avec 1\u00a0tarif ?", (1, 1, 0, 0)),
        (
            OfferKind.ACTIVITY,
            "l'activité « Restauration », avec 1\u00a0créneau et 1\u00a0tarif ?",
            (1, 0, 0, 0),
        ),
        (
            OfferKind.SERVICE,
            "le service « Restauration », avec 1\u00a0activité, 1\u00a0créneau et 1\u00a0tarif ?",
            (0, 0, 0, 0),
        ),
    ],
)
def test_what_was_never_used_goes_with_what_is_under_it_after_one_question(
    either_town: SmallTown, kind: OfferKind, question: str, left: tuple[int, ...]
) -> None:
    town = either_town
    town.slot()
    before = _tables(town)
    command = RemoveOffer(kind, *_ids(town)[kind])
    told: list[Event] = []
    town.app.events.subscribe(CatalogChanged, told.append)
    with pytest.raises(NeedsConfirmation) as asked:
        town.app.execute(command)

    assert question in sentence(asked.value)
    assert _tables(town) == before
    town.app.execute(command, confirmed=YES)
    assert tuple(_tables(town).values()) == left
    assert told == [CatalogChanged(kind.value, command.id)]


def test_a_slot_where_somebody_was_recorded_stays_and_says_how_much(either_town: SmallTown) -> None:
    town = either_town
    slot = town.slot()
    town.attend(town.family(), slot)
    for kind, (id_, version) in _ids(town).items():
        refusal = _refusal(town, RemoveOffer(kind, id_, version))
        assert refusal.code == "catalog.in_use"
        assert f"{len(DAYS)}\u00a0présences ou réservations" in sentence(refusal)
    assert _tables(town)["tariffs"] == 1


def test_a_service_that_billed_stays_and_says_how_much(either_town: SmallTown) -> None:
    town = either_town
    town.attend(town.family(quotient="700"), town.slot())
    town.issue()
    refusal = _refusal(town, RemoveOffer(OfferKind.SERVICE, *_ids(town)[OfferKind.SERVICE]))

    words = f"{len(DAYS)}\u00a0présences ou réservations, 1\u00a0ligne de facture et 1\u00a0facture : fixez plutôt"
    assert words in sentence(refusal)


def test_what_somebody_changed_meanwhile_is_not_removed(either_town: SmallTown) -> None:
    town = either_town
    town.slot()
    stale = _ids(town)[OfferKind.SLOT]
    _end(town, OfferKind.SLOT, LAST)

    assert _refusal(town, RemoveOffer(OfferKind.SLOT, *stale)).code == "record.changed_meanwhile"
    assert _refusal(town, EndOffer(OfferKind.SLOT, *stale, None)).code == "record.changed_meanwhile"
    assert _refusal(town, RemoveOffer(OfferKind.SLOT, 404, 1)).code == "record.changed_meanwhile"


@pytest.mark.parametrize("kind", OfferKind)
def test_nobody_is_put_into_a_slot_after_its_last_day(either_town: SmallTown, kind: OfferKind) -> None:
    town = either_town
    slot, family = town.slot(), town.family()
    child, after = family.children[0], date(2026, 1, 5)
    town.attend(family, slot, [date(2025, 10, 2)])
    _end(town, kind, date(2025, 12, 31))
    entry = AttendanceEntry(family.id, child, slot, after, AttendanceState.BOOKED)
    late: list[Command[Any]] = [
        RecordAttendance(family.id, child, slot, after, AttendanceState.PRESENT),
        AddToDay(family.id, child, slot, after),
        RecordMany((entry,)),
    ]
    for command in late:
        with pytest.raises(UserError) as refusal:
            town.app.execute(command)
        assert refusal.value.code == "catalog.slot_ended"
        assert "s'arrête le 31/12/2025" in sentence(refusal.value)
    town.app.execute(AddToDay(family.id, child, slot, date(2025, 12, 31)))

    assert _slot(town).slot.last_day == date(2025, 12, 31)
    _end(town, kind, None)
    town.app.execute(AddToDay(family.id, child, slot, after))


def test_the_earliest_last_day_counts(either_town: SmallTown) -> None:
    town = either_town
    town.slot()
    _end(town, OfferKind.SERVICE, date(2026, 8, 31))
    _end(town, OfferKind.SLOT, date(2026, 6, 30))
    view = _slot(town)

    assert (view.slot.last_day, view.last_day) == (date(2026, 6, 30), date(2026, 6, 30))
    _end(town, OfferKind.SLOT, None)
    assert (_slot(town).slot.last_day, _slot(town).last_day) == (date(2026, 8, 31), None)
    assert _slot(town).slot.is_offered_on(date(2026, 8, 31))
    assert not _slot(town).slot.is_offered_on(date(2026, 9, 1))


def test_a_last_day_before_what_is_recorded_is_refused(either_town: SmallTown) -> None:
    town = either_town
    town.attend(town.family(), town.slot())
    eve = min(DAYS)
    refusal = _refusal(town, EndOffer(OfferKind.SLOT, *_ids(town)[OfferKind.SLOT], eve))

    assert refusal.code == "catalog.used_later"
    assert f"{LAST:%d/%m/%Y}" in sentence(refusal)
    _end(town, OfferKind.SLOT, LAST)


def test_what_was_recorded_before_the_last_day_is_billed(either_town: SmallTown) -> None:
    town = either_town
    town.attend(town.family(quotient="700"), town.slot())
    _end(town, OfferKind.SERVICE, LAST)

    assert len(town.issue().numbers) == 1


def test_the_history_of_the_catalog_tells_it(town: SmallTown) -> None:
    town.slot()
    _end(town, OfferKind.SLOT, LAST)
    service = _service(town).service.id
    empty = town.app.execute(CreateActivity(service, None, "VIDE", "Vide", BillingBasis.BOOKED))
    activity = next(one for one in _service(town).activities if one.id == empty)
    town.app.execute(RemoveOffer(OfferKind.ACTIVITY, empty, activity.version), confirmed=YES)
    told = {change.action: change for change in town.app.ask(CatalogHistory())}

    assert told["offer.ended"].details == (("last_day", f"None → {LAST}"),)
    assert told["offer.removed"].subject == f"activity {empty}"


def test_a_slot_beside_a_used_one_can_go(either_town: SmallTown) -> None:
    town = either_town
    town.attend(town.family(), town.slot())
    other = town.app.execute(CreateSlot(_activity(town).id, NewSlot("SOIR", "Soir", "séance", WEEK)))
    view = _activity(town).slots[1]
    town.app.execute(RemoveOffer(OfferKind.SLOT, other, view.version), confirmed=YES)

    assert [slot.slot.code for slot in _activity(town).slots] == ["CANT"]


def test_a_removal_and_a_clocking_at_once_never_leave_half(shared_town: SmallTown) -> None:
    """Whoever comes second is told; no day is left in a slot that is gone."""
    town = shared_town
    slot, family = town.slot(), town.family()
    remove = RemoveOffer(OfferKind.SLOT, *_ids(town)[OfferKind.SLOT])
    clock = AddToDay(family.id, family.children[0], slot, date(2025, 10, 2))
    start, codes = Barrier(2), []

    def run(command: Command[Any]) -> None:
        start.wait()
        try:
            town.app.execute(command, confirmed=YES)
        except BackofficeError as error:
            codes.append(error.code)

    threads = [Thread(target=run, args=(command,)) for command in (remove, clock)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    slots, days = len(town.rows("slots")), len(town.rows("attendances"))
    assert (slots, days) in {(0, 0), (1, 1)}
    assert codes == (["catalog.unknown_slot"] if slots == 0 else ["catalog.in_use"])


def test_counts_are_said_in_french() -> None:
    counted = [Counted(1204, "présence", "présences"), Counted(0, "facture", "factures"), Counted(1, "tarif", "tarifs")]

    assert in_words(counted) == "1\u202f204\u00a0présences et 1\u00a0tarif"
    assert in_words([]) == ""
