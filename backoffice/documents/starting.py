"""The list of documents that a town may start from, and the rejections it offers (`resources/document_types.toml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from backoffice.catalog.kinds import StructureKind
from backoffice.documents.kinds import Blocks, Condition, Feed, Owner, Sensitivity, Validity
from backoffice.kernel.resources import load_toml

OTHER_REASON = "other"


@dataclass(frozen=True, slots=True)
class StartingType:
    """A type as the list proposes it. `kinds`: the structures whose services ask for it; none: every service."""

    code: str
    name: str
    owner: Owner
    sensitivity: Sensitivity
    validity: Validity
    validity_years: int
    group: str
    rule: str
    feeds: Feed
    condition: Condition
    form: str
    reasons: tuple[str, ...]
    retention_days: int
    is_mandatory: bool
    blocks: Blocks
    kinds: frozenset[StructureKind]


@dataclass(frozen=True, slots=True)
class RejectReason:
    """Why a document is rejected: what the agent reads, and what the family does, unless the agent changes it."""

    code: str
    label: str
    words: str


@cache
def starting_types() -> tuple[StartingType, ...]:
    """In the order in which families see them."""
    content = load_toml("document_types.toml")
    return tuple(
        StartingType(
            code=row["code"],
            name=row["name"],
            owner=Owner(row["owner"]),
            sensitivity=Sensitivity(row.get("sensitivity", Sensitivity.USUAL)),
            validity=Validity(row["validity"]),
            validity_years=row.get("validity_years", 0),
            group=row.get("group", ""),
            rule=row["rule"],
            feeds=Feed(row.get("feeds", Feed.NOTHING)),
            condition=Condition(row.get("condition", Condition.ALWAYS)),
            form=row.get("form", ""),
            reasons=tuple(row["reasons"]),
            retention_days=row.get("retention_days", content["retention_days"]),
            is_mandatory=row.get("mandatory", False),
            blocks=Blocks(row.get("blocks", Blocks.NOTHING)),
            kinds=frozenset(StructureKind(kind) for kind in row.get("kinds", ())),
        )
        for row in content["document"]
    )


@cache
def reject_reasons() -> Mapping[str, RejectReason]:
    """Every rejection by its code; `OTHER_REASON`, always offered last, has no words of its own."""
    rows = load_toml("document_types.toml")["reason"]
    return MappingProxyType({row["code"]: RejectReason(row["code"], row["label"], row["words"]) for row in rows})
