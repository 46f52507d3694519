"""The words of the mails to families: one kind at a time, shown as a family would read it. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol

from backoffice.kernel.application import Application
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.events import Event
from backoffice.kernel.messages import sentence
from backoffice.letters.commands import EditTemplate
from backoffice.letters.events import TemplatesChanged
from backoffice.letters.kinds import LetterKind
from backoffice.letters.queries import ListTemplates, PreviewTemplate, TemplateView
from backoffice.letters.rules import (
    LETTER_NAMES,
    LINE_NAMES,
    Outcome,
    Template,
    Written,
    template_problems,
)
from ui.command_task import CommandTask
from ui.drafting import Drafting
from ui.drafts import Saved, undoable
from ui.forms import Entry, FieldSpec, Reader
from ui.presenting import Desk, FaultPage, banner_for, read_for, write_for

KEY = "words"
_SUBJECT, _BODY = "subject", "body"
_BODY_LINES, _LINE_LINES = 14, 3
_MEANINGS = {
    "famille": "le nom de la famille",
    "commune": "le nom de la commune",
    "contact": "les services à joindre",
    "résumé": "« 2 validées, 1 à renvoyer »",
    "pièce": "le nom de la pièce",
    "personne": "l'enfant ou le responsable, s'il y en a un",
    "motif": "le motif de rejet, s'il y en a un",
    "commentaire": "ce que l'agent ajoute, s'il ajoute quelque chose",
    "fin": "le dernier jour, s'il y en a un",
}
INTRO = (
    "{famille} est remplacé par sa valeur. Ce qui est entre [ et ] disparaît quand tout ce qui y est nommé est vide : "
    "[, jusqu'au {fin}]. Les courriels déjà retenus gardent leurs mots."
)


def names_for(view: TemplateView, field: str) -> tuple[tuple[str, str], ...]:
    """What may be inserted in this field, each with what it stands for."""
    if field in {_SUBJECT, _BODY}:
        said = tuple((one.name, f"les pièces « {one.name} », une par ligne") for one in view.outcomes)
        return (*((name, _MEANINGS[name]) for name in LETTER_NAMES), *said)
    return tuple((name, _MEANINGS[name]) for name in LINE_NAMES)


def template_task(view: TemplateView) -> CommandTask:
    """Write the town's own words."""
    specs = (
        FieldSpec(_SUBJECT, "&Objet", value=view.template.subject, required=True),
        FieldSpec(_BODY, "Te&xte", Entry.LONG, view.template.body, required=True, least=_BODY_LINES),
        *(FieldSpec(one.code, _line_title(one, alone=len(view.outcomes) == 1), Entry.LONG,
                    view.template.lines.get(one.code, ""), required=True, least=_LINE_LINES)
          for one in view.outcomes),
    )  # fmt: skip

    def command(reader: Reader) -> EditTemplate | None:
        template = _template(view, {spec.key: reader.text(spec.key) for spec in specs})
        for field, problem in template_problems(template, view.outcomes).items():
            reader.blame(field, sentence(problem))
        return None if reader.errors else EditTemplate(view.kind, view.version, template)

    return CommandTask(
        f"{KEY}/{view.kind.value}", view.label, specs, command, "Mots enregistrés.", version=view.version, intro=INTRO,
        undo=partial(_put_back, view),
    )


def _line_title(outcome: Outcome, *, alone: bool) -> str:
    return "Chaque pièce, sur sa ligne" if alone else f"Chaque pièce de {{{outcome.name}}}"


def _put_back(view: TemplateView, _app: Application, _command: object, answer: object) -> EditTemplate | None:
    """The words that stood before; without words of its own, the town goes back to the usual ones."""
    return EditTemplate(view.kind, answer, view.template if view.version else None) if isinstance(answer, int) else None


