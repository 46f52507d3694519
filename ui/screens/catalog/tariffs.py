"""Decides what the tariffs of a slot show, and how a new one is adopted. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Protocol

from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import french_day
from backoffice.tariffs.commands import AdoptTariff
from backoffice.tariffs.editing import EndTariff, RemoveTariff
from backoffice.tariffs.overview import TariffsOfSlot, TariffView
from backoffice.tariffs.rules import FlatTariff, Tariff
from ui.editing import Task
from ui.forms import Entry, FieldSpec, Reader, typed_day, values_of
from ui.presenting import Action, Banner, Desk, Question, Severity, banner_for
from ui.screens.catalog.simulator import Simulator, SimulatorPage
from ui.screens.catalog.tariff_forms import SHAPE_FORMS, SHAPES, tariff_of
from ui.screens.catalog.year import YearFilter


@dataclass(frozen=True, slots=True)
class TariffCard:
    """A tariff in the history. `state` is a word; `coming` when it has not begun, and may still be removed."""

    view: TariffView
    period: str
    state: str
    coming: bool


class TariffsPage(SimulatorPage, Protocol):
    """What the presenter asks of its page."""

    def show_banner(self, banner: Banner | None) -> None: ...

    def show_tariffs(self, cards: Sequence[TariffCard], hidden: int) -> None: ...

    def show_tariff_editor(self, title: str, specs: Sequence[FieldSpec]) -> None: ...

    def show_tariff_fields(self, specs: Sequence[FieldSpec]) -> None: ...

    def show_tariff_errors(self, errors: Mapping[str, str], *, move: bool = True) -> None: ...

    def show_preview(self, lines: Sequence[str]) -> None: ...

    def close_tariff_editor(self) -> None: ...


class TariffsPresenter:
    """The tariffs of one slot at a time."""

    def __init__(self, page: TariffsPage, desk: Desk, years: YearFilter) -> None:
        self._page = page
        self._desk = desk
        self._years = years
        self.simulator = Simulator(page, desk)
        self._slot = 0
        self._title = ""
        self._unit = ""
        self._tariffs: Sequence[TariffView] = ()
        self._shape = ""
        self._specs: tuple[FieldSpec, ...] = ()
        self._touched = False
        self._refused_once = False
        self._waiting_editor = False
        self._known = False
        self._saving = False
        self.editing = False

    # --- history ----------------------------------------------------------------------------------------------

    def load(self, slot_id: int, title: str, unit: str) -> None:
        if slot_id != self._slot:
            self._tariffs, self._known, self._waiting_editor = (), False, False
        self._slot, self._title, self._unit = slot_id, title, unit
        self._desk.run.read(
            lambda _progress: self._desk.app.ask(TariffsOfSlot(slot_id)), self._loaded, self._failed, "tariffs"
        )

    def _loaded(self, tariffs: Sequence[TariffView]) -> None:
        self._tariffs, self._known = tariffs, True
        self.show_cards()
        if self._waiting_editor:
            self.adopt()
        elif not self.editing:
            self.simulator.about_slot(self._slot, self._unit, tariffs)

    def show_cards(self) -> None:
        """Those of the school year."""
        today = self._desk.app.clock.today()
        kept, hidden = self._years.kept(self._tariffs, lambda view: (view.valid_from, view.valid_to))
        self._page.show_tariffs([_card(view, today) for view in kept], hidden)

    def _failed(self, error: Exception) -> None:
        self._page.show_banner(banner_for(error, reread=self._load_again))

    def _load_again(self) -> None:
        self.load(self._slot, self._title, self._unit)

    # --- a new tariff -----------------------------------------------------------------------------------------

    def adopt(self) -> None:
        """Open the editor with the parameters of the latest tariff: most often only prices change."""
        self._waiting_editor = not self._known
        if self._waiting_editor:
            return
        latest = self._tariffs[0].tariff if self._tariffs else None
        self._shape = latest.shape if latest is not None else FlatTariff.shape
        self._touched, self._refused_once, self.editing = False, False, True
        self._specs = self._all_specs(latest, {})
        self._page.show_banner(None)
        self.simulator.show_again()
        self._page.show_tariff_editor(f"Nouveau tarif : {self._title}", self._specs)
        self.typed({}, touched=False)

    @property
    def unsaved(self) -> bool:
        return self.editing and self._touched

    def say_unsaved(self, values: Callable[[], Mapping[str, str]], leave: Callable[[], None]) -> None:
        """Tell, at the top of the page, that the tariff being typed would be lost."""
        def abandon() -> None:
            self.close()
            leave()

        actions = (
            Action("Adopter ce tarif", lambda: self.save(values())),
            Action("Abandonner la saisie", abandon),
        )
        self._page.show_banner(Banner(Severity.WARNING, "Le nouveau tarif n'est pas enregistré.", actions))

    def close(self) -> None:
        if self.editing:
            self.editing, self._touched = False, False
            self._page.show_banner(None)
            self._page.close_tariff_editor()
            self.simulator.show_again()
            self.simulator.about_slot(self._slot, self._unit, self._tariffs)

    def _all_specs(self, tariff: Tariff | None, values: Mapping[str, str]) -> tuple[FieldSpec, ...]:
        form = SHAPE_FORMS[self._shape]
        return (
            FieldSpec("shape", "&Genre de tarif", Entry.CHOICE, self._shape, options=SHAPES, hint=form.explains),
            *form.specs(tariff),
            FieldSpec("from", "P&remier jour", Entry.DAY, values.get("from", ""), required=True,
                      hint=self._about_first_day()),
            FieldSpec("deliberation", "Dé&libération", Entry.TEXT, values.get("deliberation", ""), beside=True,
                      placeholder="n° 2026-041 du 24 juin 2026", hint="Elle est citée dans « Expliquer »."),
        )

    def _about_first_day(self) -> str:
        latest = self._tariffs[0] if self._tariffs else None
        if latest is None:
            return "Aucun tarif avant celui-ci."
        return f"Après le {french_day(latest.valid_from)}."

    def typed(self, values: Mapping[str, str], *, touched: bool = True) -> None:
        """Follow what is typed: another shape asks for other things, a whole tariff is shown and tried at once."""
        if not self.editing:
            return
        self._touched = self._touched or touched
        shape = values.get("shape", self._shape)
        if shape != self._shape:
            self._shape, self._refused_once = shape, False
            known = next((view.tariff for view in self._tariffs if view.tariff.shape == shape), None)
            self._specs = self._all_specs(known, values)
            self._page.show_tariff_fields(self._specs)
            values = {}
        reader, tariff = self._read(values or values_of(self._specs))
        if self._refused_once:
            self._page.show_tariff_errors(reader.errors, move=False)
        self._page.show_preview(tariff.in_french() if tariff is not None else ())
        self.simulator.about_tariff(tariff, self._unit)

    def _read(self, values: Mapping[str, str]) -> tuple[Reader, Tariff | None]:
        # The first day and the deliberation are asked beside the tariff: their errors must not hide its price.
        reader = Reader(self._specs, values, self._desk.context.day())
        return reader, tariff_of(self._shape, reader)

    def save(self, values: Mapping[str, str]) -> None:
        if not self.editing or self._saving:
            return
        reader, tariff = self._read(values)
        day = reader.day("from")
        deliberation = reader.text("deliberation")
        self._refused_once = True
        self._page.show_tariff_errors(reader.errors)
        if tariff is None or reader.errors:
            return
        command = AdoptTariff(self._slot, tariff, day, deliberation)
        if day > self._desk.app.clock.today():
            self._adopt(command)
            return
        self._desk.ask(
            Question(
                f"Adopter ce tarif à partir du {french_day(day)} ?",
                "Ce jour est passé ou c'est aujourd'hui : ce tarif ne pourra plus être supprimé. "
                "Les jours déjà facturés gardent leur prix.",
                "Adopter ce tarif",
            ),
            partial(self._adopt, command),
        )

    def _adopt(self, command: AdoptTariff) -> None:
        self._saving = True
        before = next((view for view in self._tariffs if _holds(view, command.valid_from)), None)
        self._desk.run.write(
            lambda progress: self._desk.app.execute(command, progress=progress),
            lambda _: self._adopted(command, before),
            self._refused,
            "Enregistrement",
        )

    def _adopted(self, command: AdoptTariff, before: TariffView | None) -> None:
        self._saving = False
        self.close()
        self.load(self._slot, self._title, self._unit)
        undo = None
        if command.valid_from > self._desk.app.clock.today():
            undo = Action("Annuler", partial(self._take_back, command, before))
        self._desk.tell(f"Tarif adopté à partir du {french_day(command.valid_from)}.", undo)

    def _refused(self, error: Exception) -> None:
        self._saving = False
        if isinstance(error, UserError) and error.code == "tariff.later_exists":
            self._page.show_tariff_errors({"from": sentence(error)})
        elif isinstance(error, UserError) and error.code == "catalog.field_too_long":
            self._page.show_tariff_errors({"deliberation": sentence(error)})
        else:
            self._page.show_banner(banner_for(error))

    def _take_back(self, command: AdoptTariff, before: TariffView | None) -> None:
        """Remove the tariff again, and give the one before the last day it had."""
        app = self._desk.app

        def work(_progress: object) -> None:
            tariffs = {view.valid_from: view for view in app.ask(TariffsOfSlot(command.slot_id))}
            added = tariffs.get(command.valid_from)
            if added is None:
                return
            app.execute(RemoveTariff(added.id, added.version))
            if before is not None:
                app.execute(EndTariff(before.id, tariffs[before.valid_from].version, before.valid_to))

        self._desk.run.write(
            work, lambda _: self._desk.tell("C'est annulé.", None), self._failed, "Annulation"
        )

    # --- an end, a removal ------------------------------------------------------------------------------------

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
        self._desk.run.write(
            lambda _progress: self._desk.app.execute(RemoveTariff(view.id, view.version)),
            lambda _: self._desk.tell("Tarif supprimé.", None),
            lambda error: self._page.show_banner(banner_for(error)),
            "Enregistrement",
        )

    def ending(self, view: TariffView) -> Task:
        """The form that says, or changes, the last day of a tariff."""
        spec = FieldSpec("last_day", "&Dernier jour", Entry.DAY, typed_day(view.valid_to), placeholder="sans fin",
                         hint="Vide : jusqu'à nouvel ordre. Les jours déjà facturés gardent leur prix.", width=12)

        def command(reader: Reader) -> EndTariff | None:
            day = reader.optional_day("last_day")
            if day is not None and day < view.valid_from:
                reader.blame("last_day", f"Ce tarif commence le {french_day(view.valid_from)}.")
                return None
            return EndTariff(view.id, view.version, day)

        return Task(
            f"Dernier jour du tarif du {french_day(view.valid_from)}", (spec,), command,
            "Dernier jour enregistré.",
            field_of=lambda error: "last_day" if getattr(error, "code", "") == "dated.overlap" else "",
            undo=lambda app: next(
                (
                    EndTariff(now.id, now.version, view.valid_to)
                    for now in app.ask(TariffsOfSlot(view.slot_id))
                    if now.id == view.id
                ),
                None,
            ),
        )


def _card(view: TariffView, today: date) -> TariffCard:
    start = french_day(view.valid_from)
    period = f"Depuis le {start}" if view.valid_to is None else f"Du {start} au {french_day(view.valid_to)}"
    coming = view.valid_from > today
    if coming and view.valid_to is None:
        period = f"À partir du {start}"
    return TariffCard(view, period, "en vigueur" if view.in_force else "à venir" if coming else "terminé", coming)


def _holds(view: TariffView, day: date) -> bool:
    return view.valid_from < day and (view.valid_to is None or view.valid_to >= day - timedelta(days=1))
