"""Files that families, scanners and attackers send: made here, the same every time, with what is expected of each."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pikepdf
from PIL import Image
from pillow_heif import register_heif_opener

_SMALL = (64, 48)
TRUNCATIONS = (0.02, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class Sample:
    """A file and what must be said of it. `accepted`: None when either is right (a truncated file may still show a
    page). `codes`: the refusals that are right; `flags`: those that must be there."""

    family: str
    name: str
    content: bytes
    accepted: bool | None
    codes: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()


# --- what is well made ---------------------------------------------------------------------------------------------


def photo(size: tuple[int, int] = _SMALL, kind: str = "JPEG", **options: Any) -> bytes:
    """Squares, so that there is something to see."""
    register_heif_opener()
    picture = Image.new("RGB", size, "white")
    for x in range(0, size[0], 16):
        for y in range(0, size[1], 16):
            if (x + y) % 32:
                picture.paste((20, 40, 90), (x, y, x + 16, y + 16))
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def sideways() -> bytes:
    """A photo taken with the telephone on its side: its pixels lie down, its EXIF says so."""
    picture = Image.open(io.BytesIO(photo((80, 40))))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def scan(pages: int = 2, mode: str = "1") -> bytes:
    """A scanner's TIFF."""
    sheets = [Image.new(mode, (200, 280), "white" if mode != "1" else 1) for _ in range(pages)]
    out = io.BytesIO()
    sheets[0].save(out, "TIFF", save_all=True, append_images=sheets[1:])
    return out.getvalue()


def pdf(pages: int = 1, change: Callable[[pikepdf.Pdf], object] | None = None, **saving: Any) -> bytes:
    made = pikepdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=(200, 280))
    if change:
        change(made)
    out = io.BytesIO()
    made.save(out, static_id="encryption" not in saving, **saving)
    return out.getvalue()


@cache
def plain() -> dict[str, bytes]:
    """One of each kind that is let in, by its extension."""
    return {
        "pdf": pdf(2), "jpg": photo(), "png": photo(kind="PNG"), "heic": photo(kind="HEIF"), "tif": scan(),
    }


# --- families ------------------------------------------------------------------------------------------------------


def samples() -> Iterator[Sample]:
    """All of them: at least three hundred."""
    for make in (_fine, _truncated, _misnamed, _names, _polyglots, _active, _encrypted, _bombs, _other_kinds, _odd):
        yield from make()


def _fine() -> Iterator[Sample]:
    for extension, content in plain().items():
        flags = frozenset({"converted"}) if extension == "tif" else frozenset()
        yield Sample("fine", f"photo.{extension}", content, True, flags=flags)
    yield Sample("fine", "couchée.jpg", sideways(), True)
    yield Sample("fine", "grande.jpg", photo((4000, 3000), quality=30), True)
    yield Sample("fine", "200 pages.pdf", pdf(200), True)
    for mode in ("1", "L", "RGB"):
        yield Sample("fine", f"scan {mode}.tiff", scan(3, mode), True, flags=frozenset({"converted"}))
    for options in ({"progressive": True}, {"quality": 5}, {"quality": 95, "subsampling": 0}):
        yield Sample("fine", "photo.jpeg", photo(**options), True)


def _truncated() -> Iterator[Sample]:
    for extension, content in plain().items():
        for part in TRUNCATIONS:
            cut = content[: max(int(len(content) * part), 1)]
            yield Sample("truncated", f"coupé {part}.{extension}", cut, None)


def _misnamed() -> Iterator[Sample]:
    wrong = {"jpg": "pdf", "pdf": "jpg", "png": "heic", "heic": "jpg", "tif": "png"}
    for extension, content in plain().items():
        for other in (wrong[extension], "docx", "exe", "txt"):
            yield Sample("misnamed", f"certificat.{other}", content, True, flags=frozenset({"name"}))
        yield Sample("misnamed", "sans-extension", content, True)


