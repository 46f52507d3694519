"""Answers of a child: values that were expected, or nothing. Whoever writes them may be an enemy."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from backoffice.kernel.answers import BadAnswer, Failure, receive_answer, send_answer
from tests.support.child_work import Told, pickled


@pytest.fixture
def ends() -> Iterator[tuple[Connection, Connection]]:
    reading, writing = multiprocessing.Pipe(duplex=False)
    with reading, writing:
        yield reading, writing


@pytest.mark.parametrize(
    "answer",
    [Told(3), Told(3, ("é", "\ud800", ""), b"", 0.5), Told(-1, (), bytes(range(256)) * 9), Failure("ValueError")],
)
def test_an_answer_comes_as_it_was_sent(ends: tuple[Connection, Connection], answer: Told | Failure) -> None:
    reading, writing = ends
    send_answer(writing, 5, answer)
    assert receive_answer(reading, Told) == (5, answer)


def _head(kind: str = "Told", number: object = 1, **values: object) -> bytes:
    fields = {"pid": 1, "words": [], "content": None, "share": 0.0, **values}
    return json.dumps([number, kind, fields]).encode()


_BAD: dict[str, tuple[bytes, ...]] = {
    "nothing": (b"",),
    "no text": (b"\xff\xfe",),
    "deep": (b"[" * 20_000,),
    "no list": (b"{}",),
    "short": (b"[1]",),
    "another kind": (_head("Evil"),),
    "a kind that is a list": (json.dumps([1, ["Told"], {}]).encode(),),
    "a number that is none": (_head(number="1"),),
    "a number that is a yes": (_head(number=True),),
    "a field too many": (_head(other=1),),
    "a field missing": (json.dumps([1, "Told", {"pid": 1}]).encode(),),
    "text for a number": (_head(pid="1"),),
    "a huge number": (_head(pid=10**4000),),
    "no number": (_head(share=float("nan")),),
    "endless": (_head(share=float("inf")),),
    "numbers for words": (_head(words=[1]),),
    "a word for words": (_head(words="abc"),),
    "text for bytes": (_head(content="abc"),),
    "less than announced": (_head(content=3), b"ab"),
    "negative": (_head(content=-1),),
    "more than a page can be": (_head(content=10**12),),
}


@pytest.mark.parametrize("name", _BAD)
def test_whatever_else_comes_is_refused(ends: tuple[Connection, Connection], name: str) -> None:
    reading, writing = ends
    _send(writing, _BAD[name])
    with pytest.raises((BadAnswer, EOFError)):
        receive_answer(reading, Told)


def test_more_than_announced_is_not_received(ends: tuple[Connection, Connection]) -> None:
    reading, writing = ends
    _send(writing, (_head(content=3), b"abcd"))
    with pytest.raises(OSError, match="bad message length"):
        receive_answer(reading, Told)


def test_a_pickle_is_not_opened(ends: tuple[Connection, Connection], tmp_path: Path) -> None:
    target = tmp_path / "executed"
    reading, writing = ends
    writing.send_bytes(pickled(str(target)))
    with pytest.raises(BadAnswer):
        receive_answer(reading, Told)
    assert not target.exists()


def test_what_cannot_be_an_answer_is_not_sent(ends: tuple[Connection, Connection]) -> None:
    for wrong in (3, [b"x"], {"a": 1}):
        with pytest.raises(TypeError):
            send_answer(ends[1], 1, wrong)


def _send(line: Connection, parts: tuple[Any, ...]) -> None:
    for part in parts:
        line.send_bytes(part)
    line.close()
