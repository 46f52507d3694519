"""States that no place leads to, made for a picture and unmade after it: a record saved by somebody else meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from backoffice.bookings.rules.states import Gesture
from backoffice.bootstrap import open_application
from backoffice.clocking.code_rules import Signer
from backoffice.families.commands import EditPerson
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from ui.merging import Side
from ui.screens.bookings.view import BookingsView
from ui.screens.documents.view import PiecesView
from ui.screens.family.view import FamilyView
from ui.screens.follow_up.view import FollowUpView
from ui.screens.kiosk.board import Whereabouts, counted
from ui.screens.kiosk.presenter import REASONS, Status
from ui.screens.kiosk.view import KioskView
from ui.screenshots import settle
from ui.shell.main_window import MainWindow

_REMINDER = "suivi-relance"
TWO_VERSIONS = "famille-deux-versions"
_MEANWHILE = timedelta(minutes=12)


@contextmanager
def posed(window: MainWindow, app: Application, name: str) -> Iterator[None]:
    """Put the window in the state that this picture shows."""
    page = window.screen_shown
    if name == TWO_VERSIONS and isinstance(page, FamilyView) and page.presenter.file is not None:
        with _two_versions(window, app, page):
            yield
    else:
        if isinstance(page, PiecesView) and name in _PIECES:
            _PIECES[name](window, page)
            settle(window)
        if isinstance(page, BookingsView) and name in _BOOKINGS:
            _BOOKINGS[name](page)
        if isinstance(page, KioskView):
            page.presenter.choose(page.structure.itemData(page.structure.count() - 1))  # the one with most children
            settle(window)
            _KIOSK[name](page)
            settle(window)
        if isinstance(page, FollowUpView) and name == _REMINDER:
            page.ask_reminders()
            settle(window)
        yield
        if name in _BOOKINGS:
            window.preferences.painted, window.closing = None, True  # what was painted goes with the picture


def _painting(page: BookingsView) -> None:
    for row, gesture in ((3, Gesture.SPECIAL), (4, Gesture.ABSENCE), (5, Gesture.CLEAR)):
        page.presenter.paint([(row, 2), (row, 3)], gesture)
    page.table.setCurrentIndex(page.table.grid.index(4, 2))


def _refused(page: BookingsView) -> None:
    _painting(page)
    page.presenter.paint([(0, 0), (1, 0)], Gesture.ABSENCE)
    page.presenter.save()


def _rejecting(_window: MainWindow, page: PiecesView) -> None:
    page.reject()
    page.decision.reasons.choose(1)


def _comparing(_window: MainWindow, page: PiecesView) -> None:
    page.preview.toggle_beside()


def _changing(_window: MainWindow, page: PiecesView) -> None:
    page.presenter.change()


def _photo(window: MainWindow, page: PiecesView) -> None:
    for _ in range(2):
        page.presenter.pass_()
        settle(window)


def _emptied(_window: MainWindow, page: PiecesView) -> None:
    page.show_empty("File vide — 87 pièces en 24 min, 9 rejets.", ("ROUSSEL Lina", "BENALI Noé"), "")


_BOOKINGS: Mapping[str, Callable[[BookingsView], None]] = {
    "reservations-saisie": _painting,
    "reservations-refus": _refused,
    "reservations-demandes": lambda page: page.open_wishes(),
}


_PIECES: Mapping[str, Callable[[MainWindow, PiecesView], None]] = {
    "pieces-rejet": _rejecting,
    "pieces-comparaison": _comparing,
    "pieces-type": _changing,
    "pieces-photo": _photo,
    "pieces-vide": _emptied,
}


def _clocked(page: KioskView) -> None:
    """Children who came, left and are away, on tiles only: nothing is clocked for a picture."""
    tiles = [button.tile for button in page.grid.buttons]
    for place, tile in enumerate(tiles):
        where, minute = _WHERE[place % len(_WHERE)]
        page.show_tile(replace(tile, where=where, minute=minute, alert=tile.alert or place == 1, sending=place == 2))
    page.show_counts(counted(button.tile for button in page.grid.buttons))
    page.show_status(Status("Hors connexion – 14 pointages à envoyer", away=True))


def _leaving(page: KioskView) -> None:
    _clocked(page)
    tile = page.grid.buttons[0].tile
    sheet = page.presenter.sheet(tile.child_id)
    left = replace(tile, where=Whereabouts.LEFT, minute=17 * 60 + 5)
    page.show_tile(left)
    page.show_undo(f"{left.name} : {left.words.lower()}")
    page.show_sheet(replace(sheet, tile=left, child=replace(sheet.child, alert=True)))


def _correcting(page: KioskView) -> None:
    _clocked(page)
    tile = page.grid.buttons[1].tile
    sheet = replace(page.presenter.sheet(tile.child_id), tile=tile, arrived="8 h 32", left="")
    page.show_correction(sheet, (Signer("c.martin", "Claire Martin", "", ""),), REASONS)
    page.show_errors(code="Ce n'est pas votre code. Réessayez dans 30 secondes.")


def _evacuating(page: KioskView) -> None:
    page.presenter.show_inside()


_WHERE = (
    (Whereabouts.PRESENT, 8 * 60 + 32), (Whereabouts.EXPECTED, None), (Whereabouts.PRESENT, 8 * 60 + 41),
    (Whereabouts.LEFT, 17 * 60 + 5), (Whereabouts.ABSENT, None), (Whereabouts.EXPECTED, None),
    (Whereabouts.UNEXPECTED, None),
)
_KIOSK: Mapping[str, Callable[[KioskView], None]] = {
    "kiosque": _clocked,
    "kiosque-depart": _leaving,
    "kiosque-correction": _correcting,
    "kiosque-evacuation": _evacuating,
}


@contextmanager
def _two_versions(window: MainWindow, app: Application, page: FamilyView) -> Iterator[None]:
    presenter = page.presenter
    if presenter.file is None:
        raise ValueError("the file is not there")
    adult = presenter.file.adults[0]
    presenter.edit_person(adult)
    settle(window)
    typed = {"mobile": "06 12 34 56 78", "street": "14 bis rue des Tilleuls\nBâtiment C, appartement 12", "title": "M."}
    for key, text in typed.items():
        page.typing.show_value(key, text)
    theirs = replace(
        adult.person, mobile="06 99 88 77 66", street="3 allée du Moulin-à-Vent", email="nouvelle.adresse@courriel.fr"
    )
    colleague = open_application(app.database.address, FixedClock(app.clock.now() + _MEANWHILE))
    try:
        edited = colleague.execute(EditPerson(adult.person_id, adult.version, theirs))
    finally:
        colleague.database.close()
    presenter.load()
    settle(window)
    presenter.drafting.save()
    settle(window)
    presenter.drafting.choose("mobile", Side.MINE)
    yield
    presenter.drafting.drop()
    app.execute(EditPerson(adult.person_id, edited.version, edited.before))
    settle(window)
