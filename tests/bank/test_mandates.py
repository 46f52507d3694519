"""Mandates through the door, on each engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from backoffice.bank.commands import AddMandate, EditMandate, MandateAdded, RemoveMandate, ShowIban
from backoffice.bank.queries import Mandate, MandatesOfFamily, PaysByDebit
from backoffice.bank.rules import MandateValues
from backoffice.kernel.actor import Actor
from backoffice.kernel.application import Application, Command
from backoffice.kernel.errors import InvalidFields, PermissionDenied, UserError
from backoffice.kernel.permissions import EVERYTHING
from tests.support.private import FRENCH_ACCOUNT as FRENCH
from tests.support.private import GERMAN_ACCOUNT as GERMAN
from tests.support.towns import CHIEF, SmallTown
from tests.support.two_services import MEALS, OFFICER, TwoServices

SEPTEMBER, OCTOBER, JANUARY = date(2025, 9, 1), date(2025, 10, 1), date(2027, 1, 1)


@dataclass
class Officer:
    """Who keeps bank details, and one family of theirs."""

    app: Application
    family: int
    parent: int
    rows: Callable[[str], list[dict[str, Any]]]

    def values(self, valid_from: date = SEPTEMBER, iban: str = FRENCH, reference: str = "RUM-1") -> MandateValues:
        return MandateValues(self.parent, "MARTIN Camille", reference, date(2025, 8, 25), valid_from, None, iban, "")

    def add(self, valid_from: date = SEPTEMBER, iban: str = FRENCH, reference: str = "RUM-1") -> MandateAdded:
        return self.app.execute(AddMandate(self.family, self.values(valid_from, iban, reference)))

    def mandates(self) -> tuple[Mandate, ...]:
        return self.app.ask(MandatesOfFamily(self.family))


@pytest.fixture
def embedded_officer(town: SmallTown) -> Officer:
    household = town.family()
    app = Application(town.database, Actor(CHIEF.login, CHIEF.login, EVERYTHING), town.app.clock)
    return Officer(app, household.id, household.parent, town.rows)


@pytest.fixture
def shared_officer(two_services: TwoServices) -> Officer:
    family, parent, _ = two_services.family(MEALS)
    return Officer(two_services.door(OFFICER), family, parent, two_services.rows)


@pytest.fixture(params=["embedded_officer", "shared_officer"])
def officer(request: pytest.FixtureRequest) -> Officer:
    found: Officer = request.getfixturevalue(request.param)
    return found


def test_a_mandate_is_shown_masked(officer: Officer) -> None:
    assert not officer.app.ask(PaysByDebit(officer.family))

    officer.add()

    (mandate,) = officer.mandates()
    assert mandate.account == "FR76 •••• •••• •••• •••• •••0 185"
    assert (mandate.holder, mandate.mandate_reference, mandate.in_force) == ("MARTIN Camille", "RUM-1", True)
    assert officer.app.ask(PaysByDebit(officer.family))


def test_showing_the_whole_number_is_written_down(officer: Officer) -> None:
    added = officer.add()

    assert officer.app.execute(ShowIban(added.mandate_id)) == FRENCH

    line = officer.rows("audit_journal")[-1]
    assert (line["action"], line["actor"], line["subject"]) == (
        "bank.iban_shown", officer.app.actor.login, f"family {officer.family}"
    )


def test_one_account_at_a_time_is_debited(officer: Officer) -> None:
    first = officer.add()
    second = officer.add(OCTOBER, GERMAN, "RUM-2")

    assert [(m.period.start, m.period.end) for m in officer.mandates()] == [
        (OCTOBER, None), (SEPTEMBER, date(2025, 9, 30))
    ]
    assert second == MandateAdded(second.mandate_id, first.mandate_id, None)

    officer.app.execute(RemoveMandate(second.mandate_id, second.ended_id, second.ended_on))
    assert [(m.period.start, m.period.end) for m in officer.mandates()] == [(SEPTEMBER, None)]


def test_a_mandate_is_not_taken_back_over_what_changed_since(officer: Officer) -> None:
    officer.add()
    second = officer.add(OCTOBER, GERMAN, "RUM-2")
    _, first = officer.mandates()
    shorter = replace(officer.values(iban=""), valid_to=date(2025, 9, 15))
    officer.app.execute(EditMandate(first.id, first.version, shorter))

    with pytest.raises(UserError, check=lambda error: error.code == "record.changed_meanwhile"):
        officer.app.execute(RemoveMandate(second.mandate_id, second.ended_id, second.ended_on))


@pytest.mark.parametrize(
    ("valid_from", "reference", "code"),
    [(SEPTEMBER, "RUM-2", "bank.same_day"), (date(2025, 8, 1), "RUM-2", "bank.later_mandate"),
     (OCTOBER, "RUM-1", "bank.reference_used")],
)
def test_what_two_mandates_cannot_share(officer: Officer, valid_from: date, reference: str, code: str) -> None:
    officer.add()

    with pytest.raises(UserError, check=lambda error: error.code == code):
        officer.add(valid_from, GERMAN, reference)

    assert len(officer.mandates()) == 1


def test_a_correction_keeps_the_number_that_it_does_not_give(officer: Officer) -> None:
    added = officer.add()
    (before,) = officer.mandates()

    corrected = replace(officer.values(iban=""), bic="agrifrpp")
    edited = officer.app.execute(EditMandate(before.id, before.version, corrected))

    (after,) = officer.mandates()
    assert (after.account, after.bic, after.version) == (before.account, "AGRIFRPP", edited.version)
    assert edited.before.iban == ""

    officer.app.execute(EditMandate(before.id, edited.version, edited.before))
    (undone,) = officer.mandates()
    assert (undone.bic, officer.app.execute(ShowIban(added.mandate_id))) == ("", FRENCH)


def test_another_number_can_be_undone_too(officer: Officer) -> None:
    officer.add()
    (before,) = officer.mandates()

    edited = officer.app.execute(EditMandate(before.id, before.version, officer.values(iban=GERMAN)))
    assert officer.app.execute(ShowIban(before.id)) == GERMAN

    officer.app.execute(EditMandate(before.id, edited.version, edited.before))
    assert officer.app.execute(ShowIban(before.id)) == FRENCH


def test_a_stale_correction_and_crossed_dates_are_refused(officer: Officer) -> None:
    officer.add()
    officer.add(OCTOBER, GERMAN, "RUM-2")
    second, first = officer.mandates()
    values = officer.values(iban="")

    with pytest.raises(UserError, check=lambda error: error.code == "record.changed_meanwhile"):
        officer.app.execute(EditMandate(first.id, first.version + 1, values))
    with pytest.raises(UserError, check=lambda error: error.code == "bank.overlap"):
        officer.app.execute(EditMandate(first.id, first.version, replace(values, valid_to=OCTOBER)))
    with pytest.raises(UserError, check=lambda error: error.code == "bank.payer_not_in_family"):
        officer.app.execute(EditMandate(first.id, first.version, replace(values, person_id=999_999)))
    with pytest.raises(UserError, check=lambda error: error.code == "bank.unknown"):
        officer.app.execute(ShowIban(999_999))
    assert officer.mandates() == (second, first)


def test_a_wrong_number_is_refused_beside_its_field(officer: Officer) -> None:
    with pytest.raises(InvalidFields) as refused:
        officer.add(iban="FR7630001007941234567890186")

    assert set(refused.value.fields) == {"iban"}
    assert officer.mandates() == ()


def test_a_debit_begins_and_ends_with_its_mandate(officer: Officer) -> None:
    officer.add(JANUARY)

    assert not officer.app.ask(PaysByDebit(officer.family))


def test_rights_are_asked_at_the_door(officer: Officer) -> None:
    added = officer.add()
    nobody = Application(
        officer.app.database, Actor("x", "X", EVERYTHING - {"bank.read", "bank.edit"}), officer.app.clock
    )

    commands: list[Command[Any]] = [
        AddMandate(officer.family, officer.values()), ShowIban(added.mandate_id), RemoveMandate(added.mandate_id)
    ]
    for command in commands:
        with pytest.raises(PermissionDenied):
            nobody.execute(command)
    with pytest.raises(PermissionDenied):
        nobody.ask(MandatesOfFamily(officer.family))


def test_no_journal_holds_an_account(officer: Officer) -> None:
    added = officer.add()
    (mandate,) = officer.mandates()
    officer.app.execute(EditMandate(mandate.id, mandate.version, officer.values(iban=GERMAN)))
    officer.app.execute(ShowIban(mandate.id))
    officer.app.execute(RemoveMandate(added.mandate_id))

    told = json.dumps([officer.rows("row_journal"), officer.rows("audit_journal")], default=str)
    assert [secret for secret in (FRENCH, GERMAN, FRENCH[4:], GERMAN[4:], "RUM-1") if secret in told] == []
    lines = [row for row in officer.rows("row_journal") if row["table_name"] == "bank_details"]
    assert [row["verb"] for row in lines] == ["I", "U", "D"]
