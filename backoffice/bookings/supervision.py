"""The national ratios of `resources/supervision.toml`, by regime and day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from backoffice.bookings.rules.supervision import SupervisionRule
from backoffice.kernel.dated import NotInForce
from backoffice.kernel.resources import load_toml

_VALUE = ("label", "long_after", "bands")


@dataclass(frozen=True, slots=True)
class NationalRule:
    """A regime as it was published, and the warning that goes with its figures."""

    regime: str
    in_force_from: date
    rule: SupervisionRule
    source: str
    warning: str


@cache
def national_rules() -> tuple[NationalRule, ...]:
    """Every regime, the latest first."""
    found = [
        NationalRule(
            row["regime"], row["in_force_from"],
            SupervisionRule.from_data({key: row[key] for key in _VALUE if key in row}), row["source"], row["warning"],
        )
        for row in load_toml("supervision.toml")["rule"]
    ]
    return tuple(sorted(found, key=lambda one: (one.regime, one.in_force_from), reverse=True))


def national_rule(regime: str, day: date) -> NationalRule:
    """What is in force for a regime on a day. Raises NotInForce `dated.not_in_force`."""
    for rule in national_rules():
        if rule.regime == regime and rule.in_force_from <= day:
            return rule
    raise NotInForce("dated.not_in_force", what=f"régime d'encadrement « {regime} »", day=day)
