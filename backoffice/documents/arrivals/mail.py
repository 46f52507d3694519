"""A mail, however badly written, as who sent it, what it says, and the files in it. Pure: bytes in, values out.

The old policy of the library is used on purpose: it gives what is written and refuses nothing, where the new one raises
on headers that real mail programs write.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import collapse_rfc2231_value, parseaddr

from backoffice.documents.safety.verdict import NewFile

_MOST_FILES = 50
_MOST_PARTS = 500
_LONGEST_TEXT = 20_000
_LONGEST_NAME = 120
_SHOWN = frozenset({"text/plain", "text/html"})
_EXTENSIONS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/heic": ".heic", "image/heif": ".heif", "image/tiff": ".tif",
    "application/pdf": ".pdf", "message/rfc822": ".eml", "text/html": ".html", "text/plain": ".txt",
}


@dataclass(frozen=True, slots=True)
class Mail:
    """`sender`: the address alone, as it says it is: nothing proves it. `left_out`: files beyond the most we take."""

    sender: str
    subject: str
    body: str
    files: tuple[NewFile, ...]
    left_out: int = 0


def read_mail(raw: bytes) -> Mail:
    """What is in a mail. What cannot be decoded is taken as it is; the bytes of a file are never changed."""
    message = message_from_bytes(raw, policy=compat32)
    body = markup = ""
    files: list[NewFile] = []
    left_out = 0
    for part in _leaves(message):
        name, kind = _name_of(part), part.get_content_type()
        if kind in _SHOWN and not name and part.get_content_disposition() != "attachment":
            text = _text_of(part)
            body, markup = (body or text, markup) if kind == "text/plain" else (body, markup or text)
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes) or not content:
            continue
        if len(files) == _MOST_FILES:
            left_out += 1
            continue
        usual = f"piece-{len(files) + 1}{_EXTENSIONS.get(kind, '')}"
        files.append(NewFile(name or usual, content))
    return Mail(
        sender=_sender(message.get("From", "")),
        subject=_line(_decoded(message.get("Subject", "")))[:240],
        body=(body.strip() or _without_markup(markup))[:_LONGEST_TEXT].replace("\x00", ""),
        files=tuple(files),
        left_out=left_out,
    )


def _sender(header: object) -> str:
    """The address of a header. Looked for before words are decoded: « =?utf-8?q?DUBOIS=2C_L=C3=A9a?= <lea@b.example> »
    would be two addresses. Some programs encode the address too: then after."""
    for text in (str(header), _decoded(header)):
        _, found = parseaddr(text)
        if "@" in found:
            return _line(found)[:254]
    return ""


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, those of forwarded mails too; one after the other, however deep."""
    waiting: list[object] = [message]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        if not isinstance(part, Message):
            continue
        inside = part.get_payload()
        if part.is_multipart() and isinstance(inside, list):
            waiting.extend(reversed(inside))
        else:
            yield part


def _name_of(part: Message) -> str:
    told = part.get_param("filename", None, "content-disposition") or part.get_param("name", None, "content-type")
    if told is None:
        return ""
    return file_name(_decoded(collapse_rfc2231_value(told)))


def file_name(told: str) -> str:
    """A name without folders, nor anything that a file system or a screen would read otherwise; empty for none."""
    last = re.split(r"[/\\]", told)[-1]
    clean = _line(re.sub(r'[<>:"|?*\u202a-\u202e\u2066-\u2069]', "_", last)).strip(". ")
    stem, dot, extension = clean.rpartition(".")
    if dot and len(extension) <= 10:
        return f"{stem[:_LONGEST_NAME]}.{extension}" if stem else clean
    return clean[:_LONGEST_NAME]


def _text_of(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # an encoding that nobody knows
        return content.decode("latin-1")


def _decoded(header: object) -> str:
    """« =?utf-8?q?L=C3=A9a?= » → « Léa »."""
    pieces = []
    try:
        for text, charset in decode_header(str(header)):
            if isinstance(text, str):
                pieces.append(text)
                continue
            try:
                pieces.append(text.decode(charset or "utf-8", "replace"))
            except (LookupError, ValueError):
                pieces.append(text.decode("latin-1"))
    except (ValueError, LookupError):  # broken base64 in a header
        return str(header)
    return "".join(pieces)


def _line(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")  # raw bytes of a header come as lone surrogates
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())


def _without_markup(text: str) -> str:
    """What is to be read in a page, as text only: it is never shown as a page."""
    text = re.sub(r"(?is)<(script|style|head)\b.*?</\1\s*>", " ", text[:_LONGEST_TEXT * 10])
    text = re.sub(r"(?i)<br\s*/?>|</p>|</div>|</tr>", "\n", text)
    text = html.unescape(re.sub(r"(?s)<[^>]*>", " ", text))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
