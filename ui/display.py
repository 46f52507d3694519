"""Whether a window can be shown here. No Qt: the answer decides whether Qt is loaded at all."""

from __future__ import annotations

import sys
from collections.abc import Mapping

_WITHOUT_SCREEN = ("offscreen", "minimal", "vnc")


def has_screen(environment: Mapping[str, str], platform: str = sys.platform) -> bool:
    """A desktop is there, and nobody asked Qt to do without."""
    if environment.get("QT_QPA_PLATFORM", "").startswith(_WITHOUT_SCREEN) or environment.get("CI"):
        return False
    if platform in {"win32", "darwin"}:
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
