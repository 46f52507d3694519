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
        return _MonthWords(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _Count(value)
    if isinstance(value, date):
        return french_day(value)
    return value


class _MonthWords:
    """A month in a sentence: « octobre 2025 », `{month:de}` « d'octobre 2025 », `{month:Le}` « Octobre 2025 »."""

    def __init__(self, month: Month) -> None:
        self._month = month

    def __format__(self, form: str) -> str:
        if form == "de":
            return self._month.of_in_french
        words = self._month.in_french
        return words[0].upper() + words[1:] if form == "Le" else words


class _Count:
    """A number in a sentence: `{count:famille|familles}` gives « 1 famille », « 12 familles »."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __format__(self, forms: str) -> str:
        if not forms:
            return str(self._number)
        one, several = forms.split("|")
        return f"{self._number} {several if self._number > 1 else one}"
