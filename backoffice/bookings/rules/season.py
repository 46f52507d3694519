"""When in the year an activity opens: all year, on school days, in school holidays."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.bookings.rules.data import RuleData
from backoffice.catalog.rules import Season

_WORDS = {
    Season.ALL_YEAR: "Ouvert toute l'année",
    Season.SCHOOL_DAYS: "Ouvert en période scolaire",
    Season.SCHOOL_HOLIDAYS: "Ouvert pendant les vacances scolaires",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """The season of an activity, and whether it opens on public holidays."""

    season: Season = Season.ALL_YEAR
    open_on_public_holidays: bool = False

    def to_data(self) -> dict[str, object]:
        return {"season": self.season.value, "open_on_public_holidays": self.open_on_public_holidays}

    @classmethod
    def from_data(cls, data: object) -> Opening:
        """Read what `to_data` wrote. Raises UserError `rule.bad_value`, `rule.unknown_field`."""
        fields = RuleData("Période d'ouverture", data)
        found = cls(
            fields.choice("season", "la période", Season, Season.ALL_YEAR),
            fields.flag("open_on_public_holidays", "les jours fériés", default=False),
        )
        fields.done()
        return found

    @property
    def in_french(self) -> str:
        return _WORDS[self.season] + (", jours fériés compris" if self.open_on_public_holidays else "")
