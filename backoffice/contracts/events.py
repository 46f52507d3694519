"""What screens hear of contracts, besides what attendance tells of the days that changed."""

from dataclasses import dataclass

from backoffice.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ContractsChanged(Event):
    """A contract of this child was written, signed, amended or ended."""

    child_id: int
