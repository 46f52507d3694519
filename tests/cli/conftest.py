"""A command line that touches nothing of the person who runs the tests."""

from __future__ import annotations

import logging
import logging.handlers
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backoffice.cli.main import main
from backoffice.kernel.address import DatabaseAddress
from tests.support.books import dump
from tests.support.towns import SmallTown, copied

ROOT = Path(__file__).resolve().parents[2]
OCTOBER = ("--month", "2025-10", "--issued-on", "2025-11-15")
Run = Callable[..., "Answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left on the screen, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line of the error stream; fails when there is more, or nothing."""
        [line] = self.err.splitlines()
        return line


def is_refusal(answer: Answer, *words: str, code: int = 1) -> None:
    """One sentence of ours with these words, and this exit code."""
    assert answer.code == code, answer
    sentence = answer.sentence
    assert not sentence.startswith(("Une erreur est survenue", "Le programme a rencontré")), sentence
    for word in words:
        assert word in sentence


def dump_of(base: Path) -> dict[str, list[str]]:
    with SmallTown(DatabaseAddress.of_file(base)) as town:
        return dump(town.database)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No database, setting or log of this user is read or written."""
    home = tmp_path / "home"
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA", "HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    for name in ("BACKOFFICE_DATABASE", "BACKOFFICE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    _forget_log()
    yield
    _forget_log()


def _forget_log() -> None:
    """Close the log of the program, so that the next command opens its own."""
    log = logging.getLogger("backoffice")
    for handler in tuple(log.handlers):
        if isinstance(handler, logging.handlers.RotatingFileHandler | logging.NullHandler):
            log.removeHandler(handler)
            handler.close()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `backoffice …` in this process."""

    def command(*arguments: object) -> Answer:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return command


@pytest.fixture
def base(busy_template: DatabaseAddress, tmp_path: Path) -> Path:
    """Six families to bill in two services."""
    path = copied(busy_template, tmp_path / "base.sqlite").path
    assert path is not None
    return path
