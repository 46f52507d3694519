"""The journal of rows made into changes: pure, from a few lines of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from backoffice.families.kinds import Changed, MemberRole, Place
from backoffice.families.replay import (
    FAMILIES,
    MEMBERSHIPS,
    PAYERS,
    PEOPLE,
    QUOTIENTS,
    Line,
    Made,
    Named,
    QuotientHeld,
    Row,
    replay,
)

NOON = datetime(2025, 11, 15, 11, tzinfo=UTC)
RECORD = {"name": "PETIT", "billing_email": "", "caf_number": "", "version": 1}
PERSON = {
    "title": "", "last_name": "PETIT", "first_name": "Alix", "birth_name": "", "birth_date": None, "sex": "",
    "street": "", "postcode": "", "city": "", "mobile": "", "phone": "", "email": "", "version": 1,
}  # fmt: skip


def line(moment: int, table: str, before: Row | None, after: Row | None, row_id: int = 1, actor: str = "zoe") -> Line:
    return Line(NOON + timedelta(minutes=moment), actor, moment, table, row_id, before, after)


def quotient(value: int, start: str, end: str | None = None) -> Row:
    return {"family_id": 1, "value": value, "source": "CAF", "valid_from": start, "valid_to": end}


def payer(person: int, rank: int, start: str, end: str | None = None) -> Row:
    return {"family_id": 1, "person_id": person, "rank": rank, "valid_from": start, "valid_to": end}


def test_a_journal_that_begins_after_the_file_does_not_know_who_made_it() -> None:
    changes, made = replay([line(1, FAMILIES, RECORD, {**RECORD, "name": "PETIT Alix", "version": 2})], {})

    assert made is None
    assert [(change.what, change.before, change.after) for change in changes] == [
        (Changed.FAMILY_NAME, "PETIT", "PETIT Alix")
    ]


def test_what_comes_with_the_file_is_its_origin_and_no_change() -> None:
    member = {"family_id": 1, "person_id": 7, "role": "adult", "is_holder": 1}
    lines = [line(1, PAYERS, None, payer(7, 1, "2025-09-01")), line(1, MEMBERSHIPS, None, member),
             line(1, PEOPLE, None, PERSON, 7), line(1, FAMILIES, None, RECORD)]

    assert replay(lines, {PAYERS: {1: payer(7, 1, "2025-09-01")}}) == ([], Made(NOON + timedelta(minutes=1), "zoe"))


def test_columns_that_say_nothing_to_an_agent_are_no_change() -> None:
    after = {**PERSON, "version": 2, "sort_name": "petit alix"}

    assert replay([line(1, PEOPLE, PERSON, after)], {}) == ([], None)


def test_a_row_changed_twice_in_a_transaction_is_told_once() -> None:
    lines = [line(1, PEOPLE, {**PERSON, "city": "DOL"}, {**PERSON, "city": "BREST"}),
             line(1, PEOPLE, PERSON, {**PERSON, "city": "DOL"})]
    [change], _ = replay(lines, {})

    assert (change.what, change.before, change.after) == (Changed.ADDRESS, None, ("BREST",))


def test_lines_of_two_agents_at_once_are_told_apart() -> None:
    lines = [line(1, PEOPLE, PERSON, {**PERSON, "city": "DOL"}, actor="zoe"),
             line(1, PEOPLE, PERSON, {**PERSON, "phone": "04 76 92 34 37"}, 2, actor="lea")]
    changes, _ = replay(lines, {})

    assert [(change.actor, change.what, change.person_id) for change in changes] == [
        ("zoe", Changed.ADDRESS, 1), ("lea", Changed.PHONE, 2),
    ]


def test_both_engines_write_truth_their_own_way() -> None:
    member = {"family_id": 1, "person_id": 7, "role": "adult"}
    for yes, no in ((1, 0), (True, False)):
        [change], _ = replay([line(1, MEMBERSHIPS, {**member, "is_holder": yes}, {**member, "is_holder": no})], {})
        assert (change.before, change.after) == (Place(MemberRole.ADULT, True), Place(MemberRole.ADULT, False))


def test_a_value_that_replaces_one_of_the_same_day_says_both() -> None:
    now = quotient(31050, "2025-09-01")
    lines = [line(1, QUOTIENTS, None, now, 2), line(1, QUOTIENTS, quotient(87400, "2025-09-01"), None, 1)]
    [change], _ = replay(lines, {QUOTIENTS: {2: now}})

    assert (change.before, change.after, change.valid_from) == (
        QuotientHeld(Decimal(874), "CAF"), QuotientHeld(Decimal("310.50"), "CAF"), date(2025, 9, 1),
    )


def test_a_second_payer_who_comes_and_goes_is_told_from_each_day() -> None:
    first, both = payer(7, 1, "2025-09-01"), payer(8, 2, "2025-10-01", "2025-10-31")
    changes, _ = replay([line(2, PAYERS, None, both, 2)], {PAYERS: {1: first, 2: both}})

    assert [(change.valid_from, change.before, change.after) for change in changes] == [
        (date(2025, 10, 1), Named((7,)), Named((7, 8))),
    ]


def test_a_period_that_only_ends_later_tells_the_days_it_gains() -> None:
    before, after = quotient(87400, "2025-09-01", "2025-12-31"), quotient(87400, "2025-09-01", "2026-08-31")
    [change], _ = replay([line(1, QUOTIENTS, before, after)], {QUOTIENTS: {1: after}})

    assert (change.valid_from, change.before, change.after) == (
        date(2026, 1, 1), None, QuotientHeld(Decimal(874), "CAF"),
    )
