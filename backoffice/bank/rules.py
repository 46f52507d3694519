"""Account numbers and mandates of direct debit: how they are written, what makes them wrong, how little is shown.

An IBAN is a country, two check digits and the account as its bank writes it (ISO 13616); the whole, letters counted
from 10 and the first four signs put last, leaves 1 when divided by 97 (ISO 7064).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from backoffice.kernel.errors import UserError

IBAN_LENGTH = 34
BIC_LENGTH = 11
HOLDER_LENGTH = 70       # of a name in a file of debits (ISO 20022, Max70Text)
REFERENCE_LENGTH = 35    # of a mandate reference (ISO 20022, Max35Text)
_SHOWN = 4               # signs left at each end
_GROUP = 4
_DOT = "•"
_OLDEST_SIGNATURE = date(2009, 11, 1)  # the first day of SEPA direct debits


@dataclass(frozen=True, slots=True)
class MandateValues:
    """What a mandate of direct debit says. An empty `iban` in a correction keeps the one that is there.

    `person_id` is the payer who signed; `holder` may be somebody else, as the bank knows them. The account is left
    out of what is printed of these values, so that it never reaches a log.
    """

    person_id: int
    holder: str = field(repr=False)
    mandate_reference: str
    signed_on: date
    valid_from: date
    valid_to: date | None = None
    iban: str = field(default="", repr=False)
    bic: str = field(default="", repr=False)


def tidy_iban(text: str) -> str:
    """« fr76 3000-1007… » → « FR7630001007… », as it is kept."""
    return re.sub(r"[\s.\-–]", "", text).upper().removeprefix("IBAN")


def grouped_iban(iban: str) -> str:
    """In fours, as cards and forms write it: « FR76 3000 1007 9412 3456 7890 185 »."""
    return " ".join(iban[start : start + _GROUP] for start in range(0, len(iban), _GROUP))


def masked_iban(iban: str) -> str:
    """The country and the last four signs: « FR76 •••• •••• •••• •••• •••0 185 »."""
    hidden = len(iban) - 2 * _SHOWN
    if hidden <= 0:  # never so short: nothing of it is shown
        return grouped_iban(_DOT * len(iban))
    return grouped_iban(f"{iban[:_SHOWN]}{_DOT * hidden}{iban[-_SHOWN:]}")


def check_iban(iban: str, lengths: Mapping[str, int]) -> None:
    """`lengths`: of each country that can be debited.

    Raises UserError `bank.iban_missing`, `bank.iban_letters`, `bank.iban_country`, `bank.iban_length`,
    `bank.iban_digits`. None of them quotes the number.
    """
    if not iban:
        raise UserError("bank.iban_missing")
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+", iban, re.ASCII):
        raise UserError("bank.iban_letters")
    country = iban[:2]
    if country not in lengths:
        raise UserError("bank.iban_country", country=country)
    if len(iban) != lengths[country]:
        raise UserError("bank.iban_length", country=country, length=lengths[country], typed=len(iban))
    if _remainder(iban) != 1:
        raise UserError("bank.iban_digits")


def _remainder(iban: str) -> int:
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97


def check_digits(country: str, account: str) -> str:
    """The two digits that make a number whole."""
    return f"{98 - _remainder(f'{country}00{account}'):02d}"


def tidy_mandate(values: MandateValues) -> MandateValues:
    """The same mandate without stray spaces."""
    return replace(
        values,
        holder=" ".join(values.holder.split()),
        mandate_reference=values.mandate_reference.strip(),
        iban=tidy_iban(values.iban),
        bic="".join(values.bic.split()).upper(),
    )


def mandate_problems(
    values: MandateValues, lengths: Mapping[str, int], today: date, *, keeps_iban: bool = False
) -> dict[str, UserError]:
    """What is wrong with each field. `keeps_iban`: an empty number means the one that is there."""
    tidy = tidy_mandate(values)
    checks: dict[str, Callable[[], None]] = {
        "holder": lambda: _holder(tidy.holder),
        "bic": lambda: _bic(tidy.bic),
        "mandate_reference": lambda: _reference(tidy.mandate_reference),
        "signed_on": lambda: _signed(tidy.signed_on, today),
        "valid_to": lambda: _ends_after(tidy.valid_from, tidy.valid_to),
    }
    if tidy.iban or not keeps_iban:
        checks["iban"] = lambda: check_iban(tidy.iban, lengths)
    found: dict[str, UserError] = {}
    for name, check in checks.items():
        try:
            check()
        except UserError as error:
            found[name] = error
    return found


def proposed_reference(family_id: int, day: date) -> str:
    """A reference that no other mandate of the town has: « FAM000012-20261117 »."""
    return f"FAM{family_id:06d}-{day:%Y%m%d}"


def _holder(name: str) -> None:
    if not name:
        raise UserError("bank.holder_missing")
    if len(name) > HOLDER_LENGTH:
        raise UserError("person.too_long", length=HOLDER_LENGTH)


def _bic(bic: str) -> None:
    """Four letters of the bank, the country, two signs of the place and perhaps three of the branch (ISO 9362)."""
    if bic and not re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", bic, re.ASCII):
        raise UserError("bank.bad_bic")


def _reference(text: str) -> None:
    """The letters that files of debits take (EPC130-08): no accent, no slash at the ends."""
    if not text:
        raise UserError("bank.reference_missing")
    plain = re.fullmatch(r"[A-Za-z0-9/\-?:().,'+ ]+", text, re.ASCII)
    if not plain or text.startswith("/") or text.endswith("/") or "//" in text:
        raise UserError("bank.bad_reference")
    if len(text) > REFERENCE_LENGTH:
        raise UserError("person.too_long", length=REFERENCE_LENGTH)


def _signed(day: date, today: date) -> None:
    if day > today:
        raise UserError("bank.signed_later", day=day)
    if day < _OLDEST_SIGNATURE:
        raise UserError("bank.signed_too_early", day=day, first=_OLDEST_SIGNATURE)


def _ends_after(start: date, end: date | None) -> None:
    if end is not None and end < start:
        raise UserError("period.ends_before_start", start=start, end=end)
