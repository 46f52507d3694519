"""Sends what waits in the outbox as soon as the base answers, beside the window; says what became of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from backoffice.kernel.errors import Cancelled, EnvironmentFault
from backoffice.kernel.faults import is_outage
from backoffice.kernel.messages import sentence
from ui.presenting import Action, Banner, Desk, Place, Question, Severity, banner_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from backoffice.kernel.events import Event
    from backoffice.kernel.progress import Progress
    from backoffice.outbox.sending import Delivery, Outbox

class Sender(QObject):
    """Lives as long as its window. `base_answers` is called each time the base is known to be there."""

    def __init__(
        self, outbox: Outbox, desk: Desk, show_banner: Callable[[Banner | None], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        from backoffice.outbox.sending import OutboxChanged

        self._outbox = outbox
        self._desk = desk
        self._show_banner = show_banner
        self._busy = False
        self._known = False  # what waits
        desk.hear(OutboxChanged, self._changed)
        self._load()

    def base_answers(self) -> None:
        if self._busy or not self._outbox.kept.waiting:
            return
        self._busy = True
        self._desk.run.write(self._send, self._sent, self._failed, "Envoi des pointages en attente")

    def wake(self) -> None:
        """Somebody is there again: what was stopped when they left is done now."""
        if not self._known and not self._busy:
            self._load()

    def leaving(self) -> Question | None:
        """What is asked before the window closes, when something waits."""
        count = self._outbox.kept.units
        if not count:
            return None
        words = "1 pointage attend" if count == 1 else f"{count} pointages attendent"
        return Question(
            "Fermer avant l'envoi ?",
            f"{words} que la base réponde. Gardé ici sous clé, chacun sera envoyé à la prochaine ouverture du programme"
            " sur cet ordinateur, sous le même identifiant.",
            "Fermer",
            "Rester ouvert",
        )

    def _load(self) -> None:
        self._busy = True
        self._desk.run.read(lambda _progress: self._outbox.load(), self._loaded, self._not_loaded)

    def _send(self, progress: Progress) -> Delivery:
        return self._outbox.send(progress)

    def _loaded(self, _answer: None) -> None:
        self._busy, self._known = False, True
        self.base_answers()

    def _not_loaded(self, error: Exception) -> None:
        self._busy = False
        banner = banner_for(error, self._load)
        if banner is not None:
            self._known = True  # said: the agent tries again
            self._show_banner(banner)

    def _sent(self, delivery: Delivery) -> None:
        self._busy = False
        if delivery.sent:
            self._desk.tell(
                "Le pointage en attente est enregistré." if delivery.sent == 1
                else f"Les {delivery.sent} pointages en attente sont enregistrés.", None,
            )
        if delivery.refused:
            words = "Un pointage en attente n'a pas été accepté" if delivery.refused == 1 else (
                f"{delivery.refused} pointages en attente n'ont pas été acceptés")
            see = Action("Voir le pointage", partial(self._desk.go, Place("attendance")))
            self._show_banner(Banner(Severity.WARNING, f"{words} : à vous de choisir.", (see,)))

    def _failed(self, error: Exception) -> None:
        self._busy = False
        if isinstance(error, Cancelled):
            return  # nobody is there: it waits on
        if isinstance(error, EnvironmentFault) and is_outage(error):
            return  # the window says already that the base is away
        self._show_banner(banner_for(error))

    def _changed(self, event: Event) -> None:
        told = getattr(event, "told", None)
        if told is not None:
            self._show_banner(Banner(Severity.WARNING, sentence(told)))
