"""What the page of reservations says. No Qt."""

from __future__ import annotations

from datetime import date, tzinfo

from backoffice.bookings.grid import GridCell
from backoffice.kernel.periods import Month, Period, french_long_day
from ui.days import long_day


def period_in_words(period: Period, today: date) -> str:
    """« 14 – 20 décembre 2026 · semaine 51 », « mardi 15 décembre 2026 · aujourd'hui », « décembre 2026 »."""
    start, end = period.start, period.end
    if end is None or end == start:
        return long_day(start) + (" · aujourd'hui" if start == today else "")
    if (end - start).days > 7:
        return Month.of(start).in_french
    first = str(start.day) if start.month == end.month else french_long_day(start).rsplit(" ", 1)[0]
    return f"{first} – {french_long_day(end)} · semaine {start.isocalendar().week}"


def changes_in_words(count: int) -> str:
    """« 1 changement », « 4 changements »."""
    return f"{count} changement{'s' if count > 1 else ''}"


def places_given(count: int) -> str:
    """What a freed place did."""
    return "1 place donnée à la liste d'attente" if count == 1 else f"{count} places données à la liste d'attente"


def origin_of(cell: GridCell | None, zone: tzinfo) -> str:
    """« Claire Martin, Téléphone, 06/10/2025 à 8 h 40 · motif : accord de la mairie » ; "" when nobody said it."""
    if cell is None:
        return ""
    said = [word for word in (cell.who, cell.channel) if word]
    if cell.when is not None:
        local = cell.when.astimezone(zone)
        said.append(f"{local:%d/%m/%Y} à {local.hour} h {local.minute:02d}")
    words = ", ".join(said)
    return f"{words} · motif : {cell.note}" if cell.note else words
