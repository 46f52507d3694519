"""The head of the seals, to be kept or printed elsewhere: the only thing that tells of a chain remade as a whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, text

from backoffice.kernel.audit import SealRow
from backoffice.kernel.chain.reading import refuse_partial_view
from backoffice.kernel.database import Database
from backoffice.kernel.errors import UserError
from backoffice.kernel.filestore import disk_faults, make_folder, write_whole


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last seal of a database at some moment. `chain` stands for every line sealed until then."""

    database: str
    seq: int
    chain: bytes
    sealed_at: datetime

    def write(self, path: Path) -> None:
        """Keep it as a small JSON file. Raises UserError `journal.anchor_exists`, EnvironmentFault."""
        if path.exists():  # an older anchor proves more than this one
            raise UserError("journal.anchor_exists", path=str(path))
        make_folder(path.absolute().parent)
        content = {
            "database": self.database,
            "seq": self.seq,
            "chain": self.chain.hex(),
            "sealed_at": self.sealed_at.isoformat(),
        }
        write_whole(path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())

    @classmethod
    def read(cls, path: Path) -> Anchor:
        """An anchor that was kept. Raises UserError `journal.not_an_anchor`, EnvironmentFault."""
        with disk_faults(path):
            content = path.read_bytes()
        try:
            told = json.loads(content)
            return cls(
                str(told["database"]), int(told["seq"]), bytes.fromhex(told["chain"]),
                datetime.fromisoformat(told["sealed_at"]),
            )
        except (ValueError, TypeError, KeyError) as exc:
            raise UserError("journal.not_an_anchor", path=str(path)) from exc


def head_of(database: Database) -> Anchor:
    """The anchor of this moment. Raises UserError `journal.nothing_sealed`, `journal.partial_view`."""
    with database.read() as session:
        refuse_partial_view(session)
        last = session.execute(
            select(SealRow.seq, SealRow.chain, SealRow.sealed_at).order_by(SealRow.seq.desc()).limit(1)
        ).first()
        if last is None:
            raise UserError("journal.nothing_sealed")
        if database.address.path is not None:
            name = database.address.path.name
        else:
            name = str(session.scalar(text("SELECT current_database()")))
    return Anchor(name, *last)
