"""`backoffice audit verify|anchor`: for the administrator of the server, or an agent who reads the whole journal."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from backoffice.cli.opening import opened_database
from backoffice.cli.screen import progress_bar, say
from backoffice.kernel.chain.anchors import Anchor, head_of
from backoffice.kernel.chain.verifying import JournalFault, verify
from backoffice.kernel.clock import SystemClock
from backoffice.kernel.messages import sentence

_FAULTS_SHOWN = 50


def run_audit(arguments: Namespace) -> int:
    """The exit code is 1 when something is wrong."""
    return _anchor(arguments.database, arguments.out) if arguments.action == "anchor" else _verify(arguments)


def _verify(arguments: Namespace) -> int:
    anchor = Anchor.read(arguments.anchor) if arguments.anchor else None
    shown: list[JournalFault] = []

    def tell(fault: JournalFault) -> None:
        if len(shown) < _FAULTS_SHOWN:
            shown.append(fault)

    with opened_database(arguments.database) as database, progress_bar() as progress:
        seen = verify(database, SystemClock().now(), tell, anchor, progress)
    for fault in shown:
        say(f"✗ {sentence(fault)}")
    if seen.faults > len(shown):
        say(f"✗ … et {seen.faults - len(shown)} de plus.")
    say(f"Journal : {_lines(seen.sealed)} sous sceau, {_lines(seen.waiting)} en attente du sien.")
    if anchor is not None and not seen.faults:
        say(f"L'ancre du sceau {anchor.seq} est retrouvée.")
    say("Rien n'a été modifié." if not seen.faults else f"{seen.faults} anomalie(s), ci-dessus.")
    return 1 if seen.faults else 0


def _lines(count: int) -> str:
    return f"{count} ligne{'s' if count > 1 else ''}"


def _anchor(database: str | None, out: Path) -> int:
    with opened_database(database) as opened:
        anchor = head_of(opened)
    anchor.write(out)
    say(f"Ancre du sceau {anchor.seq} de la base {anchor.database} : {out}")
    say("Gardez-la hors de ce serveur et de cet ordinateur : c'est elle qui prouvera que rien n'a été refait.")
    return 0
