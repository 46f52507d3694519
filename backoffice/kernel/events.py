"""What happened, told after the commit to whoever listens. Screens refresh themselves from these."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Event:
    """Base of the typed events; each wing defines its own, with ids only."""


E = TypeVar("E", bound=Event)


class EventBus:
    """Calls the listeners of an event's type, in the order they subscribed, on the calling thread."""

    def __init__(self) -> None:
        self._listeners: dict[type[Event], list[Callable[[Event], None]]] = {}

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Listen to `kind`; returns what stops listening."""
        listeners = self._listeners.setdefault(kind, [])

        def forward(event: Event) -> None:
            if isinstance(event, kind):
                listener(event)

        listeners.append(forward)
        return lambda: listeners.remove(forward)

    def publish(self, event: Event) -> None:
        for listener in tuple(self._listeners.get(type(event), ())):
            listener(event)
