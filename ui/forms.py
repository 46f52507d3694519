"""Forms as data: what is asked, and what was typed read back with its errors. No Qt, so a test needs no window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from backoffice.families.rules import tidy_phone
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import ZERO, Money, amount_digits
from backoffice.kernel.periods import SchoolYear, french_day, parse_french_day

T = TypeVar("T")

YES = "yes"
_FAR_DAY = date.max


class Entry(StrEnum):
    """How a value is typed. Every value travels as text: « yes » for a flag, « 0134 » for weekdays."""

    TEXT = "text"
    PASSWORD = "password"    # noqa: S105 - hidden as it is typed
    FILE = "file"            # a path, typed or chosen; `options` name the kinds of files
    PHONE = "phone"
    SUGGEST = "suggest"      # free text, the usual ones proposed (`options`)
    LONG = "long"            # a paragraph
    LINES = "lines"          # one thing a line
    CHOICE = "choice"
    DAY = "day"
    TIME = "time"
    MONEY = "money"
    NUMBER = "number"
    FLAG = "flag"
    WEEKDAYS = "weekdays"
    ROWS = "rows"            # the same fields several times: `columns`, keys « brackets/0/price »


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One thing asked. `title` carries its access key; `locked` says why it cannot change.

    `width` is in characters (0: the whole line); `beside` puts it on the line of the field before; `heading` stands
    above it and begins a group. `only_if` names another field and the value it must hold (« * »: anything) for this
    one to be asked. `stands` says what the record holds where the field does not show it (a masked account).
    """

    key: str
    title: str
    entry: Entry = Entry.TEXT
    value: str = ""
    required: bool = False
    hint: str = ""
    placeholder: str = ""
    locked: str = ""
    width: int = 0
    beside: bool = False
    options: tuple[tuple[str, str], ...] = ()        # of a CHOICE: value, words
    columns: tuple[FieldSpec, ...] = ()              # of ROWS
    rows: tuple[Mapping[str, str], ...] = ()
    add_words: str = ""                              # of ROWS: « Ajouter une &tranche »
    least: int = 0                                   # rows that stay, of ROWS; lines shown, of LONG
    heading: str = ""
    only_if: tuple[str, str] = ("", "")
    stands: str = ""

    @property
    def words(self) -> str:
        return self.title.replace("&", "")


def is_asked(spec: FieldSpec, values: Mapping[str, str]) -> bool:
    """Whether this field is shown, given what the others hold."""
    key, wanted = spec.only_if
    held = values.get(key, "").strip()
    return not key or (bool(held) if wanted == "*" else held == wanted)


def values_of(specs: Iterable[FieldSpec]) -> dict[str, str]:
    """What a form holds before anything is typed: a choice holds its first option."""
    found: dict[str, str] = {}
    for spec in specs:
        if spec.entry is Entry.ROWS:
            found |= {
                f"{spec.key}/{index}/{column.key}": row.get(column.key, column.value)
                for index, row in enumerate(spec.rows)
                for column in spec.columns
            }
        else:
            found[spec.key] = spec.value or (spec.options[0][0] if spec.entry is Entry.CHOICE else "")
    return found


def filled(specs: Iterable[FieldSpec], values: Mapping[str, str]) -> list[FieldSpec]:
    """The same fields, holding these values: what `values_of` takes apart is put together again."""
    return [
        replace(spec, rows=_rows(spec, values)) if spec.entry is Entry.ROWS
        else replace(spec, value=values.get(spec.key, ""))
        for spec in specs
    ]


