"""What is read beside the file, one thing at a time: its history, or what a tariff would cost the family. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from backoffice.families.kinds import ChangeGroup
from backoffice.families.queries import FamilyFile
from ui.presenting import Desk
from ui.screens.family.changes import Changes, ChangesPage
from ui.screens.family.trial import TrialPage, TrialPresenter


class AsidePage(ChangesPage, TrialPage, Protocol):
    """What is asked of the page."""


class Aside:
    """`begin` opens the form of a value that a tariff lacks."""

    def __init__(
        self, page: AsidePage, desk: Desk, begin: Callable[[str], None], failed: Callable[[Exception], None]
    ) -> None:
        self.changes = Changes(page, desk, failed)
        self.trial = TrialPresenter(page, desk, begin, failed)
        self._file: FamilyFile | None = None

    @property
    def is_open(self) -> bool:
        return self.changes.is_open or self.trial.is_open

    def show_changes(self, person_id: int | None = None, group: ChangeGroup | None = None) -> None:
        """« Historique » of the file, of somebody, or of a kind of values."""
        if self._file is not None:
            self.trial.close()
            self.changes.open(self._file, person_id, group)

    def try_tariff(self, person_id: int | None = None) -> None:
        """« Essayer un tarif », beginning with what this child attends."""
        if self._file is not None:
            self.changes.close()
            self.trial.open(self._file, person_id)

    def follow(self, file: FamilyFile | None) -> None:
        """The file was read, again perhaps; None: the page leaves it."""
        self._file = file
        if file is None:
            self.close()
        elif self.changes.is_open:
            self.changes.read(file)
        elif self.trial.is_open:
            self.trial.refresh(file)

    def close(self) -> None:
        self.changes.close()
        self.trial.close()
