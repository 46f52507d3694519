"""Why a shared database lets nobody in: looked for step by step, once the driver has failed without saying.

Names and ports first, then the certificate, then what the server itself answers to this login. Nothing is guessed
from the words of a message.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL

from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress, hosts_of
from backoffice.kernel.certificates import validity
from backoffice.kernel.clock import SystemClock, french_moment
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.wire import CannotTellError, NotPostgresError, ask_for_tls, refusal
from backoffice.kernel.zone import PARIS

PORT = 5432
_SECONDS = 5.0
_UNEXPLAINED = frozenset({"database.unreachable", "database.refused"})
_SILENT = frozenset({"database.no_server", "database.no_answer", "database.unknown_host"})

# Codes of OpenSSL (x509_vfy.h): the only ones that name another gesture than « wrong authority ».
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_NAME = frozenset({62, 64})


def explained(address: DatabaseAddress, fault: EnvironmentFault) -> EnvironmentFault:
    """The same fault, with its cause when it can be found out."""
    if address.path is not None or fault.code not in _UNEXPLAINED:
        return fault
    now = SystemClock().now()
    if len(hosts_of(address.url)) == 1:
        return probe(address, now) or fault
    return _of_several(address, now) or fault


def _of_several(address: DatabaseAddress, now: datetime) -> EnvironmentFault | None:
    """Why none of several servers is worked with: those that let us in are copies, or none does."""
    url, hosts = address.url, hosts_of(address.url)
    if url.password is None:
        url = url.set(password=secrets.database_password(url) or "")
    if _some_lets_in(url):
        return EnvironmentFault("database.no_primary", hosts=", ".join(hosts))
    causes = [probe(DatabaseAddress(url.set(host=host), None), now) for host in hosts]
    # One that answers and refuses says more than one that is switched off.
    return min((cause for cause in causes if cause is not None), key=lambda cause: cause.code in _SILENT, default=None)


def _some_lets_in(url: URL) -> bool:
    """Whether one of these servers lets this login read."""
    anyone = url.set(drivername="postgresql").update_query_dict({"target_session_attrs": "any"})
    try:
        psycopg.connect(anyone.render_as_string(hide_password=False), connect_timeout=int(_SECONDS)).close()
    except psycopg.OperationalError:
        return False
    return True


def probe(address: DatabaseAddress, now: datetime) -> EnvironmentFault | None:
    """Try to enter a shared database and say what stands in the way; None when nothing was found.

    Takes a few seconds when nobody answers. `now` is what this computer's clock says, told beside the dates of a
    certificate: one of the two is wrong.
    """
    url = address.url
    try:
        with _connected(url) as plain, _dressed(plain, url) as channel:
            password = str(url.password) if url.password is not None else secrets.database_password(url)
            state = refusal(channel, url.username or "", url.database or "", password or "")
    except EnvironmentFault as fault:
        return fault
    except ssl.SSLCertVerificationError as exc:
        return _certificate_fault(exc.verify_code, url, now)
    except CannotTellError:
        return None
    except NotPostgresError:
        return EnvironmentFault("database.not_a_server", place=_place(url))
    except ssl.SSLError:
        return EnvironmentFault("database.tls_failed", place=_place(url))
    except OSError:
        return EnvironmentFault("database.cut", place=_place(url))
    return _refusal_fault(state, url)


# --- the way there ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _connected(url: URL) -> Iterator[socket.socket]:
    folder = _socket_folder(url)
    channel = _local(f"{folder}/.s.PGSQL.{url.port or PORT}", url) if folder else _remote(url)
    with channel:
        channel.settimeout(_SECONDS)
        yield channel


def _remote(url: URL) -> socket.socket:
    host, port = url.host or "localhost", url.port or PORT
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as exc:
        raise EnvironmentFault("database.unknown_host", host=host) from exc
    try:
        return socket.create_connection((host, port), _SECONDS)
    except ConnectionRefusedError as exc:
        raise EnvironmentFault("database.no_server", place=_place(url)) from exc
    except OSError as exc:
        raise EnvironmentFault("database.no_answer", place=_place(url)) from exc


def _local(path: str, url: URL) -> socket.socket:
    """A socket in a folder of this computer: a way in that Windows has not."""
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        raise EnvironmentFault("database.no_server", place=_place(url))
    channel = socket.socket(family, socket.SOCK_STREAM)
    try:
        channel.connect(path)
    except OSError as exc:
        channel.close()
        raise EnvironmentFault("database.no_server", place=_place(url)) from exc
    return channel


def _socket_folder(url: URL) -> str:
    folder = url.query.get("host", "")
    return folder if isinstance(folder, str) else ""


def _place(url: URL) -> str:
    return _socket_folder(url) or f"{url.host or 'localhost'}, port {url.port or PORT}"


# --- TLS -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _dressed(plain: socket.socket, url: URL) -> Iterator[socket.socket]:
    """The same channel in TLS, verified when the address asks for it."""
    verified = url.query.get("sslmode") in {"verify-ca", "verify-full"}
    if _socket_folder(url):
        yield plain
        return
    context = _verifying(url) if verified else _trusting()
    if ask_for_tls(plain):
        with context.wrap_socket(plain, server_hostname=url.host) as channel:
            yield channel
    elif verified:
        raise EnvironmentFault("database.no_tls", place=_place(url))
    else:
        yield plain


def _verifying(url: URL) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = url.query.get("sslmode") == "verify-full"
    authority = _option(url, "sslrootcert") or str(_usual_authority())
    if authority == "system":
        context.load_default_certs()
        return context
    if not Path(authority).exists():
        raise EnvironmentFault("database.no_authority", path=authority)
    with _read(authority):
        context.load_verify_locations(authority)
    own, key = _option(url, "sslcert"), _option(url, "sslkey")
    if own:
        with _read(own):
            context.load_cert_chain(own, key or None)
    return context


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextlib.contextmanager
def _read(path: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ssl.SSLError) as exc:
        raise EnvironmentFault("database.certificate_unreadable", path=path) from exc


def _option(url: URL, name: str) -> str:
    value = url.query.get(name, "")
    return value if isinstance(value, str) else ""


def _usual_authority() -> Path:
    """Where the driver looks when the address names no authority."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", "")) / "postgresql" / "root.crt"
    return Path.home() / ".postgresql" / "root.crt"


