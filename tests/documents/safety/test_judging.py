"""Every hostile and odd file gets a sentence, none gets out of its child, and what families really send is let in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import chain

import pytest

from backoffice.documents.safety import rules
from backoffice.documents.safety.inside import Seen
from backoffice.documents.safety.judging import Judge, judged
from backoffice.documents.safety.verdict import NewFile, Verdict
from tests.documents.safety.hostile import Sample, mutated, plain, samples, scan
from tests.documents.safety.traps import traps


def _wrong(sample: Sample, verdict: Verdict) -> str:
    """What is not as expected of it; empty when all is."""
    if verdict.accepted and (verdict.media_type not in rules.SHOWN or verdict.pages < 1 or verdict.sentence):
        return "accepted without a page"
    if not verdict.accepted and not (verdict.sentence.endswith(".") and "{" not in verdict.sentence):
        return "no sentence"
    if sample.accepted is not None and verdict.accepted is not sample.accepted:
        return f"accepted is {verdict.accepted} ({verdict.code})"
    if not verdict.accepted and sample.codes and verdict.code not in sample.codes:
        return verdict.code
    if not sample.flags <= set(verdict.flags):
        return f"flags {verdict.flags}"
    return "" if set(verdict.flags) <= set(rules.FLAGS) else f"unknown flags {verdict.flags}"


def test_each_of_three_hundred_hostile_and_odd_files_is_judged() -> None:
    wrong, families, codes = [], Counter[str](), Counter[str]()
    with Judge() as judge:
        for sample in chain(samples(), traps()):
            verdict = judge.judge(NewFile(sample.name, sample.content))
            families[sample.family] += 1
            codes[verdict.code] += 1
            if told := _wrong(sample, verdict):
                wrong.append((sample.family, sample.name, told))
    assert wrong == []
    assert families.total() >= 300
    assert len(codes) >= 12, codes


def test_a_mutated_file_is_judged_too(long: bool, figure: Callable[[str], None]) -> None:
    count, accepted = 2_000 if long else 100, 0
    with Judge() as judge:
        for sample in mutated(count):
            verdict = judge.judge(NewFile(sample.name, sample.content))
            assert not _wrong(sample, verdict), sample.name
            accepted += verdict.accepted
    figure(f"{count} mutated files: {accepted} let in, the others refused with a sentence")


def test_a_scan_is_kept_as_what_can_be_shown() -> None:
    (found,) = judged([NewFile("scan.tif", scan(3))])
    assert (found.verdict.media_type, found.verdict.pages) == (rules.PDF, 3)
    assert found.content.startswith(b"%PDF-")
    (kept,) = judged([NewFile("photo.jpg", plain()["jpg"])])
    assert kept.content == plain()["jpg"]


@pytest.mark.parametrize(
    "lie",
    [Seen("judged.accepted", 1), Seen("elsewhere"), Seen(pages=0), Seen(pages=100_000), Seen(pages=-1),
     Seen(pages=1, flags=("quarantine", "x")), Seen(pages=1, content=b"<html>")],
)
def test_what_only_a_child_taken_over_would_answer_lets_nothing_in(lie: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    with Judge() as judge:
        monkeypatch.setattr(judge._child, "ask", lambda *_: lie)
        verdict = judge.judge(NewFile("a.jpg", plain()["jpg"]))
    assert (verdict.accepted, verdict.code) == (False, "judged.too_heavy")
