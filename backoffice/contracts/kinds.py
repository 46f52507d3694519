"""The closed lists of crèche contracts, with the words agents and families read."""

from __future__ import annotations

from enum import StrEnum


class ContractKind(StrEnum):
    """« Régulier » is smoothed into months, « occasionnel » billed as it comes, « urgence » short and unplanned."""

    REGULAR = "regular"
    OCCASIONAL = "occasional"
    EMERGENCY = "emergency"

    @property
    def label(self) -> str:
        return _KINDS[self]


_KINDS = {
    ContractKind.REGULAR: "Accueil régulier",
    ContractKind.OCCASIONAL: "Accueil occasionnel",
    ContractKind.EMERGENCY: "Accueil d'urgence",
}


class ContractState(StrEnum):
    DRAFT = "draft"
    SIGNED = "signed"
    ENDED = "ended"

    @property
    def label(self) -> str:
        return _STATES[self]


_STATES = {ContractState.DRAFT: "Brouillon", ContractState.SIGNED: "Signé", ContractState.ENDED: "Terminé"}
