"""What a limited child answers, as values and nothing else: reading it runs no code, whatever the child has become.

A head in JSON says the name of a dataclass and the values of its fields; the bytes of a field follow, each alone. Only
the fields that the reader expects are read, and only as what they are: str, bool, int, float, bytes, perhaps None,
tuples of str. (An answer that is unpickled could call any function of the program that reads it.)
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from multiprocessing.connection import Connection
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

_MOST_HEAD = 8 * 1024 * 1024
_MOST_BYTES = 256 * 1024 * 1024  # a page of forty million points takes 160 MB
_MOST_INTEGER = 2**53


class BadAnswer(ValueError):
    """Not an answer that was expected: whoever wrote it is not to be trusted any more."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The work raised: the name of what it raised, and nothing of the file."""

    kind: str


def send_answer(line: Connection, number: int, answer: Any) -> None:
    """In the child. Raises OSError once nobody listens, TypeError for what is no answer."""
    values, contents = {}, []
    kind: Any = type(answer)
    for name in _shape(kind):
        value = getattr(answer, name)
        if isinstance(value, bytes):
            contents.append(value)
            value = len(value)
        values[name] = value
    line.send_bytes(json.dumps([number, kind.__name__, values]).encode("ascii"))
    for content in contents:
        line.send_bytes(content)


def receive_answer(line: Connection, expected: type[Any]) -> tuple[int, Any]:
    """The number of what was asked, and an `expected` dataclass or a `Failure`.

    Raises BadAnswer, EOFError or OSError once the other end is gone.
    """
    head = line.recv_bytes(_MOST_HEAD)
    try:
        number, kind, values = json.loads(head)
    except (ValueError, TypeError, RecursionError) as exc:
        raise BadAnswer from exc
    found: Any = next((one for one in (expected, Failure) if one.__name__ == kind), None)
    if found is None or not _is_integer(number) or not isinstance(values, dict):
        raise BadAnswer
    shape = _shape(found)
    if values.keys() != shape.keys():
        raise BadAnswer
    room = _MOST_BYTES
    for name, allowed in shape.items():
        value = values[name]
        if bytes in allowed and value is not None:
            if not _is_integer(value) or not 0 <= value <= room:
                raise BadAnswer
            room -= value
            values[name] = value = _content(line, value)
        if not any(_CHECKS[one](value) for one in allowed):
            raise BadAnswer
        if isinstance(value, list):
            values[name] = tuple(value)
    return number, found(**values)


def _content(line: Connection, size: int) -> bytes:
    """As many bytes as were announced, never more: they are not even received."""
    content = line.recv_bytes(max(size, 1))
    if len(content) != size:
        raise BadAnswer
    return content


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MOST_INTEGER


_WORDS = tuple[str, ...]
_CHECKS: dict[Any, Callable[[Any], bool]] = {
    str: lambda value: isinstance(value, str),
    bool: lambda value: isinstance(value, bool),
    int: _is_integer,
    float: lambda value: (isinstance(value, float) and math.isfinite(value)) or _is_integer(value),
    bytes: lambda value: isinstance(value, bytes),
    NoneType: lambda value: value is None,
    _WORDS: lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
}


@cache
def _shape(kind: Any) -> dict[str, tuple[Any, ...]]:
    """What each field of a dataclass may be. Raises TypeError for what cannot be an answer."""
    hints = get_type_hints(kind)
    shape = {}
    for field in fields(kind):
        hint = hints[field.name]
        allowed = (hint,) if hint in _CHECKS or get_origin(hint) is tuple else get_args(hint)
        if not allowed or any(one not in _CHECKS for one in allowed):
            raise TypeError(f"{kind.__name__}.{field.name} cannot be answered")
        shape[field.name] = allowed
    return shape
