"""`backoffice screenshots --out DIR`: every page with the demo's data, in each theme and size, as PNG."""

from __future__ import annotations

import os
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from backoffice.kernel.clock import FixedClock
from backoffice.kernel.filestore import make_folder
from ui.presenting import Place
from ui.theme.tokens import ThemeName

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from backoffice.kernel.application import Application
    from ui.preferences import Preferences
    from ui.shell.main_window import MainWindow
    from ui.theme.tokens import Theme


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: what is shown, its name, and the clothes of the window."""

    name: str
    place: Place
    theme: ThemeName
    width: int
    height: int
    scale: float

    @property
    def file_name(self) -> str:
        scale = "" if self.scale == 1 else f"-texte-{round(self.scale * 100)}"
        return f"{self.name}-{self.theme.value}-{self.width}x{self.height}{scale}.png"


SIZES: Sequence[tuple[ThemeName, int, int, float]] = (
    (ThemeName.LIGHT, 1366, 768, 1.0),
    (ThemeName.DARK, 1366, 768, 1.0),
    (ThemeName.HIGH_CONTRAST, 1366, 768, 1.0),
    (ThemeName.LIGHT, 1920, 1080, 1.0),
    (ThemeName.DARK, 1920, 1080, 1.0),
    (ThemeName.LIGHT, 1366, 768, 2.0),
)

PAGES: Sequence[tuple[str, Place]] = (
    ("accueil", Place("home")),
    ("familles", Place("families")),
    ("famille", Place("family", {"id": "3"})),
    ("famille-longue", Place("family", {"id": "110"})),
    ("famille-adultes", Place("family", {"id": "33", "tab": "adultes"})),
    ("famille-deux-versions", Place("family", {"id": "110", "tab": "adultes"})),
    ("famille-payeurs", Place("family", {"id": "33", "tab": "adultes", "task": "payers"})),
    ("famille-enfant", Place("family", {"id": "110", "tab": "enfants", "task": "add:child"})),
    ("famille-sante", Place("family", {"id": "115", "person": "413"})),
    ("famille-sante-raison", Place("family", {"id": "115", "person": "413", "task": "health:413"})),
    ("famille-mandat", Place("family", {"id": "115", "task": "mandate"})),
    ("famille-entourage", Place("family", {"id": "8", "tab": "entourage"})),
    ("famille-quotient", Place("family", {"id": "107", "tab": "quotient"})),
    ("famille-ressources", Place("family", {"id": "110", "tab": "quotient", "task": "income"})),
    ("famille-factures", Place("family", {"id": "8", "tab": "factures"})),
    ("famille-historique", Place("family", {"id": "33", "tab": "adultes", "beside": "historique"})),
    ("famille-essai", Place("family", {"id": "110", "tab": "enfants", "beside": "essai"})),
    ("famille-inconnue", Place("family", {"id": "99999"})),
    ("familles-a-regler", Place("families", {"filter": "without_quotient"})),
    ("famille-nouvelle", Place("family", {"id": "new"})),
    ("pieces", Place("documents")),
    ("pieces-blocage", Place("documents", {"filter": "blocking"})),
    ("pieces-rejet", Place("documents")),
    ("pieces-comparaison", Place("documents")),
    ("pieces-type", Place("documents")),
    ("pieces-photo", Place("documents", {"filter": "soon"})),
    ("pieces-vide", Place("documents")),
    ("a-classer", Place("arrivals")),
    ("courriels", Place("letters")),
    ("courriels-arretes", Place("letters", {"filter": "stopped"})),
    ("inscriptions", Place("registrations")),
    ("contrats", Place("contracts")),
    ("contrats-heures", Place("contracts", {"view": "hours"})),
    ("regles", Place("rules")),
    ("suivi-manquantes", Place("follow_up", {"view": "missing"})),
    ("suivi-relance", Place("follow_up", {"view": "missing"})),
    ("suivi-expirent", Place("follow_up", {"view": "ending"})),
    ("suivi-rentree", Place("follow_up", {"view": "roll_over"})),
    ("suivi-delais", Place("follow_up", {"view": "figures"})),
    ("fiches", Place("forms")),
    ("famille-documents", Place("family", {"id": "16", "tab": "documents"})),
    ("vu-par-la-famille", Place("as_family", {"id": "16"})),
    ("pointage", Place("attendance", {"day": "2026-10-07"})),
    ("pointage-du-jour", Place("attendance")),
    ("reservations", Place("bookings", {"day": "2026-11-17"})),
    ("reservations-demandes", Place("bookings", {"day": "2026-11-25"})),
    ("reservations-refus", Place("bookings", {"day": "2026-11-17"})),
    ("reservations-saisie", Place("bookings", {"day": "2026-11-25"})),
    ("reservations-mois", Place("bookings", {"day": "2026-11-17", "scale": "month"})),
    ("reservations-jour", Place("bookings", {"day": "2026-11-17", "scale": "day"})),
    ("pointage-historique", Place("attendance", {"day": "2026-11-16", "beside": "clock"})),
    ("pointage-absence", Place("attendance", {"day": "2026-11-16", "beside": "absence"})),
    ("kiosque", Place("kiosk")),
    ("kiosque-depart", Place("kiosk")),
    ("kiosque-evacuation", Place("kiosk")),
    ("kiosque-correction", Place("kiosk")),
    ("pointage-vide", Place("attendance", {"day": "2026-11-15"})),
    ("facturation", Place("billing")),
    ("facturation-octobre", Place("billing", {"month": "2026-10"})),
    ("factures", Place("invoices")),
    ("factures-retard", Place("invoices", {"filter": "overdue"})),
    ("services-et-tarifs", Place("catalog")),
    ("services-nouveau-tarif", Place("catalog", {"slot": "4", "do": "tariff"})),
    ("services-nouveau-tarif-psu", Place("catalog", {"slot": "1", "do": "tariff"})),
    ("services-fiche", Place("catalog", {"slot": "4", "tab": "facts"})),
    ("services-arreter", Place("catalog", {"slot": "4", "do": "end"})),
    ("services-modifier", Place("catalog", {"service": "2", "do": "edit"})),
    ("services-fermetures", Place("catalog", {"structure": "4", "tab": "closures"})),
    ("services-montants", Place("catalog", {"figures": "yes"})),
    ("administration", Place("administration")),
    ("administration-reprise", Place("administration", {"tab": "imports"})),
    ("administration-apparence", Place("administration", {"tab": "appearance"})),
    ("administration-agents", Place("administration", {"tab": "agents"})),
    ("administration-pieces", Place("administration", {"tab": "types"})),
    ("administration-pieces-fiche", Place("administration", {"tab": "types", "type": "1"})),
    ("administration-courriels", Place("administration", {"tab": "letters"})),
    ("administration-courriels-mots", Place("administration", {"tab": "letters", "kind": "documents_decided"})),
    ("administration-base", Place("administration", {"tab": "upkeep"})),
)

# What stands beside the window, or instead of it: shown at the size it takes, but the cover of a locked desk.
DIALOGS: Sequence[str] = ("verrou", "verrou-autre-agent", "choix-de-la-base", "choix-partagee", "choix-refus",
                          "mot-de-passe")

# A day of the demo's calendar, so that two sets of pictures differ only by what the program changed.
_INSTANT = datetime(2026, 11, 17, 8, 30, tzinfo=UTC)


def shots(only: str = "") -> Iterator[Shot]:
    """Every picture to take; `only` keeps the pages whose name begins so."""
    for theme, width, height, scale in SIZES:
        for name, place in PAGES:
            if name.startswith(only):
                yield Shot(name, place, theme, width, height, scale)


def run_screenshots(arguments: Namespace) -> int:
    """Build the demo town aside, then take every picture. Returns the exit code."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from backoffice.bootstrap import open_application
    from backoffice.cli.demo import make_demo
    from backoffice.demo.folder import DemoFolder
    from backoffice.kernel.progress import silent
    from ui.preferences import Preferences

    make_folder(arguments.out)
    clock = FixedClock(_INSTANT)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        made = make_demo(DemoFolder(folder / "demo"), None, clock, silent)
        app = open_application(made.address, clock)
        try:
            _take(app, Preferences("secretaire", folder), arguments.out, arguments.only or "")
            _take_dialogs(app, arguments.out, arguments.only or "")
        finally:
            app.database.close()
    return 0


