"""What is missing and what ends soon, who is reminded of it, and how fast families are answered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from backoffice.documents.delays import Urgency
from backoffice.documents.figures import ReviewFigures, share_within
from backoffice.documents.kinds import Blocks, DocumentState, ObligationState
from backoffice.documents.outstanding import (
    ListOutstanding,
    Outstanding,
    OutstandingLine,
    follow_up_days,
    outstanding_lines,
)
from backoffice.documents.reminding import PlanReminders, Reminded, SendReminders, TakeBackReminders
from backoffice.documents.waiving import GiveWaiver
from backoffice.kernel.errors import Cancelled
from backoffice.kernel.periods import Period
from backoffice.letters.sending import CloseLetters
from backoffice.registrations.commands import RegisterChild, RequestRegistration
from tests.documents.conftest import YEAR, Desk
from tests.support.shared import by_administrator
from tests.support.towns import NOON

# 1 September 2026 is the day after NOON: what holds for the year before ends on the very day.
TODAY = NOON.date()
GOING_ON = Period(date(2025, 9, 1))
LONG = Period(date(2025, 9, 1), date(2027, 8, 31))


def _named(lines: tuple[OutstandingLine, ...]) -> dict[str, OutstandingLine]:
    return {line.document: line for line in lines}


def _follow(desk: Desk, **given: int) -> Outstanding:
    return desk.town.ask(ListOutstanding(**given))


def _complete(desk: Desk, period: Period = LONG) -> None:
    for code in ("QF_CAF", "RULES_SIGNED"):
        desk.send(code, period=period)
    for code in ("INSURANCE", "VACCINES", "HEALTH_FORM", "PHOTO"):
        desk.send(code, desk.family.child, period=period)


def _without(desk: Desk, code: str) -> None:
    desk.town.sql("DELETE FROM documents WHERE type_id = :type", type=desk.type_id(code))


def _address(desk: Desk, family: int, email: str = "camille@familles.example") -> None:
    desk.town.sql("UPDATE families SET billing_email = :email, version = version + 1 WHERE id = :id",
                  email=email, id=family)


def _wanted(found: Outstanding) -> tuple[tuple[int, int | None, int], ...]:
    return tuple(line.key for line in (*found.missing, *found.ending))


def test_a_town_that_asks_for_nothing_follows_nothing(desk: Desk) -> None:
    desk.town.sql("DELETE FROM document_requirements")
    found = _follow(desk)
    assert (found.missing, found.ending, found.is_asking) == ((), (), False)


def test_a_line_says_who_owes_what_since_when_and_what_it_blocks(desk: Desk) -> None:
    _complete(desk)
    desk.register(period=GOING_ON)
    for code in ("INSURANCE", "PHOTO", "HEALTH_FORM"):
        _without(desk, code)
    desk.send("PHOTO", desk.family.child, DocumentState.REJECTED, at=NOON - timedelta(days=3), comment="Floue.")
    desk.send("HEALTH_FORM", desk.family.child, period=Period(date(2025, 9, 1), date(2026, 6, 30)))
    found = _follow(desk)
    lines = _named(found.missing)
    assert {line.state for line in lines.values()} == {
        ObligationState.MISSING, ObligationState.REJECTED, ObligationState.EXPIRED
    }
    insurance = next(line for name, line in lines.items() if "assurance" in name.lower())
    assert (insurance.family_id, insurance.person_id) == (desk.family.id, desk.family.child)
    assert (insurance.when, insurance.blocks) == ("depuis le 01/09/2025", frozenset({Blocks.REGISTRATION}))
    photo = lines["Photo récente"]
    assert (photo.when, photo.comment) == ("depuis le 28/08/2026", "Floue.")
    (over,) = (line for line in lines.values() if line.state is ObligationState.EXPIRED)
    assert over.when == "depuis le 01/07/2026"
    assert found.ending == ()


def test_what_ends_soon_is_told_unless_what_follows_is_there_or_on_its_way(desk: Desk) -> None:
    _complete(desk, YEAR)
    desk.register(period=GOING_ON)
    assert _follow(desk).missing == ()
    ending = _named(_follow(desk).ending)
    assert len(ending) == 6
    assert {line.when for line in ending.values()} == {"jusqu'au 31/08/2026"}
    desk.send("PHOTO", desk.family.child, DocumentState.PENDING, at=NOON + timedelta(minutes=1))
    desk.send("HEALTH_FORM", desk.family.child, period=Period(date(2026, 9, 1), date(2027, 8, 31)))
    desk.town.do(GiveWaiver(desk.family.id, desk.family.child, desk.type_id("INSURANCE"),
                            TODAY + timedelta(days=10), "Délai"))
    left = _named(_follow(desk).ending)
    assert len(left) == 4
    assert "Photo récente" not in left
    desk.town.sql("UPDATE registrations SET last_day = :day, version = version + 1", day="2026-08-31")
    assert _follow(desk).ending == ()  # nothing is asked of who leaves


def test_within_how_many_days_can_be_chosen(desk: Desk) -> None:
    _complete(desk, Period(date(2025, 9, 1), TODAY + timedelta(days=40)))
    desk.register(period=GOING_ON)
    assert _follow(desk).days == follow_up_days()[0]
    assert _follow(desk).ending == ()
    assert len(_follow(desk, days=40).ending) == 6


def test_an_admission_that_waits_for_vaccines_is_among_what_is_missing(desk: Desk) -> None:
    _complete(desk)
    _without(desk, "VACCINES")
    wish = RegisterChild(desk.family.id, desk.family.child, desk.activity, Period(date(2026, 7, 1)),
                         provisional_until=date(2026, 9, 10))
    desk.town.do(wish)
    (line,) = _follow(desk).missing
    told = "Admission provisoire jusqu'au 10/09/2026 : encore 10 jours pour compléter les vaccins."
    assert line.notice == told
    assert line.when == "jusqu'au 10/09/2026"
    assert line.vaccines
    assert all(due.doses_due for due in line.vaccines)
    found = _follow(desk)
    assert len(desk.town.ask(PlanReminders(_wanted(found), found.days)).drafts) == 1
    desk.send("VACCINES", desk.family.child, DocumentState.PENDING)
    (line,) = _follow(desk).missing
    assert (line.state, line.notice) == (ObligationState.SENT, told)  # still in the way; nobody is asked for it again
    assert desk.town.ask(PlanReminders(_wanted(found), found.days)).drafts == ()
    desk.send("VACCINES", desk.family.child, period=LONG, at=NOON + timedelta(minutes=1))
    assert _follow(desk).missing == ()


def test_many_families_take_as_many_reads_as_one(desk: Desk) -> None:
    many = [desk.town.family(name).id for name in ("ABADIE", "BERNARD", "CHEVALIER", "DURAND")]
    children = {row["family_id"]: row["person_id"] for row in desk.town.rows("memberships") if row["role"] == "child"}
    for family in (desk.family.id, *many):
        desk.town.do(RequestRegistration(family, children[family], desk.activity, GOING_ON))
    with desk.town.database.read() as session:
        reads: list[str] = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *told: reads.append(told[2][:6]))
        outstanding_lines(session, [desk.family.id], TODAY, 30)
        alone = reads.count("SELECT")
        reads.clear()
        found = outstanding_lines(session, [desk.family.id, *many], TODAY, 30)
    assert len(found) == 30
    assert reads.count("SELECT") == alone


# --- reminders ---------------------------------------------------------------------------------------------------


@pytest.fixture
def owing(desk: Desk) -> Desk:
    """Two families that owe their photo; only the first has an address."""
    _complete(desk)
    desk.register(period=GOING_ON)
    _without(desk, "PHOTO")
    other = desk.town.family("BERNARD")
    desk.town.do(RequestRegistration(other.id, other.child, desk.activity, GOING_ON))
    _address(desk, desk.family.id)
    return desk


def _remind(desk: Desk, *, again: bool = False) -> Reminded:
    found = _follow(desk)
    return desk.town.do(SendReminders(_wanted(found), found.days, again))


def test_what_is_shown_is_what_each_family_reads(owing: Desk) -> None:
    found = _follow(owing)
    plan = owing.town.ask(PlanReminders(_wanted(found), found.days))
    assert [(draft.family, draft.to_address, draft.documents) for draft in plan.drafts] == [
        ("BERNARD", "", 6), ("MARTIN", "camille@familles.example", 1)
    ]
    assert (plan.mailed, plan.to_print, plan.recent) == (1, 1, 0)
    _remind(owing)
    letters = {row["family_id"]: row for row in owing.town.rows("letters")}
    for draft in plan.drafts:
        letter = letters[draft.family_id]
        assert (letter["subject"], letter["body"]) == (draft.written.subject, draft.written.body)
        assert (letter["state"], letter["to_address"]) == ("held", draft.to_address)
    mine = letters[owing.family.id]
    assert mine["subject"] == "Votre dossier : 1 pièce manquante"
    assert "- Photo récente (MARTIN Léa)\n" in mine["body"]
    assert "bientôt expirées" not in mine["body"]
    assert "Bureau CANT" in mine["body"]


def test_missing_and_ending_go_in_one_mail(owing: Desk) -> None:
    owing.town.sql("UPDATE documents SET valid_to = :day, version = version + 1 WHERE type_id = :type",
                   day="2026-09-15", type=owing.type_id("HEALTH_FORM"))
    _remind(owing)
    (letter,) = (row for row in owing.town.rows("letters") if row["family_id"] == owing.family.id)
    assert letter["subject"] == "Votre dossier : 1 pièce manquante, 1 pièce bientôt expirée"
    assert "valable jusqu'au 15 septembre 2026" in letter["body"]


def test_nobody_is_reminded_twice_in_a_few_days_unless_wanted(owing: Desk) -> None:
    told = _remind(owing)
    assert (len(told.letters), told.to_print, told.documents) == (2, 1, 7)
    assert {line.reminded_at for line in _follow(owing).missing} == {NOON}
    found = _follow(owing)
    plan = owing.town.ask(PlanReminders(_wanted(found), found.days))
    assert (plan.drafts, plan.recent) == ((), 2)
    refused = SendReminders(_wanted(found), found.days)
    assert owing.town.refused(refused) == "documents.nobody_to_remind"
    assert len(_remind(owing, again=True).letters) == 2
    assert len(owing.town.rows("letters")) == 2  # still held: written again, not sent twice
    later = owing.town.door(now=NOON + timedelta(days=follow_up_days()[1], minutes=1))
    assert len(later.ask(PlanReminders(_wanted(found), found.days)).drafts) == 2


def test_reminders_are_taken_back_while_they_are_held(owing: Desk) -> None:
    told = _remind(owing)
    assert owing.town.do(TakeBackReminders(told.letters)) == 2
    assert {row["state"] for row in owing.town.rows("letters")} == {"cancelled"}
    assert {line.reminded_at for line in _follow(owing).missing} == {None}
    again = _remind(owing)
    owing.town.do(CloseLetters(NOON + timedelta(minutes=2)))
    states = {row["family_id"]: row["state"] for row in owing.town.rows("letters") if row["id"] in again.letters}
    assert sorted(states.values()) == ["closed", "to_print"]
    assert owing.town.refused(TakeBackReminders(again.letters)) == "documents.reminders_left"


def test_what_came_meanwhile_is_not_asked_for(owing: Desk) -> None:
    found = _follow(owing)
    owing.send("PHOTO", owing.family.child, DocumentState.PENDING)
    told = owing.town.do(SendReminders(_wanted(found), found.days))
    assert [row["family_id"] for row in owing.town.rows("letters")] != [owing.family.id]
    assert len(told.letters) == 1


def test_stopped_half_way_nobody_was_written_to(owing: Desk) -> None:
    def stop(done: int, total: int, what: str) -> None:
        raise Cancelled

    found = _follow(owing)
    with pytest.raises(Cancelled):
        owing.town.app.execute(SendReminders(_wanted(found), found.days), progress=stop)
    assert owing.town.rows("letters") == []


# --- figures -----------------------------------------------------------------------------------------------------

# A Monday at nine; nothing of this week is a holiday.
MONDAY = datetime(2026, 6, 8, 7, tzinfo=UTC)
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


def _decided(desk: Desk, code: str, hours: float, *, reason: str = "", at: datetime = MONDAY) -> None:
    document = desk.send(code, None if code == "QF_CAF" else desk.family.child,
                         DocumentState.REJECTED if reason else DocumentState.ACCEPTED, at=at)
    with by_administrator(desk.town.database) as opened:
        from backoffice.documents.tables import DocumentRow

        with opened.write() as session:
            row = session.get_one(DocumentRow, document)
            row.decided_at, row.reason = at + timedelta(hours=hours), reason


def test_delays_and_reasons_are_counted_over_a_period(desk: Desk) -> None:
    for hours in (2, 4, 30):
        _decided(desk, "PHOTO", hours)
    _decided(desk, "PHOTO", 80, reason="unreadable")
    _decided(desk, "QF_CAF", 90, reason="unreadable", at=MONDAY - timedelta(days=4))  # Thursday to Monday: 42 hours
    _decided(desk, "QF_CAF", 1, at=datetime(2026, 5, 4, 8, tzinfo=UTC))
    desk.send("INSURANCE", desk.family.child, DocumentState.PENDING, at=MONDAY)
    report = desk.town.ask(ReviewFigures(JUNE))
    whole = report.whole
    assert (whole.received, whole.answered, whole.waiting) == (6, 5, 1)
    assert (whole.accepted, whole.rejected, whole.late) == (3, 2, 1)
    assert (whole.median, whole.ninth, whole.late_share) == (30, 80, 0.2)
    assert dict(whole.by_urgency or {}) == {Urgency.FRESH: 2, Urgency.SOON: 2, Urgency.LATE: 1}
    assert report.reasons == (("Document illisible", 2),)
    by_type = dict(report.by_type)
    assert (by_type["Photo récente"].received, by_type["Photo récente"].median) == (4, 4)
    assert sum(each.received for each in by_type.values()) == 6


def test_a_period_without_anything_has_no_delay(desk: Desk) -> None:
    report = desk.town.ask(ReviewFigures(Period(date(2020, 1, 1), date(2020, 1, 31))))
    assert (report.whole.answered, report.whole.median, report.whole.late_share) == (0, None, None)
    assert (report.by_type, report.reasons) == ((), ())


@pytest.mark.parametrize(("hours", "share", "told"), [
    ((1,), 0.9, 1), ((1, 2), 0.5, 1), ((1, 2, 3), 0.5, 2), (tuple(range(1, 11)), 0.9, 9), ((), 0.5, None),
])
def test_the_delay_that_a_share_of_the_answers_kept(hours: tuple[int, ...], share: float, told: float | None) -> None:
    assert share_within([timedelta(hours=each) for each in hours], share) == told
