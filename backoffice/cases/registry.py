"""The rules that golden cases may try: each reads what is given and answers plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Runner: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class TriedRule:
    """A rule by the name that files give it. `given`: the words a case may say, and what each means."""

    name: str
    about: str
    given: Mapping[str, str]
    run: Runner


RULES: dict[str, TriedRule] = {}


def rule(name: str, *, about: str, given: Mapping[str, str]) -> Callable[[Runner], Runner]:
    """Register how a rule is tried. The runner may raise UserError: the case then expects `error`, its code."""

    def register(run: Runner) -> Runner:
        if name in RULES:
            raise ValueError(f"{name} is already tried")
        RULES[name] = TriedRule(name, about, given, run)
        return run

    return register
