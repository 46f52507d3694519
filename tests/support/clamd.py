"""A ClamAV daemon for tests: speaks INSTREAM and PING on a local port, and knows one harmful word."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import BinaryIO

HARMFUL = b"ESSAI-INOFFENSIF"


class Clamd:
    """`received`: what each stream held. `answer`: said of every stream instead of what it thinks."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.answer: bytes | None = None
        self.most_bytes = 1 << 30
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)):
            pass  # an empty visit ends it
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while True:
            line, _ = self._listening.accept()
            with line, line.makefile("rb") as asked:
                gesture = _upto_zero(asked)
                if not gesture:
                    return
                line.sendall(b"PONG\0" if gesture == b"zPING" else self._judge(asked))

    def _judge(self, asked: BinaryIO) -> bytes:
        content = b""
        while size := int.from_bytes(asked.read(4)):
            content += asked.read(size)
            if len(content) > self.most_bytes:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.received.append(content)
        if self.answer is not None:
            return self.answer
        return b"stream: Essai.Inoffensif FOUND\0" if HARMFUL in content else b"stream: OK\0"


def _upto_zero(asked: BinaryIO) -> bytes:
    found = b""
    while (letter := asked.read(1)) not in {b"", b"\0"}:
        found += letter
    return found


@contextmanager
def clamd() -> Iterator[Clamd]:
    made = Clamd()
    try:
        yield made
    finally:
        made.close()


def closed_port() -> int:
    """Where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
