"""The types of documents that the town asks for: the list, and the form of one. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from backoffice.catalog.overview import Catalog, CatalogOverview
from backoffice.documents.events import DocumentTypesChanged
from backoffice.documents.kinds import Blocks, Condition, Feed, Owner, Sensitivity, Validity
from backoffice.documents.requiring import Asked
from backoffice.documents.starting import OTHER_REASON, reject_reasons, starting_types
from backoffice.documents.types import (
    AddDocumentType,
    AdoptStartingTypes,
    DocumentTypeLine,
    EditDocumentType,
    ListDocumentTypes,
    RequirementLine,
    TypeValues,
)
from backoffice.kernel.application import Application
from backoffice.kernel.events import Event
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress
from ui.command_task import CommandTask
from ui.drafting import Drafting
from ui.forms import Entry, FieldSpec, Reader, typed_day
from ui.presenting import Desk, FaultPage, Question, read_for, write_for

KEY = "types"
OWNERS = {Owner.FAMILY: "la famille", Owner.CHILD: "chaque enfant", Owner.ADULT: "chaque responsable"}
SENSITIVITIES = {
    Sensitivity.USUAL: "ordinaire : qui voit la famille l'ouvre",
    Sensitivity.SENSITIVE: "sensible : l'ouvrir laisse une trace",
    Sensitivity.HEALTH: "santé : réservée à qui voit les fiches santé, avec une trace",
}
_VALIDITIES = {
    Validity.SCHOOL_YEAR: "l'année scolaire",
    Validity.ON_DOCUMENT: "jusqu'à la date écrite dessus",
    Validity.YEARS: "un nombre d'années",
    Validity.FOREVER: "pour toujours",
}
_CONDITIONS = {
    Condition.ALWAYS: "toujours",
    Condition.PAI: "si un PAI est déclaré",
    Condition.DEBIT: "si la famille paie par prélèvement",
}
_FEEDS = {
    Feed.NOTHING: "rien",
    Feed.QUOTIENT: "le quotient familial",
    Feed.INSURANCE: "l'assurance de l'enfant",
    Feed.VACCINES: "les vaccins de l'enfant",
}
_WEIGHTS: Mapping[str, tuple[bool, Blocks, str]] = {
    "registration": (True, Blocks.REGISTRATION, "bloque l'inscription"),
    "booking": (True, Blocks.BOOKING, "bloque la réservation"),
    "mandatory": (True, Blocks.NOTHING, "obligatoire"),
    "optional": (False, Blocks.NOTHING, "facultative"),
}
_TOWN = "0/0"
_MOST_REASONS = 8  # the keys 1 to 9, the last for « Autre »


# --- one type, in words -------------------------------------------------------------------------------------------


def asked_words(line: DocumentTypeLine) -> str:
    """« Toute la commune » or the services, as the list says it."""
    return ", ".join(one.place for one in line.requirements) or "personne"


def weight_words(line: DocumentTypeLine) -> str:
    """The strongest thing that is asked of families: « bloque l'inscription »."""
    held = {_weight_of(one) for one in line.requirements}
    return next((words for key, (_, _, words) in _WEIGHTS.items() if key in held), "")


def validity_words(values: TypeValues) -> str:
    if values.validity is Validity.YEARS:
        return f"{values.validity_years} an{'s' if values.validity_years > 1 else ''}"
    return _VALIDITIES[values.validity]


def is_over(line: DocumentTypeLine, today: date) -> bool:
    return line.values.last_day is not None and line.values.last_day < today


def state_words(line: DocumentTypeLine, today: date) -> str:
    last = line.values.last_day
    if last is None:
        return "demandée" if line.requirements else "jamais demandée"
    return f"{'finie le' if last < today else 'jusqu’au'} {french_day(last)}"


def _weight_of(one: RequirementLine) -> str:
    held = (one.is_mandatory, one.blocks)
    return next(key for key, (mandatory, blocks, _) in _WEIGHTS.items() if (mandatory, blocks) == held)


# --- the form -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers: the places that may ask, and the groups there are."""

    places: tuple[tuple[str, str], ...]
    groups: tuple[str, ...]


def choices_of(catalog: Catalog, lines: Sequence[DocumentTypeLine]) -> Choices:
    places = [(_TOWN, "La commune")]
    for view in catalog.services:
        places.append((f"{view.service.id}/0", view.service.name))
        places += [(f"{view.service.id}/{one.id}", f"{view.service.name}, {one.name}") for one in view.activities]
    return Choices(tuple(places), tuple(sorted({line.values.group for line in lines if line.values.group})))


