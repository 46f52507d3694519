"""What a shared database carries of its rights, read from the catalogue of its server and told in short digests.

The catalogue is readable by every agent: whoever runs `doctor` sees that somebody changed a rule by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection

_QUERY = Path(__file__).with_name("fingerprint.sql")

_WORDS = {
    "table": "protection de la table",
    "policies": "règles de la table",
    "triggers": "déclencheurs de la table",
    "constraints": "contraintes de la table",
    "rights": "droits sur",
    "columns": "droits sur les colonnes de",
    "function": "fonction",
    "role": "groupe",
    "public": "droits de tous sur",
}
_OF_THE_SERVER = "role"  # other databases of the server add theirs


def fingerprint(connection: Connection) -> dict[str, str]:
    """A digest for each thing that rights are made of: « policies invoices », « function draw_numbers(…) »."""
    return {row.thing: row.digest for row in connection.exec_driver_sql(_QUERY.read_text("utf-8")).all()}


def differences(known: Mapping[str, str], found: Mapping[str, str]) -> tuple[str, ...]:
    """What is not as it was put in place, in French words; empty when nothing moved."""
    changed = (
        thing for thing in sorted(known.keys() | found.keys())
        if known.get(thing) != found.get(thing) and (thing in known or not thing.startswith(_OF_THE_SERVER))
    )
    return tuple(f"{_WORDS[kind]} {name}" for kind, _, name in (thing.partition(" ") for thing in changed))
