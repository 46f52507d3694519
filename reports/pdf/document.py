"""Pages and fonts put together as a PDF 1.7 file. Same content, same bytes: no clock, no random identifier."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from reports.pdf.fonts import RareCharacters, shared_objects, stream
from reports.pdf.page import PAGE_HEIGHT, PAGE_WIDTH

PRODUCER = "Back-office Enfance"


@dataclass(frozen=True, slots=True)
class Properties:
    """What a reader shows under « Propriétés du document ». `day` stands for the dates of creation and change."""

    title: str
    author: str
    subject: str
    day: date


def pdf_file(contents: Sequence[bytes], rare: RareCharacters, properties: Properties) -> bytes:
    """A complete file from the content of its pages, in order."""
    prefix, shared_offsets, shared_names = _prefix()
    catalog = len(shared_offsets) + 1
    tree, info, resources = catalog + 1, catalog + 2, catalog + 3
    extra, extra_names = rare.objects(resources + 1)
    first_page = resources + 1 + len(extra)
    kids = " ".join(f"{first_page + 2 * index} 0 R" for index in range(len(contents)))
    fonts = "".join(f"/{name} {number} 0 R" for name, number in (shared_names | extra_names).items())
    bodies = [
        f"<</Type/Catalog/Pages {tree} 0 R/Lang(fr-FR)/ViewerPreferences<</DisplayDocTitle true>>>>".encode(),
        (f"<</Type/Pages/Count {len(contents)}/Kids[{kids}]/MediaBox[0 0 {PAGE_WIDTH:.2f} {PAGE_HEIGHT:.2f}]"
         f"/Resources {resources} 0 R>>").encode(),
        _information(properties),
        f"<</Font<<{fonts}>>>>".encode(),
        *extra,
    ]
    for index, content in enumerate(contents):
        bodies.append(f"<</Type/Page/Parent {tree} 0 R/Contents {first_page + 2 * index + 1} 0 R>>".encode())
        bodies.append(stream(content))
    return _assemble(prefix, shared_offsets, bodies, catalog, info)


def _assemble(prefix: bytes, offsets: Sequence[int], bodies: Sequence[bytes], catalog: int, info: int) -> bytes:
    parts = [prefix]
    places = list(offsets)
    position = len(prefix)
    digest = hashlib.sha256()
    for number, body in enumerate(bodies, start=len(offsets) + 1):
        part = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        parts.append(part)
        digest.update(part)
        places.append(position)
        position += len(part)
    identifier = digest.hexdigest()[:32].upper()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    parts.append(f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n<</Size {len(places) + 1}"
                 f"/Root {catalog} 0 R/Info {info} 0 R/ID[<{identifier}><{identifier}>]>>\n"
                 f"startxref\n{position}\n%%EOF\n".encode("ascii"))
    return b"".join(parts)


@cache
def _prefix() -> tuple[bytes, tuple[int, ...], dict[str, int]]:
    """The bytes every file begins with (header and shared fonts), where their objects are, their names."""
    bodies, names = shared_objects()
    prefix = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"  # the second line tells transfer programs that the file is binary
    offsets: list[int] = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(prefix))
        prefix += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    return prefix, tuple(offsets), names


def _information(properties: Properties) -> bytes:
    stamp = f"(D:{properties.day:%Y%m%d}000000Z)"
    return (f"<</Title{_string(properties.title)}/Author{_string(properties.author)}"
            f"/Subject{_string(properties.subject)}/Creator{_string(PRODUCER)}/Producer{_string(PRODUCER)}"
            f"/CreationDate{stamp}/ModDate{stamp}>>").encode("ascii")


def _string(text: str) -> str:
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"
