"""How the rules of reservations are tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.rules.capacity import Capacity, Occupancy
from backoffice.bookings.rules.combinations import Combinations
from backoffice.bookings.rules.data import RuleData
from backoffice.bookings.rules.groups import AgeGroup, age_in_months, group_on
from backoffice.bookings.rules.notice import NoticeRule, Target
from backoffice.bookings.rules.states import CellFacts, cell_state, gestures, why_locked
from backoffice.bookings.rules.supervision import SupervisionRule
from backoffice.bookings.rules.waiting import Queued, promoted
from backoffice.bookings.rules.window import BookingWindow
from backoffice.bookings.supervision import national_rule
from backoffice.cases.registry import rule
from backoffice.catalog.calendar import is_public_holiday

_WEEKEND = 5


@dataclass(frozen=True)
class _Calendar:
    """Monday to Friday, but for public holidays and the days said to be closed."""

    closed: frozenset[date]

    def is_working(self, day: date) -> bool:
        return day.weekday() < _WEEKEND and day not in self.closed and not is_public_holiday(day)


def _fields(given: Mapping[str, Any]) -> RuleData:
    return RuleData("Cas", given)


@rule("notice", about="Jusqu'à quand une réservation ou une annulation est acceptée.", given={
    "rule": "le délai : book et cancel (shape weekday, paired, days, hours, month ou same_day), late_booking, …",
    "day": "le jour réservé", "start": "le début du créneau, 07:30", "now": "quand la famille s'y prend",
    "cancelling": "oui si elle annule", "closed": "des jours fermés, qui ne sont pas ouvrés",
})  # fmt: skip
def _notice(given: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = _fields(given)
    notice = NoticeRule.from_data(given["rule"])
    cancelling = fields.flag("cancelling", "cancelling", default=False)
    start = fields.maybe_minute("start", "start") or 0
    target = Target(fields.day("day", "day"), start, _Calendar(frozenset(given.get("closed", ()))))
    answer: dict[str, Any] = {"deadline": notice.deadline(target, cancelling=cancelling), "words": notice.in_french}
    if fields.has("now"):
        refusal = notice.too_late(fields.instant("now", "now"), target, cancelling=cancelling)
        answer["accepted"] = refusal is None
        answer["why"] = refusal
        answer["then"] = None if refusal is None else notice.after(cancelling=cancelling)
    return answer


@rule("window", about="Quand les familles peuvent réserver.", given={
    "rule": "opens_at et closes_at", "now": "quand la famille s'y prend",
})  # fmt: skip
def _window(given: Mapping[str, Any]) -> Mapping[str, Any]:
    window = BookingWindow.from_data(given["rule"])
    why = window.why_outside(_fields(given).instant("now", "now"))
    return {"open": why is None, "why": why}


@rule("combinations", about="Quels temps d'accueil vont ensemble.", given={
    "rule": "allowed : les choix permis ; weekdays : les jours concernés (0 pour lundi)",
    "chosen": "les créneaux choisis", "weekday": "le jour de la semaine (0 pour lundi)",
})  # fmt: skip
def _combinations(given: Mapping[str, Any]) -> Mapping[str, Any]:
    verdict = Combinations.from_data(given["rule"]).verdict(given["chosen"], given["weekday"])
    if verdict is None:
        return {"allowed": True}
    return {"allowed": False, "add": verdict.add, "remove": verdict.remove, "words": verdict.sentence()}


@rule("capacity", about="Combien de places il reste.", given={
    "rule": "total, by_group, by_slot, frees_late", "slot": "le créneau", "group": "le groupe de l'enfant",
    "taken": "les places prises : total et by_group",
})  # fmt: skip
def _capacity(given: Mapping[str, Any]) -> Mapping[str, Any]:
    capacity = Capacity.from_data(given["rule"])
    taken = _occupancy(given["taken"])
    slot = given["slot"]
    left = capacity.places_left(slot, given.get("group", ""), taken)
    return {"left": left, "fits": left is None or left > 0, "over": capacity.over(slot, taken)}


def _occupancy(data: Mapping[str, Any]) -> Occupancy:
    return Occupancy(data["total"], data.get("by_group", {}))


@rule("supervision", about="Combien d'adultes il faut.", given={
    "regime": "un régime national (periscolaire, periscolaire_pedt, extrascolaire, creche_marche, creche_tous)",
    "day": "le jour dont on prend le régime",
    "rule": "ou une règle locale : label, bands, long_after",
    "children": "le nombre d'enfants par tranche d'âge", "minutes": "la durée d'affilée",
})  # fmt: skip
def _supervision(given: Mapping[str, Any]) -> Mapping[str, Any]:
    if "rule" in given:
        local = SupervisionRule.from_data(given["rule"])
    else:
        local = national_rule(given["regime"], _fields(given).day("day", "day")).rule
    return {"adults": local.adults_needed(given["children"], given["minutes"]), "words": local.in_french}


@rule("waiting", about="Qui prend une place qui se libère.", given={
    "rule": "la capacité", "slot": "le créneau", "taken": "les places prises",
    "queue": "ceux qui attendent : id, since, group",
})  # fmt: skip
def _waiting(given: Mapping[str, Any]) -> Mapping[str, Any]:
    queue = [
        Queued(one["id"], _fields(one).instant("since", "since"), one.get("group", "")) for one in given["queue"]
    ]
    capacity = Capacity.from_data(given["rule"])
    found = promoted(queue, given["slot"], capacity, _occupancy(given["taken"]))
    return {"promoted": [one.id for one in found]}


@rule("groups", about="Le groupe d'âge d'un enfant un jour donné.", given={
    "groups": "les groupes : code, from_months, to_months", "birth_date": "la naissance", "day": "le jour",
    "chosen": "le groupe choisi à l'inscription, s'il y en a un",
})  # fmt: skip
def _groups(given: Mapping[str, Any]) -> Mapping[str, Any]:
    groups = [
        AgeGroup(one["code"], one["code"], one.get("from_months", 0), one.get("to_months")) for one in given["groups"]
    ]
    fields = _fields(given)
    birth, day = fields.maybe_day("birth_date", "birth_date"), fields.day("day", "day")
    found = group_on(birth, day, groups, given.get("chosen", ""))
    return {"group": found.code if found else None, "months": age_in_months(birth, day) if birth else None}


@rule("states", about="L'état d'une case de la grille, et ce qu'on peut y faire.", given={
    "stored": "ce qui est enregistré (booked, present, absent, excused, waiting), ou rien",
    "special": "présence spéciale", "clocked": "déjà pointée", "priced": "déjà facturée",
    "closed": "pourquoi c'est fermé", "full": "plus de place", "wrong_choice": "pourquoi le choix n'est pas valide",
    "pending": "une demande attend", "payable": "à régler", "package": "déclenche un forfait",
    "may_override": "l'agent peut passer outre",
})  # fmt: skip
def _states(given: Mapping[str, Any]) -> Mapping[str, Any]:
    said = {key: value for key, value in given.items() if key not in {"stored", "may_override"}}
    stored = given.get("stored")
    facts = CellFacts(stored=AttendanceState(stored) if stored else None, **said)
    state = cell_state(facts)
    return {
        "state": state, "label": state.label, "locked": why_locked(facts) != "", "why": why_locked(facts),
        "gestures": gestures(facts, may_override=given.get("may_override", False)),
    }
