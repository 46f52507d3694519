"""Decides who a locked desk is given back to. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from backoffice.bootstrap import open_application, recognise
from backoffice.kernel.actor import Actor
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.database import with_password
from backoffice.kernel.errors import BackofficeError
from backoffice.kernel.messages import sentence
from ui.presenting import Runner, banner_for

_FREE_TRIES = 5
_FIRST_WAIT_SECONDS = 15


class LockedPage(Protocol):
    """What the presenter asks of its page."""

    def show_who(self, name: str, *, other: bool) -> None:
        """Whose desk it is; `other`: somebody else types a login too."""

    def show_error(self, text: str) -> None: ...

    def show_busy(self, *, busy: bool) -> None: ...

    def show_wait(self, seconds: int) -> None:
        """Take no password for so long."""


class LockedPresenter:
    """The server judges what is typed: nothing here could be fooled into saying yes."""

    def __init__(
        self,
        page: LockedPage,
        app: Application,
        run: Runner,
        unlocked: Callable[[Actor], None],
        switched: Callable[[Application], None],
    ) -> None:
        self._page = page
        self._app = app
        self._run = run
        self._unlocked = unlocked
        self._switched = switched
        self._other = False
        self._failures = 0

    def start(self, *, other: bool) -> None:
        self._other = other
        self._page.show_who(self._app.actor.name, other=other)

    def enter(self, login: str, password: str) -> None:
        login = login.strip() if self._other else self._app.actor.login
        if not login or not password:
            self._page.show_error("Saisissez votre mot de passe." if login else "Saisissez votre identifiant.")
            return
        self._page.show_error("")
        self._page.show_busy(busy=True)
        app = self._app
        if login == app.actor.login:
            self._run.read(
                lambda _: recognise(app, password), partial(self._give_back, password), self._failed, "unlocking"
            )
        else:
            address = DatabaseAddress(app.database.address.url.set(username=login, password=None), None)
            self._run.read(lambda _: entered(address, password), self._switched, self._failed, "unlocking")

    def _give_back(self, password: str, actor: Actor) -> None:
        self._app.database.use_password(password)
        self._unlocked(actor)

    def _failed(self, error: Exception) -> None:
        self._page.show_busy(busy=False)
        code = error.code if isinstance(error, BackofficeError) else ""
        if code == "database.wrong_password":
            self._failures += 1
            self._page.show_error(
                "L'identifiant ou le mot de passe n'est pas le bon." if self._other
                else "Ce n'est pas votre mot de passe : ressaisissez-le."
            )
            late = self._failures - _FREE_TRIES
            if late >= 0:
                self._page.show_wait(_FIRST_WAIT_SECONDS * 2**late)
            return
        banner = banner_for(error)
        self._page.show_error(sentence(error) if isinstance(error, BackofficeError) else banner.text if banner else "")


def entered(address: DatabaseAddress, password: str) -> Application:
    """The door for another login, whose password stays in memory only. Raises what `open_application` raises."""
    found = open_application(with_password(address, password))
    found.database.address = address  # what is shown and kept of it holds no password
    found.database.use_password(password)
    return found
