"""What a unit would be billed: minutes or units, by the tariff in force that day. No price: billing alone knows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from backoffice.attendance.day import DayRow
from backoffice.attendance.rules import BILLED_WHEN_ATTENDED, BILLED_WHEN_BOOKED, AttendanceState
from backoffice.catalog.kinds import BillingBasis
from backoffice.catalog.queries import Slot
from backoffice.kernel.database import Session
from backoffice.kernel.dated import Dated
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.tariffs.queries import SlotTariff, tariffs_of
from backoffice.tariffs.rules import HoursRounding, PsuHourlyTariff, unit_minutes


@dataclass(frozen=True, slots=True)
class ToBill:
    """What a run would take: so many units, or minutes where the tariff counts hours; nothing of either, and `why`.

    `known` False: something is missing, and a run would stop there.
    """

    units: int = 0
    minutes: int | None = None
    why: str = ""
    known: bool = True


class Billable:
    """The tariffs of some slots, and what they make of a unit."""

    def __init__(self, slots: Mapping[int, Slot], tariffs: Mapping[int, Dated[SlotTariff]]) -> None:
        self._slots = slots
        self._tariffs = tariffs

    def rounding(self, slot_id: int, day: date) -> HoursRounding | None:
        """How hours are rounded there on that day; None where the tariff does not count hours."""
        entry = self._tariffs[slot_id].around(day).entry
        tariff = entry.value.tariff if entry is not None else None
        return tariff.rounding if isinstance(tariff, PsuHourlyTariff) else None

    def of(self, unit: DayRow) -> ToBill:
        basis = self._slots[unit.slot_id].billing_basis
        taken = BILLED_WHEN_ATTENDED if basis is BillingBasis.ATTENDED else BILLED_WHEN_BOOKED
        if unit.state not in taken:
            return ToBill(why=_WHY[unit.state])
        if self._tariffs[unit.slot_id].around(unit.day).entry is None:
            return ToBill(why="Aucun tarif n'est en vigueur ce jour-là", known=False)
        rounding = self.rounding(unit.slot_id, unit.day)
        if rounding is None:
            return ToBill(unit.quantity)
        clocked, booked = (unit.arrived_minute, unit.left_minute), (unit.booked_start, unit.booked_end)
        try:
            minutes = unit_minutes(clocked, booked, rounding)
        except UserError as error:
            return ToBill(why=sentence(error), known=False)
        if minutes is None:
            return ToBill(why="Il manque une heure d'arrivée ou de départ", known=False)
        return ToBill(unit.quantity, minutes * unit.quantity)


def billable(session: Session, slots: Mapping[int, Slot], used: Collection[int]) -> Billable:
    """`used`: the slots that are looked at."""
    return Billable(slots, tariffs_of(session, {slot_id: slots[slot_id].label for slot_id in used}))


_WHY = {
    AttendanceState.BOOKED: "Réservé, et facturé seulement si l'enfant vient",
    AttendanceState.PRESENT: "",
    AttendanceState.ABSENT: "Absent, et facturé seulement si l'enfant vient",
    AttendanceState.EXCUSED: "Absence justifiée, déduite",
    AttendanceState.WAITING: "En liste d'attente",
    AttendanceState.REFUSED: "Réservation impossible",
}
