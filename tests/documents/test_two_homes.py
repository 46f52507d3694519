"""A child of two families: what is validated for the child counts in both, the rest stays in the family it is of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice.documents.kinds import DocumentState, ObligationState
from backoffice.documents.obligations import ListObligations
from backoffice.documents.rules import Obligation
from backoffice.documents.waiving import GiveWaiver
from backoffice.families.commands import AttachPerson
from backoffice.families.kinds import MemberRole
from backoffice.registrations.commands import RequestRegistration
from tests.documents.conftest import YEAR, Desk
from tests.support.towns import NOON, Household


@pytest.fixture
def fathers(desk: Desk) -> Household:
    """The other home of the child, who is wanted at the same activity from there."""
    other = desk.town.family("PETIT", "Jules")
    desk.town.do(AttachPerson(other.id, desk.family.child, MemberRole.CHILD))
    for family in (desk.family.id, other.id):
        desk.town.do(RequestRegistration(family, desk.family.child, desk.activity, YEAR))
    return other


def _photo(desk: Desk, family: int) -> Obligation:
    found = desk.town.ask(ListObligations(family))
    return next(one for one in found.asked if one.name == "Photo récente" and one.person_id == desk.family.child)


def test_what_one_parent_sent_counts_for_the_other_once_it_is_validated(desk: Desk, fathers: Household) -> None:
    desk.send_everything()
    assert desk.town.ask(ListObligations(desk.family.id)).blocked == frozenset()
    owed = desk.town.ask(ListObligations(fathers.id))
    # The documents of the family are its own.
    assert (owed.counters.family, dict(owed.counters.people)) == (2, {})


@pytest.mark.parametrize("state", [DocumentState.PENDING, DocumentState.REJECTED])
def test_what_waits_or_was_rejected_is_not_told_to_the_other_parent(
    desk: Desk, fathers: Household, state: DocumentState
) -> None:
    desk.send("PHOTO", desk.family.child, state, comment="Photo floue." if state is DocumentState.REJECTED else "")
    assert _photo(desk, desk.family.id).state in {ObligationState.SENT, ObligationState.REJECTED}
    told = _photo(desk, fathers.id)
    assert (told.state, told.comment, told.document_id) == (ObligationState.MISSING, "", None)


def test_a_waiver_is_given_to_one_family(desk: Desk, fathers: Household) -> None:
    until = NOON.date() + timedelta(days=10)
    desk.town.do(GiveWaiver(desk.family.id, desk.family.child, desk.type_id("PHOTO"), until, "Photographe absent"))
    assert _photo(desk, desk.family.id).state is ObligationState.WAIVED
    assert _photo(desk, fathers.id).state is ObligationState.MISSING
