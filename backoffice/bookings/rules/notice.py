"""Until when a family may book or cancel a day: the « délai de prévenance » of each regulation (domain.md 2.3).

The rules of real regulations: « jeudi 12 h pour la semaine suivante »; « jeudi 10 h pour lundi et mardi, mardi 10 h
pour jeudi et vendredi »; so many days, or working days, before; so many hours before; the 20th of the month before;
before 9 h the same day. A day past its deadline is refused, billed all the same, or asks an agent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol

from backoffice.bookings.rules.data import RuleData
from backoffice.bookings.rules.words import WEEKDAYS, days_in_words, french_deadline, french_time, plural
from backoffice.kernel.periods import Month, clamp_day
from backoffice.kernel.zone import MINUTES_IN_A_DAY, hours_before, instant_of, is_later

_ONE_DAY = timedelta(days=1)
_FAR = 400  # days looked back for working days: a calendar without any would be searched for ever


class WorkingDays(Protocol):
    """The calendar of a notice that counts working days."""

    def is_working(self, day: date) -> bool: ...


@dataclass(frozen=True, slots=True)
class Target:
    """What is booked: the slot that begins at `start_minute` of a day, and the calendar of its town."""

    day: date
    start_minute: int
    calendar: WorkingDays

    @property
    def begins(self) -> datetime:
        return instant_of(self.day, self.start_minute)


class Notice(ABC):
    """One way of saying until when."""

    shape: ClassVar[str]

    @abstractmethod
    def deadline(self, target: Target) -> datetime:
        """The last instant at which the slot may still be changed."""

    @abstractmethod
    def to_data(self) -> dict[str, object]: ...

    @property
    @abstractmethod
    def in_french(self) -> str:
        """« jusqu'au jeudi 12 h de la semaine précédente »."""


def _at_most(begins: datetime, deadline: datetime) -> datetime:
    return begins if is_later(deadline, begins) else deadline


@dataclass(frozen=True, slots=True)
class WeekdayNotice(Notice):
    """A day and a time of an earlier week: « jeudi 12 h pour la semaine suivante ». Of the same week, the days before
    that one are open until they begin."""

    shape: ClassVar[str] = "weekday"
    weekday: int
    minute: int
    weeks_before: int = 1

    def deadline(self, target: Target) -> datetime:
        monday = target.day - timedelta(days=target.day.weekday())
        day = monday - timedelta(weeks=self.weeks_before) + timedelta(days=self.weekday)
        return _at_most(target.begins, instant_of(day, self.minute))

    def to_data(self) -> dict[str, object]:
        return {"shape": self.shape, "weekday": self.weekday, "minute": self.minute, "weeks_before": self.weeks_before}

    @property
    def in_french(self) -> str:
        week = {0: "de la même semaine", 1: "de la semaine précédente"}
        weeks = week.get(self.weeks_before, f"{self.weeks_before} semaines avant")
        return f"jusqu'au {WEEKDAYS[self.weekday]} {french_time(self.minute)} {weeks}"


@dataclass(frozen=True, slots=True)
class Pair:
    """The latest `weekday` at `minute` before the days `of`, that are booked together."""

    of: frozenset[int]
    weekday: int
    minute: int


@dataclass(frozen=True, slots=True)
class PairedNotice(Notice):
    """Several deadlines in the week: « jeudi 10 h pour lundi et mardi, mardi 10 h pour jeudi et vendredi »."""

    shape: ClassVar[str] = "paired"
    pairs: tuple[Pair, ...]

    def deadline(self, target: Target) -> datetime:
        day = target.day
        pair = next((pair for pair in self.pairs if day.weekday() in pair.of), None)
        if pair is None:  # a day that no deadline names is open until it begins
            return target.begins
        # Before the first day of the pair: both are decided at once.
        first = min(pair.of)
        back = (first - pair.weekday) % 7 or 7
        return instant_of(day - timedelta(days=day.weekday() - first + back), pair.minute)

    def to_data(self) -> dict[str, object]:
        pairs = [{"of": sorted(pair.of), "weekday": pair.weekday, "minute": pair.minute} for pair in self.pairs]
        return {"shape": self.shape, "pairs": pairs}

    @property
    def in_french(self) -> str:
        return ", ".join(
            f"jusqu'au {WEEKDAYS[pair.weekday]} {french_time(pair.minute)} pour {days_in_words(pair.of)}"
            for pair in self.pairs
        )


