"""Which database: chosen once, tried before it is kept, and every refusal said beside what has to be corrected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from backoffice.bootstrap import default_database, is_chosen
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import open_database
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.secrets import database_password
from backoffice.kernel.settings import Settings, load_settings, save_settings
from tests.support.guests import NAME, PASSWORD, guest
from tests.support.keyrings import Locked, Notebook, use_keyring
from tests.support.pretending import Authority, PretendServer
from tests.support.towns import NOON, SmallTown
from ui.app import make_qt
from ui.choosing.dialog import ChooseDatabase, choose_database
from ui.choosing.presenter import ChoosingPresenter, address_of, fields_of, problems
from ui.forms import FieldSpec, values_of
from ui.jobs import Jobs
from ui.presenting import AtOnce, Banner, Severity
from ui.theme.style import apply
from ui.theme.tokens import Theme

VALUES = {"server": "enfance.mairie.fr", "port": "5432", "base": "enfance", "login": "c.martin", "password": "secret",
          "authority": ""}


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """No password of this user."""
    found = Notebook()
    use_keyring(monkeypatch, found)
    return found


class Page:
    """What the presenter showed."""

    def __init__(self) -> None:
        self.shared = False
        self.fields: Sequence[FieldSpec] = ()
        self.errors: Mapping[str, str] = {}
        self.banner: Banner | None = None
        self.busy: list[str] = []
        self.left: list[DatabaseAddress] = []

    def show_kind(self, *, shared: bool) -> None:
        self.shared = shared

    def show_fields(self, fields: Sequence[FieldSpec]) -> None:
        self.fields = fields

    def show_errors(self, errors: Mapping[str, str]) -> None:
        self.errors = errors

    def show_banner(self, banner: Banner | None) -> None:
        self.banner = banner

    def show_busy(self, words: str) -> None:
        self.busy.append(words)

    def leave(self, address: DatabaseAddress) -> None:
        self.left.append(address)


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def presenter(page: Page) -> ChoosingPresenter:
    found = ChoosingPresenter(page, AtOnce())
    found.start(None)
    return found


@pytest.fixture
def hers(shared_town: SmallTown, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabaseAddress]:
    """A real login. The server of the tests listens in a folder, which no field can name: the address is put in."""
    with guest(shared_town) as address:
        bare = DatabaseAddress(address.url._replace(password=None), None)
        monkeypatch.setattr("ui.choosing.presenter.address_of", lambda _values: bare)
        yield bare


# --- the first time --------------------------------------------------------------------------------------------


def test_the_choice_is_asked_only_when_nobody_ever_chose(tmp_path: Path) -> None:
    assert not is_chosen(None, {})
    assert is_chosen("base.sqlite", {})
    assert is_chosen(None, {"BACKOFFICE_DATABASE": "base.sqlite"})

    save_settings(Settings("postgresql://c.martin@enfance.mairie.fr/enfance"))
    assert is_chosen(None, {})
    save_settings(Settings())
    assert not is_chosen(None, {})
    open_database(DatabaseAddress.of_file(default_database()), NOON).close()
    assert is_chosen(None, {})


def test_one_works_alone_with_one_gesture(page: Page, presenter: ChoosingPresenter) -> None:
    assert not page.shared
    presenter.open(VALUES)
    assert [address.path for address in page.left] == [default_database()]
    assert load_settings() == Settings()


def test_going_back_to_ones_own_database_forgets_the_shared_one(page: Page, presenter: ChoosingPresenter) -> None:
    save_settings(Settings("postgresql://c.martin@enfance.mairie.fr/enfance", "10"))
    presenter.open(VALUES)
    assert load_settings() == Settings("", "10")


# --- a shared database -----------------------------------------------------------------------------------------


def test_a_connection_is_tried_without_keeping_anything(
    page: Page, presenter: ChoosingPresenter, hers: DatabaseAddress, memory: Notebook
) -> None:
    presenter.choose(shared=True)
    presenter.try_connection(VALUES | {"password": PASSWORD})

    assert page.banner == Banner(Severity.SUCCESS, f"La connexion marche : vous êtes {NAME}.")
    assert page.busy == ["Essai de la connexion…", ""]
    assert (memory.kept, load_settings(), page.left) == ({}, Settings(), [])


def test_what_lets_one_in_is_kept_the_password_in_the_keyring_only(
    page: Page, presenter: ChoosingPresenter, hers: DatabaseAddress, user_folders: Path
) -> None:
    presenter.choose(shared=True)
    presenter.open(VALUES | {"password": PASSWORD})

    assert page.left == [hers]
    assert load_settings().database == hers.shown
    assert database_password(hers.url) == PASSWORD
    written = b"".join(path.read_bytes() for path in user_folders.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in written

    presenter.start(hers)
    assert page.shared
    assert "password" not in {key for key, value in values_of(page.fields).items() if value}
    presenter.open(VALUES | {"password": ""})  # the keyring has it
    assert len(page.left) == 2


def test_the_refusal_of_the_usual_base_is_told_at_once(page: Page, hers: DatabaseAddress) -> None:
    presenter = ChoosingPresenter(page, AtOnce())
    presenter.start(hers, EnvironmentFault("database.wrong_password", login="n.passage"))
    assert page.shared
    assert "n'est pas le bon" in page.errors["password"]
    presenter.open(VALUES | {"password": PASSWORD})
    assert page.left == [hers]


def test_another_file_of_this_computer_is_kept_once_it_opens(
    page: Page, presenter: ChoosingPresenter, tmp_path: Path
) -> None:
    path = tmp_path / "copie.sqlite"
    path.write_text("Madame, Monsieur,\n" * 100, encoding="utf-8")
    presenter.open_file(path)
    assert page.banner is not None
    assert (page.left, load_settings()) == ([], Settings())

    path.unlink()
    open_database(DatabaseAddress.of_file(path), NOON).close()
    presenter.open_file(path)
    assert page.left == [DatabaseAddress.of_file(path)]
    assert load_settings() == Settings(str(path))


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [("faux", "password", "n'est pas le bon"), ("", "password", "Saisissez votre mot de passe.")],
)
def test_a_refusal_is_said_beside_its_field(
    page: Page, presenter: ChoosingPresenter, hers: DatabaseAddress, typed: str, field: str, words: str
) -> None:
    presenter.choose(shared=True)
    presenter.open(VALUES | {"password": typed})
    assert list(page.errors) == [field]
    assert words in page.errors[field]
    assert (page.left, page.busy[-1], load_settings()) == ([], "", Settings())


def test_without_a_keyring_nothing_is_kept_anywhere(
    page: Page, presenter: ChoosingPresenter, hers: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keyring(monkeypatch, Locked())
    presenter.choose(shared=True)
    presenter.open(VALUES | {"password": PASSWORD})
    assert page.banner is not None
    assert "trousseau" in page.banner.text
    assert (page.left, load_settings()) == ([], Settings())


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"server": ""}, "server"),
        ({"server": "  "}, "server"),
        ({"server": "https://enfance.mairie.fr/"}, "server"),
        ({"server": "c.martin@enfance.mairie.fr"}, "server"),
        ({"server": "deux mots"}, "server"),
        ({"base": ""}, "base"),
        ({"login": ""}, "login"),
        ({"port": ""}, "port"),
        ({"port": "0"}, "port"),
        ({"port": "70000"}, "port"),
        ({"port": "cinq"}, "port"),
    ],
)
def test_what_cannot_be_right_is_told_without_asking_any_server(
    page: Page, presenter: ChoosingPresenter, changed: dict[str, str], field: str
) -> None:
    presenter.choose(shared=True)
    presenter.open(VALUES | changed)
    presenter.try_connection(VALUES | changed)
    assert list(page.errors) == [field]
    assert page.busy == []


def test_an_address_keeps_strange_signs_and_asks_for_a_proof() -> None:
    address = address_of(VALUES | {"login": "u@1:2", "base": "enfance/2", "port": "5433", "authority": "/tmp/à b.crt"})
    assert (address.url.username, address.url.database, address.url.port) == ("u@1:2", "enfance/2", 5433)
    assert address.url.query == {"sslmode": "verify-full", "sslrootcert": "/tmp/à b.crt"}
    again = values_of(fields_of(address.url))
    assert again == {"server": "enfance.mairie.fr", "port": "5433", "base": "enfance/2", "login": "u@1:2",
                     "password": "", "authority": "/tmp/à b.crt"}
    assert problems(again | {"base": "enfance"}) == {}


def test_each_cause_on_the_way_is_said_beside_what_to_correct(
    page: Page, presenter: ChoosingPresenter, tmp_path: Path
) -> None:
    presenter.choose(shared=True)
    authority = str(Authority(tmp_path).file)
    presenter.try_connection(VALUES | {"server": "absent.mairie.invalid", "authority": authority})
    assert list(page.errors) == ["server"]
    with PretendServer() as server:
        presenter.try_connection(VALUES | {"server": "localhost", "port": str(server.port)})
    assert page.errors == {}
    assert page.banner is not None
    assert "complet" in page.banner.text


# --- the dialog ------------------------------------------------------------------------------------------------


@pytest.fixture
def dialog(qtbot: QtBot) -> Iterator[ChooseDatabase]:
    theme, jobs = Theme(), Jobs()
    apply(make_qt([]), theme)
    found = ChooseDatabase(None, theme, jobs)
    qtbot.addWidget(found)
    with qtbot.waitActive(found):
        found.show()
        found.activateWindow()
    yield found
    jobs.wait(-1)


def _press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    held = QApplication.focusWidget()
    assert held is not None
    QTest.keyClick(held, key, modifier)


def test_the_keyboard_is_enough_to_work_alone(dialog: ChooseDatabase, qtbot: QtBot) -> None:
    assert dialog.alone.hasFocus()
    _press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.chosen is not None)
    assert dialog.chosen is not None
    assert dialog.chosen.path == default_database()


def test_the_keyboard_is_enough_to_fill_a_shared_database(dialog: ChooseDatabase, qtbot: QtBot) -> None:
    _press(Qt.Key.Key_Down)
    assert dialog.shared.isChecked()
    assert dialog.form.isVisible()
    for text in ("absent.mairie.invalid", "5432", "enfance", "c.martin", "secret", "/absent.crt"):
        _press(Qt.Key.Key_Tab)
        held = QApplication.focusWidget()
        assert isinstance(held, QLineEdit)
        held.selectAll()
        QTest.keyClicks(held, text)
    assert dialog.form.values() == {
        "server": "absent.mairie.invalid", "port": "5432", "base": "enfance", "login": "c.martin",
        "password": "secret", "authority": "/absent.crt",
    }
    password = dialog.form.entry("password")
    assert isinstance(password, QLineEdit)
    assert password.echoMode() is QLineEdit.EchoMode.Password

    _press(Qt.Key.Key_Tab)
    _press(Qt.Key.Key_Tab)
    assert dialog.attempt.hasFocus()
    _press(Qt.Key.Key_Space)
    assert not dialog.opening.isEnabled()  # the window lives while the server is looked for
    assert dialog.giving_up.isEnabled()
    qtbot.waitUntil(dialog.opening.isEnabled)
    assert dialog.form.entry("server").property("state") == "error"
    assert dialog.form.held() == "server"


def test_every_field_has_its_key_and_shows_that_it_is_wrong(dialog: ChooseDatabase) -> None:
    _press(Qt.Key.Key_Down)
    for key in (Qt.Key.Key_V, Qt.Key.Key_O, Qt.Key.Key_B, Qt.Key.Key_I, Qt.Key.Key_M, Qt.Key.Key_A):
        _press(key, Qt.KeyboardModifier.AltModifier)
        held = QApplication.focusWidget()
        assert isinstance(held, QLineEdit)
        QTest.keyClicks(held, "7")
    assert all(value.endswith("7") for name, value in dialog.form.values().items() if name != "port")

    dialog.show_errors({"authority": "Aucun fichier ici."})
    held = QApplication.focusWidget()
    assert held is not None
    assert (dialog.form.held(), held.property("state")) == ("authority", "error")


def test_giving_up_chooses_nothing(qtbot: QtBot) -> None:
    theme, jobs = Theme(), Jobs()
    apply(make_qt([]), theme)

    def give_up() -> None:
        shown = QApplication.activeModalWidget()
        assert shown is not None
        QTest.keyClick(shown, Qt.Key.Key_Escape)

    QTimer.singleShot(0, give_up)
    assert choose_database(None, theme, jobs) is None
    assert load_settings() == Settings()


def test_the_certificate_is_kept_in_a_place_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui.choosing import presenter

    stick = Authority(tmp_path).file
    entered: list[str] = []

    def enter(_address: DatabaseAddress, password: str) -> str:
        entered.append(password)
        return ""

    monkeypatch.setattr(presenter, "entered", enter)

    address = presenter.keep_shared(address_of(VALUES | {"authority": str(stick)}), "secret")

    content = stick.read_bytes()
    stick.unlink()
    kept = Path(str(address.url.query["sslrootcert"]))
    assert kept.read_bytes() == content
    assert load_settings().database == address.shown
    assert presenter.keep_shared(address, "secret") == address
    assert entered == ["secret", "secret"]
