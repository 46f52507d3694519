"""Decides what the billing page shows and does: choose, look, issue, hand over. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from backoffice.attendance.commands import AttendanceOfDayChanged, AttendanceRecorded
from backoffice.attendance.day import DayRow
from backoffice.billing.cancelling import InvoiceCancelled
from backoffice.billing.comparison import ComparePlan
from backoffice.billing.explaining import DaysOfCharge, DaysOfUnits
from backoffice.billing.issuing import IssuedRun, IssueMonth, MonthIssued
from backoffice.billing.months import BillingMonths, MonthFigures
from backoffice.billing.queries import PreviewMonth
from backoffice.catalog.commands import CatalogChanged
from backoffice.catalog.queries import ListServices, Service
from backoffice.families.events import FamilyChanged
from backoffice.importing.takeover import DataImported
from backoffice.kernel.errors import Cancelled, NeedsConfirmation, UserError
from backoffice.kernel.events import Event
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import Month, SchoolYear, french_day, parse_french_day
from backoffice.kernel.progress import Progress
from backoffice.tariffs.commands import TariffAdopted
from backoffice.tariffs.editing import TariffChanged, TownFiguresChanged
from ui.explanations import Chapter, chapters
from ui.presenting import Action, Banner, Desk, FaultPage, Place, Severity, banner_for, read_for
from ui.screens.billing.handing_over import HandingOver
from ui.screens.billing.preview import Filter, Preview, PreviewRow, Totals, preview_of
from ui.screens.billing.words import Act, act_of, doubt, issue_question, issued_banner, plural

LEAVE_BLOCKED = "billing.leave_blocked"
_STALE = (
    AttendanceOfDayChanged, AttendanceRecorded, CatalogChanged, DataImported, FamilyChanged, InvoiceCancelled,
    MonthIssued, TariffAdopted, TariffChanged, TownFiguresChanged,
)


class BillingPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_months(self, months: Sequence[MonthFigures], chosen: Month | None) -> None: ...

    def show_services(self, services: Sequence[Service], chosen: frozenset[str]) -> None: ...

    def show_issue_day(self, text: str, error: str) -> None: ...

    def show_computing(self, *, computing: bool) -> None: ...

    def show_stale(self) -> None:
        """Say that something changed since the preview: F5 makes it again."""
        ...

    def show_totals(self, preview: Preview | None, months: Sequence[MonthFigures]) -> None: ...

    def show_rows(self, rows: Sequence[PreviewRow], kept: Filter, empty: Empty) -> None: ...

    def show_act(self, act: Act) -> None: ...

    def show_explained(self, title: str, found: Sequence[Chapter], remark: str) -> None: ...

    def choose_folder(self) -> Path | None: ...

    def choose_workbook(self, name: str) -> Path | None: ...

    def is_seen(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Empty:
    """What stands where the table has nothing, and where its gesture goes."""

    text: str
    gesture: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is asked: a month, a day of issue, services (none named: all of the base)."""

    month: Month
    issued_on: date
    services: tuple[str, ...]


