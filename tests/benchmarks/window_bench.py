"""The real window, offscreen, in fresh processes. Prints figures beside their targets, decides nothing.

    python -m tests.benchmarks.window_bench [start] [pages] [search] [sort] [heartbeat] [families=2000] [people=20000]

- « démarrage » : `backoffice gui` in a new interpreter with compiled bytecode, from the birth of the process to the
  first frame and to the first rows of « Mon travail », beside an empty QMainWindow with the same font; and how late a
  10 ms timer of the frame is while the town is opened behind it;
- « pages » : how long the window is held by the first visit of each page, once their modules are loaded;
- « recherche » : each key typed in the search of the top bar and in the list of families, until its answer is
  painted, and the memory of the process that lists everybody;
- « tri » : the table of families with 20,000 then 100,000 rows, each column sorted, from the click to the rows in
  their new places, painted; and the longest turn of the window's thread meanwhile;
- « battement » : how late a 10 ms timer of the window is while a town is previewed, issued and its PDFs written from
  the billing page. The town is made by `../shared/real/commune/make_commune.py`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

# A launch is measured from this very module: whatever is heavy is imported where it is used.
if TYPE_CHECKING:
    from multiprocessing.queues import Queue

    from PySide6.QtWidgets import QApplication, QMainWindow

    from backoffice.kernel.application import Application
    from backoffice.kernel.database import Session
    from ui.shell.main_window import MainWindow
    from ui.widgets.table.view import Table

MAKER = Path(__file__).resolve().parents[3] / "shared" / "real" / "commune" / "make_commune.py"
LAUNCHES = 9
BEAT_MS = 10
SORTED_ROWS = 100_000
WORDS = ("martin lea", "06 12 34", "benali", "dupont-roche")

Lines = list[str]


# --- towns -----------------------------------------------------------------------------------------------------------


def opened(file: Path) -> Application:
    """A base, at the days when October 2025 is billed."""
    from datetime import UTC, datetime

    from backoffice.bootstrap import open_application
    from backoffice.kernel.address import DatabaseAddress
    from backoffice.kernel.clock import FixedClock

    return open_application(DatabaseAddress.of_file(file), FixedClock(datetime(2025, 11, 15, 8, tzinfo=UTC)))


def take_over(folder: Path, count: int) -> Lines:
    """« town.sqlite »: a commune whose October is to bill."""
    from backoffice.importing.commune.writer import ImportCommune

    subprocess.run([sys.executable, str(MAKER), str(count), str(folder / "town.json")], check=True, capture_output=True)
    app = opened(folder / "town.sqlite")
    app.execute(ImportCommune(folder / "town.json"))
    app.database.close()
    return []


def settle_people(folder: Path, count: int) -> Lines:
    """« people.sqlite »: as many people, four in each family."""
    app = opened(folder / "people.sqlite")
    with app.database.write() as session:
        _add_people(session, count)
    app.database.close()
    return []


def _add_people(session: Session, count: int) -> None:
    from datetime import date, timedelta
    from decimal import Decimal
    from random import Random

    from backoffice.families.commands import (
        NewFamily,
        NewMembership,
        NewPayer,
        NewPerson,
        NewQuotient,
        add_families,
        add_memberships,
        add_payers,
        add_people,
        add_quotients,
    )
    from backoffice.families.kinds import MemberRole
    from backoffice.kernel.periods import Period

    random = Random(20_000)
    names = [f"{a}{b}" for a in ("MARTIN", "DUPONT-", "BEN", "LE ", "ROCHE", "VILLE") for b in ("", "ALI", "GOFF", "Y")]
    firsts = ("Léa", "Noé", "Inès", "Jean-Luc", "Zoé", "Maël", "Anaïs", "Théo", "Fatou", "Chloé", "Ève", "Gaël")
    families = [random.choice(names) for _ in range(count // 4)]
    family_ids = add_families(session, [NewFamily(f"{name} {random.choice(firsts)}") for name in families])
    people = [
        NewPerson(
            families[i // 4], random.choice(firsts), sex=random.choice("FM"),
            birth_date=date(1980 if i % 4 < 2 else 2016, 1, 1) + timedelta(days=random.randrange(2000)),
            street=f"{i % 90 + 1} rue des Tilleuls", postcode="38999", city=random.choice(("VALBRUME", "SAINT-OURS")),
            mobile=f"06 {random.randrange(10**8):08d}", email=f"personne{i}@courriel.example",
        )
        for i in range(len(families) * 4)
    ]  # fmt: skip
    ids = add_people(session, people)
    roles = (MemberRole.ADULT, MemberRole.ADULT, MemberRole.CHILD, MemberRole.CHILD)
    add_memberships(
        session,
        [NewMembership(family_ids[i // 4], person, roles[i % 4], i % 4 == 0) for i, person in enumerate(ids)],
    )
    since = Period(date(2024, 9, 1))
    add_payers(session, [NewPayer(family, ids[4 * i], 1, since) for i, family in enumerate(family_ids)])
    add_quotients(
        session,
        [NewQuotient(family, Decimal(random.randrange(200, 2500)), "essai", since) for family in family_ids],
    )


# --- starting --------------------------------------------------------------------------------------------------------


class _Beat:
    """A timer of the window, and how late each of its beats is, in milliseconds."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._late: list[float] = []
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._late.clear()
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> Sequence[float]:
        self._timer.stop()
        return tuple(self._late)

    def _beat(self) -> None:
        now = time.perf_counter()
        self._late.append(max((now - self._last) * 1000 - BEAT_MS, 0.0))
        self._last = now


