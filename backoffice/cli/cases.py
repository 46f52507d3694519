"""`backoffice cases FICHIER.yaml…`: what the rules answer, against what an agent says they must."""

from __future__ import annotations

from argparse import Namespace

import backoffice.cases.every_rule  # noqa: F401 - each rule registers itself
from backoffice.cases.reading import read_cases
from backoffice.cases.registry import RULES
from backoffice.cases.running import differences
from backoffice.cli.screen import say, warn
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence

_UNREADABLE = 2


def run_cases(arguments: Namespace) -> int:
    """0: every case holds; 1: some differ, each difference is said; 2: a file cannot be read."""
    if arguments.rules:
        _list_rules()
        return 0
    tried = wrong = unreadable = 0
    for path in arguments.files:
        try:
            file = read_cases(path)
        except UserError as refusal:
            warn(sentence(refusal))
            unreadable += 1
            continue
        for case, found in differences(file):
            tried += 1
            wrong += bool(found)
            for one in found:
                say(f"✗ {path.name}, « {case.name} », {one.place} : attendu {one.expected}, trouvé {one.found}")
    say(f"{tried} cas, {wrong} en écart.")
    if unreadable:
        return _UNREADABLE
    return 1 if wrong else 0


def _list_rules() -> None:
    for name in sorted(RULES):
        rule = RULES[name]
        say(f"{name} : {rule.about}")
        for word, meaning in rule.given.items():
            say(f"    {word} : {meaning}")
