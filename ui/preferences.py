"""What an agent left as it was: theme, text size, columns, splitters, filters. One file for each agent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_config_path
from PySide6.QtCore import QByteArray, QSettings

from backoffice.kernel.filestore import safe_name
from ui.theme.tokens import LARGEST_SCALE, SMALLEST_SCALE, ThemeName

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow, QSplitter

    from ui.drafts import Draft
    from ui.painted import Unsaved

SYSTEM = "system"
_LATEST = "fenetre"


def _folder() -> Path:
    return user_config_path("Back-office Enfance", appauthor=False)


def _settings(folder: Path, name: str) -> QSettings:
    return QSettings(str(folder / safe_name(name, ".ini")), QSettings.Format.IniFormat)


class Preferences:
    """Remembered between two days; losing the file loses no work."""

    def __init__(self, agent: str, folder: Path | None = None) -> None:
        self.agent = agent
        self._folder = folder or _folder()
        self._settings = _settings(self._folder, f"fenetre-{agent}")
        self.unfinished: dict[str, Draft] = {}
        """Typing not saved yet: kept when the agent goes elsewhere or changes the theme, never written."""
        self.painted: Unsaved | None = None
        """What is painted in the grid of reservations and not saved yet: kept likewise."""

    @classmethod
    def of_latest(cls, folder: Path | None = None) -> Preferences:
        """Those of whoever worked here last: the window is dressed before the database says who works."""
        latest = _settings(folder or _folder(), _LATEST).value("agent", "")
        return cls(latest if isinstance(latest, str) else "", folder)

    def of(self, agent: str) -> Preferences:
        """Those of this agent, who works here from now on."""
        if agent == self.agent:
            return self
        _settings(self._folder, _LATEST).setValue("agent", agent)
        return Preferences(agent, self._folder)

    # --- appearance -------------------------------------------------------------------------------------------

    @property
    def theme(self) -> str:
        """« system », or a ThemeName."""
        value = self.text("appearance/theme", SYSTEM)
        return value if value in {SYSTEM, *(name.value for name in ThemeName)} else SYSTEM

    @theme.setter
    def theme(self, value: str) -> None:
        self.keep("appearance/theme", value)

    @property
    def scale(self) -> float:
        """The text size, 1.0 to 2.0."""
        try:
            wanted = float(self.text("appearance/scale", "1.0"))
        except ValueError:
            wanted = 1.0
        return min(max(wanted, SMALLEST_SCALE), LARGEST_SCALE)

    @scale.setter
    def scale(self, value: float) -> None:
        self.keep("appearance/scale", f"{value:.2f}")

    # --- anything else ----------------------------------------------------------------------------------------

    def text(self, key: str, default: str = "") -> str:
        value = self._settings.value(key, default)
        return value if isinstance(value, str) else default

    def keep(self, key: str, value: str) -> None:
        self._settings.setValue(key, value)

    def bytes_of(self, key: str) -> QByteArray | None:
        value = self._settings.value(key)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def remember_splitter(self, key: str, splitter: QSplitter) -> None:
        state = self.bytes_of(key)
        if state is not None:
            splitter.restoreState(state)
        splitter.splitterMoved.connect(lambda *_: self._settings.setValue(key, splitter.saveState()))

    def restore_window(self, window: QMainWindow) -> bool:
        """Put the window where it was; False when it was never anywhere."""
        geometry = self.bytes_of("window/geometry")
        return geometry is not None and window.restoreGeometry(geometry)

    def keep_window(self, window: QMainWindow) -> None:
        self._settings.setValue("window/geometry", window.saveGeometry())
        self._settings.sync()
