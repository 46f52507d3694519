"""What the kiosk decides, without a window: with the base, and without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from backoffice.attendance.recording import AttendanceEntry, RecordMany
from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.queries import Structure
from backoffice.clocking.badges import MakeCards
from backoffice.clocking.code_rules import FREE_TRIES, Signer
from backoffice.clocking.codes import SetOwnCode
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.errors import EnvironmentFault
from backoffice.outbox.sending import Delivery, Outbox
from tests.clocking.days import DAY, MORNING, WHOLE, Centre, at, centre_in
from tests.support.agent import Agent, Forgetful
from tests.support.banner import BannerShown
from tests.support.keyrings import Locked, Notebook, use_keyring
from tests.support.towns import Household, SmallTown
from ui.presenting import Paper
from ui.screens.kiosk.board import Inside, Tile
from ui.screens.kiosk.presenter import KioskPresenter, Sheet, Status

CODE, LOGIN = "4821", "cheffe"


@dataclass
class Page(BannerShown):
    """The last thing shown of each kind."""

    detail: str = ""
    sections: Sequence[str] = ()
    tiles: dict[int, Tile] = field(default_factory=dict)
    counts: str = ""
    status: Status = field(default_factory=Status)
    empty: str = ""
    undo: str = ""
    sheet: Sheet | None = None
    correcting: Sheet | None = None
    signers: Sequence[Signer] = ()
    asked_to_sign: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    inside: Sequence[Inside] = ()
    inside_words: str = ""
    own_code: str = ""
    is_full: bool = True
    papers: list[Paper] = field(default_factory=list)

    @property
    def adults(self) -> list[str]:
        return [] if self.sheet is None else [adult.name for adult in self.sheet.child.adults]

    def show_choices(
        self, structures: Sequence[Structure], chosen: int | None, sections: Sequence[str], section: str
    ) -> None:
        self.sections = sections

    def show_title(self, title: str, detail: str = "") -> None:
        self.detail = detail

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        self.tiles = {tile.child_id: tile for tile in tiles}

    def show_tile(self, tile: Tile) -> None:
        if tile.child_id in self.tiles:
            self.tiles[tile.child_id] = tile

    def show_counts(self, words: str) -> None:
        self.counts = words

    def show_status(self, status: Status) -> None:
        self.status = status

    def say_when_empty(self, text: str) -> None:
        self.empty = text

    def show_undo(self, words: str) -> None:
        self.undo = words

    def show_sheet(self, sheet: Sheet | None) -> None:
        self.sheet = sheet

    def show_correction(self, sheet: Sheet, signers: Sequence[Signer], reasons: Sequence[str]) -> None:
        assert reasons
        self.correcting, self.signers = sheet, signers

    def show_leaving(self, signers: Sequence[Signer]) -> None:
        self.asked_to_sign, self.signers = True, signers

    def show_errors(self, arrived: str = "", left: str = "", code: str = "", reason: str = "") -> None:
        said = {"arrived": arrived, "left": left, "code": code, "reason": reason}
        self.errors = {name: text for name, text in said.items() if text}

    def show_inside(self, lines: Sequence[Inside], detail: str) -> None:
        self.inside, self.inside_words = lines, detail

    def show_own_code(self, error: str) -> None:
        self.own_code = error

    def close_panel(self) -> None:
        self.correcting = self.sheet = None
        self.errors = {}

    def leave_full(self) -> None:
        self.is_full = False

    def clear_typed(self) -> None:
        """Nothing is typed here."""

    def show_paper(self, paper: Paper) -> None:
        self.papers.append(paper)


@dataclass
class Story:
    """A kiosk at a centre, whose clock the test turns; each touch is a second after the one before."""

    centre: Centre
    folder: Path
    page: Page = field(default_factory=Page)
    ticks: float = 0.0

    def __post_init__(self) -> None:
        self.memory = Forgetful()
        self.turn_to(at(8, 32))
        self.open()

    def open(self) -> None:
        """Another window on the same computer."""
        town = self.centre.town
        self.agent = Agent(town.app)
        self.outbox = None if town.database.is_embedded else Outbox(town.app, self.folder)
        self.page = Page()
        self.presenter = KioskPresenter(self.page, replace(self.agent.desk, outbox=self.outbox), self.memory, "Accueil",
                                        lambda: self.ticks)
        self.presenter.load()

    def turn_to(self, moment: datetime) -> None:
        self.centre.town.app.clock = FixedClock(moment)

    def tap(self, child: Household, moment: datetime | None = None) -> None:
        if moment is not None:
            self.turn_to(moment)
        self.ticks += 2
        self.presenter.tap(child.child)

    def words(self, child: Household) -> str:
        return self.page.tiles[child.child].words.replace("\u00a0", " ")

    def send(self) -> None:
        if self.outbox is not None:
            self.outbox.send()

    def units(self, child: Household, day: date = DAY) -> dict[int, tuple[str, int | None, int | None]]:
        self.send()
        return self.centre.units(child, day)


@contextmanager
def away(story: Story, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def gone(*_arguments: object, **_named: object) -> None:
        raise EnvironmentFault("database.unreachable")

    with monkeypatch.context() as patch:
        for name in ("read", "write"):
            patch.setattr(story.centre.town.database, name, gone)
        yield


@pytest.fixture(autouse=True)
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    notebook = Notebook()
    use_keyring(monkeypatch, notebook)
    return notebook


@pytest.fixture
def centre(either_town: SmallTown) -> Centre:
    return centre_in(either_town)


@pytest.fixture
def lea(centre: Centre) -> Household:
    lea = centre.child()
    centre.book(lea, WHOLE)
    return lea


@pytest.fixture
def story(centre: Centre, lea: Household, tmp_path: Path) -> Story:
    assert lea.child
    return Story(centre, tmp_path)


@pytest.fixture
def shared_story(shared_town: SmallTown, tmp_path: Path) -> Story:
    """Three children of one centre, on the base that may go away."""
    centre = centre_in(shared_town)
    for name in ("ARNAUD", "BLANC", "COSTE"):
        centre.book(centre.child(name), WHOLE)
    centre.town.do(SetOwnCode(CODE))
    return Story(centre, tmp_path)


def children(story: Story) -> list[Household]:
    return [Household(0, 0, (child,)) for child in story.page.tiles]


# --- touching --------------------------------------------------------------------------------------------------------


def test_a_tap_arrives_and_a_tap_leaves(story: Story, lea: Household) -> None:
    assert story.words(lea) == "Prévu"
    story.tap(lea)
    assert story.words(lea) == "Présent 8 h 32"
    assert (story.page.counts, story.page.adults) == ("1 présent", [])
    story.tap(lea, at(17, 5))
    assert story.words(lea) == "Parti 17 h 05"
    assert story.page.adults == ["MARTIN Camille"]
    assert story.units(lea) == {WHOLE: ("present", 512, 1025)}


def test_a_bouncing_finger_is_one_touch(story: Story, lea: Household) -> None:
    story.tap(lea)
    story.presenter.tap(lea.child)
    assert story.words(lea) == "Présent 8 h 32"


def test_the_last_touch_is_taken_back(story: Story, lea: Household) -> None:
    story.tap(lea)
    assert story.page.undo.startswith("MARTIN Léa : présent")
    story.presenter.undo()
    assert (story.words(lea), story.page.undo) == ("Prévu", "")
    assert story.units(lea) == {WHOLE: ("booked", None, None)}
    story.presenter.undo()
    assert len(story.centre.town.rows("clock_events")) == 2


def test_after_ten_seconds_there_is_nothing_to_take_back(story: Story, lea: Household) -> None:
    story.tap(lea)
    story.presenter.undo_over()
    story.presenter.undo()
    assert story.words(lea) == "Présent 8 h 32"


def test_what_was_read_again_changes_nothing_shown(story: Story, lea: Household) -> None:
    story.tap(lea)
    story.send()
    story.presenter.refresh()
    assert story.words(lea) == "Présent 8 h 32"
    story.presenter.undo()
    story.send()
    story.presenter.refresh()
    assert story.words(lea) == "Prévu"


def test_the_office_typed_the_arrival(story: Story, lea: Household) -> None:
    slot = story.centre.slots[WHOLE]
    entry = AttendanceEntry(lea.id, lea.child, slot, DAY, AttendanceState.PRESENT, 480)
    story.centre.town.app.execute(RecordMany((entry,)))
    story.presenter.refresh()
    assert story.words(lea) == "Présent 8 h 00"
    story.tap(lea, at(17, 5))
    assert story.words(lea) == "Parti 17 h 05"
    assert story.units(lea) == {WHOLE: ("present", 480, 1025)}


def test_who_is_away_and_who_booked_nothing(story: Story, centre: Centre, lea: Household) -> None:
    away_one, other = centre.child("BLANC"), centre.child("COSTE")
    centre.book(away_one, MORNING, state=AttendanceState.EXCUSED)
    story.presenter.refresh()
    assert story.words(away_one) == "Absent"
    assert other.child not in story.page.tiles
    story.presenter.search("cos")
    assert list(story.page.tiles) == [other.child]
    assert story.words(other) == "Non prévu"
    story.tap(other)
    story.presenter.search("")
    assert story.words(other) == "Présent 8 h 32"


def test_a_card_clocks_its_child_and_an_unknown_one_is_told(story: Story, lea: Household) -> None:
    (card,) = story.centre.town.do(MakeCards((lea.child,)))
    story.presenter.refresh()
    story.ticks += 2
    story.presenter.entered(card.code.lower())
    assert story.words(lea) == "Présent 8 h 32"
    story.presenter.entered("BCDEFGHJKLNPRSTX" if card.code != "BCDEFGHJKLNPRSTX" else "XTSRPNLKJHGFEDCB")
    assert story.page.banner is not None
    assert story.page.banner.text.startswith("Cette carte n'est celle d'aucun enfant")


def test_cards_are_printed(story: Story) -> None:
    story.presenter.make_cards()
    assert story.page.papers[0].pdf.startswith(b"%PDF")


def test_the_evacuation_list_says_who_is_in(story: Story, lea: Household) -> None:
    story.presenter.show_inside()
    assert "aucun enfant présent" in story.page.inside_words
    story.tap(lea)
    story.presenter.show_inside()
    assert [(line.name, line.since, line.call) for line in story.page.inside] == [("MARTIN Léa", 512, "")]
    assert "1 enfant présent" in story.page.inside_words


# --- codes -----------------------------------------------------------------------------------------------------------


def test_a_correction_is_signed_and_nothing_is_erased(story: Story, lea: Household) -> None:
    story.presenter.set_own_code(CODE, "0000")
    assert "pas les mêmes" in story.page.own_code
    story.presenter.set_own_code("1234", "1234")
    assert "suite" in story.page.own_code
    story.presenter.set_own_code(CODE, CODE)
    story.tap(lea, at(9, 32))
    story.presenter.hold(lea.child)
    assert story.page.correcting is not None
    assert story.page.correcting.arrived.split() == ["9", "h", "32"]
    for arrived, left, reason, code, field_name in (
        ("8h75", "", "Oubli", CODE, "arrived"), ("17h", "8h", "Oubli", CODE, "left"), ("8h32", "", "", CODE, "reason"),
        ("8h32", "", "Oubli", "9999", "code"),
    ):
        story.presenter.correct(lea.child, arrived, left, reason, LOGIN, code)
        assert list(story.page.errors) == [field_name]
    story.presenter.correct(lea.child, "8h32", "", "Oubli de pointage", LOGIN, CODE)
    assert story.words(lea) == "Présent 8 h 32"
    assert story.units(lea) == {WHOLE: ("present", 512, None)}
    rows = sorted(story.centre.town.rows("clock_events"), key=lambda row: int(row["id"]))
    assert [(row["kind"], row["reason"]) for row in rows] == [("arrival", ""), ("arrival", "Oubli de pointage")]
    assert rows[1]["replaces"] == rows[0]["uid"]


def test_times_are_added_and_taken_away(story: Story, lea: Household) -> None:
    story.presenter.set_own_code(CODE, CODE)
    story.turn_to(at(18))
    story.presenter.correct(lea.child, "8h32", "17h05", "Oubli", LOGIN, CODE)
    assert story.words(lea) == "Parti 17 h 05"
    story.presenter.correct(lea.child, "8h32", "", "Erreur", LOGIN, CODE)
    assert story.words(lea) == "Présent 8 h 32"
    story.presenter.correct(lea.child, "", "", "Erreur", LOGIN, CODE)
    assert story.words(lea) == "Prévu"
    assert story.units(lea) == {WHOLE: ("booked", None, None)}


def test_wrong_codes_slow_down(story: Story, lea: Household) -> None:
    story.presenter.set_own_code(CODE, CODE)
    for _ in range(FREE_TRIES):
        story.presenter.correct(lea.child, "8h", "", "Oubli", LOGIN, "9999")
    assert story.page.errors["code"] == "Ce n'est pas votre code. Réessayez dans 30 secondes."
    story.presenter.correct(lea.child, "8h", "", "Oubli", LOGIN, CODE)
    assert story.page.errors["code"] == "Réessayez dans 30 secondes."
    story.turn_to(at(8, 32) + timedelta(seconds=30))
    story.presenter.correct(lea.child, "8h", "", "Oubli", LOGIN, CODE)
    assert story.words(lea) == "Présent 8 h 00"


def test_leaving_asks_for_a_code_once_somebody_has_one(story: Story) -> None:
    story.presenter.ask_to_leave()
    assert not story.page.is_full
    story.page.is_full = True
    story.presenter.set_own_code(CODE, CODE)
    story.presenter.ask_to_leave()
    assert (story.page.is_full, story.page.asked_to_sign) == (True, True)
    story.presenter.leave(LOGIN, "9999")
    assert story.page.is_full
    story.presenter.leave(LOGIN, CODE)
    assert not story.page.is_full


def test_the_desk_is_kept_awake_only_where_leaving_is_signed(story: Story) -> None:
    kept: list[str] = []

    def keep_awake(reason: str) -> Callable[[], None]:
        kept.append(reason)
        return kept.clear

    story.presenter.stay_awake(keep_awake)()
    assert kept == []
    story.presenter.set_own_code(CODE, CODE)
    release = story.presenter.stay_awake(keep_awake)
    assert kept == ["kiosque"]
    release()
    assert kept == []


# --- without the server ----------------------------------------------------------------------------------------------


def test_without_the_server_touches_wait_are_counted_and_arrive_once(
    shared_story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = shared_story
    first, second, third = children(story)
    with away(story, monkeypatch):
        for child in (first, second):
            story.tap(child)
        story.presenter.refresh()
        assert story.page.status == Status("Hors connexion – 2 pointages à envoyer", away=True)
        assert (story.words(first), story.words(third)) == ("Présent 8 h 32", "Prévu")
        assert story.page.tiles[first.child].sending
        assert story.outbox is not None
        with pytest.raises(EnvironmentFault):
            story.outbox.send()
    assert story.outbox.send() == Delivery(0, 0, 2)
    assert story.page.status.text == "Hors connexion – tout est envoyé"
    story.presenter.refresh()
    assert story.page.status == Status()
    assert not story.page.tiles[first.child].sending
    assert len(story.centre.town.rows("clock_events")) == 2


def test_a_window_opened_without_the_server_has_its_day(shared_story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story = shared_story
    first = children(story)[0]
    story.tap(first)
    story.send()
    story.presenter.refresh()  # once a minute
    with away(story, monkeypatch):
        story.open()
        assert story.words(first) == "Présent 8 h 32"
        assert story.page.status.away
        story.presenter.show_inside()
        assert [line.name for line in story.page.inside] == ["ARNAUD Léa"]
        story.tap(first, at(17, 5))
        story.presenter.correct(first.child, "8h", "17h05", "Oubli", LOGIN, CODE)  # codes are judged here
        assert story.words(first) == "Parti 17 h 05"
    assert story.units(first) == {WHOLE: ("present", 480, 1025)}


def test_another_day_is_not_shown_without_the_server(shared_story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story = shared_story
    story.turn_to(at(7, day=DAY + timedelta(days=1)))
    with away(story, monkeypatch):
        story.open()
    assert story.page.tiles == {}
    assert story.page.empty.startswith("La base ne répond pas")


def test_without_a_keyring_touches_go_straight_and_what_is_lost_is_said(
    shared_story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = shared_story
    first, second, _ = children(story)
    use_keyring(monkeypatch, Locked())
    story.tap(first)
    assert story.centre.units(first)[WHOLE] == ("present", 512, None)
    with away(story, monkeypatch):
        story.tap(second)
    assert story.words(second) == "Prévu"
    assert story.page.banner is not None


# --- midnight and the change of hour ---------------------------------------------------------------------------------


def test_who_is_still_there_at_midnight_leaves_in_the_morning(story: Story, lea: Household) -> None:
    story.tap(lea, at(17, 50))
    story.send()
    story.turn_to(at(0, 20, DAY + timedelta(days=1)))
    story.presenter.refresh()
    story.presenter.search("martin")
    assert story.words(lea).startswith("Présent")
    story.tap(lea)
    assert story.words(lea) == "Parti 0 h 20"


@pytest.mark.parametrize(("day", "arrived", "left"), [
    (date(2026, 3, 29), at(1, 50, date(2026, 3, 29)), at(3, 10, date(2026, 3, 29))),
    (date(2026, 10, 25), at(2, 50, date(2026, 10, 25)), at(2, 10, date(2026, 10, 25), fold=1)),
])
def test_the_night_when_the_clocks_change(
    story: Story, centre: Centre, lea: Household, day: date, arrived: datetime, left: datetime
) -> None:
    """Twenty minutes have gone by, whatever the clock on the wall says."""
    assert left - arrived == timedelta(minutes=20)
    centre.book(lea, WHOLE, day=day)
    story.tap(lea, arrived)
    story.presenter.refresh()
    story.tap(lea, left)
    assert story.words(lea).startswith("Parti")
    story.send()
    story.presenter.refresh()
    assert story.words(lea).startswith("Parti")
    instants = sorted(row["at"] for row in centre.town.rows("clock_events"))
    assert len(instants) == 2
