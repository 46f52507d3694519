"""« Cette personne existe peut-être déjà » : who looks like the person being typed. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from backoffice.families.queries import SimilarPeople, SimilarPerson
from backoffice.kernel.periods import french_day
from ui.drafts import Typed
from ui.forms import Reader
from ui.presenting import Desk

_MOST = 4


@dataclass(frozen=True, slots=True)
class Likely:
    """Somebody already recorded who may be the person typed, in words. `here`: in this family already."""

    person_id: int
    name: str
    likeness: str
    details: str
    families: str
    here: bool


class Lookout:
    """Looks for people who are alike while an agent types; `show` receives them with the adult they concern."""

    def __init__(self, desk: Desk, show: Callable[[str, Sequence[Likely]], None]) -> None:
        self._desk = desk
        self._show = show

    def look(self, prefix: str, values: Typed, today: date, family_id: int) -> None:
        """`prefix` stands before the keys: « first. » in the form of a new family, nothing elsewhere."""
        reader = Reader((), values, today)
        query = SimilarPeople(
            reader.text(f"{prefix}last_name"),
            reader.text(f"{prefix}first_name"),
            reader.optional_day(f"{prefix}birth_date"),
        )
        which = prefix.rstrip(".")
        if not (query.last_name and query.first_name):
            self._show(which, ())
            return
        self._desk.run.read(
            lambda progress: self._desk.app.ask(query, progress=progress),
            partial(self._found, which, family_id),
            lambda _error: self._show(which, ()),  # a help, not a duty: saving asks again
            f"likely/{which}",
        )

    def _found(self, which: str, family_id: int, people: Sequence[SimilarPerson]) -> None:
        self._show(which, [_in_words(person, family_id) for person in people[:_MOST]])


def _in_words(person: SimilarPerson, family_id: int) -> Likely:
    born = f"né(e) le {french_day(person.birth_date)}" if person.birth_date else ""
    return Likely(
        person.person_id,
        person.name,
        person.likeness.label,
        " · ".join(part for part in (born, person.phone, person.city) if part),
        ", ".join(family.name for family in person.families) or "dans aucune famille aujourd'hui",
        any(family.id == family_id for family in person.families),
    )
