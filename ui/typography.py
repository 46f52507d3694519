"""French sentences on screen: nothing is left alone at an end of line that belongs to the word beside it. No Qt."""

from __future__ import annotations

import re

from backoffice.kernel.money import NO_BREAK_SPACE

_BEFORE = re.compile(" (?=[:;!?»%€])")


def typeset(text: str) -> str:
    """A sentence as it is typed in the code, with the no-break spaces of French: inside « », before : ; ! ? % €."""
    if " " not in text:
        return text
    return _BEFORE.sub(NO_BREAK_SPACE, text).replace("« ", f"«{NO_BREAK_SPACE}")
