"""What a portal of families hands over: as a mail would, without a mailbox."""

from __future__ import annotations

import re

from backoffice.documents.arrivals.mail import file_name
from backoffice.documents.arrivals.receiving import LARGEST, TOO_LARGE, Incoming, Judge, digest_of, take_in
from backoffice.documents.kinds import Origin
from backoffice.documents.safety.verdict import NewFile
from backoffice.kernel.application import Application
from backoffice.kernel.errors import UserError
from backoffice.kernel.progress import Progress


def deposit(
    app: Application, judge: Judge, key: str, sender: str, subject: str, files: tuple[NewFile, ...], progress: Progress
) -> bool:
    """Put them in the sorting basket; False when this key is there already. `key`: how the portal calls this sending.

    Raises UserError `arrival.bad_key`.
    """
    if not re.fullmatch(r"[A-Za-z0-9._:/-]{1,190}", key):
        raise UserError("arrival.bad_key")
    named = [NewFile(file_name(file.name) or f"piece-{place}", file.content) for place, file in enumerate(files, 1)]
    # The key is part of the digest: a portal that sends the same file under two keys means two sendings.
    parts = [part for file in named for part in (file.name.encode(), file.content)]
    return take_in(app, judge, Incoming(
        Origin.PORTAL, key, digest_of(key.encode(), *parts), sender.strip()[:254], " ".join(subject.split())[:240],
        files=tuple(file for file in named if len(file.content) <= LARGEST),
        refused=tuple((file.name, TOO_LARGE) for file in named if len(file.content) > LARGEST),
    ), progress)