def _say_when_painted(window: type[QMainWindow], after: Callable[[], None]) -> None:
    """Prints the instant when the first frame of such a window is whole."""
    from PySide6.QtCore import QTimer

    painted: list[float] = []

    def say() -> None:
        if not painted:
            painted.append(time.monotonic())
            print("frame", painted[0], flush=True)
            after()

    # Set on the class before any window: the event arrives with the frame, which is whole at the next turn.
    window.paintEvent = lambda _self, _event: QTimer.singleShot(0, say)  # type: ignore[method-assign]


def launch_empty() -> int:
    from PySide6.QtGui import QFont, QFontDatabase
    from PySide6.QtWidgets import QApplication, QMainWindow

    class Empty(QMainWindow):
        pass

    qt = QApplication(["essai"])
    fonts = Path(__file__).resolve().parents[2] / "resources" / "fonts"
    for file in sorted(fonts.glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(file))
    font = QFont("Source Sans 3")
    font.setPixelSize(14)
    qt.setFont(font)
    _say_when_painted(Empty, qt.quit)
    window = Empty()
    window.resize(1366, 728)
    window.show()
    return qt.exec()


def launch_program(file: str) -> int:
    """`backoffice gui`, which says when its frame and its rows are there."""
    from ui.__main__ import main as backoffice
    from ui.places import PlaceEntry
    from ui.shell.main_window import MainWindow

    late = _Beat()
    load = PlaceEntry.load

    def loaded(self: PlaceEntry) -> Any:
        """The page that tells its rows: loaded when the program wants it, not before."""
        view: Any = load(self)
        return _telling_rows(view, late) if self.screen == "home" else view

    PlaceEntry.load = loaded  # type: ignore[method-assign]
    _say_when_painted(MainWindow, late.start)
    return backoffice(["gui", "--database", file])


def _telling_rows(view: Any, late: _Beat) -> Any:
    class Telling(view):  # type: ignore[misc]
        def show_work(self, lines: Any) -> None:
            from PySide6.QtCore import QTimer

            super().show_work(lines)
            QTimer.singleShot(0, self._say)

        def _say(self) -> None:
            self.window().repaint()
            print("rows", time.monotonic(), flush=True)
            print("late", max(late.stop(), default=0.0), flush=True)
            self.window().close()

    return Telling


def _launched(folder: Path, *arguments: str) -> dict[str, float]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"QT_QPA_PLATFORM": "offscreen", "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
                    "XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state")}
    start = time.monotonic()
    answer = subprocess.run([sys.executable, "-m", "tests.benchmarks.window_bench", *arguments], check=True,
                            capture_output=True, text=True, env=environment, cwd=Path(__file__).resolve().parents[2])
    lines = [line.split() for line in answer.stdout.splitlines()]
    found = {words[0]: float(words[1]) for words in lines if words[0] in {"frame", "rows", "late"}}
    return {name: value if name == "late" else value - start for name, value in found.items()}


