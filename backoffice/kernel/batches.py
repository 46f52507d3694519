"""Work in slices, so that neither memory nor a statement's parameters grow with a town."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

# SQLite accepts 32,766 parameters in a statement; this leaves room for rows of thirty columns.
ROWS_AT_ONCE = 1_000


def batches(items: Iterable[T], size: int = ROWS_AT_ONCE) -> Iterator[list[T]]:
    """Lists of at most `size` items, in order."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
