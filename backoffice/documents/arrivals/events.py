"""What screens hear of the sorting basket."""

from dataclasses import dataclass

from backoffice.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ArrivalsChanged(Event):
    """Something arrived, was sorted or discarded."""