@dataclass(frozen=True, slots=True)
class DaysNotice(Notice):
    """So many days before, at a time, or until the end of that day. `working`: only working days count."""

    shape: ClassVar[str] = "days"
    days: int
    minute: int | None = None
    working: bool = True

    def deadline(self, target: Target) -> datetime:
        found, left = target.day, self.days
        for _ in range(_FAR):
            if left == 0:
                break
            found -= _ONE_DAY
            if not self.working or target.calendar.is_working(found):
                left -= 1
        return instant_of(found, MINUTES_IN_A_DAY if self.minute is None else self.minute)

    def to_data(self) -> dict[str, object]:
        return {"shape": self.shape, "days": self.days, "minute": self.minute, "working": self.working}

    @property
    def in_french(self) -> str:
        kind = plural(self.days, "jour ouvré", "jours ouvrés") if self.working else plural(self.days, "jour")
        return f"jusqu'à {kind} avant" + ("" if self.minute is None else f", {french_time(self.minute)}")


@dataclass(frozen=True, slots=True)
class HoursNotice(Notice):
    """So many real hours before the slot begins, whatever the clocks do in between."""

    shape: ClassVar[str] = "hours"
    hours: int

    def deadline(self, target: Target) -> datetime:
        return hours_before(target.begins, self.hours)

    def to_data(self) -> dict[str, object]:
        return {"shape": self.shape, "hours": self.hours}

    @property
    def in_french(self) -> str:
        return f"jusqu'à {plural(self.hours, 'heure')} avant le début"


@dataclass(frozen=True, slots=True)
class MonthNotice(Notice):
    """A day of an earlier month, until its end or a time: « le 20 du mois précédent »."""

    shape: ClassVar[str] = "month"
    day: int
    months_before: int = 1
    minute: int | None = None

    def deadline(self, target: Target) -> datetime:
        last = clamp_day(Month.of(target.day).plus(-self.months_before), self.day)
        return _at_most(target.begins, instant_of(last, MINUTES_IN_A_DAY if self.minute is None else self.minute))

    def to_data(self) -> dict[str, object]:
        return {"shape": self.shape, "day": self.day, "months_before": self.months_before, "minute": self.minute}

    @property
    def in_french(self) -> str:
        months = "du mois précédent" if self.months_before == 1 else f"{self.months_before} mois avant"
        return f"jusqu'au {self.day} {months}" + ("" if self.minute is None else f", {french_time(self.minute)}")


@dataclass(frozen=True, slots=True)
class SameDayNotice(Notice):
    """Before a time of the day itself: « absence signalée avant 9 h »."""

    shape: ClassVar[str] = "same_day"
    minute: int

    def deadline(self, target: Target) -> datetime:
        return instant_of(target.day, self.minute)

    def to_data(self) -> dict[str, object]:
        return {"shape": self.shape, "minute": self.minute}

    @property
    def in_french(self) -> str:
        return f"jusqu'à {french_time(self.minute)} le jour même"


class Late(StrEnum):
    """What becomes of a wish that comes after its deadline."""

    REFUSED = "refused"
    ASKS = "asks_validation"
    BILLED = "billed"

    @property
    def label(self) -> str:
        return _LATE[self]


