"""What is read of a server's certificate to say what is wrong with it: from when to when it is good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0x17, 0x18


def validity(certificate: bytes) -> tuple[datetime, datetime]:
    """The first and the last instant of a certificate in DER (X.509, RFC 5280).

    The standard library only tells them of a certificate that it trusts. Raises ValueError for anything else.
    """
    (_, outer), *_ = _parts(certificate)
    (_, signed), *_ = _parts(outer)
    # version, serial number, algorithm and issuer come before; the validity is the first sequence of two instants.
    for tag, value in _parts(signed):
        inside = list(_parts(value)) if tag == _SEQUENCE else []
        if len(inside) == 2 and {kind for kind, _ in inside} <= {_UTC_TIME, _GENERALIZED_TIME}:
            (first, last) = (_instant(kind, text) for kind, text in inside)
            return first, last
    raise ValueError("no validity in this certificate")


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The tag and the value of each element."""
    place = 0
    while place < len(data):
        tag, length, start = data[place], data[place + 1] if place + 1 < len(data) else 0, place + 2
        if length & 0x80:
            size = length & 0x7F
            length, start = int.from_bytes(data[start : start + size], "big"), start + size
        if start + length > len(data):
            raise ValueError("a certificate cut short")
        yield tag, data[start : start + length]
        place = start + length


def _instant(kind: int, text: bytes) -> datetime:
    digits = text.decode("ascii")
    if kind == _UTC_TIME:  # two digits for the year: 1950 to 2049
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
