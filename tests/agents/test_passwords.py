"""What a password must be, how one is drawn, and how an agent changes theirs: the server never sees it in clear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from backoffice.agents.passwords import ChangeMyPassword, change_password, draw_passphrase, judge, password_rules
from backoffice.agents.rules import refuse_login, weight
from backoffice.bootstrap import open_application
from backoffice.kernel.application import Application
from backoffice.kernel.database import try_password
from backoffice.kernel.errors import Cancelled, EnvironmentFault, UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.secrets import database_password, keep_database_password
from tests.support.guests import GUEST, PASSWORD, guest
from tests.support.keyrings import Locked, Notebook, use_keyring
from tests.support.shared import by_administrator
from tests.support.towns import SmallTown

NEW = "sept Ruelles 4 lanternes"


def _judged(password: str, login: str = "c.martin", name: str = "Claire Martin-Dupont") -> str:
    """The code of the refusal, empty when there is none."""
    try:
        judge(password, login, name)
    except UserError as error:
        return error.code
    return ""


# --- what is enough --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "vert-Tuile9 braise",               # four classes
        "Xk7#pQ9v!Lm2",                     # twelve characters, four classes
        "xk7pq9vlm2Rtza",                   # fourteen characters, three classes
        "lampe ruelle sureau cylindre nappe bocal hiatus",
        "lampe-ruelle-sureau-cylindre-nappe-bocal-hiatus",
        "crèche lampe ruelle sureau nappe bocal hiatus",   # one common word among seven
    ],
)
def test_these_are_enough(password: str) -> None:
    assert _judged(password) == ""


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password.missing"),
        (" Xk7#pQ9v!Lm2", "password.unprintable"),
        ("Xk7#pQ9v!Lm2\n", "password.unprintable"),
        ("Xk7#\x07pQ9v!Lm2", "password.unprintable"),
        ("Xk7#pQ9v!Lm", "password.too_weak"),              # eleven characters
        ("xk7pq9vlm2rtza", "password.too_weak"),           # fourteen characters, two classes
        ("lampe ruelle sureau nappe bocal pli", "password.too_weak"),  # six words
        ("lampe lampe lampe lampe lampe lampe lampe", "password.too_weak"),
        ("Motdepasse2026!", "password.predictable"),
        ("M0td3p@sse2026!", "password.predictable"),
        ("Azertyuiop1234!", "password.predictable"),
        ("Bonjour-Soleil-2026", "password.predictable"),
        ("Crèche&Cantine1", "password.predictable"),
        ("Martin.Dupont#76", "password.predictable"),
        ("c.martin=C.MARTIN1", "password.predictable"),
        ("Aaaaaaaaaaaa1!", "password.predictable"),
        ("Abcdefgh-12345", "password.predictable"),
        ("lundi mardi mercredi jeudi vendredi samedi dimanche", "password.predictable"),
    ],
)
def test_these_are_not(password: str, code: str) -> None:
    assert _judged(password) == code
    with pytest.raises(UserError) as refusal:
        judge(password, "c.martin", "Claire Martin-Dupont")
    assert not password or password not in sentence(refusal.value)


def test_what_everybody_knows_weighs_one_character() -> None:
    known = frozenset({"mairie", "cantine"})
    assert weight("mairie", known) == 1
    assert weight("Mairie-cantine", known) == 3
    assert weight("m@iri3", known) == 1
    assert weight("2026", frozenset()) == 1
    assert weight("xk7p", known) == 4
    assert weight("é" * 300, known) == 1


def test_the_rules_say_what_they_ask_for() -> None:
    assert password_rules().in_french == (
        "12 caractères de 4 genres, 14 caractères de 3 genres, ou une phrase d'au moins 7 mots"
    )


def test_a_phrase_that_is_drawn_is_enough_and_never_the_same() -> None:
    drawn = {draw_passphrase() for _ in range(50)}
    assert len(drawn) == 50
    assert {_judged(phrase) for phrase in drawn} == {""}
    assert all(phrase.isascii() for phrase in drawn)


@pytest.mark.parametrize("login", ["", "C.Martin", "é.martin", "1er", "a b", "a;b", '"', "a" * 64, "-a", "pg\0"])
def test_a_login_that_would_be_quoted_or_cut_is_refused(login: str) -> None:
    with pytest.raises(UserError) as refusal:
        refuse_login(login)
    assert refusal.value.code == "agent.login_shape"


@pytest.mark.parametrize("login", ["c.martin", "u1042", "marie-anne_d", "a" * 63])
def test_a_login_is_plain(login: str) -> None:
    refuse_login(login)


# --- one's own -------------------------------------------------------------------------------------------------


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    found = Notebook()
    use_keyring(monkeypatch, found)
    return found


@pytest.fixture
def her_door(shared_town: SmallTown) -> Iterator[Application]:
    with guest(shared_town) as address:
        app = open_application(address)
        try:
            yield app
        finally:
            app.database.close()


def _refusal(app: Application, current: str, new: str) -> str:
    with pytest.raises((UserError, EnvironmentFault)) as refusal:
        change_password(app, current, new)
    return refusal.value.code


def test_an_agent_changes_their_password_and_goes_on(her_door: Application, memory: Notebook) -> None:
    url = her_door.database.address.url
    keep_database_password(url, PASSWORD)

    assert change_password(her_door, PASSWORD, NEW)

    assert database_password(url) == NEW
    try_password(her_door.database.address, NEW)
    with pytest.raises(EnvironmentFault) as refusal:
        try_password(her_door.database.address, PASSWORD)
    assert refusal.value.code == "database.wrong_password"
    her_door.database.engine.dispose()
    with her_door.database.read() as session:  # the connections to come know it too
        assert session.scalar(text("SELECT session_user")) == GUEST


def test_the_server_keeps_a_verifier_and_the_journal_says_who(her_door: Application, shared_town: SmallTown) -> None:
    change_password(her_door, PASSWORD, NEW)

    with by_administrator(shared_town.database) as opened, opened.read() as session:
        kept = session.scalar(text("SELECT rolpassword FROM pg_authid WHERE rolname = :login"), {"login": GUEST})
        told = session.execute(text(
            "SELECT actor, subject FROM audit_journal WHERE action = 'agent.password_changed'"
        )).all()
    assert str(kept).startswith("SCRAM-SHA-256$")
    assert told == [(GUEST, f"agent {GUEST}")]
    assert NEW not in repr(ChangeMyPassword(NEW))


def test_a_password_is_not_changed_by_whoever_does_not_know_it(her_door: Application) -> None:
    assert _refusal(her_door, "faux", NEW) == "database.wrong_password"
    assert _refusal(her_door, PASSWORD, PASSWORD) == "password.same"
    assert _refusal(her_door, PASSWORD, "court") == "password.too_weak"
    assert _refusal(her_door, PASSWORD, "Passage&Nadia#1") == "password.predictable"
    try_password(her_door.database.address, PASSWORD)


def test_a_keyring_that_does_not_follow_is_told(
    her_door: Application, memory: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_database_password(her_door.database.address.url, PASSWORD)
    monkeypatch.setattr("keyring.set_password", Locked().set_password)
    assert not change_password(her_door, PASSWORD, NEW)
    try_password(her_door.database.address, NEW)


def test_what_was_never_kept_is_not_kept_now(her_door: Application, memory: Notebook) -> None:
    assert change_password(her_door, PASSWORD, NEW)
    assert memory.kept == {}


def test_an_embedded_database_has_no_password(town: SmallTown) -> None:
    assert _refusal(town.app, "", NEW) == "password.embedded"


# --- a desk that is locked -------------------------------------------------------------------------------------


def test_a_locked_database_lets_nothing_through_until_the_password_is_typed(
    her_door: Application, shared_town: SmallTown
) -> None:
    database = her_door.database

    def connections() -> int:
        with by_administrator(shared_town.database) as opened, opened.read() as session:
            asked = text("SELECT count(*) FROM pg_stat_activity WHERE usename = :login")
            return int(session.scalar(asked, {"login": GUEST}) or 0)

    with database.read() as session:
        session.execute(text("SELECT 1"))
    assert connections() == 1

    database.lock()
    assert connections() == 0
    with pytest.raises(Cancelled), database.read() as session:
        session.execute(text("SELECT 1"))

    database.use_password(PASSWORD)
    with database.read() as session:
        assert session.scalar(text("SELECT session_user")) == GUEST


def test_work_under_way_when_the_desk_is_locked_ends_well(her_door: Application) -> None:
    database = her_door.database
    with database.read() as session:
        session.execute(text("SELECT 1"))
        database.lock()
        assert session.scalar(text("SELECT session_user")) == GUEST
    with pytest.raises(Cancelled), database.read():
        pass
