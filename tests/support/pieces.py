"""Pieces sent by families, for tests: tiny files that can be read, sent through the door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter
from reportlab.pdfgen.canvas import Canvas

from backoffice.documents.adding import AddDocument
from backoffice.documents.kinds import Origin
from backoffice.documents.safety.verdict import JudgedFile, NewFile, Verdict
from backoffice.documents.types import AdoptStartingTypes
from tests.support.towns import Household, SmallTown


def pdf_of(*pages: str) -> bytes:
    """A page for each text."""
    file = BytesIO()
    canvas = Canvas(file)
    for words in pages:
        for place, line in enumerate(words.splitlines()):
            canvas.drawString(72, 740 - 20 * place, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def photo_of(blur: float = 0, size: tuple[int, int] = (620, 877)) -> bytes:
    """A sheet of text as a JPEG, blurred by so many pixels."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for place in range(12):
        draw.text((60, 60 + 40 * place), "Attestation d'assurance scolaire et extra-scolaire", "black", font_size=20)
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    file = BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()


def judged(content: bytes, name: str = "piece.pdf", pages: int = 1) -> JudgedFile:
    kind = "application/pdf" if content.startswith(b"%PDF") else "image/jpeg"
    return JudgedFile(NewFile(name, content), Verdict(accepted=True, media_type=kind, pages=pages))


def send(
    town: SmallTown, family: Household, code: str = "INSURANCE", contents: Sequence[bytes] = (),
    at: datetime | None = None, pages: int = 1,
) -> int:
    """One sending, about the child of the family when it is asked of children; answers it."""
    about_child = code not in {"QF_CAF", "TAX_NOTICE", "ADDRESS", "RULES_SIGNED"}
    files = tuple(judged(content, pages=pages) for content in contents or (pdf_of(f"{family.id} {code}"),))
    return town.do(AddDocument(family.id, family.child if about_child else None, code, Origin.PORTAL, files, at))


def adopt(town: SmallTown) -> None:
    """The proposed types, once there is a service to ask for them."""
    town.slot()
    town.do(AdoptStartingTypes())
