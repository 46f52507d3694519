"""Rules and age groups are decided, dated, changed and taken back by who runs the catalog, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from backoffice.bookings.activity_rules import EndRule, ListRules, RemoveRule, RuleLine, SetRule
from backoffice.bookings.age_groups import ListGroups, RemoveGroup, SetGroup
from backoffice.bookings.in_force import rules_of
from backoffice.bookings.kinds import RuleKind
from backoffice.bookings.rules.capacity import Capacity
from backoffice.catalog.ending import RemoveOffer
from backoffice.catalog.kinds import OfferKind
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.errors import PermissionDenied
from tests.bookings.holiday_club import HolidayClub

AUTUMN, WINTER = date(2026, 9, 1), date(2027, 1, 1)


@pytest.fixture
def club(address: DatabaseAddress) -> Iterator[HolidayClub]:
    with HolidayClub(address) as opened:
        yield opened


def capacity(club: HolidayClub, total: int, first: date = AUTUMN, last: date | None = None) -> SetRule:
    return SetRule(club.activity, RuleKind.CAPACITY, first, last, {"total": total}, "délibération 2026-12")


def only_rule(club: HolidayClub) -> RuleLine:
    (rule,) = club.ask(ListRules(club.activity))
    return rule


def test_a_rule_is_listed_in_french_with_its_source(club: HolidayClub) -> None:
    club.do(capacity(club, 40))
    rule = only_rule(club)
    assert (rule.activity, rule.kind, rule.in_french, rule.source) == (
        "Mercredi", RuleKind.CAPACITY, "40 places", "délibération 2026-12"
    )


def test_the_next_value_waits_for_the_first_one_to_end(club: HolidayClub) -> None:
    first = club.do(capacity(club, 40))
    assert club.refused(capacity(club, 50, WINTER)) == "dated.overlap"
    club.do(EndRule(first, 1, date(2026, 12, 31)))
    club.do(capacity(club, 50, WINTER))
    assert club.refused(EndRule(first, 2, None)) == "dated.overlap"
    with club.database.read() as session:
        rules = rules_of(session, [club.activity])
        held = [rules.on(club.activity, day).capacity for day in (date(2026, 8, 31), date(2026, 12, 31), WINTER)]
    assert held == [Capacity(), Capacity(40), Capacity(50)]


def test_a_rule_is_changed_as_it_was_read_or_not_at_all(club: HolidayClub) -> None:
    rule_id = club.do(capacity(club, 40))
    changed = SetRule(club.activity, RuleKind.CAPACITY, AUTUMN, None, {"total": 45}, "avenant", rule_id, 1)
    assert club.do(changed) == rule_id
    assert (only_rule(club).in_french, only_rule(club).source) == ("45 places", "avenant")
    assert club.refused(changed) == "record.changed_meanwhile"
    assert club.refused(RemoveRule(rule_id, 1)) == "record.changed_meanwhile"
    club.do(RemoveRule(rule_id, 2))
    assert club.ask(ListRules()) == ()


@pytest.mark.parametrize(
    ("value", "code"),
    [({"total": -1}, "rule.bad_value"), ({"places": 3}, "rule.unknown_field"), ({"total": "trente"}, "rule.bad_value")],
)
def test_a_value_that_makes_no_sense_is_refused_before_anything_is_written(
    club: HolidayClub, value: dict[str, object], code: str
) -> None:
    assert club.refused(SetRule(club.activity, RuleKind.CAPACITY, AUTUMN, None, value, "règlement")) == code
    assert club.rows("activity_rules") == []


def test_a_rule_needs_its_source_and_days_in_order(club: HolidayClub) -> None:
    assert club.refused(SetRule(club.activity, RuleKind.CAPACITY, AUTUMN, None, {}, " ")) == "catalog.field_missing"
    assert club.refused(capacity(club, 40, WINTER, AUTUMN)) == "period.ends_before_start"
    gone = SetRule(club.activity + 99, RuleKind.CAPACITY, AUTUMN, None, {}, "règlement")
    assert club.refused(gone) == "record.changed_meanwhile"


def test_who_only_reads_the_catalog_changes_no_rule(club: HolidayClub) -> None:
    reader = club.door(frozenset({"catalog.read"}))
    with pytest.raises(PermissionDenied):
        reader.execute(capacity(club, 40))


def test_groups_are_kept_in_their_order_and_their_ages_follow(club: HolidayClub) -> None:
    big = club.do(SetGroup(club.activity, "ELE", "Élémentaires", 72, None, position=1))
    club.do(SetGroup(club.activity, "MAT", "Maternels", 36, 72))
    assert [group.code for group in club.ask(ListGroups(club.activity))] == ["MAT", "ELE"]
    assert club.refused(SetGroup(club.activity, "MAT", "Encore", 0, 36)) == "catalog.code_taken"
    assert club.refused(SetGroup(club.activity, "X", "À l'envers", 72, 36)) == "group.bad_ages"
    club.do(SetGroup(club.activity, "ELE", "Grands", 60, None, 1, big, 1))
    assert [group.label for group in club.ask(ListGroups(club.activity))] == ["Maternels", "Grands"]


def test_a_group_that_a_registration_names_stays(club: HolidayClub) -> None:
    group = club.do(SetGroup(club.activity, "MAT", "Maternels", 36, 72))
    other = club.do(SetGroup(club.activity, "ELE", "Élémentaires", 72, None))
    club.register(club.family(), group=group)
    assert club.refused(RemoveGroup(group, 1)) == "group.in_use"
    club.do(RemoveGroup(other, 1))
    assert [one.id for one in club.ask(ListGroups())] == [group]


def test_an_activity_with_rules_is_not_removed_under_them(club: HolidayClub) -> None:
    rule_id = club.do(capacity(club, 40))
    version = next(row["version"] for row in club.rows("activities"))
    removed = RemoveOffer(OfferKind.ACTIVITY, club.activity, version)
    assert club.refused(removed) == "catalog.in_use"
    club.do(RemoveRule(rule_id, 1))
    club.app.execute(removed, confirmed=frozenset({"catalog.remove_unused"}))
    assert club.rows("activities") == []
