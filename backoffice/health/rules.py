"""What a health sheet may hold, field by field, and why one may open it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import partial

from backoffice.families.rules import tidy_phone
from backoffice.kernel.errors import UserError

TEXT_LENGTH = 1000
DOCTOR_LENGTH = 120
PHONE_LENGTH = 30
REASON_LENGTH = 200
_LONG_TEXTS = ("allergies", "pai_conduct", "treatments", "remarks")
# A date typed with a wrong century, not a vaccine.
_FARTHEST = 30


@dataclass(frozen=True, slots=True)
class SheetValues:
    """What families write on the « fiche sanitaire de liaison »; "" and None mean that nothing was said.

    `menu` is a code of the neutral menus of the town: a menu never says a religion, nor a remark the nature of a
    disability (NS-058). `pai_until` and `pai_conduct` go with a PAI (« projet d'accueil individualisé »).
    `vaccines_until` is all that stays of the vaccination record once it was checked.
    """

    allergies: str = ""
    menu: str = ""
    has_pai: bool = False
    pai_until: date | None = None
    pai_conduct: str = ""
    treatments: str = ""
    vaccines_until: date | None = None
    doctor_name: str = ""
    doctor_phone: str = ""
    remarks: str = ""

    @property
    def has_alert(self) -> bool:
        """The dot beside a child's name: an allergy or a PAI, even one whose date is past."""
        return bool(self.allergies) or self.has_pai


def tidy_sheet(values: SheetValues) -> SheetValues:
    """The same sheet without stray spaces, and without what belongs to a PAI when there is none."""
    texts = {
        f.name: _lines(value) if f.name in _LONG_TEXTS else " ".join(value.split())
        for f in fields(values)
        if isinstance(value := getattr(values, f.name), str)
    }
    texts["doctor_phone"] = _phone_or_as_typed(values.doctor_phone)
    tidy = replace(values, **texts)  # type: ignore[arg-type]
    return tidy if tidy.has_pai else replace(tidy, pai_until=None, pai_conduct="")


def sheet_problems(
    values: SheetValues, menus: Collection[str], today: date, before: SheetValues | None = None
) -> Mapping[str, UserError]:
    """What is wrong with each field. What already stood on the sheet (`before`) is not judged again.

    A PAI whose date is past stays on the sheet: the child still has it until somebody says otherwise.
    """
    tidy = tidy_sheet(values)
    checks: dict[str, Callable[[], None]] = {
        **{name: partial(_short, getattr(tidy, name), TEXT_LENGTH) for name in _LONG_TEXTS},
        "menu": lambda: _among(tidy.menu, menus),
        "pai_until": lambda: _near(tidy.pai_until, today),
        "vaccines_until": lambda: _near(tidy.vaccines_until, today),
        "doctor_name": lambda: _short(tidy.doctor_name, DOCTOR_LENGTH),
        "doctor_phone": lambda: _phone(tidy.doctor_phone),
    }
    found: dict[str, UserError] = {}
    for name, check in checks.items():
        if before is not None and getattr(values, name) == getattr(before, name):
            continue
        try:
            check()
        except UserError as error:
            found[name] = error
    return found


def tidy_reason(text: str) -> str:
    """Why a sheet is opened, on one line. Raises UserError `health.reason_missing`, `health.reason_too_long`."""
    reason = " ".join(text.split())
    if not reason:
        raise UserError("health.reason_missing")
    if len(reason) > REASON_LENGTH:
        raise UserError("health.reason_too_long", length=REASON_LENGTH)
    return reason


def _lines(text: str) -> str:
    return "\n".join(line for line in (" ".join(part.split()) for part in text.splitlines()) if line)


def _phone_or_as_typed(text: str) -> str:
    try:
        return tidy_phone(text)
    except UserError:
        return text.strip()


def _short(text: str, length: int) -> None:
    if len(text) > length:
        raise UserError("person.too_long", length=length)


def _among(menu: str, menus: Collection[str]) -> None:
    if menu not in menus:
        raise UserError("health.unknown_menu")


def _near(day: date | None, today: date) -> None:
    if day is not None and abs(day.year - today.year) > _FARTHEST:
        raise UserError("health.far_day", day=day)


def _phone(text: str) -> None:
    tidy_phone(text)
