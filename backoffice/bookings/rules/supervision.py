"""How many adults a group of children needs (domain.md 2.5). The figures are dated data with their source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backoffice.bookings.rules.data import RuleData
from backoffice.bookings.rules.words import joined
from backoffice.kernel.errors import UserError


@dataclass(frozen=True, slots=True)
class Band:
    """Children from `from_months` of age until the eve of `to_months` (None: no limit): so many for one adult, up to
    `long_after` minutes in a row and beyond."""

    label: str
    from_months: int
    to_months: int | None
    per_adult: int
    per_adult_long: int

    def holds(self, months: int) -> bool:
        return self.from_months <= months and (self.to_months is None or months < self.to_months)


@dataclass(frozen=True, slots=True)
class SupervisionRule:
    """The ratios of one regime. `long_after`: more minutes than that in a row is a long stay."""

    label: str
    bands: tuple[Band, ...]
    long_after: int = 300

    def band_of(self, months: int) -> str:
        """The label of the band of a child of that age; the first one for an age in none of them."""
        return next((band.label for band in self.bands if band.holds(months)), self.bands[0].label)

    def adults_needed(self, children: Mapping[str, int], minutes: int) -> int:
        """Adults for so many children by band label, in a slot that lasts `minutes`: each band has its own.

        Raises UserError `rule.bad_value` for a band that the rule does not know: nobody is left out of the count.
        """
        unknown = sorted(children.keys() - {band.label for band in self.bands})
        if unknown:
            raise UserError("rule.bad_value", rule=self.label, field=f"la tranche d'âge « {unknown[0]} »")
        needed = 0
        for band in self.bands:
            per_adult = band.per_adult_long if minutes > self.long_after else band.per_adult
            needed += -(-children.get(band.label, 0) // per_adult)
        return needed

    def to_data(self) -> dict[str, object]:
        return {
            "label": self.label, "long_after": self.long_after,
            "bands": [
                {"label": band.label, "from_months": band.from_months, "to_months": band.to_months,
                 "per_adult": band.per_adult, "per_adult_long": band.per_adult_long}
                for band in self.bands
            ],
        }

    @classmethod
    def from_data(cls, data: object) -> SupervisionRule:
        """Read what `to_data` wrote. Raises UserError `rule.bad_value`, `rule.unknown_field`."""
        fields = RuleData("Encadrement", data)
        bands = []
        for one in fields.items("bands", "les tranches d'âge"):
            band = RuleData("Encadrement", one)
            per_adult = band.whole("per_adult", "le nombre d'enfants par adulte", 1, 100)
            bands.append(Band(
                band.text("label", "le nom de la tranche d'âge"), band.whole("from_months", "l'âge", 0, 300, default=0),
                band.maybe_whole("to_months", "l'âge", 1, 300), per_adult,
                band.whole("per_adult_long", "le nombre d'enfants par adulte", 1, 100, default=per_adult),
            ))  # fmt: skip
            band.done()
        if not bands:
            raise fields.wrong("les tranches d'âge")
        found = cls(
            fields.text("label", "le nom du régime"), tuple(bands),
            fields.whole("long_after", "la durée", 0, 1440, default=300),
        )
        fields.done()
        return found

    @property
    def in_french(self) -> str:
        said = joined(f"1 adulte pour {self._ratio(band)} ({band.label})" for band in self.bands)
        return f"{self.label} : {said}"

    def _ratio(self, band: Band) -> str:
        if band.per_adult == band.per_adult_long:
            return str(band.per_adult)
        return f"{band.per_adult}, ou {band.per_adult_long} au-delà de {self.long_after // 60} h"
