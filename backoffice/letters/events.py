"""What screens hear of letters."""

from dataclasses import dataclass

from backoffice.kernel.events import Event


@dataclass(frozen=True, slots=True)
class LettersChanged(Event):
    """A letter to this family was written, changed, sent or given up."""

    family_id: int


@dataclass(frozen=True, slots=True)
class TemplatesChanged(Event):
    """The words of a kind of letter were changed."""

    kind: str
