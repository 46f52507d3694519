"""One box for a name, a phone, an e-mail, a family's number or an invoice's, answered at each key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from backoffice.billing.finding import FoundInvoice, find_invoices
from backoffice.billing.views import InvoiceKind
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import FoundFamily, FoundPerson, find_families, find_people, full_name
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.money import euros
from backoffice.kernel.periods import french_day
from backoffice.kernel.text import digits_of, folded, words_of

LIMIT = 30
_FEWEST_OF_NUMBER = 3  # of an invoice: with less, everything answers
_FAMILY_NUMBER = re.compile(r"(?:(?:dossier|famille)\s*)?(?:n[°o]?\s*|#\s*)?([0-9]{1,9})")
_PHONE = re.compile(r"\+?[0-9\s./()-]+")


class HitKind(StrEnum):
    """What a hit is, and so which screen opens."""

    FAMILY = "family"
    ADULT = "adult"
    CHILD = "child"
    CONTACT = "contact"
    INVOICE = "invoice"

    @property
    def label(self) -> str:
        return {"family": "Famille", "invoice": "Facture"}.get(self.value) or MemberRole(self.value).label


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer. `id` is that of the family, person or invoice; `family_id` is the file to open."""

    kind: HitKind
    id: int
    family_id: int
    title: str
    detail: str


@dataclass(frozen=True)
class Search(Query[tuple[Hit, ...]]):
    """What the text names, the best answers first; kinds that the actor may not see are left out.

    Words of a name in any order, without accents or case; a piece of a phone (three digits at least), of an e-mail
    (with its @), of an invoice number (three signs, one digit at least); a family's number (« 12 », « dossier 12 »).
    """

    text: str
    limit: int = LIMIT


@read(Search, permission="families.read")
def search(query: Search, reading: Reading) -> tuple[Hit, ...]:
    text = query.text.strip()
    if not text or query.limit < 1:
        return ()
    people = sorted(_people(text, query.limit, reading))
    invoices = list(_invoices(text, query.limit, reading)) if reading.actor.may("billing.read") else []
    # Phones hold many digits: invoices keep a third of the places.
    places = min(len(invoices), max(query.limit - len(people), query.limit // 3))
    found = sorted(people[: query.limit - places] + invoices[:places])
    return tuple(answer.hit for answer in found)


_KINDS = tuple(HitKind)


@dataclass(frozen=True, slots=True, order=True)
class _Answer:
    """A hit and its place: how well it answers, then the alphabet."""

    rank: int
    name: str
    kind: int
    number: int
    family_id: int
    hit: Hit = field(compare=False)


def _people(text: str, limit: int, reading: Reading) -> Iterator[_Answer]:
    plain = folded(text)
    number = _FAMILY_NUMBER.fullmatch(plain)
    dialled = digits_of(text) if _PHONE.fullmatch(text) else ""
    email = plain if "@" in plain else ""
    words = [] if dialled or email or number else words_of(text)
    for family in find_families(reading.session, words, int(number[1]) if number else None, limit):
        yield _answer(family.rank, family.sort_name, family.id, _family_hit(family))
    for person in find_people(reading.session, words, dialled, email, limit):
        yield _answer(person.rank, person.sort_name, person.person_id, _person_hit(person))


def _invoices(text: str, limit: int, reading: Reading) -> Iterator[_Answer]:
    fragment = "".join(text.split())
    if len(fragment) < _FEWEST_OF_NUMBER or "@" in fragment or not re.search(r"[0-9]", fragment):
        return
    for position, invoice in enumerate(find_invoices(reading.session, fragment, limit)):
        hit = Hit(HitKind.INVOICE, invoice.id, invoice.family_id, invoice.number, _invoice_detail(invoice))
        yield _answer(invoice.rank, "", position, hit)


def _answer(rank: int, name: str, number: int, hit: Hit) -> _Answer:
    return _Answer(rank, name, _KINDS.index(hit.kind), number, hit.family_id, hit)


def _family_hit(family: FoundFamily) -> Hit:
    people = f"{_count(family.adults, 'responsable')}, {_count(family.children, 'enfant')}"
    return Hit(HitKind.FAMILY, family.id, family.id, family.name, f"Dossier {family.id} · {people}")


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"


def _person_hit(person: FoundPerson) -> Hit:
    kind = HitKind(person.role.value)
    parts = [f"Famille {person.family_name}"]
    if kind is HitKind.CHILD and person.birth_date is not None:
        born = {"F": "Née", "M": "Né"}.get(person.sex, "Né(e)")
        parts.insert(0, f"{born} le {french_day(person.birth_date)}")
    elif kind is not HitKind.CHILD:
        parts.extend(part for part in (person.phone, person.city) if part)
    title = full_name("", person.last_name, person.first_name)
    return Hit(kind, person.person_id, person.family_id, title, " · ".join(parts))


def _invoice_detail(invoice: FoundInvoice) -> str:
    what = {InvoiceKind.CREDIT_NOTE: "Avoir", InvoiceKind.HISTORIC: "Historique"}.get(invoice.kind)
    when = invoice.billed_month.in_french if invoice.billed_month else french_day(invoice.issued_on)
    return " · ".join(part for part in (what, invoice.family_name, when, euros(invoice.total)) if part)
