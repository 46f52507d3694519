"""When families may book: « Les réservations pour septembre 2026 seront disponibles à compter du 27 juillet 2026 »."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from backoffice.bookings.rules.data import RuleData
from backoffice.bookings.rules.words import french_moment
from backoffice.kernel.errors import UserError
from backoffice.kernel.zone import PARIS, is_later


@dataclass(frozen=True, slots=True)
class BookingWindow:
    """From when, and until when, the days of a rule may be booked: the rule's own period says which days.

    `closes_at`: the lock of a campaign (« à partir du 1er août, vous n'avez plus accès aux modifications »); None: the
    notice alone closes. Raises UserError `rule.window_backwards`.
    """

    opens_at: datetime
    closes_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.closes_at is not None and not is_later(self.closes_at, self.opens_at):
            raise UserError("rule.window_backwards")

    def why_outside(self, now: datetime) -> str | None:
        """Why nothing may be changed at this instant; None when it may."""
        if is_later(self.opens_at, now):
            return f"Les réservations ouvrent le {french_moment(self.opens_at)}"
        if self.closes_at is not None and not is_later(self.closes_at, now):
            return f"Les réservations sont closes depuis le {french_moment(self.closes_at)}"
        return None

    def to_data(self) -> dict[str, object]:
        return {
            "opens_at": self.opens_at.astimezone(PARIS).isoformat(),
            "closes_at": self.closes_at.astimezone(PARIS).isoformat() if self.closes_at else None,
        }

    @classmethod
    def from_data(cls, data: object) -> BookingWindow:
        """Read what `to_data` wrote. Raises UserError `rule.bad_value`, `rule.unknown_field`,
        `rule.window_backwards`."""
        fields = RuleData("Ouverture des réservations", data)
        found = cls(
            fields.instant("opens_at", "la date d'ouverture"), fields.maybe_instant("closes_at", "la date de clôture")
        )
        fields.done()
        return found

    @property
    def in_french(self) -> str:
        closing = f", closes le {french_moment(self.closes_at)}" if self.closes_at else ""
        return f"Réservations ouvertes le {french_moment(self.opens_at)}{closing}"
