"""The command `backoffice`. The window's commands are handed to the command line, and loaded only when asked for."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from backoffice.cli.main import main as command_line


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns its exit code."""
    return command_line(argv, {"gui": _gui, "screenshots": _screenshots})


def _gui(arguments: Namespace) -> int:
    from ui.app import run_gui

    return run_gui(arguments)


def _screenshots(arguments: Namespace) -> int:
    from ui.screenshots import run_screenshots

    return run_screenshots(arguments)


if __name__ == "__main__":
    sys.exit(main())
