"""Two agents saved the same record: what each changed, field by field, and what is left to choose. No Qt.

A field that only one side changed is taken from that side; one that both changed the same way is no difference; the
others are chosen by the agent. Rows of a field (the brackets of a tariff) are one value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from backoffice.catalog.rules import WEEKDAYS
from ui.forms import YES, Entry, FieldSpec, is_asked, tidied

Typed: TypeAlias = Mapping[str, str]
"""What stands in each field, by its key."""

_EMPTY = "rien"


class Side(StrEnum):
    """Whose value a field takes. OTHER: neither, it was typed since."""

    MINE = "mine"
    THEIRS = "theirs"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Version:
    """What one side holds in a field: the values of its keys, and how they are said."""

    values: Typed
    words: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that did not stay what it was. `chosen` None: the agent has to say.

    `offered`: what was typed may still be saved (a payer who left the family may not).
    """

    key: str
    title: str
    before: Version
    mine: Version
    theirs: Version
    offered: bool = True
    chosen: Side | None = None

    def side_of(self, values: Typed) -> Side:
        """Whose value this is."""
        if values == self.mine.values:
            return Side.MINE
        return Side.THEIRS if values == self.theirs.values else Side.OTHER


@dataclass(frozen=True, slots=True)
class Comparison:
    """The typing beside what was saved meanwhile. `taken`: what only the other agent changed, already in the form.

    `news`: what else was saved, that no field shows; `by`: « par Claire Martin le 17/11/2026 à 9 h 12 », if known.
    """

    differences: tuple[Difference, ...] = ()
    taken: tuple[Difference, ...] = ()
    news: str = ""
    by: str = ""

    @property
    def undecided(self) -> Sequence[Difference]:
        return [difference for difference in self.differences if difference.chosen is None]

    def of(self, key: str) -> Difference | None:
        return next((difference for difference in self.differences if difference.key == key), None)

    def decided(self, key: str, side: Side) -> Comparison:
        """The same, this field chosen."""
        return replace(
            self,
            differences=tuple(replace(one, chosen=side) if one.key == key else one for one in self.differences),
        )


SAME = Comparison()


def merged(
    before: tuple[Sequence[FieldSpec], Typed],
    mine: Typed,
    theirs: tuple[Sequence[FieldSpec], Typed],
    today: date,
    last: Comparison = SAME,
) -> tuple[dict[str, str], Comparison]:
    """The values of the form once the record is read again, and what they differ by.

    `before` and `theirs`: the fields of the record and what they held, when it was opened and now. `last`: the
    comparison already on screen, when the record moved once more: what was typed then is not forgotten, and what was
    chosen stays chosen as long as the other side is the same.
    """
    (old_fields, opened), (fields, now) = before, theirs
    for difference in last.differences:
        opened = _with(opened, difference.key, difference.before.values)
        if difference.chosen is Side.THEIRS:
            mine = _with(mine, difference.key, difference.mine.values)
    old = {spec.key: spec for spec in old_fields}
    asked = {field_of(key) for key in (*now, *mine)} & {spec.key for spec in fields}
    values = {key: text for key, text in now.items() if field_of(key) not in asked}
    values |= {key: text for key, text in mine.items() if field_of(key) not in asked}
    differences: list[Difference] = []
    taken: list[Difference] = []
    for spec in fields:
        if spec.key not in asked:
            continue
        was = old.get(spec.key, spec)
        found = _difference(was, spec, opened, mine, now)
        changed_here = not _same(spec, found.mine.values, found.before.values, today)
        # What is masked is only known to have changed by its mask, and once it was compared it still is to be.
        masked = bool(spec.stands) and (spec.stands != was.stands or last.of(spec.key) is not None)
        changed_there = masked or not _same(spec, found.theirs.values, found.before.values, today)
        told = changed_there and (is_asked(spec, mine) or is_asked(spec, now))
        if changed_here and told and not _same(spec, found.mine.values, found.theirs.values, today):
            found = replace(found, chosen=_still_chosen(found, last))
            differences.append(found)
        elif told and not changed_here:
            taken.append(found)
        ours = changed_here and found.chosen is not Side.THEIRS and found.offered
        values |= found.mine.values if ours else found.theirs.values
    return values, Comparison(tuple(differences), tuple(taken))


