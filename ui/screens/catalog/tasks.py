"""What is typed on this page and saved by one command: records, closures, national amounts, last days. No Qt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from backoffice.billing.services import NumberedServices
from backoffice.catalog.commands import Close
from backoffice.catalog.editing import RemoveClosure
from backoffice.catalog.overview import CatalogOverview, ClosureView
from backoffice.kernel.application import Application, Command
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import french_day
from backoffice.tariffs.editing import EndTariff, EnterTownFigure, RemoveTownFigure
from backoffice.tariffs.figures import FigureKind
from backoffice.tariffs.overview import TariffsOfSlot, TariffView
from ui.command_task import CommandTask
from ui.forms import Entry, FieldSpec, Reader, options_of, typed_day, values_of
from ui.screens.catalog.sheets import Sheet, field_of, id_of, record_of

FIGURES_WARNING = (
    "Ces montants sont fixés chaque année par la Cnaf et publiés par votre CAF. Ne saisissez que celui qu'elle a "
    "écrit, avec sa source : dès que le programme connaît le montant national, c'est lui qui sert."
)


def task_key(line: str, what: str) -> str:
    """Names the unfinished typing about a line of the tree: its record, its tariff, a closure…"""
    return f"catalog/{line}/{what}"


class SheetTask(CommandTask):
    """Create or edit a record. An edit is taken back by saving again what was there."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        if sheet.record is None:
            key = task_key("new", f"{sheet.kind.value} {sheet.parent}")
        else:
            key = task_key(f"{sheet.kind.value} {id_of(sheet.record)}", "edit")
        super().__init__(
            key=key, title=sheet.title, fields=sheet.specs(), command=sheet.command, told="Enregistré.",
            version=sheet.version, beside=field_of, undo=self._put_back,
        )

    def _put_back(self, app: Application, _command: object, _answer: object) -> Command[Any] | None:
        if self.sheet.record is None:
            return None
        catalog = app.ask(CatalogOverview())
        now = record_of(catalog, self.sheet.kind, id_of(self.sheet.record))
        fresh = replace(self.sheet, catalog=catalog, record=now, numbered=app.ask(NumberedServices()))
        return fresh.command(Reader(fresh.specs(), values_of(self.fields), app.clock.today()))


def closure_task(structure_id: int | None, name: str) -> CommandTask:
    """Close a structure (None: all of them) for some days."""
    specs = (
        FieldSpec("first_day", "&Du", Entry.DAY, required=True),
        FieldSpec("last_day", "au", Entry.DAY, beside=True, placeholder="le même jour"),
        FieldSpec("reason", "M&otif, que l'équipe lira", required=True, placeholder="congés de fin d'année",
                  hint="Une présence pointée un jour fermé sera signalée à la facturation."),
    )

    def command(reader: Reader) -> Close | None:
        first = reader.day("first_day")
        last = reader.optional_day("last_day") or first
        reason = reader.text("reason")
        if not reader.errors and last < first:
            reader.blame("last_day", f"Le dernier jour vient avant le {french_day(first)}.")
        return None if reader.errors else Close(structure_id, first, last, reason)

    return CommandTask(
        task_key(f"structure {structure_id or 0}", "close"), f"Nouvelle fermeture : {name}", specs, command,
        "Fermeture enregistrée.", beside=lambda error: "reason" if error.code == "catalog.field_too_long" else "",
        undo=_opened_again,
    )


def _opened_again(app: Application, close: Close, _answer: object) -> Command[Any] | None:
    """What removes the closure that was just made."""
    closures = app.ask(CatalogOverview()).closures
    return next((RemoveClosure(view.id) for view in closures if reopening(view) == close), None)


def reopening(view: ClosureView) -> Close:
    """What puts a removed closure back."""
    return Close(view.structure_id, view.first_day, view.last_day, view.reason)


def figure_task() -> CommandTask:
    """Enter a floor or a ceiling that the program does not know."""
    specs = (
        FieldSpec("kind", "&Genre de montant", Entry.CHOICE, width=28,
                  options=options_of(FigureKind, lambda kind: kind.label)),
        FieldSpec("monthly", "&Euros par mois", Entry.MONEY, required=True, beside=True, placeholder="804,00"),
        FieldSpec("valid_from", "&Du", Entry.DAY, required=True),
        FieldSpec("valid_to", "au", Entry.DAY, beside=True, placeholder="sans fin"),
        FieldSpec("source", "&Où l'avez-vous lu ?", required=True, placeholder="courrier de la CAF du 12/01/2027",
                  hint="Cette source est citée dans « Expliquer », sous chaque prix qui en dépend."),
    )

    def command(reader: Reader) -> EnterTownFigure | None:
        kind, monthly = FigureKind(reader.text("kind")), reader.money("monthly")
        first, last = reader.day("valid_from"), reader.optional_day("valid_to")
        source = reader.text("source")
        if not reader.errors and last is not None and last < first:
            reader.blame("valid_to", f"Le dernier jour vient avant le {french_day(first)}.")
        return None if reader.errors else EnterTownFigure(kind, monthly, first, last, source)

    fields = {"tariff.town_figure_not_positive": "monthly", "tariff.town_figure_without_source": "source",
              "catalog.field_too_long": "source", "dated.overlap": "valid_from"}
    return CommandTask(
        task_key("figures 0", "figure"), "Saisir un montant publié par la CAF", specs, command, "Montant enregistré.",
        intro=FIGURES_WARNING, beside=lambda error: fields.get(error.code, ""),
        undo=lambda _app, _command, figure_id: RemoveTownFigure(figure_id),
    )


class LastDay(CommandTask):
    """Say, or change, the last day of a tariff."""

    def __init__(self, view: TariffView) -> None:
        self.view = view
        spec = FieldSpec("last_day", "&Dernier jour", Entry.DAY, typed_day(view.valid_to), placeholder="sans fin",
                         hint="Vide : jusqu'à nouvel ordre. Les jours déjà facturés gardent leur prix.", width=12)
        super().__init__(
            key=task_key(f"slot {view.slot_id}", f"end {view.id}"),
            title=f"Dernier jour du tarif du {french_day(view.valid_from)}", fields=(spec,), command=self._end,
            told="Dernier jour enregistré.", version=view.version, beside=_overlapping, undo=self._put_back,
        )

    def _end(self, reader: Reader) -> EndTariff | None:
        day = reader.optional_day("last_day")
        if day is not None and day < self.view.valid_from:
            reader.blame("last_day", f"Ce tarif commence le {french_day(self.view.valid_from)}.")
        return None if reader.errors else EndTariff(self.view.id, self.view.version, day)

    def _put_back(self, app: Application, _command: object, _answer: object) -> Command[Any] | None:
        return next(
            (
                EndTariff(now.id, now.version, self.view.valid_to)
                for now in app.ask(TariffsOfSlot(self.view.slot_id))
                if now.id == self.view.id
            ),
            None,
        )


def _overlapping(error: UserError) -> str:
    return "last_day" if error.code == "dated.overlap" else ""
