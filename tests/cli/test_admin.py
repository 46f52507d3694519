"""`backoffice admin …`: a shared database and its agents from nothing, each command twice, every refusal a sentence."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from backoffice.agents.passwords import judge
from backoffice.bootstrap import open_application
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.chain import sealing
from backoffice.kernel.database import Database, newest_schema, schema_of
from backoffice.kernel.messages import sentence
from backoffice.kernel.secrets import keep_database_password
from backoffice.kernel.server import line_weaknesses
from tests.cli.conftest import Answer, Run
from tests.support.guests import drop_login
from tests.support.keyrings import Notebook, use_keyring
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.towns import SmallTown

LOGIN, NAME = "j.essai", "Jeanne Essai"
PASSWORD = "braise Tuile-verte 9"


def _refused(answer: Answer, *words: str, code: int = 1) -> None:
    assert answer.code == code, answer
    assert not answer.sentence.startswith(("Une erreur est survenue", "Le programme a rencontré")), answer
    for word in words:
        assert word in answer.sentence


@pytest.fixture
def new_base(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a database that is not there yet."""
    name = f"enfance_{secrets.token_hex(4)}"
    yield make_url(postgres_server.url).set(database=name).render_as_string(hide_password=False)
    plain = make_url(postgres_server.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def base(fresh_database: FreshDatabase, shared_template: str) -> Iterator[str]:
    """The administrator's address of an empty shared database; the login of these tests goes with it."""
    url = fresh_database(shared_template)
    yield url
    database = Database(DatabaseAddress.parse(url))
    with database.read() as session:
        found = session.connection().exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (LOGIN,)).scalar()
    if found:
        drop_login(database, LOGIN)
    database.close()


def _phrase(answer: Answer) -> str:
    """The phrase that was drawn, shown once."""
    (line,) = (line for line in answer.out.splitlines() if line.startswith("Phrase de passe"))
    return line.partition(" : ")[2]


def _as_agent(base: str, password: str) -> DatabaseAddress:
    return DatabaseAddress(make_url(base).set(username=LOGIN, password=password), None)


# --- the database ----------------------------------------------------------------------------------------------


def test_a_shared_database_is_made_and_made_again(run: Run, new_base: str) -> None:
    for before in ("vide", newest_schema()):
        answer = run("admin", "create-database", new_base)
        assert answer.code == 0
        assert f"schéma {before} → {newest_schema()}" in answer.out
        assert "jamais un identifiant commun" in answer.out
        assert "ssl = on" in answer.err  # the server of the tests has no TLS
        assert str(make_url(new_base).password) not in answer.out + answer.err

    database = Database(DatabaseAddress.parse(new_base))
    assert schema_of(database) == newest_schema()
    database.close()
    assert run("admin", "upgrade", "--database", new_base).code == 0
    assert run("migrate", "--database", new_base).code == 0


def test_the_database_of_another_program_is_left_alone(run: Run, fresh_database: FreshDatabase) -> None:
    url = fresh_database()
    database = Database(DatabaseAddress.parse(url))
    with database.write() as session:
        session.connection().exec_driver_sql("CREATE TABLE recettes (nom text)")
    database.close()
    _refused(run("admin", "create-database", url), "n'est pas celle de Back-office", code=3)


def test_only_the_administrator_of_the_server_administers(run: Run, base: str, shared_town: SmallTown) -> None:
    chief = shared_town.address.url.render_as_string(hide_password=False)
    for action in (
        ("create-database", chief), ("agents", "--database", chief), ("upgrade", "--database", chief),
        ("create-agent", LOGIN, "--name", NAME, "--role", "secretary", "--database", chief),
    ):
        _refused(run("admin", *action), "« cheffe » ne l'est pas")


def test_a_database_of_one_computer_has_no_agents_to_administer(run: Run, tmp_path: object) -> None:
    for action in (
        ("create-database", "base.sqlite"), ("agents",), ("upgrade",), ("disable-agent", LOGIN),
        ("grant", LOGIN, "--role", "secretary"), ("reset-password", LOGIN),
    ):
        _refused(run("admin", *action), "n'a qu'un agent")


