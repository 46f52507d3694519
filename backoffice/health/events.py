"""What screens hear of health sheets."""

from dataclasses import dataclass

from backoffice.kernel.events import Event


@dataclass(frozen=True, slots=True)
class HealthSheetEdited(Event):
    """The sheet of this child changed, and has this version: the dot beside its name may have changed too."""

    person_id: int
    version: int
