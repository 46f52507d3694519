"""What an agent may be allowed to do. A use case cannot be registered without one of these."""

from collections.abc import Mapping

PERMISSIONS: Mapping[str, str] = {
    "catalog.read": "Voir les services et les structures",
    "catalog.edit": "Modifier les services et les structures",
    "families.read": "Voir les familles",
    "families.edit": "Modifier les familles",
    "tariffs.read": "Voir les tarifs",
    "tariffs.edit": "Modifier les tarifs",
    "attendance.read": "Voir le pointage",
    "attendance.edit": "Pointer et corriger les présences",
    "billing.read": "Voir les factures",
    "billing.issue": "Lancer une facturation",
    "billing.cancel": "Annuler une facture par un avoir",
    "importing.run": "Reprendre les données d'un autre logiciel",
    "agents.read": "Voir les agents",
    "agents.edit": "Gérer les agents et leurs droits",
}

EVERYTHING = frozenset(PERMISSIONS)
