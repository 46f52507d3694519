"""Runs one command and turns what it raises into one French sentence and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backoffice.cli.hints import told
from backoffice.cli.parser import build_parser
from backoffice.cli.screen import use_utf8, warn
from backoffice.kernel.errors import Cancelled, EnvironmentFault, NeedsConfirmation, UserError
from backoffice.kernel.logs import report_bug, start_logging

DONE = 0
REFUSED = 1       # the agent can act
FAULT = 3         # the machine, disk, network or database failed
BUG = 4
INTERRUPTED = 130

Handler = Callable[[Any], int]


def main(argv: Sequence[str] | None = None, extra: Mapping[str, Handler] | None = None) -> int:
    """Run `argv`. `extra` adds commands that live above this package (the window's)."""
    use_utf8()
    arguments = build_parser().parse_args(argv)
    start_logging()
    try:
        return _handler(arguments, extra or {})(arguments)
    except NeedsConfirmation as question:
        warn(f"{told(question)} Pour continuer : ajoutez --yes.")
        return REFUSED
    except UserError as error:
        warn(told(error))
        return REFUSED
    except EnvironmentFault as fault:
        warn(told(fault))
        return FAULT
    except (Cancelled, KeyboardInterrupt):
        warn("Interrompu. Rien n'est à moitié fait : relancez la même commande pour continuer.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output stopped reading: nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as exc:
        reference = report_bug(exc)
        warn(f"Le programme a rencontré une erreur inattendue (référence {reference}). Rien n'a été modifié à moitié.")
        if os.environ.get("BACKOFFICE_DEBUG"):
            raise
        return BUG


def _handler(arguments: Any, extra: Mapping[str, Handler]) -> Handler:
    if arguments.command in extra:
        return extra[arguments.command]
    # Each command loads only what it needs: `--help` and `doctor` stay quick.
    if arguments.command == "demo":
        from backoffice.cli.demo import run_demo

        return run_demo
    if arguments.command == "import":
        from backoffice.cli.importing import run_import

        return run_import
    if arguments.command == "billing":
        from backoffice.cli.billing import run_billing

        return run_billing
    if arguments.command == "export":
        from backoffice.cli.billing import export_billing

        return export_billing
    if arguments.command in {"backup", "restore"}:
        from backoffice.cli import backups

        return backups.backup if arguments.command == "backup" else backups.restore
    if arguments.command == "audit":
        from backoffice.cli.audit import run_audit

        return run_audit
    if arguments.command == "worker":
        from backoffice.cli.worker import run_worker

        return run_worker
    if arguments.command == "admin":
        from backoffice.cli.admin import run_admin

        return run_admin
    from backoffice.cli import upkeep

    upkeeping: Mapping[str, Handler] = {
        "migrate": upkeep.migrate,
        "doctor": upkeep.doctor,
        "password": upkeep.password,
        "settings": upkeep.settings,
    }
    return upkeeping[arguments.command]
