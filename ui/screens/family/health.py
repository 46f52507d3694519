"""« Santé » of a child: closed until somebody says why, then shown, and corrected. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Protocol

from backoffice.families.queries import FamilyFile, Member
from backoffice.health.choices import menus
from backoffice.health.commands import HealthSheet, ReadHealthSheet
from backoffice.health.events import HealthSheetEdited
from backoffice.health.queries import AuditedReadings, HealthAlerts, SheetReading, SheetReadings
from backoffice.health.rules import SheetValues
from backoffice.kernel.events import Event
from backoffice.kernel.periods import french_day
from ui.drafting import Drafting
from ui.drafts import Saved, Task
from ui.presenting import Desk, FaultPage, read_for, write_for
from ui.screens.family.changes import instant_words
from ui.screens.family.health_tasks import OPEN, SHEET, CorrectSheet, OpenedSheet, OpenSheet
from ui.screens.family.sides import Side


class HealthPage(FaultPage, Protocol):
    """What the presenter asks of the page."""

    def show_health(self) -> None:
        """What is known of the health of the child shown changed."""

    def show_alerts(self, children: frozenset[int]) -> None:
        """The children who have an allergy or a PAI."""


class HealthPresenter(Side):
    """At most one sheet is open; it closes when another person is looked at, and when it changes under the eyes."""

    def __init__(self, page: HealthPage, desk: Desk, drafting: Drafting) -> None:
        self._page = page
        self._desk = desk
        self._drafting = drafting
        self._file: FamilyFile | None = None
        self._opened: OpenedSheet | None = None
        self._readings: tuple[int, Sequence[SheetReading]] | None = None
        may = desk.app.actor.may
        self.may_read, self.may_edit = may("health.read"), may("health.read") and may("health.edit")
        self.may_watch = self.may_read or may("health.audit")
        self.may_see_alerts = may("attendance.read")
        desk.hear(HealthSheetEdited, self._edited)

    # --- the family ---------------------------------------------------------------------------------------------

    def show_file(self, file: FamilyFile | None) -> None:
        if file is None or self._file is None or file.id != self._file.id:
            self.close()
        self._file = file
        self._load_alerts()

    def turn_to(self, person_id: int) -> None:
        """Another person is shown: what was open of the one before closes."""
        if self._opened is not None and self._opened.sheet.person_id != person_id:
            self._opened = None
        if self._readings is not None and self._readings[0] != person_id:
            self._readings = None

    def opened(self, child: Member) -> OpenedSheet | None:
        """The sheet of this child, when it is open."""
        found = self._opened
        return found if found is not None and found.sheet.person_id == child.person_id else None

    def readings(self, child: Member) -> Sequence[SheetReading] | None:
        """Who read the sheet of this child, when that is shown."""
        return self._readings[1] if self._readings is not None and self._readings[0] == child.person_id else None

    # --- gestures -------------------------------------------------------------------------------------------------

    def ask_why(self, child: Member) -> None:
        if self._file is not None:
            self._drafting.begin(OpenSheet(self._file, child))

    def edit(self, child: Member) -> None:
        opened = self.opened(child)
        if self._file is not None and opened is not None:
            self._drafting.begin(CorrectSheet(self._file, child, opened))

    def close(self) -> None:
        self._opened = self._readings = None
        self._page.show_health()

    def show_readings(self, child: Member) -> None:
        """Who read it, or no longer."""
        if self.readings(child) is not None:
            self._readings = None
            self._page.show_health()
            return
        id_ = child.person_id
        query = SheetReadings(id_) if self.may_read else AuditedReadings(id_)

        def done(found: Sequence[SheetReading]) -> None:
            self._readings = (id_, found)
            self._page.show_health()

        read_for(
            self._page,
            self._desk,
            lambda progress: self._desk.app.ask(query, progress=progress),
            done,
            partial(self.show_readings, child),
            "readings",
        )

    # --- tasks ----------------------------------------------------------------------------------------------------

    def task_named(self, name: str) -> Task | None:
        """A sheet is never opened by a place, nor by typing that waits: why is asked again."""
        kind, _, about = name.partition(":")
        if self._file is None or not self.may_read or kind not in {OPEN, SHEET}:
            return None
        child = next((child for child in self._file.children if str(child.person_id) == about), None)
        return OpenSheet(self._file, child) if child is not None else None

    def types(self, task: Task) -> bool:
        return isinstance(task, OpenSheet | CorrectSheet)

    def reread(self, task: Task) -> bool:
        if not isinstance(task, CorrectSheet) or self._file is None:
            return False
        file, child, before = self._file, task.child, task.opened

        def done(sheet: HealthSheet) -> None:
            self._opened = OpenedSheet(sheet, before.reason, self._desk.app.clock.now())
            if self._drafting.task is task:
                self._drafting.noticed(CorrectSheet(file, child, self._opened))
            self._page.show_health()

        write_for(
            self._page,
            self._desk,
            lambda progress: self._desk.app.execute(
                ReadHealthSheet(child.person_id, before.reason), progress=progress
            ),
            done,
            "Lecture",
        )
        return True

    def saved(self, task: Task, saved: Saved) -> None:
        if isinstance(task, OpenSheet | CorrectSheet) and isinstance(saved.result, OpenedSheet):
            self._opened = saved.result
            self._readings = None
            self._page.show_health()

    # --- answers --------------------------------------------------------------------------------------------------

    def _edited(self, event: Event) -> None:
        if not isinstance(event, HealthSheetEdited):
            return
        found = self._opened
        if found is not None and found.sheet.person_id == event.person_id and found.sheet.version < event.version:
            self._opened = None
            self._page.show_health()
        self._load_alerts()

    def _load_alerts(self) -> None:
        if self._file is None or not self.may_see_alerts or not self._file.children:
            return
        query = HealthAlerts(tuple(child.person_id for child in self._file.children))
        read_for(
            self._page,
            self._desk,
            lambda progress: self._desk.app.ask(query, progress=progress),
            self._page.show_alerts,
            self._load_alerts,
            "alerts",
        )


# --- words -----------------------------------------------------------------------------------------------------------


def opened_words(opened: OpenedSheet) -> str:
    """« Lecture enregistrée le 17/11/2026 9 h 30 : urgence ou accident »."""
    return f"Lecture enregistrée le {instant_words(opened.at)} : {opened.reason[:1].lower()}{opened.reason[1:]}"


def sheet_facts(values: SheetValues, today: date) -> list[tuple[str, str]]:
    """What the sheet says, the gravest first; what it does not say is left out."""
    pai = ""
    if values.has_pai:
        past = values.pai_until is not None and values.pai_until < today
        until = f", valable jusqu'au {french_day(values.pai_until)}" if values.pai_until else ""
        pai = f"oui{until}{' : date passée' if past else ''}"
    doctor = " · ".join(text for text in (values.doctor_name, values.doctor_phone) if text)
    return [
        ("Allergies", values.allergies),
        ("PAI", pai),
        ("Que faire", values.pai_conduct),
        ("Traitements", values.treatments),
        ("Menu", menus().get(values.menu, values.menu) if values.menu else ""),
        ("Vaccins", f"à jour jusqu'au {french_day(values.vaccines_until)}" if values.vaccines_until else ""),
        ("Médecin", doctor),
        ("À savoir", values.remarks),
    ]
