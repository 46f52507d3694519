"""Decides what is said of the database and of this computer, and copies the database. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from backoffice import __version__
from backoffice.cli.checks import Check, computer_checks, open_checks, place_checks
from backoffice.kernel.application import Application
from backoffice.kernel.database import copy_embedded, newest_schema
from backoffice.kernel.filestore import disk_faults
from backoffice.kernel.progress import Progress
from ui.presenting import Desk, FaultPage, banner_for, read_for

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class State:
    """The database in facts, and what was checked."""

    facts: tuple[Fact, ...]
    checks: tuple[Check, ...]
    embedded: bool


class UpkeepPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_state(self, state: State) -> None: ...

    def show_checking(self) -> None: ...


class UpkeepPresenter:
    """Looks at the computer and the open database; copies it while work goes on."""

    def __init__(self, page: UpkeepPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk

    def load(self) -> None:
        self._page.show_checking()
        app = self._desk.app
        read_for(self._page, self._desk, lambda _progress: state_of(app), self._page.show_state, self.load, "upkeep")

    def copy_name(self) -> str:
        """The name offered for a copy: what it is and of which day."""
        path = self._desk.app.database.address.path
        stem = path.stem if path is not None else "base"
        return f"{stem}-copie-{self._desk.app.clock.today().isoformat()}.sqlite"

    def copy(self, target: Path) -> None:
        source = self._desk.app.database.address.path
        if source is None:
            return

        def work(progress: Progress) -> None:
            progress(0, 1, "Copie de la base")
            copy_embedded(source, target)
            progress(1, 1, "Copie de la base")

        self._desk.run.hand_over(
            work,
            lambda _: self._desk.tell(f"Base copiée : {target.name}", None),
            lambda error: self._page.show_banner(banner_for(error, lambda: self.copy(target))),
            "Copie de la base",
        )


def state_of(app: Application) -> State:
    """Everything there is to say, looked at now. Raises EnvironmentFault."""
    address = app.database.address
    checks: Sequence[Check] = (*computer_checks(), *place_checks(address), *open_checks(app))
    facts: list[Fact] = [
        ("Adresse", address.shown),
        ("Genre", "Base de cet ordinateur" if address.path is not None else "Base partagée sur un serveur"),
    ]
    if address.path is not None:
        facts.append(("Taille", _size(address.path)))
    facts += [("Schéma", newest_schema()), ("Programme", f"version {__version__}"), ("Agent", app.actor.name)]
    return State(tuple(facts), tuple(checks), address.path is not None)


def _size(path: Path) -> str:
    """The file and what is not yet written back into it."""
    parts = (path, path.with_name(path.name + "-wal"))
    with disk_faults(path):
        total = sum(part.stat().st_size for part in parts if part.exists())
    return f"{total / (1024 * 1024):.1f}\u00a0Mo".replace(".", ",")
