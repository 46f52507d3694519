"""What the command line prints: results on standard output, progress and errors on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backoffice.kernel.filestore import make_folder, write_whole
from backoffice.kernel.progress import Progress


def say(text: str = "") -> None:
    """One line of result."""
    sys.stdout.write(text + "\n")


def warn(text: str) -> None:
    """One line that is not the result."""
    sys.stderr.write(text + "\n")


def use_utf8() -> None:
    """A Windows console in an old code page must not stop on « é » or « € »."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def say_table(rows: Iterable[tuple[str, ...]]) -> None:
    """Columns aligned: the first to the left, the others (counts and amounts) to the right."""
    lines = list(rows)
    if not lines:
        return
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        numbers = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        say("  " + "   ".join((line[0].ljust(widths[0]), *numbers)).rstrip())


def write_report(path: Path, data: Mapping[str, Any]) -> None:
    """A JSON report, whole or not at all. Raises EnvironmentFault."""
    make_folder(path.absolute().parent)
    write_whole(path, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on the error stream, one for each phase of the work; silent when nobody watches."""
    from tqdm import tqdm

    bars: list[tqdm[Any]] = []
    phase = ""

    def progress(done: int, total: int, what: str) -> None:
        nonlocal phase
        if what != phase:
            close()
            phase = what
            bars.append(
                tqdm(total=total, desc=what, file=sys.stderr, disable=not sys.stderr.isatty(), leave=False,
                     bar_format="{desc} {bar:30} {n_fmt} sur {total_fmt}")
            )
        bar = bars[-1]
        bar.total = total
        bar.update(done - bar.n)

    def close() -> None:
        while bars:
            bars.pop().close()

    try:
        yield progress
    finally:
        close()
