"""« Changer mon mot de passe »: judged before it leaves, changed on the server, shown only when one asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from backoffice.bootstrap import open_application
from backoffice.kernel.application import Application
from backoffice.kernel.database import try_password
from backoffice.kernel.secrets import keep_database_password
from tests.support.guests import PASSWORD, guest
from tests.support.keyrings import Locked, Notebook, use_keyring
from tests.support.towns import SmallTown
from ui.app import make_qt
from ui.forms import YES, FieldSpec
from ui.jobs import Jobs
from ui.password.dialog import ChangePassword
from ui.password.presenter import CHANGED, PasswordPresenter
from ui.presenting import AtOnce, Banner
from ui.theme.style import apply
from ui.theme.tokens import Theme

NEW = "sept Ruelles 4 lanternes"
VALUES = {"current": PASSWORD, "new": NEW, "again": NEW, "shown": ""}


class Page:
    """What the presenter showed."""

    def __init__(self) -> None:
        self.fields: Sequence[FieldSpec] = ()
        self.values: dict[str, str] = {}
        self.shown: list[bool] = []
        self.errors: Mapping[str, str] = {}
        self.banner: Banner | None = None
        self.told = ""

    def show_fields(self, fields: Sequence[FieldSpec]) -> None:
        self.fields = fields

    def show_value(self, key: str, text: str) -> None:
        self.values[key] = text

    def show_typed(self, *, shown: bool) -> None:
        self.shown.append(shown)

    def show_errors(self, errors: Mapping[str, str]) -> None:
        self.errors = errors

    def show_banner(self, banner: Banner | None) -> None:
        self.banner = banner

    def show_busy(self, words: str) -> None:
        pass

    def leave(self, told: str) -> None:
        self.told = told


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    found = Notebook()
    use_keyring(monkeypatch, found)
    return found


@pytest.fixture
def app(shared_town: SmallTown, memory: Notebook) -> Iterator[Application]:
    with guest(shared_town) as address:
        found = open_application(address)
        try:
            yield found
        finally:
            found.database.close()


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def presenter(page: Page, app: Application) -> PasswordPresenter:
    found = PasswordPresenter(page, app, AtOnce())
    found.start()
    return found


def test_a_password_is_changed(page: Page, presenter: PasswordPresenter, app: Application) -> None:
    presenter.change(VALUES)
    assert page.told == CHANGED
    try_password(app.database.address, NEW)


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"current": ""}, "current", "actuel"),
        ({"current": "faux"}, "current", "actuel"),
        ({"new": "court", "again": "court"}, "new", "trop court"),
        ({"new": "Motdepasse2026!", "again": "Motdepasse2026!"}, "new", "se devine"),
        ({"again": NEW + "9"}, "again", "pas les mêmes"),
        ({"new": PASSWORD, "again": PASSWORD}, "new", "différent"),
    ],
)
def test_a_refusal_is_said_beside_its_field(
    page: Page, presenter: PasswordPresenter, app: Application, changed: dict[str, str], field: str, words: str
) -> None:
    presenter.change(VALUES | changed)
    assert list(page.errors) == [field]
    assert words in page.errors[field]
    assert page.told == ""
    try_password(app.database.address, PASSWORD)


def test_a_phrase_is_proposed_and_shown(page: Page, presenter: PasswordPresenter) -> None:
    presenter.propose()
    assert page.values["new"] == page.values["again"]
    assert len(page.values["new"].split()) == 8
    assert page.values["shown"] == YES
    assert page.banner is not None
    presenter.typed("shown", YES)
    presenter.typed("shown", "")
    assert page.shown == [True, False]
    presenter.change({"current": PASSWORD, **page.values})
    assert page.told == CHANGED


def test_a_keyring_that_kept_the_old_one_is_told(
    page: Page, presenter: PasswordPresenter, app: Application, memory: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_database_password(app.database.address.url, PASSWORD)
    monkeypatch.setattr("keyring.set_password", Locked().set_password)
    presenter.change(VALUES)
    assert "a gardé l'ancien" in page.told


def test_the_keyboard_is_enough(app: Application, qtbot: QtBot, tmp_path: Path) -> None:
    theme, jobs = Theme(), Jobs()
    apply(make_qt([]), theme)
    dialog = ChangePassword(None, theme, app, jobs)
    qtbot.addWidget(dialog)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    assert dialog.form.held() == "current"
    for text in (PASSWORD, NEW, NEW):
        held = dialog.focusWidget()
        assert isinstance(held, QLineEdit)
        assert held.echoMode() is QLineEdit.EchoMode.Password
        QTest.keyClicks(held, text)
        QTest.keyClick(held, Qt.Key.Key_Tab)
    box = dialog.focusWidget()
    assert box is not None
    QTest.keyClick(box, Qt.Key.Key_Space)
    entry = dialog.form.entry("new")
    assert isinstance(entry, QLineEdit)
    assert entry.echoMode() is QLineEdit.EchoMode.Normal

    QTest.keyClick(entry, Qt.Key.Key_Return)
    assert not dialog.verb.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)  # its answer is waited for
    qtbot.waitUntil(lambda: dialog.told == CHANGED)
    try_password(app.database.address, NEW)
    jobs.wait(-1)