def _names() -> Iterator[Sample]:
    for name in ("../../etc/passwd.pdf", "C:\\Windows\\system.ini.pdf", "/absolu.pdf", "a" * 400 + ".pdf", "CON.pdf",
                 "nul\x00.pdf", "ligne\nsuite.pdf", "\u202efdp.exe.pdf", "  .pdf", "é̀ combiné.pdf", "🧒.pdf", ".pdf"):
        yield Sample("names", name, plain()["pdf"], True)


def _polyglots() -> Iterator[Sample]:
    inside = zipped({"a.txt": b"x" * 50})
    kinds = plain()
    for first in ("pdf", "jpg", "png"):
        for second in ("pdf", "jpg", "png", "heic"):
            # Two of the same kind are what telephones (MPO) and signed PDFs do every day.
            flags = frozenset({"tail"}) if first != second else frozenset[str]()
            if first != "pdf" and second == "pdf":  # so early in a picture, readers would show the PDF
                yield Sample("polyglots", f"{first}+pdf.{first}", kinds[first] + kinds["pdf"], False,
                             frozenset({"judged.disguised"}))
                continue
            yield Sample("polyglots", f"{first}+{second}.{first}", kinds[first] + kinds[second], True, flags=flags)
        yield Sample("polyglots", f"{first}+zip.{first}", kinds[first] + inside, True, flags=frozenset({"tail"}))
        yield Sample("polyglots", f"{first}+html.{first}", kinds[first] + b"<html><script>alert(1)</script>", True,
                     flags=frozenset({"tail"}))
        yield Sample("polyglots", f"{first}+exe.{first}", kinds[first] + b"MZ" + b"\x90" * 200, True,
                     flags=frozenset({"tail"}))
    for offset in (1, 10, 600, 1000):
        yield Sample("polyglots", f"pdf à {offset}.pdf", b"\x00" * offset + kinds["pdf"], False,
                     frozenset({"judged.disguised"}))
    yield Sample("polyglots", "html+pdf.html", b"<html>" + b" " * 600 + kinds["pdf"], False,
                 frozenset({"judged.web_page"}))
    yield Sample("polyglots", "zip+pdf.pdf", inside + kinds["pdf"], False, frozenset({"judged.archive"}))


def _script() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def _opening(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = _script()


def _indirect(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = made.make_indirect(_script())


def _named(made: pikepdf.Pdf) -> None:
    named = pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), _script()]))
    made.Root.Names = pikepdf.Dictionary(JavaScript=named)


def _launch(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe"))


def _page_action(made: pikepdf.Pdf) -> None:
    made.pages[0].AA = pikepdf.Dictionary(O=_script())


def _note(made: pikepdf.Pdf) -> None:
    place = pikepdf.Array([0, 0, 9, 9])
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=place, A=_script())
    made.pages[0].Annots = pikepdf.Array([note])


def _form(made: pikepdf.Pdf) -> None:
    made.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([]))


def _attached(made: pikepdf.Pdf) -> None:
    made.attachments["joint.exe"] = b"MZ" + b"\x90" * 60


def _active() -> Iterator[Sample]:
    expected = ((_opening, {"script", "opening"}), (_indirect, {"script", "opening"}), (_named, {"script"}),
                (_launch, {"launch", "opening"}), (_page_action, {"script", "opening"}), (_note, {"script"}),
                (_form, {"form"}), (_attached, {"attachment"}))
    for change, flags in expected:
        for pages in (1, 3):
            for packed in (pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate):
                yield Sample("active", f"{change.__name__}.pdf", pdf(pages, change, object_stream_mode=packed), True,
                             flags=frozenset(flags))


def _encrypted() -> Iterator[Sample]:
    for revision in (2, 3, 4, 6):
        for user in ("secret", "é", ""):
            locked = pikepdf.Encryption(owner="maître", user=user, R=revision, aes=revision >= 4,
                                        metadata=revision >= 4)
            content = pdf(1, encryption=locked)
            code = "judged.encrypted" if user else "judged.restricted"  # one opens, but its author locked it
            yield Sample("encrypted", f"R{revision}.pdf", content, False, frozenset({code}))


