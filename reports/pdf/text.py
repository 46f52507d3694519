"""Text made safe, measured and cut into lines. Names are elided at the end; numbers never pass through here."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from reports.pdf.fonts import REGULAR, REPLACEMENT, Face

ELLIPSIS = "…"
# In points. A size chosen by `shrink` fills its room exactly; the last digit of a product must not elide the text.
_TOLERANCE = 0.01
# Controls, marks of writing direction and joiners, surrogates, private and unassigned code points, and accents
# that found no letter to sit on.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"})
_SKIN_TONES = range(0x1F3FB, 0x1F400)


@lru_cache(maxsize=8192)
def clean(text: str) -> str:
    """One line, composed letters, only characters the font can draw; the others become « □ ».

    Whatever an import or a copy-paste brought: tags are plain characters, breaks become spaces, controls and
    direction marks vanish.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    known = REGULAR.known
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        if character in "\t\n\r\v\f\u2028\u2029":
            kept.append(" ")
        elif unicodedata.category(character) in _DROPPED or ord(character) in _SKIN_TONES:
            continue
        else:
            kept.append(character if character in known else REPLACEMENT)
    return "".join(kept).strip(" ")


def lines_of(text: str) -> list[str]:
    """The paragraphs of a text of several lines, each made safe; empty ones are dropped."""
    return [line for line in map(clean, text.splitlines()) if line]


@lru_cache(maxsize=8192)
def elide(text: str, face: Face, size: float, width: float) -> str:
    """The text, or its beginning followed by « … » when it is longer than `width` points."""
    if face.width(text, size) <= width + _TOLERANCE:
        return text
    room = width - face.width(ELLIPSIS, size)
    end = len(text)
    while end and face.width(text[:end], size) > room:
        end -= 1
    return text[:end].rstrip(" ") + ELLIPSIS


@lru_cache(maxsize=8192)
def wrap(text: str, face: Face, size: float, width: float, most: int = 0) -> tuple[str, ...]:
    """Lines no longer than `width` points; at most `most` of them (0: no limit), the last one elided.

    Cut at plain spaces, so that « 12 € » stays together; a word longer than a line is cut after a
    hyphen, or where it must.
    """
    if face.width(text, size) <= width:
        return (text,) if text else ()
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        longer = f"{current} {word}" if current else word
        if face.width(longer, size) <= width:
            current = longer
            continue
        if current:
            lines.append(current)
        *whole, current = _pieces(word, face, size, width)
        lines += whole
    if current:
        lines.append(current)
    if most and len(lines) > most:
        rest = " ".join(lines[most - 1:])
        lines[most - 1:] = [elide(rest, face, size, width)]
    return tuple(lines)


def _pieces(word: str, face: Face, size: float, width: float) -> list[str]:
    pieces: list[str] = []
    while face.width(word, size) > width and len(word) > 1:
        end = len(word)
        while end > 1 and face.width(word[:end], size) > width:
            end -= 1
        end = word.rfind("-", 1, end) + 1 or end  # a compound name is cut after a hyphen
        pieces.append(word[:end])
        word = word[end:]
    return [*pieces, word]


def shrink(text: str, face: Face, size: float, least: float, width: float) -> float:
    """The size, between `least` and `size`, at which the text holds in `width` points; `least` if none does."""
    natural = face.width(text, 1)
    return size if natural * size <= width else max(least, width / natural)
