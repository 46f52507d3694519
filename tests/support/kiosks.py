"""Many kiosks at once, each with its own window page, agent, outbox and connection, while their server is stopped.

Time goes faster than the clock on the wall: the kiosks read a clock of their own, and wait as much less.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import backoffice.bootstrap  # noqa: F401 - every table
from backoffice.agents.appointing import Post
from backoffice.agents.roles import Role
from backoffice.attendance.rules import AttendanceState
from backoffice.clocking.touches import NewClock
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.zone import PARIS
from tests.support.postgres import RunningServer, stoppable_server
from tests.support.shared import CHIEF_LOGIN, address_of, prepare_shared
from tests.support.towns import SmallTown

_DAY = date(2025, 10, 8)
_OPENS = datetime.combine(_DAY, datetime.min.time(), PARIS).replace(hour=8).astimezone(UTC)
_SETTLING_SECONDS = 120.0  # a net for what is still to be sent at the end, never a measure
_WATCH_MS = 200            # how often a kiosk tries to send: the two seconds of the program, in the faster time


@dataclass(frozen=True, slots=True)
class Morning:
    """`kiosks` of `children` each, who all come then all leave within `minutes` of the kiosks' clock, lived in
    `seconds`; the server is stopped `stops` times, a tenth of the time each."""

    kiosks: int
    children: int
    minutes: float
    seconds: float
    stops: int
    processes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """`sent`: the name of each touch; `kept`: those of the rows of the server; `units`: state and whether both times
    are there; `touches_ms`: what each touch took on screen; `processor_ms`: what the processor worked for it, the waits
    for all the other kiosks of this computer left aside; `waited`: how many were in the outboxes at most."""

    sent: Sequence[str]
    kept: Sequence[str]
    units: Sequence[tuple[str, bool]]
    touches_ms: Sequence[float]
    processor_ms: Sequence[float]
    waited: int


class FastClock:
    """Goes on from a moment, so many times faster than this computer's."""

    def __init__(self, begins: float, factor: float) -> None:
        self._begins, self._factor = begins, factor

    def now(self) -> datetime:
        return _OPENS + timedelta(seconds=(time.time() - self._begins) * self._factor)

    def today(self) -> date:
        return self.now().astimezone(PARIS).date()


def live(morning: Morning) -> Outcome:
    """Raises PostgresRefusal."""
    with stoppable_server() as server, tempfile.TemporaryDirectory() as temporary:
        administrator = DatabaseAddress.parse(server.url)
        posts = [(_login(number), Post(Role.SECRETARY)) for number in range(morning.kiosks)]
        prepare_shared(administrator, *posts)
        chief = address_of(administrator, CHIEF_LOGIN)
        with SmallTown(chief) as town:
            places = [_centre(town, number, morning.children) for number in range(morning.kiosks)]
        found = _run(morning, server, places, Path(temporary))
        with SmallTown(chief) as town:
            rows, units = town.rows("clock_events"), town.rows("attendances")
    return Outcome(
        [uid for one in found for uid in one[0]], [row["uid"] for row in rows],
        [(row["state"], row["arrived_minute"] is not None and row["left_minute"] is not None) for row in units],
        [wall for one in found for wall, _ in one[1]], [worked for one in found for _, worked in one[1]],
        sum(one[2] for one in found),
    )


def _run(
    morning: Morning, server: RunningServer, places: Sequence[tuple[int, list[int]]], folder: Path
) -> list[tuple[list[str], list[tuple[float, float]], int]]:
    context = multiprocessing.get_context("spawn")
    begin = context.Event()
    pipes, workers = [], []
    for first in range(morning.processes):
        here, there = context.Pipe()
        own = [(number, *places[number]) for number in range(first, morning.kiosks, morning.processes)]
        worker = context.Process(target=_work, args=(server.url, morning, own, str(folder), there, begin))
        worker.start()
        pipes.append(here)
        workers.append(worker)
    for pipe in pipes:
        assert pipe.recv() == "ready"
    begins = time.time()
    for pipe in pipes:
        pipe.send(begins)
    begin.set()
    away = morning.seconds / 10
    for stop in range(morning.stops):
        at = morning.seconds * (stop + 1) / (morning.stops + 1) - away / 2
        time.sleep(max(0.0, begins + at - time.time()))
        server.stop()
        time.sleep(away)
        server.start()
    found = [pipe.recv() for pipe in pipes]
    for worker in workers:
        worker.join()
    return found


def _centre(town: SmallTown, number: int, children: int) -> tuple[int, list[int]]:
    """A structure and its children, all booked: its id, theirs."""
    from tests.clocking.days import WHOLE, centre_in

    centre = centre_in(town, f"KIO{number:02d}")
    with town.database.write() as session:
        households = [town._family(session, f"FAMILLE {number:02d} {place:03d}") for place in range(children)]
    for household in households:
        town.attend(household, centre.slots[WHOLE], [_DAY], AttendanceState.BOOKED)
    return centre.structure, [household.child for household in households]


def _login(number: int) -> str:
    return f"kiosque{number:02d}"


# --- in a process of its own -----------------------------------------------------------------------------------------


