"""What the file of a family decides, without a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from backoffice.billing.lists import InvoiceListRow
from backoffice.billing.queries import InvoiceByNumber
from backoffice.catalog.ending import EndOffer
from backoffice.catalog.kinds import OfferKind
from backoffice.catalog.overview import CatalogOverview
from backoffice.families.commands import AddPerson, ChangePayers, CreateFamily, EditPerson, RemoveMember, SetQuotient
from backoffice.families.kinds import ChangeGroup, MemberRole
from backoffice.families.queries import FamilyFile, FamilyHistory, Member, ReadFamily
from backoffice.families.rules import PersonValues
from backoffice.kernel.audit import AuditRow
from backoffice.kernel.money import Money
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.desk import GRID, NOON, Desk, open_desk
from tests.support.drafting import TaskShown
from tests.support.row_journal import keeper_of
from ui.drafts import Draft
from ui.explanations import on_screen
from ui.forms import FieldSpec
from ui.merging import Side
from ui.presenting import Place
from ui.screens.family.changes import Shown, origin_words
from ui.screens.family.likeness import Likely
from ui.screens.family.presenter import FamilyPresenter, Tab
from ui.screens.family.trial import Trial


class Page(TaskShown, BannerShown):
    """What the page shows last."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ("", "")
        self.file: FamilyFile | None = None
        self.invoices: Sequence[InvoiceListRow] | None = ()
        self.tab = Tab.SUMMARY
        self.chosen = 0
        self.likely: Sequence[Likely] = ()
        self.changes: Shown | None = None
        self.tried: Sequence[FieldSpec] = ()
        self.trial_errors: Mapping[str, str] = {}
        self.trial = Trial()

    def show_title(self, title: str, detail: str = "") -> None:
        self.title = (title, detail)

    def show_file(self, file: FamilyFile | None, today: date) -> None:
        self.file = file

    def show_invoices(self, rows: Sequence[InvoiceListRow] | None) -> None:
        self.invoices = rows

    def show_tab(self, tab: Tab) -> None:
        self.tab = tab

    def choose_person(self, person_id: int) -> None:
        self.chosen = person_id

    def show_likely(self, which: str, found: Sequence[Likely]) -> None:
        self.likely = found

    def show_changes(self, shown: Shown) -> None:
        self.changes = shown

    def hide_changes(self) -> None:
        self.changes = None

    def show_trial(self, specs: Sequence[FieldSpec]) -> None:
        self.tried = specs

    def show_trial_errors(self, errors: Mapping[str, str]) -> None:
        self.trial_errors = errors

    def show_price(self, trial: Trial) -> None:
        self.trial = trial

    def hide_trial(self) -> None:
        self.tried = ()


class Counter:
    """A family's file open before an agent."""

    def __init__(self, desk: Desk) -> None:
        self.family = desk.family()
        desk.app = keeper_of(desk.app)
        self.desk = desk
        self.agent = Agent(desk.app)
        self.page = Page()
        self.unfinished: dict[str, Draft] = {}
        self.presenter = FamilyPresenter(self.page, self.agent.desk, self.unfinished)
        self.open()

    def open(self, **parameters: str) -> None:
        self.presenter.open(Place("family", {"id": str(self.family.id), **parameters}))

    def type(self, **values: str) -> None:
        """Type in the fields, leaving each."""
        for key, text in values.items():
            self.presenter.drafting.typed(key, text)
            self.presenter.left(key)

    def save(self) -> None:
        self.presenter.drafting.save()

    @property
    def file(self) -> FamilyFile:
        return self.desk.ask(ReadFamily(self.family.id))

    @property
    def parent(self) -> Member:
        return self.file.adults[0]

    def elsewhere(self, mobile: str, city: str = "VALBRUME", minutes: int = 0) -> None:
        """Another window saves the parent, some minutes later."""
        with Desk(self.desk.address, now=NOON + timedelta(minutes=minutes)) as other:
            now = self.parent
            other.do(EditPerson(now.person_id, now.version, replace(now.person, mobile=mobile, city=city)))

    @property
    def notice(self) -> str:
        return self.page.notice.text if self.page.notice else ""


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with open_desk(tmp_path) as desk:
        yield Counter(desk)


