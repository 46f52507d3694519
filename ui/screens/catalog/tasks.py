"""What is typed on this page and saved by one command: records, closures, national amounts. No Qt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from backoffice.billing.services import NumberedServices
from backoffice.catalog.commands import Close
from backoffice.catalog.editing import RemoveClosure
from backoffice.catalog.overview import CatalogOverview, ClosureView
from backoffice.kernel.application import Application, Command
from backoffice.kernel.money import Money
from backoffice.kernel.periods import french_day
from backoffice.tariffs.editing import EnterTownFigure, RemoveTownFigure
from backoffice.tariffs.figures import FigureKind
from backoffice.tariffs.overview import ListFigures
from ui.editing import Task
from ui.forms import Entry, FieldSpec, Reader, options_of, values_of
from ui.screens.catalog.sheets import Sheet, field_of, id_of, record_of

FIGURES_WARNING = (
    "Ces montants sont fixés chaque année par la Cnaf et publiés par votre CAF. Ne saisissez que celui qu'elle a "
    "écrit, avec sa source : dès que le programme connaît le montant national, c'est lui qui sert."
)


def sheet_task(sheet: Sheet) -> Task:
    """Create or edit a record. An edit is taken back by saving again what was there."""
    specs = sheet.specs()
    before = values_of(specs)

    def undo(app: Application) -> Command[Any] | None:
        catalog = app.ask(CatalogOverview())
        now = record_of(catalog, sheet.kind, id_of(sheet.record))
        if now is None:
            return None
        fresh = replace(sheet, catalog=catalog, record=now, numbered=app.ask(NumberedServices()))
        return fresh.command(Reader(fresh.specs(), before, app.clock.today()))

    return Task(sheet.title, specs, sheet.command, "Enregistré.", field_of=field_of,
                undo=None if sheet.record is None else undo)


def closure_task(structure_id: int | None, name: str) -> Task:
    """Close a structure (None: all of them) for some days."""
    specs = (
        FieldSpec("first_day", "&Du", Entry.DAY, required=True),
        FieldSpec("last_day", "au", Entry.DAY, beside=True, placeholder="le même jour"),
        FieldSpec("reason", "M&otif, que l'équipe lira", required=True, placeholder="congés de fin d'année",
                  hint="Une présence pointée un jour fermé sera signalée à la facturation."),
    )
    made: list[Close] = []

    def command(reader: Reader) -> Close | None:
        first = reader.day("first_day")
        last = reader.optional_day("last_day") or first
        reason = reader.text("reason")
        if not reader.errors and last < first:
            reader.blame("last_day", f"Le dernier jour vient avant le {french_day(first)}.")
        if reader.errors:
            return None
        made[:] = [Close(structure_id, first, last, reason)]
        return made[0]

    def undo(app: Application) -> Command[Any] | None:
        close = made[0]
        return next(
            (
                RemoveClosure(view.id)
                for view in app.ask(CatalogOverview()).closures
                if (view.structure_id, view.first_day, view.last_day, view.reason)
                == (close.structure_id, close.first_day, close.last_day, close.reason.strip())
            ),
            None,
        )

    return Task(f"Nouvelle fermeture : {name}", specs, command, "Fermeture enregistrée.",
                field_of=lambda error: "reason" if getattr(error, "code", "") == "catalog.field_too_long" else "",
                undo=undo)


def reopening(view: ClosureView) -> Close:
    """What puts a removed closure back."""
    return Close(view.structure_id, view.first_day, view.last_day, view.reason)


def figure_task() -> Task:
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
    made: list[EnterTownFigure] = []

    def command(reader: Reader) -> EnterTownFigure | None:
        kind, monthly = FigureKind(reader.text("kind")), reader.money("monthly")
        first, last = reader.day("valid_from"), reader.optional_day("valid_to")
        source = reader.text("source")
        if not reader.errors and last is not None and last < first:
            reader.blame("valid_to", f"Le dernier jour vient avant le {french_day(first)}.")
        if reader.errors:
            return None
        made[:] = [EnterTownFigure(kind, monthly, first, last, source)]
        return made[0]

    def undo(app: Application) -> Command[Any] | None:
        return _removal(app, made[0].kind, made[0].monthly, made[0].valid_from)

    fields = {"tariff.town_figure_not_positive": "monthly", "tariff.town_figure_without_source": "source",
              "catalog.field_too_long": "source", "dated.overlap": "valid_from"}
    return Task("Saisir un montant publié par la CAF", specs, command, "Montant enregistré.", intro=FIGURES_WARNING,
                field_of=lambda error: fields.get(getattr(error, "code", ""), ""), undo=undo)


def _removal(app: Application, kind: FigureKind, monthly: Money, first: date) -> RemoveTownFigure | None:
    return next(
        (
            RemoveTownFigure(figure.id)
            for figure in app.ask(ListFigures()).entered
            if (figure.kind, figure.monthly, figure.valid_from) == (kind, monthly, first)
        ),
        None,
    )
