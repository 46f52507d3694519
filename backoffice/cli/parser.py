"""Arguments in French: what was typed wrong, and what to type instead."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import Month, parse_day

T = TypeVar("T")

USAGE_ERROR = 2

_FRENCH = (
    (re.compile(r"the following arguments are required: (.+)"), "il manque {0}"),
    (re.compile(r"unrecognized arguments: (.+)"), "« {0} » n'est pas compris"),
    (
        re.compile(r"argument (.+): invalid choice: '?([^']*)'? \(choose from (.+)\)"),
        "{0} : « {1} » n'existe pas ({2})",
    ),
    (re.compile(r"argument (.+): expected (?:one|at least one) argument"), "{0} attend une valeur"),
    (re.compile(r"argument (.+): not allowed with argument (.+)"), "{0} et {1} ne vont pas ensemble"),
    (re.compile(r"argument (.+): ignored explicit argument '?([^']*)'?"), "{0} n'attend pas de valeur (« {1} »)"),
    (re.compile(r"argument ([^:]+): (.+)"), "{0} : {1}"),
)


class _FrenchFormatter(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "Usage : " if prefix is None else prefix)


class FrenchParser(argparse.ArgumentParser):
    """argparse whose help is French and whose refusals are one sentence; options are written in full."""

    def __init__(self, *, add_help: bool = True, **options: Any) -> None:
        super().__init__(add_help=False, allow_abbrev=False, formatter_class=_FrenchFormatter, **options)
        self._positionals.title, self._optionals.title = "à donner", "options"
        if add_help:
            self.add_argument("-h", "--help", action="help", help="montrer cette aide")

    def error(self, message: str) -> NoReturn:
        text = message
        for pattern, french in _FRENCH:
            if match := pattern.fullmatch(message):
                text = french.format(*match.groups())
                break
        self.exit(USAGE_ERROR, f"Commande incomprise : {text}. Aide : {self.prog} --help\n")


def _reading(convert: Callable[[str], T]) -> Callable[[str], T]:
    """A converter for argparse that says in French what is wrong with a value."""

    def read(text: str) -> T:
        try:
            return convert(text)
        except UserError as error:
            raise argparse.ArgumentTypeError(sentence(error).rstrip(".")) from error

    return read


month: Callable[[str], Month] = _reading(Month.parse)
day: Callable[[str], date] = _reading(parse_day)


def build_parser() -> FrenchParser:
    """The whole grammar of `backoffice`."""
    parser = FrenchParser(prog="backoffice", description="Back-office Enfance : services aux enfants d'une commune.")
    _add_database(parser, None)
    # After the command, a base that is not named must not hide the one named before it.
    shared = FrenchParser(add_help=False)
    _add_database(shared, argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", metavar="commande", required=True, parser_class=FrenchParser)

    demo = commands.add_parser("demo", parents=[shared], help="construire une commune d'essai et facturer octobre")
    demo.add_argument("--out", type=Path, metavar="DOSSIER", help="où la construire (sinon demo/ dans ce dossier)")

    commands.add_parser("migrate", parents=[shared], help="créer la base, ou la mettre au niveau du programme")
    _add_admin(commands, shared)

    imports = commands.add_parser("import", parents=[shared], help="reprendre les données d'un autre logiciel")
    sources = imports.add_subparsers(dest="source", metavar="source", required=True, parser_class=FrenchParser)
    for name, text in (("noethys", "une base Noethys (fichier _DATA.dat)"), ("commune", "un fichier JSON de commune")):
        source = sources.add_parser(name, parents=[shared], help=text)
        source.add_argument("file", type=Path, metavar="FICHIER")
        source.add_argument("--report", type=Path, metavar="FICHIER.json", help="écrire le compte rendu en JSON")

    _add_billing(commands, shared)

    export = commands.add_parser("export", parents=[shared], help="produire un classeur")
    exports = export.add_subparsers(dest="what", metavar="quoi", required=True, parser_class=FrenchParser)
    billing = exports.add_parser("billing", parents=[shared], help="le classeur d'un mois pour la régie")
    billing.add_argument("--month", type=month, required=True, metavar="AAAA-MM", help="mois facturé")
    billing.add_argument("--service", nargs="+", default=[], metavar="CODE", help="services (sinon tous)")
    billing.add_argument("--out", type=Path, required=True, metavar="FICHIER.xlsx")

    backup = commands.add_parser("backup", parents=[shared], help="sauvegarder toute la base dans un fichier chiffré")
    backup.add_argument("--out", type=Path, metavar="FICHIER", help="la sauvegarde à écrire")
    backup.add_argument("--new-key", action="store_true", help="faire la clé des sauvegardes, à imprimer")
    backup.add_argument("--check", type=Path, metavar="FICHIER", help="relire une sauvegarde jusqu'au bout")
    restore = commands.add_parser("restore", parents=[shared], help="remettre une sauvegarde dans une base neuve")
    restore.add_argument("file", type=Path, metavar="FICHIER")
    for parser_with_programs in (backup, restore):
        parser_with_programs.add_argument(
            "--programs", type=Path, metavar="DOSSIER", help="où sont pg_dump et pg_restore (base partagée)"
        )
    commands.add_parser("doctor", parents=[shared], help="dire ce qui ne va pas et comment y remédier")
    _add_audit(commands, shared)
    _add_worker(commands, shared)
    _add_mail(commands)
    _add_documents(commands, shared)
    _add_cases(commands)
    password = commands.add_parser("password", parents=[shared], help="garder le mot de passe d'une base partagée")
    chosen = password.add_mutually_exclusive_group()
    chosen.add_argument("--forget", action="store_true", help="l'oublier")
    chosen.add_argument("--change", action="store_true", help="en changer, sur le serveur et dans le trousseau")
    commands.add_parser("gui", parents=[shared], help="ouvrir la fenêtre")
    pictures = commands.add_parser("screenshots", help="photographier chaque page, avec la commune d'essai")
    pictures.add_argument("--out", type=Path, required=True, metavar="DOSSIER")
    pictures.add_argument("--only", metavar="DÉBUT", help="seulement les pages dont le nom commence ainsi")
    settings = commands.add_parser("settings", help="voir ou changer les réglages de cet utilisateur")
    settings.add_argument("name", nargs="?", metavar="RÉGLAGE",
                          help="database : la base ouverte par défaut ; lock_minutes : l'attente avant de "
                               "verrouiller ; backup_folder, backups_kept, backup_login, backup_programs : la "
                               "sauvegarde de nuit ; smtp_*, imap_*, mail_authority, scan_folder : les courriels et "
                               "les numérisations")
    settings.add_argument("value", nargs="?", metavar="VALEUR", help="rien : revenir à la valeur par défaut")
    return parser


def _add_database(parser: FrenchParser, default: str | None) -> None:
    parser.add_argument(
        "--database",
        metavar="URL",
        default=default,
        help="fichier SQLite ou postgresql://agent@serveur/base (sinon la base de cet ordinateur)",
    )


def _add_mail(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    mail = commands.add_parser("mail", help="les comptes de messagerie : mot de passe, essai de connexion")
    gestures = mail.add_subparsers(dest="gesture", required=True, metavar="GESTE")
    kept = gestures.add_parser("password", help="garder le mot de passe d'un compte dans le trousseau")
    kept.add_argument("protocol", choices=("smtp", "imap"), metavar="smtp|imap")
    gestures.add_parser("check", help="dire si les deux serveurs répondent et reconnaissent leur compte")


def _add_documents(commands: argparse._SubParsersAction[FrenchParser], shared: FrenchParser) -> None:
    documents = commands.add_parser("documents", help="les pièces des familles")
    gestures = documents.add_subparsers(dest="gesture", required=True, metavar="GESTE")
    deposit = gestures.add_parser("deposit", parents=[shared],
                                  help="déposer dans la corbeille de tri ce que le portail a reçu")
    deposit.add_argument("--key", required=True, help="le nom de cet envoi dans le portail : déposé une seule fois")
    deposit.add_argument("--sender", required=True, metavar="COURRIEL", help="l'adresse du parent")
    deposit.add_argument("--subject", default="", metavar="OBJET", help="ce que le parent en dit")
    deposit.add_argument("files", nargs="+", type=Path, metavar="FICHIER")
    inspect = gestures.add_parser("inspect", help="dire de chaque fichier s'il serait accepté, et pourquoi")
    inspect.add_argument("files", type=Path, nargs="+", metavar="FICHIER")
    inspect.add_argument("--json", action="store_true", help="répondre en JSON")
    purge = gestures.add_parser("purge", parents=[shared], help="supprimer ce qui est gardé depuis assez longtemps")
    purge.add_argument("--dry-run", action="store_true", help="à blanc : dire ce qui partirait, par type")
    purge.add_argument("--yes", action="store_true", help="ne rien demander avant de supprimer")


def _add_cases(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    cases = commands.add_parser("cases", help="essayer les règles sur des cas écrits en YAML")
    what = cases.add_mutually_exclusive_group(required=True)
    what.add_argument("files", type=Path, nargs="*", default=[], metavar="FICHIER.yaml")
    what.add_argument("--rules", action="store_true", help="dire les règles et ce qu'un cas peut leur donner")


def _add_admin(commands: argparse._SubParsersAction[FrenchParser], shared: FrenchParser) -> None:
    admin = commands.add_parser("admin", parents=[shared], help="administrer la base partagée et ses agents")
    actions = admin.add_subparsers(dest="action", metavar="action", required=True, parser_class=FrenchParser)

    create = actions.add_parser("create-database", help="créer la base partagée sur son serveur")
    create.add_argument("url", metavar="URL", help="postgresql://administrateur@serveur/base")
    actions.add_parser("upgrade", parents=[shared], help="mettre la base partagée au niveau du programme")

    agent = actions.add_parser("create-agent", parents=[shared], help="donner un accès à une personne")
    agent.add_argument("login", metavar="IDENTIFIANT", help="le sien, et de personne d'autre : c.martin")
    agent.add_argument("--name", required=True, metavar="NOM", help="son nom, comme le journal le dira")
    _add_post(agent)
    _add_new_password(agent)
    agent.add_argument("--yes", action="store_true", help="accepter un identifiant qui ressemble à celui d'un poste")

    reset = actions.add_parser("reset-password", parents=[shared], help="donner un autre mot de passe à un agent")
    reset.add_argument("login", metavar="IDENTIFIANT")
    _add_new_password(reset)

    leave = actions.add_parser("disable-agent", parents=[shared], help="retirer tout accès à un agent, à l'instant")
    leave.add_argument("login", metavar="IDENTIFIANT")
    for name, words in (("grant", "donner un rôle à un agent"), ("revoke", "lui retirer un rôle")):
        action = actions.add_parser(name, parents=[shared], help=words)
        action.add_argument("login", metavar="IDENTIFIANT")
        _add_post(action)
    actions.add_parser("agents", parents=[shared], help="lister les agents et leurs rôles")
    worker = actions.add_parser("create-worker", parents=[shared], help="créer l'identifiant du service de fond")
    worker.add_argument("login", metavar="IDENTIFIANT", help="le sien : il n'est celui d'aucun agent")
    _add_new_password(worker)
    reader = actions.add_parser("create-reader", parents=[shared],
                                help="créer l'identifiant qui lit toute la base, pour la sauvegarder et la vérifier")
    reader.add_argument("login", metavar="IDENTIFIANT", help="ni celui d'un agent, ni celui du service de fond")
    _add_new_password(reader)


def _add_post(parser: FrenchParser) -> None:
    parser.add_argument("--role", required=True, metavar="RÔLE", help="secretary, revenue_officer… (un faux les liste)")
    parser.add_argument("--service", default="", metavar="CODE", help="dans ce service (sinon toute la commune)")
    parser.add_argument("--structure", default="", metavar="CODE", help="dans cette structure du service")


def _add_new_password(parser: FrenchParser) -> None:
    """Drawn unless told otherwise."""
    parser.set_defaults(without_password=False)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--password-stdin", action="store_true", help="lire son mot de passe sur l'entrée standard")
    chosen.add_argument("--ask-password", action="store_true", help="le saisir ici (sinon une phrase est tirée)")
    if not parser.prog.endswith("reset-password"):
        chosen.add_argument("--without-password", action="store_true",
                            help="le serveur l'identifie autrement (session Windows, certificat)")


def _add_billing(
    commands: argparse._SubParsersAction[FrenchParser], shared: FrenchParser
) -> None:
    billing = commands.add_parser("billing", parents=[shared], help="facturer un mois, annuler une facture")
    actions = billing.add_subparsers(dest="action", metavar="action", required=True, parser_class=FrenchParser)

    run = actions.add_parser("run", parents=[shared], help="facturer un mois")
    run.add_argument("--month", type=month, required=True, metavar="AAAA-MM", help="mois des présences")
    run.add_argument("--service", nargs="+", action="extend", default=[], metavar="CODE", help="services (sinon tous)")
    run.add_argument("--issued-on", type=day, metavar="JOUR", help="date d'émission (sinon aujourd'hui)")
    run.add_argument("--out", type=Path, metavar="DOSSIER", help="y écrire un PDF par facture")
    run.add_argument("--rehearsal", action="store_true", help="à blanc : calculer sans rien émettre")
    run.add_argument("--report", type=Path, metavar="FICHIER.json", help="écrire le résultat en JSON")
    run.add_argument("--yes", action="store_true", help="facturer les autres malgré les anomalies bloquantes")

    cancel = actions.add_parser("cancel", parents=[shared], help="annuler une facture par un avoir")
    cancel.add_argument("number", metavar="NUMÉRO")
    cancel.add_argument("--reason", required=True, metavar="MOTIF", help="ce que la famille lira")
    cancel.add_argument("--issued-on", type=day, metavar="JOUR", help="date de l'avoir (sinon aujourd'hui)")
    cancel.add_argument("--out", type=Path, metavar="DOSSIER", help="y écrire le PDF de l'avoir")


def _add_audit(commands: argparse._SubParsersAction[FrenchParser], shared: FrenchParser) -> None:
    audit = commands.add_parser("audit", parents=[shared], help="vérifier le journal des modifications")
    actions = audit.add_subparsers(dest="action", metavar="action", required=True, parser_class=FrenchParser)
    verify = actions.add_parser("verify", parents=[shared], help="nommer ce qui a été modifié, retiré ou ajouté")
    verify.add_argument("--anchor", type=Path, metavar="FICHIER.json", help="une ancre gardée ailleurs, à retrouver")
    anchor = actions.add_parser("anchor", parents=[shared], help="écrire l'ancre du jour, à garder ailleurs")
    anchor.add_argument("--out", type=Path, required=True, metavar="FICHIER.json")


def _add_worker(commands: argparse._SubParsersAction[FrenchParser], shared: FrenchParser) -> None:
    commands.add_parser("worker", parents=[shared], help="faire tourner le service de fond d'une base partagée")
