"""Who acts: an agent of the town, with the permissions of this moment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`login` is written in the journal; `permissions` are names of `kernel.permissions`."""

    login: str
    name: str
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        return permission in self.permissions