def test_the_header_says_who_the_number_and_the_quotient(counter: Counter) -> None:
    detail = f"dossier n°\u00a0{counter.family.id} · sans quotient aujourd'hui · VALBRUME"
    assert counter.page.title == ("Famille MARTIN", detail)


def test_an_unknown_family_leads_back_to_the_list(counter: Counter) -> None:
    counter.presenter.open(Place("family", {"id": "999"}))
    assert counter.page.file is None
    assert counter.page.banner is not None
    counter.page.banner.actions[0].run()
    assert counter.agent.went[-1] == Place("families")


def test_a_phone_is_tidied_when_the_keyboard_leaves_it(counter: Counter) -> None:
    counter.presenter.edit_person(counter.parent)
    counter.type(mobile="0612345678")
    assert counter.page.values["mobile"] == "06 12 34 56 78"


def test_a_wrong_value_is_said_beside_its_field_and_nothing_is_saved(counter: Counter) -> None:
    counter.presenter.edit_person(counter.parent)
    counter.type(email="camille chez nous")
    assert "email" in counter.page.errors
    counter.save()
    assert counter.page.keyboard == "email"
    assert counter.parent.person.email == ""


def test_an_empty_required_field_is_only_blamed_when_saving(counter: Counter) -> None:
    counter.presenter.add(MemberRole.CHILD)
    counter.type(first_name="")
    assert counter.page.errors == {}
    counter.save()
    assert "first_name" in counter.page.errors


def test_a_saved_record_can_be_undone(counter: Counter) -> None:
    counter.presenter.edit_person(counter.parent)
    counter.type(first_name="Claude")
    counter.save()
    assert counter.page.task is None
    assert counter.parent.person.first_name == "Claude"
    counter.agent.undo()
    assert counter.parent.person.first_name == "Camille"


def test_esc_asks_only_when_something_would_be_lost(counter: Counter) -> None:
    counter.presenter.begin("record")
    counter.presenter.drafting.close()
    assert (counter.page.task, counter.agent.asked) == (None, [])
    counter.presenter.begin("record")
    counter.type(name="MARTIN-DURAND")
    counter.agent.says_yes = False
    counter.presenter.drafting.close()
    assert len(counter.agent.asked) == 1
    assert counter.page.task is not None


def test_unfinished_typing_is_there_when_the_agent_comes_back(counter: Counter) -> None:
    counter.presenter.edit_person(counter.parent)
    counter.type(first_name="Claude")
    other = counter.desk.family("PETIT", "Noé")
    counter.presenter.open(Place("family", {"id": str(other.id)}))
    assert counter.page.task is None
    counter.open()
    assert counter.page.values["first_name"] == "Claude"
    assert "pas encore enregistrée" in counter.notice


def test_another_form_waits_until_the_first_is_saved(counter: Counter) -> None:
    counter.presenter.begin("record")
    counter.type(name="MARTIN-DURAND")
    counter.presenter.begin("quotient")
    assert counter.page.task is not None
    assert counter.page.task.title == "Modifier le dossier"
    assert "Modifier le dossier" in counter.notice


def test_a_record_changed_meanwhile_is_read_again_and_the_typing_kept(counter: Counter) -> None:
    counter.presenter.edit_person(counter.parent)
    counter.type(mobile="0612345678")
    elsewhere = counter.parent
    values = replace(elsewhere.person, city="SAINT-BRUME")
    counter.desk.do(EditPerson(elsewhere.person_id, elsewhere.version, values))
    assert "modifiée entre-temps" in counter.notice
    counter.page.press("Relire")
    assert (counter.page.values["mobile"], counter.page.values["city"]) == ("06 12 34 56 78", "SAINT-BRUME")
    counter.save()
    assert (counter.parent.person.mobile, counter.parent.person.city) == ("06 12 34 56 78", "SAINT-BRUME")


