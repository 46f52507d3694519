"""`backoffice mail`: the passwords of the mail accounts, and whether their servers let us in."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace

from backoffice.cli.hints import told
from backoffice.cli.screen import say
from backoffice.documents.arrivals.mailbox import imap_account
from backoffice.documents.arrivals.reading import by_imap
from backoffice.kernel import secrets
from backoffice.kernel.errors import BackofficeError, UserError
from backoffice.kernel.settings import load_settings
from backoffice.letters.posting import smtp_account
from backoffice.letters.sending import by_smtp


def run_mail(arguments: Namespace) -> int:
    return _keep_password(arguments.protocol) if arguments.gesture == "password" else _check()


def _keep_password(protocol: str) -> int:
    """Raises UserError while the account is not set up, EnvironmentFault `keyring.unavailable`."""
    account = (smtp_account if protocol == "smtp" else imap_account)(load_settings())
    asked = f"Mot de passe de {account.login} sur {account.server} : "
    typed = getpass.getpass(asked) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not typed:
        raise UserError("database.empty_password")
    secrets.keep_mail_password(protocol, account.login, account.server, typed)
    say("Mot de passe gardé dans le trousseau de cet ordinateur.")
    return 0


def _check() -> int:
    """Open both connections, send and read nothing; exit code 1 when one that is set up does not answer."""
    settings = load_settings()
    wrong = 0
    for what, reach in (("Envoi (SMTP)", lambda: by_smtp(settings)), ("Réception (IMAP)", lambda: by_imap(settings))):
        try:
            with reach():
                pass
        except UserError as unset:
            say(f"· {what} : {told(unset)}")
        except BackofficeError as error:
            wrong += 1
            say(f"✗ {what} : {told(error)}")
        else:
            say(f"✓ {what} : le serveur répond et reconnaît ce compte.")
    return 1 if wrong else 0
