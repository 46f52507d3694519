"""Bringing a piece with its pages, and the next one ahead of time. Runs in jobs. No Qt."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from backoffice.documents.deciding import OpenFile
from backoffice.documents.kinds import Sensitivity
from backoffice.documents.queue import Piece, PieceFile, ReadPiece, Sending
from backoffice.documents.safety.rules import INFECTED
from backoffice.kernel.application import Application
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import NO_BREAK_SPACE
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress
from backoffice.kernel.zone import PARIS
from ui.screens.documents.comparing import earlier_words
from ui.widgets.preview.pages import PreviewDocument, PreviewFile

_AHEAD_BYTES = 60_000_000
_KINDS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/heic": "heic", "image/tiff": "tiff"}
_NOT_YOURS = "Cette pièce parle de santé : seuls les agents qui lisent les fiches sanitaires peuvent l'ouvrir."


@dataclass(frozen=True, slots=True)
class Opened:
    """A piece with its pages; without them, why they are not shown."""

    piece: Piece
    document: PreviewDocument | None
    refusal: str = ""


@dataclass
class Opener:
    """Opens pieces. Bytes brought ahead are kept until they are read; what is sensitive is never opened ahead: its
    journal tells who looked, not who might have."""

    app: Application
    _ahead: OrderedDict[int, bytes] = field(default_factory=OrderedDict)
    _turn: Lock = field(default_factory=Lock)

    def open(self, document_id: int, progress: Progress) -> Opened:
        """Raises UserError `documents.gone`, EnvironmentFault."""
        piece = self.app.ask(ReadPiece(document_id), progress=progress)
        if not piece.can_open:
            return Opened(piece, None, _NOT_YOURS)
        held = next((file for file in piece.files if file.is_quarantined), None)
        if held is not None:
            code = "documents.infected" if INFECTED in held.flags else "documents.quarantined"
            return Opened(piece, None, sentence(UserError(code)))
        if not piece.files:
            return Opened(piece, None, sentence(UserError("documents.gone")))
        return Opened(piece, self._document(piece, piece.files, progress))

    def open_ahead(self, document_id: int, progress: Progress) -> Opened | None:
        """The same before it is asked for; None for what must not be opened before an agent looks at it."""
        piece = self.app.ask(ReadPiece(document_id), progress=progress)
        if not _may_be_kept(piece) or any(file.is_quarantined for file in piece.files):
            return None
        if not piece.files:
            return None
        return Opened(piece, self._document(piece, piece.files, progress))

    def open_earlier(self, piece: Piece, sending: Sending, progress: Progress) -> PreviewDocument | None:
        """The version accepted before."""
        if not sending.files or any(file.is_quarantined for file in sending.files):
            return None
        keep = _may_be_kept(piece)
        return PreviewDocument(
            earlier_words(sending), tuple(self._file(file, progress, keep=keep) for file in sending.files)
        )

    def forget(self) -> None:
        with self._turn:
            self._ahead.clear()

    def _document(self, piece: Piece, files: tuple[PieceFile, ...], progress: Progress) -> PreviewDocument:
        about = f"{piece.kind.name}, {piece.person or piece.family}"
        keep = _may_be_kept(piece)
        return PreviewDocument(
            about, tuple(self._file(file, progress, keep=keep) for file in files), about_files(piece)
        )

    def _file(self, file: PieceFile, progress: Progress, *, keep: bool) -> PreviewFile:
        with self._turn:
            content = self._ahead.get(file.id)
        if content is None:
            content = self.app.execute(OpenFile(file.id), progress=progress)
            if keep:
                self._keep(file.id, content)
        return PreviewFile(str(file.id), file.name, content, max(file.pages, 1), file.rotation)

    def _keep(self, file_id: int, content: bytes) -> None:
        with self._turn:
            self._ahead[file_id] = content
            while sum(map(len, self._ahead.values())) > _AHEAD_BYTES and len(self._ahead) > 1:
                self._ahead.popitem(last=False)


def _may_be_kept(piece: Piece) -> bool:
    """Whether its bytes may wait in memory: each look at what is sensitive goes through the door, which tells of it."""
    return piece.kind.values.sensitivity is Sensitivity.USUAL


def about_files(piece: Piece) -> str:
    """« jpg · 602 Ko · 12/12/2026 »."""
    kinds = "/".join(dict.fromkeys(_KINDS.get(file.media_type, file.media_type) for file in piece.files))
    size = sum(file.size for file in piece.files)
    received = french_day(piece.received_at.astimezone(PARIS).date())
    return f"{kinds} · {size_words(size)} · {received}"


def size_words(size: int) -> str:
    """« 602 Ko », « 1,4 Mo »."""
    if size < 1_000_000:
        return f"{max(round(size / 1000), 1)}{NO_BREAK_SPACE}Ko"
    return f"{size / 1_000_000:.1f}{NO_BREAK_SPACE}Mo".replace(".", ",")
