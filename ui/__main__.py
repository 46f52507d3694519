"""The command `backoffice`. The window's commands are handed to the command line, and loaded only when asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from backoffice.cli.main import main as command_line


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns its exit code."""
    return command_line(argv)


if __name__ == "__main__":
    sys.exit(main())
