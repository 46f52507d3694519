"""What is typed beside the day: a clock corrected with its reason, an absence and its proof. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from backoffice.clocking.absences import (
    NOTE_LENGTH,
    AbsenceDone,
    AbsenceLine,
    AbsenceValues,
    AnnounceAbsence,
    ChangeAbsence,
)
from backoffice.clocking.correcting import REASON_LENGTH, CorrectClock
from backoffice.clocking.kinds import AbsenceReason
from backoffice.kernel.application import Application
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress
from backoffice.kernel.zone import day_and_minute, instant_of
from ui.drafts import Saved, Task, Typed
from ui.forms import Entry, FieldSpec, Reader, options_of, typed_day, typed_time
from ui.screens.attendance.lines import counted

REASONS = ("Oubli de pointer", "Heure fausse", "Badge d'un autre enfant", "Enfant absent", "Panne de la borne")


@dataclass(frozen=True, slots=True)
class Clocked:
    """Whose clock is corrected, and what stands there: minutes from midnight."""

    child_id: int
    child_name: str
    structure_id: int
    day: date
    arrived: int | None
    left: int | None


class CorrectTimes(Task):
    """When a child was really there, and why it is corrected."""

    save_words = "Enregistrer &la correction"
    intro = "Ce qui a été pointé reste dans l'historique, avec votre nom et la raison."

    def __init__(self, clocked: Clocked, typed: tuple[str, str] | None = None) -> None:
        """`typed`: times that the agent typed already, elsewhere on the page."""
        arrived, left = typed or (typed_time(clocked.arrived), typed_time(clocked.left))
        self.key = f"attendance/clock/{clocked.child_id}/{clocked.structure_id}/{clocked.day}/{arrived}/{left}"
        self.title = f"Pointage de {clocked.child_name}, {french_day(clocked.day)}"
        self._clocked = clocked
        self.fields = [
            FieldSpec("arrived", "&Heure d'arrivée", Entry.TIME, arrived, width=8),
            FieldSpec("left", "Heure de départ", Entry.TIME, left, width=8, beside=True,
                      hint="Les deux vides : l'enfant n'est pas venu."),
            FieldSpec("reason", "Raison", Entry.SUGGEST, required=True, options=tuple((one, one) for one in REASONS),
                      hint=f"{REASON_LENGTH} lettres au plus."),
        ]

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        self._command(reader)
        return reader.errors

    def field_of(self, error: UserError) -> str:
        if error.code in {"clocking.no_reason", "clocking.long_reason"}:
            return "reason"
        return "left" if error.code == "attendance.left_before_arrived" else ""

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        done = app.execute(self._command(Reader(self.fields, values, today)), confirmed=confirmed, progress=progress)
        told = f"Pointage de {self._clocked.child_name} corrigé."
        if done.applied.conflicts:
            told += f" {done.applied.conflicts[0].why.sentence}"
        return Saved(told, done.undo, done)

    def _command(self, reader: Reader) -> CorrectClock:
        one = self._clocked
        return CorrectClock(one.child_id, one.structure_id, one.day, reader.minute("arrived"), reader.minute("left"),
                            reader.text("reason"))


@dataclass(frozen=True, slots=True)
class Absent:
    """Whose absence is announced, from which activity."""

    family_id: int
    child_id: int
    child_name: str
    activity_id: int
    activity: str
    day: date


class TellAbsence(Task):
    """An absence announced, changed, or its proof received."""

    save_words = "Enregistrer &l'absence"

    def __init__(self, absent: Absent, line: AbsenceLine | None, today: date) -> None:
        """`line`: the absence of that day, when there is one."""
        self._absent, self._line = absent, line
        self.version = 0 if line is None else line.version
        self.key = f"attendance/absence/{absent.child_id}/{absent.activity_id}/{absent.day}/{line.id if line else 0}"
        self.title = f"Absence de {absent.child_name}, {absent.activity}"
        values = line.values if line else AbsenceValues(absent.day, absent.day, AbsenceReason.ILLNESS)
        announced = today if line is None else _day_of(values.announced_at)
        self.fields = [
            FieldSpec("first_day", "Premier jour", Entry.DAY, typed_day(values.first_day), required=True, width=12),
            FieldSpec("last_day", "Dernier jour", Entry.DAY, typed_day(values.last_day), required=True, width=12,
                      beside=True),
            FieldSpec("reason", "Motif", Entry.CHOICE, values.reason.value, required=True,
                      options=options_of(AbsenceReason, lambda reason: reason.label)),
            FieldSpec("announced", "Prévenu le", Entry.DAY, typed_day(announced), width=12,
                      hint="Vide : personne n'avait prévenu."),
            FieldSpec("proof", "Justificatif reçu le", Entry.DAY, typed_day(values.proof_on), width=12,
                      hint="À remplir quand il arrive : les jours sont jugés de nouveau."),
            FieldSpec("note", "Remar&que", Entry.LONG, values.note, least=2),
        ]
        if line is not None:
            self.intro = f"Saisie par {line.author}."

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        self._values(reader)
        if len(reader.text("note")) > NOTE_LENGTH:
            reader.blame("note", f"{NOTE_LENGTH} lettres au plus.")
        return reader.errors

    def field_of(self, error: UserError) -> str:
        return {"absence.backwards": "last_day", "absence.too_long": "last_day", "absence.overlap": "first_day",
                "absence.long_note": "note"}.get(error.code, "")

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        found = self._values(Reader(self.fields, values, today))
        one = self._absent
        command: AnnounceAbsence | ChangeAbsence
        if self._line is None:
            command = AnnounceAbsence(one.family_id, one.child_id, one.activity_id, found)
        else:
            command = ChangeAbsence(self._line.id, self._line.version, found)
        done = app.execute(command, confirmed=confirmed, progress=progress)
        return Saved(told_of(one.child_name, done), done.undo, done)

    def _values(self, reader: Reader) -> AbsenceValues:
        announced = reader.optional_day("announced")
        return AbsenceValues(
            reader.day("first_day"), reader.day("last_day"), AbsenceReason(reader.text("reason")),
            self._instant(announced), reader.optional_day("proof"), reader.text("note"),
        )

    def _instant(self, announced: date | None) -> datetime | None:
        """A day as the agent types it; the instant that is already known, when it is of that day."""
        if announced is None:
            return None
        known = self._line.values.announced_at if self._line is not None else None
        if known is not None and _day_of(known) == announced:
            return known
        return instant_of(announced, 0)


def told_of(child_name: str, done: AbsenceDone) -> str:
    """« Absence de MARTIN Léa : 2 jours déduits, 1 jour facturé (Jour de carence…) »."""
    deducted = sum(verdict.deducted for verdict in done.days)
    billed = [verdict for verdict in done.days if not verdict.deducted]
    said = []
    if deducted:
        said.append(counted(deducted, "jour déduit", "jours déduits"))
    if billed:
        why = ", ".join(dict.fromkeys(verdict.why.removeprefix("Facturé : ") for verdict in billed))
        said.append(f"{counted(len(billed), 'jour facturé', 'jours facturés')} ({why})")
    if done.billed:
        left = counted(len(done.billed), "jour déjà facturé laissé", "jours déjà facturés laissés")
        said.append(f"{left} comme avant")
    return f"Absence de {child_name} : {', '.join(said) or 'aucun jour réservé'}."


def _day_of(at: datetime | None) -> date | None:
    return None if at is None else day_and_minute(at)[0]

