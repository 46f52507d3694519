"""The town, as invoices name it: read, then typed. No Qt."""

from __future__ import annotations

from backoffice.catalog.editing import EditTown
from backoffice.catalog.overview import CatalogOverview, TownView
from backoffice.catalog.queries import Town
from backoffice.catalog.rules import SchoolZone
from backoffice.kernel.application import Application
from backoffice.kernel.errors import UserError
from ui.command_task import CommandTask
from ui.forms import Entry, FieldSpec, Reader, values_of

_FIELDS = {
    "nom de la commune": "name",
    "identifiant (SIRET)": "identifier",
    "signataire": "signatory",
    "zone scolaire": "zone",
}
_ZONES = {
    SchoolZone.A: "A : Besançon, Bordeaux, Clermont-Ferrand, Dijon, Grenoble, Limoges, Lyon, Poitiers",
    SchoolZone.B: "B : Aix-Marseille, Amiens, Lille, Nancy-Metz, Nantes, Nice, Normandie, Orléans-Tours, Reims, "
                  "Rennes, Strasbourg",
    SchoolZone.C: "C : Créteil, Montpellier, Paris, Toulouse, Versailles",
}
NO_TOWN = TownView(Town("", (), "", "", SchoolZone.A.value), 0)


def facts_of(view: TownView) -> tuple[tuple[str, str], ...]:
    town = view.town
    return (
        ("Nom", town.name),
        ("Adresse", "\n".join(town.address)),
        ("Identifiant", town.identifier),
        ("Signataire", town.signatory),
        ("Zone scolaire", f"Zone {_ZONES[SchoolZone(town.school_zone)]}"),
    )


def town_task(view: TownView) -> CommandTask:
    """Describe the town, or correct it. What was there is put back by the same command."""
    specs = _specs(view.town)

    def put_back(app: Application, _done: object, _answer: object) -> EditTown | None:
        now = app.ask(CatalogOverview()).town
        if now is None or not view.version:
            return None
        return _command(Reader(specs, values_of(specs), app.clock.today()), now.version)

    return CommandTask(
        "town", "La commune", specs, lambda reader: _command(reader, view.version), "Commune enregistrée.",
        version=view.version,
        intro="Ces lignes sont imprimées en tête de chaque facture. Les factures déjà émises gardent les leurs.",
        beside=_field_of, undo=put_back,
    )


def _specs(town: Town) -> tuple[FieldSpec, ...]:
    return (
        FieldSpec("name", "&Nom de la commune", value=town.name, required=True, placeholder="Commune de …"),
        FieldSpec("address", "A&dresse, une ligne par ligne de la facture", Entry.LINES, "\n".join(town.address)),
        FieldSpec("identifier", "&Identifiant", value=town.identifier, placeholder="SIRET 213 000 000 00012"),
        FieldSpec("signatory", "Si&gnataire", value=town.signatory, placeholder="Mme Prénom NOM, maire de …"),
        FieldSpec("zone", "&Zone des vacances scolaires", Entry.CHOICE, town.school_zone,
                  options=tuple((zone.value, f"Zone {_ZONES[zone]}") for zone in SchoolZone),
                  hint="Elle dit quels jours sont en vacances d'hiver et de printemps."),
    )


def _command(reader: Reader, version: int) -> EditTown | None:
    town = Town(reader.text("name"), reader.lines("address"), reader.text("identifier"), reader.text("signatory"),
                reader.text("zone"))
    return None if reader.errors else EditTown(town, version)


def _field_of(error: UserError) -> str:
    return _FIELDS.get(str(error.params.get("field", "")), "")
