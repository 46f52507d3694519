"""What an agent compares a piece with: the file of the family beside what can be read on the page. No Qt.

The program helps the eye and decides nothing: what is found on the page is told, what is not found stays to be read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backoffice.documents.kinds import DocumentState, Feed, Owner
from backoffice.documents.queue import Piece, Sending
from backoffice.documents.safety.rules import FLAGS
from backoffice.families.rules import quotient_words
from backoffice.kernel.periods import french_day
from backoffice.kernel.zone import PARIS

_SHORTEST = 2


class Found(StrEnum):
    """UNREAD: the page says nothing that a program can read (a photo), or it is not there yet."""

    UNREAD = "unread"
    FOUND = "found"
    MISSING = "missing"

    @property
    def label(self) -> str:
        return {"unread": "à lire", "found": "lu sur la pièce", "missing": "pas lu sur la pièce"}[self.value]


@dataclass(frozen=True, slots=True)
class Compared:
    """A line: what it is, what the file says, and the words to look for on the page, all of them."""

    label: str
    held: str
    sought: tuple[str, ...] = ()

    def found_in(self, words: str) -> Found:
        if not words or not self.sought:
            return Found.UNREAD
        return Found.FOUND if all(one in words for one in self.sought) else Found.MISSING


def compared(piece: Piece, today: date) -> Sequence[Compared]:
    """Name, birth date, address, quotient: what this kind of piece has to agree with."""
    name = piece.person or piece.family
    lines = [Compared("Nom, prénom" if piece.person else "Famille", name, _words_of(name))]
    if piece.birth_date is not None:
        born = piece.birth_date
        lines.append(Compared("Né(e) le", f"{french_day(born)} ({age_words(born, today)})", (french_day(born),)))
    if piece.address and piece.kind.owner is not Owner.CHILD:
        lines.append(Compared("Adresse", ", ".join(piece.address), _words_of(piece.address[-1])))
    if piece.kind.values.feeds is Feed.QUOTIENT:
        held = quotient_words(piece.quotient) if piece.quotient is not None else "aucun"
        since = f", depuis le {french_day(piece.quotient_from)}" if piece.quotient_from is not None else ""
        sought = (plain(held).strip(),) if piece.quotient is not None else ()
        lines.append(Compared("QF déclaré", f"{held}{since}", sought))
    return lines


def remarks(piece: Piece) -> Sequence[str]:
    """What is to be known before deciding, one sentence each."""
    said = [FLAGS[flag].words for file in piece.files for flag in file.flags if flag in FLAGS]
    if piece.known_from:
        said.append(f"Même fichier que pour « {piece.known_from} » de cette famille")
    return tuple(dict.fromkeys(said))


def sendings(piece: Piece) -> str:
    """« 2e envoi, rejetée le 04/12/2026 : document illisible »; empty for the first."""
    before = piece.sent_before
    if not before:
        return ""
    last = before[0]
    comment = f" : {last.comment}" if last.state is DocumentState.REJECTED and last.comment else ""
    return f"{len(before) + 1}e envoi · {last.state.label.lower()} ({_day(last)}){comment}"


def earlier_words(sending: Sending) -> str:
    """The head of the version beside."""
    until = f", fin {french_day(sending.period.end)}" if sending.period and sending.period.end else ""
    return f"Version acceptée avant\ntransmise le {_day(sending)}{until}"


def age_words(born: date, today: date) -> str:
    """« 7 ans », « 14 mois » before two years."""
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return f"{months} mois" if months < 24 else f"{months // 12} ans"


def plain(text: str) -> str:
    """Letters without accents nor case, figures, one space between: how a page and a file are compared."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(char))
    return f" {' '.join(re.findall(r'[a-z0-9/]+', bare))} "


def _words_of(text: str) -> tuple[str, ...]:
    return tuple(f" {word} " for word in plain(text).split() if len(word) >= _SHORTEST)


def _day(sending: Sending) -> str:
    return french_day(sending.received_at.astimezone(PARIS).date())