def bench_start(folder: Path, base: str) -> None:
    _launched(folder, "launch-empty")                          # compiles the bytecode
    _launched(folder, "launch-program", str(folder / base))
    empty, frame, rows, late = [], [], [], []
    for _ in range(LAUNCHES):
        empty.append(_launched(folder, "launch-empty")["frame"])
        found = _launched(folder, "launch-program", str(folder / base))
        frame.append(found["frame"])
        rows.append(found["rows"])
        late.append(found["late"])
    load = f", charge de la machine {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"démarrage sur {base}, {LAUNCHES} fois{load} :")
    for name, how in (("médiane", statistics.median), ("au mieux", min)):
        bare, ours, usable = (how(values) * 1000 for values in (empty, frame, rows))
        print(f"  {name:9} fenêtre vide {bare:5.0f} ms   première image {ours:5.0f} ms, {ours / bare:.2f} x (cible 2)"
              f"   premières lignes {usable:5.0f} ms, {usable / bare:.2f} x (cible 1000 ms)")
    print(f"  retard du battement pendant l'ouverture, médiane des pires {statistics.median(late):.0f} ms (cible 50)",
          flush=True)


# --- a window --------------------------------------------------------------------------------------------------------


def window_on(folder: Path, app: Application) -> tuple[QApplication, MainWindow]:
    """The program's window, shown and at rest."""
    from ui.app import Program, make_qt
    from ui.preferences import Preferences
    from ui.screenshots import settle

    qt = make_qt(["essai"])
    program = Program(qt, Preferences(app.actor.login, folder))
    program.receive(app)
    qt.setProperty("program", program)
    program.window.resize(1366, 768)
    program.window.show()
    program.window.activateWindow()
    settle(program.window)
    return qt, program.window


def _leave(window: MainWindow, app: Application) -> None:
    window.jobs.cancel_all()
    window.jobs.wait(-1)
    app.database.close()


def _table(window: MainWindow) -> Table[Any]:
    from ui.presenting import Place
    from ui.screens.families.view import FamiliesView
    from ui.screenshots import settle

    window.go(Place("families"))
    settle(window)
    page = window.screen_shown
    assert isinstance(page, FamiliesView)
    return page.list.table


