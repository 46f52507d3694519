"""The command `backoffice`. The window's commands are handed to the command line, and loaded only when asked for."""

from __future__ import annotations

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from functools import partial

from backoffice.cli.main import main as command_line
from ui.display import has_screen


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns its exit code."""
    return command_line(argv, {"demo": _demo, "gui": _gui, "screenshots": _screenshots})


def _demo(arguments: Namespace) -> int:
    from backoffice.cli.demo import build_demo

    made = build_demo(arguments)
    if not has_screen(os.environ):
        return 0
    from ui.app import run_window
    from ui.opening import open_town

    return run_window(partial(open_town, made.address))


def _gui(arguments: Namespace) -> int:
    gc.disable()  # loading makes no garbage: a quarter of a second sooner on screen; `Collector` goes on
    from ui.app import run_gui

    return run_gui(arguments)


def _screenshots(arguments: Namespace) -> int:
    from ui.screenshots import run_screenshots

    return run_screenshots(arguments)


if __name__ == "__main__":
    sys.exit(main())