def _take(app: Application, preferences: Preferences, out: Path, only: str) -> None:
    from ui.app import make_qt
    from ui.jobs import Jobs
    from ui.posing import posed
    from ui.shell.main_window import MainWindow
    from ui.theme.style import apply
    from ui.theme.tokens import Theme

    qt = make_qt(["backoffice"])
    jobs = Jobs()
    for shot in shots(only):
        theme = Theme(shot.theme, shot.scale)
        apply(qt, theme)
        window = MainWindow(theme, preferences, jobs, lambda: None, shot.place)
        window.receive(app)
        window.resize(shot.width, shot.height)
        window.show()
        settle(window)
        with posed(window, app, shot.name):
            settle(window)
            window.grab().save(str(out / shot.file_name))
        window.close()
        window.deleteLater()
        qt.processEvents()


def _take_dialogs(app: Application, out: Path, only: str) -> None:
    from ui.app import make_qt
    from ui.theme.style import apply
    from ui.theme.tokens import Theme

    qt = make_qt(["backoffice"])
    for name in (name for name in DIALOGS if name.startswith(only)):
        for theme_name, width, height, scale in SIZES:
            if width > SIZES[0][1]:
                continue  # nothing grows with the screen here
            theme = Theme(theme_name, scale)
            apply(qt, theme)
            dialog = _dialog(name, theme, app)
            if name.startswith("verrou"):
                dialog.resize(width, height)
            dialog.show()
            dialog.activateWindow()
            rest(lambda: True)
            shot = Shot(name, Place("home"), theme_name, dialog.width(), dialog.height(), scale)
            dialog.grab().save(str(out / shot.file_name))
            dialog.deleteLater()
            qt.processEvents()