def test_both_changed_the_same_field_and_the_agent_chooses(counter: Counter) -> None:
    counter.presenter.edit_person(counter.parent)
    counter.type(mobile="0612345678", first_name="Claude")
    counter.elsewhere(mobile="0699887766", city="SAINT-BRUME", minutes=12)
    counter.save()
    [difference] = counter.page.comparison.differences
    said = [version.words for version in (difference.before, difference.mine, difference.theirs)]
    assert said == ["rien", "06 12 34 56 78", "06 99 88 77 66"]
    assert [taken.title for taken in counter.page.comparison.taken] == ["Commune"]
    assert "modifiée entre-temps par cheffe le 20 novembre 2025 à 12\u00a0h\u00a012" in counter.notice
    counter.save()
    assert counter.parent.person.first_name == "Camille"
    counter.presenter.drafting.choose("mobile", Side.THEIRS)
    counter.save()
    person = counter.parent.person
    assert (person.first_name, person.mobile, person.city) == ("Claude", "06 99 88 77 66", "SAINT-BRUME")


def test_the_other_version_is_taken_whole_and_the_typing_can_come_back(counter: Counter) -> None:
    counter.presenter.edit_person(counter.parent)
    counter.type(mobile="0612345678", first_name="Claude")
    counter.elsewhere(mobile="0699887766")
    counter.save()
    counter.presenter.drafting.take_theirs()
    assert (counter.page.values["mobile"], counter.page.values["first_name"]) == ("06 99 88 77 66", "Camille")
    assert not counter.presenter.drafting.changed
    counter.page.press("Reprendre ma saisie")
    assert counter.page.values["first_name"] == "Claude"
    assert counter.page.comparison.of("mobile") is not None


def test_a_comparison_waits_for_the_agent_who_leaves(counter: Counter) -> None:
    counter.presenter.edit_person(counter.parent)
    counter.type(mobile="0612345678")
    counter.elsewhere(mobile="0699887766")
    counter.save()
    counter.presenter.leave()
    counter.open()
    assert counter.page.comparison.undecided
    counter.save()
    assert counter.parent.person.mobile == "06 99 88 77 66"


def test_the_typing_of_who_is_gone_is_kept_to_be_copied(counter: Counter) -> None:
    counter.presenter.add(MemberRole.CONTACT)
    counter.type(last_name="ROY", first_name="Denise")
    counter.save()
    [contact] = counter.file.contacts
    counter.presenter.edit_person(contact)
    counter.type(mobile="0612345678")
    counter.desk.do(RemoveMember(counter.family.id, contact.person_id))
    assert "n'existe plus" in counter.notice
    counter.page.press("Copier ma saisie")
    assert "Mobile : 06 12 34 56 78" in counter.page.copied.splitlines()
    assert counter.page.task is not None


def test_a_quotient_entered_meanwhile_is_told_before_it_is_replaced(counter: Counter) -> None:
    counter.presenter.begin("quotient")
    counter.type(value="850,50", valid_from="20/11/2025")
    counter.desk.do(SetQuotient(counter.family.id, Decimal(700), "attestation CAF", date(2025, 11, 1)))
    counter.save()
    assert "Quotients d'à présent : 700 à partir du 01/11/2025." in counter.notice
    assert len(counter.file.quotients) == 1
    counter.save()
    assert [line.value for line in counter.file.quotients] == [Decimal("850.5"), Decimal(700)]