def _spread(milliseconds: Sequence[float]) -> str:
    ordered = sorted(milliseconds)
    p99 = ordered[min(len(ordered) * 99 // 100, len(ordered) - 1)]
    return f"p50 {statistics.median(ordered):6.1f}   p99 {p99:6.1f}   max {ordered[-1]:6.1f} ms"


def visit_pages(folder: Path, _count: int) -> Lines:
    from backoffice.kernel.progress import silent
    from ui.opening import load_the_rest
    from ui.places import PLACES
    from ui.presenting import Place
    from ui.screenshots import settle

    load_the_rest(silent)
    app = opened(folder / "town.sqlite")
    _, window = window_on(folder, app)
    lines = ["première visite de chaque page, ce qu'elle retient la fenêtre (la deuxième) :"]
    for entry in PLACES[1:]:
        place = Place(entry.screen, {} if entry.icon else {"id": "1"})
        held = []
        for where in (place, Place("home"), place):
            start = time.perf_counter()
            window.go(where)
            held.append((time.perf_counter() - start) * 1000)
            settle(window)
        lines.append(f"  {entry.title.replace('&', ''):24} {held[0]:6.0f} ms   ({held[2]:.0f})")
    _leave(window, app)
    return lines


# --- searching -------------------------------------------------------------------------------------------------------


def resident_mib() -> float:
    """What this process holds now; its peak where the system does not say."""
    from tests.benchmarks.reports_bench import peak_mib

    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return peak_mib()
    return pages * os.sysconf("SC_PAGE_SIZE") / (1024 * 1024)


def search_people(folder: Path, count: int) -> Lines:
    from tests.benchmarks.reports_bench import peak_mib
    from ui.presenting import Place
    from ui.screens.families.view import FamiliesView
    from ui.screenshots import settle

    app = opened(folder / "people.sqlite")
    qt, window = window_on(folder, app)
    before = resident_mib()
    window.go(Place("families"))
    settle(window)
    page = window.screen_shown
    assert isinstance(page, FamiliesView)
    lines = [f"mémoire, {page.list.table.table_model.total} personnes affichées (accueil seul : {before:.0f} MiB) :",
             f"  {resident_mib():.0f} MiB, pointe {peak_mib():.0f} MiB   (cible 300)",
             f"recherche parmi {count} personnes, de la touche à la réponse peinte (cible 100) :"]
    lines.append(f"  barre du haut, chaque touche    {_spread(_type_in_top_bar(qt, window))}")
    waited, worked = _type_in_list(qt, page)
    lines.append(f"  liste, chaque touche            {_spread(waited)}   (dont la pause de frappe)")
    lines.append(f"  liste, filtre seul              {_spread(worked)}")
    _leave(window, app)
    return lines


def _until(qt: QApplication, ready: Callable[[], object]) -> None:
    from PySide6.QtCore import QEventLoop

    # Without a least time to wait: with one, Qt goes on until it is over, and every figure would be a multiple of it.
    while not ready():
        qt.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def _type_in_top_bar(qt: QApplication, window: MainWindow) -> list[float]:
    from PySide6.QtTest import QTest

    found: list[float] = []
    for words in WORDS:
        window.search.clear()
        window.search.wake()
        for letter in words:
            start = time.perf_counter()
            QTest.keyClicks(window.search, letter)
            _until(qt, lambda: window.jobs.idle)
            window.repaint()
            found.append((time.perf_counter() - start) * 1000)
    window.search.clear()
    return found


def _type_in_list(qt: QApplication, page: Any) -> tuple[list[float], list[float]]:
    from PySide6.QtTest import QTest

    waited: list[float] = []
    worked: list[float] = []
    filtered: list[float] = []
    page.list.table.table_model.modelAboutToBeReset.connect(lambda: filtered.append(time.perf_counter()))
    for words in WORDS:
        for letter in words:
            filtered.clear()
            start = time.perf_counter()
            QTest.keyClicks(page.list.search, letter)
            _until(qt, lambda: filtered)
            page.list.repaint()
            waited.append((time.perf_counter() - start) * 1000)
            worked.append((time.perf_counter() - filtered[0]) * 1000)
        page.list.search.clear()
        filtered.clear()
        _until(qt, lambda: filtered)
    return waited, worked


# --- sorting ---------------------------------------------------------------------------------------------------------


def sort_rows(folder: Path, count: int) -> Lines:
    from dataclasses import replace

    app = opened(folder / "people.sqlite")
    qt, window = window_on(folder, app)
    table = _table(window)
    page: Any = window.screen_shown
    people = table.table_model.rows_seen()
    lines: Lines = []
    for rows in (people, [replace(people[i % count], person_id=i, family_id=i * 7919 % SORTED_ROWS)
                          for i in range(SORTED_ROWS)]):
        start = time.perf_counter()
        page.show_people(rows)
        _until(qt, lambda: window.jobs.idle)
        table.repaint()
        loaded = (time.perf_counter() - start) * 1000
        lines.append(f"tri de {len(rows)} lignes, peinture comprise (cible 150) ; chargement {loaded:.0f} ms :")
        lines += _sort_each_column(qt, table)
    _leave(window, app)
    return lines


def _sort_each_column(qt: QApplication, table: Table[Any]) -> Lines:
    from PySide6.QtCore import Qt

    placed: list[float] = []
    table.table_model.layoutChanged.connect(lambda: placed.append(time.perf_counter()))
    turns = _Turns()
    lines = []
    for index, column in enumerate(table.table_model.columns):
        if table.isColumnHidden(index):
            continue
        said = []
        for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
            placed.clear()
            start = time.perf_counter()
            with turns:
                table.sortByColumn(index, order)
            while not placed:
                with turns:
                    qt.processEvents()
                time.sleep(0.0002)
            with turns:
                table.viewport().repaint()
            said.append((time.perf_counter() - start) * 1000)
        lines.append(f"  {column.title:20} première fois {said[0]:6.0f} ms   à l'envers {said[1]:6.0f} ms   "
                     f"fil de la fenêtre {turns.longest():5.1f} ms (cible 16)")
    return lines


class _Turns:
    """How long the window's thread works at a stretch, in the processor's time: what others do is not counted."""

    def __init__(self) -> None:
        self._turns: list[float] = []
        self._start = 0.0

    def __enter__(self) -> None:
        self._start = time.thread_time()

    def __exit__(self, *_: object) -> None:
        self._turns.append((time.thread_time() - self._start) * 1000)

    def longest(self) -> float:
        found, self._turns = max(self._turns), []
        return found


# --- heartbeat -------------------------------------------------------------------------------------------------------


def beat_while_billing(folder: Path, count: int) -> Lines:
    from unittest.mock import patch

    from ui.presenting import Place
    from ui.screens.billing.view import BillingView

    app = opened(folder / "town.sqlite")
    qt, window = window_on(folder, app)
    pdf = folder / "pdf"
    # The two questions of the month, answered at once: a dialog would wait for a hand.
    patch("ui.shell.main_window.ask", lambda *_: True).start()
    patch.object(BillingView, "choose_folder", lambda _: pdf).start()
    beat = _Beat()
    everything: list[float] = []
    lines = [f"battement de {BEAT_MS} ms, {count} familles, retard (cible p99 50) :"]

    def during(name: str, act: Callable[[], object]) -> None:
        start = time.perf_counter()
        beat.start()
        act()
        quiet = time.perf_counter()
        while time.perf_counter() - quiet < 0.1:  # an answer may start another job
            qt.processEvents()
            time.sleep(0.0005)
            if not window.jobs.idle:
                quiet = time.perf_counter()
        late = beat.stop()
        everything.extend(late)
        lines.append(f"  {name:22} {time.perf_counter() - start:6.1f} s   {_spread(late)}")

    during("au repos", lambda: None)
    everything.clear()
    during("aperçu", lambda: window.go(Place("billing", {"month": "2025-10"})))
    page = window.screen_shown
    assert isinstance(page, BillingView)
    during("émission, aperçu refait", page.issue.click)
    during("PDF", page.write_documents.click)
    lines.append(f"  {'en tout':22}            {_spread(everything)}")
    lines.append(f"  {len(list(pdf.glob('*.pdf')))} PDF écrits")
    _leave(window, app)
    return lines


# --- all of it -------------------------------------------------------------------------------------------------------


def _run(step: Callable[[Path, int], Lines], folder: Path, count: int, answers: Queue[Lines]) -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    answers.put(step(folder, count))


def measure(step: Callable[[Path, int], Lines], folder: Path, count: int) -> None:
    """Runs a step in a new interpreter and prints its lines."""
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    answers: Queue[Lines] = context.Queue()
    process = context.Process(target=_run, args=(step, folder, count, answers))
    process.start()
    process.join()
    if process.exitcode:
        print(f"{step.__name__} : le processus s'est arrêté ({process.exitcode})", flush=True)
        return
    for line in answers.get():
        print(line, flush=True)


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["launch-empty"]:
        return launch_empty()
    if arguments[:1] == ["launch-program"]:
        return launch_program(arguments[1])
    counts = {"families": 2000, "people": 20_000}
    counts |= {name: int(value) for name, _, value in (one.partition("=") for one in arguments) if value}
    wanted = [one for one in arguments if "=" not in one] or ["start", "pages", "search", "sort", "heartbeat"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        measure(take_over, folder, counts["families"])
        measure(settle_people, folder, counts["people"])
        for what in wanted:
            if what == "start":
                bench_start(folder, "town.sqlite")
                bench_start(folder, "people.sqlite")
            elif what == "pages":
                measure(visit_pages, folder, counts["families"])
            elif what == "search":
                measure(search_people, folder, counts["people"])
            elif what == "sort":
                measure(sort_rows, folder, counts["people"])
            elif what == "heartbeat":
                measure(beat_while_billing, folder, counts["families"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
