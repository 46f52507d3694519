"""The day of a kiosk, kept under seal on its computer: names and phones, for the day only, for when the server is away.

Same sealed file and same key of the keyring as what waits to be sent; nothing is kept where there is no keyring.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from backoffice.clocking.code_rules import Signer
from backoffice.clocking.kinds import ClockKind
from backoffice.clocking.roster import Adult, Roster, RosterChild, Touch
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.filelock import alone
from backoffice.outbox import sealed
from backoffice.outbox.kept import kept_key, made_key


class DayFile:
    """One for each structure that this agent's kiosk shows."""

    def __init__(self, address: DatabaseAddress, login: str, structure_id: int, folder: Path) -> None:
        name = hashlib.sha256(f"{login} {address.shown} {structure_id}".encode()).hexdigest()[:16]
        self.path = folder / f"{name}.journee"
        self._lock = folder / f"{name}.journee-verrou"
        self._url, self._login = address.url, login

    def keep(self, roster: Roster) -> None:
        """In place of the one before. Raises EnvironmentFault `outbox.no_keyring`, those of the disk."""
        with alone(self._lock):
            sealed.make(self.path, made_key(self._url, self._login), [written(roster)])

    def read(self, today: date) -> Roster | None:
        """The day that is kept; None when there is none. Another day's, or one that cannot be read, goes away.

        Raises EnvironmentFault `outbox.no_keyring`, those of the disk.
        """
        if not self.path.exists():
            return None
        with alone(self._lock):
            key = kept_key(self._url, self._login)
            found = None
            if key is not None:
                try:
                    records = sealed.read(self.path, key).records
                    found = read_roster(records[0]) if records else None
                except (sealed.OtherKeyError, sealed.NotOursError, ValueError, KeyError, TypeError):
                    found = None
            if found is None or found.day != today:
                sealed.remove(self.path)
                return None
            return found


def written(roster: Roster) -> bytes:
    return json.dumps(asdict(roster), default=_plain, separators=(",", ":"), ensure_ascii=False).encode()


def read_roster(content: bytes) -> Roster:
    """What `written` made. Raises ValueError, KeyError or TypeError for anything else."""
    said: dict[str, Any] = json.loads(content)
    return Roster(
        day=date.fromisoformat(said["day"]), structure_id=said["structure_id"], structure=said["structure"],
        read_at=datetime.fromisoformat(said["read_at"]), sections=tuple(said["sections"]),
        children=tuple(_child(child) for child in said["children"]),
        signers=tuple(Signer(**signer) for signer in said["signers"]),
    )


def _child(said: dict[str, Any]) -> RosterChild:
    return RosterChild(**{
        **said, "expected": tuple(said["expected"]), "adults": tuple(Adult(**adult) for adult in said["adults"]),
        "touches": tuple(
            Touch(one["uid"], ClockKind(one["kind"]), datetime.fromisoformat(one["at"]),
                  datetime.fromisoformat(one["made_at"]), one["replaces"])
            for one in said["touches"]
        ),
    })


def _plain(value: object) -> str:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    raise TypeError(type(value).__name__)