_LATE = {
    Late.REFUSED: "refusé",
    Late.ASKS: "soumis à validation",
    Late.BILLED: "accepté, mais facturé",
}


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """The deadlines of an activity: to book, to cancel, and what happens after. None: until the slot begins."""

    book: Notice | None = None
    cancel: Notice | None = None
    late_booking: Late = Late.REFUSED
    late_cancellation: Late = Late.BILLED

    def deadline(self, target: Target, *, cancelling: bool) -> datetime:
        notice = self.cancel if cancelling else self.book
        return notice.deadline(target) if notice else target.begins

    def too_late(self, now: datetime, target: Target, *, cancelling: bool) -> str | None:
        """Why it is too late, for who reads it; None while it is not."""
        deadline = self.deadline(target, cancelling=cancelling)
        if not is_later(now, deadline):
            return None
        what = "annuler" if cancelling else "réserver"
        return f"Trop tard pour {what} : il fallait le faire {french_deadline(deadline)}"

    def after(self, *, cancelling: bool) -> Late:
        return self.late_cancellation if cancelling else self.late_booking

    def to_data(self) -> dict[str, object]:
        return {
            "book": self.book.to_data() if self.book else None,
            "cancel": self.cancel.to_data() if self.cancel else None,
            "late_booking": self.late_booking.value,
            "late_cancellation": self.late_cancellation.value,
        }

    @classmethod
    def from_data(cls, data: object) -> NoticeRule:
        """Read what `to_data` wrote. Raises UserError `rule.bad_value`, `rule.unknown_field`."""
        fields = RuleData("Délai de prévenance", data)
        found = cls(
            read_notice(fields.raw("book")),
            read_notice(fields.raw("cancel")),
            fields.choice("late_booking", "la suite d'une réservation tardive", Late, Late.REFUSED),
            fields.choice("late_cancellation", "la suite d'une annulation tardive", Late, Late.BILLED),
        )
        fields.done()
        return found

    @property
    def in_french(self) -> str:
        book = self.book.in_french if self.book else "jusqu'au début du créneau"
        cancel = self.cancel.in_french if self.cancel else "jusqu'au début du créneau"
        return (
            f"Réserver {book}, ensuite {self.late_booking.label} ; annuler {cancel},"
            f" ensuite {self.late_cancellation.label}"
        )


def read_notice(data: object) -> Notice | None:
    """One notice from its data. Raises UserError `rule.bad_value`, `rule.unknown_field`."""
    if data is None:
        return None
    fields = RuleData("Délai de prévenance", data)
    read = _SHAPES.get(fields.text("shape", "la forme du délai"))
    if read is None:
        raise fields.wrong("la forme du délai")
    found = read(fields)
    fields.done()
    return found


def _pairs(fields: RuleData) -> tuple[Pair, ...]:
    """Each day of the week has one deadline at most, and the days of a pair are said."""
    found = []
    for data in fields.items("pairs", "les jours"):
        pair = RuleData("Délai de prévenance", data)
        if not pair.has("of"):
            raise pair.wrong("les jours réservés")
        found.append(Pair(pair.weekdays("of", "les jours réservés"), pair.whole("weekday", "le jour limite", 0, 6),
                          pair.minute("minute", "l'heure limite")))
        pair.done()
    named = [day for pair in found for day in pair.of]
    if not named or len(named) != len(set(named)):
        raise fields.wrong("les jours réservés")
    return tuple(found)


_SHAPES: Mapping[str, Callable[[RuleData], Notice]] = {
    "weekday": lambda fields: WeekdayNotice(
        fields.whole("weekday", "le jour limite", 0, 6), fields.minute("minute", "l'heure limite"),
        fields.whole("weeks_before", "le nombre de semaines", 0, 52, default=1)),
    "paired": lambda fields: PairedNotice(_pairs(fields)),
    "days": lambda fields: DaysNotice(
        fields.whole("days", "le nombre de jours", 0, 365), fields.maybe_minute("minute", "l'heure limite"),
        fields.flag("working", "les jours ouvrés", default=True)),
    "hours": lambda fields: HoursNotice(fields.whole("hours", "le nombre d'heures", 0, 24 * 365)),
    "month": lambda fields: MonthNotice(
        fields.whole("day", "le jour du mois", 1, 31),
        fields.whole("months_before", "le nombre de mois", 0, 12, default=1),
        fields.maybe_minute("minute", "l'heure limite")),
    "same_day": lambda fields: SameDayNotice(fields.minute("minute", "l'heure limite")),
}  # fmt: skip
