"""A day of attendance in words: lines, filters, what is said of the lines chosen. No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backoffice.attendance.day import DayRow, SlotTotals
from backoffice.attendance.rules import AttendanceState
from backoffice.clocking.day import Comparison
from backoffice.clocking.rules.comparison import Anomaly
from backoffice.kernel.money import NO_BREAK_SPACE
from backoffice.kernel.text import folded
from ui.times import Age, Clock, Quantity, Span, Stay, clock_text
from ui.widgets.table.columns import shown as on_screen

_UNKNOWN = -1


class Sending(StrEnum):
    """Where the last gesture on a unit is, in the words of its line."""

    DONE = ""
    WAITING = "en attente d'envoi"
    REFUSED = "non accepté"


@dataclass(frozen=True, slots=True)
class DayLine:
    """A unit as the table shows it; made beside the window, so that showing it costs nothing.

    `alert`: the child has an allergy or a PAI. `sending`: whether its last gesture waits for the base, or was refused.
    `is_clocked`: raw clock events are behind it, and correcting them takes a reason.
    `compared`: what does not agree and what is to be billed; None while a gesture waits, for the base alone says it.
    """

    row: DayRow
    age: Age | None
    booked: Span | None
    clocked: Stay | None
    forgotten: bool
    alert: bool
    haystack: str
    sending: Sending = Sending.DONE
    compared: Comparison | None = None
    to_bill: Quantity | None = None
    to_check: str = ""
    is_clocked: bool = False

    @property
    def anomalies(self) -> Collection[Anomaly]:
        return self.compared.anomalies if self.compared is not None else ()

    @property
    def invoice(self) -> str:
        """The invoice's number, « Reportée » while it waits for one, or nothing."""
        if not self.row.billed:
            return ""
        return self.row.invoice_number or "Reportée"


def line_of(
    row: DayRow, today: date, alerts: Collection[int] = (), compared: Comparison | None = None,
    *, is_clocked: bool = False,
) -> DayLine:
    """`alerts`: the children who have an allergy or a PAI."""
    forgotten = row.arrived_minute is not None and row.left_minute is None and row.day < today and not row.billed
    left = _UNKNOWN if row.left_minute is None else row.left_minute
    to_check = _to_check(compared) if compared is not None else ""
    both = row.booked_start is not None and row.booked_end is not None
    return DayLine(
        row=row,
        age=Age.on(row.birth_date, row.day) if row.birth_date is not None else None,
        booked=Span(row.booked_start or 0, row.booked_end or 0) if both else None,
        clocked=Stay(row.arrived_minute, left, forgotten) if row.arrived_minute is not None else None,
        forgotten=forgotten,
        alert=row.child_id in alerts,
        haystack=folded(
            f"{row.child_name} {row.activity} {row.slot_label} {row.state.label} {row.invoice_number} {to_check}"
        ),
        compared=compared,
        to_bill=_to_bill(compared) if compared is not None else None,
        to_check=to_check,
        is_clocked=is_clocked or (compared is not None and bool(compared.events)),
    )


def _to_bill(compared: Comparison) -> Quantity:
    found = compared.to_bill
    if not found.known:
        return Quantity(_UNKNOWN, "à compléter")
    if found.minutes is not None:
        return Quantity(found.minutes, str(Clock(found.minutes)))
    return Quantity(found.units, str(found.units))


def _to_check(compared: Comparison) -> str:
    """« Départ tardif (8 min) »."""
    late = f" ({compared.late_minutes}{NO_BREAK_SPACE}min)"
    return ", ".join(one.label + (late if one is Anomaly.LATE_PICKUP else "") for one in compared.anomalies)


# --- filters -------------------------------------------------------------------------------------------------


class Shown(StrEnum):
    """Which lines are shown: those of a state, or the departures that nobody clocked, whatever their day."""

    ALL = "all"
    BOOKED = "booked"
    PRESENT = "present"
    ABSENT = "absent"
    EXCUSED = "excused"
    OTHER = "other"
    UNBOOKED = "clocked_not_booked"
    UNCLOCKED = "booked_not_clocked"
    LATE = "late_pickup"
    MISSING = "missing"


