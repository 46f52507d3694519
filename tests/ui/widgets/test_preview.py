"""The preview of a piece: pages, sizes, looks, what is made ready, the other screen; drawn by a real child process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from backoffice.documents.safety.photos import HARD_TO_READ
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.progress import Progress, silent
from tests.support.pieces import pdf_of, photo_of
from ui.app import make_qt
from ui.jobs import Jobs
from ui.rendering import PagePicture, PageRenderer, Sheet
from ui.theme.style import apply
from ui.theme.tokens import Theme
from ui.widgets.preview.fetching import Fetcher, PictureStore
from ui.widgets.preview.looks import clearness
from ui.widgets.preview.pages import Fit, Look, PreviewDocument, PreviewFile, Room, Wanted
from ui.widgets.preview.view import Preview

CTRL = Qt.KeyboardModifier.ControlModifier
ROOM = Room(560, 500)


class Counting:
    """A renderer that counts what it is asked for."""

    def __init__(self, inside: PageRenderer) -> None:
        self._inside = inside
        self.asked: list[Sheet] = []

    def render(self, content: bytes, sheet: Sheet, progress: Progress) -> PagePicture:
        self.asked.append(sheet)
        return self._inside.render(content, sheet, progress)

    def close(self) -> None:
        self._inside.close()


@pytest.fixture(scope="module")
def child() -> Iterator[PageRenderer]:
    made = PageRenderer()
    yield made
    made.close()


def _file(content: bytes, pages: int = 1, turns: int = 0) -> PreviewFile:
    return PreviewFile(f"{hash(content)}", "essai", content, pages, turns)


def _document(*files: PreviewFile) -> PreviewDocument:
    return PreviewDocument("Attestation, MARTIN Léa", files, "pdf · 2 Ko")


# --- pages --------------------------------------------------------------------------------------------------------


def test_pages_follow_one_another_through_the_files() -> None:
    document = _document(_file(b"a", 2), _file(b"b"), _file(b"c", 3))

    assert document.pages == 6
    assert [document.at(page) for page in range(6)] == [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (2, 2)]


def test_a_page_is_made_once_for_its_width(child: PageRenderer) -> None:
    renderer = Counting(child)
    fetcher = Fetcher(renderer, PictureStore())
    file = _file(pdf_of("Bonjour"))

    first = fetcher.fetch(Wanted(file, 0, Fit.WIDTH, ROOM), silent)
    again = fetcher.fetch(Wanted(file, 0, Fit.WIDTH, Room(560, 900)), silent)  # a higher room is the same page
    page = fetcher.fetch(Wanted(file, 0, Fit.PAGE, ROOM), silent)

    assert again is first
    assert abs(first.width - 560) <= 1
    assert page.height <= 501
    assert len(renderer.asked) == 2


def test_a_turned_page_fits_its_width_too(child: PageRenderer) -> None:
    turned = Fetcher(child, PictureStore()).fetch(
        Wanted(_file(pdf_of("Bonjour"), turns=1), 0, Fit.WIDTH, ROOM), silent
    )

    assert abs(turned.width - 560) <= 1
    assert turned.height < turned.width


def test_the_oldest_pages_are_forgotten_first(child: PageRenderer) -> None:
    store = PictureStore(most_bytes=3_000_000)
    renderer = Counting(child)
    fetcher = Fetcher(renderer, store)
    wanted = [Wanted(_file(pdf_of(f"Page {number}")), 0, Fit.WIDTH, ROOM) for number in range(3)]
    for one in wanted:
        fetcher.fetch(one, silent)

    assert store.find(wanted[0]) is None
    assert store.find(wanted[2]) is not None


def test_black_and_white_has_two_colours_and_contrast_more_ink(child: PageRenderer) -> None:
    fetcher = Fetcher(child, PictureStore())
    file = _file(photo_of(blur=1))
    shown = {look: fetcher.fetch(Wanted(file, 0, Fit.WIDTH, ROOM, look), silent) for look in Look}

    assert set(shown[Look.BLACK_WHITE].pixels[0::4]) == {0, 255}
    assert min(shown[Look.CONTRAST].pixels[0::4]) <= min(shown[Look.AS_SENT].pixels[0::4])
    assert len({len(one.pixels) for one in shown.values()}) == 1


@pytest.mark.parametrize(("blur", "hard"), [(0, False), (0.6, False), (4, True), (8, True)])
def test_a_blurred_photo_is_said_to_be_hard_to_read(child: PageRenderer, blur: float, hard: bool) -> None:
    clear = clearness(child.render(photo_of(blur), Sheet(width=560), silent))

    assert clear is not None
    assert (clear < HARD_TO_READ) is hard


def test_an_empty_page_is_neither_sharp_nor_blurred(child: PageRenderer) -> None:
    assert clearness(child.render(pdf_of(""), Sheet(width=560), silent)) is None


# --- the widget ---------------------------------------------------------------------------------------------------


@pytest.fixture
def preview(qtbot: QtBot) -> Iterator[Preview]:
    theme = Theme()
    apply(make_qt([]), theme)
    jobs = Jobs()
    owner = QWidget()
    made = Preview(theme, jobs.runner(owner), PageRenderer)
    owner.setParent(made)  # its answers stop with it
    qtbot.addWidget(made)
    made.resize(700, 600)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    yield made
    jobs.cancel_all()
    jobs.wait(-1)


def _read(qtbot: QtBot, preview: Preview, words: str) -> None:
    qtbot.waitUntil(lambda: preview.leaf.shown is not None and words in preview.leaf.shown.text, timeout=20_000)


def test_pages_are_turned_and_read_aloud(qtbot: QtBot, preview: Preview) -> None:
    preview.show_document(_document(_file(pdf_of("Un", "Deux"), 2), _file(pdf_of("Trois"))))
    _read(qtbot, preview, "Un")
    assert preview.thumbnails.isVisible()
    assert preview.tools.where.text() == "1 / 3"

    preview.leaf.turn(1)
    _read(qtbot, preview, "Deux")
    preview.leaf.turn(5)
    _read(qtbot, preview, "Trois")
    assert preview.leaf.desk.accessibleName() == "Attestation, MARTIN Léa, page 3 sur 3"
    assert preview.leaf.desk.accessibleDescription() == "Trois"
    assert not preview.tools.tool("chevron-right").isEnabled()


def test_keys_change_the_size_and_the_look(qtbot: QtBot, preview: Preview) -> None:
    preview.show_document(_document(_file(pdf_of("Un"))))
    _read(qtbot, preview, "Un")
    leaf = preview.leaf
    assert leaf.shown is not None
    wide = leaf.shown.zoom

    leaf.desk.setFocus()
    QTest.keyClick(leaf.desk, Qt.Key.Key_Equal, CTRL)
    qtbot.waitUntil(lambda: leaf.shown is not None and leaf.shown.zoom > wide)
    QTest.keyClick(leaf.desk, Qt.Key.Key_0, CTRL)
    qtbot.waitUntil(lambda: leaf.shown is not None and leaf.shown.wanted.size is Fit.WIDTH)
    QTest.keyClick(leaf.desk, Qt.Key.Key_0, CTRL)
    qtbot.waitUntil(lambda: leaf.shown is not None and leaf.shown.wanted.size is Fit.PAGE)
    assert preview.tools.size_button.text() == "Page"
    preview.next_look()
    qtbot.waitUntil(lambda: leaf.shown is not None and leaf.shown.wanted.look is Look.CONTRAST)


def test_a_rotation_turns_the_file_and_is_told(qtbot: QtBot, preview: Preview) -> None:
    preview.show_document(_document(_file(pdf_of("Un"), turns=3)))
    _read(qtbot, preview, "Un")

    with qtbot.waitSignal(preview.turned) as told:
        preview.rotate(1)

    assert told.args is not None
    assert told.args[0].turns == 0
    qtbot.waitUntil(lambda: preview.leaf.shown is not None and preview.leaf.shown.wanted.file.turns == 0)
    assert preview.leaf.shown is not None
    assert preview.leaf.shown.height > preview.leaf.shown.width


def test_what_was_made_ready_is_painted_at_once(qtbot: QtBot, preview: Preview) -> None:
    first, following = _document(_file(pdf_of("Un"))), _document(_file(pdf_of("Deux")))
    preview.show_document(first)
    _read(qtbot, preview, "Un")
    with qtbot.waitSignal(preview.painted, timeout=100, raising=False):
        preview.make_ready(following)
    wanted = Wanted(following.files[0], 0, Fit.WIDTH, preview.leaf.room())
    qtbot.waitUntil(lambda: preview.store.find(wanted) is not None, timeout=20_000)

    preview.show_document(following)

    assert preview.leaf.shown is not None
    assert preview.leaf.shown.text == "Deux"  # without waiting for anything


def test_a_file_that_cannot_be_drawn_is_said_in_a_sentence(qtbot: QtBot, preview: Preview) -> None:
    preview.show_document(_document(_file(b"%PDF-1.7 rien de lisible")))

    qtbot.waitUntil(lambda: preview.leaf.stack.currentWidget() is preview.leaf.empty, timeout=20_000)
    assert preview.leaf.shown is None

    preview.show_document(_document(_file(pdf_of("Un"))))
    _read(qtbot, preview, "Un")  # the next one is not held up


def test_the_version_before_is_read_beside(qtbot: QtBot, preview: Preview) -> None:
    preview.show_document(_document(_file(pdf_of("Un"))))
    _read(qtbot, preview, "Un")
    with qtbot.waitSignal(preview.earlier_wanted):
        QTest.keyClick(preview.leaf.desk, Qt.Key.Key_B, CTRL)
    preview.show_earlier(PreviewDocument("Version acceptée avant", (_file(pdf_of("Avant")),)))
    qtbot.waitUntil(lambda: preview.beside.shown is not None, timeout=20_000)
    assert preview.beside.isVisible()

    preview.toggle_beside()
    assert not preview.beside.isVisible()


def test_the_whole_screen_keeps_the_page_and_esc_brings_it_back(qtbot: QtBot, preview: Preview) -> None:
    preview.show_document(_document(_file(pdf_of("Un", "Deux"), 2)))
    preview.leaf.go_to(1)
    _read(qtbot, preview, "Deux")

    preview.toggle_full()
    full = preview.full
    assert full is not None
    with qtbot.waitActive(full):
        full.activateWindow()
    assert preview.leaf.window() is full
    QTest.keyClick(full, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: preview.full is None)
    assert preview.leaf.window() is preview
    assert preview.leaf.page == 1


def test_a_renderer_that_failed_leaves_nothing_behind(tmp_path: Path) -> None:
    class Broken:
        def render(self, content: bytes, sheet: Sheet, progress: Progress) -> PagePicture:
            raise EnvironmentFault("preview.failed")

        def close(self) -> None: ...

    store = PictureStore()
    wanted = Wanted(_file(b"x"), 0, Fit.WIDTH, ROOM)
    with pytest.raises(EnvironmentFault):
        Fetcher(Broken(), store).fetch(wanted, silent)
    assert store.find(wanted) is None
