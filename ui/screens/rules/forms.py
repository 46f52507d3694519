"""What is asked for each kind of rule, and the data that it makes. No Qt.

A form knows the words of its rule; what the values mean is judged by the rule itself when it is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.bookings.kinds import RuleKind
from backoffice.bookings.rules.notice import Late
from backoffice.bookings.rules.words import WEEKDAYS
from backoffice.bookings.supervision import national_rules
from backoffice.catalog.rules import Season
from backoffice.clocking.kinds import AbsenceReason
from backoffice.clocking.rules.absences import Counting
from ui.forms import YES, Entry, FieldSpec, Reader

Data = dict[str, Any]
_SEASONS = {
    Season.ALL_YEAR: "toute l'année",
    Season.SCHOOL_DAYS: "en période scolaire",
    Season.SCHOOL_HOLIDAYS: "pendant les vacances scolaires",
}
_SHAPES = {
    "": "jusqu'au début du créneau",
    "weekday": "un jour de la semaine, pour une semaine d'après",
    "days": "un nombre de jours avant",
    "hours": "un nombre d'heures avant",
    "month": "un jour du mois d'avant",
    "same_day": "une heure du jour même",
}


@dataclass(frozen=True, slots=True)
class RuleForm:
    """`fields` hold what stands now; `read` makes the data, and blames what is wrong."""

    fields: Callable[[Mapping[str, Any]], Sequence[FieldSpec]]
    read: Callable[[Reader], Data]


def _time(minute: object) -> str:
    if isinstance(minute, str):
        return minute
    return "" if not isinstance(minute, int) else f"{minute // 60}:{minute % 60:02d}"


def _whole(reader: Reader, key: str, most: int) -> int | None:
    return reader.integer(key, 0, most) if reader.text(key) else None


# --- until when ----------------------------------------------------------------------------------------------------


def _notice_fields(data: Mapping[str, Any]) -> Sequence[FieldSpec]:
    late = tuple((one.value, one.label) for one in Late)
    return [
        *_deadline("book", "&Réserver", data.get("book")),
        FieldSpec("late_booking", "&Ensuite, une réservation est", Entry.CHOICE,
                  data.get("late_booking", Late.REFUSED.value), options=late),
        *_deadline("cancel", "&Annuler", data.get("cancel")),
        FieldSpec("late_cancellation", "Ens&uite, une annulation est", Entry.CHOICE,
                  data.get("late_cancellation", Late.BILLED.value), options=late),
    ]


def _deadline(name: str, title: str, held: Mapping[str, Any] | None) -> Sequence[FieldSpec]:
    held = held or {}
    days = tuple((str(number), word) for number, word in enumerate(WEEKDAYS))
    shape = f"{name}_shape"
    return [
        FieldSpec(shape, title, Entry.CHOICE, held.get("shape", ""), options=tuple(_SHAPES.items()),
                  heading=title.replace("&", "")),
        FieldSpec(f"{name}_weekday", "Jour limite", Entry.CHOICE, str(held.get("weekday", 3)), options=days,
                  only_if=(shape, "weekday")),
        FieldSpec(f"{name}_weeks", "Semaines avant", Entry.NUMBER, str(held.get("weeks_before", 1)), width=8,
                  only_if=(shape, "weekday")),
        FieldSpec(f"{name}_days", "Jours avant", Entry.NUMBER, str(held.get("days", 2)), width=8,
                  only_if=(shape, "days")),
        FieldSpec(f"{name}_working", "Ne compter que les jours ouvrés", Entry.FLAG,
                  YES if held.get("working", True) else "", only_if=(shape, "days")),
        FieldSpec(f"{name}_hours", "Heures avant", Entry.NUMBER, str(held.get("hours", 48)), width=8,
                  only_if=(shape, "hours")),
        FieldSpec(f"{name}_day", "Jour du mois", Entry.NUMBER, str(held.get("day", 20)), width=8,
                  only_if=(shape, "month")),
        FieldSpec(f"{name}_minute", "Heure limite", Entry.TIME, _time(held.get("minute")), width=8,
                  placeholder="fin de journée", only_if=(shape, "*")),
    ]


def _read_notice(reader: Reader) -> Data:
    return {
        "book": _read_deadline(reader, "book"), "cancel": _read_deadline(reader, "cancel"),
        "late_booking": reader.text("late_booking"), "late_cancellation": reader.text("late_cancellation"),
    }


def _read_deadline(reader: Reader, name: str) -> Data | None:
    shape = reader.text(f"{name}_shape")
    if not shape:
        return None
    minute = reader.minute(f"{name}_minute")
    if minute is None and shape in {"weekday", "same_day"}:
        reader.blame(f"{name}_minute", "Donnez l'heure limite.")
    made: dict[str, Callable[[], Data]] = {
        "weekday": lambda: {"weekday": int(reader.text(f"{name}_weekday")), "minute": minute or 0,
                            "weeks_before": reader.integer(f"{name}_weeks", 0, 52, 1)},
        "days": lambda: {"days": reader.integer(f"{name}_days", 0, 365), "minute": minute,
                         "working": reader.flag(f"{name}_working")},
        "hours": lambda: {"hours": reader.integer(f"{name}_hours", 0, 24 * 365)},
        "month": lambda: {"day": reader.integer(f"{name}_day", 1, 31), "minute": minute},
        "same_day": lambda: {"minute": minute or 0},
    }
    return {"shape": shape, **made[shape]()}


def _window_fields(data: Mapping[str, Any]) -> Sequence[FieldSpec]:
    found = []
    for name, title, required in (("opens_at", "&Ouverture", True), ("closes_at", "&Clôture", False)):
        day, _, rest = str(data.get(name) or "").partition("T")
        year, _, after = day.partition("-")
        month, _, number = after.partition("-")
        found.append(FieldSpec(f"{name}_day", f"{title}, le", Entry.DAY, f"{number}/{month}/{year}" if day else "",
                               required=required, width=12))
        found.append(FieldSpec(f"{name}_time", "à", Entry.TIME, rest[:5], required=required, width=8, beside=True))
    return found


def _read_window(reader: Reader) -> Data:
    opens = f"{reader.day('opens_at_day').isoformat()}T{_clock(reader.minute('opens_at_time'))}"
    closing = reader.optional_day("closes_at_day")
    closes = None if closing is None else f"{closing.isoformat()}T{_clock(reader.minute('closes_at_time'))}"
    return {"opens_at": opens, "closes_at": closes}


def _clock(minute: int | None) -> str:
    return f"{(minute or 0) // 60 % 24:02d}:{(minute or 0) % 60:02d}"


# --- how many, and what goes together ------------------------------------------------------------------------------


def _combination_fields(data: Mapping[str, Any]) -> Sequence[FieldSpec]:
    lines = "\n".join(" + ".join(one) for one in data.get("allowed", ()))
    days = "".join(str(day) for day in data.get("weekdays", range(7)))
    return [
        FieldSpec("allowed", "&Choix permis, un par ligne", Entry.LINES, lines, required=True, least=4,
                  placeholder="MATIN + REPAS", hint="Les codes des créneaux, réunis par « + »."),
        FieldSpec("weekdays", "&Jours", Entry.WEEKDAYS, days),
    ]


def _read_combinations(reader: Reader) -> Data:
    allowed = [[code.strip() for code in line.split("+") if code.strip()] for line in reader.lines("allowed")]
    return {"allowed": [one for one in allowed if one], "weekdays": sorted(reader.weekdays("weekdays"))}


def _capacity_fields(data: Mapping[str, Any]) -> Sequence[FieldSpec]:
    return [
        FieldSpec("total", "&Places en tout", Entry.NUMBER, _shown(data.get("total")), width=8,
                  hint="Vide : sans limite."),
        FieldSpec("by_group", "Places par &groupe", Entry.LINES, _counted(data.get("by_group")), least=3,
                  placeholder="MAT 16", hint="Le code du groupe, puis ses places, un par ligne."),
        FieldSpec("by_slot", "Places d'un &créneau", Entry.LINES, _counted(data.get("by_slot")), least=3,
                  placeholder="REPAS 60"),
        FieldSpec("frees_late", "Une absence &tardive libère sa place", Entry.FLAG,
                  YES if data.get("frees_late") else ""),
    ]


def _read_capacity(reader: Reader) -> Data:
    return {
        "total": _whole(reader, "total", 10_000), "by_group": _read_counts(reader, "by_group"),
        "by_slot": _read_counts(reader, "by_slot"), "frees_late": reader.flag("frees_late"),
    }


def _shown(number: object) -> str:
    return "" if number is None else str(number)


def _counted(counts: Mapping[str, int] | None) -> str:
    return "\n".join(f"{code} {count}" for code, count in (counts or {}).items())


def _read_counts(reader: Reader, key: str) -> dict[str, int]:
    found = {}
    for line in reader.lines(key):
        code, _, count = line.rpartition(" ")
        if not code.strip() or not count.isdecimal():
            reader.blame(key, f"« {line} » : écrivez le code, puis le nombre de places.")
        else:
            found[code.strip()] = int(count)
    return found


def _supervision_fields(data: Mapping[str, Any]) -> Sequence[FieldSpec]:
    regimes = tuple((rule.regime, f"{rule.rule.label} ({rule.warning or rule.source})") for rule in national_rules())
    held = next((rule.regime for rule in national_rules() if rule.rule.label == data.get("label")), "")
    return [FieldSpec("regime", "&Régime", Entry.CHOICE, held, required=True, options=(("", "Choisir…"), *regimes))]


def _read_supervision(reader: Reader) -> Data:
    wanted = reader.text("regime")
    return next((rule.rule.to_data() for rule in national_rules() if rule.regime == wanted), {})


def _season_fields(data: Mapping[str, Any]) -> Sequence[FieldSpec]:
    return [
        FieldSpec("season", "&Ouvert", Entry.CHOICE, data.get("season", Season.ALL_YEAR.value),
                  options=tuple((season.value, words) for season, words in _SEASONS.items())),
        FieldSpec("holidays", "Aussi les &jours fériés", Entry.FLAG,
                  YES if data.get("open_on_public_holidays") else ""),
    ]


def _read_season(reader: Reader) -> Data:
    return {"season": reader.text("season"), "open_on_public_holidays": reader.flag("holidays")}


def _slot_fields(data: Mapping[str, Any]) -> Sequence[FieldSpec]:
    return [FieldSpec("slots", "&Créneaux concernés", Entry.TEXT, ", ".join(data.get("slots", ())),
                      placeholder="tous", hint="Leurs codes, séparés par des virgules.")]


def _read_slots(reader: Reader) -> Data:
    return {"slots": [code.strip() for code in reader.text("slots").split(",") if code.strip()]}


# --- what an absence is worth --------------------------------------------------------------------------------------


def _absence_fields(data: Mapping[str, Any]) -> Sequence[FieldSpec]:
    counting = tuple((one.value, f"jours {one.label}") for one in Counting)
    found: list[FieldSpec] = []
    for reason in AbsenceReason:
        held = data.get(reason.value) or {}
        name = reason.value
        deducted = YES if data.get(name) is not None and held.get("deducted", True) else ""
        only = (f"{name}_deducted", YES)
        found += [
            FieldSpec(f"{name}_deducted", f"{reason.label} : déduite", Entry.FLAG, deducted, heading=reason.label),
            FieldSpec(f"{name}_waiting", "Jours de carence", Entry.NUMBER, str(held.get("waiting_days", 0)), width=8,
                      only_if=only),
            FieldSpec(f"{name}_counting", "comptés en", Entry.CHOICE, held.get("counting", Counting.CALENDAR.value),
                      options=counting, only_if=only, beside=True),
            FieldSpec(f"{name}_proof", "Sur justificatif", Entry.FLAG, YES if held.get("needs_proof") else "",
                      only_if=only),
            FieldSpec(f"{name}_hours", "remis sous (heures)", Entry.NUMBER, _shown(held.get("proof_hours")), width=8,
                      only_if=only),
            FieldSpec(f"{name}_late", "sinon, jours de carence", Entry.NUMBER, str(held.get("late_waiting_days", 0)),
                      width=8, only_if=only, beside=True),
            FieldSpec(f"{name}_refused", "refusé après (jours)", Entry.NUMBER,
                      _shown(held.get("proof_refused_after_days")), width=8, only_if=only),
            FieldSpec(f"{name}_notice", "annoncée (jours avant)", Entry.NUMBER, _shown(held.get("notice_days")),
                      width=8, only_if=only),
            FieldSpec(f"{name}_allowance", "jours par an au plus", Entry.NUMBER, _shown(held.get("allowance_days")),
                      width=8, only_if=only, beside=True),
        ]
    return found


def _read_absence(reader: Reader) -> Data:
    found: Data = {}
    for reason in AbsenceReason:
        name = reason.value
        if reader.flag(f"{name}_deducted"):
            found[name] = {
                "waiting_days": reader.integer(f"{name}_waiting", 0, 31), "counting": reader.text(f"{name}_counting"),
                "needs_proof": reader.flag(f"{name}_proof"), "proof_hours": _whole(reader, f"{name}_hours", 1440),
                "late_waiting_days": reader.integer(f"{name}_late", 0, 31),
                "proof_refused_after_days": _whole(reader, f"{name}_refused", 365),
                "notice_days": _whole(reader, f"{name}_notice", 365),
                "allowance_days": _whole(reader, f"{name}_allowance", 366),
            }
    return found


FORMS: Mapping[RuleKind, RuleForm] = {
    RuleKind.NOTICE: RuleForm(_notice_fields, _read_notice),
    RuleKind.WINDOW: RuleForm(_window_fields, _read_window),
    RuleKind.COMBINATIONS: RuleForm(_combination_fields, _read_combinations),
    RuleKind.CAPACITY: RuleForm(_capacity_fields, _read_capacity),
    RuleKind.SUPERVISION: RuleForm(_supervision_fields, _read_supervision),
    RuleKind.SEASON: RuleForm(_season_fields, _read_season),
    RuleKind.PACKAGE: RuleForm(_slot_fields, _read_slots),
    RuleKind.PAYMENT: RuleForm(_slot_fields, _read_slots),
    RuleKind.ABSENCE: RuleForm(_absence_fields, _read_absence),
}