def type_task(line: DocumentTypeLine | None, choices: Choices) -> CommandTask:
    """Add a type (without a line), or change one."""
    specs = _specs(line, choices)

    def command(reader: Reader) -> AddDocumentType | EditDocumentType | None:
        values, asked = _values(reader), _asked(reader)
        if line is None:
            code, owner = reader.text("code"), Owner(reader.text("owner"))
            return None if reader.errors else AddDocumentType(code, owner, values, asked)
        return None if reader.errors else EditDocumentType(line.id, line.version, values, asked)

    def put_back(_app: Application, _command: object, answer: object) -> EditDocumentType | None:
        if line is None or not isinstance(answer, int):
            return None
        asked = tuple(Asked(one.service_id, one.activity_id, one.is_mandatory, one.blocks)
                      for one in line.requirements)
        return EditDocumentType(line.id, answer, line.values, asked)

    if line is None:
        return CommandTask(f"{KEY}/new", "Nouvelle pièce", specs, command, "Pièce ajoutée.")
    return CommandTask(
        f"{KEY}/{line.id}", line.name, specs, command, "Pièce enregistrée.", version=line.version,
        intro=f"Code {line.code}, demandée pour {OWNERS[line.owner]}.", undo=put_back,
    )


def _specs(line: DocumentTypeLine | None, choices: Choices) -> tuple[FieldSpec, ...]:
    values = line.values if line is not None else TypeValues("")
    first = () if line is not None else (
        FieldSpec("code", "&Code", required=True, width=16, placeholder="NATATION",
                  hint="Court, sans espace : le portail et les reprises s'en servent."),
        FieldSpec("owner", "P&our", Entry.CHOICE, Owner.CHILD.value, options=_options(OWNERS)),
    )
    reasons = tuple((code, one.label) for code, one in reject_reasons().items() if code != OTHER_REASON)
    asked = line.requirements if line is not None else ()
    return (
        FieldSpec("name", "&Nom, que les familles lisent", value=values.name, required=True),
        *first,
        FieldSpec("rule", "Ce &qu'il faut vérifier", value=values.rule,
                  hint="Une phrase, à côté de la pièce quand on l'examine."),
        FieldSpec("asked", "Qui la demande", Entry.ROWS, heading="Demande", add_words="A&jouter un service",
                  columns=(FieldSpec("place", "Service ou activité", Entry.CHOICE, width=12, options=choices.places),
                           FieldSpec("weight", "Ce qu'elle fait", Entry.CHOICE, width=14,
                                     options=tuple((key, words) for key, (_, _, words) in _WEIGHTS.items()))),
                  rows=tuple({"place": f"{one.service_id or 0}/{one.activity_id or 0}", "weight": _weight_of(one)}
                             for one in asked),
                  hint="Ce qui bloque est obligatoire. Sans ligne, elle n'est demandée à personne ; la plus précise "
                       "l'emporte."),
        FieldSpec("condition", "Quand", Entry.CHOICE, values.condition.value, options=_options(_CONDITIONS)),
        FieldSpec("group", "Groupe", Entry.SUGGEST, values.group, options=tuple((one, one) for one in choices.groups),
                  hint="Dans un groupe, une seule pièce suffit : l'attestation de QF ou l'avis d'imposition."),
        FieldSpec("last_day", "Demandée jusqu'au", Entry.DAY, typed_day(values.last_day), placeholder="sans fin",
                  hint="Passé ce jour, plus personne ne la doit ; ce qui fut envoyé reste."),
        FieldSpec("validity", "Elle vaut", Entry.CHOICE, values.validity.value, heading="Une fois validée",
                  options=_options(_VALIDITIES)),
        FieldSpec("validity_years", "Années", Entry.NUMBER, str(values.validity_years or ""),
                  only_if=("validity", Validity.YEARS.value)),
        FieldSpec("feeds", "Elle remplit", Entry.CHOICE, values.feeds.value, options=_options(_FEEDS),
                  hint="Après confirmation de ce qui y est lu."),
        FieldSpec("sensitivity", "Qui peut l'ouvrir", Entry.CHOICE, values.sensitivity.value,
                  options=_options(SENSITIVITIES), heading="Garde"),
        FieldSpec("retention_days", "Gardée, en jours", Entry.NUMBER, str(values.retention_days), required=True,
                  hint="Comptés de la fin de sa validité, ou de son rejet."),
        FieldSpec("form", "Formulaire publié", value=values.form, placeholder="Fiche sanitaire",
                  heading="Échanges avec les familles", hint="À télécharger, remplir et renvoyer."),
        FieldSpec("reasons", "Motifs de rejet proposés", Entry.ROWS, add_words="Ajouter un motif",
                  columns=(FieldSpec("code", "Motif", Entry.CHOICE, options=reasons),),
                  rows=tuple({"code": code} for code in values.reasons),
                  hint="Dans l'ordre des touches 1 à 9 ; « Autre » vient toujours en dernier."),
    )


def _options(words: Mapping[Owner, str] | Mapping[Sensitivity, str] | Mapping[Validity, str]
             | Mapping[Condition, str] | Mapping[Feed, str]) -> tuple[tuple[str, str], ...]:
    return tuple((key.value, text) for key, text in words.items())


