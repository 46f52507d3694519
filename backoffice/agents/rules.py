"""What a password and a login must be. Pure: the shapes and the lists come as values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from backoffice.kernel.errors import UserError
from backoffice.kernel.text import folded

LONGEST_LOGIN = 63  # bytes that a name of the server holds
_LOGIN = re.compile(rf"[a-z][a-z0-9._-]{{0,{LONGEST_LOGIN - 1}}}")
_WORD = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LEAST_RUN = 3
_LONGEST_JUDGED = 128
_ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "&e\"'(-e_ca)=")
_LOOKALIKES = str.maketrans("@4301!5$7", "aaeoiisst")


@dataclass(frozen=True, slots=True)
class Shape:
    """So many characters, of so many classes among small letters, capitals, digits and other signs."""

    length: int
    classes: int


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """What is enough: one of the shapes, or so many words of so many letters. `common` counts for nothing."""

    enough: tuple[Shape, ...]
    words: int
    letters: int
    common: frozenset[str]

    @property
    def in_french(self) -> str:
        """« 12 caractères de 4 genres, 14 caractères de 3 genres, ou une phrase d'au moins 7 mots »."""
        shapes = [f"{shape.length} caractères de {shape.classes} genres" for shape in self.enough]
        return ", ".join([*shapes, f"ou une phrase d'au moins {self.words} mots"])


def refuse_weak(password: str, about: Iterable[str], rules: PasswordRules) -> None:
    """Whether a password is enough by itself, without anything that slows down who tries many.

    `about`: names that whoever knows the agent tries first. Raises UserError `password.missing`,
    `password.unprintable`, `password.too_weak`, `password.predictable`.
    """
    if not password:
        raise UserError("password.missing")
    if password != password.strip() or not password.isprintable():
        raise UserError("password.unprintable")
    known = rules.common | {part for name in about for part in _parts(name)}
    words = {word for word in _WORD.findall(folded(password)) if len(word) >= rules.letters}
    if len(words) >= rules.words:
        if 2 * len(words - known) <= len(words):
            raise UserError("password.predictable")
        return
    classes = _classes(password)
    if not _fits(len(password), classes, rules):
        raise UserError("password.too_weak", enough=rules.in_french)
    if not _fits(weight(password, known), classes, rules):
        raise UserError("password.predictable")


def refuse_login(login: str) -> None:
    """Raises UserError `agent.login_shape` for what would have to be quoted everywhere, or would be cut."""
    if not _LOGIN.fullmatch(login):
        raise UserError("agent.login_shape", login=login)


def weight(password: str, known: frozenset[str]) -> int:
    """How many characters count: a known word, a run of the keyboard, a year count for one, and so does any other."""
    plain = "".join(_plain(sign) for sign in password[:_LONGEST_JUDGED])
    read = plain.translate(_LOOKALIKES)
    least = [0]
    for end in range(1, len(plain) + 1):
        found = least[end - 1] + 1
        for start in range(end - _LEAST_RUN, -1, -1):
            if least[start] + 1 < found and _is_known(plain[start:end], read[start:end], known):
                found = least[start] + 1
        least.append(found)
    return least[-1]


def _fits(length: int, classes: int, rules: PasswordRules) -> bool:
    return any(length >= shape.length and classes >= shape.classes for shape in rules.enough)


def _classes(password: str) -> int:
    return len({
        "small" if sign.islower() else "capital" if sign.isupper() else "digit" if sign.isdigit() else "other"
        for sign in password
    })


def _is_known(plain: str, read: str, known: frozenset[str]) -> bool:
    return plain in known or read in known or bool(_YEAR.fullmatch(plain)) or _is_run(plain)


def _is_run(text: str) -> bool:
    """« aaa », « abc », « 321 », « uiop »."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({0}, {1}, {-1}) or any(text in row or text[::-1] in row for row in _ROWS)


def _plain(sign: str) -> str:
    """One small letter without its accent, so that places stay those of the password."""
    return unicodedata.normalize("NFD", sign.lower())[0]


def _parts(name: str) -> Iterator[str]:
    """« Anne-Marie DUPONT » gives anne, marie, dupont; short ones are in every word."""
    whole = folded(name)
    yield from (part for part in _WORD.findall(whole) if len(part) >= _LEAST_RUN)
    together = "".join(_WORD.findall(whole))
    if len(together) >= _LEAST_RUN:
        yield together
