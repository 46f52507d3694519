"""Files of golden cases, read: no number becomes a float, no file runs anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from backoffice.cases.registry import RULES, TriedRule
from backoffice.kernel.errors import UserError


@dataclass(frozen=True, slots=True)
class Case:
    """What is given to a rule, and what it must answer: only what is named is compared."""

    name: str
    given: Mapping[str, Any]
    expect: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseFile:
    path: Path
    rule: TriedRule
    cases: tuple[Case, ...]


class _Loader(yaml.SafeLoader):
    """The safe loader, with exact decimals (2.42 is 2.42), that refuses a word said twice: the first would be lost."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        said = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for place, word in enumerate(said):
            if word in said[:place]:
                raise yaml.constructor.ConstructorError(None, None, f"{word} twice", node.start_mark)
        super().flatten_mapping(node)


_Loader.add_constructor(
    "tag:yaml.org,2002:float", lambda loader, node: Decimal(str(loader.construct_scalar(node)))  # type: ignore[arg-type]
)


def read_cases(path: Path) -> CaseFile:
    """The cases of a file. Raises UserError `cases.missing`, `cases.unreadable`, `cases.unknown_rule`,
    `cases.bad_case`."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise UserError("cases.missing", path=path) from exc
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, with exact decimals
    except (yaml.YAMLError, ArithmeticError, ValueError, RecursionError) as exc:
        line = getattr(getattr(exc, "problem_mark", None), "line", None)
        raise UserError("cases.unreadable", path=path, line="?" if line is None else line + 1) from exc
    if not isinstance(content, Mapping) or not isinstance(content.get("cases"), list):
        raise UserError("cases.unreadable", path=path, line=1)
    name = content.get("rule")
    if not isinstance(name, str) or name not in RULES:
        raise UserError("cases.unknown_rule", path=path, name=name, known=", ".join(sorted(RULES)))
    cases = tuple(_case(path, number, data) for number, data in enumerate(content["cases"], 1))
    return CaseFile(path, RULES[name], cases)


def _case(path: Path, number: int, data: object) -> Case:
    if not isinstance(data, Mapping):
        raise UserError("cases.bad_case", path=path, number=number)
    name, given, expect = data.get("name"), data.get("given"), data.get("expect")
    if not isinstance(name, str) or not isinstance(given, Mapping) or not isinstance(expect, Mapping) or not expect:
        raise UserError("cases.bad_case", path=path, number=number)
    return Case(name, given, expect)