def _bombs() -> Iterator[Sample]:
    heavy = frozenset({"judged.too_heavy", "judged.damaged", "judged.too_many_pixels", "judged.too_many_pages"})
    yield Sample("bombs", "20000.pdf", many_pages(20_000), False, frozenset({"judged.too_many_pages"}))
    yield Sample("bombs", "201.pdf", many_pages(201), False, frozenset({"judged.too_many_pages"}))
    for side in (6_500, 25_000, 60_000, 2_000_000_000):
        yield Sample("bombs", f"{side}.png", huge_png(side), False, heavy)
    yield Sample("bombs", "large.jpg", huge_jpeg(60_000), False, heavy)
    yield Sample("bombs", "flate.pdf", flate_bomb(400), None, heavy)
    yield Sample("bombs", "14400.pdf", pdf(1, lambda made: _stretch(made, 14_400)), True)
    yield Sample("bombs", "cycle.pdf", pdf(1, _cycle), None)
    yield Sample("bombs", "profond.pdf", deep_pdf(20_000), None)
    yield Sample("bombs", "300.tif", scan(300), False, frozenset({"judged.too_many_pages"}))
    yield Sample("bombs", "trop lourd.pdf", plain()["pdf"] + b" " * (15 * 1024 * 1024), False,
                 frozenset({"judged.too_large"}))
    for level in (1, 2, 3):
        nested = b"0" * 10_000_000
        for _ in range(level):
            nested = zipped({"a": nested})
        yield Sample("bombs", f"zip {level}.pdf", nested, False, frozenset({"judged.archive"}))


def _other_kinds() -> Iterator[Sample]:
    archive, office = frozenset({"judged.archive"}), frozenset({"judged.office"})
    web, program = frozenset({"judged.web_page"}), frozenset({"judged.program"})
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
    kinds: tuple[tuple[str, bytes, frozenset[str]], ...] = (
        ("a.zip", zipped({"a.pdf": plain()["pdf"]}), archive),
        ("vide.zip", zipped({}), archive),
        ("a.rar", b"Rar!\x1a\x07\x01\x00" + b"\x00" * 40, archive),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + b"\x00" * 40, archive),
        ("a.gz", b"\x1f\x8b\x08" + b"\x00" * 40, archive),
        ("a.tar", b"a.pdf".ljust(257, b"\x00") + b"ustar\x0000" + b"\x00" * 300, archive),
        ("a.doc", ole, office), ("a.xls", ole, office), ("a.msg", ole, office),
        ("a.docx", zipped({"word/document.xml": b"<w/>"}), office),
        ("a.docm", zipped({"word/document.xml": b"<w/>", "word/vbaProject.bin": b"x"}), office),
        ("a.xlsx", zipped({"xl/workbook.xml": b"<x/>"}), office),
        ("a.pptx", zipped({"ppt/presentation.xml": b"<p/>"}), office),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", web),
        ("b.svg", b"<?xml version='1.0'?><svg/>", web),
        ("c.svg", b"\xef\xbb\xbf  \n<svg onload='x()'/>", web),
        ("a.html", b"<!DOCTYPE html><html></html>", web),
        ("a.htm", b"  <HTML><body>", web),
        ("a.mht", b"From: x\r\nContent-Type: text/html\r\n\r\n<html>", web),
        ("a.exe", b"MZ" + b"\x90" * 200, program),
        ("a.elf", b"\x7fELF" + b"\x00" * 200, program),
        ("a.sh", b"#!/bin/sh\nrm -rf /\n", program),
        ("a.class", b"\xca\xfe\xba\xbe" + b"\x00" * 60, program),
    )
    for name, content, codes in kinds:
        for shown in (name, name.rpartition(".")[0] + ".pdf", name.rpartition(".")[0] + ".jpg"):
            yield Sample("other kinds", shown, content, False, codes)


