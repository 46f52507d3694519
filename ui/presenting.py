"""What every presenter speaks with: places, jobs, banners, questions. No Qt here, so a test needs no window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

from backoffice.kernel.errors import BackofficeError, Cancelled, EnvironmentFault, NeedsConfirmation
from backoffice.kernel.events import Event
from backoffice.kernel.logs import report_bug
from backoffice.kernel.messages import sentence
from backoffice.kernel.progress import Progress, silent
from ui.context import WorkContext

if TYPE_CHECKING:
    from backoffice.kernel.application import Application
    from backoffice.outbox.sending import Outbox

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go: a screen and what it shows there (`Place("family", {"id": "12"})`)."""

    screen: str
    parameters: Mapping[str, str] = field(default_factory=dict)


class Severity(StrEnum):
    DANGER = "danger"
    WARNING = "warning"
    SUCCESS = "success"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a banner: its words, and what it does."""

    label: str
    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Banner:
    """One sentence at the top of the page, with at most two buttons.

    `reread` is the action that reads again what could not be read. A page reads several things: while the sentence
    of one stands, the others join it, and that action reads them all.
    """

    severity: Severity
    text: str
    actions: tuple[Action, ...] = ()
    reread: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before something that cannot be undone: a question, and two verbs."""

    title: str
    text: str
    yes: str
    no: str = "Annuler"
    dangerous: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """A document to read in the window, print or save: its title, the name of its file without « .pdf », its bytes."""

    title: str
    name: str
    pdf: bytes


class Runner(Protocol):
    """Runs work away from the window and brings the answer back to it, if its screen still wants it.

    `read` may run several at once, and a newer read of the same `topic` replaces the older. `write` runs one at a
    time, in order. `hand_over` makes files and paper, one at a time, beside the writes: saving a file of a family does
    not wait for a month of PDFs. `failed` receives every exception, as a value. A read with a `label` is long: the
    status bar shows how far it is and how to stop it, as it does for every write.
    """

    def read(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        topic: str = "",
        label: str = "",
    ) -> None: ...

    def write(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        label: str = "",
    ) -> None: ...

    def hand_over(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        label: str,
    ) -> None: ...


class AtOnce:
    """A runner for tests: everything happens on the spot, on the calling thread."""

    def read(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        topic: str = "",  # noqa: ARG002 - the same words as the other runners
        label: str = "",  # noqa: ARG002
    ) -> None:
        self._run(work, done, failed)

    def write(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        label: str = "",  # noqa: ARG002 - the same words as the other runners
    ) -> None:
        self._run(work, done, failed)

    def hand_over(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        label: str,  # noqa: ARG002 - the same words as the other runners
    ) -> None:
        self._run(work, done, failed)

    @staticmethod
    def _run(
        work: Callable[[Progress], T], done: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        try:
            result = work(silent)
        except Exception as exc:  # noqa: BLE001 - the job boundary: an exception becomes a value
            failed(exc)
            return
        done(result)


@dataclass(frozen=True)
class Desk:
    """What a presenter receives besides its view: the door, the jobs, where to go, whom to ask."""

    app: Application
    run: Runner
    go: Callable[[Place], None]
    ask: Callable[[Question, Callable[[], None]], None]
    tell: Callable[[str, Action | None], None]
    """Says that something is done, with « Annuler » (or another gesture) when it can be undone."""
    hear: Callable[[type[Event], Callable[[Event], None]], None]
    """Calls back on the window's thread after a command published such an event, while the page lives."""
    context: WorkContext
    """The structure and the school year the agent works in."""
    named: Callable[[Place], None] = lambda _place: None
    """Says what the page shows, when it is more than the place that was asked: coming back finds it again."""
    stepped: Callable[[Place], None] = lambda _place: None
    """Says that the page went on to show something else by itself: Alt+← comes back to what it showed before."""
    outbox: Outbox | None = None
    """Where pointage waits while a shared base is away; a base of this computer has none."""


class FaultPage(Protocol):
    """A page that says what could not be read, until it can."""

    def show_banner(self, banner: Banner | None) -> None: ...

    def fault_over(self, reread: Callable[[], None]) -> None: ...


def read_for(
    page: FaultPage,
    desk: Desk,
    work: Callable[[Progress], T],
    done: Callable[[T], None],
    again: Callable[[], None],
    topic: str,
    missed: Callable[[], None] = lambda: None,
) -> None:
    """Read for a page. `again`, which begins this very read, is what « Réessayer » does after a fault; `missed` shows
    what there is instead of what could not be read."""

    def answered(found: T) -> None:
        page.fault_over(again)
        done(found)

    def failed(error: Exception) -> None:
        page.show_banner(banner_for(error, reread=again))
        if not isinstance(error, Cancelled):
            missed()

    desk.run.read(work, answered, failed, topic)


def write_for(
    page: FaultPage,
    desk: Desk,
    work: Callable[[Progress], T],
    done: Callable[[T], None],
    label: str = "Enregistrement",
) -> None:
    """Change something for a page. After a fault, « Réessayer » does this very change again, never only a read."""

    def again() -> None:
        write_for(page, desk, work, done, label)

    desk.run.write(work, done, lambda error: page.show_banner(banner_for(error, again)), label)


def banner_for(
    error: Exception, retry: Callable[[], None] | None = None, *, reread: Callable[[], None] | None = None
) -> Banner | None:
    """What the agent reads for whatever a job raised; None when there is nothing to say.

    A fault may pass: `reread` does a read again with the others that failed, `retry` does one change again, alone.
    An error that is not ours is a bug: logged once without data, shown with its reference.
    """
    if isinstance(error, Cancelled):
        return None
    if isinstance(error, EnvironmentFault):
        again = reread or retry
        actions = (Action("Réessayer", again),) if again is not None else ()
        return Banner(Severity.DANGER, sentence(error), actions, reread)
    if isinstance(error, NeedsConfirmation):
        return Banner(Severity.WARNING, sentence(error))
    if isinstance(error, BackofficeError):
        return Banner(Severity.DANGER, sentence(error))
    reference = report_bug(error)
    return Banner(
        Severity.DANGER,
        f"Le programme a rencontré une erreur inattendue (référence {reference}). Rien n'a été modifié à moitié.",
    )
