"""Decides what the follow-up of documents shows, and whom it reminds. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Protocol, TypeVar
from uuid import uuid4

from backoffice.documents.events import DocumentsChanged, DocumentTypesChanged
from backoffice.documents.figures import ReviewFigures, ReviewReport
from backoffice.documents.outstanding import ListOutstanding, Outstanding, OutstandingLine, follow_up_days
from backoffice.documents.reminding import (
    PlanReminders,
    Reminded,
    ReminderPlan,
    SendReminders,
    TakeBackReminders,
)
from backoffice.documents.rollover import PreviewRollOver, RollOver, ToSendAgain, next_rentree
from backoffice.kernel.application import Query
from backoffice.kernel.events import Event
from backoffice.kernel.periods import Month, Period, SchoolYear
from backoffice.kernel.progress import Progress
from backoffice.registrations.events import RegistrationsChanged
from ui.presenting import Action, Desk, FaultPage, Place, banner_for, read_for, write_for
from ui.screens.follow_up.words import counted, plan_in_words, reminded_in_words

R = TypeVar("R")

DAYS: Sequence[int] = (15, 30, 60, 90)
_MONTHS_LOOKED_AT = 12
_NOTHING_ASKED = (
    "La commune ne demande encore aucune pièce obligatoire : adoptez la liste proposée depuis le dossier d'une famille,"
    " onglet « Documents & inscriptions »."
)
_NOTHING_MISSING = "Aucune pièce obligatoire ne manque : toutes les familles inscrites sont à jour."
_CHANGING: Sequence[type[Event]] = (DocumentsChanged, DocumentTypesChanged, RegistrationsChanged)


class View(StrEnum):
    """The chips."""

    MISSING = "missing"
    ENDING = "ending"
    ROLL_OVER = "roll_over"
    FIGURES = "figures"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def lists_lines(self) -> bool:
        return self in {View.MISSING, View.ENDING}


_LABELS = {
    View.MISSING: "Man&quantes", View.ENDING: "Bientôt e&xpirées", View.ROLL_OVER: "&Rentrée",
    View.FIGURES: "&Délais et motifs",
}


class FollowUpPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_view(self, view: View) -> None: ...

    def show_lines(self, lines: Sequence[OutstandingLine], nothing: str) -> None: ...

    def show_counts(self, missing: int, ending: int) -> None: ...

    def show_days(self, days: int) -> None: ...

    def search(self, words: str) -> None: ...

    def show_plan(self, plan: ReminderPlan, words: str, *, again: bool) -> None: ...

    def hide_plan(self) -> None: ...

    def show_sending(self, *, sending: bool) -> None: ...

    def show_roll_over(self, found: RollOver, years: Sequence[SchoolYear], nothing: str) -> None: ...

    def show_figures(self, report: ReviewReport, months: Sequence[Month]) -> None: ...

    def is_seen(self) -> bool: ...


class FollowUpPresenter:
    """One view at a time; each is read when it is looked at."""

    def __init__(self, page: FollowUpPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk
        self.view = View.MISSING
        self.may_remind = desk.app.actor.may("letters.write")
        today = desk.app.clock.today()
        self.days = follow_up_days()[0]
        self.year = next_rentree(today)
        self._years = tuple(SchoolYear(self.year.start_year + more) for more in (-1, 0, 1))
        self._month = Month.of(today)
        self.period = Period(self._month.plus(-2).first_day, self._month.last_day)
        self._outstanding: Outstanding | None = None
        self._wanted: tuple[tuple[int, int | None, int], ...] = ()
        self._again = False
        for kind in _CHANGING:
            desk.hear(kind, self._changed)

    def open(self, place: Place) -> None:
        """`view`: one of `View`; `words`: what is searched in its list."""
        wanted = place.parameters.get("view", "")
        self.view = View(wanted) if wanted in set(View) else self.view
        self._page.show_banner(None)
        self._page.show_view(self.view)
        self._page.show_days(self.days)
        if "words" in place.parameters:
            self._page.search(place.parameters["words"])
        self.load()

    def load(self) -> None:
        if self.view.lists_lines:
            self._read(ListOutstanding(self.days), self._listed)
        elif self.view is View.ROLL_OVER:
            self._read(PreviewRollOver(self.year), self._rolled_over)
        else:
            self._read(ReviewFigures(self.period), self._counted)

    def _read(self, query: Query[R], done: Callable[[R], None]) -> None:
        read_for(
            self._page, self._desk, lambda progress: self._desk.app.ask(query, progress=progress), done, self.load,
            "follow_up",
        )

    # --- what is looked at ------------------------------------------------------------------------------------------

    def choose(self, view: View) -> None:
        self.view = view
        self.leave_plan()
        self._page.show_view(view)
        self._desk.named(Place("follow_up", {"view": view.value}))
        if view.lists_lines and self._outstanding is not None:
            self._listed(self._outstanding)
        else:
            self.load()

    def choose_days(self, days: int) -> None:
        self.days = days
        self.leave_plan()
        self.load()

    def choose_year(self, year: SchoolYear) -> None:
        self.year = year
        self.load()

    def choose_period(self, period: Period) -> None:
        self.period = period
        self.load()

    # --- views of the list --------------------------------------------------------------------------------------------

    def filters(self) -> Mapping[str, str]:
        return {} if self.view is View.MISSING else {"view": self.view.value}

    def apply_filters(self, wanted: Mapping[str, str]) -> None:
        view = wanted.get("view", View.MISSING.value)
        if view in set(View) and View(view) is not self.view:
            self.choose(View(view))

    def filters_in_words(self) -> Sequence[str]:
        within = f"dans les {self.days} jours"
        return [self.view.label.replace("&", "").lower(), *([within] if self.view is View.ENDING else [])]

    # --- gestures ---------------------------------------------------------------------------------------------------

    def open_family(self, row: OutstandingLine | ToSendAgain) -> None:
        self._desk.go(Place("family", {"id": str(row.family_id), "tab": "documents"}))

    def remind(self, lines: Sequence[OutstandingLine]) -> None:
        """Show what these families would be told; nothing is sent yet."""
        if lines and self.may_remind:
            self._wanted, self._again = tuple(line.key for line in lines), False
            self._plan()

    def remind_again(self, *, again: bool) -> None:
        """With the families that were reminded these last days, or without."""
        if again != self._again:
            self._again = again
            self._plan()

    def leave_plan(self) -> None:
        self._wanted = ()
        self._page.hide_plan()

    def _plan(self) -> None:
        query = PlanReminders(self._wanted, self.days, self._again)
        again = self._again

        def planned(plan: ReminderPlan) -> None:
            if self._wanted:  # not given up meanwhile
                self._page.show_plan(plan, plan_in_words(plan, again=again), again=again)

        read_for(
            self._page, self._desk, lambda progress: self._desk.app.ask(query, progress=progress), planned, self._plan,
            "plan",
        )

    def send(self) -> None:
        """Write to everybody, all or nobody; « Annuler » takes it back while it is held."""
        if self._wanted:
            self._execute(SendReminders(self._wanted, self.days, self._again, uuid4()))

    def _execute(self, command: SendReminders) -> None:
        """« Réessayer » sends this very command again: whatever was lost on the way, nobody is written to twice."""
        self._page.show_sending(sending=True)

        def work(progress: Progress) -> Reminded:
            return self._desk.app.execute(command, progress=progress)

        def sent(told: Reminded) -> None:
            self._page.show_sending(sending=False)
            self.leave_plan()
            self._desk.tell(reminded_in_words(told), Action("Annuler", partial(self._take_back, told)))
            self.load()

        def failed(error: Exception) -> None:
            self._page.show_sending(sending=False)
            self._page.show_banner(banner_for(error, partial(self._execute, command)))

        self._desk.run.write(work, sent, failed, "Relance des familles")

    def _take_back(self, told: Reminded) -> None:
        def taken(count: int) -> None:
            left = len(told.letters) - count
            words = f"{counted(count, 'rappel annulé', 'rappels annulés')}"
            self._desk.tell(f"{words} ; {counted(left, 'était parti', 'étaient partis')}." if left else f"{words}.",
                            None)
            self.load()

        write_for(
            self._page, self._desk,
            lambda progress: self._desk.app.execute(TakeBackReminders(told.letters), progress=progress),
            taken, "Annulation",
        )

    # --- answers ------------------------------------------------------------------------------------------------------

    def _listed(self, found: Outstanding) -> None:
        self._outstanding = found
        self._page.show_counts(len(found.missing), len(found.ending))
        lines = found.missing if self.view is View.MISSING else found.ending
        families = len({line.family_id for line in lines})
        self._page.show_title("Suivi des pièces", counted(families, "famille concernée", "familles concernées"))
        if not found.is_asking:
            nothing = _NOTHING_ASKED
        elif self.view is View.MISSING:
            nothing = _NOTHING_MISSING
        else:
            nothing = f"Aucune pièce n'expire dans les {found.days} jours."
        self._page.show_lines(lines, nothing)

    def _rolled_over(self, found: RollOver) -> None:
        again = sum(len(family.documents) for family in found.families)
        told = f"{counted(again, 'pièce')} à renvoyer, {counted(found.missing, 'déjà manquante', 'déjà manquantes')}"
        self._page.show_title("Suivi des pièces", f"rentrée {found.year} : {told}")
        self._page.show_roll_over(found, self._years, f"Rien à redemander pour la rentrée {found.year}.")

    def _counted(self, report: ReviewReport) -> None:
        self._page.show_title("Suivi des pièces", "sans aucun nom")
        self._page.show_figures(report, [self._month.plus(-back) for back in range(_MONTHS_LOOKED_AT)])

    def _changed(self, _event: Event) -> None:
        self._outstanding = None
        if self._page.is_seen():
            self.load()
