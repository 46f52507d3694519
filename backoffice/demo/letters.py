"""What was written to families of Valbrume these last days: letters that left, came back, or are to print.

Nothing is left to send: a computer that has a mail server set up must never write to an invented family.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from backoffice.demo.pieces import Household
from backoffice.families.queries import mail_addresses
from backoffice.kernel.application import Context
from backoffice.letters.kinds import LetterKind
from backoffice.letters.posting import Delivery, Fate
from backoffice.letters.saying import say
from backoffice.letters.sending import CloseLetters, TakeLetter, TellDelivery, close_letters, take_letter, tell_delivery

_REMINDER = "reminder"
_MISSING = ("Attestation QF CAF/ MSA", "Fiche sanitaire de liaisons", "Justificatif de domicile")
_BOX_UNKNOWN = 550
_FATES = (Fate.SENT, Fate.SENT, Fate.ADDRESS, Fate.SENT, Fate.SENT, Fate.CONTENT, Fate.SENT)
_TO_PRINT = 2
_HOURS_BETWEEN = 21


def write_letters(context: Context, families: Sequence[Household]) -> int:
    """Remind some families of what is missing, some days ago; answers how many were written to."""
    if not all(context.actor.may(f"letters.{right}") for right in ("write", "send")):
        return 0
    addresses = mail_addresses(context.session, [family.family_id for family in families])
    reached = [family for family in families if family.family_id in addresses][:len(_FATES)]
    unreached = [family for family in families if family.family_id not in addresses][:_TO_PRINT]
    moment = context.now - timedelta(hours=_HOURS_BETWEEN * (len(reached) + len(unreached) + 1))
    for number, family in enumerate((*reached, *unreached)):
        moment += timedelta(hours=_HOURS_BETWEEN)
        _remind(replace(context, now=moment, today=moment.date(), events=[]), family, number)
        _leave(context, moment, _FATES[number % len(_FATES)])
    return len(reached) + len(unreached)


def _remind(context: Context, family: Household, number: int) -> None:
    documents = _MISSING[:1 + number % len(_MISSING)]
    for place, document in enumerate(documents):
        facts: dict[str, object] = {"outcome": "missing", "document": document}
        if "sanitaire" in document:
            facts["person"] = family.child
        say(context, family.family_id, LetterKind.DOCUMENTS_REMINDER, _REMINDER, family.family_id * 10 + place, facts,
            timedelta())


def _leave(context: Context, moment: datetime, fate: Fate) -> None:
    """Close it and tell what became of it: taken at once, so that nobody else ever sends it."""
    close_letters(CloseLetters(moment), context)
    letter = take_letter(TakeLetter(moment), context)
    if letter is not None:
        delivery = Delivery(fate, 0 if fate is Fate.SENT else _BOX_UNKNOWN)
        tell_delivery(TellDelivery(letter.id, letter.tries, delivery, moment), context)
