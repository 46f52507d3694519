"""« Prélèvement » in the file of a family: what its presenter decides, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from backoffice.bank.commands import AddMandate
from backoffice.bank.queries import Mandate, MandatesOfFamily
from backoffice.bank.rules import MandateValues
from backoffice.families.queries import ReadFamily
from backoffice.kernel.application import Application
from backoffice.kernel.permissions import EVERYTHING
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.desk import Desk, Household, open_desk
from tests.support.drafting import TaskShown
from tests.support.private import FRENCH_ACCOUNT, GERMAN_ACCOUNT
from ui.drafting import Drafting
from ui.drafts import Draft, Saved, Task, undoable
from ui.merging import Side
from ui.screens.family.bank import BankPresenter, Debit

MASKED = "FR76 •••• •••• •••• •••• •••0 185"


class Page(TaskShown, BannerShown):
    """What the panel shows last."""

    def __init__(self) -> None:
        super().__init__()
        self.debit: Debit | None = None

    def show_debit(self, debit: Debit | None) -> None:
        self.debit = debit


class Counter:
    """A family's file open before an agent, and nothing but its mandates in it."""

    def __init__(self, desk: Desk, app: Application | None = None, family: Household | None = None) -> None:
        self.desk = desk
        self.agent = Agent(app or desk.app)
        self.page = Page()
        self.unfinished: dict[str, Draft] = {}
        self.family = family or desk.family()
        self.drafting = Drafting(self.page, self.agent.desk, self.unfinished, self._saved, self._reread)
        self.bank = BankPresenter(self.page, self.agent.desk, self.drafting)
        self.read()

    def read(self) -> None:
        self.bank.show_file(self.desk.ask(ReadFamily(self.family.id)))

    def sign(self, valid_from: date = date(2025, 9, 1), reference: str = "RUM-1") -> None:
        values = MandateValues(
            self.family.parent, "MARTIN Camille", reference, date(2025, 8, 25), valid_from, iban=FRENCH_ACCOUNT
        )
        self.desk.do(AddMandate(self.family.id, values))
        self.read()

    def type(self, **values: str) -> None:
        for key, text in values.items():
            self.drafting.typed(key, text)
            self.drafting.left(key)

    @property
    def debit(self) -> Debit:
        assert self.page.debit is not None
        return self.page.debit

    @property
    def held(self) -> Mandate:
        assert self.debit.held is not None
        return self.debit.held

    def _saved(self, task: Task, saved: Saved) -> None:
        undoable(self.page, self.agent.desk, saved)
        self.read()  # as the page does when it hears that the family changed

    def _reread(self) -> None:
        task = self.drafting.task
        assert task is not None
        assert self.bank.reread(task)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        opened.app = opened.door(EVERYTHING)
        yield opened


@pytest.fixture
def counter(desk: Desk) -> Counter:
    return Counter(desk)


def test_a_mandate_is_typed_from_the_paper(counter: Counter) -> None:
    counter.bank.begin("mandate")
    assert counter.page.values["mandate_reference"] == f"FAM{counter.family.id:06d}-20251120"
    assert counter.page.values["person_id"] == str(counter.family.parent)
    counter.type(holder="MARTIN Camille", iban="fr76 3000 1007 9412 3456 7890 185", signed_on="15/11/2025",
                 valid_from="20/11/2025")
    counter.drafting.save()

    assert counter.debit.account(counter.held) == MASKED
    assert counter.agent.told == ["Mandat enregistré à partir du 20/11/2025."]
    counter.agent.undo()
    assert counter.desk.ask(MandatesOfFamily(counter.family.id)) == ()


def test_what_is_wrong_is_said_beside_its_field(counter: Counter) -> None:
    counter.bank.begin("mandate")
    counter.type(iban="FR7630001007941234567890186")
    assert "ne peut pas exister" in counter.page.errors["iban"]
    counter.drafting.save()

    assert set(counter.page.errors) == {"holder", "iban", "signed_on"}


def test_an_account_is_masked_until_it_is_asked_for_and_again_after(counter: Counter) -> None:
    counter.sign()
    assert counter.debit.account(counter.held) == MASKED

    counter.bank.show_account(counter.held)
    assert counter.debit.account(counter.held) == "FR76 3000 1007 9412 3456 7890 185"
    assert counter.debit.is_shown(counter.held)
    assert counter.agent.told == ["Numéro de compte affiché : c'est enregistré."]

    counter.bank.hide_account()
    assert counter.debit.account(counter.held) == MASKED
    counter.bank.show_account(counter.held)
    counter.read()
    assert counter.debit.account(counter.held) == MASKED


