"""`backoffice documents purge`: what is kept long enough goes, and before that is shown."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from backoffice.cli.opening import application
from backoffice.cli.screen import say, say_table
from backoffice.documents.retention import PlanPurge, PurgeDocuments, PurgeLine
from backoffice.kernel.periods import french_day

_MEGABYTE = 1_000_000
_TITLES = ("Type", "Durée (jours)", "Pièces", "Fichiers", "Mo", "Reçues du", "au")


def run_purge(arguments: Namespace) -> int:
    """Raises NeedsConfirmation `documents.purge` without `--yes`, UserError."""
    with application(arguments.database, existing=True) as app:
        plan = app.ask(PlanPurge())
        if not plan:
            say("Aucune pièce n'a dépassé sa durée de conservation.")
            return 0
        _show(plan)
        if arguments.dry_run:
            say("À blanc : rien n'a été supprimé.")
            return 0
        confirmed = frozenset({"documents.purge"}) if arguments.yes else frozenset()
        gone = app.execute(PurgeDocuments(plan), confirmed=confirmed)
    say(f"Supprimé : {sum(line.documents for line in gone)} pièce(s), {sum(line.files for line in gone)} fichier(s).")
    return 0


def _show(plan: Sequence[PurgeLine]) -> None:
    say_table([_TITLES, *(
        (
            line.name, str(line.retention_days), str(line.documents), str(line.files),
            f"{line.size / _MEGABYTE:.1f}".replace(".", ","), french_day(line.first_day), french_day(line.last_day),
        )
        for line in plan
    )])
