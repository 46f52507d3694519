"""The two ways to a mandate: the functions of the shared database, or its table on an embedded one.

On the shared database no agent has any right on the table: its functions ask who is connected, mask and refuse.
Either way the whole account leaves the database only when `account_of` asks for it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select, text

from backoffice.bank.rules import MandateValues, masked_iban
from backoffice.bank.tables import BankDetailsRow
from backoffice.kernel.bulk import is_shared
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.schema import DocumentType

_LOG = logging.getLogger("backoffice.bank")
_NAMES = tuple(f.name for f in fields(MandateValues) if f.name != "iban")
_READ = text("SELECT * FROM read_mandates(:family, :mandate)")
_SHOW = text("SELECT show_account(:mandate)")
_WRITE = text("SELECT write_mandate(:given)").bindparams(bindparam("given", type_=DocumentType))


@dataclass(frozen=True, slots=True)
class KeptMandate:
    """A mandate as the database keeps it. `account` is the IBAN, masked; that of `values` is empty, which keeps it."""

    id: int
    version: int
    family_id: int
    account: str
    values: MandateValues


def mandates_of(session: Session, family_id: int) -> Sequence[KeptMandate]:
    """The mandates of a family as they are now, oldest first."""
    if is_shared(session):
        return [_kept(row) for row in session.execute(_READ, {"family": family_id, "mandate": None})]
    statement = select(BankDetailsRow).where(BankDetailsRow.family_id == family_id).order_by(BankDetailsRow.valid_from)
    return [_kept(row) for row in session.scalars(statement.execution_options(populate_existing=True))]


def find_mandate(session: Session, mandate_id: int) -> KeptMandate:
    """Raises UserError `bank.unknown`."""
    row = (
        session.execute(_READ, {"family": None, "mandate": mandate_id}).one_or_none()
        if is_shared(session)
        else session.get(BankDetailsRow, mandate_id)
    )
    if row is None:
        raise UserError("bank.unknown")
    return _kept(row)


def account_of(session: Session, mandate: KeptMandate) -> str:
    """The whole account number. Raises UserError `bank.unknown`."""
    if is_shared(session):
        return str(session.scalar(_SHOW, {"mandate": mandate.id}))
    # The log keeps the trace of a reading whose transaction fails, as the log of a server does.
    _LOG.info("account of mandate %s shown", mandate.id)
    row = session.get(BankDetailsRow, mandate.id)
    if row is None:
        raise UserError("bank.unknown")
    return row.iban


def write_new(session: Session, family_id: int, values: MandateValues) -> int:
    """Add a mandate; returns its number."""
    if is_shared(session):
        return _write(session, {"family_id": family_id, "version": 1, **asdict(values)})
    row = BankDetailsRow(family_id=family_id, **asdict(values))
    session.add(row)
    session.flush()
    return row.id


def write_over(session: Session, kept: KeptMandate, values: MandateValues) -> int:
    """Put values on a mandate as it was read, an empty `iban` keeping its account; returns the new version.

    Raises UserError `record.changed_meanwhile`.
    """
    following = kept.version + 1
    if is_shared(session):
        _write(session, {"id": kept.id, "family_id": kept.family_id, "version": following, **asdict(values)})
        return following
    row = session.get(BankDetailsRow, kept.id)
    if row is None or row.version != kept.version:
        raise UserError("record.changed_meanwhile")
    for name, value in asdict(replace(values, iban=values.iban or row.iban)).items():
        setattr(row, name, value)
    session.flush()
    return row.version


def _write(session: Session, mandate: dict[str, Any]) -> int:
    written_days = {name: value.isoformat() for name, value in mandate.items() if isinstance(value, date)}
    return int(session.execute(_WRITE, {"given": mandate | written_days}).scalar_one())


def _kept(row: Any) -> KeptMandate:
    values = MandateValues(**{name: getattr(row, name) for name in _NAMES})
    return KeptMandate(row.id, row.version, row.family_id, masked_iban(row.iban), values)
