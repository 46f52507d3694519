"""What each role may do. The same table will drive the rights of the shared database."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from backoffice.kernel.permissions import EVERYTHING

_READING = frozenset({"catalog.read", "families.read", "tariffs.read", "attendance.read", "billing.read"})


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    SECRETARY = "secretary"
    REVENUE_OFFICER = "revenue_officer"
    DAYCARE_DIRECTOR = "daycare_director"
    NONE = "none"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = MappingProxyType(
    {
        Role.ADMINISTRATOR: "Administrateur",
        Role.SECRETARY: "Secrétariat",
        Role.REVENUE_OFFICER: "Régie",
        Role.DAYCARE_DIRECTOR: "Direction de structure",
        Role.NONE: "Sans droit",
    }
)

PERMISSIONS_OF: Mapping[Role, frozenset[str]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: EVERYTHING,
        Role.SECRETARY: _READING | {"families.edit", "attendance.edit"},
        Role.REVENUE_OFFICER: _READING | {"billing.issue", "billing.cancel", "tariffs.edit"},
        Role.DAYCARE_DIRECTOR: (_READING - {"billing.read"}) | {"attendance.edit"},
        Role.NONE: frozenset(),
    }
)
