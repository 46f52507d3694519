"""What the tests of the window never touch: the settings, the preferences and the base of this computer's user."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

_TESTS = count(1)
_WHOLE_EVERY = 10


@pytest.fixture(autouse=True)
def user_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where they are instead."""
    home = tmp_path / "home"
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA", "HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    return home


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """As in the program, garbage is collected on the window's thread: here between tests, all of it now and then."""
    gc.disable()
    yield
    gc.collect(2 if next(_TESTS) % _WHOLE_EVERY == 0 else 1)
