"""Where a registration stands, in the words of the portal."""

from enum import StrEnum


class RegistrationState(StrEnum):
    """« Inscription » : what became of it. Whether it is current, to come or over is told by its days.

    REQUESTED: the family is asked for its documents, and the child does not come yet.
    """

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    WAITING = "waiting"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return _LABELS[self]


GONE = (RegistrationState.REFUSED, RegistrationState.WITHDRAWN)
"""Those that ask for nothing and keep nobody from being registered again."""

_LABELS = {
    RegistrationState.REQUESTED: "Demandée",
    RegistrationState.ACCEPTED: "Acceptée",
    RegistrationState.WAITING: "En liste d'attente",
    RegistrationState.REFUSED: "Refusée",
    RegistrationState.WITHDRAWN: "Retirée",
}