def _template(view: TemplateView, values: Mapping[str, str]) -> Template:
    return Template(values.get(_SUBJECT, ""), values.get(_BODY, ""),
                    {one.code: values.get(one.code, "") for one in view.outcomes})


class WordsPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_words(self, views: Sequence[TemplateView], shown: TemplateView) -> None: ...

    def show_preview(self, written: Written | None, note: str) -> None:
        """The letter as it would read; None keeps the last one. `note`: why it is not what is typed."""


class WordsPresenter:
    """Shows the words in use of a kind, lets them be changed, shows at once what a family would read."""

    def __init__(self, page: WordsPage, desk: Desk, drafting: Drafting) -> None:
        self._page = page
        self._desk = desk
        self._drafting = drafting
        self._views: Mapping[LetterKind, TemplateView] = {}
        self._kind = next(iter(LetterKind))
        self._seen = False
        self.wanted = ""  # the kind whose words are to be changed once they are read
        desk.hear(TemplatesChanged, self._changed)

    def load(self) -> None:
        self._seen = True
        app = self._desk.app
        read_for(
            self._page, self._desk, lambda progress: app.ask(ListTemplates(), progress=progress), self._loaded,
            self.load, "words",
        )

    @property
    def shown(self) -> TemplateView | None:
        return self._views.get(self._kind)

    @property
    def is_own(self) -> bool:
        """Whether the words shown are not the usual ones."""
        return self.shown is not None and self.shown.template != self.shown.usual

    def choose(self, kind: LetterKind) -> None:
        if kind is not self._kind:
            self._drafting.put_away()
        self._kind = kind
        self._show()

    def edit(self) -> None:
        if self.shown is not None:  # once it is read
            self._drafting.begin(template_task(self.shown))
            self.preview()

    def restore(self) -> None:
        """Put the usual words back; those of the town come back by « Annuler »."""
        view, app = self.shown, self._desk.app
        if view is None or not self.is_own:
            return
        self._drafting.put_away()

        def restored(version: int) -> None:
            back = EditTemplate(view.kind, version, view.template)
            undoable(self._page, self._desk, Saved("Les mots d'origine sont revenus.", back))

        write_for(
            self._page, self._desk,
            lambda progress: app.execute(EditTemplate(view.kind, view.version, None), progress=progress), restored,
        )

    def preview(self) -> None:
        """What a family would read of what is typed, or of the words in use."""
        view, app = self.shown, self._desk.app
        if view is None:
            return
        task = self._drafting.task
        typing = task is not None and task.key == f"{KEY}/{view.kind.value}"
        template = _template(view, self._drafting.values) if typing else view.template
        self._desk.run.read(
            lambda progress: app.ask(PreviewTemplate(view.kind, template), progress=progress),
            lambda written: self._page.show_preview(written, ""), self._refused, "words preview",
        )

    # --- answers ----------------------------------------------------------------------------------------------

    def _loaded(self, views: Sequence[TemplateView]) -> None:
        self._views = {view.kind: view for view in views}
        wanted, self.wanted = self.wanted, ""
        if wanted in set(LetterKind):
            self._kind = LetterKind(wanted)
        self._show()
        if wanted:
            self.edit()
        task = self._drafting.task
        if self.shown is not None and task is not None and task.key == f"{KEY}/{self._kind.value}":
            self._drafting.noticed(template_task(self.shown))

    def _show(self) -> None:
        if self.shown is not None:
            self._page.show_words(tuple(self._views.values()), self.shown)
            self.preview()

    def _refused(self, error: Exception) -> None:
        if isinstance(error, InvalidFields):
            first = next(iter(error.fields.values()))
            self._page.show_preview(None, f"Cet aperçu attend que le texte soit complet. {sentence(first)}")
        elif isinstance(error, UserError):
            self._page.show_preview(None, sentence(error))
        else:
            self._page.show_banner(banner_for(error, self.preview))

    def _changed(self, _event: Event) -> None:
        if self._seen:
            self.load()
