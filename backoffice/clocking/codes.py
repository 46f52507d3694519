"""« Mon code de kiosque »: each agent sets their own, and nobody ever reads it again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import select

from backoffice.agents.overview import agent_names
from backoffice.clocking.code_rules import SALT_BYTES, Signer, check_code, digest_of
from backoffice.clocking.tables import KioskCodeRow
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.database import Session


@dataclass(frozen=True)
class SetOwnCode(Command[None]):
    """The code of who asks, from now on; it replaces the one before."""

    code: str

    def __repr__(self) -> str:
        return "SetOwnCode()"


@use_case(SetOwnCode, permission="attendance.edit", action="kiosk.code_set")
def set_own_code(command: SetOwnCode, context: Context) -> None:
    """Raises UserError `kiosk.bad_code`."""
    check_code(command.code)
    login = context.actor.login
    row = context.session.scalar(select(KioskCodeRow).where(KioskCodeRow.login == login))
    if row is None:
        row = KioskCodeRow(login=login)
        context.session.add(row)
    row.salt = secrets.token_hex(SALT_BYTES)
    row.digest = digest_of(command.code, row.salt)
    row.changed_at = context.now
    context.record("own code")


def signers(session: Session) -> tuple[Signer, ...]:
    """Everybody who has a code, as far as this agent may know them, by name."""
    names = agent_names(session)
    found = [
        Signer(row.login, names.get(row.login, row.login), row.salt, row.digest)
        for row in session.scalars(select(KioskCodeRow))
    ]
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.login)))
