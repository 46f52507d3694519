"""How the rules of pointage are tried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from backoffice.bookings.rules.data import RuleData
from backoffice.cases.registry import rule
from backoffice.clocking.kinds import AbsenceReason, ClockKind
from backoffice.clocking.rules.absences import Absence, AbsenceRules, verdicts
from backoffice.clocking.rules.comparison import DayFacts, compared
from backoffice.clocking.rules.slots import SlotTimes, attended
from backoffice.clocking.rules.stays import ClockEvent, Part, clocked
from backoffice.tariffs.rules.hours import HoursRounding, RoundingMode, billed_minutes


def _fields(given: Mapping[str, Any]) -> RuleData:
    return RuleData("Cas", given)


@rule("rounding", about="Les minutes facturées d'une présence.", given={
    "step": "le pas (5, 15, 30 ou 60 minutes)", "mode": "none, duration ou arrival_departure",
    "tolerance": "un dépassement d'autant de minutes ou moins ne compte pas",
    "arrived": "l'arrivée", "left": "le départ", "booked": "les heures réservées, [08:00, 17:00]",
})  # fmt: skip
def _rounding(given: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = _fields(given)
    mode = fields.choice("mode", "mode", RoundingMode, RoundingMode.NONE)
    rounding = HoursRounding(given.get("step", 30), mode, given.get("tolerance", 0))
    booked = None
    if "booked" in given:
        times = _fields({"start": given["booked"][0], "end": given["booked"][1]})
        booked = (times.minute("start", "booked"), times.minute("end", "booked"))
    return {
        "minutes": billed_minutes(
            fields.minute("arrived", "arrived"), fields.minute("left", "left"), rounding, booked
        )
    }


@rule("stays", about="Les présences d'un enfant, d'après ce qui a été pointé.", given={
    "events": "ce qui a été pointé : uid, kind (arrival, departure, cancel), at, made_at, replaces",
})  # fmt: skip
def _stays(given: Mapping[str, Any]) -> Mapping[str, Any]:
    found = clocked(_event(one) for one in given["events"])
    return {
        "stays": [{"arrived": stay.arrived, "left": stay.left} for stay in found.stays],
        "parts": [
            {"day": part.day, "start": _time(part.start), "end": _time(part.end), "minutes": part.elapsed}
            for part in found.parts
        ],
        "troubles": [{"day": day, "trouble": trouble} for day, trouble in found.troubles],
    }


def _event(data: Mapping[str, Any]) -> ClockEvent:
    fields = _fields(data)
    at = fields.instant("at", "at")
    if data.get("again"):  # the second of the two hours that one night in October has
        at = at.replace(fold=1)
    made = fields.maybe_instant("made_at", "made_at") or at
    return ClockEvent(data["uid"], 1, ClockKind(data["kind"]), at, made, data.get("replaces"))


def _time(minute: int | None) -> str | None:
    return None if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


@rule("slots", about="Les créneaux où l'enfant est venu.", given={
    "slots": "les créneaux : id, start, end", "stays": "les présences : start, end (rien : non pointé)",
    "booked": "les créneaux réservés", "tolerance": "un passage d'autant de minutes ou moins ne compte pas",
    "day": "le jour",
})  # fmt: skip
def _slots(given: Mapping[str, Any]) -> Mapping[str, Any]:
    day = _fields(given).day("day", "day")
    slots = [
        SlotTimes(one["id"], _fields(one).maybe_minute("start", "start"), _fields(one).maybe_minute("end", "end"))
        for one in given["slots"]
    ]
    parts = []
    for one in given["stays"]:
        start, end = _fields(one).maybe_minute("start", "start"), _fields(one).maybe_minute("end", "end")
        parts.append(Part(day, start, end, None if start is None or end is None else end - start))
    found = attended(parts, slots, given.get("booked", ()), given.get("tolerance", 0))
    return {
        "attended": [one.slot_id for one in found],
        "times": {str(one.slot_id): [_time(one.arrived), _time(one.left)] for one in found},
    }


@rule("comparison", about="Ce qui ne s'accorde pas entre réservé et pointé.", given={
    "booked": "réservé", "arrived": "l'arrivée", "left": "le départ", "ends": "la fin attendue", "present": "présent",
    "absent": "absence enregistrée", "over": "le créneau est passé", "tolerance": "minutes de retard sans compter",
})  # fmt: skip
def _comparison(given: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = _fields(given)
    found = compared(
        DayFacts(
            given["booked"], fields.maybe_minute("arrived", "arrived"), fields.maybe_minute("left", "left"),
            fields.maybe_minute("ends", "ends"), given.get("present", False), given.get("absent", False),
            given.get("over", True),
        ),
        given.get("tolerance", 0),
    )  # fmt: skip
    return {"anomalies": list(found.anomalies), "late": found.late_minutes}


@rule("absences", about="Les jours d'absence déduits ou facturés, et pourquoi.", given={
    "rule": "la règle de chaque motif (illness, hospital, eviction, leave, closure, strike, other)",
    "reason": "le motif", "first_day": "le premier jour", "last_day": "le dernier jour",
    "announced_at": "quand elle a été annoncée", "proof_on": "quand le justificatif est venu",
    "taken": "les jours déjà pris cette année", "expected": "les jours où l'enfant était attendu (sinon du lundi au "
    "vendredi)", "opened": "les jours d'ouverture (sinon du lundi au vendredi)",
})  # fmt: skip
def _absences(given: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = _fields(given)
    first, last = fields.day("first_day", "first_day"), fields.day("last_day", "last_day")
    absence = Absence(
        AbsenceReason(given["reason"]), first, last, fields.maybe_instant("announced_at", "announced_at"),
        fields.maybe_day("proof_on", "proof_on"), given.get("taken", 0),
    )
    span = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    week = [day for day in span if day.weekday() < 5]
    found = verdicts(absence, AbsenceRules.from_data(given["rule"]), given.get("expected", week),
                     given.get("opened", week))
    return {
        "deducted": [one.day for one in found if one.deducted],
        "billed": [one.day for one in found if not one.deducted],
        "why": {one.day.isoformat(): one.why for one in found},
    }
