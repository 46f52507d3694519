"""Runs one command and turns what it raises into one French sentence and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
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


# Each command loads only what it needs: `--help` and `doctor` stay quick.
_HANDLERS: Mapping[str, str] = {
    "admin": "admin:run_admin",
    "audit": "audit:run_audit",
    "backup": "backups:backup",
    "billing": "billing:run_billing",
    "cases": "cases:run_cases",
    "demo": "demo:run_demo",
    "doctor": "upkeep:doctor",
    "documents": "documents:run_documents",
    "export": "billing:export_billing",
    "import": "importing:run_import",
    "mail": "mailing:run_mail",
    "migrate": "upkeep:migrate",
    "password": "upkeep:password",
    "restore": "backups:restore",
    "settings": "upkeep:settings",
    "worker": "worker:run_worker",
}


def _handler(arguments: Any, extra: Mapping[str, Handler]) -> Handler:
    if arguments.command in extra:
        return extra[arguments.command]
    module, _, name = _HANDLERS[arguments.command].partition(":")
    found: Handler = getattr(import_module(f"backoffice.cli.{module}"), name)
    return found