def _work(
    url: str, morning: Morning, own: Sequence[tuple[int, int, list[int]]], folder: str, told: Connection, begin: Any
) -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA", "HOME"):
        os.environ[name] = folder
    import keyring

    from tests.support.keyrings import Notebook

    notebook = Notebook()
    for name in ("get_password", "set_password", "delete_password"):
        setattr(keyring, name, getattr(notebook, name))
    from ui.app import make_qt
    from ui.theme.style import apply
    from ui.theme.tokens import Theme

    qt = make_qt([])
    theme = Theme()
    apply(qt, theme)
    kiosks = [_Kiosk(url, number, structure, children, morning, Path(folder)) for number, structure, children in own]
    for kiosk in kiosks:
        kiosk.wait_for_the_day(qt)
    told.send("ready")
    begins = told.recv()
    begin.wait()
    for kiosk in kiosks:
        kiosk.begin(begins)
    end = begins + morning.seconds + _SETTLING_SECONDS
    while time.time() < end and not all(kiosk.is_over for kiosk in kiosks):
        qt.processEvents()
        time.sleep(0.002)
    told.send((
        [uid for kiosk in kiosks for uid in kiosk.sent], [ms for kiosk in kiosks for ms in kiosk.touches_ms],
        sum(kiosk.waited for kiosk in kiosks),
    ))
    for kiosk in kiosks:
        kiosk.close()


class _Kiosk:
    """One page with everything under it, and a finger."""

    def __init__(
        self, url: str, number: int, structure: int, children: list[int], morning: Morning, folder: Path
    ) -> None:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QWidget

        from backoffice.agents.queries import actor_of_session
        from backoffice.kernel.application import Application
        from backoffice.kernel.database import Database
        from backoffice.outbox.sending import Outbox
        from ui.context import WorkContext
        from ui.events import EventLine
        from ui.jobs import Jobs
        from ui.preferences import Preferences
        from ui.presenting import Desk
        from ui.screen import Surroundings
        from ui.screens.kiosk.view import KioskView
        from ui.sending import Sender
        from ui.theme.tokens import Theme

        self._morning, self._children = morning, children
        self.sent: list[str] = []
        self.touches_ms: list[tuple[float, float]] = []  # on the clock, of the processor
        self.waited = 0
        database = Database(address_of(DatabaseAddress.parse(url), _login(number)))
        with database.read() as session:
            actor = actor_of_session(session)
        self._app = Application(database, actor, FastClock(time.time(), 0))
        self.outbox = Outbox(self._app, folder / _login(number))
        self._listen()
        preferences = Preferences(_login(number), folder / _login(number))
        preferences.keep("kiosk/structure", str(structure))
        self._jobs = Jobs()
        self._owner = QWidget()
        desk = Desk(self._app, self._jobs.runner(self._owner), lambda _place: None, lambda _question, _yes: None,
                    lambda _text, _action: None, EventLine(self._app.events, self._owner).hear,
                    WorkContext(self._app.clock, preferences, "kiosques"), outbox=self.outbox)
        self.page = KioskView(Surroundings(Theme(), desk, preferences))
        self.page.resize(1366, 768)
        self.page.show()
        self._sender = Sender(self.outbox, desk, lambda _banner: None, self._owner)
        self._watch = QTimer(self._owner)
        self._watch.setInterval(_WATCH_MS)
        self._watch.timeout.connect(self._sender.base_answers)
        self._finger = QTimer(self._owner)
        self._finger.timeout.connect(self._touch)
        order = list(children)
        random.Random(number).shuffle(order)
        self._todo = [*order, *order]  # everybody comes, then everybody leaves

    def _listen(self) -> None:
        keep = self.outbox.clock

        def clock(events: tuple[NewClock, ...]) -> None:
            keep(events)
            self.sent.extend(str(event.uid) for event in events)
            self.waited = max(self.waited, len(self.outbox.kept.clocks))

        self.outbox.clock = clock  # type: ignore[method-assign]

    def wait_for_the_day(self, qt: Any) -> None:
        from ui.presenting import Place

        self.page.open(Place("kiosk"))
        end = time.time() + _SETTLING_SECONDS
        while len(self.page.grid.buttons) < len(self._children) and time.time() < end:
            qt.processEvents()
            time.sleep(0.002)

    def begin(self, begins: float) -> None:
        morning = self._morning
        self._app.clock = FastClock(begins, morning.minutes * 60 / morning.seconds)
        self._watch.start()
        # The last touches are over a little before the end, so that the rest of the time is for sending.
        self._finger.start(max(1, int(morning.seconds * 900 / len(self._todo))))

    def _touch(self) -> None:
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtTest import QTest

        if not self._todo:
            self._finger.stop()
            return
        child = self._todo.pop(0)
        tile = next(button for button in self.page.grid.buttons if button.tile.child_id == child)
        began, worked = time.perf_counter(), time.thread_time()
        QTest.mouseClick(tile, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
        tile.repaint()
        self.touches_ms.append(((time.perf_counter() - began) * 1000, (time.thread_time() - worked) * 1000))

    @property
    def is_over(self) -> bool:
        """Every touch was made, written down here, and sent."""
        return not self._todo and len(self.sent) == 2 * len(self._children) and not self.outbox.kept.waiting

    def close(self) -> None:
        self._watch.stop()
        self._finger.stop()
        self._jobs.cancel_all()
        self._jobs.wait(-1)
        self.page.deleteLater()
        self._owner.deleteLater()
        self._app.database.close()
