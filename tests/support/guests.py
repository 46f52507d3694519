"""An agent of one test: logins belong to the whole server, so this one goes with the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from backoffice.agents.appointing import Post, end_sessions, give, make_agent
from backoffice.agents.roles import Role
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import Database
from tests.support.shared import by_administrator
from tests.support.towns import NOON, SmallTown

GUEST, NAME = "n.passage", "Nadia Passage"
PASSWORD = "braise Tuile-verte 9"


@contextmanager
def guest(town: SmallTown, *posts: Post) -> Iterator[DatabaseAddress]:
    """The address with which she opens the shared database of a town; an administrator unless told otherwise."""
    with by_administrator(town.database) as opened:
        with opened.write() as session:
            make_agent(session, GUEST, NAME, NOON, PASSWORD)
            for post in posts or (Post(Role.ADMINISTRATOR),):
                give(session, GUEST, post, NOON)
        try:
            yield DatabaseAddress(town.address.url.set(username=GUEST, password=PASSWORD), None)
        finally:
            drop_login(opened, GUEST)


def drop_login(opened: Database, login: str) -> None:
    """Take a login away from the server, with what it was given in this database."""
    end_sessions(opened, login)
    with opened.write() as session:
        session.execute(text(f'DROP OWNED BY "{login}"'))
        session.execute(text(f'DROP ROLE "{login}"'))
