"""A health form filled in with the child's sheet: why the sheet is opened is asked first. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from backoffice.documents.form_lists import FormLine
from backoffice.families.queries import FamilyFile, Member
from backoffice.health.rules import tidy_reason
from backoffice.kernel.application import Application
from backoffice.kernel.progress import Progress
from ui.drafts import Saved, Task, Typed
from ui.screens.family.health_tasks import OpenSheet
from ui.screens.family.tasks import task_key
from ui.signing import together

FILL = "fill"


class FillForm(Task):
    """« Fiche remplie »: it is printed and handed over, never mailed."""

    save_words = "&Remplir la fiche"

    def __init__(self, file: FamilyFile, child: Member, line: FormLine) -> None:
        self.key = task_key(file.id, f"{FILL}:{child.person_id}")
        self.title = f"{line.kind.label} remplie : {child.person.first_name}"
        self.intro = "La fiche reprend ce que dit la fiche santé : imprimez-la et remettez-la en main propre."
        self._asked, self._line = OpenSheet(file, child), line
        self.fields = self._asked.fields

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        return self._asked.problems(values, today)

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress  # noqa: ARG002
    ) -> Saved:
        paper = together(app, [self._line], tidy_reason(self._asked.reason(values)), progress)
        return Saved("Fiche remplie : la lecture de la fiche santé est enregistrée.", result=paper)