def _dialog(name: str, theme: Theme, app: Application) -> QWidget:
    from backoffice.kernel.address import DatabaseAddress
    from backoffice.kernel.errors import EnvironmentFault
    from ui.choosing.dialog import ChooseDatabase
    from ui.jobs import Jobs
    from ui.locking.window import LockWindow
    from ui.password.dialog import ChangePassword

    if name.startswith("verrou"):
        cover = LockWindow(theme)
        cover.show_who("Camille Bertrand-Lefebvre", other=name != "verrou")
        return cover
    if name == "mot-de-passe":
        password = ChangePassword(None, theme, app, Jobs())
        password.presenter.propose()
        return password
    if name == "choix-de-la-base":
        return ChooseDatabase(None, theme, Jobs())
    shared = DatabaseAddress.parse("postgresql://c.bertrand@enfance.valbrume.example/enfance")
    refused = EnvironmentFault("database.wrong_password", login="c.bertrand") if name == "choix-refus" else None
    return ChooseDatabase(None, theme, Jobs(), shared, refused)


def settle(window: MainWindow) -> None:
    """Let every job end and every answer be painted."""
    rest(lambda: window.jobs.idle)


def rest(is_idle: Callable[[], bool]) -> None:
    """Let the events pass until nothing is under way any more."""
    from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

    quiet = 0
    while quiet < 3:  # an answer may start another job: quiet three times in a row means at rest
        idle = is_idle()
        loop = QEventLoop()
        QTimer.singleShot(30, loop.quit)
        loop.exec()
        QCoreApplication.processEvents()
        quiet = quiet + 1 if idle and is_idle() else 0
