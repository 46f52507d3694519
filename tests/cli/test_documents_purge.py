"""`backoffice documents purge`: shown, asked for, done, and then nothing left to do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from backoffice.documents.adding import AddDocument
from backoffice.documents.deciding import RejectDocument
from backoffice.documents.kinds import Origin
from backoffice.documents.types import AdoptStartingTypes
from backoffice.kernel.address import DatabaseAddress
from tests.cli.conftest import Run, is_refusal
from tests.documents.conftest import judged
from tests.support.towns import SmallTown, copied

LONG_AGO = datetime(2015, 3, 1, 11, tzinfo=UTC)


@pytest.fixture
def base(embedded_template: DatabaseAddress, tmp_path: Path) -> Path:
    """A town with a document that was rejected long ago, and one that waits."""
    address = copied(embedded_template, tmp_path / "commune.sqlite")
    with SmallTown(address, LONG_AGO) as town:
        town.slot()
        town.do(AdoptStartingTypes())
        family = town.family().id
        for content in (b"first", b"second"):
            document = town.do(AddDocument(family, None, "QF_CAF", Origin.COUNTER, (judged(content),)))
        town.do(RejectDocument(document, 1, "unreadable", "Illisible."))
    return tmp_path / "commune.sqlite"


def _kept(base: Path) -> int:
    with SmallTown(DatabaseAddress.of_file(base)) as town:
        return len(town.rows("documents"))


def test_a_purge_is_seen_then_asked_for_then_done(base: Path, run: Run) -> None:
    purge = ("documents", "purge", "--database", str(base))
    shown = run(*purge, "--dry-run")
    assert shown.code == 0
    assert "Attestation QF CAF/ MSA" in shown.out
    assert "À blanc" in shown.out
    is_refusal(run(*purge), "1 pièce à supprimer pour toujours", "--yes")
    assert _kept(base) == 2

    done = run(*purge, "--yes")
    assert (done.code, _kept(base)) == (0, 1)
    assert "Supprimé : 1 pièce(s), 1 fichier(s)." in done.out
    assert "Aucune pièce" in run(*purge, "--yes").out
