"""What is asked of a family and where it stands, on values: no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.documents.kinds import Blocks, Condition, DocumentState, Feed, ObligationState, Owner, Validity
from backoffice.documents.rules import (
    AskedType,
    Household,
    Obligation,
    Registered,
    Requirement,
    Sent,
    Waiver,
    alternatives_in_words,
    counters,
    holding_back,
    obligations,
    period_of_validity,
    released,
)
from backoffice.kernel.periods import Period

TODAY = date(2025, 11, 20)
YEAR = Period(date(2025, 9, 1), date(2026, 8, 31))
MUM, DAD, NOE, LEA = 1, 2, 10, 11
CANTEEN, LEISURE = 100, 200
QF, TAX, RULES, INSURANCE, VACCINES, FORM, PHOTO, PAI, EMPLOYER = range(1, 10)

TYPES = {
    each.id: each
    for each in (
        AskedType(QF, "Attestation QF CAF/ MSA", Owner.FAMILY, "QUOTIENT", position=1),
        AskedType(TAX, "Dernier avis d'imposition", Owner.FAMILY, "QUOTIENT", position=2),
        AskedType(RULES, "Règlement signé", Owner.FAMILY, position=3),
        AskedType(INSURANCE, "Assurance", Owner.CHILD, position=4),
        AskedType(VACCINES, "Vaccins", Owner.CHILD, position=5),
        AskedType(FORM, "Fiche sanitaire", Owner.CHILD, position=6),
        AskedType(PHOTO, "Photo", Owner.CHILD, position=7),
        AskedType(PAI, "PAI", Owner.CHILD, condition=Condition.PAI, position=8),
        AskedType(EMPLOYER, "Attestation employeur", Owner.ADULT, position=9),
    )
}
EVERYWHERE = [Requirement(type_id) for type_id in (QF, TAX, RULES, INSURANCE, VACCINES, FORM, PHOTO)]
OPTIONAL = [Requirement(PAI, is_mandatory=False, blocks=Blocks.NOTHING)]


def registered(child: int = NOE, service: int = CANTEEN, period: Period = YEAR) -> Registered:
    return Registered(child, service, service + 1, period)


def sent(type_id: int, person: int | None, state: DocumentState, number: int = 1, period: Period | None = YEAR) -> Sent:
    return Sent(number, (number,), type_id, person, state, period if state is DocumentState.ACCEPTED else None)


def household(*what: Sent, registrations: tuple[Registered, ...] = (registered(),), **more: object) -> Household:
    return replace(Household(7, (MUM, DAD), registrations, tuple(what)), **more)  # type: ignore[arg-type]


def asked(house: Household, today: date = TODAY) -> dict[tuple[int | None, str], Obligation]:
    return {(o.person_id, o.name): o for o in obligations(house, TYPES, EVERYWHERE + OPTIONAL, today)}


def of(house: Household, type_id: int, person: int | None, today: date = TODAY) -> Obligation:
    return next(o for o in asked(house, today).values() if type_id in o.type_ids and o.person_id == person)


def test_the_counters_are_those_of_the_portal() -> None:
    """« Mes documents à envoyer (6) » = 2 of the family + 4 of the child; optional ones are not counted."""
    counted = counters(asked(household(with_pai=frozenset({NOE}))).values())
    assert (counted.total, counted.family, dict(counted.people)) == (6, 2, {NOE: 4})


def test_one_of_two_alternatives_is_enough() -> None:
    by_notice = household(sent(TAX, None, DocumentState.ACCEPTED))
    assert of(by_notice, QF, None).state is ObligationState.VALIDATED
    assert of(by_notice, QF, None).name == "Attestation QF CAF/ MSA ou dernier avis d'imposition"
    assert alternatives_in_words(["Photo"]) == "Photo"


@pytest.mark.parametrize(
    ("sendings", "state", "holds"),
    [
        ((), ObligationState.MISSING, True),
        ((sent(INSURANCE, NOE, DocumentState.PENDING),), ObligationState.SENT, True),
        ((sent(INSURANCE, NOE, DocumentState.ACCEPTED),), ObligationState.VALIDATED, False),
        ((sent(INSURANCE, NOE, DocumentState.REJECTED),), ObligationState.REJECTED, True),
        (
            (sent(INSURANCE, NOE, DocumentState.REJECTED), sent(INSURANCE, NOE, DocumentState.PENDING, 2)),
            ObligationState.SENT, True,
        ),
        (
            (sent(INSURANCE, NOE, DocumentState.ACCEPTED, period=Period(date(2024, 9, 1), date(2025, 8, 31))),),
            ObligationState.EXPIRED, True,
        ),
        (  # a new one that is rejected takes nothing away from the one that holds
            (sent(INSURANCE, NOE, DocumentState.ACCEPTED), sent(INSURANCE, NOE, DocumentState.REJECTED, 2)),
            ObligationState.VALIDATED, False,
        ),
        ((sent(INSURANCE, LEA, DocumentState.ACCEPTED),), ObligationState.MISSING, True),
    ],
)
def test_only_what_is_validated_unblocks(sendings: tuple[Sent, ...], state: ObligationState, holds: bool) -> None:
    obligation = of(household(*sendings), INSURANCE, NOE)
    assert (obligation.state, obligation.holds_back(Blocks.REGISTRATION)) == (state, holds)


def test_a_waiver_unblocks_until_its_day_and_blocks_again_by_itself() -> None:
    house = household(waivers=(Waiver(INSURANCE, NOE, date(2025, 12, 1)),))
    assert of(house, INSURANCE, NOE, date(2025, 12, 1)).state is ObligationState.WAIVED
    assert not of(house, INSURANCE, NOE, date(2025, 12, 1)).holds_back(Blocks.REGISTRATION)
    assert of(house, INSURANCE, NOE, date(2025, 12, 2)).holds_back(Blocks.REGISTRATION)
    assert of(house, PHOTO, NOE).state is ObligationState.MISSING


def test_a_pai_is_asked_for_only_when_it_is_declared() -> None:
    assert not [o for o in asked(household()).values() if PAI in o.type_ids]
    declared = of(household(with_pai=frozenset({NOE})), PAI, NOE)
    assert (declared.is_mandatory, declared.holds_back(Blocks.REGISTRATION)) == (False, False)


def test_a_document_of_each_parent_is_asked_of_each() -> None:
    told = obligations(household(), TYPES, [Requirement(EMPLOYER)], TODAY)
    assert [o.person_id for o in told] == [MUM, DAD]


def test_a_registration_to_come_asks_for_what_will_hold_then() -> None:
    next_year = registered(period=Period(date(2026, 9, 1), date(2027, 8, 31)))
    house = household(sent(INSURANCE, NOE, DocumentState.ACCEPTED), registrations=(registered(), next_year))
    june = date(2026, 6, 10)
    obligation = of(house, INSURANCE, NOE, june)
    assert (obligation.state, obligation.day) == (ObligationState.EXPIRED, date(2026, 9, 1))
    both = household(
        sent(INSURANCE, NOE, DocumentState.ACCEPTED),
        sent(INSURANCE, NOE, DocumentState.ACCEPTED, 2, period_of_validity(Validity.SCHOOL_YEAR, 0, june)),
        registrations=(registered(), next_year),
    )
    assert of(both, INSURANCE, NOE, june).is_met


def test_only_those_who_come_are_asked_and_only_for_what_they_do() -> None:
    requirements = [Requirement(INSURANCE, LEISURE), Requirement(PHOTO, LEISURE, LEISURE + 9)]
    house = household(registrations=(registered(NOE, CANTEEN), registered(LEA, LEISURE)))
    told = obligations(house, TYPES, requirements, TODAY)
    assert [(o.person_id, o.type_ids) for o in told] == [(LEA, (INSURANCE,))]
    over = household(registrations=(registered(NOE, LEISURE, Period(date(2024, 9, 1), date(2025, 8, 31))),))
    assert obligations(over, TYPES, requirements, TODAY) == ()


def test_a_type_no_longer_asked_for_leaves_the_list() -> None:
    types = {INSURANCE: replace(TYPES[INSURANCE], last_day=date(2025, 11, 19))}
    assert obligations(household(), types, EVERYWHERE, TODAY) == ()


@pytest.mark.parametrize(
    ("validity", "received", "expected"),
    [
        (Validity.FOREVER, date(2025, 11, 20), Period(date(2025, 11, 20))),
        (Validity.YEARS, date(2024, 2, 29), Period(date(2024, 2, 29), date(2027, 2, 27))),
        (Validity.SCHOOL_YEAR, date(2025, 11, 20), Period(date(2025, 9, 1), date(2026, 8, 31))),
        (Validity.SCHOOL_YEAR, date(2026, 6, 1), Period(date(2026, 6, 1), date(2027, 8, 31))),
        (Validity.SCHOOL_YEAR, date(2026, 5, 31), Period(date(2025, 9, 1), date(2026, 8, 31))),
        (Validity.ON_DOCUMENT, date(2025, 11, 20), Period(date(2025, 11, 20))),
    ],
)
def test_how_long_it_holds(validity: Validity, received: date, expected: Period) -> None:
    assert period_of_validity(validity, 3, received) == expected


SENDINGS = st.lists(
    st.builds(
        sent,
        st.sampled_from([QF, TAX, INSURANCE]),
        st.sampled_from([None, NOE, LEA]),
        st.sampled_from(list(DocumentState)),
        st.integers(1, 50),
        st.builds(lambda start, days: Period(start, start + timedelta(days=days)),
                  st.dates(date(2024, 1, 1), date(2027, 1, 1)), st.integers(0, 700)),
    ),
    max_size=12,
)


@given(SENDINGS)
def test_whatever_was_sent_only_an_accepted_one_in_force_meets(sendings: list[Sent]) -> None:
    for obligation in asked(household(*sendings)).values():
        holding = [
            one for one in sendings
            if one.type_id in obligation.type_ids and one.person_id == obligation.person_id
            and one.state is DocumentState.ACCEPTED and one.period is not None and TODAY in one.period
        ]
        assert obligation.is_met == bool(holding)
        assert obligation.is_to_send + obligation.is_met + (obligation.state is ObligationState.SENT) == 1
    assert {o.type_ids for o in holding_back(asked(household(*sendings)).values(), Blocks.REGISTRATION)} == {
        o.type_ids for o in asked(household(*sendings)).values() if o.is_mandatory and not o.is_met
    }


def test_the_narrowest_requirement_speaks_for_a_type() -> None:
    house = household()
    town, service = Requirement(PHOTO), Requirement(PHOTO, CANTEEN, is_mandatory=False, blocks=Blocks.NOTHING)
    activity = Requirement(PHOTO, CANTEEN, CANTEEN + 1, blocks=Blocks.BOOKING)

    def told(*requirements: Requirement) -> tuple[bool, list[Blocks]]:
        (found,) = obligations(house, TYPES, requirements, TODAY)
        return found.is_mandatory, list(found.blocks)

    assert told(town) == (True, [Blocks.REGISTRATION])
    assert told(town, service) == told(service, town) == (False, [])
    assert told(service, activity, town) == (True, [Blocks.BOOKING])
    # What another service asks for says nothing here.
    assert told(town, Requirement(PHOTO, LEISURE, is_mandatory=False)) == (True, [Blocks.REGISTRATION])


def test_a_child_of_two_services_owes_what_the_stricter_one_asks_for() -> None:
    house = household(registrations=(registered(), registered(service=LEISURE)))
    asked_there = [Requirement(PHOTO, CANTEEN, is_mandatory=False, blocks=Blocks.NOTHING), Requirement(PHOTO, LEISURE)]
    (found,) = obligations(house, TYPES, asked_there, TODAY)
    assert (found.is_mandatory, list(found.blocks)) == (True, [Blocks.REGISTRATION])


def test_the_document_of_each_parent_is_called_as_the_portal_does() -> None:
    house = replace(household(), roles={MUM: "Mère", DAD: "Père"})
    found = obligations(house, TYPES, [Requirement(EMPLOYER)], TODAY)
    assert [(one.person_id, one.name) for one in found] == [
        (MUM, "Attestation employeur Mère"), (DAD, "Attestation employeur Père")
    ]


def test_a_provisional_admission_waits_for_vaccines_until_its_day_and_for_nothing_else() -> None:
    types = {**TYPES, VACCINES: replace(TYPES[VACCINES], feeds=Feed.VACCINES)}
    house = household(registrations=(replace(registered(), provisional_until=TODAY),))
    found = {one.type_ids[0]: one for one in obligations(house, types, EVERYWHERE, TODAY)}
    assert (found[VACCINES].state, found[VACCINES].until, found[VACCINES].is_provisional) == (
        ObligationState.WAIVED, TODAY, True
    )
    assert found[PHOTO].state is ObligationState.MISSING
    later = {one.type_ids[0]: one for one in obligations(house, types, EVERYWHERE, TODAY + timedelta(days=1))}
    assert (later[VACCINES].state, later[VACCINES].is_provisional) == (ObligationState.MISSING, False)
    # One that was validated is said to be, whatever was given meanwhile.
    sure = replace(house, sent=(sent(VACCINES, NOE, DocumentState.ACCEPTED),))
    assert of_types(sure, types)[VACCINES].state is ObligationState.VALIDATED


def of_types(house: Household, types: Mapping[int, AskedType]) -> dict[int, Obligation]:
    return {one.type_ids[0]: one for one in obligations(house, types, EVERYWHERE, TODAY)}


DAYS = st.dates(date(2025, 9, 1), date(2027, 8, 31))
PERIODS = st.tuples(DAYS, DAYS).map(lambda days: Period(min(days), max(days)))
ACCEPTED = st.lists(PERIODS, max_size=4).map(
    lambda periods: [sent(PHOTO, NOE, DocumentState.ACCEPTED, number, period) for number, period in enumerate(periods)]
)


@given(ACCEPTED, st.integers(0, 700))
def test_what_is_said_of_a_day_is_what_the_documents_cover(sendings: list[Sent], later: int) -> None:
    day = TODAY + timedelta(days=later)
    open_ended = registered(period=Period(YEAR.start))
    found = of(household(*sendings, registrations=(open_ended,)), PHOTO, NOE, day)
    covering = [one for one in sendings if one.period is not None and day in one.period]
    over = [one.period.end for one in sendings if one.period and one.period.end and one.period.end < day]
    if covering:
        assert found.state is ObligationState.VALIDATED
        assert found.until == max(one.period.end for one in covering if one.period and one.period.end)
    elif over:
        assert (found.state, found.until) == (ObligationState.EXPIRED, max(over))
    else:
        assert (found.state, found.until) == (ObligationState.MISSING, None)


@given(SENDINGS)
def test_the_counters_and_the_blocks_say_the_same(sendings: list[Sent]) -> None:
    found = list(asked(household(*sendings)).values())
    counted = counters(found)
    assert counted.total == sum(one.is_mandatory and one.is_to_send for one in found)
    # Whatever is counted blocks; what only waits for an answer blocks and is not counted.
    assert counted.total <= len(holding_back(found, Blocks.REGISTRATION))


@pytest.mark.parametrize(
    ("before", "after", "freed"), [({1, 2}, {2}, {1}), ({1}, {1, 2}, set()), (set(), set(), set())]
)
def test_whom_a_decision_released(before: set[int], after: set[int], freed: set[int]) -> None:
    assert released(before, after) == freed
