"""The folder of the demonstration: recognised by a marker, never someone else's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from backoffice.kernel.errors import UserError
from backoffice.kernel.filestore import disk_faults, make_folder, write_whole
from backoffice.kernel.periods import Month

_MARKER = ".backoffice-demo.json"
_WHAT = "Démonstration de Back-office Enfance, refaite à chaque « backoffice demo »"
# What a demonstration writes beside its marker; anything else in the folder is kept.
_OURS = ("valbrume.sqlite*", "factures-*/[A-Z]*-[AF]*.pdf", "facturation-*.xlsx")


class Before(Enum):
    """What was in the folder."""

    NOTHING = "nothing"
    WHOLE = "whole"
    HALF_MADE = "half_made"


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """Where each thing of the demonstration lies."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "valbrume.sqlite"

    def invoices(self, month: Month) -> Path:
        return self.path / f"factures-{month}"

    def workbook(self, month: Month) -> Path:
        return self.path / f"facturation-{month}.xlsx"

    def start_afresh(self) -> Before:
        """Make the folder, or empty it of an earlier demonstration.

        Raises UserError `demo.foreign_folder` when it holds something else, EnvironmentFault.
        """
        before = self._state()
        make_folder(self.path)
        self._mark(Before.HALF_MADE)
        for pattern in _OURS:
            for path in sorted(self.path.glob(pattern)):
                with disk_faults(path):
                    path.unlink()
        return before

    def finish(self) -> None:
        """Say that everything is there. Raises EnvironmentFault."""
        self._mark(Before.WHOLE)

    def _state(self) -> Before:
        marker = self.path / _MARKER
        with disk_faults(self.path):
            if not self.path.exists():
                return Before.NOTHING
            if not self.path.is_dir():
                raise UserError("demo.foreign_folder", path=str(self.path))
            if marker.is_file():
                return _read(marker)
            # The marker comes first: a start that was cut leaves at most its unfinished copy.
            if any(not entry.name.startswith(f".{_MARKER}") for entry in self.path.iterdir()):
                raise UserError("demo.foreign_folder", path=str(self.path))
        return Before.NOTHING

    def _mark(self, state: Before) -> None:
        content = json.dumps({"what": _WHAT, "state": state.value}, ensure_ascii=False)
        write_whole(self.path / _MARKER, f"{content}\n".encode())


def _read(marker: Path) -> Before:
    try:
        whole = json.loads(marker.read_bytes())["state"] == Before.WHOLE.value
    except (ValueError, KeyError, TypeError):
        whole = False
    return Before.WHOLE if whole else Before.HALF_MADE
