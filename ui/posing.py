"""States that no place leads to, made for a picture and unmade after it: a record saved by somebody else meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from backoffice.bootstrap import open_application
from backoffice.families.commands import EditPerson
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from ui.merging import Side
from ui.screens.family.view import FamilyView
from ui.screenshots import settle
from ui.shell.main_window import MainWindow

TWO_VERSIONS = "famille-deux-versions"
_MEANWHILE = timedelta(minutes=12)


@contextmanager
def posed(window: MainWindow, app: Application, name: str) -> Iterator[None]:
    """Put the window in the state that this picture shows."""
    page = window.screen_shown
    if name != TWO_VERSIONS or not isinstance(page, FamilyView) or page.presenter.file is None:
        yield
        return
    presenter = page.presenter
    adult = page.presenter.file.adults[0]
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
