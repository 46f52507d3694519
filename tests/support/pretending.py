"""Servers that only begin to speak as PostgreSQL does: the certificate and the refusal are those that a test wants."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = dt.timedelta(days=1)
_SECONDS = 10


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Makes certificates; `file` is its own, for `sslrootcert`."""

    def __init__(self, folder: Path, name: str = "Autorité de Valbrume") -> None:
        self._folder = folder
        self._name = _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder(self._name, self._name, self._key.public_key(), x509.random_serial_number())
            .not_valid_before(now - 4000 * _DAY)
            .not_valid_after(now + 4000 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / f"{name}.crt"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def certificate(
        self, host: str = "localhost", first: dt.datetime | None = None, last: dt.datetime | None = None
    ) -> ssl.SSLContext:
        """What a server of this name presents."""
        now = dt.datetime.now(dt.UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder(self._name, _name(host), key.public_key(), x509.random_serial_number())
            .not_valid_before(first or now - _DAY)
            .not_valid_after(last or now + 30 * _DAY)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = self._folder / f"serveur-{certificate.serial_number}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@dataclass
class PretendServer:
    """Answers each caller the same, on a port of this computer, until the end of the block.

    `tls`: None says that it has none. `greeting` replaces every answer. `state`: the SQLSTATE of the refusal.
    """

    tls: ssl.SSLContext | None = None
    state: str = "53300"
    greeting: bytes = b""
    port: int = 0

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        # Closing it would leave the thread asleep: a last caller wakes it up.
        self._over = True
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            pass
        self._thread.join(_SECONDS)
        self._listening.close()

    _over = False

    def _serve(self) -> None:
        while True:
            caller, _ = self._listening.accept()
            caller.settimeout(_SECONDS)
            with contextlib.suppress(OSError), caller:
                if self._over:
                    return
                self._speak(caller)

    def _speak(self, caller: socket.socket) -> None:
        if self.greeting:
            caller.sendall(self.greeting)
            caller.recv(1024)
            return
        if len(caller.recv(8)) == 8:
            caller.sendall(b"N" if self.tls is None else b"S")
        with self._dressed(caller) as channel:
            if channel.recv(1024):
                fields = b"SFATAL\0C" + self.state.encode() + b"\0Mnon\0\0"
                channel.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)

    @contextlib.contextmanager
    def _dressed(self, caller: socket.socket) -> Iterator[socket.socket]:
        if self.tls is None:
            yield caller
            return
        with self.tls.wrap_socket(caller, server_side=True) as channel:
            yield channel