def test_a_database_without_tables_says_how_to_make_them(run: Run, fresh_database: FreshDatabase) -> None:
    url = fresh_database()
    _refused(run("admin", "agents", "--database", url), "create-database", code=3)


def test_a_wrong_password_is_told(run: Run, base: str) -> None:
    wrong = make_url(base).set(password="faux").render_as_string(hide_password=False)
    _refused(run("admin", "agents", "--database", wrong), "mot de passe", code=3)
    _refused(run("admin", "create-database", wrong), "mot de passe", code=3)


def test_a_password_that_nobody_can_type_is_asked_for(run: Run, base: str) -> None:
    """Neither kept in a keyring nor typed: there is no terminal here."""
    without = make_url(base)._replace(password=None).render_as_string()
    _refused(run("admin", "agents", "--database", without), "backoffice password", code=3)


@pytest.mark.parametrize(
    ("kind", "base", "address", "method", "told"),
    [
        ("host", "all", "0.0.0.0", "trust", ["line_trusts", "line_plain"]),
        ("local", "all", None, "trust", ["line_trusts"]),
        ("hostssl", "all", "10.0.0.0", "md5", ["line_weak"]),
        ("hostssl", "all", "10.0.0.0", "password", ["line_weak"]),
        ("host", "enfance", "mairie.fr", "scram-sha-256", ["line_plain"]),
        ("hostssl", "all", "10.0.0.0", "scram-sha-256", []),
        ("host", "all", "127.0.0.1", "scram-sha-256", []),
        ("local", "all", None, "peer", []),
        ("host", "replication", "0.0.0.0", "trust", []),
        ("host", "autre", "0.0.0.0", "trust", []),
        ("hostnossl", "all", "0.0.0.0", "reject", []),
    ],
)
def test_a_line_that_lets_too_much_in_is_told(
    kind: str, base: str, address: str | None, method: str, told: list[str]
) -> None:
    line = {"line_number": 12, "type": kind, "database": [base], "address": address, "auth_method": method,
            "error": None}
    faults = list(line_weaknesses(line, "enfance"))
    assert [fault.code for fault in faults] == [f"server.{code}" for code in told]
    assert all("ligne 12" in sentence(fault).casefold() for fault in faults)


def test_a_line_that_the_server_cannot_read_is_told() -> None:
    line = {"line_number": 3, "type": None, "database": None, "address": None, "auth_method": None, "error": "?"}
    assert [fault.code for fault in line_weaknesses(line, "enfance")] == ["server.line_wrong"]


# --- agents ----------------------------------------------------------------------------------------------------


def test_an_agent_is_made_enters_and_leaves(run: Run, base: str) -> None:
    made = run("admin", "create-agent", LOGIN, "--name", NAME, "--role", "administrator", "--database", base)
    assert (made.code, made.err) == (0, "")
    phrase = _phrase(made)
    judge(phrase, LOGIN, NAME)
    app = open_application(_as_agent(base, phrase))
    assert (app.actor.name, app.actor.may("agents.read")) == (NAME, True)
    app.database.close()

    again = run("admin", "create-agent", LOGIN, "--name", NAME, "--role", "administrator", "--database", base)
    assert (again.code, "ne change pas" in again.out) == (0, True)
    open_application(_as_agent(base, phrase)).database.close()

    listed = run("admin", "agents", "--database", base).out
    assert f"{LOGIN} : {NAME}\n    Administrateur — Toute la commune" in listed

    assert "déconnectées" in run("admin", "disable-agent", LOGIN, "--database", base).out
    assert "rien à faire" in run("admin", "disable-agent", LOGIN, "--database", base).out
    assert "(n'a plus d'accès)" in run("admin", "agents", "--database", base).out
    _refused(run("admin", "reset-password", LOGIN, "--database", base), "create-agent")

    back = run("admin", "create-agent", LOGIN, "--name", NAME, "--role", "secretary", "--database", base)
    assert _phrase(back) != phrase
    open_application(_as_agent(base, _phrase(back))).database.close()


