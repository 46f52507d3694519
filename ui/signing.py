"""Forms to sign, made then drawn: to read and print, to write in a folder, to send to families. Called in jobs. No Qt.

They are made a slice at a time: what was made before a job is stopped is kept, and followed like the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from backoffice.documents.form_lists import FormLine
from backoffice.documents.form_making import AskedForm, DrawnForm, MakeForms, SendForms
from backoffice.documents.forms import FormView
from backoffice.kernel.application import Application
from backoffice.kernel.batches import batches
from backoffice.kernel.filestore import make_folder, safe_name, write_whole
from backoffice.kernel.progress import Progress
from ui.presenting import Paper
from ui.widgets.table.columns import shown

_AT_ONCE = 25  # a transaction, and a breath in which the job may be stopped
_TITLE = "Fiches à signer"


def together(app: Application, lines: Sequence[FormLine], health_reason: str, progress: Progress) -> Paper:
    """Every form in one document, to be read and printed at once. Raises UserError, EnvironmentFault, Cancelled."""
    from reports.form_pdf import render_form, render_forms_together

    views = [view for some in _made(app, lines, health_reason, progress) for view in some]
    if len(views) == 1:
        return Paper(f"{views[0].kind.label} : {views[0].child}", views[0].file_name, render_form(views[0]))
    title = f"{_TITLE} ({shown(len(views))})"
    return Paper(title, f"{_TITLE} {views[0].day.isoformat()}", render_forms_together(title, views, progress))


def write(app: Application, lines: Sequence[FormLine], folder: Path, progress: Progress) -> int:
    """One file a form, in this folder; answers how many. Raises UserError, EnvironmentFault, Cancelled."""
    from reports.form_pdf import render_form

    make_folder(folder)
    written = 0
    for views in _made(app, lines, "", progress):
        for view in views:
            write_whole(folder / safe_name(view.file_name, ".pdf"), render_form(view), durable=False)
        written += len(views)
    return written


def send(app: Application, lines: Sequence[FormLine], progress: Progress) -> int:
    """Put each form in the letter of its family, without any health data; answers how many forms. Raises UserError,
    EnvironmentFault, Cancelled."""
    from reports.form_pdf import render_form

    sent = 0
    for views in _made(app, lines, "", progress):
        drawn = tuple(DrawnForm(view.number, view.file_name, render_form(view)) for view in views)
        app.execute(SendForms(drawn))
        sent += len(drawn)
    return sent


def _made(
    app: Application, lines: Sequence[FormLine], health_reason: str, progress: Progress
) -> Iterator[tuple[FormView, ...]]:
    done = 0
    for some in batches(lines, _AT_ONCE):
        progress(done, len(lines), "Fiches")
        asked = tuple(AskedForm(line.family_id, line.child_id, line.kind) for line in some)
        yield app.execute(MakeForms(asked, health_reason))
        done += len(some)
    progress(done, len(lines), "Fiches")
