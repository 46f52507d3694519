"""A wire to the test server, cut at the worst instants: before a COMMIT arrives, or before its reply does."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from enum import Enum

from sqlalchemy.engine import URL

from backoffice.kernel.address import DatabaseAddress

_COMMIT = b"COMMIT"
_PIECE = 65536


class Cut(Enum):
    NOWHERE = "nowhere"
    BEFORE_COMMIT = "before it is asked"
    BEFORE_REPLY = "before its reply"


class Wire:
    """Carries connections to the server; the next COMMIT meets `cut`, which then is `NOWHERE` again."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self.cut = Cut.NOWHERE
        self.closed_to_new = False  # who comes now is turned away: those who are in stay
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def address(self, of: DatabaseAddress) -> DatabaseAddress:
        """The same database through this wire."""
        port = self._listener.getsockname()[1]
        return DatabaseAddress(of.url.set(host="127.0.0.1", port=port, query={"gssencmode": "disable"}), None)

    def close(self) -> None:
        for end in self._open:
            with contextlib.suppress(OSError):
                end.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self.closed_to_new:
                    raise ConnectionRefusedError
                server = self._reach()
            except OSError:  # nobody behind: heard as a server that is stopped
                client.close()
                continue
            self._open += [client, server]
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
            threading.Thread(target=self._back, args=(server, client), daemon=True).start()

    def _reach(self) -> socket.socket:
        folder = self._server.query.get("host")
        if isinstance(folder, str):
            found = socket.socket(socket.AF_UNIX)
            found.connect(f"{folder}/.s.PGSQL.{self._server.port}")
            return found
        return socket.create_connection((str(self._server.host), int(self._server.port or 5432)))

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := client.recv(_PIECE):
                if _COMMIT in piece and self.cut is Cut.BEFORE_COMMIT:
                    break
                server.sendall(piece)
                if _COMMIT in piece and self.cut is Cut.BEFORE_REPLY:
                    server.settimeout(5)
                    return  # the other thread drops the reply
        _drop(client, server)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(_PIECE):
                if _COMMIT in piece and self.cut is Cut.BEFORE_REPLY:
                    self.cut = Cut.NOWHERE
                    break
                client.sendall(piece)
        _drop(client, server)


def _drop(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def wired(address: DatabaseAddress) -> Iterator[Wire]:
    wire = Wire(address.url)
    try:
        yield wire
    finally:
        wire.close()