def test_a_quotient_corrected_by_both_is_compared(counter: Counter) -> None:
    family, day = counter.family.id, date(2025, 9, 1)
    counter.desk.do(SetQuotient(family, Decimal(700), "attestation CAF", day))
    counter.presenter.correct(counter.file.quotients[0])
    counter.type(value="710", source="attestation MSA")
    counter.desk.do(SetQuotient(family, Decimal(720), "attestation CAF", day))
    counter.save()
    [difference] = counter.page.comparison.differences
    assert (difference.before.words, difference.mine.words, difference.theirs.words) == ("700", "710", "720")
    counter.presenter.drafting.choose("value", Side.MINE)
    counter.save()
    assert [(line.value, line.source) for line in counter.file.quotients] == [(Decimal(710), "attestation MSA")]


def test_payers_named_meanwhile_are_compared(counter: Counter) -> None:
    family = counter.family.id
    for first_name in ("Dominique", "Alix"):
        adult = AddPerson(family, PersonValues("MARTIN", first_name), MemberRole.ADULT)
        counter.desk.do(adult)
    people = {member.person.first_name: member.person_id for member in counter.file.adults}
    counter.presenter.begin("payers")
    counter.type(first=str(people["Dominique"]), valid_from="01/12/2025")
    counter.desk.do(ChangePayers(family, (people["Alix"],), date(2025, 11, 1)))
    counter.save()
    [difference] = counter.page.comparison.differences
    assert (difference.mine.words, difference.theirs.words) == ("MARTIN Dominique", "MARTIN Alix")
    counter.presenter.drafting.choose("first", Side.MINE)
    counter.save()
    assert [payer.person_id for payer in counter.file.payers][:1] == [people["Dominique"]]


def test_a_record_untouched_here_follows_what_others_save(counter: Counter) -> None:
    counter.presenter.edit_person(counter.parent)
    parent = counter.parent
    counter.desk.do(EditPerson(parent.person_id, parent.version, replace(parent.person, city="VALBRUME")))
    assert counter.page.values["city"] == "VALBRUME"
    assert counter.page.notice is None


def test_who_is_typed_may_exist_already_and_is_attached(counter: Counter) -> None:
    other = counter.desk.family("PETIT", "Noé")
    counter.presenter.add(MemberRole.CHILD)
    counter.type(last_name="petit", first_name="noé")
    [found] = counter.page.likely
    assert found.families == "PETIT"
    counter.presenter.attach(found)
    assert [child.person_id for child in counter.file.children] == [counter.family.child, other.child]
    assert counter.page.chosen == other.child
    counter.agent.undo()
    assert len(counter.file.children) == 1


def test_a_namesake_is_created_only_after_a_yes(counter: Counter) -> None:
    counter.agent.says_yes = False
    counter.presenter.add(MemberRole.CHILD)
    counter.type(last_name="MARTIN", first_name="Léa")
    counter.save()
    assert counter.agent.asked[-1].yes == "Créer quand même"
    assert len(counter.file.children) == 1
    counter.agent.says_yes = True
    counter.save()
    assert len(counter.file.children) == 2


def test_payers_change_from_a_day_typed_short_and_come_back(counter: Counter) -> None:
    second = counter.desk.do(AddPerson(counter.family.id, PersonValues("PETIT", "Alix"), MemberRole.ADULT, True))
    counter.presenter.begin("payers")
    counter.type(valid_from="1/12", second=str(second))
    counter.save()
    assert [payer.person_id for payer in counter.file.payers if payer.period.start == date(2025, 12, 1)] == [
        counter.family.parent, second,
    ]
    counter.agent.undo()
    assert len(counter.file.payers) == 1


def test_the_same_payer_twice_is_said_beside_the_second(counter: Counter) -> None:
    counter.presenter.begin("payers")
    counter.type(second=str(counter.family.parent))
    assert "second" in counter.page.errors


def test_a_quotient_holds_from_its_day_and_can_be_undone(counter: Counter) -> None:
    counter.presenter.begin("quotient")
    counter.type(value="1 234,5", source="attestation CAF", valid_from="1/9")
    counter.save()
    held = counter.file.quotient_today
    assert held is not None
    assert (held.value, held.period.start) == (Decimal("1234.5"), date(2025, 9, 1))
    assert "QF\u00a01\u00a0234,50" in counter.page.title[1]
    counter.agent.undo()
    assert counter.file.quotients == ()


