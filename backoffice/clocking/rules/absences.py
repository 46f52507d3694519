"""Which days of an absence are deducted, and why the others are billed (domain.md 1.7 and 2.3).

Each reason has a rule of its own, decided by the town within the national frame: days of « carence », proof, notice,
allowance. Nothing here knows a figure: they are data, with their source.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from backoffice.bookings.rules.data import RuleData
from backoffice.bookings.rules.words import plural
from backoffice.clocking.kinds import AbsenceReason
from backoffice.kernel.periods import french_day
from backoffice.kernel.zone import instant_of, is_later

_RULE = "Absences déductibles"


class Counting(StrEnum):
    """Which days the waiting days are taken from."""

    CALENDAR = "calendar"  # every day of the calendar from the first day of absence
    OPEN = "open"          # the days when the activity opens
    EXPECTED = "expected"  # the days when the child was expected

    @property
    def label(self) -> str:
        return _COUNTING[self]


_COUNTING = {
    Counting.CALENDAR: "calendaires", Counting.OPEN: "d'ouverture", Counting.EXPECTED: "où l'enfant était attendu",
}


@dataclass(frozen=True, slots=True)
class ReasonRule:
    """What an absence for one reason is worth.

    `waiting_days` are billed first. `needs_proof`: without one, all that follows is billed. `proof_hours`: a proof that
    comes later than that many hours after the first day began adds `late_waiting_days`; `proof_refused_after_days`:
    later than that many days, it is refused. `notice_days`: announced that many days before, or billed.
    `allowance_days`: so many days a year, None for no limit.
    """

    deducted: bool = True
    waiting_days: int = 0
    counting: Counting = Counting.CALENDAR
    needs_proof: bool = False
    proof_hours: int | None = None
    late_waiting_days: int = 0
    proof_refused_after_days: int | None = None
    notice_days: int | None = None
    allowance_days: int | None = None

    @property
    def in_french(self) -> str:
        if not self.deducted:
            return "facturée"
        said = ["déduite"]
        if self.waiting_days:
            said.append(f"après {plural(self.waiting_days, 'jour')} de carence ({self.counting.label})")
        if self.needs_proof:
            said.append("sur justificatif")
        if self.proof_hours is not None:
            said.append(f"remis sous {self.proof_hours} h, sinon {plural(self.late_waiting_days, 'jour')} de carence")
        if self.proof_refused_after_days is not None:
            said.append(f"refusé après {plural(self.proof_refused_after_days, 'jour')}")
        if self.notice_days is not None:
            said.append(f"annoncée {plural(self.notice_days, 'jour')} avant")
        if self.allowance_days is not None:
            said.append(f"dans la limite de {plural(self.allowance_days, 'jour')} par an")
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class AbsenceRules:
    """The rule of each reason; a reason that is not named is billed."""

    by_reason: Mapping[AbsenceReason, ReasonRule] = field(default_factory=dict)

    def of(self, reason: AbsenceReason) -> ReasonRule:
        return self.by_reason.get(reason, ReasonRule(deducted=False))

    def to_data(self) -> dict[str, object]:
        return {
            reason.value: {
                "deducted": rule.deducted, "waiting_days": rule.waiting_days, "counting": rule.counting.value,
                "needs_proof": rule.needs_proof, "proof_hours": rule.proof_hours,
                "late_waiting_days": rule.late_waiting_days,
                "proof_refused_after_days": rule.proof_refused_after_days, "notice_days": rule.notice_days,
                "allowance_days": rule.allowance_days,
            }
            for reason, rule in self.by_reason.items()
        }

    @classmethod
    def from_data(cls, data: object) -> AbsenceRules:
        """Read what `to_data` wrote. Raises UserError `rule.bad_value`, `rule.unknown_field`."""
        fields = RuleData(_RULE, data)
        found = {reason: _reason(fields.raw(reason.value)) for reason in AbsenceReason if fields.has(reason.value)}
        fields.done()
        return cls(MappingProxyType(found))

    @property
    def in_french(self) -> str:
        said = [f"{reason.label} : {rule.in_french}" for reason, rule in self.by_reason.items()]
        return " ; ".join(said) or "Toute absence est facturée"


def _reason(data: object) -> ReasonRule:
    fields = RuleData(_RULE, data)
    found = ReasonRule(
        deducted=fields.flag("deducted", "la déduction", default=True),
        waiting_days=fields.whole("waiting_days", "la carence", 0, 31, default=0),
        counting=fields.choice("counting", "la façon de compter la carence", Counting, Counting.CALENDAR),
        needs_proof=fields.flag("needs_proof", "le justificatif", default=False),
        proof_hours=fields.maybe_whole("proof_hours", "le délai du justificatif", 0, 24 * 60),
        late_waiting_days=fields.whole("late_waiting_days", "la carence d'un justificatif tardif", 0, 31, default=0),
        proof_refused_after_days=fields.maybe_whole("proof_refused_after_days", "le refus du justificatif", 0, 365),
        notice_days=fields.maybe_whole("notice_days", "le délai de prévenance", 0, 365),
        allowance_days=fields.maybe_whole("allowance_days", "le nombre de jours par an", 0, 366),
    )
    fields.done()
    return found


@dataclass(frozen=True, slots=True)
class Absence:
    """What is known of one absence. `taken`: the days of allowance already used this year."""

    reason: AbsenceReason
    first_day: date
    last_day: date
    announced_at: datetime | None = None
    proof_on: date | None = None
    taken: int = 0


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """A day of an absence: deducted or billed, and the sentence that says why."""

    day: date
    deducted: bool
    why: str


def verdicts(
    absence: Absence, rules: AbsenceRules, expected: Collection[date], opened: Collection[date]
) -> tuple[DayVerdict, ...]:
    """One verdict for each day when the child was expected, in order.

    `expected`: the days booked in this absence; `opened`: the days when the activity opens, for waiting days that count
    them.
    """
    rule = rules.of(absence.reason)
    days = sorted(day for day in set(expected) if absence.first_day <= day <= absence.last_day)
    refusal = _refused(absence, rule)
    if refusal:
        return tuple(DayVerdict(day, False, refusal) for day in days)
    waiting = _waiting(absence, rule, days, opened)
    unproven = rule.needs_proof and absence.proof_on is None
    found = []
    left = None if rule.allowance_days is None else max(0, rule.allowance_days - absence.taken)
    for day in days:
        if day in waiting:
            found.append(DayVerdict(day, False, f"Facturé : jour de carence ({absence.reason.label.lower()})"))
        elif unproven:
            found.append(DayVerdict(day, False, f"Facturé : justificatif attendu ({absence.reason.label.lower()})"))
        elif left == 0:
            why = f"Facturé : au-delà des {plural(rule.allowance_days or 0, 'jour')} de l'année"
            found.append(DayVerdict(day, False, why))
        else:
            left = None if left is None else left - 1
            found.append(DayVerdict(day, True, f"Déduit : {absence.reason.label.lower()}"))
    return tuple(found)


def _refused(absence: Absence, rule: ReasonRule) -> str:
    """Why nothing of it is deducted; "" when something may be."""
    reason = absence.reason.label.lower()
    if not rule.deducted:
        return f"Facturé : absence non déductible ({reason})"
    if rule.notice_days is not None:
        latest = instant_of(absence.first_day - timedelta(days=rule.notice_days), 24 * 60)
        if absence.announced_at is None:
            return f"Facturé : absence non annoncée ({reason})"
        if is_later(absence.announced_at, latest):
            return f"Facturé : annoncée moins de {plural(rule.notice_days, 'jour')} avant ({reason})"
    limit = rule.proof_refused_after_days
    if limit is not None and absence.proof_on is not None and (absence.proof_on - absence.first_day).days > limit:
        return f"Facturé : justificatif remis le {french_day(absence.proof_on)}, plus de {plural(limit, 'jour')} après"
    return ""


def _waiting(
    absence: Absence, rule: ReasonRule, expected: Sequence[date], opened: Collection[date]
) -> frozenset[date]:
    """The days that are billed first."""
    count = rule.waiting_days
    if rule.proof_hours is not None and not _in_time(absence, rule.proof_hours):
        # While a proof that is needed is still awaited, nothing says yet that it will be late.
        count += 0 if rule.needs_proof and absence.proof_on is None else rule.late_waiting_days
    span = (absence.last_day - absence.first_day).days + 1
    calendar = [absence.first_day + timedelta(days=offset) for offset in range(span)]
    days = {
        Counting.CALENDAR: calendar,
        Counting.OPEN: [day for day in calendar if day in set(opened)],
        Counting.EXPECTED: list(expected),
    }[rule.counting]
    return frozenset(days[:count])


def _in_time(absence: Absence, hours: int) -> bool:
    """Whether the proof came within so many hours of the first day; it is dated by its day, so until the end of it."""
    if absence.proof_on is None:
        return False
    return absence.proof_on <= (instant_of(absence.first_day, 0) + timedelta(hours=hours)).date()
