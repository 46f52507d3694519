"""What a file is, from its first bytes only, and what is noticed in it. Pure: nothing is opened here."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

PDF, JPEG, PNG, HEIC, TIFF = "application/pdf", "image/jpeg", "image/png", "image/heic", "image/tiff"
SHOWN = frozenset({PDF, JPEG, PNG, HEIC})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
_ARCHIVES = (
    b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"MSCF",
    b"\x28\xb5\x2f\xfd",
)  # fmt: skip
_ARCHIVES_WITHIN = ((257, b"ustar"), (32_769, b"CD001"))
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!", b"L\x00\x00\x00\x01\x14\x02\x00")
_OFFICE = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf")  # Word, Excel, PowerPoint before 2007, Outlook; text
_OFFICE_INSIDE = (b"word/", b"xl/", b"ppt/", b"mimetypeapplication/vnd.oasis.")
_WEB = (b"<!doctype", b"<?xml", b"<?php", b"<script", b"<body", b"<head")
_READ_AS_PDF = 1024  # readers look for « %PDF- » that far
_NOT_PADDING = re.compile(rb"[^\x00]")
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # what ends the coded part of a JPEG
_LOOKED_AT = 4096


@dataclass(frozen=True, slots=True)
class Flag:
    """Something noticed in a file that is let in: what an agent reads beside its preview."""

    code: str
    words: str


QUARANTINE, INFECTED = "quarantine", "infected"

FLAGS = {
    flag.code: flag
    for flag in (
        Flag("script", "Contient un programme (JavaScript), qui n'est pas exécuté"),
        Flag("opening", "Contient une action à l'ouverture, qui n'est pas exécutée"),
        Flag("launch", "Contient une commande qui lance un programme, ignorée"),
        Flag("attachment", "Contient un fichier joint, qui n'est pas montré"),
        Flag("sending", "Enverrait des données ailleurs, ce qui n'est pas fait"),
        Flag("elsewhere", "Renvoie vers un autre fichier, qui n'est pas ouvert"),
        Flag("form", "Contient un formulaire à remplir"),
        Flag("tail", "Contient autre chose après sa fin, qui n'est pas montré"),
        Flag("dense", "Trop touffu pour être examiné en entier"),
        Flag("blurred", "Peu lisible : la photo est floue, ou presque vide"),
        Flag("converted", "Numérisation convertie pour être lue"),
        Flag("damaged", "Abîmé par endroits : comparez avec l'original si un doute reste"),
        Flag("name", "Son nom disait autre chose que ce qu'il est"),
        Flag(QUARANTINE, "En quarantaine : l'antivirus n'a pas pu l'examiner"),
        Flag(INFECTED, "L'antivirus y a reconnu un programme malveillant"),
    )
}


def media_type(content: bytes) -> str:
    """What is let in, by its first bytes; empty for anything else."""
    head = content[:32]
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return HEIC
    if head[:4] in {b"II*\x00", b"MM\x00*"}:
        return TIFF
    return ""


def refusal(content: bytes, most_bytes: int) -> str:
    """Why a file is not even opened, as the code of a sentence; empty when it may be."""
    if not content:
        return "judged.empty"
    if len(content) > most_bytes:
        return "judged.too_large"
    head = content[:_LOOKED_AT]
    if kind := media_type(content):
        return "judged.disguised" if kind != PDF and b"%PDF-" in head[:_READ_AS_PDF] else ""
    text = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()  # UTF-16 too
    if head.startswith(_OFFICE) or (head.startswith(b"PK") and any(name in head for name in _OFFICE_INSIDE)):
        return "judged.office"
    if head.startswith(_ARCHIVES) or any(content[at:at + len(mark)] == mark for at, mark in _ARCHIVES_WITHIN):
        return "judged.archive"
    if head.startswith(_PROGRAMS):
        return "judged.program"
    if b"<svg" in text or b"<html" in text or text.startswith(_WEB):
        return "judged.web_page"
    if b"%PDF-" in head:
        return "judged.disguised"  # a PDF that begins as something else is read in two ways
    return "judged.unknown"


def disagrees(content: bytes, name: str) -> bool:
    """Whether the name says another type than the content: not a reason to refuse, telephones do it every day."""
    usual = {
        PDF: {"pdf"}, JPEG: {"jpg", "jpeg", "jpe", "jfif"}, PNG: {"png"}, HEIC: {"heic", "heif", "hif"},
        TIFF: {"tif", "tiff"},
    }  # fmt: skip
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    return extension not in usual.get(media_type(content), {extension})


def has_tail(content: bytes) -> bool:
    """Whether something lies after the end of a picture or of a PDF: another file hidden behind it."""
    kind = media_type(content)
    if kind == PDF:
        end = content.rfind(b"%%EOF") + 5
    elif kind == PNG:
        end = _end_of_png(content)
    elif kind == JPEG:
        end = _end_of_jpeg(content)
    else:
        return False
    return content[end:].strip(b"\x00\t\r\n ") != b""


def _end_of_png(content: bytes) -> int:
    """Where its last piece ends. Never found by its name: whoever hides something would write it again."""
    at = 8
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        at, name = at + 12 + length, content[at + 4:at + 8]
        if name == b"IEND":
            break
    return at


def _end_of_jpeg(content: bytes) -> int:
    """Where its last picture ends: telephones write several one after the other."""
    end = 0
    while content.startswith(b"\xff\xd8\xff", end):
        end = _end_of_one_jpeg(content, end + 2)
        padded = _NOT_PADDING.search(content, end)
        if padded and content.startswith(b"\xff\xd8\xff", padded.start()):
            end = padded.start()
    return end


def _end_of_one_jpeg(content: bytes, at: int) -> int:
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            return at
        marker = content[at + 1]
        if marker == 0xD9:
            return at + 2
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD7:  # padding, and markers that hold nothing
            at += 1 if marker == 0xFF else 2
            continue
        at += 2 + int.from_bytes(content[at + 2:at + 4])
        if marker == 0xDA and (found := _AFTER_SCAN.search(content, at)):
            at = found.start()
    return at + 2 if content[at:at + 2] == b"\xff\xd9" else at


def is_zip_too(content: bytes) -> bool:
    """Whether the same bytes are an archive read from their end."""
    return b"PK\x05\x06" in content[-66_000:]