def test_a_quotient_that_ends_before_it_begins_is_refused_beside_its_end(counter: Counter) -> None:
    counter.presenter.begin("quotient")
    counter.type(value="800", valid_from="01/09/2025", valid_to="31/08/2025")
    counter.save()
    assert list(counter.page.errors) == ["valid_to"]
    assert counter.file.quotients == ()


def test_a_value_entered_by_mistake_is_deleted_and_can_come_back(counter: Counter) -> None:
    counter.presenter.begin("income")
    counter.type(annual="24180", valid_from="01/01/2025")
    counter.save()
    counter.presenter.delete(counter.file.incomes[0])
    assert counter.file.incomes == ()
    counter.agent.undo()
    assert len(counter.file.incomes) == 1


def test_somebody_named_on_invoices_stays_and_the_page_says_why(counter: Counter) -> None:
    counter.presenter.remove(counter.parent)
    assert counter.page.banner is not None
    assert "désignez d'abord un autre payeur" in counter.page.banner.text


def test_a_place_in_the_family_changes_and_comes_back(counter: Counter) -> None:
    counter.desk.do(AddPerson(counter.family.id, PersonValues("PETIT", "Alix"), MemberRole.CONTACT))
    counter.presenter.change_role(counter.file.contacts[0], MemberRole.ADULT)
    assert [adult.person.first_name for adult in counter.file.adults] == ["Camille", "Alix"]
    counter.agent.undo()
    assert len(counter.file.contacts) == 1


def test_a_place_can_name_the_tab_the_person_and_what_to_type(counter: Counter) -> None:
    counter.open(person=str(counter.family.child))
    assert (counter.page.tab, counter.page.chosen) == (Tab.CHILDREN, counter.family.child)
    counter.open(tab="quotient", task="quotient")
    assert counter.page.tab is Tab.VALUES
    assert counter.page.task is not None


def test_who_may_only_read_changes_nothing_and_sees_no_invoice(tmp_path: Path) -> None:
    with open_desk(tmp_path) as desk:
        family = desk.family()
        agent, page = Agent(desk.door(frozenset({"families.read"}))), Page()
        presenter = FamilyPresenter(page, agent.desk, {})
        presenter.open(Place("family", {"id": str(family.id), "task": "record"}))
        assert page.file is not None
        assert (page.task, page.invoices) == (None, None)


# --- the history, beside the file ---------------------------------------------------------------------------


def _told(page: Page) -> list[tuple[str, str]]:
    assert page.changes is not None
    return [(told.what, told.words) for moment in page.changes.moments for told in moment.told]


def test_a_file_where_nothing_changed_says_so(counter: Counter) -> None:
    counter.presenter.aside.show_changes()
    shown = counter.page.changes
    assert shown is not None
    assert shown.moments == ()
    assert shown.nothing.startswith("Rien n'a été modifié dans ce dossier depuis")


def test_a_file_says_who_made_it(counter: Counter) -> None:
    made = counter.desk.do(CreateFamily(PersonValues("PETIT", "Alix")))
    counter.presenter.open(Place("family", {"id": str(made), "beside": "historique"}))
    assert counter.page.changes is not None
    assert counter.page.changes.origin == "Dossier créé le 20 novembre 2025 à 12\u00a0h\u00a000 par cheffe."


def test_a_file_older_than_the_journal_says_so() -> None:
    words = origin_words(FamilyHistory(1, None, (), {}, complete=True))
    assert words == "La création de ce dossier est antérieure à la tenue de l'historique."


