"""The program's own log: what failed and where, never whose data it was."""

from __future__ import annotations

import logging
import logging.handlers
import traceback
from pathlib import Path

from platformdirs import user_log_path

_LOG = logging.getLogger("backoffice")


def log_folder() -> Path:
    return user_log_path("Back-office Enfance", appauthor=False)


def start_logging(folder: Path | None = None) -> None:
    """Write warnings and worse to a rotating file. A folder that cannot be written leaves the program running."""
    target = folder or log_folder()
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False
    if any(isinstance(handler, logging.handlers.RotatingFileHandler) for handler in _LOG.handlers):
        return
    try:
        target.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            target / "backoffice.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True
        )
    except OSError:
        _LOG.addHandler(logging.NullHandler())
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _LOG.addHandler(handler)


def report_bug(exc: BaseException) -> str:
    """Log an unexpected exception without its message (it may quote data) and return its short reference.

    The same bug gives the same reference, whatever the data that met it.
    """
    import hashlib

    frames = traceback.extract_tb(exc.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.name}:{frame.lineno}" for frame in frames]
    chain = [type(exc).__name__]
    cause = exc.__cause__ or exc.__context__
    while cause is not None:
        chain.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    reference = hashlib.sha256("|".join([*chain, *places]).encode()).hexdigest()[:8].upper()
    _LOG.error("bug %s %s at %s", reference, " < ".join(chain), " > ".join(places))
    return reference
