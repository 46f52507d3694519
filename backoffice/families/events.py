"""What screens hear of families."""

from dataclasses import dataclass

from backoffice.kernel.events import Event


@dataclass(frozen=True, slots=True)
class FamilyCreated(Event):
    """This family is new."""

    family_id: int


@dataclass(frozen=True, slots=True)
class FamilyChanged(Event):
    """Something of this family changed: itself, its people, its payers, its quotients or its incomes."""

    family_id: int


@dataclass(frozen=True, slots=True)
class LinksChanged(Event):
    """A service asked to know a family, or was answered."""
