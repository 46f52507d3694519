"""A file as it comes, and what is thought of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file as it comes: its name and its extension say nothing of what it is."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a file is and whether it is let in. `media_type`: from its content. `flags`: what was noticed in it (see
    `safety.rules.FLAGS`). `code` and `sentence`: why it is refused, empty when it is accepted. `content`: what is kept
    in its place when the original cannot be shown (a TIFF made a PDF); None: as it came."""

    accepted: bool
    media_type: str = ""
    pages: int = 0
    flags: tuple[str, ...] = ()
    code: str = ""
    sentence: str = ""
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """A file with what is thought of it."""

    file: NewFile
    verdict: Verdict

    @property
    def content(self) -> bytes:
        """What is kept."""
        return self.file.content if self.verdict.content is None else self.verdict.content

    @property
    def sha256(self) -> str:
        """Of what is kept."""
        return hashlib.sha256(self.content).hexdigest()
