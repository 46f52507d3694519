"""Decides what the page of registrations shows, and how each request is answered. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Protocol

from backoffice.bookings.kinds import Channel
from backoffice.kernel.application import Command
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.events import Event
from backoffice.kernel.periods import Period, french_day
from backoffice.registrations.commands import (
    PutOnWaitingList,
    RefuseRegistration,
    RegisterChild,
    ReopenRequest,
)
from backoffice.registrations.events import RegistrationsChanged
from backoffice.registrations.kinds import GONE, RegistrationState
from backoffice.registrations.queries import ListAllRegistrations, RegistrationLine
from ui.command_task import CommandTask, Made
from ui.drafting import Drafting
from ui.drafts import Draft, Saved, Task, TaskPage
from ui.forms import Entry, FieldSpec, Reader, typed_day
from ui.presenting import Desk, FaultPage, Place, read_for, write_for


class Shown(StrEnum):
    """The chips, in the words of the portal."""

    ASKED = "asked"
    WAITING = "waiting"
    TO_COME = "to_come"
    CURRENT = "current"
    ENDED = "ended"
    GONE = "gone"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Shown.ASKED: "&Demandées", Shown.WAITING: "En &liste d'attente", Shown.TO_COME: "À &venir",
    Shown.CURRENT: "En &cours", Shown.ENDED: "Te&rminées", Shown.GONE: "Refusées ou retirées",
}
_MOMENTS = {"À venir": Shown.TO_COME, "En cours": Shown.CURRENT, "Terminée": Shown.ENDED}


class RegistrationsPage(TaskPage, FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_chips(self, counts: Mapping[Shown, int], shown: Shown) -> None: ...

    def show_lines(self, lines: Sequence[RegistrationLine], nothing: str) -> None: ...

    def is_seen(self) -> bool: ...


class RegistrationsPresenter:
    """One chip at a time; a request is accepted, refused or put on the waiting list."""

    def __init__(self, page: RegistrationsPage, desk: Desk, unfinished: MutableMapping[str, Draft]) -> None:
        self._page = page
        self._desk = desk
        self._context = desk.context
        self.today = desk.app.clock.today()
        self.shown = Shown.ASKED
        self.may_edit = desk.app.actor.may("registrations.edit")
        self.may_override = desk.app.actor.may("attendance.unlock")
        self._lines: Mapping[Shown, Sequence[RegistrationLine]] = {}
        self._first = True
        self.drafting = Drafting(page, desk, unfinished, self._saved, self.load, day=desk.context.day)
        desk.hear(RegistrationsChanged, self._changed)
        self._context.listen(self._follow)

    def open(self, place: Place) -> None:
        """`view`: one of `Shown`; without it, the requests if there are any, otherwise who comes."""
        wanted = place.parameters.get("view", "")
        if wanted in set(Shown):
            self.shown, self._first = Shown(wanted), False
        self._page.show_banner(None)
        self.load()

    def load(self) -> None:
        query = ListAllRegistrations(self._context.year.period, self._context.structure_id)
        app = self._desk.app
        read_for(self._page, self._desk, lambda progress: app.ask(query, progress=progress), self._read, self.load,
                 "registrations")

    def _read(self, lines: Sequence[RegistrationLine]) -> None:
        self._lines = {shown: [line for line in lines if self.place_of(line) is shown] for shown in Shown}
        if self._first and not self._lines[Shown.ASKED]:
            self.shown = Shown.CURRENT
        self._first = False
        coming = len({line.child_id for line in self._lines[Shown.CURRENT]})
        self._page.show_title("Inscriptions", f"{coming} enfants inscrits" if coming > 1 else "")
        self.choose(self.shown)

    def place_of(self, line: RegistrationLine) -> Shown:
        """Under which chip a registration is found."""
        if line.state is RegistrationState.REQUESTED:
            return Shown.ASKED
        if line.state is RegistrationState.WAITING:
            return Shown.WAITING
        return Shown.GONE if line.state in GONE else _MOMENTS[line.moment(self.today)]

    def choose(self, shown: Shown) -> None:
        self.shown = shown
        self._desk.named(Place("registrations", {"view": shown.value}))
        self._page.show_chips({each: len(lines) for each, lines in self._lines.items()}, shown)
        self._page.show_lines(self._lines.get(shown, ()), f"{_LABELS[shown].replace('&', '')} : aucune inscription.")

    # --- gestures ---------------------------------------------------------------------------------------------------

    def accept(self, line: RegistrationLine) -> None:
        """Its days, and why if something is in the way."""
        if self.place_of(line) not in {Shown.ASKED, Shown.WAITING} or not self.may_edit:
            return
        end = typed_day(line.period.end) if line.period.end else ""
        fields = [
            FieldSpec("first_day", "D&u", Entry.DAY, typed_day(line.period.start), required=True, width=12),
            FieldSpec("last_day", "a&u", Entry.DAY, end, width=12, beside=True, hint="Vide : jusqu'à nouvel ordre."),
        ]
        if self.may_override:
            fields += [
                FieldSpec("reason", "&Exception : pourquoi inscrire malgré ce qui manque", Entry.TEXT,
                          hint="Vide : ce qui manque bloque l'inscription, et le dit."),
                FieldSpec("channel", "Demande reçue &par", Entry.CHOICE, line.channel or Channel.PORTAL.value,
                          options=tuple((one.value, one.label) for one in Channel)),
            ]
        self.drafting.begin(CommandTask(
            f"registration/{line.id}", f"Inscrire {line.child}", fields,
            partial(self._registered, line, self.may_override), f"{line.child} : inscription acceptée.",
            version=line.version, beside=_beside, save_words="&Inscrire", intro=f"{line.activity} · {line.service}",
        ))

    @staticmethod
    def _registered(line: RegistrationLine, told: bool, reader: Reader) -> Made:
        first, last = reader.day("first_day"), reader.optional_day("last_day")
        if last is not None and last < first:
            reader.blame("last_day", "Le dernier jour vient après le premier.")
        if reader.errors:
            return None
        channel, reason = (reader.text("channel"), reader.text("reason")) if told else ("", "")
        return RegisterChild(line.family_id, line.child_id, line.activity_id, Period(first, last), channel=channel,
                             reason=reason)

    def refuse(self, line: RegistrationLine) -> None:
        if self.place_of(line) not in {Shown.ASKED, Shown.WAITING} or not self.may_edit:
            return
        reason = FieldSpec("reason", "&Pourquoi", Entry.LONG, required=True, least=3,
                           hint="La famille peut demander cette raison : écrivez-la comme vous la lui diriez.")

        def command(reader: Reader) -> Made:
            words = reader.text("reason")
            return None if reader.errors else RefuseRegistration(line.id, line.version, words)

        self.drafting.begin(CommandTask(
            f"registration/{line.id}/refuse", f"Refuser {line.child}", [reason], command,
            f"{line.child} : demande refusée.", version=line.version, beside=_beside, save_words="&Refuser",
            intro=f"{line.activity} · {line.service}",
            undo=lambda _app, _command, _answer: ReopenRequest(line.id, line.version + 1),
        ))

    def wait(self, line: RegistrationLine) -> None:
        self._do(PutOnWaitingList(line.id, line.version), f"{line.child} : en liste d'attente.")

    def reopen(self, line: RegistrationLine) -> None:
        self._do(ReopenRequest(line.id, line.version), f"{line.child} : la demande attend de nouveau.")

    def _do(self, command: Command[None], told: str) -> None:
        def done(_: None) -> None:
            self._desk.tell(told, None)
            self.load()

        app = self._desk.app
        write_for(self._page, self._desk, lambda progress: app.execute(command, progress=progress), done)

    def open_family(self, line: RegistrationLine) -> None:
        self._desk.go(Place("family", {"id": str(line.family_id)}))

    # --- answers ----------------------------------------------------------------------------------------------------

    def _saved(self, _task: Task, saved: Saved) -> None:
        self._desk.tell(saved.told, None)
        self.load()

    def _changed(self, _event: Event) -> None:
        if self._page.is_seen():
            self.load()

    def _follow(self) -> None:
        if self._page.is_seen():
            self.load()


def asked_in_words(line: RegistrationLine) -> str:
    """« 12/10/2026 · Portail »."""
    asked = french_day(line.asked_at.date()) if line.asked_at else ""
    channel = Channel(line.channel).label if line.channel else ""
    return " · ".join(word for word in (asked, channel) if word)


def _beside(error: UserError) -> str:
    if isinstance(error, InvalidFields):
        return next(iter(error.fields), "")
    return "reason" if error.code == "registration.held_back" else ""
