"""Closing the letters whose hold is over, then sending them, each at least once and by one sender at a time.

A sender takes a letter for a while, in a transaction of its own; if it dies, another takes it over when that while is
past, with the same Message-ID. What was written and to whom is in no log.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import ColumnElement, and_, func, select

from backoffice.kernel.application import Application, Command, Context, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.progress import Progress, silent
from backoffice.kernel.secrets import mail_password
from backoffice.kernel.settings import Settings
from backoffice.letters.events import LettersChanged
from backoffice.letters.kinds import LetterState
from backoffice.letters.posting import Delivery, Envelope, Fate, Posting, posting, sender_of, smtp_account
from backoffice.letters.rules import LetterFile, is_address, next_try
from backoffice.letters.tables import LetterFileRow, LetterRow

LEASE = timedelta(minutes=10)
"""Longer than any sending: a sender that has not said what became of a letter by then is dead."""

_PATIENCE_DAYS = 3
_LONGEST_FAILURE = 240

Opening = Callable[[], AbstractContextManager[Posting]]


@dataclass(frozen=True)
class CloseLetters(Command[int]):
    """Close every letter whose hold is over at this moment; answers how many. Nothing is taken back from them."""

    moment: datetime


@use_case(CloseLetters, permission="letters.send", action="letters.closed")
def close_letters(command: CloseLetters, context: Context) -> int:
    due = context.session.scalars(
        select(LetterRow).where(_hold_is_over(command.moment)).with_for_update(skip_locked=True)
    ).all()
    for letter in due:
        letter.closed_at = command.moment
        letter.state = LetterState.CLOSED if is_address(letter.to_address) else LetterState.TO_PRINT
        context.events.append(LettersChanged(letter.family_id))
    context.record("letters", count=len(due))
    return len(due)


@dataclass(frozen=True)
class TakeLetter(Command[Envelope | None]):
    """Take one letter that is to leave at this moment; None when there is none. Nobody else has it for `LEASE`."""

    moment: datetime


@use_case(TakeLetter, permission="letters.send", action="letters.taken")
def take_letter(command: TakeLetter, context: Context) -> Envelope | None:
    letter = context.session.scalars(
        select(LetterRow).where(_may_leave(command.moment)).order_by(LetterRow.send_after, LetterRow.id).limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if letter is None or letter.closed_at is None:
        return None
    letter.state = LetterState.SENDING
    letter.send_after = command.moment + LEASE
    letter.tries += 1
    context.record(f"letter {letter.id}", tries=letter.tries)
    return Envelope(
        letter.id, letter.family_id, letter.to_address, letter.subject, letter.body, letter.message_id,
        letter.closed_at, letter.tries, _files_of(context.session, letter.id),
    )


def _files_of(session: Session, letter_id: int) -> tuple[LetterFile, ...]:
    rows = session.scalars(
        select(LetterFileRow).where(LetterFileRow.letter_id == letter_id).order_by(LetterFileRow.id)
    )
    return tuple(LetterFile(row.name, row.media_type, row.content) for row in rows)


@dataclass(frozen=True)
class TellDelivery(Command[None]):
    """Write down what became of a letter that was taken at its `tries`-th try; too late, nothing changes."""

    letter_id: int
    tries: int
    delivery: Delivery
    moment: datetime


@use_case(TellDelivery, permission="letters.send", action="letters.told")
def tell_delivery(command: TellDelivery, context: Context) -> None:
    letter = context.session.scalars(
        select(LetterRow).where(LetterRow.id == command.letter_id).with_for_update()
    ).one_or_none()
    if letter is None or (letter.state, letter.tries) != (LetterState.SENDING, command.tries):
        return
    delivery, moment = command.delivery, command.moment
    letter.send_after = moment
    if delivery.fate is Fate.SENT:
        letter.state, letter.sent_at, letter.failure = LetterState.SENT, moment, ""
        delivered = context.session.scalars(select(LetterFileRow.id).where(LetterFileRow.letter_id == letter.id)).all()
        remove(context.session, LetterFileRow, delivered)
    elif (failure := _lasting_failure(letter, delivery, moment)) is not None:
        letter.state, letter.failure = LetterState.FAILED, sentence(failure)[:_LONGEST_FAILURE]
    else:
        letter.state, letter.send_after = LetterState.CLOSED, next_try(moment, letter.tries)
    context.record(f"letter {letter.id}", state=str(letter.state), reply=delivery.reply)
    context.events.append(LettersChanged(letter.family_id))


def _lasting_failure(letter: LetterRow, delivery: Delivery, moment: datetime) -> UserError | None:
    """What only an agent can mend; None while trying again may do."""
    if delivery.fate is Fate.ADDRESS:
        return UserError("letters.address_refused", address=letter.to_address, reply=_code(delivery))
    if delivery.fate is Fate.CONTENT:
        return UserError("letters.content_refused", reply=_code(delivery))
    if letter.closed_at is not None and moment - letter.closed_at > timedelta(days=_PATIENCE_DAYS):
        return UserError("letters.never_taken", days=str(_PATIENCE_DAYS), reply=_code(delivery))
    return None


def _code(delivery: Delivery) -> str:
    return f"code {delivery.reply}" if delivery.reply else "sans réponse"


def _hold_is_over(moment: datetime) -> ColumnElement[bool]:
    return and_(LetterRow.closed_at.is_(None), LetterRow.send_after <= moment)


def _may_leave(moment: datetime) -> ColumnElement[bool]:
    waits = LetterRow.state.in_((LetterState.CLOSED.value, LetterState.SENDING.value))
    return and_(LetterRow.sent_at.is_(None), waits, LetterRow.send_after <= moment)


# --- one turn ----------------------------------------------------------------------------------------------------


def send_letters(
    app: Application, open_posting: Opening, progress: Progress = silent, now: Callable[[], datetime] | None = None
) -> int:
    """Close what is due, then send what may leave; answers how many letters were closed or tried.

    `now` tells the time by the clock that holds were counted with. Raises what `open_posting` raises, EnvironmentFault
    `mail.sender_refused`, `mail.interrupted`; letters then wait, whole. Raises Cancelled between two letters.
    """
    tell = now or (lambda: _moment(app))
    began = tell()
    done = app.execute(CloseLetters(began)) if _any(app, _hold_is_over(began)) else 0
    if not _any(app, _may_leave(began)):
        return done
    with open_posting() as post:
        for number in count():
            progress(number, 0, "courriels")
            letter = app.execute(TakeLetter(tell()))  # each has its own time: a thousand of them last longer than one's
            if letter is None:
                return done + number
            delivery = _posted(app, post, letter, tell)
            app.execute(TellDelivery(letter.id, letter.tries, delivery, tell()))
            if delivery.cut:
                raise EnvironmentFault("mail.interrupted")
    return done


def _posted(app: Application, post: Posting, letter: Envelope, tell: Callable[[], datetime]) -> Delivery:
    try:
        return post.post(letter)
    except EnvironmentFault:
        app.execute(TellDelivery(letter.id, letter.tries, Delivery(Fate.LATER), tell()))
        raise


def _any(app: Application, which: ColumnElement[bool]) -> bool:
    with app.database.read() as session:
        return session.scalars(select(LetterRow.id).where(which).limit(1)).first() is not None


def _moment(app: Application) -> datetime:
    """Holds are counted by the server's clock where there is one."""
    if app.database.is_embedded:
        return app.clock.now()
    with app.database.read() as session:
        now: datetime = session.scalars(select(func.clock_timestamp())).one()
        return now


def by_smtp(settings: Settings) -> AbstractContextManager[Posting]:
    """The connection that the settings of this computer describe. Raises UserError `mail.no_smtp`, EnvironmentFault."""
    account = smtp_account(settings)
    password = mail_password("smtp", account.login, account.server) if account.login else None
    return posting(account, password, sender_of(settings))