def test_a_correction_does_not_need_the_account(counter: Counter) -> None:
    counter.sign()
    counter.bank.begin(f"mandate:{counter.held.id}")
    assert counter.page.values["iban"] == ""
    assert MASKED in next(field.hint for field in (counter.page.task or _no_task()).fields if field.key == "iban")
    counter.type(valid_to="31/12/2025", bic="agrifrpp")
    counter.drafting.save()

    assert (counter.held.bic, counter.held.period.end, counter.held.account) == (
        "AGRIFRPP", date(2025, 12, 31), MASKED
    )
    counter.agent.undo()
    counter.read()
    assert (counter.held.bic, counter.held.period.end) == ("", None)


def test_the_next_mandate_ends_the_one_before(counter: Counter) -> None:
    counter.sign()
    counter.bank.begin("mandate")
    counter.type(holder="MARTIN Camille", iban=GERMAN_ACCOUNT, mandate_reference="RUM-2", signed_on="15/11/2025",
                 valid_from="01/12/2025")
    counter.drafting.save()

    assert counter.held.period.end == date(2025, 11, 30)
    assert [mandate.period.start for mandate in counter.debit.others] == [date(2025, 12, 1)]


def test_the_second_who_saves_reads_again_and_keeps_what_was_typed(counter: Counter) -> None:
    counter.sign()
    counter.bank.begin(f"mandate:{counter.held.id}")
    counter.type(holder="MARTIN C.")
    other = Counter(counter.desk, family=counter.family)
    other.bank.begin(f"mandate:{other.held.id}")
    other.type(bic="AGRIFRPP")
    other.drafting.save()
    counter.drafting.save()

    assert (counter.page.values["holder"], counter.page.values["bic"]) == ("MARTIN C.", "AGRIFRPP")
    counter.drafting.save()
    assert (counter.held.holder, counter.held.bic) == ("MARTIN C.", "AGRIFRPP")


def test_two_accounts_typed_at_once_are_compared_though_one_is_masked(counter: Counter) -> None:
    counter.sign()
    counter.bank.begin(f"mandate:{counter.held.id}")
    counter.type(iban="BE68 5390 0754 7034")
    other = Counter(counter.desk, family=counter.family)
    other.bank.begin(f"mandate:{other.held.id}")
    other.type(iban=GERMAN_ACCOUNT)
    other.drafting.save()
    counter.drafting.save()

    [difference] = counter.page.comparison.differences
    assert difference.before.words == MASKED
    assert difference.theirs.words == other.held.account != MASKED
    counter.drafting.choose("iban", Side.THEIRS)
    counter.drafting.save()
    assert counter.held.account == other.held.account


def test_a_mandate_added_meanwhile_is_told_before_it_is_ended(counter: Counter) -> None:
    counter.bank.begin("mandate")
    counter.type(holder="MARTIN Camille", iban=FRENCH_ACCOUNT, signed_on="15/11/2025", valid_from="20/11/2025",
                 mandate_reference="RUM-2")
    counter.desk.do(AddMandate(counter.family.id, MandateValues(
        counter.family.parent, "MARTIN Camille", "RUM-1", date(2025, 8, 25), date(2025, 9, 1), iban=FRENCH_ACCOUNT
    )))
    counter.drafting.save()

    assert counter.page.notice is not None
    assert "à partir du 01/09/2025" in counter.page.notice.text
    counter.drafting.save()
    assert [mandate.mandate_reference for mandate in (counter.held, *counter.debit.others)] == ["RUM-2", "RUM-1"]


def test_others_are_told_only_that_the_family_pays_by_debit(desk: Desk) -> None:
    officer = Counter(desk)
    secretary = Counter(desk, desk.door(EVERYTHING - {"bank.read", "bank.edit"}), officer.family)
    assert secretary.debit == Debit(pays=False)
    officer.sign()
    secretary.read()

    assert secretary.debit == Debit(pays=True)
    assert secretary.bank.task_named("mandate") is None
    assert secretary.page.banner is None


def test_who_only_reads_is_offered_no_correction(desk: Desk) -> None:
    family = desk.family()
    counter = Counter(desk, desk.door(EVERYTHING - {"bank.edit"}), family)

    assert (counter.bank.may_see, counter.bank.may_edit) == (True, False)
    assert counter.bank.task_named("mandate") is None


def test_leaving_the_family_forgets_it(counter: Counter) -> None:
    counter.sign()
    counter.bank.show_account(counter.held)
    counter.bank.show_file(None)

    assert counter.page.debit is None
    assert counter.bank.task_named("mandate") is None


def test_a_failure_is_told_above_the_file(counter: Counter) -> None:
    counter.sign()
    counter.bank.show_account(replace(counter.held, id=999))

    assert counter.page.banner is not None


def _no_task() -> Task:
    raise AssertionError("no form is open")
