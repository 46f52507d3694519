"""The sheet as the table draws it: looks, words, and the sentence a screen reader says. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from backoffice.bookings.grid import Filled
from backoffice.bookings.rules.groups import age_in_months
from backoffice.bookings.rules.painting import Cell, Draft
from backoffice.bookings.rules.states import CellState
from ui.days import long_day, weekday
from ui.screens.bookings.sheet import Sheet
from ui.widgets.grid.bar import EMPTY_BAR, Bar

_MONTHS_A_YEAR = 12
_YEARS_FROM = 24  # below, an age is said in months


class SheetCells:
    """What `ui.widgets.grid` asks; `draft` is read at each question, so that painting is seen at once."""

    def __init__(
        self, sheet: Sheet, draft: Callable[[], Draft], is_marked: Callable[[Cell], bool], today: date
    ) -> None:
        self.sheet = sheet
        self._draft = draft
        self._is_marked = is_marked
        self._today = today
        self._days = tuple(
            (_day_words(day, today), f"{weekday(day)[0].upper()} {day.day}", first, count, day == today)
            for day, first, count in sheet.day_spans()
        )
        self._ages = [age_in_words(child.birth_date, sheet.grid.days[0] if sheet.grid.days else today)
                      for child in sheet.children]

    def row_count(self) -> int:
        return len(self.sheet.children)

    def column_count(self) -> int:
        return len(self.sheet.columns)

    def look(self, row: int, column: int) -> tuple[CellState | None, bool, bool]:
        draft = self._draft()
        found = self.sheet.look(row, column, draft)
        marked = found.pending and self._is_marked(self.sheet.cell(row, column))
        return found.state, found.pending, marked

    def sentence(self, row: int, column: int) -> str:
        """« Léa MARTIN, mardi 7 octobre, Repas : Présence, à enregistrer »."""
        where, found = self.sheet.columns[column], self.sheet.look(row, column, self._draft())
        state = found.state.label if found.state is not None else "pas inscrit"
        waits = ", à enregistrer" if found.pending else ""
        day = long_day(where.day).rsplit(" ", 1)[0]  # the year is said above the grid
        return f"{self.sheet.children[row].name}, {day}, {where.slot.label} : {state}{waits}"

    def tip(self, row: int, column: int) -> str:
        why = self.sheet.why_locked(row, column)
        written = self.sheet.written(self.sheet.cell(row, column))
        lines = [self.sentence(row, column), why, written.missing if written is not None else ""]
        return "\n".join(line for line in lines if line)

    def child(self, row: int) -> tuple[str, str, str, bool]:
        child = self.sheet.children[row]
        return child.name, self._ages[row], child.group, child.alert

    def slot(self, column: int) -> tuple[str, str]:
        slot = self.sheet.columns[column].slot
        return slot.label, slot.letter

    def days(self) -> Sequence[tuple[str, str, int, int, bool]]:
        return self._days

    # --- the bars under the table ---------------------------------------------------------------------------------

    def about(self, column: int) -> str:
        """« 36 réservés sur 40 places, 2 en attente ; 34 repas ordinaires, 2 sans porc ; 3 adultes nécessaires »."""
        where = self.sheet.columns[column]
        key = (where.slot.slot_id, where.day)
        found, adults = self.sheet.filled(column, self._draft()), self.sheet.grid.adults.get(key)
        said = [_places_in_words(found)] if found is not None else []
        said += [f"repas : {', '.join(f'{one.count} {one.menu}' for one in meals)}"
                 for meals in [self.sheet.grid.meals.get(key, ())] if meals]
        if adults is not None:
            said.append(f"{adults} adulte{'s nécessaires' if adults > 1 else ' nécessaire'}")
        closed = self.sheet.grid.closed.get(key, "")
        return " ; ".join([*([closed] if closed else []), *said])

    def bar(self, column: int, row: int) -> Bar:
        """Places, meals, adults."""
        where = self.sheet.columns[column]
        key = (where.slot.slot_id, where.day)
        if row == 0:
            return self._places(column)
        if row == 1:
            counts = [one.count for one in self.sheet.grid.meals.get(key, ())]
            return Bar(" · ".join(map(str, counts)), str(sum(counts))) if counts else EMPTY_BAR
        adults = self.sheet.grid.adults.get(key)
        return EMPTY_BAR if adults is None else Bar(str(adults))

    def _places(self, column: int) -> Bar:
        found = self.sheet.filled(column, self._draft())
        if found is None:
            return EMPTY_BAR
        short = str(found.filled)
        if found.limit is None:
            return Bar(short) if found.filled else EMPTY_BAR
        words = f"{found.filled}/{found.limit}"
        part = found.filled / found.limit if found.limit else 1.0
        if found.over:
            return Bar(f"▲ {words}", f"▲{short}", "danger", "danger_soft", part)
        left = found.limit - found.filled
        if left == 0:
            return Bar(words, short, "surface", "text_secondary")
        return Bar(words, short, "warning", "warning_soft", part) if left == 1 else Bar(words, short, part=part)


def _places_in_words(found: Filled) -> str:
    words = f"{found.filled} réservé{'s' if found.filled > 1 else ''}"
    if found.limit is not None:
        words += f" sur {found.limit} place{'s' if found.limit > 1 else ''}"
    if found.over:
        words += f" ({found.over} de trop)"
    return f"{words}, {found.waiting} en liste d'attente" if found.waiting else words


def age_in_words(birth_date: date | None, day: date) -> str:
    """« 7 ans », « 18 mois » ; "" when it is not known."""
    if birth_date is None:
        return ""
    months = age_in_months(birth_date, day)
    if months < 0:
        return "à naître"
    return f"{months // _MONTHS_A_YEAR} ans" if months >= _YEARS_FROM else f"{months} mois"


def _day_words(day: date, today: date) -> str:
    return f"{weekday(day)[:3]}. {day.day}" + (" · aujourd'hui" if day == today else "")
