"""Decides what changing one's password asks and says. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from backoffice.agents.passwords import change_password, draw_passphrase, judge, password_rules
from backoffice.kernel.application import Application
from backoffice.kernel.errors import BackofficeError, UserError
from backoffice.kernel.messages import sentence
from ui.forms import YES, Entry, FieldSpec
from ui.presenting import Banner, Runner, Severity, banner_for

Typed = Mapping[str, str]

CHANGED = "Votre mot de passe est changé."
_CHANGED_ALONE = (
    "Votre mot de passe est changé sur le serveur, mais le trousseau de cet ordinateur a gardé l'ancien : "
    "saisissez le nouveau dans « Changer de base… »."
)


class PasswordPage(Protocol):
    """What the presenter asks of its page."""

    def show_fields(self, fields: Sequence[FieldSpec]) -> None: ...

    def show_value(self, key: str, text: str) -> None: ...

    def show_typed(self, *, shown: bool) -> None:
        """Let the new password be read, or hide it."""

    def show_errors(self, errors: Mapping[str, str]) -> None: ...

    def show_banner(self, banner: Banner | None) -> None: ...

    def show_busy(self, words: str) -> None: ...

    def leave(self, told: str) -> None: ...


class PasswordPresenter:
    """`run` does the changing: the server is asked twice, and both times it may be far away."""

    def __init__(self, page: PasswordPage, app: Application, run: Runner) -> None:
        self._page = page
        self._app = app
        self._run = run

    def start(self) -> None:
        self._page.show_fields((
            FieldSpec("current", "Mot de passe &actuel", Entry.PASSWORD, required=True),
            FieldSpec("new", "&Nouveau mot de passe", Entry.PASSWORD, required=True, hint=_advice()),
            FieldSpec("again", "&Encore une fois", Entry.PASSWORD, required=True),
            FieldSpec("shown", "&Montrer le nouveau mot de passe", Entry.FLAG),
        ))

    def typed(self, key: str, text: str) -> None:
        if key == "shown":
            self._page.show_typed(shown=text == YES)

    def propose(self) -> None:
        """A phrase drawn by chance, shown so that it can be copied by hand."""
        try:
            phrase = draw_passphrase()
        except BackofficeError as error:
            self._page.show_banner(banner_for(error))
            return
        for key, text in (("new", phrase), ("again", phrase), ("shown", YES)):
            self._page.show_value(key, text)
        words = "Notez cette phrase avant de continuer : elle ne sera plus montrée."
        self._page.show_banner(Banner(Severity.INFO, words))

    def change(self, values: Typed) -> None:
        errors = self._problems(values)
        self._page.show_errors(errors)
        if errors:
            return
        self._page.show_banner(None)
        self._page.show_busy("Changement du mot de passe…")
        app = self._app
        self._run.write(
            lambda _: change_password(app, values["current"], values["new"]), self._done, self._failed, "Mot de passe"
        )

    def _problems(self, values: Typed) -> Mapping[str, str]:
        if not values["current"]:
            return {"current": "Saisissez votre mot de passe actuel."}
        try:
            judge(values["new"], self._app.actor.login, self._app.actor.name)
        except UserError as error:
            return {"new": sentence(error)}
        if values["new"] != values["again"]:
            return {"again": sentence(UserError("password.different"))}
        return {}

    def _done(self, kept: bool) -> None:
        self._page.leave(CHANGED if kept else _CHANGED_ALONE)

    def _failed(self, error: Exception) -> None:
        self._page.show_busy("")
        code = error.code if isinstance(error, BackofficeError) else ""
        if code == "database.wrong_password":
            self._page.show_errors({"current": "Ce n'est pas votre mot de passe actuel : ressaisissez-le."})
        elif code == "password.same" and isinstance(error, BackofficeError):
            self._page.show_errors({"new": sentence(error)})
        else:
            self._page.show_banner(banner_for(error))


def _advice() -> str:
    return f"Il faut {password_rules().in_french}. Genres : minuscules, majuscules, chiffres, autres signes."
