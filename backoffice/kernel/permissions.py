"""What an agent may be allowed to do. A use case cannot be registered without one of these."""

from collections.abc import Mapping

from backoffice.kernel.access.rights import rights

PERMISSIONS: Mapping[str, str] = rights().permissions
"""Each permission with its label in French."""

EVERYTHING = frozenset(PERMISSIONS)
