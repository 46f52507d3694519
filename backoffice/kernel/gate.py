"""What lets connections through to a shared database: the password in memory, and nothing while the desk is locked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from backoffice.kernel.errors import Cancelled


class Gate:
    """Stands before every connection of an engine.

    `asks`: whether the server asked for the password when it last let us in. Where it knows its agents otherwise
    (a Windows session, a certificate), asking for a password again would prove nothing.
    """

    def __init__(self, password: str | None) -> None:
        self._password = password
        self.is_shut = False
        self.asks = False

    def watch(self, engine: Engine) -> None:
        event.listen(engine, "do_connect", self._let_through)
        event.listen(engine, "connect", self._look)
        event.listen(engine, "checkin", self._let_out)

    @property
    def password(self) -> str | None:
        """The one in use; None when the server asks for none, or while the gate is shut."""
        return self._password

    def shut(self) -> None:
        """Nobody passes, and the password is forgotten, until `open`."""
        self.is_shut = True
        self._password = None

    def open(self, password: str | None) -> None:
        self._password = password
        self.is_shut = False

    def _let_through(self, _dialect: object, _record: object, _arguments: object, options: dict[str, Any]) -> None:
        if self.is_shut:
            raise Cancelled  # nobody is there to read what was asked for
        if self._password is not None:
            options["password"] = self._password

    def _let_out(self, _connection: object, record: ConnectionPoolEntry) -> None:
        if self.is_shut:
            record.invalidate()  # it was working when the gate was shut: nobody will use it again

    def _look(self, connection: Any, _record: object) -> None:
        self.asks = bool(connection.pgconn.used_password)