def _difference(was: FieldSpec, spec: FieldSpec, opened: Typed, mine: Typed, now: Typed) -> Difference:
    """What the field held, was given here and holds now, whether that differs or not."""

    def version(spec: FieldSpec, values: Typed) -> Version:
        part = part_of(values, spec.key)
        return Version(part, in_words(spec, part))

    offered = spec.entry is not Entry.CHOICE or mine.get(spec.key, "") in {value for value, _ in spec.options}
    typed = replace(spec, stands="", options=spec.options if offered else was.options)
    return Difference(
        spec.key, spec.words, version(was, opened), version(typed, mine), version(spec, now), offered
    )


def _still_chosen(found: Difference, last: Comparison) -> Side | None:
    if not found.offered:
        return Side.THEIRS
    known = last.of(found.key)
    if known is None or known.theirs != found.theirs:
        return None
    return Side.MINE if known.chosen is Side.OTHER else known.chosen


def _same(spec: FieldSpec, one: Typed, other: Typed, today: date) -> bool:
    """Whether both say the same, however it was typed."""
    columns = {column.key: column.entry for column in spec.columns}

    def tidy(values: Typed) -> dict[str, str]:
        return {
            key: tidied(columns.get(key.rpartition("/")[2], Entry.TEXT) if columns else spec.entry, text, today)
            for key, text in values.items()
        }

    return tidy(one) == tidy(other)


# --- keys --------------------------------------------------------------------------------------------------------


def field_of(key: str) -> str:
    """« brackets » for « brackets/0/price »; a field that has no rows is its own."""
    return key.partition("/")[0]


def part_of(values: Typed, field: str) -> dict[str, str]:
    """The values of one field."""
    return {key: text for key, text in values.items() if field_of(key) == field}


def _with(values: Typed, field: str, part: Typed) -> Typed:
    return {**{key: text for key, text in values.items() if field_of(key) != field}, **part}


def placed(values: Typed, difference: Difference, side: Side) -> dict[str, str]:
    """The values of the form, this field given to a side."""
    part = difference.mine if side is Side.MINE else difference.theirs
    return dict(_with(values, difference.key, part.values))


# --- words -------------------------------------------------------------------------------------------------------


def in_words(spec: FieldSpec, values: Typed) -> str:
    """What a field holds, as it is read: « oui », « lundi, jeudi », « 12,00 € »; rows one a line; « rien »."""
    if spec.entry is Entry.ROWS:
        return "\n".join(_rows_in_words(spec, values)) or _EMPTY
    return _value_in_words(spec, values.get(spec.key, "")) or spec.stands or _EMPTY


def _value_in_words(spec: FieldSpec, text: str) -> str:
    text = text.strip()
    if spec.entry is Entry.FLAG:
        return "oui" if text == YES else "non"
    if spec.entry is Entry.CHOICE:
        return next((words for value, words in spec.options if value == text), text)
    if spec.entry is Entry.WEEKDAYS:
        return ", ".join(WEEKDAYS[int(digit)] for digit in sorted(text))
    if spec.entry is Entry.PASSWORD:
        return "•" * min(len(text), 8)
    return f"{text}\u00a0€" if spec.entry is Entry.MONEY and text else text


def _rows_in_words(spec: FieldSpec, values: Typed) -> Iterable[str]:
    count = 0
    while any(key.startswith(f"{spec.key}/{count}/") for key in values):
        row = {column.key: values.get(f"{spec.key}/{count}/{column.key}", "") for column in spec.columns}
        said = (
            f"{column.words} : {words}"
            for column in spec.columns
            if is_asked(column, row) and (words := _value_in_words(column, row[column.key]))
        )
        yield " · ".join(said)
        count += 1


def typing_in_words(fields: Sequence[FieldSpec], values: Typed) -> str:
    """All that stands in a form, a line for each field: to be copied elsewhere when its record is gone."""
    lines = (
        f"{spec.words} : {in_words(replace(spec, stands=''), part_of(values, spec.key))}"
        for spec in fields
        if spec.entry is not Entry.PASSWORD and is_asked(spec, values)
    )
    return "\n".join(lines)


def taken_words(comparison: Comparison) -> Iterable[str]:
    """« Commune : VALBRUME devient SAINT-BRUME », for each field that only the other agent changed."""
    return (f"{one.title} : {one.before.words} devient {one.theirs.words}" for one in comparison.taken)