def test_the_history_follows_what_is_saved_and_says_it_in_french(counter: Counter) -> None:
    counter.presenter.aside.show_changes()
    parent = counter.parent
    counter.desk.do(EditPerson(parent.person_id, parent.version, replace(parent.person, mobile="0612345678")))
    parent = counter.parent
    counter.desk.do(EditPerson(parent.person_id, parent.version, replace(parent.person, mobile="", city="BREST")))
    counter.desk.do(SetQuotient(counter.family.id, Decimal(874), "attestation CAF", date(2025, 9, 1)))
    counter.desk.do(AddPerson(counter.family.id, PersonValues("BESSON", "Odile"), MemberRole.CONTACT))

    assert sorted(_told(counter.page)) == [
        ("Adresse · MARTIN Camille", "1 rue des Tilleuls, 38999 VALBRUME → 1 rue des Tilleuls, 38999 BREST"),
        ("Mobile · MARTIN Camille", "Ajouté : 06 12 34 56 78"),
        ("Mobile · MARTIN Camille", "Retiré : 06 12 34 56 78"),
        ("Place dans la famille · BESSON Odile", "Entre dans la famille : entourage"),
        ("Quotient familial", "À partir du 01/09/2025 : 874 (attestation CAF)"),
    ]
    assert counter.page.changes is not None
    assert {moment.when for moment in counter.page.changes.moments} == {"20 novembre 2025 à 12\u00a0h\u00a000, cheffe"}


def test_the_history_is_narrowed_to_a_person_and_to_a_value(counter: Counter) -> None:
    parent = counter.parent
    counter.desk.do(EditPerson(parent.person_id, parent.version, replace(parent.person, city="BREST", title="Mme")))
    counter.desk.do(SetQuotient(counter.family.id, Decimal(874), "", date(2025, 9, 1)))
    counter.presenter.aside.show_changes(parent.person_id)
    changes = counter.presenter.aside.changes
    assert len(_told(counter.page)) == 2
    changes.narrow(group="reach")
    assert [what for what, _ in _told(counter.page)] == ["Adresse · MARTIN Camille"]
    changes.narrow(person=str(counter.family.child))
    assert counter.page.changes is not None
    assert counter.page.changes.nothing == "Rien n'a changé pour ce choix."
    counter.presenter.aside.show_changes(group=ChangeGroup.VALUES)
    assert [what for what, _ in _told(counter.page)] == ["Quotient familial"]


def test_somebody_who_left_is_still_in_the_filter(counter: Counter) -> None:
    odile = counter.desk.do(AddPerson(counter.family.id, PersonValues("BESSON", "Odile"), MemberRole.CONTACT))
    counter.desk.do(RemoveMember(counter.family.id, odile))
    counter.presenter.aside.show_changes(odile)
    assert counter.page.changes is not None
    assert (str(odile), "BESSON Odile (plus dans la famille)") in counter.page.changes.people
    assert len(_told(counter.page)) == 2


def test_unsaved_typing_waits_under_the_history(counter: Counter) -> None:
    counter.presenter.edit_person(counter.parent)
    counter.type(first_name="Claude")
    counter.presenter.aside.show_changes()
    assert not counter.presenter.is_room
    counter.presenter.close()
    assert counter.page.changes is None
    assert counter.agent.asked == []  # nothing was lost
    assert counter.presenter.drafting.values["first_name"] == "Claude"
    counter.presenter.aside.show_changes()
    counter.presenter.begin("record")
    assert counter.page.changes is None
    assert "Enregistrez ou abandonnez" in counter.notice


# --- trying a tariff ----------------------------------------------------------------------------------------


def _tried(counter: Counter) -> tuple[str, str, tuple[str, ...]]:
    [chapter] = counter.page.trial.chapters
    [entry] = chapter.entries
    return chapter.title, entry.sum, entry.reasons


