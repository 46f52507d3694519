"""The golden cases of every rule, run as an agent runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

import backoffice.cases.every_rule  # noqa: F401 - each rule registers itself
from backoffice.cases.reading import Case, CaseFile, read_cases
from backoffice.cases.registry import RULES
from backoffice.cases.running import differences
from backoffice.kernel.errors import UserError
from ui.__main__ import main

FILES = [read_cases(path) for path in sorted((Path(__file__).parent / "cases").glob("*.yaml"))]
CASES = [(file, case) for file in FILES for case in file.cases]

TWO_CASES = """
rule: capacity
cases:
  - name: Juste
    given: {rule: {total: 2}, slot: M, taken: {total: 1}}
    expect: {left: 1}
  - name: Faux
    given: {rule: {total: 2}, slot: M, taken: {total: 1}}
    expect: {left: 2, fits: true}
"""


@pytest.mark.parametrize(("file", "case"), CASES, ids=lambda one: one.name if isinstance(one, Case) else one.rule.name)
def test_a_rule_answers_as_its_cases_say(file: CaseFile, case: Case) -> None:
    one = CaseFile(file.path, file.rule, (case,))
    assert [found for _, found in differences(one)] == [()]


def test_every_rule_has_its_cases_and_there_are_enough_of_them() -> None:
    assert {file.rule.name for file in FILES} == set(RULES)
    assert len(CASES) >= 120
    assert len({(file.path, case.name) for file, case in CASES}) == len(CASES)


def test_each_difference_is_said_and_the_answer_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ma commune.yaml"
    path.write_text(TWO_CASES, "utf-8")
    assert main(["cases", str(path)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said == ["✗ ma commune.yaml, « Faux », left : attendu 2, trouvé 1", "2 cas, 1 en écart."]


def test_the_cases_of_the_program_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cases", *(str(file.path) for file in FILES)]) == 0
    assert capsys.readouterr().out.endswith(" cas, 0 en écart.\n")


def test_the_rules_are_listed_with_their_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cases", "--rules"]) == 0
    said = capsys.readouterr().out
    assert all(f"{name} : " in said for name in RULES)


@pytest.mark.parametrize(("text", "code"), [
    ("rule: [", "cases.unreadable"),
    ("rule: capacity", "cases.unreadable"),
    ("rule: lune\ncases: []", "cases.unknown_rule"),
    ("rule: [capacity]\ncases: []", "cases.unknown_rule"),
    ("rule: capacity\nrule: notice\ncases: []", "cases.unreadable"),
    ("rule: capacity\ncases: [{name: Sans attente, given: {}}]", "cases.bad_case"),
    ("rule: capacity\ncases: [!!python/object/apply:os.getcwd []]", "cases.unreadable"),
])
def test_a_file_that_cannot_be_read_says_why(
    text: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cas.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError) as refusal:
        read_cases(path)
    assert refusal.value.code == code
    assert main(["cases", str(path), str(tmp_path / "absent.yaml")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_word_that_misses_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cas.yaml"
    path.write_text("rule: capacity\ncases: [{name: A, given: {rule: {}}, expect: {left: 1}}]", "utf-8")
    assert main(["cases", str(path)]) == 1
    assert "La règle « capacity » attend « taken » : ajoutez-le à given." in capsys.readouterr().out


@pytest.mark.parametrize(("rule", "given", "said"), [
    ("capacity", "rule: {total: 1}, slot: M, groupe: MAT, taken: {total: 0}", "ne connaît pas « groupe »"),
    ("capacity", "rule: {total: 1}, slot: M, taken: 5", "ne peut pas lire ce cas"),
    ("states", "stored: lune", "ne peut pas lire ce cas"),
    ("combinations", "rule: {allowed: [[M]]}, chosen: 5, weekday: 2", "ne peut pas lire ce cas"),
    ("capacity", "rule: {total: -1}, slot: M, taken: {total: 0}", "le nombre de places est à corriger"),
])
def test_a_case_that_the_rule_refuses_says_why_and_the_others_run(
    rule: str, given: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = f"{{name: A, given: {{{given}}}, expect: {{left: 1}}}}"
    path = tmp_path / "cas.yaml"
    path.write_text(f"rule: {rule}\ncases: [{one}, {one}]", "utf-8")
    assert main(["cases", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert said in lines[0]
    assert len(lines) == 3