def _rows(spec: FieldSpec, values: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    rows: list[Mapping[str, str]] = []
    while f"{spec.key}/{len(rows)}/{spec.columns[0].key}" in values:
        start = f"{spec.key}/{len(rows)}/"
        rows.append({column.key: values.get(start + column.key, "") for column in spec.columns})
    return tuple(rows)


def tidied(entry: Entry, text: str, today: date) -> str:
    """What was typed as it is kept: phones in pairs, days and amounts in full; what is not understood, as typed."""
    text = text.strip()
    try:
        if entry is Entry.PHONE:
            return tidy_phone(text)
        if entry is Entry.DAY and text:
            return french_day(parse_french_day(text, SchoolYear.of(today)))
        if entry is Entry.MONEY and text:
            return amount_digits(Money.parse(text))
    except UserError:
        return text
    return text


def options_of(kind: Iterable[T], words: Callable[[T], str]) -> tuple[tuple[str, str], ...]:
    """The options of an enumeration."""
    return tuple((str(member), words(member)) for member in kind)


def typed_money(amount: Money | None) -> str:
    """An amount as a field shows it to be typed over."""
    return "" if amount is None else amount_digits(amount)


def typed_day(day: date | None) -> str:
    return "" if day is None else french_day(day)


def typed_time(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


class Reader:
    """What was typed in a form, value by value. `errors` holds a sentence for each field that is wrong.

    A wrong value is answered by a harmless one: ask for everything, then look at `errors` before using anything.
    `today`: a day of the school year that « 1/9 » belongs to.
    """

    def __init__(self, specs: Sequence[FieldSpec], values: Mapping[str, str], today: date) -> None:
        self._specs = {spec.key: spec for spec in specs}
        self._values = values
        self._today = today
        self._prefix = ""
        self.errors: dict[str, str] = {}

    def text(self, key: str) -> str:
        found = self._values.get(self._prefix + key, "").strip()
        spec = self._specs.get(key)
        if not found and spec is not None and spec.required:
            self.blame(key, f"Remplissez « {spec.words} ».")
        return found

    def lines(self, key: str) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.text(key).splitlines() if line.strip())

    def flag(self, key: str) -> bool:
        return self.text(key) == YES

    def day(self, key: str) -> date:
        """A day; far away when it is missing or wrong."""
        return self.optional_day(key) or _FAR_DAY

    def optional_day(self, key: str) -> date | None:
        return self._taken(key, lambda text: parse_french_day(text, SchoolYear.of(self._today)), None)

    def money(self, key: str) -> Money:
        return self._taken(key, Money.parse, None) or ZERO

    def optional_money(self, key: str) -> Money | None:
        return self._taken(key, Money.parse, None)

    def decimal(self, key: str) -> Decimal:
        return self.optional_decimal(key) or Decimal(0)

    def optional_decimal(self, key: str) -> Decimal | None:
        return self._taken(key, _decimal, None)

    def integer(self, key: str, least: int, most: int, default: int = 0) -> int:
        found = self._taken(key, _integer, None)
        if found is None:
            return max(least, default)
        if not least <= found <= most:
            self.blame(key, f"Il faut un nombre entier de {least} à {most}.")
            return least
        return found

    def minute(self, key: str) -> int | None:
        """Minutes from midnight for « 8:30 », « 8h30 », « 0830 »."""
        return self._taken(key, _minute, None)

    def weekdays(self, key: str) -> frozenset[int]:
        return frozenset(int(digit) for digit in self.text(key))

    def rows(self, key: str) -> int:
        """How many rows of this field were typed; read them inside `row`."""
        first = self._specs[key].columns[0].key
        count = 0
        while f"{key}/{count}/{first}" in self._values:
            count += 1
        return count

    def row(self, key: str, index: int) -> Reader:
        """Reads one row; its errors come back here."""
        inner = Reader(self._specs[key].columns, self._values, self._today)
        inner._prefix = f"{key}/{index}/"
        inner.errors = self.errors
        return inner

    def blame(self, key: str, text: str) -> None:
        self.errors.setdefault(self._prefix + key, text)

    def _taken(self, key: str, parse: Callable[[str], T], default: T | None) -> T | None:
        typed = self.text(key)
        if not typed:
            return default
        try:
            return parse(typed)
        except UserError as error:
            self.blame(key, sentence(error))
            return default
        except ValueError as error:
            self.blame(key, str(error))
            return default


def _decimal(text: str) -> Decimal:
    compact = "".join(text.split()).replace(",", ".").removesuffix("%")
    try:
        found = Decimal(compact)
    except InvalidOperation as exc:
        raise ValueError(f"« {text} » n'est pas un nombre : écrivez par exemple 0,45.") from exc
    if not found.is_finite():
        raise ValueError(f"« {text} » n'est pas un nombre : écrivez par exemple 0,45.")
    return found


def _integer(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"« {text} » n'est pas un nombre entier.")
    return int(text)


def _minute(text: str) -> int:
    compact = text.lower().replace("h", ":").replace(" ", "").replace("\u00a0", "")
    if compact.isascii() and compact.isdigit() and len(compact) in {3, 4}:
        compact = f"{compact[:-2]}:{compact[-2:]}"
    hours, _, minutes = compact.partition(":")
    if hours.isascii() and hours.isdigit() and (not minutes or (minutes.isascii() and minutes.isdigit())):
        found = int(hours) * 60 + int(minutes or 0)
        if int(minutes or 0) < 60 and found <= 24 * 60:
            return found
    raise ValueError(f"« {text} » n'est pas une heure : écrivez par exemple 8:30.")
