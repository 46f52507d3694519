"""What is typed beside the documents of a family: a document joined, a waiver, a registration, its end. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from backoffice.catalog.queries import ActivityPlace
from backoffice.documents.adding import AddDocument
from backoffice.documents.kinds import Origin
from backoffice.documents.rules import Obligation
from backoffice.documents.safety.judging import judged
from backoffice.documents.safety.verdict import NewFile
from backoffice.documents.types import DocumentTypeLine
from backoffice.documents.waiving import WAIVER_REASON_LENGTH, EndWaiver, GiveWaiver
from backoffice.documents.whose import people_for
from backoffice.families.queries import FamilyFile
from backoffice.kernel.application import Application
from backoffice.kernel.errors import UserError
from backoffice.kernel.filestore import disk_faults
from backoffice.kernel.periods import Period, SchoolYear, french_day
from backoffice.kernel.progress import Progress
from backoffice.registrations.commands import EndRegistration, RegisterChild
from backoffice.registrations.queries import RegistrationLine
from ui.drafts import Saved, Task, Typed
from ui.forms import Entry, FieldSpec, Reader, typed_day
from ui.screens.family.tasks import found_problems, task_key

JOIN, WAIVE, REGISTER = "join", "waive", "register"
_USUAL_WAIVER = timedelta(days=30)
_ORIGINS = (Origin.COUNTER, Origin.POST, Origin.EMAIL, Origin.PORTAL)


class JoinDocument(Task):
    """« Joindre »: files of one document, for the family or one of its people."""

    save_words = "&Joindre"

    def __init__(
        self, file: FamilyFile, files: Sequence[Path], types: Sequence[DocumentTypeLine], about: Obligation | None
    ) -> None:
        self.key = task_key(file.id, JOIN)
        self.title = "Joindre un document"
        names = ", ".join(path.name for path in files)
        self.intro = f"{len(files)} fichiers : {names}" if len(files) > 1 else f"Fichier : {names}"
        self._family_id = file.id
        self._files = tuple(files)
        chosen = f"{about.type_ids[0]}/{about.person_id or 0}" if about else ""
        self._what = {f"{kind.id}/{person}": (kind.code, person or None)
                      for kind in types for person, _ in people_for(file, kind.owner)}
        options = [(f"{kind.id}/{person}", f"{kind.name} : {name}" if name else kind.name)
                   for kind in types for person, name in people_for(file, kind.owner)]
        self.fields = [
            FieldSpec("what", "&Document", Entry.CHOICE, chosen, required=True, options=(("", "Choisir…"), *options)),
            FieldSpec("origin", "Reçu &par", Entry.CHOICE, Origin.COUNTER.value, required=True,
                      options=tuple((each.value, each.label) for each in _ORIGINS)),
        ]

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        reader.text("what")
        return found_problems(reader, {})

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        reader = Reader(self.fields, values, today)
        code, person = self._what[reader.text("what")]
        files = judged([_read(path) for path in self._files], progress)
        command = AddDocument(self._family_id, person, code, Origin(reader.text("origin")), files)
        document = app.execute(command, confirmed=confirmed, progress=progress)
        return Saved("Document joint : il attend dans « Pièces ».", None, document)


def _read(path: Path) -> NewFile:
    with disk_faults(path):
        return NewFile(path.name, path.read_bytes())


class WaiveDocument(Task):
    """« Dérogation » until a day, with its reason."""

    save_words = "&Accorder"

    def __init__(self, file: FamilyFile, obligation: Obligation, whom: str, today: date) -> None:
        self.key = task_key(file.id, f"{WAIVE}:{obligation.type_ids[0]}-{obligation.person_id or 0}")
        self.title = "Accorder une dérogation"
        self.intro = f"{obligation.name} : {whom}. Sans cette pièce, l'inscription reste possible jusqu'au jour choisi."
        self._family_id, self._obligation = file.id, obligation
        self.fields = [
            FieldSpec("until", "&Jusqu'au", Entry.DAY, typed_day(today + _USUAL_WAIVER), required=True,
                      hint="Ce jour compris ; le blocage revient ensuite de lui-même."),
            FieldSpec("reason", "&Raison", Entry.LONG, required=True, hint=f"{WAIVER_REASON_LENGTH} lettres au plus."),
        ]

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        reader.day("until")
        reader.text("reason")
        return found_problems(reader, {})

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        reader = Reader(self.fields, values, today)
        until = reader.day("until")
        waiver = app.execute(
            GiveWaiver(self._family_id, self._obligation.person_id, self._obligation.type_ids[0], until,
                       reader.text("reason")),
            confirmed=confirmed, progress=progress,
        )
        return Saved(f"Dérogation accordée jusqu'au {french_day(until)}.", EndWaiver(waiver), waiver)


class RegisterTask(Task):
    """« Inscrire un enfant » to an activity, from a day on."""

    save_words = "&Inscrire"

    def __init__(self, file: FamilyFile, activities: Sequence[ActivityPlace], today: date) -> None:
        self.key = task_key(file.id, REGISTER)
        self.title = "Inscrire un enfant"
        self._family_id = file.id
        year = SchoolYear.of(today)
        children = tuple((str(child.person_id), child.name) for child in file.children)
        offered = sorted(activities, key=lambda each: (each.service, each.activity))
        self.fields = [
            FieldSpec("child", "&Enfant", Entry.CHOICE, children[0][0] if len(children) == 1 else "", required=True,
                      options=(("", "Choisir…"), *children)),
            FieldSpec("activity", "&Activité", Entry.CHOICE, required=True,
                      options=(("", "Choisir…"), *((str(each.id), f"{each.service} : {each.activity}")
                                                   for each in offered))),
            FieldSpec("first_day", "À partir &du", Entry.DAY, typed_day(today), required=True),
            FieldSpec("last_day", "&Jusqu'au", Entry.DAY, typed_day(year.last_day), beside=True),
        ]

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        reader.text("child")
        reader.text("activity")
        reader.day("first_day")
        reader.optional_day("last_day")
        return found_problems(reader, {})

    def field_of(self, error: UserError) -> str:
        return {"registration.twice": "activity", "registration.not_a_child": "child"}.get(error.code, "")

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        reader = Reader(self.fields, values, today)
        period = Period(reader.day("first_day"), reader.optional_day("last_day"))
        command = RegisterChild(self._family_id, int(reader.text("child")), int(reader.text("activity")), period)
        registration = app.execute(command, confirmed=confirmed, progress=progress)
        return Saved("Enfant inscrit.", None, registration)


class EndStay(Task):
    """The last day of a registration."""

    def __init__(self, file: FamilyFile, line: RegistrationLine) -> None:
        self.key = task_key(file.id, f"end:{line.id}")
        self.title = f"Inscription : {line.activity}"
        self.version = line.version
        self._line = line
        self.fields = [
            FieldSpec("last_day", "&Dernier jour", Entry.DAY, typed_day(line.period.end),
                      hint="Vide : jusqu'à nouvel ordre."),
        ]

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        reader.optional_day("last_day")
        return found_problems(reader, {})

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        last_day = Reader(self.fields, values, today).optional_day("last_day")
        app.execute(
            EndRegistration(self._line.id, self._line.version, last_day), confirmed=confirmed, progress=progress
        )
        undo = EndRegistration(self._line.id, self._line.version + 1, self._line.period.end)
        told = f"Dernier jour : {french_day(last_day)}." if last_day else "Inscription jusqu'à nouvel ordre."
        return Saved(told, undo)
