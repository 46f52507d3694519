"""Files of people who know how readers look: what they hide is where a hurried one does not go."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Literal

import pikepdf
from PIL import Image

from tests.documents.safety.active import active_pdfs
from tests.documents.safety.hostile import Sample, pdf, photo, plain, png_chunk, raw_pdf, zipped

_MOST = 15 * 1024 * 1024
_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
_PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
_DRAWN = b"/Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >>"
# The first member of an archive, kept as it is: how LibreOffice marks its own.
_OPEN_DOCUMENT = b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.text" + bytes(60)
_FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] "


def traps() -> Iterator[Sample]:
    """All of them."""
    for make in (_sound, _other_kinds, _polyglots, _pictures, _telephones, _scans, _boxes, _drawings, _nested,
                 _skeletons, _locked, _acting, _names):
        yield from make()


def _let_in(name: str, content: bytes, *flags: str) -> Sample:
    return Sample("traps", name, content, True, flags=frozenset(flags))


def _refused(name: str, content: bytes, *codes: str) -> Sample:
    return Sample("traps", name, content, False, frozenset(f"judged.{code}" for code in codes))


def _either(name: str, content: bytes) -> Sample:
    """A reader may mend it or not."""
    return Sample("traps", name, content, None)


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _sound() -> Iterator[Sample]:
    """Unusual, and nothing to say against them."""
    for mode in ("1", "L", "LA", "P", "RGBA"):
        yield _let_in(f"image {mode}.png", _saved(Image.new(mode, (60, 40)), "PNG"))
    yield _let_in("imprimeur.jpg", _saved(Image.new("CMYK", (60, 40)), "JPEG"))
    yield _let_in("telephone a deux images.jpg", plain()["jpg"] + bytes(64) + plain()["jpg"])
    yield _let_in("juste assez lourd.jpg", plain()["jpg"].ljust(_MOST, b"\x00"))
    yield _refused("trop lourd d'un octet.jpg", plain()["jpg"].ljust(_MOST + 1, b"\x00"), "too_large")
    yield _let_in("grande photo.jpg", _saved(Image.new("L", (7_000, 5_700)), "JPEG"))
    yield _let_in("grande image.png", _saved(Image.new("RGBA", (7_000, 5_700), "#ffffff80"), "PNG"))
    yield _refused("immense photo.jpg", _saved(Image.new("L", (7_000, 5_800)), "JPEG"), "too_many_pixels")


def _other_kinds() -> Iterator[Sample]:
    entity = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"
    files = {
        "bzip2": (b"BZh91AY&SY" + bytes(50), "archive"), "xz": (b"\xfd7zXZ\x00" + bytes(50), "archive"),
        "cab": (b"MSCF" + bytes(50), "archive"), "zstd": (b"\x28\xb5\x2f\xfd" + bytes(50), "archive"),
        "iso": (bytes(32_769) + b"CD001" + bytes(2048), "archive"),
        "odt": (_OPEN_DOCUMENT, "office"),
        "docx debut autre": (zipped({"[Content_Types].xml": bytes(9_000), "word/a.xml": b"<w/>"}), "office"),
        "rtf": (rb"{\rtf1\ansi bonjour}", "office"), "mach-o": (b"\xcf\xfa\xed\xfe" + bytes(200), "program"),
        "raccourci": (b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(60), "program"),
        "utf-16": ("\ufeff<html><script>1</script>".encode("utf-16-le"), "web_page"),
        "script": (b"<script>alert(1)</script>", "web_page"), "php": (b"<?php system($_GET['c']);", "web_page"),
        "entite": (entity, "web_page"), "ps": (b"%!PS-Adobe-3.0\n(/etc/passwd) run\n", "unknown"),
        "psd": (b"8BPS\x00\x01" + bytes(60), "unknown"), "mp3": (b"ID3\x03\x00" + bytes(60), "unknown"),
        "mov": (struct.pack(">I", 24) + b"ftypqt  " + bytes(60), "unknown"),
        "sqlite": (b"SQLite format 3\x00" + bytes(100), "unknown"), "zeros": (bytes(4096), "unknown"),
        "pickle": (b"\x80\x04cos\nsystem\n(S'id'\ntR.", "unknown"), "blancs": (b" \r\n" * 40, "unknown"),
        **{kind: (photo(kind=kind), "unknown") for kind in ("AVIF", "EPS", "ICO", "JPEG2000", "PPM", "TGA", "PCX")},
    }  # fmt: skip
    for title, (content, code) in files.items():
        for ending in ("", ".pdf", ".heic"):
            yield _refused(f"{title}{ending}", content, code)


def _polyglots() -> Iterator[Sample]:
    page, hidden, jpeg, png = b"<html><script>alert(1)</script></html>", pdf(), plain()["jpg"], plain()["png"]
    # Each ends as a sound picture ends: what lies between its own end and the second one is another file.
    yield _let_in("jpg, page et fin.jpg", jpeg + page + b"\xff\xd9", "tail")
    yield _let_in("png, page et fin.png", png + page + png[-12:], "tail")
    yield _let_in("deux jpg et une page.jpg", jpeg + jpeg + page + b"\xff\xd9", "tail")
    large = photo((640, 480))
    yield _let_in("grande jpg et pdf.jpg", large + hidden, "tail")
    yield _refused("programme puis pdf.pdf", b"MZ" + bytes(58) + hidden, "program")
    comment = b"\xff\xfe" + struct.pack(">H", len(hidden) + 2) + hidden
    yield _refused("pdf dans un commentaire.jpg", jpeg[:2] + comment + jpeg[2:], "disguised")
    yield _refused("pdf dans un texte.png", png[:33] + png_chunk(b"tEXt", b"c\x00" + hidden) + png[33:], "disguised")
    yield _refused("brut d'appareil photo.tif", b"II*\x00\x10\x00\x00\x00CR\x02\x00" + bytes(200), "unknown")
    yield _refused("avif.heic", _brand(photo(kind="AVIF"), b"mif1"), "unknown", "damaged")
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("white", "black")]
    moving = _saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    yield _refused("animation.png", moving, "animated")


def _png(width: int, height: int, pixels: bytes, *more: tuple[bytes, bytes]) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pieces = ((b"IHDR", head), *more, (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, body) for name, body in pieces)


def _pictures() -> Iterator[Sample]:
    zeros, little = zlib.compress(bytes(60_000_000), 9), zlib.compress(bytes(110))
    for width, height in ((25_000, 25_000), (40_001, 1_000), (2**31 - 1, 2**31 - 1), (2**31 - 1, 1), (1, 2**31 - 1)):
        yield _refused(f"bombe {width}x{height}.png", _png(width, height, zeros), "too_many_pixels")
    yield _refused("taille nulle.png", _png(0, 0, zeros))
    yield _either("trop de points pour sa taille.png", _png(10, 10, zeros))
    yield _either("texte comprime.png", _png(10, 10, little, (b"zTXt", b"a\x00\x00" + zeros)))
    yield _either("couleurs comprimees.png", _png(10, 10, little, (b"iCCP", b"a\x00\x00" + zeros)))
    yield _either("vingt mille morceaux.png", _png(10, 10, little, *((b"tEXt", b"a\x00b"),) * 20_000))
    jpeg = bytearray(plain()["jpg"])
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at:at + 4] = struct.pack(">HH", 8_000, 6_000)
    yield _refused("photo annoncee plus grande.jpg", bytes(jpeg), "too_many_pixels")
    jpeg[at:at + 4] = struct.pack(">HH", 6_000, 6_000)
    yield _either("photo annoncee grande.jpg", bytes(jpeg))


def _brand(content: bytes, brand: bytes) -> bytes:
    return content[:8] + brand + content[12:]


def _telephones() -> Iterator[Sample]:
    heic = plain()["heic"]
    at = heic.index(b"ispe") + 8
    for side in (2**31 - 1, 60_000):
        yield _refused(f"telephone de {side}.heic", heic[:at] + struct.pack(">II", side, side) + heic[at + 8:])
    for brand in (b"heix", b"hevc", b"mif1", b"msf1"):
        yield _either(f"marque {brand.decode()}.heic", _brand(heic, brand))
    yield _either("boite sans fin.heic", b"\xff\xff\xff\xff" + heic[4:])
    yield _refused("boites emboitees.heic", heic[:24] + (b"\x00\x00\x00\x00meta" + bytes(4)) * 5_000)


def _scans() -> Iterator[Sample]:
    def saved(picture: Image.Image, copies: int = 0) -> bytes:
        return _saved(picture, "TIFF", compression="group4", save_all=True, append_images=[picture] * copies)

    one = saved(Image.new("1", (60, 40)))
    (start,) = struct.unpack_from("<I", one, 4)
    (entries,) = struct.unpack_from("<H", one, start)
    for tag, value in ((256, 2**31 - 1), (257, 2**31 - 1), (256, 2_000_000)):
        wide = bytearray(one)
        for at in range(start + 2, start + 2 + 12 * entries, 12):
            if struct.unpack_from("<H", one, at)[0] == tag:
                wide[at:at + 12] = struct.pack("<HHII", tag, 4, 1, value)
        yield _refused(f"scan {tag} {value}.tif", bytes(wide), "too_many_pixels", "damaged")
    after = start + 2 + 12 * entries
    yield _either("scan sans fin.tif", one[:after] + struct.pack("<I", start) + one[after + 4:])
    yield _refused("scan immense.tif", saved(Image.new("1", (20_000, 20_000))), "too_many_pixels")
    yield _let_in("livret de 40 pages.tif", saved(Image.new("1", (2_480, 3_508)), 39), "converted")
    yield _let_in("scan transparent.tif", _saved(Image.new("RGBA", (60, 40)), "TIFF"), "converted")


def _page(more: bytes = b"", box: bytes = b"[0 0 595 842]") -> bytes:
    return b"<< /Type /Page /Parent 2 0 R /MediaBox %s %s >>" % (box, more)


def _stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), more, content)


def _boxes() -> Iterator[Sample]:
    """Pages of a size, or in a number, that no paper has."""
    for box in (b"[0 0 0 0]", b"[0 0 1e9 1e9]", b"[0 0 1e38 1e38]", b"[600 800 0 0]", b"[]", b"[0 0 1e-9 1e-9]",
                b"[-1e9 -1e9 1e9 1e9]", b"[0 0 1e9 1]", b"null"):
        yield _either(f"page {box.decode()}.pdf", raw_pdf([_CATALOG, _PAGES, _page(box=box)]))
    for count in (-1, 0, 2, 250, 2**31 - 1, 2**40):
        pages = b"<< /Type /Pages /Kids [3 0 R] /Count %d >>" % count
        yield _either(f"compte {count}.pdf", raw_pdf([_CATALOG, pages, _page()]))
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(20_000))
    pages = b"<< /Type /Pages /Kids [%s] /Count 20000 >>" % kids
    yield _refused("20 000 vraies pages.pdf", raw_pdf([_CATALOG, pages, *[_page()] * 20_000]), "too_many_pages")
    yield _either("pages en rond.pdf", raw_pdf([_CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 5 >>"]))


def _drawings() -> Iterator[Sample]:
    """Little to read, and much to draw."""
    twice = zlib.compress(zlib.compress(bytes(400_000_000), 9), 9)
    image = (b"/Type /XObject /Subtype /Image /Width 20000 /Height 20000 /ColorSpace /DeviceGray /BitsPerComponent 8 "
             b"/Filter [/FlateDecode /FlateDecode]")
    shown = _stream(b"500 0 0 500 0 0 cm /X Do")
    yield _either("image de 400 Mo.pdf", raw_pdf([_CATALOG, _PAGES, _page(_DRAWN), shown, _stream(twice, image)]))
    again = _stream(b"/X Do /X Do", _FORM + b"/Resources << /XObject << /X 5 0 R >> >>")
    yield _either("dessin qui se dessine.pdf", raw_pdf([_CATALOG, _PAGES, _page(_DRAWN), _stream(b"/X Do"), again]))
    drawings = [
        _stream(b"/X Do " * 10, _FORM + b"/Resources << /XObject << /X %d 0 R >> >>" % (number + 1))
        for number in range(5, 13)
    ]
    last = _stream(b"0 0 9 9 re f", _FORM)
    yield _either("cent millions de dessins.pdf",
                  raw_pdf([_CATALOG, _PAGES, _page(_DRAWN), _stream(b"/X Do"), *drawings, last]))
    lines = _stream(zlib.compress(b"0 0 m 500 800 l S\n" * 3_000_000, 9), b"/Filter /FlateDecode")
    yield _either("trois millions de traits.pdf", raw_pdf([_CATALOG, _PAGES, _page(b"/Contents 4 0 R"), lines]))


def _nested() -> Iterator[Sample]:
    for depth in (100, 10_000, 200_000):
        arrays, dictionaries = b"[" * depth + b"]" * depth, b"<< /X " * depth + b"0" + b" >>" * depth
        for name, deep in (("tableaux", arrays), ("dictionnaires", dictionaries)):
            yield _either(f"{depth} {name}.pdf", raw_pdf([_CATALOG, _PAGES, _page(b"/X " + deep)]))
    yield _let_in("cent mille objets.pdf", raw_pdf([_CATALOG, _PAGES, _page(), *[b"null"] * 100_000]), "dense")


def _skeletons() -> Iterator[Sample]:
    for name, content in (
        ("sans catalogue", raw_pdf([b"null"])), ("entete seule", b"%PDF-1.7\n"), ("ni page", b"%PDF-1.7\n%%EOF\n"),
        ("bruit", b"%PDF-1.7\n" + bytes(range(256)) * 100),
    ):
        yield _refused(f"{name}.pdf", content, "damaged")
    yield _either("table en rond.pdf", raw_pdf([_CATALOG, _PAGES, _page()]).replace(b"trailer<<", b"trailer<</Prev 9"))
    false = b"<< /Length 999999999 >>\nstream\n0 0 m\nendstream"
    yield _either("longueur fausse.pdf", raw_pdf([_CATALOG, _PAGES, _page(b"/Contents 4 0 R"), false]))


def _locked() -> Iterator[Sample]:
    revisions: tuple[tuple[Literal[2, 3, 4, 6], bool], ...] = ((2, False), (3, False), (4, True), (6, True))
    for revision, aes in revisions:
        for user, code in (("secret", "encrypted"), ("", "restricted")):
            lock = pikepdf.Encryption(owner="maire", user=user, R=revision, aes=aes, metadata=aes)
            yield _refused(f"verrou {revision} {user}.pdf", pdf(1, encryption=lock), code)
    foreign = raw_pdf([_CATALOG, _PAGES, _page(), b"<< /Filter /Autre /V 4 >>"])
    yield _refused("verrou d'ailleurs.pdf", foreign.replace(b"/Root", b"/Encrypt 4 0 R/Root"), "encrypted", "damaged")


def _acting() -> Iterator[Sample]:
    for name, content, flags in active_pdfs():
        yield _let_in(f"{name}.pdf", content, *flags)


def _names() -> Iterator[Sample]:
    for name in ("nul", "-rf", "--json", "\udcff.pdf", "", ".", "..", "'; DROP TABLE documents; --", "{content}",
                 "%s%n", "<b>gras</b>.pdf", "/dev/zero", "a" * 5_000):
        yield _let_in(name, plain()["pdf"])
