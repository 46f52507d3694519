"""The rights table of `resources/rights.toml`, read and checked: what the window, the door and the policies share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from backoffice.kernel.resources import load_toml


@dataclass(frozen=True, slots=True)
class RoleRights:
    """A role as an administrator names it, and the permissions it carries."""

    label: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission that reaches a verb of a table, and the perimeter in which it does."""

    permission: str
    perimeter: str


@dataclass(frozen=True, slots=True)
class TableRights:
    """What each permission may do with the rows of one table.

    `change` gives the columns, or None for all but the key and the `fixed` ones; `change_to` is the perimeter of the
    changed row, empty for the one it was found in. `key` is empty for a table that the journal does not follow.
    `kept` is what functions of the database do to any row (SQL verbs, or ALL); `audit` names the other owner.
    `finder` gives the columns read to find what is hidden.
    """

    name: str
    column: str
    see: tuple[Grant, ...]
    add: tuple[Grant, ...]
    remove: tuple[Grant, ...]
    change: Mapping[Grant, tuple[str, ...] | None]
    change_to: str
    hold: tuple[Grant, ...]
    finder: tuple[str, ...]
    fixed: frozenset[str]
    given_key: bool
    key: str
    secret: tuple[str, ...]
    unjournalled: frozenset[str]
    kept: tuple[str, ...]
    audit: bool
    own_trace: bool


_VERBS = {"see": "SELECT", "add": "INSERT", "change": "UPDATE", "remove": "DELETE"}


@dataclass(frozen=True, slots=True)
class Rights:
    """The whole table: permissions with their French labels, roles, what the background service holds on the whole
    town, and tables by name."""

    permissions: Mapping[str, str]
    roles: Mapping[str, RoleRights]
    worker: RoleRights
    tables: Mapping[str, TableRights]


@lru_cache(maxsize=1)
def rights() -> Rights:
    """The rights shipped with the program.

    Raises EnvironmentFault `resource.missing`, `resource.unreadable`; ValueError for a permission nobody declared.
    """
    raw = load_toml("rights.toml")
    permissions: Mapping[str, str] = MappingProxyType(raw["permissions"])
    roles = {name: _role(name, role, permissions) for name, role in raw["roles"].items()}
    worker = _role("worker", raw["worker"], permissions)
    tables = {name: _table(name, entry, permissions) for name, entry in raw["tables"].items()}
    return Rights(permissions, MappingProxyType(roles), worker, MappingProxyType(tables))


def _role(name: str, entry: Mapping[str, Any], permissions: Mapping[str, str]) -> RoleRights:
    return RoleRights(entry["label"], _known(entry["permissions"], permissions, name))


def _known(names: list[str], permissions: Mapping[str, str], where: str) -> frozenset[str]:
    unknown = set(names) - set(permissions)
    if unknown:
        raise ValueError(f"{where} names permissions that do not exist: {', '.join(sorted(unknown))}")
    return frozenset(names)


def _table(name: str, entry: Mapping[str, Any], permissions: Mapping[str, str]) -> TableRights:
    def grants(verb: str, texts: list[str]) -> tuple[Grant, ...]:
        usual = entry.get(f"{verb}_in", entry["perimeter"])
        found = []
        for text in texts:
            permission, _, other = text.partition(": ")
            _known([permission], permissions, name)
            found.append(Grant(permission, other or usual))
        return tuple(found)

    changes = entry.get("change", {})
    return TableRights(
        name=name,
        column=entry.get("column", ""),
        see=grants("see", entry.get("see", [])),
        add=grants("add", entry.get("add", [])),
        remove=grants("remove", entry.get("remove", [])),
        change={
            grant: None if columns == "*" else tuple(columns)
            for grant, columns in zip(grants("change", list(changes)), changes.values(), strict=True)
        },
        change_to=entry.get("change_to", ""),
        hold=grants("change", entry.get("hold", [])),
        finder=tuple(entry.get("finder", ())),
        given_key=bool(entry.get("given_key", False)),
        fixed=frozenset(entry.get("fixed", ())),
        key=entry.get("key", "id"),
        secret=tuple(entry.get("secret", ())),
        unjournalled=frozenset(entry.get("unjournalled", ())),
        kept=("ALL",) if entry.get("kept") is True else tuple(_VERBS[verb] for verb in entry.get("kept", ())),
        audit=entry.get("owner") == "audit",
        own_trace=bool(entry.get("own_trace", False)),
    )
