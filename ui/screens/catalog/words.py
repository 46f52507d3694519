"""The journal of the catalog in French: what was done, and the fields that changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from backoffice.catalog.overview import CatalogChange
from backoffice.kernel.periods import french_day, parse_day

_ACTIONS = {
    "service.created": "Service créé",
    "service.edited": "Service modifié",
    "structure.created": "Structure créée",
    "structure.edited": "Structure modifiée",
    "structure.closed": "Fermeture ajoutée",
    "closure.removed": "Fermeture retirée",
    "activity.created": "Activité créée",
    "activity.edited": "Activité modifiée",
    "slot.created": "Créneau créé",
    "slot.edited": "Créneau modifié",
    "tariff.adopted": "Tarif adopté",
    "tariff.ended": "Dernier jour d'un tarif",
    "tariff.removed": "Tarif à venir supprimé",
    "tariff.figure_entered": "Montant national saisi",
    "tariff.figure_removed": "Montant national retiré",
    "offer.ended": "Dernier jour changé",
    "offer.removed": "Supprimé",
    "town.edited": "Commune modifiée",
    "town.described": "Commune décrite",
}
_FIELDS = {
    "code": "code",
    "name": "nom",
    "prefix": "préfixe",
    "revenue_office": "régie",
    "contact": "coordonnées",
    "payment_means": "moyens de paiement",
    "appeal_text": "voies de recours",
    "legal_text": "mentions légales",
    "due_day": "jour d'échéance",
    "due_months_after": "mois d'échéance",
    "kind": "genre",
    "structure_id": "lieu n°",
    "billing_basis": "ce qui est facturé",
    "label": "nom",
    "unit": "unité",
    "start_minute": "début (minutes)",
    "end_minute": "fin (minutes)",
    "weekdays": "jours d'ouverture",
    "position": "rang",
    "valid_from": "à partir du",
    "valid_to": "dernier jour",
    "first_day": "du",
    "last_day": "au",
    "shape": "genre",
    "service": "service n°",
    "activity": "activité n°",
    "structure": "structure n°",
    "tariff": "tarif n°",
    "cents": "centimes",
    "activities": "activités",
    "slots": "créneaux",
}
_VALUES = {
    "changed": "modifié",
    "None": "aucun",
    "attended": "présences pointées",
    "booked": "réservations et présences",
    "flat": "tarif unique",
    "brackets": "tranches de quotient",
    "linear_effort": "taux d'effort",
    "psu_hourly": "barème PSU",
    "all": "toutes",
    "childcare_center": "multi-accueil",
    "leisure_center": "accueil de loisirs",
    "youth_center": "point jeunes",
    "school": "école",
}


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One line of the history of a record."""

    at: datetime
    actor: str
    what: str
    details: str


def change_line(change: CatalogChange) -> ChangeLine:
    details = ", ".join(f"{_FIELDS.get(name, name)} : {_value(value)}" for name, value in change.details)
    return ChangeLine(change.at, change.actor, _ACTIONS.get(change.action, change.action), details)


def _value(text: str) -> str:
    return " → ".join(_word(part) for part in text.split(" → "))


def _word(text: str) -> str:
    if len(text) == len("2026-01-01") and text[4:5] == text[7:8] == "-":
        return french_day(parse_day(text))
    return _VALUES.get(text, text)
