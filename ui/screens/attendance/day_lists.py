"""Decides how the lists of a day are read, printed or written to a file. No Qt."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from backoffice.clocking.lists import EvacuationList, ListMeals, PresenceList
from backoffice.kernel.filestore import make_folder, write_whole
from backoffice.kernel.money import NO_BREAK_SPACE
from backoffice.kernel.progress import Progress
from ui.presenting import Banner, Desk, FaultPage, Paper, Severity, banner_for

if TYPE_CHECKING:
    from reports.day_lists import DayList

_EVERYWHERE = "Toutes les structures"


class Listed(StrEnum):
    """The lists of a day."""

    PRESENCE = "presence"
    EVACUATION = "evacuation"
    MEALS = "meals"

    @property
    def label(self) -> str:
        return {"presence": "Liste de présence", "evacuation": "Liste d'évacuation", "meals": "Repas"}[self.value]


class ListsPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_paper(self, paper: Paper) -> None: ...

    def choose_list_file(self, name: str) -> Path | None: ...


class ListsPresenter:
    """Each list of the day shown, of the structure the agent works in; who is in right now is always of today."""

    def __init__(self, page: ListsPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk

    def print_(self, listed: Listed, day: date) -> None:
        """Show it, to be read, printed or saved."""
        structure, where = self._where()

        def work(progress: Progress) -> Paper:
            from reports.day_lists import day_list_pdf

            found = self._read(listed, day, structure, where, progress)
            return Paper(found.title, found.file_name, day_list_pdf(found, progress))

        self._page.show_banner(None)
        self._desk.run.read(work, self._page.show_paper, partial(self._failed, partial(self.print_, listed, day)),
                            "day-list", "Mise en page")

    def write(self, listed: Listed, day: date) -> None:
        """Write it to a workbook of the agent's choice, whose name tells the day."""
        told = self._desk.app.clock.today() if listed is Listed.EVACUATION else day
        path = self._page.choose_list_file(f"{listed.label} {told.isoformat()}.xlsx")
        if path is not None:
            self._write(listed, day, path)

    def _write(self, listed: Listed, day: date, path: Path) -> None:
        structure, where = self._where()

        def work(progress: Progress) -> None:
            from reports.day_lists import day_list_workbook

            content = day_list_workbook(self._read(listed, day, structure, where, progress))
            make_folder(path.parent)
            write_whole(path, content)

        def done(_: None) -> None:
            self._page.show_banner(Banner(Severity.SUCCESS, f"Classeur écrit{NO_BREAK_SPACE}: {path}"))

        self._page.show_banner(None)
        self._desk.run.hand_over(work, done, partial(self._failed, partial(self._write, listed, day, path)),
                                 listed.label)

    def _where(self) -> tuple[int | None, str]:
        context = self._desk.context
        return context.structure_id, context.structure_kept or _EVERYWHERE

    def _read(
        self, listed: Listed, day: date, structure: int | None, where: str, progress: Progress
    ) -> DayList:
        from reports import day_lists

        ask = self._desk.app.ask
        if listed is Listed.PRESENCE:
            children = ask(PresenceList(day, structure), progress=progress)
            return day_lists.presence(children, day, where)
        if listed is Listed.MEALS:
            return day_lists.meals(ask(ListMeals(day, structure), progress=progress), day, where)
        return day_lists.evacuation(ask(EvacuationList(structure), progress=progress), where)

    def _failed(self, again: partial[None], error: Exception) -> None:
        self._page.show_banner(banner_for(error, again))
