"""What each record of the catalog says and asks: its facts, its form, and the command that saves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from backoffice.billing.services import EditService
from backoffice.catalog.commands import NewService, NewSlot, ServiceTexts, default_texts
from backoffice.catalog.editing import (
    CreateActivity,
    CreateService,
    CreateSlot,
    CreateStructure,
    EditActivity,
    EditSlot,
    EditStructure,
)
from backoffice.catalog.kinds import BillingBasis, StructureKind
from backoffice.catalog.overview import ActivityView, Catalog, ServiceView, SlotView, StructureView
from backoffice.catalog.rules import WEEKDAYS, DueDateRule
from backoffice.kernel.application import Command
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import french_day
from ui.forms import Entry, FieldSpec, Reader, options_of, typed_time
from ui.screens.catalog.tree import NodeKind

Fact = tuple[str, str]

_LOCKED = "Le code et le préfixe ne peuvent plus changer : des factures de ce service les portent déjà."
_EVERYWHERE = "0"
# Which field an error of the backend is about, by its code or by the French name it carries.
_FIELD_OF_CODE = {
    "catalog.bad_prefix": "prefix",
    "catalog.service_exists": "code",
    "catalog.code_taken": "code",
    "catalog.code_is_printed": "code",
    "catalog.no_weekday": "weekdays",
    "catalog.bad_slot_times": "start",
    "catalog.bad_due_rule": "due_day",
}
_FIELD_OF_WORDS = {
    "code": "code",
    "nom": "name",
    "nom du service": "name",
    "régie": "revenue_office",
    "libellé du créneau": "label",
    "unité": "unit",
}


def field_of(error: UserError) -> str:
    """The field beside which an error is shown; empty: it is said above them all."""
    return _FIELD_OF_CODE.get(error.code) or _FIELD_OF_WORDS.get(str(error.params.get("field", "")), "")


@dataclass(frozen=True)
class Sheet:
    """One record being read or edited; `record` None: it is being created. `parent` is the id it goes under."""

    kind: NodeKind
    catalog: Catalog
    record: Any = None
    parent: int = 0
    numbered: frozenset[int] = field(default_factory=frozenset)

    @property
    def title(self) -> str:
        """« Nouveau créneau », « Modifier le service Multi-accueils »."""
        new, edit = _TITLES[self.kind]
        return new if self.record is None else f"{edit} « {name_of(self.record)} »"

    @property
    def version(self) -> int:
        return 0 if self.record is None else int(self.record.version)

    def specs(self) -> tuple[FieldSpec, ...]:
        return _SPECS[self.kind](self)

    def command(self, reader: Reader) -> Command[Any] | None:
        """What saves the form; None when something typed is wrong, told by the reader."""
        try:
            made = _COMMANDS[self.kind](self, reader)
        except UserError as error:
            reader.blame(field_of(error) or "name", sentence(error))
            return None
        return None if reader.errors else made


_TITLES = {
    NodeKind.SERVICE: ("Nouveau service", "Modifier le service"),
    NodeKind.ACTIVITY: ("Nouvelle activité", "Modifier l'activité"),
    NodeKind.SLOT: ("Nouveau créneau", "Modifier le créneau"),
    NodeKind.STRUCTURE: ("Nouvelle structure", "Modifier la structure"),
}


def name_of(record: ServiceView | ActivityView | SlotView | StructureView) -> str:
    if isinstance(record, ServiceView):
        return record.service.name
    return record.slot.label if isinstance(record, SlotView) else record.name


# --- services ------------------------------------------------------------------------------------------------


def _service_specs(sheet: Sheet) -> tuple[FieldSpec, ...]:
    view: ServiceView | None = sheet.record
    service = view.service if view else None
    texts = (
        ServiceTexts(service.payment_means, service.appeal_text, service.legal_text) if service else default_texts()
    )
    due = service.due_rule if service else DueDateRule()
    locked = _LOCKED if service and service.id in sheet.numbered else ""
    prefix_hint = "En tête des numéros de facture : 1 à 10 lettres ou chiffres."
    return (
        FieldSpec("name", "&Nom du service", value=service.name if service else "", required=True),
        FieldSpec("code", "&Code", value=service.code if service else "", required=True, width=12,
                  locked="Figé." if locked else ""),
        FieldSpec("prefix", "Préfi&xe des factures", value=service.prefix if service else "", required=True,
                  locked=locked, hint="" if locked else prefix_hint, width=12, beside=True),
        FieldSpec("revenue_office", "Ré&gie", value=service.revenue_office if service else "",
                  placeholder="Régie de recettes « Restauration »"),
        FieldSpec("contact", "C&oordonnées du service, une ligne par ligne de la facture", Entry.LINES,
                  "\n".join(service.contact) if service else ""),
        FieldSpec("payment_means", "Mo&yens de paiement, un par ligne", Entry.LINES,
                  "\n".join(texts.payment_means)),
        FieldSpec("due_day", "Éc&héance : le jour", Entry.NUMBER, str(due.day), required=True, width=6),
        FieldSpec("due_months", "du mois, … mois après l'émission", Entry.NUMBER, str(due.months_after),
                  required=True, width=6, beside=True),
        FieldSpec("appeal", "Voies de &recours", Entry.LONG, texts.appeal.strip(),
                  hint="Imprimé sur chaque facture. Relisez-le avec votre comptable public."),
        FieldSpec("legal", "Mentions &légales", Entry.LONG, texts.legal.strip(),
                  hint="Les factures déjà émises gardent leur texte."),
    )


def _service_command(sheet: Sheet, reader: Reader) -> Command[Any]:
    texts = ServiceTexts(reader.lines("payment_means"), reader.text("appeal"), reader.text("legal"))
    due = DueDateRule(reader.integer("due_day", 1, 31), reader.integer("due_months", 0, 12))
    new = NewService(reader.text("code"), reader.text("name"), reader.text("prefix"), reader.text("revenue_office"),
                     reader.lines("contact"), texts, due)
    view: ServiceView | None = sheet.record
    return CreateService(new) if view is None else EditService(view.service.id, view.version, new)


def _service_facts(view: ServiceView) -> tuple[Fact, ...]:
    service = view.service
    months = service.due_rule.months_after
    later = "du mois de l'émission" if not months else f"du mois, {months} mois après l'émission"
    return (
        *_ended(service.last_day),
        ("Code", service.code),
        ("Préfixe", f"{service.prefix} (numéros {service.prefix}-F…)"),
        ("Régie", service.revenue_office),
        ("Coordonnées", "\n".join(service.contact)),
        ("Moyens de paiement", "\n".join(service.payment_means)),
        ("Échéance", f"le {service.due_rule.day} {later}"),
        ("Voies de recours", service.appeal_text.strip()),
        ("Mentions légales", service.legal_text.strip()),
    )


# --- structures ----------------------------------------------------------------------------------------------


def _structure_specs(sheet: Sheet) -> tuple[FieldSpec, ...]:
    view: StructureView | None = sheet.record
    return (
        FieldSpec("name", "&Nom de la structure", value=view.name if view else "", required=True),
        FieldSpec("code", "&Code", value=view.code if view else "", required=True, width=16),
        FieldSpec("kind", "&Genre", Entry.CHOICE, view.kind.value if view else "", beside=True, width=24,
                  options=options_of(StructureKind, lambda kind: kind.label)),
    )


def _structure_command(sheet: Sheet, reader: Reader) -> Command[Any]:
    view: StructureView | None = sheet.record
    code, name, kind = reader.text("code"), reader.text("name"), StructureKind(reader.text("kind"))
    return CreateStructure(code, name, kind) if view is None else EditStructure(view.id, view.version, code, name, kind)


# --- activities ----------------------------------------------------------------------------------------------


def _activity_specs(sheet: Sheet) -> tuple[FieldSpec, ...]:
    view: ActivityView | None = sheet.record
    where = str(view.structure_id or 0) if view else _EVERYWHERE
    places = tuple((str(structure.id), structure.name) for structure in sheet.catalog.structures)
    return (
        FieldSpec("name", "&Nom de l'activité", value=view.name if view else "", required=True),
        FieldSpec("code", "&Code", value=view.code if view else "", required=True, width=20),
        FieldSpec("structure", "Li&eu", Entry.CHOICE, where, beside=True, width=28,
                  options=((_EVERYWHERE, "Dans toutes les structures"), *places)),
        FieldSpec("basis", "Ce &qui est facturé", Entry.CHOICE, view.basis.value if view else "", width=28,
                  options=options_of(BillingBasis, lambda basis: basis.label),
                  hint="« Réservations et présences » : une réservation est due, sauf absence excusée."),
    )


def _activity_command(sheet: Sheet, reader: Reader) -> Command[Any]:
    view: ActivityView | None = sheet.record
    where = int(reader.text("structure")) or None
    code, name, basis = reader.text("code"), reader.text("name"), BillingBasis(reader.text("basis"))
    if view is None:
        return CreateActivity(sheet.parent, where, code, name, basis)
    return EditActivity(view.id, view.version, where, code, name, basis)


# --- slots ---------------------------------------------------------------------------------------------------


def _slot_specs(sheet: Sheet) -> tuple[FieldSpec, ...]:
    view: SlotView | None = sheet.record
    slot = view.slot if view else None
    days = "".join(map(str, sorted(slot.weekdays))) if slot else "01234"
    return (
        FieldSpec("label", "&Nom du créneau, comme la facture l'imprime", value=slot.label if slot else "",
                  required=True, placeholder="Repas"),
        FieldSpec("code", "&Code", value=slot.code if slot else "", required=True, width=16),
        FieldSpec("unit", "Un&ité facturée", value=slot.unit if slot else "", required=True, width=16, beside=True,
                  placeholder="repas, heure…"),
        FieldSpec("weekdays", "&Jours d'ouverture", Entry.WEEKDAYS, days, required=True),
        FieldSpec("start", "&De", Entry.TIME, typed_time(slot.start_minute if slot else None)),
        FieldSpec("end", "à", Entry.TIME, typed_time(slot.end_minute if slot else None), beside=True),
        FieldSpec("position", "&Rang dans la journée", Entry.NUMBER, str(slot.position + 1) if slot else "", width=6,
                  beside=True, locked="" if slot else "Placé à la fin ; le rang se change ensuite."),
    )


def _slot_command(sheet: Sheet, reader: Reader) -> Command[Any]:
    view: SlotView | None = sheet.record
    new = NewSlot(reader.text("code"), reader.text("label"), reader.text("unit"), reader.weekdays("weekdays"),
                  reader.minute("start"), reader.minute("end"))
    if view is None:
        return CreateSlot(sheet.parent, new)
    return EditSlot(view.slot.id, view.version, new, reader.integer("position", 1, 999) - 1)


def weekdays_in_french(days: frozenset[int]) -> str:
    """« du lundi au vendredi », « lundi, mardi, jeudi, vendredi »."""
    found = sorted(days)
    if len(found) > 2 and found == list(range(found[0], found[-1] + 1)):
        return f"du {WEEKDAYS[found[0]]} au {WEEKDAYS[found[-1]]}"
    return ", ".join(WEEKDAYS[day] for day in found)


def _slot_facts(view: SlotView) -> tuple[Fact, ...]:
    slot = view.slot
    if slot.start_minute is None or slot.end_minute is None:
        hours = "sans horaires"
    else:
        hours = f"de {_hour(slot.start_minute)} à {_hour(slot.end_minute)}"
    return (
        *_ended(slot.last_day, with_others=slot.last_day != view.last_day),
        ("Activité", slot.activity),
        ("Code", slot.code),
        ("Unité facturée", slot.unit),
        ("Jours d'ouverture", weekdays_in_french(slot.weekdays)),
        ("Horaires", hours),
        ("Rang dans la journée", str(slot.position + 1)),
    )


def _ended(last_day: date | None, *, with_others: bool = False) -> tuple[Fact, ...]:
    """Said only of what ends, alone or with what it belongs to."""
    if last_day is None:
        return ()
    return (("Dernier jour", f"{french_day(last_day)}{' (avec son activité ou son service)' if with_others else ''}"),)


def _hour(minute: int) -> str:
    return f"{minute // 60}\u00a0h\u00a0{minute % 60:02d}"


# --- all of them ---------------------------------------------------------------------------------------------


def facts_of(record: object) -> Sequence[Fact]:
    """What is known of a record: a name and a value, possibly on several lines."""
    if isinstance(record, ServiceView):
        return _service_facts(record)
    if isinstance(record, ActivityView):
        return (
            *_ended(record.last_day),
            ("Code", record.code),
            ("Lieu", record.structure_name or "Dans toutes les structures"),
            ("Ce qui est facturé", record.basis.label),
            ("Créneaux", "\n".join(slot.slot.label for slot in record.slots) or "aucun"),
        )
    if isinstance(record, SlotView):
        return _slot_facts(record)
    if isinstance(record, StructureView):
        return (("Code", record.code), ("Genre", record.kind.label))
    return ()


def record_of(catalog: Catalog, kind: NodeKind, record_id: int) -> Any:
    """The record of a line of the tree, or None when it is gone."""
    everything: Mapping[NodeKind, Sequence[Any]] = {
        NodeKind.SERVICE: catalog.services,
        NodeKind.ACTIVITY: [activity for service in catalog.services for activity in service.activities],
        NodeKind.SLOT: [
            slot for service in catalog.services for activity in service.activities for slot in activity.slots
        ],
        NodeKind.STRUCTURE: catalog.structures,
    }
    return next((record for record in everything.get(kind, ()) if id_of(record) == record_id), None)


def id_of(record: ServiceView | ActivityView | SlotView | StructureView) -> int:
    if isinstance(record, ServiceView):
        return record.service.id
    return record.slot.id if isinstance(record, SlotView) else record.id


def last_day_of(record: ServiceView | ActivityView | SlotView) -> date | None:
    """Its own: the service's may come first."""
    return record.service.last_day if isinstance(record, ServiceView) else record.last_day


def trail_of(catalog: Catalog, record: object) -> str:
    """Where a record stands: « Accueils de loisirs › Mercredi, L'arbre à paumes »."""
    if isinstance(record, SlotView):
        activity = record_of(catalog, NodeKind.ACTIVITY, record.slot.activity_id)
        return f"{trail_of(catalog, activity)} › {record.slot.activity}"
    if isinstance(record, ActivityView):
        service = record_of(catalog, NodeKind.SERVICE, record.service_id)
        return name_of(service)
    if isinstance(record, StructureView):
        return record.kind.label
    return "Service" if isinstance(record, ServiceView) else ""


_SPECS = {
    NodeKind.SERVICE: _service_specs,
    NodeKind.ACTIVITY: _activity_specs,
    NodeKind.SLOT: _slot_specs,
    NodeKind.STRUCTURE: _structure_specs,
}
_COMMANDS = {
    NodeKind.SERVICE: _service_command,
    NodeKind.ACTIVITY: _activity_command,
    NodeKind.SLOT: _slot_command,
    NodeKind.STRUCTURE: _structure_command,
}
