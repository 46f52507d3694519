"""The page of letters decides without a window: what is kept, sent again, printed, and how long one is still held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from backoffice.home.work import MyWork, WorkKey
from backoffice.letters.kinds import LetterKind, LetterState
from backoffice.letters.posting import Delivery, Fate
from backoffice.letters.queries import LetterLine, LettersOnPaper, ListLetters
from backoffice.letters.sending import CloseLetters, TakeLetter, TellDelivery
from tests.letters.saying import decide
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.towns import NOON, SmallTown
from ui.presenting import Paper, Place
from ui.screens.letters.presenter import LettersPresenter
from ui.screens.letters.rows import Kept, chip_words, whereabouts

LATER = NOON + timedelta(seconds=61)


class Page(BannerShown):
    """What the page shows last; every line is chosen."""

    def __init__(self) -> None:
        self.lines: Sequence[LetterLine] = ()
        self.counts: Mapping[LetterState, int] = {}
        self.kept = Kept.ALL
        self.empty = ""
        self.papers: list[Paper] = []

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_letters(
        self, lines: Sequence[LetterLine], counts: Mapping[LetterState, int], kept: Kept, empty: str
    ) -> None:
        self.lines, self.counts, self.kept, self.empty = lines, counts, kept, empty

    def show_letter(self, line: LetterLine | None) -> None: ...

    def chosen_lines(self) -> Sequence[LetterLine]:
        return self.lines

    def show_paper(self, paper: Paper) -> None:
        self.papers.append(paper)

    def is_seen(self) -> bool:
        return True

    @property
    def states(self) -> list[LetterState]:
        return [line.letter.state for line in self.lines]


def opened(town: SmallTown, kept: str = "") -> tuple[Page, Agent, LettersPresenter]:
    page, agent = Page(), Agent(town.app)
    presenter = LettersPresenter(page, agent.desk)
    presenter.open(Place("letters", {"filter": kept} if kept else {}))
    return page, agent, presenter


def write_to(town: SmallTown, name: str, email: str, about: int) -> None:
    home = town.family(name)
    town.sql("UPDATE people SET email = :email, version = version + 1 WHERE id = :id", email=email, id=home.parent)
    decide(town, home, about)


def leave(town: SmallTown, fate: Fate) -> None:
    """Every letter leaves, and this becomes of it."""
    town.do(CloseLetters(LATER))
    while (letter := town.do(TakeLetter(LATER))) is not None:
        town.do(TellDelivery(letter.id, letter.tries, Delivery(fate, 550), LATER))


def test_each_chip_keeps_its_letters_and_counts_them(either_town: SmallTown) -> None:
    write_to(either_town, "DUBOIS", "perdue@familles.example", 1)
    leave(either_town, Fate.ADDRESS)
    write_to(either_town, "MARTIN", "camille@familles.example", 2)
    leave(either_town, Fate.SENT)
    write_to(either_town, "ROUSSEL", "", 3)
    leave(either_town, Fate.SENT)
    write_to(either_town, "LEROY", "lea@familles.example", 4)

    page, _, presenter = opened(either_town)
    assert page.states == [LetterState.HELD, LetterState.TO_PRINT, LetterState.SENT, LetterState.FAILED]
    assert [chip_words(kept, page.counts) for kept in Kept] == [
        "Tous", "Arrêtés 2", "Non remis 1", "À imprimer 1", "En partance 1", "Envoyés",
    ]
    found = {}
    for kept in Kept:
        presenter.keep(kept)
        found[kept] = [line.family for line in page.lines]
    assert found == {
        Kept.ALL: ["LEROY", "ROUSSEL", "MARTIN", "DUBOIS"], Kept.STOPPED: ["ROUSSEL", "DUBOIS"],
        Kept.FAILED: ["DUBOIS"], Kept.TO_PRINT: ["ROUSSEL"], Kept.LEAVING: ["LEROY"], Kept.SENT: ["MARTIN"],
    }
    few = either_town.ask(ListLetters(limit=3))
    assert (len(few.lines), few.more) == (3, True)


def test_home_leads_to_the_stopped_letters_which_are_then_printed_and_posted(either_town: SmallTown) -> None:
    either_town.describe()
    write_to(either_town, "ROUSSEL", "", 1)
    leave(either_town, Fate.SENT)
    (item,) = [item for item in either_town.ask(MyWork()).items if item.key is WorkKey.LETTERS]
    assert (item.label, item.count, item.target.get("filter")) == ("Courriels arrêtés", 1, "stopped")

    page, agent, presenter = opened(either_town, item.target.get("filter"))
    presenter.print_()
    (paper,) = page.papers
    assert paper.title == "Courrier, famille ROUSSEL"
    assert paper.pdf.startswith(b"%PDF")
    (letter,) = either_town.ask(LettersOnPaper((page.lines[0].letter.id,)))
    assert "ROUSSEL" in letter.to[0]
    assert letter.issuer[0] == "Commune de Valbrume"

    presenter.send_again()  # there is still no address
    assert "pas de courriel" in (page.banner.text if page.banner else "")
    presenter.mark_printed()
    assert agent.told == ["Courrier noté comme envoyé par la poste."]
    nothing = "Aucun courriel arrêté : tous sont partis, ou vont partir."
    assert (page.banner, page.lines, page.empty) == (None, (), nothing)
    assert not [item for item in either_town.ask(MyWork()).items if item.key is WorkKey.LETTERS]


def test_all_that_are_chosen_leave_again_but_those_that_cannot(town: SmallTown) -> None:
    town.describe()
    write_to(town, "DUBOIS", "a@familles.example", 1)
    write_to(town, "MARTIN", "b@familles.example", 2)
    write_to(town, "ROUSSEL", "", 3)
    leave(town, Fate.ADDRESS)
    page, agent, presenter = opened(town, "stopped")
    presenter.send_again()
    assert agent.told == ["2 courriels vont repartir."]
    assert [line.family for line in page.lines] == ["ROUSSEL"]
    assert page.banner is not None


def test_a_letter_that_is_held_counts_down(town: SmallTown) -> None:
    write_to(town, "DUBOIS", "a@familles.example", 1)
    page, _, presenter = opened(town)
    assert presenter.counts_down
    letter = page.lines[0].letter
    said = [whereabouts(letter, NOON + timedelta(seconds=seconds)) for seconds in (17, 59.5, 60, 75)]
    assert said == ["Part dans 43\u00a0s", "Part dans 1\u00a0s", "Part maintenant", "Part maintenant"]


def test_who_only_reads_sends_nothing(town: SmallTown) -> None:
    write_to(town, "ROUSSEL", "", 1)
    leave(town, Fate.SENT)
    page, agent = Page(), Agent(town.door(frozenset({"letters.read"})))
    presenter = LettersPresenter(page, agent.desk)
    presenter.open(Place("letters"))
    presenter.mark_printed()
    assert not presenter.may_write
    assert (page.states, agent.told) == ([LetterState.TO_PRINT], [])
    assert LetterKind.DOCUMENTS_DECIDED is page.lines[0].letter.kind
