"""The log says what failed and where, never whose data it was."""

from __future__ import annotations

import logging
import logging.handlers
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.logs import report_bug, start_logging
from tests.support.towns import SmallTown

SECRET = "MARTIN Léa 0612345678"


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    log = logging.getLogger("backoffice")
    _forget(log)
    start_logging(tmp_path)
    yield tmp_path / "backoffice.log"
    _forget(log)


def _forget(log: logging.Logger) -> None:
    """Remove the handlers of the program; those of pytest stay."""
    for handler in tuple(log.handlers):
        if isinstance(handler, logging.handlers.RotatingFileHandler | logging.NullHandler):
            log.removeHandler(handler)
            handler.close()


def _fail(text: str) -> None:
    try:
        int(text)
    except ValueError as exc:
        raise LookupError(f"{text} again") from exc


def _reference(text: str) -> str:
    try:
        _fail(text)
    except LookupError as exc:
        return report_bug(exc)
    raise AssertionError


def test_a_bug_is_logged_by_its_place_and_kind_without_any_data(log_file: Path) -> None:
    reference = _reference(SECRET)

    logged = log_file.read_text("utf-8")
    assert f"bug {reference} LookupError < ValueError at" in logged
    assert "test_logs.py:_fail" in logged
    for part in SECRET.split():
        assert part not in logged
    assert str(Path(__file__).parent) not in logged


def test_the_same_bug_has_the_same_reference_whatever_data_met_it() -> None:
    assert _reference(SECRET) == _reference("DURAND Noé")
    assert len(_reference(SECRET)) == 8


def test_a_database_error_does_not_quote_the_values(town: SmallTown, log_file: Path) -> None:
    town.family()
    with pytest.raises(Exception, match="UNIQUE") as caught:
        town.sql("INSERT INTO families SELECT id, :name, '', '', '', 1 FROM families", name=SECRET)
    report_bug(caught.value)

    assert SECRET not in str(caught.value)
    assert SECRET not in log_file.read_text("utf-8")


def test_a_folder_that_cannot_be_written_does_not_stop_the_program(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    log = logging.getLogger("backoffice")
    _forget(log)
    start_logging(tmp_path / "file" / "logs")
    try:
        assert not any(isinstance(handler, logging.handlers.RotatingFileHandler) for handler in log.handlers)
        assert report_bug(EnvironmentFault("file.missing"))
    finally:
        _forget(log)
