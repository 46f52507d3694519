"""Why a shared database lets nobody in: each cause is one sentence that names the gesture, and none is guessed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from backoffice.agents.appointing import disable_agent
from backoffice.agents.passwords import put_password, quoted
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.certificates import validity
from backoffice.kernel.connecting import probe
from backoffice.kernel.database import open_database, reach, try_password, with_password
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import french_day
from backoffice.kernel.zone import PARIS
from tests.support.guests import GUEST, guest
from tests.support.pretending import Authority, PretendServer
from tests.support.shared import by_administrator
from tests.support.towns import NOON, SmallTown

NOW = datetime(2026, 11, 17, 8, 30, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def _address(port: int, authority: Path | None = None, host: str = "localhost", mode: str = "") -> DatabaseAddress:
    options = {"sslmode": mode} if mode else {}
    if authority is not None:
        options |= {"sslmode": mode or "verify-full", "sslrootcert": str(authority)}
    url = URL.create("postgresql+psycopg", "c.martin", "secret", host, port, "enfance", options)
    return DatabaseAddress(url, None)


def _found(address: DatabaseAddress) -> str:
    """What is told when the database is opened: the driver has failed first."""
    with pytest.raises(EnvironmentFault) as fault:
        open_database(address, NOW)
    words = sentence(fault.value)
    assert not words.startswith("Une erreur est survenue")
    assert "secret" not in words
    return fault.value.code


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port where nobody listens: taken, so that nobody else begins to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


# --- the way there ---------------------------------------------------------------------------------------------


def test_a_server_whose_name_is_unknown(authority: Authority) -> None:
    assert _found(_address(5432, authority.file, "serveur.mairie.invalid")) == "database.unknown_host"


def test_a_computer_where_no_server_listens(nobody: int) -> None:
    assert _found(_address(nobody)) == "database.no_server"


def test_a_network_that_swallows_the_call(nobody: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def swallow(*_arguments: object) -> socket.socket:
        raise TimeoutError

    monkeypatch.setattr("socket.create_connection", swallow)
    assert _found(_address(nobody)) == "database.no_answer"


def test_something_else_than_a_server() -> None:
    with PretendServer(greeting=b"220 courrier.mairie.fr\r\n") as server:
        assert _found(_address(server.port)) == "database.not_a_server"


# --- certificates ----------------------------------------------------------------------------------------------


def test_a_server_without_tls_is_not_spoken_to_without_it(authority: Authority) -> None:
    with PretendServer() as server:
        assert _found(_address(server.port, authority.file)) == "database.no_tls"


def test_a_certificate_of_another_authority(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "Autre autorité")
    with PretendServer(other.certificate()) as server:
        assert _found(_address(server.port, authority.file)) == "database.certificate_other_authority"


def test_a_certificate_for_another_name(authority: Authority) -> None:
    with PretendServer(authority.certificate("autre.mairie.fr")) as server:
        assert _found(_address(server.port, authority.file)) == "database.certificate_other_name"
        assert _found(_address(server.port, authority.file, mode="verify-ca")) == "database.full"


@pytest.mark.parametrize(
    ("days", "code", "told"),
    [((-90, -30), "database.certificate_expired", 1), ((30, 90), "database.certificate_not_yet", 0)],
)
def test_a_certificate_out_of_date_is_told_with_the_clock_of_this_computer(
    authority: Authority, days: tuple[int, int], code: str, told: int
) -> None:
    dates = [datetime.now(UTC) + timedelta(days=shift) for shift in days]
    with PretendServer(authority.certificate("localhost", *dates)) as server:
        fault = probe(_address(server.port, authority.file), NOW)

    assert fault is not None
    assert fault.code == code
    assert french_day(dates[told].astimezone(PARIS).date()) in sentence(fault)
    assert "17/11/2026 à 9\u00a0h\u00a030" in sentence(fault)
    assert "horloge" in sentence(fault)


def test_an_authority_that_was_never_given_is_asked_for(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "USERPROFILE", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "ailleurs"))
    with PretendServer(authority.certificate()) as server:
        assert _found(_address(server.port, mode="verify-full")) == "database.no_authority"
        assert _found(_address(server.port, tmp_path / "absent.crt")) == "database.no_authority"


def test_an_authority_that_is_no_certificate(authority: Authority, tmp_path: Path) -> None:
    letter = tmp_path / "courrier.crt"
    letter.write_text("Madame, Monsieur", encoding="utf-8")
    with PretendServer(authority.certificate()) as server:
        assert _found(_address(server.port, letter)) == "database.certificate_unreadable"


def test_a_certificate_that_is_cut_short_has_no_dates(authority: Authority) -> None:
    with pytest.raises(ValueError, match="cut short"):
        validity(b"\x30\x82\x01")
    with pytest.raises(ValueError, match="no validity"):
        validity(b"\x30\x04\x30\x02\x30\x00")


# --- what the server answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53300", "database.full"),
        ("57P03", "database.starting"),
        ("28000", "database.login_refused"),
        ("XX000", "database.unreachable"),  # nothing precise to say: what the driver knew stands
    ],
)
def test_what_the_server_says_before_it_asks_for_a_password(authority: Authority, state: str, code: str) -> None:
    with PretendServer(authority.certificate(), state) as server:
        assert _found(_address(server.port, authority.file)) == code
    with PretendServer(state=state) as server:
        assert _found(_address(server.port)) == code


def _refused(url: URL) -> str:
    return _found(DatabaseAddress(url, None))


def test_a_real_server_tells_the_causes_apart(shared_town: SmallTown) -> None:
    with guest(shared_town) as address, by_administrator(shared_town.database) as opened:
        assert _refused(address.url.set(password="faux")) == "database.wrong_password"
        assert _refused(address.url.set(password="é" * 20)) == "database.wrong_password"
        assert _refused(address.url.set(username="inconnu")) == "database.wrong_password"
        assert _refused(address.url.set(database="absente")) == "database.no_such_database"

        with opened.write() as session:
            name = quoted(session, str(opened.address.url.database))
            session.execute(text(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC, {quoted(session, GUEST)}"))
        assert _found(address) == "database.login_refused"


def test_an_agent_who_left_is_told_so(shared_town: SmallTown) -> None:
    with guest(shared_town) as address, by_administrator(shared_town.database) as opened:
        disable_agent(opened, GUEST, NOON)
        assert _found(address) == "database.login_refused"


@pytest.mark.parametrize("password", ["cheffe", "Été à la crèche n° 3", "un\u00a0espace"])
def test_whoever_is_let_in_meets_no_obstacle(shared_town: SmallTown, password: str) -> None:
    """The first words are spoken as the driver speaks them, accents included."""
    with guest(shared_town) as address, by_administrator(shared_town.database) as opened:
        with opened.write() as session:
            put_password(session, GUEST, password)
        try_password(address, password)
        assert probe(with_password(address, password), NOW) is None


def test_a_login_is_known_by_its_password_or_otherwise(shared_town: SmallTown) -> None:
    with SmallTown(shared_town.address) as town:
        assert not town.database.asks_password
        reach(town.database)
        assert town.database.asks_password
