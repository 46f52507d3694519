"""What screens hear of reservations, besides what attendance tells of the days that changed."""

from dataclasses import dataclass

from backoffice.kernel.events import Event


@dataclass(frozen=True, slots=True)
class WishesChanged(Event):
    """A family asked for something, or was answered."""

    family_id: int


@dataclass(frozen=True, slots=True)
class PlacesGiven(Event):
    """Children who waited for a place of this activity have one."""

    activity_id: int
