"""National figures of recovery, read from dated data."""

from __future__ import annotations

from functools import cache

from backoffice.kernel.dated import Dated, InForce
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.kernel.resources import load_toml


@cache
def recovery_threshold() -> Dated[Money]:
    """The amount under which a debt is carried over, by day of issue (CGCT D1611-1)."""
    entries = load_toml("legal", "recovery.toml")["threshold"]
    return Dated(
        "seuil de mise en recouvrement",
        (InForce(Period(e["first_day"], e.get("last_day")), Money(e["cents"])) for e in entries),
    )
