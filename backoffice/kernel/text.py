"""Text made comparable: search and sorting without accents or case, the same on both engines."""

import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "’": "'"})


def folded(text: str) -> str:
    """« Léa Œuvrard » → « lea oeuvrard »."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).casefold().split())
