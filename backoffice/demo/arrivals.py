"""What reached Valbrume by mail or from the scanner and waits to be sorted: a known sender, an unknown one, a scan."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.demo.pieces import Household, certificate, photographed
from backoffice.documents.arrivals.receiving import ArrivedFile, Receive, receive
from backoffice.documents.kinds import Origin
from backoffice.families.queries import mail_addresses
from backoffice.kernel.application import Context
from backoffice.kernel.periods import SchoolYear

_HELLO = "Bonjour,\n\nvoici l'attestation demandée pour la rentrée.\n\nBien cordialement,\n{name}"


def send_arrivals(context: Context, families: Sequence[Household]) -> int:
    """Put four arrivals in the basket; answers how many."""
    if not context.actor.may("documents.receive"):
        return 0
    year = SchoolYear.of(context.today)
    written = mail_addresses(context.session, [family.family_id for family in families])
    known = [family for family in families if written.get(family.family_id)]
    first, second = (known * 2)[:2]
    arrivals = [
        Receive(Origin.EMAIL, "demo/1", "1" * 64, written[first.family_id], "Attestation d'assurance",
                _HELLO.format(name=first.name), (_pdf("assurance.pdf", certificate(first, year)),)),
        Receive(Origin.EMAIL, "demo/2", "2" * 64, "mamie.du.vallon@courriel.example", "pour le centre",
                _HELLO.format(name="La grand-mère"), (_photo("IMG_2041.jpg", photographed(second, year)),)),
        Receive(Origin.EMAIL, "demo/3", "3" * 64, written[second.family_id], "documents",
                _HELLO.format(name=second.name), (
                    _pdf("attestation.pdf", certificate(second, year)),
                    _photo("IMG_0007.jpg", photographed(second, year)),
                    ArrivedFile("fiches.zip", "", 0, (), "judged.archive", b""),
                )),
        Receive(Origin.POST, "demo/4", "4" * 64, "", "numérisation 0012.pdf", "",
                (_pdf("numérisation 0012.pdf", certificate(first, year)),)),
    ]  # fmt: skip
    return sum(receive(arrival, context) for arrival in arrivals)


def _pdf(name: str, content: bytes) -> ArrivedFile:
    return ArrivedFile(name, "application/pdf", 1, (), "", content)


def _photo(name: str, content: bytes) -> ArrivedFile:
    return ArrivedFile(name, "image/jpeg", 1, (), "", content)
