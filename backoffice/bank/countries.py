"""The countries whose accounts can be debited, read from dated data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from backoffice.kernel.resources import load_toml


@cache
def iban_lengths() -> Mapping[str, int]:
    """How many signs an account number has, by country."""
    return MappingProxyType(load_toml("legal", "sepa.toml")["lengths"])
