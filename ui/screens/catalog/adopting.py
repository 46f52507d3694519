"""A new tariff for a slot: what its shape asks, the question when it has begun, how it is taken back. No Qt."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from backoffice.kernel.application import Application, Command
from backoffice.kernel.clock import Clock
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress
from backoffice.tariffs.commands import AdoptTariff
from backoffice.tariffs.editing import EndTariff, RemoveTariff
from backoffice.tariffs.overview import TariffsOfSlot, TariffView
from backoffice.tariffs.rules import FlatTariff, Tariff
from ui.drafts import Saved, Task, Typed
from ui.forms import Entry, FieldSpec, Reader
from ui.presenting import Question
from ui.screens.catalog.tariff_forms import SHAPE_FORMS, SHAPES, tariff_of
from ui.screens.catalog.tasks import task_key

_FIELDS = {"tariff.later_exists": "from", "catalog.field_too_long": "deliberation"}


class NewTariff(Task):
    """It begins with the parameters of the latest tariff of its shape: most often only prices change."""

    save_words = "Adopter ce tarif"

    def __init__(
        self, slot_id: int, slot: str, tariffs: Sequence[TariffView], typed: Typed, clock: Clock
    ) -> None:
        """`typed` says the shape, the first day and the deliberation, when they are already chosen."""
        self.key = tariff_key(slot_id)
        self.title = f"Nouveau tarif : {slot}"
        latest = tariffs[0].tariff if tariffs else None
        self.shape = typed.get("shape") or (latest.shape if latest is not None else FlatTariff.shape)
        self._slot = slot_id
        self._tariffs = tariffs
        self._seen = self.version = frozenset((view.id, view.version) for view in tariffs)
        self._clock = clock
        form = SHAPE_FORMS[self.shape]
        known = next((view.tariff for view in tariffs if view.tariff.shape == self.shape), None)
        after = f"Après le {french_day(tariffs[0].valid_from)}." if tariffs else "Aucun tarif avant celui-ci."
        self.fields = (
            FieldSpec("shape", "&Genre de tarif", Entry.CHOICE, self.shape, options=SHAPES, hint=form.explains),
            *form.specs(known),
            FieldSpec("from", "P&remier jour", Entry.DAY, typed.get("from", ""), required=True, hint=after),
            FieldSpec("deliberation", "Dé&libération", Entry.TEXT, typed.get("deliberation", ""), beside=True,
                      placeholder="n° 2026-041 du 24 juin 2026", hint="Elle est citée dans « Expliquer »."),
        )

    def tariff(self, values: Typed, today: date) -> Tariff | None:
        """What is typed as a tariff, whole or not at all. Its first day is asked beside: it must not hide a price."""
        return tariff_of(self.shape, Reader(self.fields, values, today))

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        tariff_of(self.shape, reader)
        reader.day("from")
        return reader.errors

    def question(self, values: Typed, today: date) -> Question | None:
        day = self._command(values, today).valid_from
        if day > self._clock.today():
            return None
        return Question(
            f"Adopter ce tarif à partir du {french_day(day)} ?",
            "Ce jour est passé ou c'est aujourd'hui : ce tarif ne pourra plus être supprimé. "
            "Les jours déjà facturés gardent leur prix.",
            "Adopter ce tarif",
        )

    def field_of(self, error: UserError) -> str:
        return _FIELDS.get(error.code, "")

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        command = self._command(values, today)
        before = next((view for view in self._tariffs if _holds(view, command.valid_from)), None)
        app.execute(command, confirmed=confirmed, progress=progress)
        undo = _taking_back(app, command, before) if command.valid_from > self._clock.today() else None
        return Saved(f"Tarif adopté à partir du {french_day(command.valid_from)}.", undo)

    def news(self, since: Hashable) -> str:
        known = {tariff_id for tariff_id, _version in since} if isinstance(since, frozenset) else set()
        new = [french_day(view.valid_from) for view in self._tariffs if view.id not in known]
        return f"Un tarif commence maintenant le {', un autre le '.join(new)}." if new else ""

    def _command(self, values: Typed, today: date) -> AdoptTariff:
        reader = Reader(self.fields, values, today)
        tariff = tariff_of(self.shape, reader)
        if tariff is None:
            raise ValueError("saved without looking at its problems")
        return AdoptTariff(self._slot, tariff, reader.day("from"), reader.text("deliberation"), self._seen)


def tariff_key(slot_id: int) -> str:
    return task_key(f"slot {slot_id}", "tariff")


def _taking_back(app: Application, command: AdoptTariff, before: TariffView | None) -> tuple[Command[Any], ...]:
    """Remove the tariff again, and give the one before the last day it had."""
    now = {view.valid_from: view for view in app.ask(TariffsOfSlot(command.slot_id))}
    added = now[command.valid_from]
    removal = RemoveTariff(added.id, added.version)
    if before is None:
        return (removal,)
    return removal, EndTariff(before.id, now[before.valid_from].version, before.valid_to)


def _holds(view: TariffView, day: date) -> bool:
    return view.valid_from < day and (view.valid_to is None or view.valid_to >= day - timedelta(days=1))
