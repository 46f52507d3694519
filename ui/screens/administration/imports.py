"""Decides what the takeover of another program's data shows. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from backoffice.importing.commune.writer import ImportCommune
from backoffice.importing.noethys.writer import ImportNoethys
from backoffice.importing.reports import ImportView, ListImports
from backoffice.importing.takeover import DataImported, ImportOutcome
from backoffice.kernel.application import Command
from backoffice.kernel.events import Event
from backoffice.kernel.money import NO_BREAK_SPACE, Money, euros
from backoffice.kernel.periods import Month, parse_day
from ui.presenting import Banner, Desk, FaultPage, Question, Severity, banner_for, read_for


class Source(StrEnum):
    """What a file comes from."""

    NOETHYS = "noethys"
    COMMUNE = "commune"

    @property
    def label(self) -> str:
        return "Noethys" if self is Source.NOETHYS else "Commune (JSON)"

    def command(self, path: Path) -> Command[ImportOutcome]:
        return ImportNoethys(path) if self is Source.NOETHYS else ImportCommune(path)


@dataclass(frozen=True, slots=True)
class LeftOutLine:
    """Something of the file that did not come in."""

    what: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class AmountLine:
    """A total to compare with the source: of an activity, or of a month."""

    of: str
    total: Money


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """A price that our engine computes otherwise than the source."""

    day: object
    family: int
    activity: str
    announced: Money
    computed: Money

    @property
    def difference(self) -> Money:
        return self.computed - self.announced


@dataclass(frozen=True, slots=True)
class Report:
    """What came in, in figures (words and number), and the tables that detail it."""

    title: str
    figures: tuple[tuple[str, str], ...]
    left_out: tuple[LeftOutLine, ...]
    activities: tuple[AmountLine, ...]
    months: tuple[AmountLine, ...]
    differences: tuple[DifferenceLine, ...]


class ImportsPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_imports(self, rows: Sequence[ImportView]) -> None: ...

    def show_report(self, report: Report | None) -> None: ...

    def show_importing(self, words: str) -> None: ...


class ImportsPresenter:
    """Takes files over, one at a time, and shows the report of any of them."""

    def __init__(self, page: ImportsPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk
        self._busy = False
        desk.hear(DataImported, self._changed)

    def load(self) -> None:
        page, app = self._page, self._desk.app
        read_for(page, self._desk, lambda _progress: app.ask(ListImports()), page.show_imports, self.load, "imports")

    def _changed(self, _event: Event) -> None:
        self.load()

    def choose(self, row: ImportView | None) -> None:
        self._page.show_report(None if row is None else report_of(row))

    def take_over(self, source: Source, path: Path) -> None:
        """Ask once, then take the file over whole, or not at all."""
        if self._busy:
            return
        question = Question(
            f"Reprendre les données de « {path.name} » ?",
            "Familles, services, tarifs et factures de ce fichier entreront dans cette base, en une fois. Le fichier "
            "n'est pas modifié. La reprise ne s'annule pas : copiez d'abord la base (onglet « Base et poste »).",
            "Reprendre ces données",
        )
        self._desk.ask(question, partial(self._start, source, path))

    def _start(self, source: Source, path: Path) -> None:
        self._busy = True
        self._page.show_banner(None)
        self._page.show_importing(f"Reprise de « {path.name} »… L'avancement est en bas de la fenêtre.")
        self._desk.run.write(
            lambda progress: self._desk.app.execute(source.command(path), progress=progress),
            partial(self._done, path),
            partial(self._refused, source, path),
            "Reprise de données",
        )

    def _done(self, path: Path, outcome: ImportOutcome) -> None:
        self._busy = False
        self._page.show_importing("")
        if outcome.already_done:
            self._page.show_banner(
                Banner(Severity.INFO, f"« {path.name} » avait déjà été repris : rien n'a changé. Voici son compte "
                                      "rendu.")
            )
        else:
            self._desk.tell("Données reprises.", None)
        self.load()

    def _refused(self, source: Source, path: Path, error: Exception) -> None:
        self._busy = False
        self._page.show_importing("")
        self._page.show_banner(banner_for(error, partial(self._start, source, path)))


def report_of(row: ImportView) -> Report:
    """A kept report as the page shows it. An older report may lack what newer ones say."""
    data = row.report
    figures = [
        ("familles", _count(data.get("families"))),
        ("personnes", _count(data.get("people"))),
        ("présences", _count(data.get("attendance_units"))),
        ("lignes avec un prix", _count(data.get("priced_lines"))),
        ("total de ces lignes", _amount(data.get("priced_total"))),
        ("factures reprises", _count(data.get("historic_invoices"))),
        ("total de ces factures", _amount(data.get("historic_invoices_total"))),
        ("règlements", _amount(data.get("payments_total"))),
    ]
    return Report(
        title=row.file_name,
        figures=tuple((words, number) for words, number in figures if number),
        left_out=tuple(
            LeftOutLine(str(item["what"]), int(item["count"]), str(item["why"])) for item in data.get("left_out", ())
        ),
        activities=_totals(data.get("priced_by_activity", {})),
        months=tuple(
            AmountLine(Month.parse(line.of).in_french, line.total) for line in _totals(data.get("priced_by_month", {}))
        ),
        differences=tuple(_difference(item) for item in data.get("price_differences", ())),
    )


def _totals(data: Mapping[str, Any]) -> tuple[AmountLine, ...]:
    return tuple(AmountLine("sans activité" if name == "-" else name, Money.parse(str(total)))
                 for name, total in data.items())


def _difference(item: Mapping[str, Any]) -> DifferenceLine:
    return DifferenceLine(parse_day(str(item["day"])), int(item["family"]), str(item["activity"]),
                          Money.parse(str(item["announced"])), Money.parse(str(item["computed"])))


def _count(number: object) -> str:
    return f"{number:,}".replace(",", NO_BREAK_SPACE) if isinstance(number, int) else ""


def _amount(text: object) -> str:
    return euros(Money.parse(text)).replace("\u202f", NO_BREAK_SPACE) if isinstance(text, str) else ""
