"""What is typed of a child's health: why the sheet is opened, then what it says. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from backoffice.families.queries import FamilyFile, Member
from backoffice.health.choices import menus, usual_reasons
from backoffice.health.commands import EditHealthSheet, HealthSheet, ReadHealthSheet
from backoffice.health.rules import SheetValues, sheet_problems, tidy_reason, tidy_sheet
from backoffice.kernel.application import Application
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.progress import Progress
from ui.drafts import Saved, Task, Typed
from ui.forms import YES, Entry, FieldSpec, Reader, typed_day
from ui.screens.family.tasks import found_problems, task_key

OPEN, SHEET = "health", "sheet"
RECORDED = "Ouvrir cette fiche s'enregistre : qui, quand, pour quel enfant et pourquoi."


@dataclass(frozen=True, slots=True)
class OpenedSheet:
    """A sheet on screen, why it was opened and when."""

    sheet: HealthSheet
    reason: str
    at: datetime


class OpenSheet(Task):
    """Why a child's sheet is opened."""

    save_words = "&Ouvrir la fiche"

    def __init__(self, file: FamilyFile, child: Member) -> None:
        self.key = task_key(file.id, f"{OPEN}:{child.person_id}")
        self.title = f"Ouvrir la fiche santé : {child.person.first_name}"
        self._child = child
        reasons = tuple((reason.words, reason.words) for reason in usual_reasons())
        self.fields = [
            FieldSpec("reason", "&Raison", Entry.CHOICE, required=True, options=(("", "Choisir…"), *reasons),
                      hint=RECORDED),
            FieldSpec("detail", "&Précision",
                      hint="Rien de médical ici : cette phrase reste dans la liste des lectures."),
        ]

    def reason(self, values: Typed) -> str:
        """« Urgence ou accident », « Autre raison : visite de la PMI »."""
        return " : ".join(text for key in ("reason", "detail") if (text := values.get(key, "").strip()))

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        chosen = reader.text("reason")
        if any(reason.words == chosen and reason.detail for reason in usual_reasons()) and not reader.text("detail"):
            reader.blame("detail", sentence(UserError("health.reason_to_say")))
        if chosen:
            try:
                tidy_reason(self.reason(values))
            except UserError as error:
                reader.blame("detail", sentence(error))
        return reader.errors

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress  # noqa: ARG002
    ) -> Saved:
        reason = tidy_reason(self.reason(values))
        sheet = app.execute(ReadHealthSheet(self._child.person_id, reason), progress=progress)
        opened = OpenedSheet(sheet, reason, app.clock.now())
        told = f"Fiche santé ouverte ({self._child.person.first_name}) : la lecture est enregistrée."
        return Saved(told, result=opened)


class CorrectSheet(Task):
    """What the sheet says, to be typed over."""

    def __init__(self, file: FamilyFile, child: Member, opened: OpenedSheet) -> None:
        self.key = task_key(file.id, f"{SHEET}:{child.person_id}")
        self.title = f"Fiche santé : {child.person.first_name}"
        self.version = opened.sheet.version
        self.child = child
        self.opened = opened
        values = opened.sheet.values
        asked = ("has_pai", YES)
        self.fields = [
            FieldSpec("allergies", "&Allergies", Entry.LINES, values.allergies, hint="À quoi, et que faire."),
            FieldSpec("menu", "&Menu", Entry.CHOICE, values.menu, options=tuple(menus().items())),
            FieldSpec("has_pai", "A un &PAI (projet d'accueil individualisé)", Entry.FLAG,
                      YES if values.has_pai else ""),
            FieldSpec("pai_until", "PAI valable &jusqu'au", Entry.DAY, typed_day(values.pai_until), only_if=asked),
            FieldSpec("pai_conduct", "Que faire, d'après le PAI", Entry.LINES, values.pai_conduct, only_if=asked),
            FieldSpec("treatments", "&Traitements pendant l'accueil", Entry.LINES, values.treatments),
            FieldSpec("vaccines_until", "&Vaccins à jour jusqu'au", Entry.DAY, typed_day(values.vaccines_until),
                      hint="La date du prochain rappel : la copie du carnet n'est pas gardée."),
            FieldSpec("doctor_name", "Mé&decin traitant", value=values.doctor_name),
            FieldSpec("doctor_phone", "Téléphone", Entry.PHONE, values.doctor_phone, beside=True),
            FieldSpec("remarks", "A&utres recommandations", Entry.LINES, values.remarks,
                      hint="Lunettes, appareil auditif… Jamais la nature d'un handicap."),
        ]

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        typed = self._read(reader)
        return found_problems(reader, sheet_problems(typed, menus(), today, self.opened.sheet.values))

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        typed = tidy_sheet(self._read(Reader(self.fields, values, today)))
        before, id_ = self.opened.sheet, self.child.person_id
        version = app.execute(EditHealthSheet(id_, before.version, typed), confirmed=confirmed, progress=progress)
        undo = EditHealthSheet(id_, version, before.values)
        now = replace(self.opened, sheet=HealthSheet(id_, version, typed))
        return Saved(f"Fiche santé enregistrée ({self.child.person.first_name}).", undo, now)

    @staticmethod
    def _read(reader: Reader) -> SheetValues:
        return SheetValues(
            allergies=reader.text("allergies"),
            menu=reader.text("menu"),
            has_pai=reader.flag("has_pai"),
            pai_until=reader.optional_day("pai_until"),
            pai_conduct=reader.text("pai_conduct"),
            treatments=reader.text("treatments"),
            vaccines_until=reader.optional_day("vaccines_until"),
            doctor_name=reader.text("doctor_name"),
            doctor_phone=reader.text("doctor_phone"),
            remarks=reader.text("remarks"),
        )
