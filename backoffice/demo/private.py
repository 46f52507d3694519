"""What a few families of Valbrume confided: health sheets and accounts to debit. See `resources/demo/private.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from backoffice.bank.commands import AddMandate, add_mandate
from backoffice.bank.rules import MandateValues, check_digits, proposed_reference
from backoffice.health.commands import EditHealthSheet, edit_health_sheet
from backoffice.health.rules import SheetValues
from backoffice.kernel.application import Context
from backoffice.kernel.resources import load_toml

_SIGNED_BEFORE = timedelta(days=10)
_TEXTS = ("allergies", "menu", "pai_conduct", "treatments", "doctor_name", "doctor_phone", "remarks")


@dataclass(frozen=True, slots=True)
class Confidant:
    """A family by its ids: its first adult, and its children by first name."""

    family_id: int
    adult_id: int
    holder: str
    children: Mapping[str, int]


def confide(context: Context, families: Mapping[str, Confidant], since: date) -> None:
    """Write what this agent may: on a shared database, who builds the town seldom reads health sheets."""
    told = load_toml("demo", "private.toml")
    if context.actor.may("health.edit"):
        for row in told["sheet"]:
            child = families[row["family"]].children[row["child"]]
            edit_health_sheet(EditHealthSheet(child, 0, _sheet(row, since.year)), context)
    if context.actor.may("bank.edit"):
        for row in told["mandate"]:
            family = families[row["family"]]
            add_mandate(AddMandate(family.family_id, _mandate(family, row["account"], since)), context)


def _sheet(row: Mapping[str, Any], year: int) -> SheetValues:
    def end(years: str) -> date | None:
        return date(year + row[years], 8, 31) if years in row else None

    return SheetValues(
        **{name: row.get(name, "") for name in _TEXTS},
        has_pai="pai_years" in row,
        pai_until=end("pai_years"),
        vaccines_until=end("vaccines_years"),
    )


def _mandate(family: Confidant, account: str, since: date) -> MandateValues:
    signed = since - _SIGNED_BEFORE
    return MandateValues(
        person_id=family.adult_id,
        holder=family.holder,
        mandate_reference=proposed_reference(family.family_id, signed),
        signed_on=signed,
        valid_from=since,
        iban=f"FR{check_digits('FR', account)}{account}",
    )
