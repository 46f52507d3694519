"""The closed lists of the catalog, with the words agents and families read."""

from enum import StrEnum

NO_STRUCTURE = 0
"""Where a structure is chosen by its id: the activities that are in none."""


class StructureKind(StrEnum):
    CHILDCARE_CENTER = "childcare_center"
    LEISURE_CENTER = "leisure_center"
    YOUTH_CENTER = "youth_center"
    SCHOOL = "school"

    @property
    def label(self) -> str:
        return _STRUCTURE_LABELS[self]


class OfferKind(StrEnum):
    """What the town offers, from the widest to the narrowest."""

    SERVICE = "service"
    ACTIVITY = "activity"
    SLOT = "slot"

    @property
    def named(self) -> str:
        """With its article: « le créneau »."""
        return {"service": "le service", "activity": "l'activité", "slot": "le créneau"}[self.value]


_STRUCTURE_LABELS = {
    StructureKind.CHILDCARE_CENTER: "Multi-accueil",
    StructureKind.LEISURE_CENTER: "Accueil de loisirs",
    StructureKind.YOUTH_CENTER: "Point jeunes",
    StructureKind.SCHOOL: "École",
}


class BillingBasis(StrEnum):
    """Which days of an activity are billed."""

    ATTENDED = "attended"  # only what was clocked
    BOOKED = "booked"      # what was booked, unless the absence is excused

    @property
    def label(self) -> str:
        return "Présences pointées" if self is BillingBasis.ATTENDED else "Réservations et présences"