class BillingPresenter:
    """One month at a time: preview, explanation, issue, then the PDF and the workbook.

    A structure is billed with its services, whole: a run makes one invoice for a family and a service.
    """

    def __init__(self, page: BillingPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk
        self._context = desk.context
        self._months: Sequence[MonthFigures] = ()
        self._services: Sequence[Service] = ()
        self._chosen: frozenset[str] = frozenset()
        self._month: Month | None = None
        self._issued_on: date | None = desk.app.clock.today()
        self._preview: Preview | None = None
        self._kept: Filter | None = None
        self._loaded = False
        self._stale = False
        self._issuing = False
        self._handing_over = HandingOver(page, desk)
        page.show_issue_day(french_day(desk.app.clock.today()), "")
        for kind in _STALE:
            desk.hear(kind, self._changed)
        self._context.listen(self._follow)

    # --- what is billed ---------------------------------------------------------------------------------------

    def open(self, month: Month | None) -> None:
        """Come here, for a month or for the oldest that waits. What was computed stays unless something changed."""
        if self._loaded and not self._stale and month in {None, self._month}:
            return
        if month is not None:
            self._month = month
        self.load()

    def load(self) -> None:
        """Read the months and the services, then make the preview."""
        app, structure = self._desk.app, self._context.structure_id
        may_see_services = app.actor.may("catalog.read")

        def read(progress: Progress) -> tuple[Sequence[MonthFigures], Sequence[Service]]:
            services = app.ask(ListServices(structure)) if may_see_services else ()
            if structure is not None and not services:
                return (), ()
            codes = () if structure is None else tuple(service.code for service in services)
            return app.ask(BillingMonths(codes), progress=progress), services

        self._stale = False
        read_for(self._page, self._desk, read, self._months_read, self.load, "months")

    def _months_read(self, found: tuple[Sequence[MonthFigures], Sequence[Service]]) -> None:
        self._months, self._services = found
        self._loaded = True
        proposed = self._proposed()
        if self._month is None:
            self._month = _first_to_bill(proposed)
        self._chosen &= {service.code for service in self._services}
        self._page.show_months(proposed, self._month)
        self._page.show_services(self._services, self._chosen)
        self.compute()

    def _proposed(self) -> Sequence[MonthFigures]:
        """The months of the year; those before it that still wait, in the year of today; the one that is shown."""
        year, waits = self._context.year, self._context.other_year is None
        return [
            one
            for one in self._months
            if one.month.first_day in year
            or (waits and one.to_bill and one.month.first_day < year.first_day)
            or one.month == self._month
        ]

    def _follow(self) -> None:
        """Another structure, or another year: begin with its first month to bill."""
        self._month, self._chosen = None, frozenset()
        self._stale = True
        if self._page.is_seen():
            self.load()

    def choose_month(self, month: Month) -> None:
        if month != self._month:
            self._month = month
            self.compute()

    def choose_issue_day(self, text: str) -> None:
        """A day as an agent types it: « 15/11 », « 15.11.25 »."""
        try:
            day = parse_french_day(text, SchoolYear.of(self._desk.app.clock.today()))
        except UserError as error:
            self._issued_on = None
            self._page.show_issue_day(text, sentence(error))
            self._forget()
            return
        before, self._issued_on = self._issued_on, day
        self._page.show_issue_day(french_day(day), "")
        if day != before:
            self.compute()

    def choose_service(self, code: str) -> None:
        """Bill this service too, or no longer; no code for all of them."""
        self._chosen = self._chosen ^ {code} if code else frozenset()
        if len(self._chosen) == len(self._services):
            self._chosen = frozenset()
        self._page.show_services(self._services, self._chosen)
        self.compute()

    # --- preview ----------------------------------------------------------------------------------------------

    @property
    def _scope(self) -> _Scope | None:
        if self._month is None or self._issued_on is None:
            return None
        return _Scope(self._month, self._issued_on, self._codes)

    @property
    def _codes(self) -> tuple[str, ...]:
        """The services asked for: those chosen, else those of the structure, else all of them by naming none."""
        if self._chosen or self._context.structure_id is None:
            return tuple(sorted(self._chosen))
        return tuple(service.code for service in self._services)

    def compute(self) -> None:
        """Make the preview again: nothing is written, no number is drawn."""
        scope = self._scope
        if scope is None:
            self._forget()
            return
        app = self._desk.app

        def work(progress: Progress) -> Preview:
            plan = app.ask(PreviewMonth(scope.month, scope.issued_on, scope.services), progress=progress)
            compared = app.ask(ComparePlan(plan), progress=progress)
            return preview_of(plan, compared)

        self._preview = None
        self._page.show_computing(computing=True)
        self._show_act()
        self._desk.run.read(
            work, lambda found: self._computed(found, scope), self._not_computed, "preview", "Calcul de l'aperçu"
        )

    def _computed(self, preview: Preview, scope: _Scope) -> None:
        if scope != self._scope:
            return
        self._preview = preview
        self._page.fault_over(self.compute)
        self._page.show_computing(computing=False)
        self._page.show_totals(preview, self._months)
        self._show_rows()
        self._show_act()

    def _not_computed(self, error: Exception) -> None:
        self._forget()
        if isinstance(error, Cancelled):
            self._page.show_banner(
                Banner(Severity.INFO, "Calcul arrêté : rien n'a changé.", (Action("Recalculer", self.compute),))
            )
        else:
            self._page.show_banner(banner_for(error, reread=self.compute))

    def _forget(self) -> None:
        self._preview = None
        self._page.show_computing(computing=False)
        self._page.show_totals(None, self._months)
        self._show_rows()
        self._show_act()

    def _changed(self, _event: Event) -> None:
        self._stale = True
        if self._preview is not None and not self._issuing:
            self._page.show_stale()

    def keep(self, kept: Filter) -> None:
        """Show only these rows."""
        self._kept = kept
        self._show_rows()

    def filters(self) -> Mapping[str, str]:
        """`kept`, a chip. Months and services are what is billed, not how it is looked at."""
        kept = self._kept_now
        return {} if kept is Filter.ALL else {"kept": kept.value}

    def apply_filters(self, wanted: Mapping[str, str]) -> None:
        kept = wanted.get("kept", "")
        self.keep(Filter(kept) if kept in set(Filter) else Filter.ALL)

    def filters_in_words(self) -> Sequence[str]:
        chosen = [service.name for service in self._services if service.code in self._chosen]
        services = ", ".join(chosen) or "tous les services"
        words = [self._month.in_french if self._month else "", self._context.structure_kept, services]
        chip = "" if self._kept_now is Filter.ALL else self._kept_now.label.replace("&", "").lower()
        return [word for word in (*words, chip) if word]

    @property
    def _kept_now(self) -> Filter:
        """The chip that is shown: the one chosen if it has rows, else the first to look at."""
        kept, preview = self._kept, self._preview
        if preview is None or (kept is not None and preview.rows[kept]):
            return kept or Filter.ALL
        first = (Filter.BLOCKED, Filter.TO_CHECK, Filter.ALL)
        return next((one for one in first if preview.rows[one]), Filter.ALL)

    def _show_rows(self) -> None:
        preview, kept = self._preview, self._kept_now
        if preview is None:
            self._page.show_rows((), kept, self._nothing_yet())
        else:
            self._page.show_rows(preview.rows[kept], kept, self._all_done())

    def _nothing_yet(self) -> Empty:
        structure = self._context.structure_id
        if self._loaded and structure is not None and not self._services:
            return Empty("Aucun service n'a d'activité dans cette structure : il n'y a rien à y facturer.")
        if self._loaded and self._months and not self._proposed():
            return Empty(f"Aucun mois à facturer ni facturé pour l'année {self._context.year}.")
        if self._loaded and not self._months:
            return Empty("Aucun mois à facturer : pointez d'abord des présences.", "Aller au pointage",
                         Place("attendance"))
        if self._issued_on is None:
            return Empty("Corrigez la date d'émission pour voir l'aperçu.")
        return Empty("")

    def _all_done(self) -> Empty:
        month = self._month
        if month is None:
            return Empty("")
        words = f"Tout est facturé pour {month.in_french}."
        return Empty(words, "Voir les factures du mois", Place("invoices", {"month": str(month)}))

    # --- one row ----------------------------------------------------------------------------------------------

    def explain(self, row: PreviewRow) -> None:
        """Child by child, quantity × price = amount, why, and on which days."""
        group = row.group
        title = f"{row.family} · {row.service}"
        if group is None:
            self._page.show_explained(title, (), row.remark)
            return
        lines, month, app = group.charges, self._month, self._desk.app
        self._page.show_explained(title, chapters(lines, month), row.remark)
        units = {unit: place for place, line in enumerate(lines) for unit in line.attendance_ids}

        def work(_progress: Progress) -> Sequence[Chapter]:
            days: dict[int, list[DayRow]] = {}
            if units:
                for day in app.ask(DaysOfUnits(tuple(units))):
                    days.setdefault(units[day.id], []).append(day)
            for place, line in enumerate(lines):
                if line.charge_id is not None:
                    stored = app.ask(DaysOfCharge(line.charge_id))
                    days[place] = list(stored)
            return chapters(lines, month, days)

        # Without its days the explanation already stands: a fault here takes nothing away.
        self._desk.run.read(
            work, lambda found: self._page.show_explained(title, found, row.remark), lambda _: None, "explanation"
        )

    def open_family(self, row: PreviewRow | None) -> None:
        if row is not None:
            self._desk.go(Place("family", {"id": str(row.family_id)}))

    # --- issuing ----------------------------------------------------------------------------------------------

    def _show_act(self) -> None:
        figures = next((one for one in self._months if one.month == self._month), None)
        allowed = self._desk.app.actor.may("billing.issue")
        totals = self._preview.totals if self._preview else None
        self._page.show_act(act_of(totals, figures, allowed=allowed, busy=self._issuing))

    def issue(self) -> None:
        """Ask, with the count, the amount and the days; then issue."""
        scope, preview = self._scope, self._preview
        if scope is None or preview is None or self._issuing:
            return
        due = {service.due_rule.due_date(scope.issued_on) for service in self._services_of(preview)}
        command = IssueMonth(scope.month, scope.issued_on, scope.services, uuid4())
        confirmed = frozenset({LEAVE_BLOCKED}) if preview.totals.blocked else frozenset()
        question = issue_question(preview.totals, scope.month, scope.issued_on, sorted(due))
        self._desk.ask(question, lambda: self._issue(command, confirmed, preview.totals))

    def _services_of(self, preview: Preview) -> Sequence[Service]:
        return [service for service in self._services if service.code in preview.plan.service_codes]

    def _issue(self, command: IssueMonth, confirmed: frozenset[str], expected: Totals) -> None:
        app = self._desk.app
        self._issuing = True
        self._page.show_banner(None)
        self._show_act()
        self._desk.run.write(
            lambda progress: app.execute(command, confirmed=confirmed, progress=progress),
            lambda run: self._issued(run, command, expected),
            lambda error: self._not_issued(error, command, confirmed, expected),
            "Émission des factures",
        )

    def _issued(self, run: IssuedRun, command: IssueMonth, expected: Totals) -> None:
        self._issuing = False
        count = len(run.numbers)
        actions = self._actions_after(command.month, command.service_codes) if count else ()
        self._page.show_banner(issued_banner(run, expected, actions))
        self._desk.tell(f"{plural(count, 'facture émise', 'factures émises')}", None)
        self.load()

    def _actions_after(self, month: Month, services: tuple[str, ...]) -> tuple[Action, ...]:
        """Of the month that was issued, whichever is shown when they are pressed."""
        return (
            Action("Écrire les PDF…", partial(self._handing_over.documents, month, services)),
            Action("Classeur de la régie…", partial(self._handing_over.workbook, month, services)),
        )

    def _not_issued(
        self, error: Exception, command: IssueMonth, confirmed: frozenset[str], expected: Totals
    ) -> None:
        self._issuing = False
        self._show_act()
        if isinstance(error, NeedsConfirmation):
            # Something changed between the preview and now: the door asks what the preview did not show.
            question = doubt(error)
            again = replace(command, op_id=uuid4())
            self._desk.ask(question, lambda: self._issue(again, confirmed | {error.code}, expected))
        elif isinstance(error, UserError) and error.code == "operation.already_done":
            # The answer was lost on the way, not the work.
            self._page.show_banner(Banner(Severity.INFO, "Ces factures étaient déjà émises : rien n'a été refait."))
            self.load()
        elif isinstance(error, Cancelled):
            self._page.show_banner(Banner(Severity.INFO, "Émission arrêtée : aucune facture n'a été émise."))
        else:
            self._page.show_banner(banner_for(error, lambda: self._issue(command, confirmed, expected)))

    # --- handing over -----------------------------------------------------------------------------------------

    def write_documents(self) -> None:
        """Write the PDF of each document of the month to a folder."""
        if self._month is not None:
            self._handing_over.documents(self._month, self._codes)

    def write_workbook(self) -> None:
        """Write the month's workbook for the régie."""
        if self._month is not None:
            self._handing_over.workbook(self._month, self._codes)


def _first_to_bill(months: Sequence[MonthFigures]) -> Month | None:
    """The oldest with something to bill; else the latest."""
    waiting = next((one.month for one in months if one.to_bill), None)
    return waiting or (months[-1].month if months else None)
