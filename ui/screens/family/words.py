"""What the file of a family says in words: ages, periods, who pays. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backoffice.families.kinds import MemberRole
from backoffice.families.queries import FamilyFile, Member, Payer
from backoffice.families.rules import PersonValues, quotient_words
from backoffice.kernel.money import NO_BREAK_SPACE
from backoffice.kernel.periods import Period, french_day

_MONTHS_UNTIL_YEARS = 24


def age_words(born: date, today: date) -> str:
    """« 7 ans »; « 8 mois » until two years old, as care professionals count."""
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months < 0:
        return "à naître"
    if months < _MONTHS_UNTIL_YEARS:
        return f"{months} mois"
    return f"{months // 12} ans"


def born_words(person: PersonValues, today: date) -> str:
    """« née le 12/03/2019, 7 ans »; empty when nobody knows."""
    if person.birth_date is None:
        return ""
    born = {"F": "née", "M": "né"}.get(person.sex or {"Mme": "F", "M.": "M"}.get(person.title, ""), "né(e)")
    return f"{born} le {french_day(person.birth_date)}, {age_words(person.birth_date, today)}"


def period_words(period: Period, today: date) -> str:
    """« depuis le 01/09/2024 », « du 01/09/2024 au 31/08/2025 », « à partir du 01/01/2027 »."""
    if period.end is not None:
        return f"du {french_day(period.start)} au {french_day(period.end)}"
    return f"{'à partir du' if period.start > today else 'depuis le'} {french_day(period.start)}"


def state_words(period: Period, today: date) -> str:
    """« en vigueur », « à venir », or « terminé »."""
    if today in period:
        return "en vigueur"
    return "à venir" if period.start > today else "terminé"


def family_title(name: str) -> str:
    """« Famille DUPONT Marie et Jean »."""
    return name if name.lower().startswith("famille") else f"Famille {name}"


def family_detail(file: FamilyFile) -> str:
    """« dossier n° 12 · QF 874 · VALBRUME »."""
    quotient = file.quotient_today
    parts = [f"dossier n°{NO_BREAK_SPACE}{file.id}"]
    parts.append(f"QF{NO_BREAK_SPACE}{quotient_words(quotient.value)}" if quotient else "sans quotient aujourd'hui")
    city = next((member.person.city for member in file.members if member.person.city), "")
    return " · ".join([*parts, city] if city else parts)


def payer_words(file: FamilyFile, member: Member, today: date) -> str:
    """« payeur principal, depuis le 01/09/2024 », or that invoices do not name this adult."""
    held = next((payer for payer in file.payers_today if payer.person_id == member.person_id), None)
    if held is None:
        return "n'est pas nommé sur les factures"
    rank = "second payeur" if held.rank > 1 else "payeur principal" if len(file.payers_today) > 1 else "payeur"
    return f"{rank}, {period_words(held.period, today)}"


def role_words(member: Member) -> str:
    """« Responsable, titulaire »."""
    return f"{member.role.label}, titulaire" if member.is_holder else member.role.label


def one_payer_of_two(file: FamilyFile) -> bool:
    """Two adults speak for the family and invoices name only one: only that one could be pursued."""
    return sum(adult.is_holder for adult in file.adults) > 1 and len(file.payers_today) == 1


@dataclass(frozen=True, slots=True)
class PayersLine:
    """Who invoices named during a period: one line of the history."""

    period: Period
    main: str
    second: str
    state: str


def payers_history(payers: Sequence[Payer], today: date) -> list[PayersLine]:
    """Newest first, both debtors of a period on one line."""
    periods: dict[Period, list[Payer]] = {}
    for payer in payers:
        periods.setdefault(payer.period, []).append(payer)
    return [
        PayersLine(
            period,
            ", ".join(payer.name for payer in named if payer.rank == 1),
            ", ".join(payer.name for payer in named if payer.rank > 1),
            state_words(period, today),
        )
        for period, named in periods.items()
    ]


ADD_WORDS = {
    MemberRole.ADULT: "Ajouter un responsable",
    MemberRole.CHILD: "Ajouter un enfant",
    MemberRole.CONTACT: "Ajouter une personne de l'entourage",
}