def _values(reader: Reader) -> TypeValues:
    validity = Validity(reader.text("validity"))
    years = reader.integer("validity_years", 1, 20, 1) if validity is Validity.YEARS else 0
    reasons = tuple(reader.row("reasons", index).text("code") for index in range(reader.rows("reasons")))
    if len(reasons) > _MOST_REASONS:
        reader.blame("reasons", f"Gardez au plus {_MOST_REASONS} motifs : chacun a sa touche, et « Autre » la sienne.")
    if len(set(reasons)) < len(reasons):
        reader.blame("reasons", "Le même motif est cité deux fois : retirez-en un.")
    return TypeValues(
        name=reader.text("name"), sensitivity=Sensitivity(reader.text("sensitivity")), validity=validity,
        validity_years=years, group=reader.text("group"), rule=reader.text("rule"), feeds=Feed(reader.text("feeds")),
        condition=Condition(reader.text("condition")), form=reader.text("form"), reasons=reasons,
        retention_days=reader.integer("retention_days", 0, 36_500), last_day=reader.optional_day("last_day"),
    )


def _asked(reader: Reader) -> tuple[Asked, ...]:
    found = []
    for index in range(reader.rows("asked")):
        row = reader.row("asked", index)
        service, _, activity = row.text("place").partition("/")
        mandatory, blocks, _ = _WEIGHTS[row.text("weight")]
        found.append(Asked(int(service) or None, int(activity) or None, mandatory, blocks))
    return tuple(found)


# --- the tab ------------------------------------------------------------------------------------------------------


class TypesPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_types(self, lines: Sequence[DocumentTypeLine]) -> None: ...


class TypesPresenter:
    """Lists the types; each is changed in a form beside, and the proposed list is adopted once."""

    def __init__(self, page: TypesPage, desk: Desk, drafting: Drafting) -> None:
        self._page = page
        self._desk = desk
        self._drafting = drafting
        self._lines: Sequence[DocumentTypeLine] = ()
        self._choices = Choices((), ())
        desk.hear(DocumentTypesChanged, self._changed)
        self._seen = False
        self.wanted = ""  # the id of the type to open once they are read, or « new »

    @property
    def today(self) -> date:
        return self._desk.app.clock.today()

    def load(self) -> None:
        self._seen = True
        app = self._desk.app

        def work(progress: Progress) -> tuple[Sequence[DocumentTypeLine], Choices]:
            lines = app.ask(ListDocumentTypes(), progress=progress)
            return lines, choices_of(app.ask(CatalogOverview(), progress=progress), lines)

        read_for(self._page, self._desk, work, self._loaded, self.load, "types")

    def _loaded(self, found: tuple[Sequence[DocumentTypeLine], Choices]) -> None:
        self._lines, self._choices = found
        self._page.show_types(self._lines)
        wanted, self.wanted = self.wanted, ""
        if wanted == "new":
            self.add()
        elif wanted:
            for chosen in (one for one in self._lines if str(one.id) == wanted):
                self.edit(chosen)
        typed = self._drafting.task
        if typed is not None and typed.key.startswith(f"{KEY}/"):
            line = next((one for one in self._lines if typed.key == f"{KEY}/{one.id}"), None)
            if line is not None:
                self._drafting.noticed(type_task(line, self._choices))

    @property
    def proposed(self) -> int:
        """How many types of the proposed list the town does not have."""
        known = {line.code for line in self._lines}
        return sum(one.code not in known for one in starting_types())

    def add(self) -> None:
        if self._choices.places:  # once they are read
            self._drafting.begin(type_task(None, self._choices))

    def edit(self, line: DocumentTypeLine) -> None:
        typed = self._drafting.task
        if typed is not None and typed.key != f"{KEY}/{line.id}" and not self._drafting.changed:
            self._drafting.drop()
        self._drafting.begin(type_task(line, self._choices))

    def adopt(self) -> None:
        """Take the proposed list: from then on, families owe documents, and a missing one blocks."""
        count = self.proposed
        question = Question(
            "Adopter la liste proposée ?",
            f"{count} pièces seront demandées aux familles, celles qui sont obligatoires bloquant les nouvelles "
            "inscriptions tant qu'elles ne sont pas validées. Chacune se modifie ensuite ici.",
            "Adopter la liste",
        )
        self._desk.ask(question, self._adopt)

    def _adopt(self) -> None:
        app = self._desk.app
        write_for(
            self._page, self._desk, lambda progress: app.execute(AdoptStartingTypes(), progress=progress),
            lambda count: self._desk.tell(f"{count} pièces adoptées : modifiez-les ici.", None), "Liste des pièces",
        )

    def _changed(self, _event: Event) -> None:
        if self._seen:
            self.load()
