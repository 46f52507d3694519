"""An agent leaves in one command, in the order that leaves nothing open, whatever stops it half way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from backoffice.agents import appointing
from backoffice.agents.appointing import Post, disable_agent, give, groups_elsewhere, lacks_password, make_agent, take
from backoffice.agents.roles import Role
from backoffice.kernel.access.install import install
from backoffice.kernel.access.statements import AGENTS
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import Database, Session, reach
from backoffice.kernel.errors import EnvironmentFault, NeedsConfirmation, UserError
from tests.support.guests import GUEST, NAME, PASSWORD, drop_login, guest
from tests.support.postgres import FreshDatabase
from tests.support.shared import by_administrator
from tests.support.towns import NOON, SmallTown


@pytest.fixture
def administrator(shared_town: SmallTown) -> Iterator[Database]:
    shared_town.family("MARTIN")
    with by_administrator(shared_town.database) as opened:
        yield opened


@pytest.fixture
def her_address(shared_town: SmallTown) -> Iterator[DatabaseAddress]:
    with guest(shared_town) as address:
        yield address


def _families(session: Session) -> int:
    return int(session.scalar(text("SELECT count(*) FROM families")) or 0)


def _journal(administrator: Database, action: str) -> int:
    with administrator.read() as session:
        asked = text("SELECT count(*) FROM audit_journal WHERE action = :action AND subject = :subject")
        return int(session.scalar(asked, {"action": action, "subject": f"agent {GUEST}"}) or 0)


def _entering(address: DatabaseAddress) -> str:
    database = Database(address)
    try:
        reach(database)
    except EnvironmentFault as fault:
        return fault.code
    finally:
        database.close()
    return ""


def test_an_open_session_ends_and_none_begins(administrator: Database, her_address: DatabaseAddress) -> None:
    def leave_while_reading() -> None:
        with hers.read() as session:
            assert _families(session) == 1
            assert disable_agent(administrator, GUEST, NOON)
            _families(session)

    hers = Database(her_address)
    with pytest.raises(EnvironmentFault) as fault:
        leave_while_reading()
    hers.close()
    assert fault.value.code == "database.unreachable"
    assert _entering(her_address) == "database.login_refused"
    assert _journal(administrator, "agent.disabled") == 1


def test_between_two_steps_an_open_session_already_sees_nothing(
    administrator: Database, her_address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step fails: the session lives, sees no family any more, and the same command goes on."""

    def fail(_database: Database, _login: str) -> None:
        raise EnvironmentFault("database.unreachable")

    hers = Database(her_address)
    try:
        with hers.engine.connect() as connection, Session(connection) as session:
            assert _families(session) == 1
            session.commit()
            with monkeypatch.context() as broken:
                broken.setattr(appointing, "end_sessions", fail)
                with pytest.raises(EnvironmentFault):
                    disable_agent(administrator, GUEST, NOON)
            with pytest.raises(Exception, match=r"permission denied|does not exist"):  # no scope, no group is left
                _families(session)
            session.rollback()
            assert _entering(her_address) == "database.login_refused"

            assert not disable_agent(administrator, GUEST, NOON)
            with pytest.raises(Exception, match="terminating connection"):
                session.execute(text("SELECT 1"))
            session.invalidate()
    finally:
        hers.close()
    assert _journal(administrator, "agent.disabled") == 1


def test_an_agent_who_comes_back_needs_a_new_password_and_finds_their_roles(
    administrator: Database, her_address: DatabaseAddress
) -> None:
    disable_agent(administrator, GUEST, NOON)
    with administrator.write() as session:
        with pytest.raises(UserError) as refusal:
            give(session, GUEST, Post(Role.SECRETARY), NOON)
        assert refusal.value.code == "agent.gone"
        assert lacks_password(session, GUEST)
        assert not make_agent(session, GUEST, NAME, NOON, PASSWORD)
        assert not lacks_password(session, GUEST)

    hers = Database(her_address)
    with hers.read() as session:
        assert _families(session) == 1
    hers.close()


def test_a_login_that_somebody_dropped_is_still_put_away(administrator: Database, shared_town: SmallTown) -> None:
    with administrator.write() as session:
        make_agent(session, "d.roy", "Denis Roy", NOON, PASSWORD)
    drop_login(administrator, "d.roy")

    assert disable_agent(administrator, "d.roy", NOON)
    with administrator.read() as session:
        assert session.scalar(text("SELECT active FROM agents WHERE login = 'd.roy'")) is False


def test_roles_come_and_go_once(administrator: Database, her_address: DatabaseAddress) -> None:
    secretary = Post(Role.SECRETARY)
    with administrator.write() as session:
        assert [give(session, GUEST, secretary, NOON) for _ in range(2)] == [True, False]
        assert [take(session, GUEST, secretary, NOON) for _ in range(2)] == [True, False]
    assert (_journal(administrator, "agent.granted"), _journal(administrator, "agent.revoked")) == (2, 1)


def test_an_agent_may_not_take_the_name_of_its_groups(administrator: Database, her_address: DatabaseAddress) -> None:
    hers = Database(her_address)
    with hers.engine.connect() as connection, pytest.raises(Exception, match="permission denied to set role"):
        connection.exec_driver_sql(f"SET ROLE {AGENTS}")
    hers.close()


@pytest.mark.parametrize("login", ["accueil", "cantine", "secretariat"])
def test_a_login_of_a_desk_asks_first(login: str) -> None:
    with pytest.raises(NeedsConfirmation):
        appointing.refuse_shared_login(login, agreed=False)
    appointing.refuse_shared_login(login, agreed=True)
    appointing.refuse_shared_login("c.martin", agreed=False)


@pytest.fixture
def training(shared_template: str, fresh_database: FreshDatabase) -> Iterator[Database]:
    """Another base of the same server, entered by its administrator."""
    opened = Database(DatabaseAddress.parse(fresh_database(shared_template)))
    with opened.engine.begin() as connection:
        install(connection)
    yield opened
    opened.close()


def test_what_another_base_of_the_server_takes_back_is_kept_here(
    administrator: Database, her_address: DatabaseAddress, training: Database
) -> None:
    """Groups belong to the whole server: a training base is not to undo the real one."""
    hers = Database(her_address)
    with training.write() as session:
        make_agent(session, GUEST, NAME, NOON)
        give(session, GUEST, Post(Role.COMMISSION_MEMBER), NOON)
    with hers.read() as session:
        assert _families(session) == 1

    stranger = Database(DatabaseAddress(training.address.url.set(username=GUEST, password=PASSWORD), None))
    with stranger.read() as session:
        # The group held for the other base reads the table, and no scope of this one shows a line.
        assert session.scalar(text("SELECT count(*) FROM journal_chain")) == 0
        assert session.scalar(text("SELECT count(*) FROM row_journal")) == 0
    stranger.close()

    assert disable_agent(training, GUEST, NOON)
    assert _entering(DatabaseAddress(her_address.url.set(database=training.address.url.database), None)) != ""
    with hers.read() as session:
        assert _families(session) == 1
    hers.close()

    disable_agent(administrator, GUEST, NOON)
    assert _entering(her_address) == "database.login_refused"
    with administrator.read() as session:
        assert groups_elsewhere(session, GUEST) == set()


def test_an_agent_does_not_write_what_the_bases_say_of_a_login(her_address: DatabaseAddress) -> None:
    hers = Database(her_address)
    with hers.engine.connect() as connection, pytest.raises(Exception, match=r"permission denied|must have"):
        connection.exec_driver_sql(f"COMMENT ON ROLE \"{GUEST}\" IS '1: enf_billing_issue'")
    hers.close()
