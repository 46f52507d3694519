"""What a family, a person, a quotient or an income may hold, field by field; how names and phones are written.

`person_problems` and its like answer one error by field, for presenters while the agent types and for handlers
before they save.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from enum import IntEnum

from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.money import NO_BREAK_SPACE, Money
from backoffice.kernel.text import digits_of, folded, words_of

TITLES = ("", "Mme", "M.")
SEXES = ("", "F", "M")

NAME_LENGTH = 120
FAMILY_NAME_LENGTH = 160
SORT_NAME_LENGTH = 240
LINK_REASON_LENGTH = 200
_STREET, _CITY, _POSTCODE, _PHONE, _EMAIL, _CAF_NUMBER, _SOURCE = 200, 120, 10, 30, 254, 20, 60
_FRENCH_PHONE, _FEWEST_DIGITS, _MOST_DIGITS = 10, 6, 15
_OLDEST = 120
# Far above any real figure, far below what a column holds: a slip of the keyboard, not a fortune.
_HIGHEST_QUOTIENT = Decimal(1_000_000)
_HIGHEST_INCOME = Money(1_000_000_000)
_MOST_CHILDREN = 30


@dataclass(frozen=True, slots=True)
class PersonValues:
    """What a record says of a person; "" and None mean that it is not known. Health data never lives here."""

    last_name: str
    first_name: str
    title: str = ""
    birth_name: str = ""
    birth_date: date | None = None
    sex: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    phone: str = ""
    mobile: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class FamilyValues:
    """What a record says of a household, besides the people in it."""

    name: str
    billing_email: str = ""
    caf_number: str = ""


# --- names -------------------------------------------------------------------------------------------------------


def full_name(title: str, last_name: str, first_name: str) -> str:
    """« Mme DUPONT Léa »: title, name in capitals as entered, first name."""
    return " ".join(part for part in (title, last_name, first_name) if part)


def postal_address(street: str, postcode: str, city: str) -> tuple[str, ...]:
    """Street lines, then « 29200 BREST »; empty lines are left out."""
    lines = [line.strip() for line in street.splitlines()]
    return tuple(line for line in (*lines, f"{postcode} {city}".strip()) if line)


def person_sort_name(last_name: str, first_name: str) -> str:
    """« dupont lea »: what lists sort by and searches look into."""
    return folded(f"{last_name} {first_name}")[:SORT_NAME_LENGTH]


def proposed_family_name(adults: Sequence[tuple[str, str]]) -> str:
    """« DUPONT Marie et Jean », « DUPONT Marie et MARTIN Paul », from pairs (last name, first name)."""
    parts: list[str] = []
    before = ""
    for last_name, first_name in adults:
        same = bool(parts) and folded(last_name) == before
        parts.append(first_name.strip() if same else f"{last_name.strip().upper()} {first_name.strip()}".strip())
        before = folded(last_name)
    return " et ".join(part for part in parts if part)[:FAMILY_NAME_LENGTH].rstrip()


def quotient_words(value: Decimal) -> str:
    """« 874 », « 310,40 », « 1 234,50 »: with cents only when there are some."""
    text = f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"
    return text.replace(",", NO_BREAK_SPACE).replace(".", ",")


# --- phones ------------------------------------------------------------------------------------------------------


def tidy_phone(text: str) -> str:
    """« 04 76 92 34 37 » for any French way to type it; a foreign number (« +41 22… ») stays as typed.

    Raises UserError `person.bad_phone`.
    """
    typed = " ".join(text.split())
    if not typed:
        return ""
    digits = digits_of(typed)
    plain = re.fullmatch(r"\+?[0-9\s./()-]+", typed)
    if plain and re.fullmatch(r"0[1-9][0-9]{8}", digits):
        return " ".join(digits[start : start + 2] for start in range(0, _FRENCH_PHONE, 2))
    foreign = typed.startswith(("+", "00")) and not typed.startswith(("+33", "0033"))
    if plain and foreign and _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS and len(typed) <= _PHONE:
        return typed
    raise UserError("person.bad_phone", text=typed)


def _tidy_or_as_typed(text: str) -> str:
    try:
        return tidy_phone(text)
    except UserError:
        return text.strip()


def tidy_person(values: PersonValues) -> PersonValues:
    """The same person without stray spaces, surnames in capitals (NOM Prénom), phones in pairs of digits."""
    stripped = {
        f.name: " ".join(value.split()) if f.name != "street" else _lines(value)
        for f in fields(values)
        if isinstance(value := getattr(values, f.name), str)
    }
    stripped["last_name"] = stripped["last_name"].upper()
    stripped["birth_name"] = stripped["birth_name"].upper()
    stripped["phone"] = _tidy_or_as_typed(values.phone)
    stripped["mobile"] = _tidy_or_as_typed(values.mobile)
    return replace(values, **stripped)  # type: ignore[arg-type]


def tidy_family(values: FamilyValues) -> FamilyValues:
    """The same family without stray spaces."""
    return FamilyValues(
        " ".join(values.name.split()), values.billing_email.strip(), re.sub(r"\s", "", values.caf_number)
    )


def _lines(text: str) -> str:
    return "\n".join(line for line in (" ".join(part.split()) for part in text.splitlines()) if line)


# --- fields ------------------------------------------------------------------------------------------------------


def person_problems(
    values: PersonValues, today: date, before: PersonValues | None = None
) -> dict[str, UserError]:
    """What is wrong with each field. What already stood in the record (`before`) is not judged again."""
    tidy = tidy_person(values)
    checks: dict[str, Callable[[], None]] = {
        "last_name": lambda: _name(tidy.last_name, "person.last_name_missing"),
        "first_name": lambda: _name(tidy.first_name, "person.first_name_missing"),
        "title": lambda: _among(tidy.title, TITLES, "person.bad_title"),
        "birth_name": lambda: _short(tidy.birth_name, NAME_LENGTH),
        "birth_date": lambda: _birth_date(tidy.birth_date, today),
        "sex": lambda: _among(tidy.sex, SEXES, "person.bad_sex"),
        "street": lambda: _short(tidy.street, _STREET),
        "postcode": lambda: _postcode(tidy.postcode),
        "city": lambda: _short(tidy.city, _CITY),
        "phone": lambda: _phone(tidy.phone),
        "mobile": lambda: _phone(tidy.mobile),
        "email": lambda: _email(tidy.email),
    }
    changed = {
        name: check
        for name, check in checks.items()
        if before is None or getattr(values, name) != getattr(before, name)
    }
    return _problems(changed)


def family_problems(values: FamilyValues, before: FamilyValues | None = None) -> dict[str, UserError]:
    """What is wrong with each field. What already stood in the record (`before`) is not judged again."""
    tidy = tidy_family(values)
    checks: dict[str, Callable[[], None]] = {
        "name": lambda: _family_name(tidy.name),
        "billing_email": lambda: _email(tidy.billing_email),
        "caf_number": lambda: _short(tidy.caf_number, _CAF_NUMBER),
    }
    changed = {
        name: check
        for name, check in checks.items()
        if before is None or getattr(values, name) != getattr(before, name)
    }
    return _problems(changed)


def quotient_problems(
    value: Decimal, source: str, valid_from: date, valid_to: date | None = None
) -> dict[str, UserError]:
    """What is wrong with each field of a quotient from a day on."""
    return _problems(
        {
            "value": lambda: _quotient(value),
            "source": lambda: _short(source, _SOURCE),
            "valid_to": lambda: _ends_after(valid_from, valid_to),
        }
    )


def income_problems(
    annual: Money,
    dependent_children: int,
    disabled_children: int,
    source: str,
    valid_from: date,
    valid_to: date | None = None,
) -> dict[str, UserError]:
    """What is wrong with each field of a yearly income from a day on."""
    return _problems(
        {
            "annual": lambda: _income(annual),
            "dependent_children": lambda: _children(dependent_children, disabled_children),
            "source": lambda: _short(source, _SOURCE),
            "valid_to": lambda: _ends_after(valid_from, valid_to),
        }
    )


def refuse(problems: dict[str, UserError]) -> None:
    """Raises InvalidFields when there is any problem."""
    if problems:
        raise InvalidFields(problems)


def _problems(checks: dict[str, Callable[[], None]]) -> dict[str, UserError]:
    found: dict[str, UserError] = {}
    for name, check in checks.items():
        try:
            check()
        except UserError as error:
            found[name] = error
    return found


def _name(text: str, missing: str) -> None:
    if not text:
        raise UserError(missing)
    _short(text, NAME_LENGTH)


def _family_name(text: str) -> None:
    if not text:
        raise UserError("family.name_missing")
    _short(text, FAMILY_NAME_LENGTH)


def _short(text: str, length: int) -> None:
    # Its sorting form, where œ counts double, must fit as well.
    if max(len(text), len(folded(text))) > length:
        raise UserError("person.too_long", length=length)


def _among(text: str, known: Sequence[str], code: str) -> None:
    if text not in known:
        raise UserError(code)


def _birth_date(day: date | None, today: date) -> None:
    if day is None:
        return
    if day > today:
        raise UserError("person.born_in_future", day=day)
    if (today.year - day.year, today.month, today.day) > (_OLDEST, day.month, day.day):
        raise UserError("person.born_too_long_ago", day=day, years=_OLDEST)


def _postcode(text: str) -> None:
    """Five digits in France; a foreign code shows itself by a letter (« CH-1203 ») and is taken as typed."""
    if not text or re.fullmatch(r"[0-9]{5}", text):
        return
    if len(text) > _POSTCODE or not re.search(r"[A-Za-z]", text):
        raise UserError("person.bad_postcode", text=text)


def _phone(text: str) -> None:
    tidy_phone(text)


def _email(text: str) -> None:
    """Plausible, no more: only a mail that arrives proves an address."""
    if not text:
        return
    plausible = re.fullmatch(r"[^\s@,;<>()]+@[^\s@,;<>()]+\.[^\s@,;<>().]{2,}", text) and ".." not in text
    if not plausible or len(text) > _EMAIL:
        raise UserError("person.bad_email", text=text)


def _quotient(value: Decimal) -> None:
    possible = value.is_finite() and 0 <= value < _HIGHEST_QUOTIENT and value * 100 == int(value * 100)
    if not possible:
        raise UserError("quotient.impossible", text=str(value).replace(".", ","))


def _income(annual: Money) -> None:
    if annual.cents < 0:
        raise UserError("income.negative", amount=annual)
    if annual > _HIGHEST_INCOME:
        raise UserError("income.too_high", amount=annual)


def _children(dependent: int, disabled: int) -> None:
    if not (1 <= dependent <= _MOST_CHILDREN and 0 <= disabled <= dependent):
        raise UserError("income.impossible_children", children=dependent, disabled=disabled)


def _ends_after(start: date, end: date | None) -> None:
    if end is not None and end < start:
        raise UserError("period.ends_before_start", start=start, end=end)


# --- the same person? --------------------------------------------------------------------------------------------


class Likeness(IntEnum):
    """How much two records look like one person: the higher, the more."""

    NONE = 0
    NAMESAKE = 1    # same names, other birth date: a typing error, or somebody else
    CLOSE = 2       # same birth date, and one of the names is the same
    SAME = 3        # same names, in whatever order, and no other birth date

    @property
    def label(self) -> str:
        return ("", "Homonyme", "Ressemble beaucoup", "Sans doute la même personne")[self]


def likeness(one: PersonValues, other: PersonValues) -> Likeness:
    """Compare the names without accents, case or hyphens; a birth name counts as a last name."""
    first, other_first = words_of(one.first_name), words_of(other.first_name)
    lasts, other_lasts = _last_names(one), _last_names(other)
    same_last = bool(lasts & other_lasts)
    swapped = tuple(first) in other_lasts and tuple(other_first) in lasts
    born, other_born = one.birth_date, other.birth_date
    if (same_last and first == other_first) or swapped:
        return Likeness.SAME if born == other_born or born is None or other_born is None else Likeness.NAMESAKE
    if born is not None and born == other_born and (same_last or first == other_first):
        return Likeness.CLOSE
    return Likeness.NONE


def _last_names(person: PersonValues) -> set[tuple[str, ...]]:
    return {tuple(words) for name in (person.last_name, person.birth_name) if (words := words_of(name))}
