"""What screens hear of registrations."""

from dataclasses import dataclass

from backoffice.kernel.events import Event


@dataclass(frozen=True, slots=True)
class RegistrationsChanged(Event):
    """A child of this family was registered, or a registration of it was changed or ended."""

    family_id: int
