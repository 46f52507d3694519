"""What the whole house promises about itself: its words, its rights and its registers."""

from __future__ import annotations

import ast
import re
import string
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# Every use case is registered.
import backoffice.importing.commune.writer
import backoffice.importing.noethys.writer
import backoffice.importing.reports
import backoffice.wings  # noqa: F401
from backoffice.cli.hints import hints
from backoffice.cli.parser import build_parser
from backoffice.kernel import errors, faults
from backoffice.kernel.application import READS, USE_CASES
from backoffice.kernel.dated import NotInForce
from backoffice.kernel.errors import BackofficeError, UserError
from backoffice.kernel.messages import sentence, sentences
from backoffice.kernel.permissions import PERMISSIONS
from backoffice.kernel.schema import Base

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for folder in ("backoffice", "reports", "ui") for path in (ROOT / folder).rglob("*.py"))
CODE = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_0-9]*")


@dataclass(frozen=True, slots=True)
class Raised:
    """An error made somewhere, with the code and the parameters it is given."""

    where: str
    code: str
    params: frozenset[str]


def _error_classes() -> set[str]:
    def below(kind: type[BackofficeError]) -> Iterator[str]:
        yield kind.__name__
        for child in kind.__subclasses__():
            yield from below(child)

    return set(below(BackofficeError)) - {errors.Cancelled.__name__}


def _codes_in(node: ast.expr) -> list[str]:
    """The codes an argument may be: a literal, or one of two."""
    if isinstance(node, ast.IfExp):
        return _codes_in(node.body) + _codes_in(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _assigned(function: ast.AST, name: str) -> list[str]:
    """The codes a local name may hold."""
    return [
        code
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
        for code in _codes_in(node.value)
    ]


def _raised(path: Path) -> Iterator[Raised]:
    tree = ast.parse(path.read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {id(call): function for function in functions for call in ast.walk(function)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in _error_classes() | {"confirm"}:
            continue
        first = node.args[0]
        codes = _codes_in(first)
        if isinstance(first, ast.Name) and id(node) in inside:
            codes = _assigned(inside[id(node)], first.id)
        params = frozenset(keyword.arg for keyword in node.keywords if keyword.arg is not None)
        where = f"{path.relative_to(ROOT)}:{node.lineno}"
        yield from (Raised(where, code, params) for code in codes if CODE.fullmatch(code))


ALL_RAISED = [raised for path in SOURCES for raised in _raised(path)]


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_every_error_has_a_sentence_that_uses_what_it_is_given() -> None:
    wrong = [
        f"{raised.where}: {raised.code} gives {sorted(raised.params)}, "
        f"the sentence wants {sorted(_placeholders(sentences()[raised.code])) if raised.code in sentences() else None}"
        for raised in ALL_RAISED
        if raised.code not in sentences() or not _placeholders(sentences()[raised.code]) <= raised.params
    ]

    assert wrong == []
    assert len(ALL_RAISED) > 80


def test_no_parameter_is_given_that_no_sentence_says() -> None:
    """A parameter that nobody reads is a name or an address waiting for a log."""
    given: dict[str, set[str]] = defaultdict(set)
    for raised in ALL_RAISED:
        given[raised.code] |= raised.params

    assert {
        code: params - _placeholders(sentences()[code])
        for code, params in given.items()
        if code in sentences() and params - _placeholders(sentences()[code])
    } == {}


def test_no_sentence_is_a_fossil() -> None:
    """Each one belongs to a code that is written somewhere."""
    written = {
        node.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert sentences().keys() - written == set()


def test_what_the_databases_say_has_sentences_without_parameters() -> None:
    codes = {*faults._SQLITE.values(), *faults._POSTGRES.values(), *faults._REFUSALS.values(), "database.unreachable"}

    assert {code for code in codes if code not in sentences() or _placeholders(sentences()[code])} == set()


@pytest.mark.parametrize("code", sorted(sentences()))
def test_a_sentence_is_french_and_ends(code: str) -> None:
    text = sentences()[code]

    assert text[0].isupper() or text[0] in "«{"
    assert text == text.strip()
    assert "\n" not in text
    assert not re.search(r"\b(error|invalid|failed|please|the file)\b", text, re.IGNORECASE)
    assert "'{" not in text


@pytest.mark.parametrize("code", sorted(sentences()))
def test_a_sentence_fits_the_window_and_the_command_line(code: str) -> None:
    """What is typed in a console is told by `command_hints.toml`; a plural is written, never « (s) »."""
    text = sentences()[code]

    assert not re.search(r"\b(backoffice|commande|console|terminal)\b|--\w", text)
    assert not re.search(r"\w\((s|x|e|es|nt|ent|aux)\)", text)


def test_every_hint_completes_a_sentence_and_names_what_the_command_line_knows() -> None:
    parser = build_parser()
    commands = next(action for action in parser._actions if action.dest == "command").choices
    assert isinstance(commands, dict)
    options = {option for each in commands.values() for action in each._actions for option in action.option_strings}

    assert hints().keys() <= sentences().keys()
    for text in hints().values():
        _, _, named = text.partition(" : ")
        words = named.split()
        assert (words[0] == "backoffice" and words[1] in commands) or words[0] in options, text


def test_an_unknown_code_is_told_rather_than_lost() -> None:
    assert sentence(UserError("nothing.of_the_kind")) == "Une erreur est survenue (nothing.of_the_kind)."
    assert issubclass(NotInForce, UserError)


def test_every_use_case_has_its_own_name_in_the_journal() -> None:
    actions = [case.action for case in USE_CASES.values()]

    assert sorted(set(actions)) == sorted(actions)
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", action) for action in actions)


def test_no_right_is_without_a_use() -> None:
    used = {case.permission for case in USE_CASES.values()} | {case.permission for case in READS.values()}

    assert used <= PERMISSIONS.keys()
    # Rights of screens to come, whose list may only shrink, and those that the database alone asks for.
    to_come = {"agents.read", "attendance.read", "families.read", "tariffs.read"}
    # `attendance.unlock` is asked while bookings are saved, only of who breaks a rule.
    assert PERMISSIONS.keys() - used <= to_come | {"worker.run", "audit.read", "attendance.unlock"}


def test_sessions_and_engines_are_made_by_the_kernel_only() -> None:
    makers = re.compile(r"\b(create_engine|sessionmaker|Session\()")
    outside = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if "kernel" not in path.parts and makers.search(path.read_text("utf-8"))
    ]

    assert outside == []


def test_no_amount_is_a_float() -> None:
    """Neither a literal with a dot nor a conversion, where money, quotients and hours are counted."""
    found = []
    for path in SOURCES:
        if not {"billing", "tariffs", "families", "attendance", "money.py"} & {*path.parts} or "ui" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            conversion = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float"
            if literal or conversion:
                found.append(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")

    assert found == []


def test_every_record_that_two_agents_edit_has_a_version() -> None:
    versioned = {name for name, table in Base.metadata.tables.items() if "version" in table.columns}

    assert {"town", "services", "activities", "slots", "families", "people", "tariffs", "agents"} <= versioned