def _odd() -> Iterator[Sample]:
    unknown = frozenset({"judged.unknown"})
    yield Sample("odd", "vide.pdf", b"", False, frozenset({"judged.empty"}))
    for size in (1, 2, 4, 5, 8, 12):
        yield Sample("odd", f"{size} octets.pdf", b"\x01" * size, False, unknown)
    for kind, head in (("pdf", b"%PDF-"), ("jpg", b"\xff\xd8\xff"), ("png", b"\x89PNG\r\n\x1a\n"),
                       ("heic", b"\x00\x00\x00\x18ftypheic"), ("tif", b"II*\x00"), ("tif", b"MM\x00*")):
        for tail in (b"", b"\x00" * 100, b"\xff" * 100, random.Random(head).randbytes(2000)):
            yield Sample("odd", f"tête seule.{kind}", head + tail, None)
    for number in range(24):
        noise = random.Random(number).randbytes(500 + number * 40)
        yield Sample("odd", f"bruit {number}.pdf", b"\x02" + noise, False, unknown)
    for text in ("Bonjour, voici mon attestation", "attestation;2025", "{}", "é" * 300):
        yield Sample("odd", "texte.txt", text.encode(), False, unknown)
    yield Sample("odd", "film.mp4", b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 60, False, unknown)
    yield Sample("odd", "photo.webp", photo(kind="WEBP"), False, unknown)
    yield Sample("odd", "photo.gif", photo(kind="GIF"), False, unknown)
    yield Sample("odd", "photo.bmp", photo(kind="BMP"), False, unknown)


def mutated(count: int) -> Iterator[Sample]:
    """Good files with some bytes changed, dropped or doubled."""
    kinds = list(plain().items())
    for number in range(count):
        chance = random.Random(f"mutation {number}")
        extension, content = kinds[number % len(kinds)]
        changed = bytearray(content)
        for _ in range(chance.choice((1, 3, 20, 200))):
            at = chance.randrange(16, len(changed))
            match chance.randrange(3):
                case 0:
                    changed[at] = chance.randrange(256)
                case 1:
                    del changed[at : at + chance.randrange(1, 9)]
                case _:
                    changed[at:at] = changed[at : at + chance.randrange(1, 9)]
            if len(changed) < 40:
                break
        yield Sample("mutated", f"{number}.{extension}", bytes(changed), None)


# --- bombs ---------------------------------------------------------------------------------------------------------


def many_pages(count: int) -> bytes:
    """One page, named so many times."""
    kids = b" ".join([b"3 0 R"] * count)
    return raw_pdf([
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    ])


def flate_bomb(mib: int) -> bytes:
    """A picture of so many MiB in a few kilobytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"\x00" * 1024 * 1024) for _ in range(mib)) + packer.flush()
    side = int((mib * 1024 * 1024) ** 0.5)
    return raw_pdf([
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 5 0 R/Resources<</XObject<</I 4 0 R>>>>>>",
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8"
        b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (side, side, len(packed), packed),
        b"<</Length 26>>stream\nq 100 0 0 100 0 0 cm /I Do Q\nendstream",
    ])


def deep_pdf(depth: int) -> bytes:
    """Arrays in arrays in arrays."""
    return raw_pdf([
        b"<</Type/Catalog/Pages 2 0 R/Deep %s%s>>" % (b"[" * depth, b"]" * depth),
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    ])


def huge_png(side: int) -> bytes:
    """The head of a picture of side × side, and a little of its pixels."""
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pieces = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\x00" * 9000)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, body) for name, body in pieces)


def huge_jpeg(side: int) -> bytes:
    """A photo whose head says another size."""
    content = bytearray(photo())
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", side, side)
    return bytes(content)


def _stretch(made: pikepdf.Pdf, side: int) -> None:
    made.pages[0].MediaBox = pikepdf.Array([0, 0, side, side])


def _cycle(made: pikepdf.Pdf) -> None:
    one = made.make_indirect(pikepdf.Dictionary())
    one.Next = one
    made.Root.Loop = one


def raw_pdf(objects: list[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