def _certificate_fault(code: int, url: URL, now: datetime) -> EnvironmentFault:
    host = url.host or ""
    if code in _OTHER_NAME:
        return EnvironmentFault("database.certificate_other_name", host=host)
    if code in {_EXPIRED, _NOT_YET_VALID} and (dates := _dates(url)) is not None:
        first, last = (f"{instant.astimezone(PARIS):%d/%m/%Y}" for instant in dates)
        here = french_moment(now)
        if code == _EXPIRED:
            return EnvironmentFault("database.certificate_expired", host=host, last=last, here=here)
        return EnvironmentFault("database.certificate_not_yet", host=host, first=first, here=here)
    return EnvironmentFault("database.certificate_other_authority", host=host)


def _dates(url: URL) -> tuple[datetime, datetime] | None:
    """From when to when the certificate is good; looked at without trusting it, and nothing is sent."""
    try:
        with _connected(url) as plain:
            ask_for_tls(plain)
            with _trusting().wrap_socket(plain, server_hostname=url.host) as channel:
                return validity(channel.getpeercert(binary_form=True) or b"")
    except (OSError, NotPostgresError, EnvironmentFault, ValueError):
        return None


# --- what the server answers -----------------------------------------------------------------------------------


def _refusal_fault(state: str, url: URL) -> EnvironmentFault | None:
    login, database = url.username or "", url.database or ""
    faults: Mapping[str, EnvironmentFault] = {
        "28P01": EnvironmentFault("database.wrong_password", login=login),
        "28000": EnvironmentFault("database.login_refused", login=login, database=database),
        "42501": EnvironmentFault("database.login_refused", login=login, database=database),
        "3D000": EnvironmentFault("database.no_such_database", database=database),
        "53300": EnvironmentFault("database.full"),
        "57P03": EnvironmentFault("database.starting"),
    }
    return faults.get(state)
