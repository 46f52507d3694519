"""Error codes into French sentences. The sentences are data: `resources/messages.toml`."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from backoffice.kernel.errors import BackofficeError
from backoffice.kernel.money import Money, euros
from backoffice.kernel.periods import Month, french_day
from backoffice.kernel.resources import load_toml


@cache
def sentences() -> dict[str, str]:
    """Every known code and its sentence, with parameters in braces."""
    return {
        f"{group}.{name}": text
        for group, entries in load_toml("messages.toml").items()
        for name, text in entries.items()
    }


def sentence(error: BackofficeError) -> str:
    """What the agent reads for this error."""
    template = sentences().get(error.code)
    if template is None:
        return f"Une erreur est survenue ({error.code})."
    return template.format(**{name: _in_french(value) for name, value in error.params.items()})


def _in_french(value: object) -> Any:
    if isinstance(value, Money):
        return euros(value)
    if isinstance(value, Month):
        return value.in_french
    if isinstance(value, date):
        return french_day(value)
    return value
