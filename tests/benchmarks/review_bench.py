"""The queue of pieces in the real window, offscreen. Prints figures beside their targets, decides nothing.

    python -m tests.benchmarks.review_bench [pieces=5000] [decisions=60]

- « ouverture » : from the click on « Pièces » to its rows and the first page painted;
- « validation » : from the key V to the next page painted, when it was made ready (the agent reads two seconds) and
  when it was not (a chip jumps to a piece nobody prepared: « passer » pressed as soon as a page is there);
- « battement » : how late a 10 ms timer of the window is meanwhile: nothing may hold it above 16 ms.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from backoffice.kernel.application import Application
    from ui.screens.documents.view import PiecesView
    from ui.shell.main_window import MainWindow

NOW = datetime(2025, 11, 20, 11, tzinfo=UTC)
READING_MS = 1_200


def fill(folder: Path, count: int) -> Application:
    """A town whose families sent so many pieces, a photo or a PDF each."""
    from backoffice.bootstrap import open_application
    from backoffice.documents.adding import AddDocument, add_document
    from backoffice.documents.kinds import Origin
    from backoffice.kernel.actor import Actor
    from backoffice.kernel.address import DatabaseAddress
    from backoffice.kernel.application import Context
    from backoffice.kernel.clock import FixedClock
    from tests.support.pieces import adopt, judged, photo_of
    from tests.support.towns import CHIEF, SmallTown

    address = DatabaseAddress.of_file(folder / "pieces.sqlite")
    open_application(address, FixedClock(NOW)).database.close()
    with SmallTown(address, now=NOW) as town:
        town.describe()
        families = [town.family(f"FAMILLE{place}", f"Enfant{place}") for place in range(max(count // 10, 1))]
        adopt(town)
        photo = photo_of(size=(1654, 2339))
        with town.database.write() as session:
            context = Context(session, Actor(CHIEF.login, CHIEF.name, CHIEF.permissions), NOW, NOW.date())
            for place in range(count):
                family = families[place % len(families)]
                content = photo + place.to_bytes(4, "big") if place % 2 else _pdf(place)
                at = NOW - timedelta(minutes=10 * (count - place))
                add_document(
                    AddDocument(family.id, family.child, ("INSURANCE", "PHOTO", "FAMILY_BOOK")[place // 10 % 3],
                                Origin.PORTAL, (judged(content, f"piece{place}.pdf"),), at),
                    context,
                )
    return open_application(address, FixedClock(NOW))


def _pdf(place: int) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    file = BytesIO()
    canvas = Canvas(file)
    canvas.drawString(72, 740, f"Attestation {place}")
    for line in range(40):
        canvas.drawString(72, 700 - 15 * line, "Garanties souscrites, activités scolaires et extra-scolaires")
    canvas.save()
    return file.getvalue()


def until(qt: QApplication, ready: Callable[[], object]) -> None:
    from PySide6.QtCore import QEventLoop

    while not ready():
        qt.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def wait(qt: QApplication, milliseconds: int) -> None:
    from PySide6.QtCore import QTimer

    over: list[bool] = []
    QTimer.singleShot(milliseconds, lambda: over.append(True))
    until(qt, lambda: over)


def page_of(window: MainWindow) -> PiecesView:
    from ui.screens.documents.view import PiecesView

    page = window.screen_shown
    assert isinstance(page, PiecesView)
    return page


def shown_of(page: PiecesView) -> int | None:
    """The piece whose page is on the screen."""
    shown = page.preview.leaf.shown
    document = page.preview.leaf.document
    if shown is None or document is None or shown.wanted.file.key != document.files[0].key:
        return None
    return page.presenter.current


def press(qt: QApplication, page: PiecesView, key: str) -> float:
    """Milliseconds from the key to the next page painted."""
    from PySide6.QtTest import QTest

    before = page.presenter.current
    start = time.perf_counter()
    QTest.keyClicks(page.list, key)
    until(qt, lambda: shown_of(page) not in {None, before} or page.banner.isVisible())
    if page.banner.isVisible():
        raise RuntimeError(page.banner.accessibleName())
    page.preview.leaf.desk.viewport().repaint()
    return (time.perf_counter() - start) * 1000


def spread(milliseconds: Sequence[float]) -> str:
    ordered = sorted(milliseconds)
    p95 = ordered[min(len(ordered) * 95 // 100, len(ordered) - 1)]
    return f"p50 {statistics.median(ordered):6.1f}   p95 {p95:6.1f}   max {ordered[-1]:6.1f} ms"


def main(arguments: Sequence[str]) -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    given = dict(argument.split("=", 1) for argument in arguments)
    count, decisions = int(given.get("pieces", "5000")), int(given.get("decisions", "60"))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        began = time.perf_counter()
        app = fill(folder, count)
        print(f"{count} pièces préparées en {time.perf_counter() - began:.0f} s")
        _measure(folder, app, decisions)
        app.database.close()
    return 0


def _measure(folder: Path, app: Application, decisions: int) -> None:
    from backoffice.kernel.progress import silent
    from tests.benchmarks.window_bench import _Beat, window_on
    from ui.opening import load_the_rest
    from ui.presenting import Place
    from ui.screenshots import settle

    load_the_rest(silent)
    qt, window = window_on(folder, app)
    wait(qt, 3_000)  # what the window does behind its first page is over
    beat = _Beat()
    beat.start()
    start = time.perf_counter()
    window.go(Place("documents"))
    page = page_of(window)
    until(qt, lambda: page.list.count)
    page.list.viewport().repaint()
    rows = (time.perf_counter() - start) * 1000
    until(qt, lambda: shown_of(page))
    first = (time.perf_counter() - start) * 1000
    print(f"ouverture : lignes {rows:.0f} ms (cible 300), première page {first:.0f} ms   "
          f"battement en retard de {max(beat.stop()):.0f} ms au plus")
    settle(window)
    window.activateWindow()
    until(qt, window.isActiveWindow)
    page.list.setFocus()
    beat.start()
    ready = []
    for _ in range(decisions):
        wait(qt, READING_MS)
        ready.append(press(qt, page, "v"))
    late = beat.stop()
    print(f"validation, page prête        {spread(ready)}   (cible 100)")
    print(f"  battement en retard {spread(late)}   (cible 16)")
    unready = [press(qt, page, "v") for _ in range(decisions)]
    print(f"validation sans lire          {spread(unready)}   (cible 400)")
    window.jobs.cancel_all()
    window.jobs.wait(-1)
    window.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
