"""Text made comparable: search and sorting without accents or case, the same on both engines."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "’": "'"})


def folded(text: str) -> str:
    """« Léa Œuvrard » → « lea oeuvrard »."""
    if text.isascii():  # most of a town: sorting twenty thousand names then stays unnoticed
        return " ".join(text.casefold().split())
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).casefold().split())


def words_of(text: str) -> list[str]:
    """The folded words of a name, cut at hyphens and apostrophes too: « Léa d'Œuvre-Roy » → lea, d, oeuvre, roy."""
    return re.findall(r"[^\s\-'.,;]+", folded(text))


def digits_of(text: str) -> str:
    """The digits of a phone number as one dials it in France: « +33 4 76-92 » → « 047692 »."""
    digits = "".join(re.findall(r"[0-9]+", text))
    if text.lstrip().startswith(("+33", "0033")):
        return "0" + digits.lstrip("0")[2:].lstrip("0")
    return digits


def needles(text: str) -> tuple[str, ...]:
    """What a haystack (see `PersonListRow`) must hold, all of it, to answer what was typed.

    A number typed with spaces or dots is one needle; otherwise each word is one.
    """
    if re.fullmatch(r"\+?[\d\s./()-]*\d[\d\s./()-]*", text.strip(), re.ASCII):
        return (digits_of(text),)
    return tuple(folded(text).split())
