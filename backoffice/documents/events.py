"""What screens hear of documents."""

from dataclasses import dataclass

from backoffice.kernel.events import Event


@dataclass(frozen=True, slots=True)
class DocumentTypesChanged(Event):
    """What is asked of families changed."""


@dataclass(frozen=True, slots=True)
class DocumentsChanged(Event):
    """A family sent a document, or one of it was decided, or forgiven for a while."""

    family_id: int
