"""Decides how a child who was not expected is put into the day. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from backoffice.attendance.recording import AddToDay, AttendanceEntry
from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.overview import Catalog
from backoffice.catalog.queries import is_inside
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import ListPeople, PersonListRow
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from ui.days import long_day
from ui.presenting import Banner, Desk, banner_for


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """A slot that opens on the day: « Périscolaire · Acc soir »."""

    slot_id: int
    label: str


def slot_choices(catalog: Catalog, day: date, structure_id: int | None) -> tuple[SlotChoice, ...]:
    """The slots open on that weekday in a structure (None: in all of them), by activity."""
    return tuple(
        SlotChoice(view.slot.id, f"{activity.name} · {view.slot.label}")
        for service in catalog.services
        for activity in service.activities
        if is_inside(activity.structure_id, structure_id)
        for view in activity.slots
        if day.weekday() in view.slot.weekdays and view.slot.is_offered_on(day)
    )


class AddingPage(Protocol):
    """What the presenter asks of the panel."""

    def show_banner(self, banner: Banner | None) -> None: ...

    def show_adding(self, title: str, slots: Sequence[SlotChoice], likely: int | None) -> None: ...

    def show_children(self, children: Sequence[PersonListRow]) -> None: ...

    def show_adding_error(self, text: str) -> None: ...

    def ready_for_next(self) -> None: ...


class AddingPresenter:
    """A child, a slot, a state: one gesture, and the panel is ready for the next child."""

    def __init__(
        self, page: AddingPage, desk: Desk, recorded: Callable[[str, tuple[AttendanceEntry, ...]], None]
    ) -> None:
        self._page = page
        self._desk = desk
        self._recorded = recorded
        self._day = desk.app.clock.today()
        self._slots: Sequence[SlotChoice] = ()

    def open(self, day: date, slots: Sequence[SlotChoice], likely: int | None) -> None:
        """`likely`: the slot to begin with, that of the line under the keyboard."""
        self._day, self._slots = day, slots
        self._page.show_adding(f"Ajouter un enfant le {long_day(day)}", slots, likely)
        self._page.show_adding_error("" if slots else "Aucun créneau n'ouvre ce jour-là dans cette structure.")
        self._desk.run.read(
            lambda progress: [
                row for row in self._desk.app.ask(ListPeople(), progress=progress) if row.role is MemberRole.CHILD
            ],
            self._page.show_children,
            self._failed,
            "children",
        )

    def add(self, child: PersonListRow | None, slot_id: int | None, state: AttendanceState) -> None:
        if child is None:
            self._page.show_adding_error("Pour ajouter un enfant, choisissez-le d'abord dans la liste.")
            return
        slot = next((slot for slot in self._slots if slot.slot_id == slot_id), None)
        if slot is None:
            self._page.show_adding_error("Pour ajouter cet enfant, choisissez d'abord un créneau.")
            return
        command = AddToDay(child.family_id, child.person_id, slot.slot_id, self._day, state)
        text = f"{child.last_name} {child.first_name} : {slot.label}, {state.label.lower()}"
        self._page.show_adding_error("")
        self._desk.run.write(
            lambda progress: self._desk.app.execute(command, progress=progress),
            lambda before: self._added(text, before),
            self._failed,
            "Pointage",
        )

    def _added(self, text: str, before: AttendanceEntry) -> None:
        self._recorded(text, (before,))
        self._page.ready_for_next()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, UserError):
            self._page.show_adding_error(sentence(error))
        else:
            self._page.show_banner(banner_for(error))
