"""The lists of the health sheet that a town may change: reasons to open one, and menus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from backoffice.kernel.resources import load_toml


@dataclass(frozen=True, slots=True)
class Reason:
    """A usual reason to open a sheet; with `detail` it says nothing by itself, so words are asked."""

    words: str
    detail: bool


@cache
def usual_reasons() -> tuple[Reason, ...]:
    return tuple(Reason(row["words"], row.get("detail", False)) for row in load_toml("health.toml")["reason"])


@cache
def menus() -> Mapping[str, str]:
    """The menus by code, in words; the ordinary one has an empty code."""
    return MappingProxyType({row["code"]: row["words"] for row in load_toml("health.toml")["menu"]})
