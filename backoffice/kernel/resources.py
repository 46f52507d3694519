"""The read-only data shipped with the program: legal rates, calendars, sentences, fonts."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from backoffice.kernel.errors import EnvironmentFault

# `resources` lies beside the package `backoffice`, in a checkout as in an installed wheel.
_ROOT = Path(__file__).resolve().parents[2] / "resources"


def resource_path(*parts: str) -> Path:
    """Where a shipped file or folder is: `resource_path("legal", "psu.toml")`.

    Raises EnvironmentFault `resource.missing` (the installation is damaged).
    """
    path = _ROOT.joinpath(*parts)
    if not path.exists():
        raise EnvironmentFault("resource.missing", path="/".join(parts))
    return path


def load_toml(*parts: str) -> dict[str, Any]:
    """The content of a shipped TOML file; its decimal numbers are `Decimal`, never `float`.

    Nothing is cached here. Raises EnvironmentFault `resource.missing`, `resource.unreadable`.
    """
    try:
        with resource_path(*parts).open("rb") as file:
            return tomllib.load(file, parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise EnvironmentFault("resource.unreadable", path="/".join(parts)) from exc
