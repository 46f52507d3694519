"""Two things a slot may tell a family before it books: it is paid at once, or it starts a package."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.bookings.rules.data import RuleData


@dataclass(frozen=True, slots=True)
class SlotsConcerned:
    """Slots by code; none: all those of the activity. `rule` is the French name of the kind."""

    rule: str
    slots: frozenset[str] = frozenset()

    def concerns(self, slot: str) -> bool:
        return not self.slots or slot in self.slots

    def to_data(self) -> dict[str, object]:
        return {"slots": sorted(self.slots)}

    @classmethod
    def from_data(cls, rule: str, data: object) -> SlotsConcerned:
        """Raises UserError `rule.bad_value`, `rule.unknown_field`."""
        fields = RuleData(rule, data)
        slots = fields.items("slots", "les créneaux") if fields.has("slots") else ()
        if not all(isinstance(code, str) and code for code in slots):
            raise fields.wrong("les créneaux")
        fields.raw("slots")
        fields.done()
        return cls(rule, frozenset(str(code) for code in slots))

    @property
    def in_french(self) -> str:
        return f"{self.rule} : {', '.join(sorted(self.slots)) or 'tous les créneaux'}"
