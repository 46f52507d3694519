"""Removing what was never used, after one question; giving a last day to what was. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeAlias

from backoffice.catalog.ending import EndOffer, RemoveOffer
from backoffice.catalog.kinds import OfferKind
from backoffice.catalog.overview import ActivityView, CatalogOverview, ServiceView, SlotView
from backoffice.kernel.application import Application
from backoffice.kernel.errors import NeedsConfirmation, UserError
from backoffice.kernel.messages import sentence
from ui.command_task import CommandTask
from ui.drafts import Task
from ui.explanations import on_screen
from ui.forms import Entry, FieldSpec, Reader, typed_day
from ui.presenting import Banner, Desk, Question, banner_for
from ui.screens.catalog.sheets import id_of, last_day_of, name_of, record_of
from ui.screens.catalog.tasks import task_key
from ui.screens.catalog.tree import NodeKind

Record: TypeAlias = ServiceView | ActivityView | SlotView
WHY_NOT_REMOVED = "Ce qui a servi ne se supprime pas : un dernier jour l'arrête."


class EndingPage(Protocol):
    """What is asked of the page."""

    def show_banner(self, banner: Banner | None) -> None: ...


class Ending:
    """`open_task` opens the form of a last day; `removed` hears the key of the line above the one that is gone."""

    def __init__(
        self, page: EndingPage, desk: Desk, open_task: Callable[[Task], object], removed: Callable[[str], None]
    ) -> None:
        self._page = page
        self._desk = desk
        self._open_task = open_task
        self._removed = removed

    def begin(self, kind: OfferKind, record: Record) -> None:
        self._send(RemoveOffer(kind, id_of(record), record.version), record, frozenset())

    def _send(self, command: RemoveOffer, record: Record, agreed: frozenset[str]) -> None:
        self._desk.run.write(
            lambda _progress: self._desk.app.execute(command, confirmed=agreed),
            lambda _: self._done(command, record),
            partial(self._refused, command, record),
            "Suppression",
        )

    def _done(self, command: RemoveOffer, record: Record) -> None:
        self._desk.tell(f"Supprimé : {command.kind.named} « {name_of(record)} ».", None)
        self._removed(_above(record))

    def _refused(self, command: RemoveOffer, record: Record, error: Exception) -> None:
        if isinstance(error, NeedsConfirmation):
            title = f"Supprimer {command.kind.named} « {name_of(record)} » ?"
            question = Question(title, on_screen(sentence(error)), "Supprimer", dangerous=True)
            self._desk.ask(question, partial(self._send, command, record, frozenset({error.code})))
        elif isinstance(error, UserError) and error.code == "catalog.in_use":
            self._open_task(OfferEnd(command.kind, record, on_screen(sentence(error))))
        else:
            self._page.show_banner(banner_for(error))


def _above(record: Record) -> str:
    """The key of the line above one that is removed; empty under a heading."""
    if isinstance(record, SlotView):
        return f"activity {record.slot.activity_id}"
    return f"service {record.service_id}" if isinstance(record, ActivityView) else ""


class OfferEnd(CommandTask):
    """The last day of something that was used, or no last day any more. `intro`: why it is not removed."""

    def __init__(self, kind: OfferKind, record: Record, intro: str) -> None:
        self.kind = kind
        self.record = record
        spec = FieldSpec(
            "last_day", "&Dernier jour", Entry.DAY, typed_day(last_day_of(record)), placeholder="sans fin",
            hint="Jusque-là rien ne change ; ensuite, plus aucun enfant n'y est inscrit. Vide : sans fin.",
        )
        super().__init__(
            key=task_key(f"{kind.value} {id_of(record)}", "last day"),
            title=f"Arrêter {kind.named} « {name_of(record)} »", fields=(spec,), command=self._end,
            told="Dernier jour enregistré.", version=record.version, intro=intro,
            beside=lambda error: "last_day" if error.code == "catalog.used_later" else "", undo=self._put_back,
        )

    def _end(self, reader: Reader) -> EndOffer | None:
        day = reader.optional_day("last_day")
        return None if reader.errors else EndOffer(self.kind, id_of(self.record), self.record.version, day)

    def _put_back(self, app: Application, _command: object, _answer: object) -> EndOffer | None:
        kind, record = self.kind, self.record
        now: Any = record_of(app.ask(CatalogOverview()), NodeKind(kind.value), id_of(record))
        return None if now is None else EndOffer(kind, id_of(record), now.version, last_day_of(record))
