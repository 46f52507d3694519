"""Where a form is, from when it was made, what its letter became and what came back; and the number on the paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backoffice.documents.forms import FormState, Generation, Return, followed, number_typed, printed_number
from backoffice.documents.kinds import DocumentState

MADE = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)
BEFORE, AFTER = MADE - timedelta(days=200), MADE + timedelta(days=9)
PENDING, ACCEPTED, REJECTED = DocumentState.PENDING, DocumentState.ACCEPTED, DocumentState.REJECTED


def back(at: datetime, state: DocumentState, *, holds: bool = True, decided: datetime | None = None) -> Return:
    return Return(at, decided or at, state, holds)


@pytest.mark.parametrize(("made", "returns", "state"), [
    ([], [], FormState.NOTHING),
    ([Generation(1, MADE)], [], FormState.GENERATED),
    ([Generation(1, MADE, letter_waits=True)], [], FormState.TO_SEND),
    ([Generation(1, MADE, letter_stopped=True)], [], FormState.STOPPED),
    ([Generation(1, MADE, sent_at=MADE)], [], FormState.SENT),
    ([Generation(1, MADE, sent_at=MADE)], [back(AFTER, PENDING)], FormState.RETURNED),
    ([Generation(1, MADE, sent_at=MADE)], [back(AFTER, REJECTED)], FormState.REJECTED),
    ([Generation(1, MADE, sent_at=MADE)], [back(AFTER, ACCEPTED)], FormState.VALIDATED),
    # rejected, then sent back again
    ([Generation(1, MADE)], [back(AFTER, REJECTED), back(AFTER + timedelta(days=1), PENDING)], FormState.RETURNED),
    # last year's, still valid when the form of this one leaves
    ([Generation(2, MADE, sent_at=MADE)], [back(BEFORE, ACCEPTED)], FormState.SENT),
    # it had come before the form was made again, and was accepted after
    ([Generation(2, MADE)], [back(BEFORE, ACCEPTED, decided=AFTER)], FormState.VALIDATED),
    ([], [back(BEFORE, ACCEPTED)], FormState.VALIDATED),
    ([], [back(BEFORE, ACCEPTED, holds=False)], FormState.NOTHING),
    # made again since it was rejected
    ([Generation(1, BEFORE), Generation(2, MADE)], [back(MADE - timedelta(days=1), REJECTED)], FormState.GENERATED),
])
def test_a_form_is_where_its_last_news_puts_it(
    made: list[Generation], returns: list[Return], state: FormState
) -> None:
    assert followed(made, returns).state is state


def test_its_days_are_told_in_one_sentence() -> None:
    waiting = followed([Generation(1, MADE, sent_at=MADE + timedelta(days=1))], [])
    assert waiting.told == "Générée le 02/06/2026, envoyée le 03/06/2026, en attente du retour signé."
    done = followed([Generation(1, MADE)], [back(AFTER, ACCEPTED)])
    assert done.told == "Générée le 02/06/2026, validée le 11/06/2026."


def test_a_number_is_read_again_as_it_is_typed_and_a_wrong_digit_is_noticed() -> None:
    printed = printed_number(1234)
    assert number_typed(printed) == number_typed(f" fiche-{printed.replace('-', ' ')} ") == 1234
    for place, digit in enumerate(printed):
        if digit.isdigit():
            wrong = printed[:place] + str((int(digit) + 1) % 10) + printed[place + 1:]
            assert number_typed(wrong) is None, wrong
    assert number_typed("") is None
