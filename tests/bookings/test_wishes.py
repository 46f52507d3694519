"""What families ask for: received once, shown with what it breaks, accepted or refused, taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.changes import BookingsRefused
from backoffice.bookings.events import WishesChanged
from backoffice.bookings.inbox import ListWishes, WaitingRequest
from backoffice.bookings.kinds import Channel, RuleKind, Wish
from backoffice.bookings.rules.capacity import Capacity
from backoffice.bookings.rules.notice import DaysNotice, Late, NoticeRule
from backoffice.bookings.wishes import AnswerWishes, ReceiveWishes, UndoAnswers, Wished
from backoffice.catalog.kinds import NO_STRUCTURE
from backoffice.families.commands import RemoveMember
from backoffice.kernel.errors import InvalidFields, UserError
from tests.bookings.conftest import MONDAY, WEEK, Canteen, units

HERE = AttendanceState.BOOKED


def inbox(canteen: Canteen) -> tuple[WaitingRequest, ...]:
    return canteen.town.ask(ListWishes())


def waiting_ids(canteen: Canteen) -> tuple[int, ...]:
    return tuple(wish.id for request in inbox(canteen) for wish in request.wishes)


def test_a_request_is_taken_once(canteen: Canteen) -> None:
    home = canteen.family()
    wished = Wished(home.child, canteen.meal, MONDAY)
    first = canteen.ask(home, wished, key="portail-42")
    again = canteen.ask(home, wished, key="portail-42")
    assert (first.is_new, again.is_new, again.request_id) == (True, False, first.request_id)
    assert len(canteen.town.rows("booking_wishes")) == 1


def test_the_last_word_of_a_family_counts(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.book(home)
    canteen.ask(home, Wished(home.child, canteen.meal, MONDAY, Wish.CANCEL), Wished(home.child, canteen.meal, WEEK[1]))
    canteen.ask(home, Wished(home.child, canteen.meal, MONDAY, Wish.BOOK))
    answers = [(row["day"], row["wish"], row["answer"]) for row in canteen.town.rows("booking_wishes")]
    assert answers == [
        (MONDAY, "cancel", "withdrawn"), (WEEK[1], "book", "pending"), (MONDAY, "book", "pending")
    ]


def test_the_inbox_is_by_request_oldest_first_with_what_each_wish_breaks(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    canteen.rule(RuleKind.NOTICE, NoticeRule(cancel=DaysNotice(2), late_cancellation=Late.BILLED))
    first, second, stranger = canteen.family("A"), canteen.family("B"), canteen.town.family("C")
    canteen.at(1)
    canteen.ask(second, Wished(second.child, canteen.meal, MONDAY), note="Je reprends le travail")
    canteen.at(0)
    canteen.ask(first, Wished(first.child, canteen.meal, WEEK[1]), Wished(first.child, canteen.meal, MONDAY))
    canteen.at(2)
    canteen.ask(stranger, Wished(stranger.child, canteen.meal, WEEK[3]))
    found = inbox(canteen)
    assert [request.family for request in found] == ["A", "B", "C"]
    assert [wish.day for wish in found[0].wishes] == [MONDAY, WEEK[1]]
    assert (found[1].note, found[1].channel) == ("Je reprends le travail", Channel.PORTAL)
    assert [wish.is_full for request in found for wish in request.wishes] == [False, False, True, False]
    assert found[2].wishes[0].breaks == ("Pas d'inscription à « Restauration » en cours le 11/09/2026",)
    assert canteen.town.ask(ListWishes(999)) == ()
    assert len(canteen.town.ask(ListWishes(NO_STRUCTURE))) == 3


def test_accepted_wishes_are_booked_told_in_one_mail_and_taken_back(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    home, other = canteen.family("A"), canteen.family("B")
    canteen.book(other)
    canteen.ask(home, *(Wished(home.child, canteen.meal, day) for day in WEEK))
    before, shown = units(canteen), inbox(canteen)
    heard = canteen.town.heard(WishesChanged)
    answered = canteen.town.do(AnswerWishes(waiting_ids(canteen), accept=True))
    assert heard == [WishesChanged(home.id)]
    assert canteen.states()[home.child, MONDAY] is AttendanceState.WAITING
    assert [canteen.states()[home.child, day] for day in WEEK[1:]] == [HERE] * 3
    assert canteen.row(home)["channel"] == "portal"
    (body,) = canteen.letters("wishes_answered")
    assert "- Restauration, Repas : les 8, 10 et 11 septembre 2026 (A Léa)" in body
    assert "Sur liste d'attente" in body
    assert inbox(canteen) == ()
    canteen.town.do(UndoAnswers(answered))
    assert units(canteen) == before
    assert inbox(canteen) == shown
    assert canteen.letters("wishes_answered") == []


def test_a_refusal_says_why_to_the_family_and_is_taken_back(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.ask(home, *(Wished(home.child, canteen.meal, day) for day in WEEK))
    ids = waiting_ids(canteen)
    with pytest.raises(InvalidFields) as refusal:
        canteen.town.do(AnswerWishes(ids, accept=False, reason="  "))
    assert set(refusal.value.fields) == {"reason"}
    answered = canteen.town.do(AnswerWishes(ids, accept=False, reason="Fermeture pour travaux"))
    (body,) = canteen.letters("wishes_answered")
    assert "les 7, 8, 10 et 11 septembre 2026 (MARTIN Léa) : Fermeture pour travaux" in body
    assert canteen.states() == {}
    canteen.town.do(UndoAnswers(answered))
    assert waiting_ids(canteen) == ids
    with pytest.raises(UserError) as again:
        canteen.town.do(UndoAnswers(answered))
    assert again.value.code == "record.changed_meanwhile"


def test_an_answer_that_was_read_is_not_taken_back(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.ask(home, Wished(home.child, canteen.meal, MONDAY))
    answered = canteen.town.do(AnswerWishes(waiting_ids(canteen), accept=True))
    canteen.town.sql("UPDATE letters SET state = 'closed', closed_at = send_after, version = version + 1")
    assert canteen.town.refused(UndoAnswers(answered)) == "bookings.letter_left"


def test_a_wish_is_answered_once(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.ask(home, Wished(home.child, canteen.meal, MONDAY))
    ids = waiting_ids(canteen)
    canteen.town.do(AnswerWishes(ids, accept=True))
    assert canteen.town.refused(AnswerWishes(ids, accept=False, reason="Non")) == "bookings.wish_answered"
    assert canteen.town.refused(AnswerWishes((), accept=True)) == "bookings.no_wish"


def test_a_wish_made_in_time_is_accepted_in_time(canteen: Canteen) -> None:
    """Who asked before the deadline is not late because the service answers after it."""
    home, late = canteen.family("A"), canteen.family("B")
    canteen.rule(RuleKind.NOTICE, NoticeRule(book=DaysNotice(2), late_booking=Late.REFUSED))
    canteen.ask(home, Wished(home.child, canteen.meal, MONDAY))
    canteen.at(24 * 7 - 3)
    canteen.ask(late, Wished(late.child, canteen.meal, MONDAY))
    first, second = waiting_ids(canteen)
    canteen.town.do(AnswerWishes((first,), accept=True))
    with pytest.raises(BookingsRefused) as refusal:
        canteen.town.do(AnswerWishes((second,), accept=True))
    assert "Trop tard" in refusal.value.cells[0].reasons[0]
    canteen.town.do(AnswerWishes((second,), accept=True, override="Urgence"))
    assert canteen.row(late)["note"] == "Urgence"


def test_a_cancellation_is_asked_shown_late_and_accepted(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.book(home)
    canteen.rule(RuleKind.NOTICE, NoticeRule(cancel=DaysNotice(2), late_cancellation=Late.BILLED))
    canteen.at(24 * 6)
    canteen.ask(home, Wished(home.child, canteen.meal, MONDAY, Wish.CANCEL))
    ((wish,),) = (request.wishes for request in inbox(canteen))
    assert (wish.wish, wish.is_late, wish.breaks) == (Wish.CANCEL, True, ())
    canteen.town.do(AnswerWishes((wish.id,), accept=True))
    assert canteen.states() == {(home.child, MONDAY): AttendanceState.ABSENT}
    assert "annulation, le 7 septembre 2026" in canteen.letters("wishes_answered")[0]


@pytest.mark.parametrize(
    ("kind", "code"), [("nothing", "bookings.no_wish"), ("stranger", "attendance.not_in_family"),
                       ("slot", "catalog.unknown_slot"), ("family", "family.unknown")],
)
def test_an_impossible_request_is_refused_whole(canteen: Canteen, kind: str, code: str) -> None:
    home, other = canteen.family("A"), canteen.family("B")
    wished = {
        "nothing": (), "stranger": (Wished(other.child, canteen.meal, MONDAY),),
        "slot": (Wished(home.child, 999, MONDAY),), "family": (Wished(home.child, canteen.meal, MONDAY),),
    }[kind]
    family = 999 if kind == "family" else home.id
    assert canteen.town.refused(ReceiveWishes(family, wished, Channel.DESK)) == code
    assert canteen.town.rows("booking_requests") == []


def test_a_child_whose_wish_waits_stays_in_the_family(canteen: Canteen) -> None:
    home = canteen.town.family("A", "Ali", "Bea")
    canteen.ask(home, Wished(home.child, canteen.meal, MONDAY))
    assert canteen.town.refused(RemoveMember(home.id, home.child)) == "member.has_wishes"


def test_who_may_not_write_to_families_answers_and_hears_it(canteen: Canteen) -> None:
    home = canteen.family()
    canteen.ask(home, Wished(home.child, canteen.meal, MONDAY))
    canteen.without("letters.write")
    assert not canteen.town.do(AnswerWishes(waiting_ids(canteen), accept=True)).is_told
    assert canteen.town.rows("letters") == []


def test_the_rank_of_a_wish_is_that_of_the_day_it_came(canteen: Canteen) -> None:
    canteen.rule(RuleKind.CAPACITY, Capacity(total=1))
    taking, asking, later = (canteen.family(name) for name in "ABC")
    canteen.book(taking)
    canteen.ask(asking, Wished(asking.child, canteen.meal, MONDAY))
    canteen.at(1)
    canteen.book(later)
    canteen.at(2)
    canteen.town.do(AnswerWishes(waiting_ids(canteen), accept=True))
    assert canteen.row(asking)["queued_at"] == datetime(2026, 8, 31, 11, tzinfo=UTC)
    assert canteen.row(later)["queued_at"] - canteen.row(asking)["queued_at"] == timedelta(hours=1)
    (given,) = canteen.cancel(taking).given
    assert given.child_id == asking.child
