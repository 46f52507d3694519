"""Decides what the tariffs of a slot show, and follows a new one while it is typed. No Qt."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Protocol

from backoffice.kernel.periods import french_day
from backoffice.tariffs.editing import RemoveTariff
from backoffice.tariffs.overview import TariffsOfSlot, TariffView
from ui.drafting import Drafting
from ui.drafts import Draft, Typed
from ui.presenting import Desk, FaultPage, Question, read_for, write_for
from ui.screens.catalog.adopting import NewTariff, tariff_key
from ui.screens.catalog.simulator import Simulator, SimulatorPage
from ui.screens.catalog.year import YearFilter


@dataclass(frozen=True, slots=True)
class TariffCard:
    """A tariff in the history. `state` is a word; `coming` when it has not begun, and may still be removed."""

    view: TariffView
    period: str
    state: str
    coming: bool


class TariffsPage(FaultPage, SimulatorPage, Protocol):
    """What the presenter asks of its page."""

    def show_tariffs(self, cards: Sequence[TariffCard], hidden: int) -> None: ...

    def show_preview(self, lines: Sequence[str]) -> None: ...


class TariffsPresenter:
    """The tariffs of one slot at a time; a new one is a task of `drafting`, tried while it is typed."""

    def __init__(
        self,
        page: TariffsPage,
        desk: Desk,
        drafting: Drafting,
        unfinished: MutableMapping[str, Draft],
        years: YearFilter,
    ) -> None:
        self._page = page
        self._desk = desk
        self._drafting = drafting
        self._unfinished = unfinished
        self._years = years
        self.simulator = Simulator(page, desk)
        self._slot = 0
        self._title = ""
        self._unit = ""
        self._tariffs: Sequence[TariffView] = ()
        self._waiting: Callable[[], None] | None = None
        self._known = False

    # --- history ----------------------------------------------------------------------------------------------

    def load(self, slot_id: int, title: str, unit: str) -> None:
        if slot_id != self._slot:
            self._tariffs, self._known, self._waiting = (), False, None
        self._slot, self._title, self._unit = slot_id, title, unit
        app = self._desk.app
        read_for(self._page, self._desk, lambda _progress: app.ask(TariffsOfSlot(slot_id)), self._loaded, self._reload,
                 "tariffs")

    def _loaded(self, tariffs: Sequence[TariffView]) -> None:
        self._tariffs, self._known = tariffs, True
        self.show_cards()
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()
        if self._new is None:
            self.simulator.about_slot(self._slot, self._unit, tariffs)

    def show_cards(self) -> None:
        """Those of the school year."""
        today = self._desk.app.clock.today()
        kept, hidden = self._years.kept(self._tariffs, lambda view: (view.valid_from, view.valid_to))
        self._page.show_tariffs([_card(view, today) for view in kept], hidden)

    def _reload(self) -> None:
        self.load(self._slot, self._title, self._unit)

    def load_again(self, then: Callable[[], None]) -> None:
        self._waiting = then
        self._reload()

    def once_known(self, run: Callable[[], None]) -> None:
        """Now if the tariffs of the slot are read, else once they are."""
        if self._known:
            run()
        else:
            self._waiting = run

    def named(self, tariff_id: int) -> TariffView | None:
        """The tariff as it was last read."""
        return next((view for view in self._tariffs if view.id == tariff_id), None)

    # --- a new tariff -----------------------------------------------------------------------------------------

    def adopt(self) -> None:
        """Open the editor, with what was typed in it before."""
        self.once_known(self._adopt)

    def _adopt(self) -> None:
        kept = self._unfinished.get(tariff_key(self._slot))
        task = self._task_for(kept.values if kept else {})
        self.simulator.show_again()
        if self._drafting.begin(task):
            self.follow()

    def notice(self) -> None:
        """The tariffs were read again under the one that is typed."""
        if self._new is not None:
            self._drafting.noticed(self._task_for(self._drafting.values))
            self.follow()

    def typed(self, key: str, text: str) -> None:
        """Follow what is typed: another shape asks for other things, a whole tariff is shown and tried at once."""
        self._drafting.typed(key, text)
        task = self._new
        if task is not None and key == "shape" and text != task.shape:
            self._drafting.become(self._task_for(self._drafting.values))
        self.follow()

    def typed_rows(self, key: str, values: Typed) -> None:
        self._drafting.typed_rows(key, values)
        self.follow()

    def follow(self) -> None:
        """Show what the tariff typed says, and what a family would pay."""
        task = self._new
        if task is None:
            return
        tariff = task.tariff(self._drafting.values, self._desk.context.day())
        self._page.show_preview(tariff.in_french() if tariff is not None else ())
        self.simulator.about_tariff(tariff, self._unit)

    def closed(self) -> None:
        """The editor gave its place back to the history."""
        if self._known:
            self.simulator.show_again()
            self.simulator.about_slot(self._slot, self._unit, self._tariffs)

    def _task_for(self, typed: Typed) -> NewTariff:
        return NewTariff(self._slot, self._title, self._tariffs, typed, self._desk.app.clock)

    @property
    def _new(self) -> NewTariff | None:
        task = self._drafting.task
        return task if isinstance(task, NewTariff) else None

    # --- a removal --------------------------------------------------------------------------------------------

    def remove(self, view: TariffView) -> None:
        """Remove a tariff that has not begun; the one before is not lengthened."""
        question = Question(
            f"Supprimer le tarif prévu le {french_day(view.valid_from)} ?",
            "Il n'a pas commencé : aucune facture ne l'utilise. Le tarif d'avant garde son dernier jour : "
            "prolongez-le ensuite si besoin.",
            "Supprimer ce tarif",
            dangerous=True,
        )
        self._desk.ask(question, partial(self._remove, view))

    def _remove(self, view: TariffView) -> None:
        app = self._desk.app
        write_for(self._page, self._desk, lambda _progress: app.execute(RemoveTariff(view.id, view.version)),
                  lambda _: self._desk.tell("Tarif supprimé.", None))


def _card(view: TariffView, today: date) -> TariffCard:
    start = french_day(view.valid_from)
    period = f"Depuis le {start}" if view.valid_to is None else f"Du {start} au {french_day(view.valid_to)}"
    coming = view.valid_from > today
    if coming and view.valid_to is None:
        period = f"À partir du {start}"
    return TariffCard(view, period, "en vigueur" if view.in_force else "à venir" if coming else "terminé", coming)
