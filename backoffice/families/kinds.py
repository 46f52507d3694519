"""The closed lists of the families wing."""

from enum import StrEnum


class MemberRole(StrEnum):
    """A person's place in a family, in the words of the portal: parent, enfant, personne autorisée."""

    ADULT = "adult"
    CHILD = "child"
    CONTACT = "contact"

    @property
    def label(self) -> str:
        return {"adult": "Responsable", "child": "Enfant", "contact": "Entourage"}[self.value]


class LinkState(StrEnum):
    """What became of a request to know a family of another service: all that who asked is ever told."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return {"asked": "Demandé", "accepted": "Accepté", "refused": "Refusé"}[self.value]
