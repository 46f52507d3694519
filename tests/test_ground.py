"""The ground the project stands on: what is installed, from where, and why."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKED = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)
DEPENDENCIES: list[str] = PROJECT["project"]["dependencies"]

# PySide6 6.12.0 loses a reference to None at every call that returns it: Python 3.11 aborts after some thousands.
MANY_CALLS = """
from PySide6.QtWidgets import QApplication, QLabel
application = QApplication([])
label = QLabel()
for number in range(20_000):
    label.setText(str(number))
print(label.text())
"""


def _name(requirement: str) -> str:
    """`PySide6-Essentials>=6.8` → `pyside6-essentials`: the name as package indexes compare it."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def _locked() -> dict[str, str]:
    """Each locked package with its whole entry, continuation lines included."""
    lines = (line for line in LOCKED.splitlines() if not line.lstrip().startswith("#"))
    entries = re.split(r"\n(?=\S)", "\n".join(lines).strip())
    return {_name(entry): entry for entry in entries}


def test_every_locked_package_is_pinned_and_hashed() -> None:
    bare = [
        name
        for name, entry in _locked().items()
        if not re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+", entry) or "--hash=sha256:" not in entry
    ]

    assert bare == []


@pytest.mark.parametrize("address", ["http", "file:", "@ ", "--index-url", "--extra-index-url", "--find-links"])
def test_the_lock_names_no_address(address: str) -> None:
    assert address not in LOCKED


def test_the_lock_holds_every_declared_dependency() -> None:
    declared = {_name(requirement) for requirement in (*DEPENDENCIES, *PROJECT["dependency-groups"]["dev"])}

    assert declared - _locked().keys() == set()


def test_every_dependency_gives_its_reason() -> None:
    block = PYPROJECT.partition("\ndependencies = [\n")[2].partition("\n]")[0].splitlines()
    explained = [line for line in block if re.fullmatch(r'\s+"[^"]+",\s+# \S.{9,}', line)]

    assert len(explained) == len(block) == len(DEPENDENCIES)


def test_pyside6_stays_below_the_release_that_aborts() -> None:
    [requirement] = [each for each in DEPENDENCIES if _name(each) == "pyside6-essentials"]

    assert requirement.endswith(",<6.12")
    assert tuple(map(int, version("PySide6-Essentials").split(".")[:2])) < (6, 12)


def test_twenty_thousand_calls_returning_none_survive() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    run = subprocess.run(
        [sys.executable, "-c", MANY_CALLS], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert (run.returncode, run.stdout.strip()) == (0, "19999"), run.stderr


def test_dev_py_needs_only_the_standard_library() -> None:
    tree = ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 11))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or "."])
    }

    assert imported - sys.stdlib_module_names == set()
