"""`backoffice documents inspect|deposit|purge`: what the program says of files, and taking those a portal received."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from backoffice.cli.opening import application
from backoffice.cli.purging import run_purge
from backoffice.cli.screen import progress_bar, say
from backoffice.documents.arrivals.depositing import deposit
from backoffice.documents.safety import rules
from backoffice.documents.safety.judging import Judge, judge
from backoffice.documents.safety.verdict import NewFile, Verdict
from backoffice.kernel.errors import UserError
from backoffice.kernel.filestore import disk_faults
from backoffice.kernel.messages import sentence
from backoffice.kernel.progress import silent
from backoffice.kernel.resources import load_toml


def run_documents(arguments: Namespace) -> int:
    """The gesture asked for."""
    return _GESTURES[arguments.gesture](arguments)


def _inspect(arguments: Namespace) -> int:
    """Exit code 0 once every file is judged, whatever is thought of it."""
    lines = inspected(arguments.files)
    if arguments.json:
        say(json.dumps(lines, ensure_ascii=False, indent=1))
        return 0
    for line in lines:
        mark = "✓" if line["verdict"] == "accepted" else "✗"
        pages = f", {line['pages']} page{'s' if line['pages'] > 1 else ''}" if line["pages"] else ""
        say(f"{mark} {line['file']} : {line['type'] or 'inconnu'}{pages}")
        for words in [line["sentence"], *(rules.FLAGS[flag].words for flag in line["flags"])]:
            if words:
                say(f"    {words}")
    return 0


def inspected(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """`[{file, verdict: accepted|refused, type, pages, flags, sentence}]`, in the order asked."""
    lines = []
    with progress_bar() as progress, Judge.as_set_up() as opened:
        for number, path in enumerate(paths):
            progress(number, len(paths), "Examen des fichiers")
            lines.append(_line(path, _verdict(opened, path)))
    return lines


def _verdict(opened: Judge, path: Path) -> Verdict:
    """One that cannot be read is told for that file; a huge one is not read whole."""
    most = load_toml("documents.toml")["files"]["megabytes"] * 1024 * 1024
    try:
        if not path.is_file():  # a pipe or a device could be read for ever
            return _missing()
        with path.open("rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError):
        return _missing()
    return opened.judge(NewFile(path.name, content))


def _missing() -> Verdict:
    return Verdict(False, code="judged.missing", sentence=sentence(UserError("judged.missing")))


def _line(path: Path, verdict: Verdict) -> dict[str, Any]:
    return {
        "file": str(path),
        "verdict": "accepted" if verdict.accepted else "refused",
        "type": verdict.media_type,
        "pages": verdict.pages,
        "flags": list(verdict.flags),
        "sentence": verdict.sentence or sentence(UserError("judged.accepted")),
    }


def _deposit(arguments: Namespace) -> int:
    """Put the files in the basket, once for each key. Raises UserError `arrival.bad_key`, EnvironmentFault."""
    files = tuple(_file(path) for path in arguments.files)
    with application(arguments.database, existing=True) as app:
        is_new = deposit(app, judge, arguments.key, arguments.sender, arguments.subject, files, silent)
    say("Déposé dans la corbeille de tri." if is_new else "Déjà déposé : rien n'a changé.")
    return 0


def _file(path: Path) -> NewFile:
    with disk_faults(path):
        return NewFile(path.name, path.read_bytes())


_GESTURES: Mapping[str, Callable[[Namespace], int]] = {"inspect": _inspect, "deposit": _deposit, "purge": run_purge}