def test_a_trial_begins_with_what_the_children_attend(counter: Counter) -> None:
    counter.desk.slot("PISC", name="Piscine")
    canteen = counter.desk.slot("CANT")
    counter.desk.attend(counter.family, canteen)
    counter.presenter.aside.try_tariff(counter.family.child)
    slot, _day = counter.page.tried
    assert [words for _, words in slot.options] == ["Restauration · Repas CANT (Léa)", "Piscine · Repas PISC"]
    assert slot.value == str(canteen)
    title, price, reasons = _tried(counter)
    assert (title, price) == ("Restauration · Repas CANT", "1\u00a0repas = 4,15\u00a0€")
    assert reasons[0].startswith("Tarif unique, en vigueur depuis le 01/09/2024")


def test_a_trial_costs_what_the_month_bills(counter: Counter) -> None:
    slot = counter.desk.slot(tariff=GRID)
    counter.desk.do(SetQuotient(counter.family.id, Decimal(520), "", date(2025, 9, 1)))
    counter.desk.attend(counter.family, slot)
    counter.presenter.aside.try_tariff()
    counter.presenter.aside.trial.typed({"slot": str(slot), "day": "2/10/2025"})
    [chapter] = counter.page.trial.chapters
    [number] = counter.desk.issue().numbers
    [line] = counter.desk.ask(InvoiceByNumber(number)).lines

    assert line.unit_price == chapter.total == Money(260)
    assert set(_tried(counter)[2]) <= {on_screen(step) for step in line.explanation}


def test_a_trial_takes_the_quotient_of_its_day_and_says_what_is_missing(counter: Counter) -> None:
    slot = counter.desk.slot(tariff=GRID)
    counter.desk.do(SetQuotient(counter.family.id, Decimal(390), "", date(2025, 12, 1)))
    counter.presenter.aside.try_tariff()
    gesture = counter.page.trial.gesture
    assert "quotient" in counter.page.trial.problem
    assert gesture is not None
    assert gesture.label == "Ajouter un quotient"
    counter.presenter.aside.trial.typed({"slot": str(slot), "day": "1/12/2025"})
    assert _tried(counter)[1] == "1\u00a0repas = 1,20\u00a0€"
    counter.presenter.aside.trial.typed({"slot": str(slot), "day": "plus tard"})
    assert list(counter.page.trial_errors) == ["day"]
    assert counter.page.trial.chapters == ()
    gesture.run()
    assert (counter.page.tried, counter.page.task is not None) == ((), True)


def test_a_trial_follows_the_file_and_writes_nothing(counter: Counter) -> None:
    counter.desk.slot(tariff=GRID)
    counter.presenter.aside.try_tariff()
    with counter.desk.database.read() as session:
        before = session.scalar(select(func.count()).select_from(AuditRow))
    counter.presenter.aside.trial.typed({"slot": "1", "day": "20/11/2025"})
    with counter.desk.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditRow)) == before
    counter.desk.do(SetQuotient(counter.family.id, Decimal(700), "", date(2025, 9, 1)))
    assert _tried(counter)[1] == "1\u00a0repas = 4,15\u00a0€"


def test_a_slot_that_has_ended_is_not_proposed(counter: Counter) -> None:
    counter.desk.slot()
    view = counter.desk.ask(CatalogOverview()).services[0].activities[0].slots[0]
    counter.desk.do(EndOffer(OfferKind.SLOT, view.slot.id, view.version, date(2025, 8, 31)))
    counter.presenter.aside.try_tariff()
    assert counter.page.tried[0].options == ()
    assert "Aucun créneau" in counter.page.trial.problem


def test_who_may_not_see_tariffs_tries_none(tmp_path: Path) -> None:
    with open_desk(tmp_path) as desk:
        family, page = desk.family(), Page()
        agent = Agent(desk.door(frozenset({"families.read", "catalog.read"})))
        presenter = FamilyPresenter(page, agent.desk, {})
        presenter.open(Place("family", {"id": str(family.id), "beside": "essai"}))
        assert not presenter.aside.trial.allowed
        assert (page.tried, presenter.is_room) == ((), True)