_STATES = {
    Shown.BOOKED: {AttendanceState.BOOKED},
    Shown.PRESENT: {AttendanceState.PRESENT},
    Shown.ABSENT: {AttendanceState.ABSENT},
    Shown.EXCUSED: {AttendanceState.EXCUSED},
    Shown.OTHER: {AttendanceState.WAITING, AttendanceState.REFUSED},
}
_ANOMALIES = {
    Shown.UNBOOKED: Anomaly.CLOCKED_NOT_BOOKED,
    Shown.UNCLOCKED: Anomaly.BOOKED_NOT_CLOCKED,
    Shown.LATE: Anomaly.LATE_PICKUP,
}
TO_CHECK = frozenset({*_ANOMALIES, Shown.MISSING})
_WORDS = {
    Shown.BOOKED: ("réservé", "réservés"),
    Shown.PRESENT: ("présence", "présences"),
    Shown.ABSENT: ("absence", "absences"),
    Shown.EXCUSED: ("absence justifiée", "absences justifiées"),
    Shown.OTHER: ("autre état", "autres états"),
    Shown.UNBOOKED: ("pointé sans réservation", "pointés sans réservation"),
    Shown.UNCLOCKED: ("réservé non pointé", "réservés non pointés"),
    Shown.LATE: ("départ tardif", "départs tardifs"),
    Shown.MISSING: ("oubli de départ", "oublis de départ"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter and its count: « 190 présences »."""

    shown: Shown
    words: str
    count: int


def chips_of(lines: Sequence[DayLine], missing: int) -> tuple[Chip, ...]:
    """Every filter with its count."""
    counts = Counter(line.row.state for line in lines)
    found = [Chip(Shown.ALL, f"Tous ({on_screen(len(lines))})", len(lines))]
    for shown, words in _WORDS.items():
        if shown in _ANOMALIES:
            count = sum(_ANOMALIES[shown] in line.anomalies for line in lines)
        else:
            count = missing if shown is Shown.MISSING else sum(counts[state] for state in _STATES[shown])
        found.append(Chip(shown, counted(count, *words), count))
    return tuple(found)


def kept(lines: Sequence[DayLine], shown: Shown) -> Sequence[DayLine]:
    """The lines of the day that a filter keeps."""
    if shown in _ANOMALIES:
        return [line for line in lines if _ANOMALIES[shown] in line.anomalies]
    states = _STATES.get(shown)
    return lines if states is None else [line for line in lines if line.row.state in states]


def nothing_kept(shown: Shown, day: str) -> str:
    """What an empty table says, when only a filter empties it."""
    if shown is Shown.MISSING:
        return "Aucun oubli de départ : tous les départs sont saisis."
    if shown in _ANOMALIES:
        return f"Aucun pointage de ce genre à vérifier le {day}."
    return f"Aucun enfant dans cet état le {day}."


# --- words ---------------------------------------------------------------------------------------------------


def counted(count: int, one: str, many: str) -> str:
    return f"{on_screen(count)} {many if count > 1 else one}"


@dataclass(frozen=True, slots=True)
class TotalCard:
    """A title and its counts, with the whole story for a tip: one card for each slot, or for each activity."""

    title: str
    words: str
    tip: str


_MOST_CARDS = 5


def total_cards(totals: Sequence[SlotTotals]) -> tuple[TotalCard, ...]:
    """Each slot by state; with many slots, one card for each activity, « Matin 28/33 · Repas 30/33 »."""
    if len(totals) <= _MOST_CARDS:
        return tuple(
            TotalCard(f"{total.activity} · {total.slot_label} : {total.total}", total_words(total), "")
            for total in totals
        )
    activities: dict[str, list[SlotTotals]] = {}
    for total in totals:
        activities.setdefault(total.activity, []).append(total)
    return tuple(
        TotalCard(
            activity,
            " · ".join(f"{slot.slot_label} {slot.present}/{slot.total}" for slot in slots),
            "\n".join(f"{slot.slot_label} : {total_words(slot)}" for slot in slots),
        )
        for activity, slots in activities.items()
    )


def total_words(total: SlotTotals) -> str:
    """« 102 présences, 2 absences, 3 absences justifiées »."""
    parts = (
        (total.booked, Shown.BOOKED),
        (total.present, Shown.PRESENT),
        (total.absent, Shown.ABSENT),
        (total.excused, Shown.EXCUSED),
        (total.other, Shown.OTHER),
    )
    return ", ".join(counted(count, *_WORDS[shown]) for count, shown in parts if count)


def locked_words(lines: Iterable[DayLine]) -> str:
    """Why these lines cannot change, with the next gesture; empty when one of them can."""
    found = list(lines)
    if not found or not all(line.row.locked for line in found):
        return ""
    numbers = sorted({line.row.invoice_number for line in found})
    if len(numbers) > 1:
        return "Déjà facturées : pour les corriger, annulez d'abord leurs factures."
    if not numbers[0]:
        return "Son prix vient d'un autre logiciel et attend sa facture : il reste tel quel."
    return f"Facturée : {numbers[0]}. Pour corriger, annulez d'abord la facture."


@dataclass(frozen=True, slots=True)
class Selection:
    """What the bar under the table says of the lines chosen, and what may be done with them.

    `invoice` is the number of the invoice that locks them, when there is only one.
    """

    ids: tuple[int, ...]
    title: str
    detail: str
    arrived: str
    left: str
    editable: bool
    reason: str = ""
    invoice: str = ""

    @property
    def many(self) -> bool:
        return len(self.ids) > 1


NOTHING = Selection((), "Aucun enfant choisi", "", "", "", editable=False)


def selection_of(lines: Sequence[DayLine], *, may_edit: bool) -> Selection:
    """Words for one line, or for several."""
    if not lines:
        return NOTHING
    reason = locked_words(lines)
    if not may_edit:
        reason = "Vous pouvez voir le pointage, pas le corriger."
    invoices = {line.row.invoice_number for line in lines if line.row.locked}
    invoice = next(iter(invoices)) if reason and len(invoices) == 1 else ""
    ids = tuple(line.row.id for line in lines)
    if len(lines) == 1:
        row = lines[0].row
        age = f", {lines[0].age}" if lines[0].age else ""
        return Selection(
            ids, f"{row.child_name}{age}", _detail(lines[0]),
            clock_text(row.arrived_minute), clock_text(row.left_minute),
            editable=not reason, reason=reason, invoice=invoice,
        )  # fmt: skip
    locked = sum(line.row.locked for line in lines)
    detail = "Une heure vide ne change rien."
    if locked and not reason:
        detail = f"{counted(locked, 'ligne déjà facturée restera', 'lignes déjà facturées resteront')} comme avant."
    words = counted(len(lines), "ligne choisie", "lignes choisies")
    return Selection(ids, words, detail, "", "", editable=not reason, reason=reason, invoice=invoice)


def _detail(line: DayLine) -> str:
    """The slot, and why an absence is deducted or billed."""
    row = line.row
    why = f" · {row.note}" if row.note and row.state in {AttendanceState.ABSENT, AttendanceState.EXCUSED} else ""
    return f"{row.activity} · {row.slot_label}{why}"
