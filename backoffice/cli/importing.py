"""`backoffice import noethys|commune FILE`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from backoffice.cli.opening import application
from backoffice.cli.screen import progress_bar, say, say_table, write_report
from backoffice.importing.commune.writer import ImportCommune
from backoffice.importing.noethys.writer import ImportNoethys
from backoffice.importing.takeover import ImportOutcome
from backoffice.kernel.application import Command
from backoffice.kernel.money import Money, euros

_LINES_SHOWN = 20


def run_import(arguments: Namespace) -> int:
    commands: Mapping[str, type[ImportCommune] | type[ImportNoethys]] = {
        "noethys": ImportNoethys,
        "commune": ImportCommune,
    }
    command: Command[ImportOutcome] = commands[arguments.source](arguments.file)
    with application(arguments.database) as app, progress_bar() as progress:
        outcome = app.execute(command, progress=progress)
    _show(outcome)
    if arguments.report:
        write_report(arguments.report, outcome.report)
        say(f"Compte rendu : {arguments.report}")
    return 0


def _show(outcome: ImportOutcome) -> None:
    report = outcome.report
    if outcome.already_done:
        say("Ce fichier avait déjà été repris : rien n'a changé. Voici ce qui était entré.")
    say_table(
        (
            ("Familles", _count(report["families"])),
            ("Personnes", _count(report["people"])),
            ("Présences", _count(report["attendance_units"])),
            ("Lignes avec un prix", _count(report["priced_lines"])),
            ("Total de ces lignes", _amount(report["priced_total"])),
            ("Factures reprises", _count(report["historic_invoices"])),
            ("Total de ces factures", _amount(report["historic_invoices_total"])),
            ("Règlements", _amount(report["payments_total"])),
        )
    )
    differences = report.get("price_differences", [])
    if differences:
        say(f"Prix différents de ceux de la source : {_count(len(differences))} (voir le compte rendu).")
    left_out: list[Mapping[str, Any]] = report["left_out"]
    if left_out:
        say("Laissé de côté :")
        for item in left_out[:_LINES_SHOWN]:
            say(f"  - {item['what']} ({_count(item['count'])}) : {item['why']}")
        if len(left_out) > _LINES_SHOWN:
            more = len(left_out) - _LINES_SHOWN
            say(f"  … et {more} autres : tout est dans le compte rendu (--report FICHIER.json).")


def _count(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def _amount(text: str) -> str:
    return euros(Money.parse(text))
