"""An error as the command line says it: the sentence that the window shows too, then the command to type."""

from __future__ import annotations

from functools import cache

from backoffice.kernel.errors import BackofficeError
from backoffice.kernel.messages import sentence
from backoffice.kernel.resources import load_toml


@cache
def hints() -> dict[str, str]:
    """Every code whose sentence has a command, and what is said of it (`resources/command_hints.toml`)."""
    return {
        f"{group}.{name}": text
        for group, entries in load_toml("command_hints.toml").items()
        for name, text in entries.items()
    }


def told(error: BackofficeError) -> str:
    """What is printed for this error."""
    hint = hints().get(error.code)
    return sentence(error) if hint is None else f"{sentence(error)} {hint}"
