"""The roles of the town's agents, as `resources/rights.toml` describes them."""

from __future__ import annotations

from enum import StrEnum

from backoffice.kernel.access.rights import RoleRights, rights
from backoffice.kernel.errors import UserError


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    SECRETARY = "secretary"
    REVENUE_OFFICER = "revenue_officer"
    DAYCARE_DIRECTOR = "daycare_director"
    HEALTH_REFERENT = "health_referent"
    COMMISSION_MEMBER = "commission_member"
    DATA_PROTECTION_OFFICER = "data_protection_officer"

    @classmethod
    def parse(cls, text: str) -> Role:
        """A role by its name. Raises UserError `agent.unknown_role`."""
        try:
            return cls(text)
        except ValueError as exc:
            known = ", ".join(f"{role.value} ({role.label})" for role in cls)
            raise UserError("agent.unknown_role", role=text, known=known) from exc

    @property
    def label(self) -> str:
        return self._rights.label

    @property
    def permissions(self) -> frozenset[str]:
        """What an agent in this role may do, where the role was given."""
        return self._rights.permissions

    @property
    def _rights(self) -> RoleRights:
        return rights().roles[self.value]
