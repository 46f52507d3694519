"""What could not be brought in, gathered while reading; and one row of the source, read with care."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import TypeVar

from backoffice.importing.noethys import values
from backoffice.importing.noethys.file import NoethysFile
from backoffice.importing.noethys.schema import Selection
from backoffice.importing.noethys.source import LeftOut
from backoffice.importing.noethys.values import Cell, UnreadableError

_UNBOUNDED_START = date(1977, 1, 1)  # what Noethys writes for « unlimited »
_UNBOUNDED_END = date(2999, 1, 1)

T = TypeVar("T")


class Notes:
    """Left out things, grouped by sentence with the source ids; and warnings. Never a name in them."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], list[int]] = {}
        self._whole: list[LeftOut] = []
        self.warnings: list[str] = []

    def leave(self, table: str, what: str, why: str, source_id: int) -> None:
        """One record, or a part of one, is not brought in."""
        self._found.setdefault((table, what, why), []).append(source_id)

    def leave_all(self, table: str, what: str, why: str, count: int) -> None:
        """A whole table or column is not brought in."""
        self._whole.append(LeftOut(what, count, why, table))

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)

    def warn_ids(self, sentence: str, source_ids: Collection[int]) -> None:
        """The sentence, then how many and the first twenty ids; nothing when there is none."""
        if source_ids:
            shown = ", ".join(str(source_id) for source_id in sorted(source_ids)[:20])
            more = "…" if len(source_ids) > 20 else ""
            self.warn(f"{sentence} : {len(source_ids)} (n° {shown}{more})")

    def left_out(self) -> tuple[LeftOut, ...]:
        """Records first, then tables and columns; each in the alphabetical order of the French words."""
        records = [LeftOut(what, len(found), why, table, tuple(found))
                   for (table, what, why), found in self._found.items()]
        return tuple(sorted(records, key=_order) + sorted(self._whole, key=_order))


def _order(left_out: LeftOut) -> tuple[str, str, str]:
    return left_out.what, left_out.why, left_out.table


class DropRecordError(Exception):
    """This record cannot be brought in; `why` is the French reason."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Row:
    """One row of a selection. What is required and unreadable drops the row; what is optional is noted."""

    __slots__ = ("_cells", "_notes", "_selection", "id")

    def __init__(self, cells: dict[str, Cell], selection: Selection, notes: Notes, source_id: int) -> None:
        self._cells = cells
        self._selection = selection
        self._notes = notes
        self.id = source_id

    def note(self, part: str, why: str) -> None:
        """A part of this row is lost: « lien avec la facture », « date de naissance »…"""
        self._notes.leave(self._selection.table, f"{self._selection.what} : {part}", why, self.id)

    def _soft(self, word: str, part: str, read: Callable[[Cell], T | None]) -> T | None:
        try:
            return read(self._cells[word])
        except UnreadableError:
            self.note(part, "valeur illisible")
            return None

    def text(self, word: str) -> str:
        return values.words(self._cells[word])

    def phone(self, word: str) -> str:
        return values.phone(self._cells[word])

    def flag(self, word: str) -> bool:
        return self.text(word).lower() not in ("", "0", "false", "0.0")

    def code(self, word: str) -> int | None:
        """A whole number without a table behind it; None when empty or unreadable."""
        try:
            return values.whole(self._cells[word])
        except UnreadableError:
            return None

    def whole(self, word: str, part: str) -> int | None:
        return self._soft(word, part, values.whole)

    def day(self, word: str, part: str) -> date | None:
        return self._soft(word, part, values.day)

    def first_day(self, word: str = "first_day") -> date | None:
        """None for « since ever »."""
        found = self.day(word, "date de début")
        return None if found is not None and found <= _UNBOUNDED_START else found

    def last_day(self, word: str = "last_day") -> date | None:
        """None for « until further notice »."""
        found = self.day(word, "date de fin")
        return None if found is not None and found >= _UNBOUNDED_END else found

    def minutes(self, word: str, part: str) -> int | None:
        return self._soft(word, part, values.time_of_day)

    def duration(self, word: str, part: str) -> int | None:
        return self._soft(word, part, values.duration)

    def cents(self, word: str, part: str) -> int | None:
        return self._soft(word, part, values.cents)

    def ids(self, word: str, part: str) -> tuple[int, ...]:
        return self._soft(word, part, values.ids) or ()

    def items(self, word: str) -> tuple[str, ...]:
        return values.items(self._cells[word])

    def needed_day(self, word: str) -> date:
        try:
            found = values.day(self._cells[word])
        except UnreadableError as exc:
            raise DropRecordError("date illisible") from exc
        if found is None:
            raise DropRecordError("date absente")
        return found

    def needed_cents(self, word: str) -> int:
        try:
            found = values.cents(self._cells[word])
        except UnreadableError as exc:
            raise DropRecordError("montant illisible") from exc
        if found is None:
            raise DropRecordError("montant absent")
        return found

    def exact_cents(self, word: str) -> bool:
        """False when the amount really had more than two decimals (a float's own noise does not count)."""
        euros = values.number(self._cells[word])
        rounded = values.cents(self._cells[word])
        return euros is None or rounded is None or abs(euros * 100 - rounded) < values.FLOAT_NOISE

    def needed_text(self, word: str, why: str) -> str:
        found = self.text(word)
        if not found:
            raise DropRecordError(why)
        return found

    def needed_whole(self, word: str, why: str) -> int:
        found = self.code(word)
        if found is None:
            raise DropRecordError(why)
        return found

    def known(self, word: str, among: Collection[int], why: str) -> int:
        """The id of a record that must exist: else the row is dropped."""
        found = self.code(word)
        if found is None or found not in among:
            raise DropRecordError(why)
        return found

    def linked(self, word: str, among: Collection[int], part: str, why: str) -> int | None:
        """The id of a record that may be absent (None or 0); one that points nowhere is noted."""
        if self._cells[word] in (None, 0, "", "0"):
            return None
        found = self.code(word)
        if found is None or found not in among:
            self.note(part, why)
            return None
        return found


def each(source: NoethysFile, selection: Selection, notes: Notes, make: Callable[[Row], T]) -> Iterator[T]:
    """What `make` reads in every row; rows that it drops are noted with their reason."""
    for cells in source.rows(selection):
        try:
            source_id = values.whole(next(iter(cells.values())))
        except UnreadableError:
            source_id = None
        if source_id is None:
            notes.leave(selection.table, selection.what, "numéro illisible", 0)
            continue
        try:
            yield make(Row(cells, selection, notes, source_id))
        except DropRecordError as dropped:
            notes.leave(selection.table, selection.what, dropped.why, source_id)


def names(source: NoethysFile, selection: Selection, notes: Notes, word: str = "name") -> dict[int, str]:
    """A table of labels: id → label."""
    return dict(each(source, selection, notes, lambda row: (row.id, row.text(word))))
