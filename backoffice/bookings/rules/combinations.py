"""Which slots of a day go together: « le mercredi matin demande le repas » (domain.md 2.4)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from backoffice.bookings.rules.data import RuleData
from backoffice.bookings.rules.words import days_in_words, joined

_EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Invalid:
    """A choice that is not allowed, and the nearest ones that are: what to add to it, what to take out of it."""

    chosen: frozenset[str]
    add: frozenset[str]
    remove: frozenset[str]

    def sentence(self, names: dict[str, str] | None = None) -> str:
        """« Choix des temps d'accueil non valide : ajoutez Repas ». `names`: the words of each code."""
        words = names or {}
        gestures = []
        if self.add:
            gestures.append(f"ajoutez {joined(words.get(code, code) for code in sorted(self.add))}")
        if self.remove:
            gestures.append(f"retirez {joined(words.get(code, code) for code in sorted(self.remove))}")
        return f"Choix des temps d'accueil non valide : {joined(gestures)}"


@dataclass(frozen=True, slots=True)
class Combinations:
    """The sets of slots (by code) that may be chosen together on some days of the week. No slot at all is always right.

    Slots that no allowed set names are free: they go with anything.
    """

    allowed: frozenset[frozenset[str]]
    weekdays: frozenset[int] = _EVERY_DAY

    @property
    def named(self) -> frozenset[str]:
        return frozenset[str]().union(*self.allowed)

    def verdict(self, codes: Collection[str], weekday: int) -> Invalid | None:
        """None when this choice is allowed on that day of the week (0 for Monday); otherwise the nearest allowed one:
        the fewest changes, then the fewest removals, then by code."""
        chosen = frozenset(codes) & self.named
        if weekday not in self.weekdays or not chosen or chosen in self.allowed:
            return None
        none: frozenset[str] = frozenset()
        nearest = min(
            self.allowed | {none},
            key=lambda one: (len(one ^ chosen), len(chosen - one), sorted(one)),
        )
        return Invalid(chosen, nearest - chosen, chosen - nearest)

    def to_data(self) -> dict[str, object]:
        return {"allowed": sorted(sorted(one) for one in self.allowed), "weekdays": sorted(self.weekdays)}

    @classmethod
    def from_data(cls, data: object) -> Combinations:
        """Read what `to_data` wrote. Raises UserError `rule.bad_value`, `rule.unknown_field`."""
        fields = RuleData("Choix des temps d'accueil", data)
        allowed = []
        for one in fields.items("allowed", "les choix permis"):
            if not isinstance(one, list | tuple) or not one or not all(isinstance(code, str) and code for code in one):
                raise fields.wrong("les choix permis")
            allowed.append(frozenset(one))
        if not allowed:
            raise fields.wrong("les choix permis")
        found = cls(frozenset(allowed), fields.weekdays("weekdays", "les jours"))
        fields.done()
        return found

    @property
    def in_french(self) -> str:
        choices = joined((" + ".join(sorted(one)) for one in sorted(self.allowed, key=sorted)), last="ou")
        return f"Choix permis ({days_in_words(self.weekdays)}) : {choices}"
