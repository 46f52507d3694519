"""The town's antivirus, when it has one: a ClamAV daemon, asked over TCP through its own protocol (INSTREAM).

One that is set up and does not answer is not a yes: the file goes to quarantine, and is asked about again.
"""

from __future__ import annotations

import logging
import socket
import time
from typing import Final

from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.settings import Settings, port_or

_LOG = logging.getLogger("backoffice.documents")
USUAL_PORT: Final = 3310
_PIECE = 64 * 1024
_LONGEST_ANSWER = 4096
_SECONDS = 20.0  # for a whole file: ClamAV needs far less than one second for fifteen megabytes
_CONNECT_SECONDS = 3.0


class Infected(Exception):
    """It knows something harmful in the file."""


class Unreachable(Exception):
    """It did not say whether the file is clean."""


class Antivirus:
    """One that does not answer is not asked again by this object: hundreds of files would each wait for it."""

    def __init__(self, server: str, port: int = USUAL_PORT, seconds: float = _SECONDS) -> None:
        self._server, self._port, self._seconds = server, port, seconds
        self._is_silent = False

    def scan(self, content: bytes) -> None:
        """Nothing for a clean file. Raises Infected, Unreachable."""
        pieces = (content[start:start + _PIECE] for start in range(0, len(content), _PIECE))
        answer = self._ask(b"zINSTREAM\0", *(len(piece).to_bytes(4) + piece for piece in pieces), bytes(4))
        if answer.endswith(" FOUND"):
            raise Infected
        if answer != "stream: OK":  # an error of its own, for instance a file beyond its StreamMaxLength
            _LOG.warning("the antivirus could not tell")
            raise Unreachable

    def check(self) -> None:
        """Whether it answers now; it is then asked again. Raises EnvironmentFault `antivirus.unreachable`."""
        self._is_silent = False
        try:
            answer = self._ask(b"zPING\0")
        except Unreachable:
            answer = ""
        if answer != "PONG":
            raise EnvironmentFault("antivirus.unreachable", server=self._server, port=str(self._port))

    def _ask(self, *pieces: bytes) -> str:
        """What it answers to these. Raises Unreachable."""
        if self._is_silent:
            raise Unreachable
        deadline = time.monotonic() + self._seconds
        try:
            with socket.create_connection((self._server, self._port), timeout=_CONNECT_SECONDS) as line:
                try:
                    for piece in pieces:
                        line.settimeout(_left(deadline))
                        line.sendall(piece)
                except (ConnectionResetError, BrokenPipeError):
                    pass  # it wants no more of this file, and may have said why before it cut
                return _heard(line, deadline)
        except (ConnectionResetError, BrokenPipeError) as exc:  # it is there, and refuses this file only
            raise Unreachable from exc
        except (OSError, UnicodeError) as exc:  # UnicodeError: a name no server can have
            self._is_silent = True
            _LOG.warning("the antivirus does not answer: %s", type(exc).__name__)
            raise Unreachable from exc


def antivirus_of(settings: Settings) -> Antivirus | None:
    """The one that was set up, if any."""
    if not settings.antivirus_server:
        return None
    return Antivirus(settings.antivirus_server, port_or(settings.antivirus_port, USUAL_PORT))


def _heard(line: socket.socket, deadline: float) -> str:
    """Up to its first zero. Raises OSError."""
    answer = b""
    while b"\0" not in answer and len(answer) < _LONGEST_ANSWER:
        line.settimeout(_left(deadline))
        received = line.recv(_LONGEST_ANSWER)
        if not received:
            raise ConnectionResetError
        answer += received
    return answer.partition(b"\0")[0].decode("utf-8", "replace")


def _left(deadline: float) -> float:
    """Seconds until then. Raises TimeoutError once there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
