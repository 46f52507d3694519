"""PDF and workbook files read back as a person or another program would read them."""

from __future__ import annotations

import io
from typing import Any

import pypdfium2
from openpyxl import load_workbook


def pages_of(content: bytes) -> list[str]:
    """The text of each page, in reading order, lines ended by one line feed."""
    document = pypdfium2.PdfDocument(content)
    try:
        found = []
        for page in document:
            text = page.get_textpage()
            found.append(text.get_text_range().replace("\r\n", "\n").replace("\ufffe", ""))
            text.close()
            page.close()
        return found
    finally:
        document.close()


def text_of(content: bytes) -> str:
    return "\n\f\n".join(pages_of(content))


def properties_of(content: bytes) -> dict[str, str]:
    document = pypdfium2.PdfDocument(content)
    try:
        return dict(document.get_metadata_dict())
    finally:
        document.close()


def workbook_of(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))
