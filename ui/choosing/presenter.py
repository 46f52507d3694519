"""Decides what the choice of a database asks, and tries what was typed before anything is kept. No Qt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from platformdirs import user_config_path
from sqlalchemy.engine import URL

from backoffice.bootstrap import default_database, open_application
from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.connecting import PORT
from backoffice.kernel.database import with_password
from backoffice.kernel.errors import BackofficeError
from backoffice.kernel.filestore import disk_faults, make_folder, safe_name, write_whole
from backoffice.kernel.messages import sentence
from backoffice.kernel.settings import load_settings, save_settings
from ui.forms import Entry, FieldSpec
from ui.presenting import Banner, Runner, Severity, banner_for

Typed = Mapping[str, str]

_HOST = re.compile(r"[^\s/@:?#]+")
_MOST_PORTS = 65535
_CERTIFICATES = (("crt", "Certificats (*.crt *.pem *.cer)"), ("*", "Tous les fichiers (*)"))

# Beside which field each refusal is said; the others stand above the form.
_BESIDE: Mapping[str, str] = {
    "database.unknown_host": "server",
    "database.no_server": "server",
    "database.no_answer": "server",
    "database.not_a_server": "server",
    "database.certificate_other_name": "server",
    "database.no_authority": "authority",
    "database.certificate_unreadable": "authority",
    "database.certificate_other_authority": "authority",
    "database.no_such_database": "base",
    "database.login_refused": "login",
    "agent.unknown": "login",
    "database.wrong_password": "password",
    "database.password_missing": "password",
}


class ChoosingPage(Protocol):
    """What the presenter asks of its page."""

    def show_kind(self, *, shared: bool) -> None: ...

    def show_fields(self, fields: Sequence[FieldSpec]) -> None: ...

    def show_errors(self, errors: Mapping[str, str]) -> None: ...

    def show_banner(self, banner: Banner | None) -> None: ...

    def show_busy(self, words: str) -> None:
        """Say what is being done, and take no other order; empty words: it is over."""

    def leave(self, address: DatabaseAddress) -> None:
        """The choice is made, and kept."""


class ChoosingPresenter:
    """`run` does the trying: a server that does not answer takes its time, and the page stays alive."""

    def __init__(self, page: ChoosingPage, run: Runner) -> None:
        self._page = page
        self._run = run
        self._shared = False

    def start(self, current: DatabaseAddress | None, refused: Exception | None = None) -> None:
        """`current`: the database open now, else the usual one, which could not be opened because of `refused`."""
        url = current.url if current is not None and current.path is None else None
        self._page.show_fields(fields_of(url))
        self.choose(shared=url is not None)
        if self._shared and refused is not None:
            self._failed(refused)

    def choose(self, *, shared: bool) -> None:
        self._shared = shared
        self._page.show_banner(None)
        self._page.show_kind(shared=shared)

    def try_connection(self, values: Typed) -> None:
        """Enter and come out: nothing is kept."""
        address = self._address(values)
        if address is not None:
            self._page.show_busy("Essai de la connexion…")
            self._run.read(lambda _: entered(address, values["password"]), self._tried, self._failed, "choosing")

    def open(self, values: Typed) -> None:
        """Keep the choice; a shared database has to let us in first."""
        if not self._shared:
            self._page.show_busy("Enregistrement de votre choix…")
            self._run.read(lambda _: keep_embedded(), self._page.leave, self._failed, "choosing")
            return
        address = self._address(values)
        if address is not None:
            self._page.show_busy("Connexion…")
            self._run.read(lambda _: keep_shared(address, values["password"]), self._page.leave, self._failed,
                           "choosing")

    def open_file(self, path: Path) -> None:
        """Keep to another file of this computer; it has to be one of ours first."""
        self._page.show_busy("Ouverture…")
        self._run.read(lambda _: keep_file(DatabaseAddress.of_file(path)), self._page.leave, self._failed, "choosing")

    def _address(self, values: Typed) -> DatabaseAddress | None:
        self._page.show_banner(None)
        errors = problems(values)
        self._page.show_errors(errors)
        if errors:
            return None
        try:
            return address_of(values)
        except BackofficeError as error:
            self._page.show_banner(banner_for(error))
            return None

    def _tried(self, name: str) -> None:
        self._page.show_busy("")
        self._page.show_errors({})
        self._page.show_banner(Banner(Severity.SUCCESS, f"La connexion marche : vous êtes {name}."))

    def _failed(self, error: Exception) -> None:
        self._page.show_busy("")
        field = _BESIDE.get(error.code, "") if isinstance(error, BackofficeError) else ""
        if field and isinstance(error, BackofficeError):
            words = "Saisissez votre mot de passe." if error.code == "database.password_missing" else sentence(error)
            self._page.show_errors({field: words})
        else:
            self._page.show_errors({})
            self._page.show_banner(banner_for(error))


# --- what is asked ---------------------------------------------------------------------------------------------


def fields_of(url: URL | None) -> tuple[FieldSpec, ...]:
    """The form of a shared database, filled with the one that is open."""
    authority = url.query.get("sslrootcert", "") if url is not None else ""
    return (
        FieldSpec("server", "Ser&veur", value=(url and url.host) or "", required=True, width=22,
                  placeholder="enfance.mairie.fr"),
        FieldSpec("port", "P&ort", Entry.NUMBER, str((url and url.port) or PORT), required=True, width=7, beside=True),
        FieldSpec("base", "&Base", value=(url and url.database) or "", required=True, width=16, placeholder="enfance"),
        FieldSpec("login", "&Identifiant", value=(url and url.username) or "", required=True, width=18, beside=True,
                  placeholder="c.martin"),
        FieldSpec("password", "&Mot de passe", Entry.PASSWORD,
                  hint="Gardé dans le trousseau de cet ordinateur, et nulle part ailleurs."),
        FieldSpec("authority", "Certificat de l'&autorité", Entry.FILE, authority if isinstance(authority, str) else "",
                  options=_CERTIFICATES, hint="Le fichier que donne l'administrateur, pour reconnaître le serveur."),
    )


def problems(values: Typed) -> Mapping[str, str]:
    """A sentence for each field that cannot be right."""
    found = {
        key: f"Saisissez {words}."
        for key, words in (("server", "le nom du serveur"), ("base", "le nom de la base"),
                           ("login", "votre identifiant"))
        if not values[key].strip()
    }
    if "server" not in found and not _HOST.fullmatch(values["server"].strip()):
        found["server"] = "Écrivez le nom du serveur seul, par exemple enfance.mairie.fr."
    port = values["port"].strip()
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _MOST_PORTS):
        found["port"] = f"De 1 à {_MOST_PORTS}."
    return found


def address_of(values: Typed) -> DatabaseAddress:
    """Raises UserError as `DatabaseAddress.parse` does."""
    authority = values["authority"].strip()
    url = URL.create(
        "postgresql", values["login"].strip(), None, values["server"].strip(), int(values["port"]),
        values["base"].strip(), {"sslrootcert": authority} if authority else {},
    )
    return DatabaseAddress.parse(url.render_as_string(hide_password=False))


# --- what is done, on the thread of a job ----------------------------------------------------------------------


def entered(address: DatabaseAddress, password: str) -> str:
    """Who this login is, told by the database itself. Raises what `open_application` raises."""
    app = open_application(with_password(address, password) if password else address)
    app.database.close()
    return app.actor.name


def keep_embedded() -> DatabaseAddress:
    """The database of this computer from now on. Raises EnvironmentFault."""
    save_settings(replace(load_settings(), database=""))
    return DatabaseAddress.of_file(default_database())


def keep_file(address: DatabaseAddress) -> DatabaseAddress:
    """This file from now on, once it could be opened. Raises what `open_application` raises: then nothing is kept."""
    entered(address, "")
    save_settings(replace(load_settings(), database=address.shown))
    return address


def keep_shared(address: DatabaseAddress, password: str) -> DatabaseAddress:
    """Enter, then keep the password in the keyring and the address, without it, in the settings.

    Raises what `open_application` raises and EnvironmentFault `keyring.unavailable`: then nothing is kept.
    """
    entered(address, password)
    if password:
        secrets.keep_database_password(address.url, password)
    address = _with_own_authority(address)
    save_settings(replace(load_settings(), database=address.shown))
    return address


def _with_own_authority(address: DatabaseAddress) -> DatabaseAddress:
    """The certificate in a place of ours: the one that was chosen may be on a stick that goes away."""
    chosen = address.url.query.get("sslrootcert", "")
    if not isinstance(chosen, str) or not Path(chosen).is_file():
        return address
    kept = user_config_path("Back-office Enfance", appauthor=False) / safe_name(f"autorite-{address.url.host}", ".crt")
    if Path(chosen) != kept:
        with disk_faults(Path(chosen)):
            content = Path(chosen).read_bytes()
        make_folder(kept.parent)
        write_whole(kept, content)
    return DatabaseAddress(address.url.update_query_dict({"sslrootcert": str(kept)}), None)