def test_a_password_is_read_judged_and_replaced(run: Run, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    create = ("admin", "create-agent", LOGIN, "--name", NAME, "--role", "secretary", "--password-stdin",
              "--database", base)
    for weak, word in (("court", "trop court"), ("", "Saisissez"), ("Jeanne-Essai-2026!", "se devine")):
        monkeypatch.setattr("sys.stdin", io.StringIO(weak + "\n"))
        _refused(run(*create), word)
    assert LOGIN not in run("admin", "agents", "--database", base).out

    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\r\n"))
    made = run(*create)
    assert (made.code, "Phrase de passe" in made.out, PASSWORD in made.out) == (0, False, False)
    open_application(_as_agent(base, PASSWORD)).database.close()

    reset = run("admin", "reset-password", LOGIN, "--database", base)
    open_application(_as_agent(base, _phrase(reset))).database.close()
    _refused(run("admin", "reset-password", "inconnu", "--database", base), "inconnu")


def test_a_password_is_typed_twice_in_a_terminal(run: Run, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    create = ("admin", "create-agent", LOGIN, "--name", NAME, "--role", "secretary", "--ask-password",
              "--database", base)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    _refused(run(*create), "clavier")

    typed = [PASSWORD, PASSWORD + "9"]
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _words: typed.pop(0))
    _refused(run(*create), "pas les mêmes")
    typed[:] = [PASSWORD, PASSWORD]
    assert run(*create).code == 0
    open_application(_as_agent(base, PASSWORD)).database.close()


def test_the_administrator_is_asked_for_a_password_that_was_not_kept(
    run: Run, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def typed(words: str) -> str:
        asked.append(words)
        return str(make_url(base).password)

    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", typed)
    without = make_url(base)._replace(password=None).render_as_string()
    assert run("admin", "agents", "--database", without).code == 0
    assert asked == ["Mot de passe de postgres : "]


def test_the_password_kept_for_a_base_makes_it_too(run: Run, new_base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first connection goes to another database of the server, of which the keyring knows nothing."""
    use_keyring(monkeypatch, Notebook())
    url = make_url(new_base)
    keep_database_password(url, str(url.password))
    without = url._replace(password=None).render_as_string()
    answer = run("admin", "create-database", without)
    assert answer.code == 0, answer
    assert run("admin", "agents", "--database", without).code == 0
    assert "***" not in answer.out


def test_a_service_before_there_is_any_says_what_comes_first(run: Run, base: str) -> None:
    answer = run("admin", "create-agent", LOGIN, "--name", NAME, "--role", "secretary", "--service", "CANT",
                 "--without-password", "--database", base)
    _refused(answer, "reprenez d'abord les données", "backoffice import commune")


def test_a_login_that_is_no_agent_s_is_said_to_who_administers(run: Run, base: str) -> None:
    for action in (("disable-agent",), ("grant", "--role", "secretary"), ("reset-password",)):
        answer = run("admin", action[0], "d.royy", *action[1:], "--database", base)
        _refused(answer, "d.royy", "backoffice admin agents")


def test_the_doctor_knows_who_administers_the_server(run: Run, base: str) -> None:
    answer = run("doctor", "--database", base)
    assert "✓ Ouverture : administrateur du serveur" in answer.out
    assert "✗ Service de fond : n'a encore jamais tourné" in answer.out


def test_the_doctor_names_who_holds_the_seals_back(run: Run, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "PROMISED_SECONDS", 0)
    with psycopg.connect(make_url(base).set(drivername="postgresql").render_as_string(hide_password=False)) as idle:
        idle.execute("SELECT 1")  # a transaction that writes nothing holds nobody back
        assert "Sceaux" not in run("doctor", "--database", base).out
        idle.execute("SELECT pg_current_xact_id()")
        answer, pid = run("doctor", "--database", base), idle.info.backend_pid

    (told,) = (line for line in answer.out.splitlines() if "Sceaux" in line)
    assert told.startswith("✗")
    assert f"la session {pid} de {make_url(base).username} (base {make_url(base).database})" in told
    assert f"pg_terminate_backend({pid})" in told
    assert answer.code == 1


@pytest.fixture
def open_server(base: str) -> Iterator[psycopg.Connection]:
    """Its administrator, on a server whose first databases every login may enter, as they are when it is installed."""
    url = make_url(base).set(drivername="postgresql").render_as_string(hide_password=False)
    closed = (
        "SELECT datname FROM pg_database d WHERE datname IN ('postgres', 'template1') AND datacl IS NOT NULL AND NOT"
        " EXISTS (SELECT FROM aclexplode(datacl) a WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT')"
    )
    with psycopg.connect(url, autocommit=True) as administrator:
        before = [name for (name,) in administrator.execute(closed)]
        administrator.execute("GRANT CONNECT ON DATABASE postgres, template1 TO PUBLIC")
        yield administrator
        for name in ("postgres", "template1"):
            verb, to = ("REVOKE", "FROM") if name in before else ("GRANT", "TO")
            administrator.execute(f"{verb} CONNECT ON DATABASE {name} {to} PUBLIC")


def test_databases_that_every_agent_can_enter_are_told_and_stop_nothing(
    run: Run, base: str, open_server: psycopg.Connection
) -> None:
    made = run("admin", "create-database", base)
    (told,) = (line for line in made.err.splitlines() if "template1" in line)
    assert (made.code, "REVOKE CONNECT" in told) == (0, True)
    assert "✗ Autres bases du serveur" in run("doctor", "--database", base).out

    open_server.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
    assert "template1" not in run("admin", "create-database", base).err
    assert "Autres bases" not in run("doctor", "--database", base).out


def test_whoever_the_server_knows_otherwise_needs_no_password(run: Run, base: str) -> None:
    made = run("admin", "create-agent", LOGIN, "--name", NAME, "--role", "secretary", "--without-password",
               "--database", base)
    assert (made.code, "Phrase" in made.out) == (0, False)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("C.Martin", "--name", NAME, "--role", "secretary"), "petites lettres"),
        (("enf_owner", "--name", NAME, "--role", "secretary"), "réservé"),
        (("postgres", "--name", NAME, "--role", "secretary", "--yes"), "réservé"),
        (("accueil", "--name", NAME, "--role", "secretary"), "--yes"),
        ((LOGIN, "--name", "  ", "--role", "secretary"), "son nom"),
        ((LOGIN, "--name", NAME, "--role", "patron"), "revenue_officer (Régie)"),
        ((LOGIN, "--name", NAME, "--role", "secretary", "--service", "PISCINE"), "aucun service"),
        ((LOGIN, "--name", NAME, "--role", "secretary", "--structure", "NORD"), "le service"),
    ],
)
def test_an_agent_that_cannot_be_made_leaves_nothing(
    run: Run, base: str, words: tuple[str, ...], told: str
) -> None:
    before = run("admin", "agents", "--database", base).out
    _refused(run("admin", "create-agent", *words, "--database", base), told)
    assert run("admin", "agents", "--database", base).out == before


def test_roles_are_given_and_taken_twice(run: Run, base: str) -> None:
    run("admin", "create-agent", LOGIN, "--name", NAME, "--role", "secretary", "--database", base)
    post = (LOGIN, "--role", "revenue_officer", "--database", base)
    said = [run("admin", action, *post) for action in ("grant", "grant", "revoke", "revoke")]
    assert {answer.code for answer in said} == {0}
    assert ["a maintenant" in said[0].out, "avait déjà" in said[1].out, "n'a plus" in said[2].out,
            "n'avait pas" in said[3].out] == [True] * 4
    _refused(run("admin", "grant", "inconnu", "--role", "secretary", "--database", base), "inconnu")
    assert run("admin", "grant", LOGIN, "--database", base).code == 2
    assert run("admin").code == 2


def test_an_agent_changes_their_password_from_a_terminal(
    run: Run, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD))
    run("admin", "create-agent", LOGIN, "--name", NAME, "--role", "secretary", "--password-stdin", "--database", base)
    new = "sept Ruelles 4 lanternes"
    typed = [PASSWORD, new, new]
    hers = make_url(base).set(username=LOGIN)._replace(password=None).render_as_string()

    _refused(run("password", "--change", "--database", hers), "clavier")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _words: typed.pop(0))
    answer = run("password", "--change", "--database", hers)
    assert (answer.code, answer.out) == (0, "Mot de passe changé.\n")
    open_application(_as_agent(base, new)).database.close()
