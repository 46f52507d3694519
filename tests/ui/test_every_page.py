"""Every page of the demo town, opened in turn: each control has a name, colours can be read, no word is cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QColor, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QTabBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from backoffice.bootstrap import open_application
from backoffice.cli.demo import make_demo
from backoffice.demo.folder import DemoFolder
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.periods import SchoolYear
from backoffice.kernel.progress import silent
from ui.app import make_qt
from ui.jobs import Jobs
from ui.places import PLACES
from ui.preferences import Preferences
from ui.presenting import Place
from ui.screenshots import settle
from ui.shell.context_bar import Selector
from ui.shell.main_window import MainWindow
from ui.theme.style import apply
from ui.theme.tokens import Theme, ThemeName

CLOCK = FixedClock(datetime(2026, 11, 17, 8, 30, tzinfo=UTC))

# Every page of the navigation, then what is reached from one: a family and its tabs, an invoice.
VISITED = {
    **{entry.screen: Place(entry.screen) for entry in PLACES if entry.icon},
    "family": Place("family", {"id": "110"}),
    "family-adults": Place("family", {"id": "33", "tab": "adultes"}),
    "family-quotient": Place("family", {"id": "107", "tab": "quotient"}),
    "family-child": Place("family", {"id": "110", "tab": "enfants", "task": "add:child"}),
    "family-health": Place("family", {"id": "115", "tab": "enfants", "person": "413"}),
    "family-mandate": Place("family", {"id": "115", "task": "mandate"}),
    "family-history": Place("family", {"id": "33", "tab": "adultes", "beside": "historique"}),
    "family-trial": Place("family", {"id": "110", "tab": "enfants", "beside": "essai"}),
    "family-children": Place("family", {"id": "110", "tab": "enfants"}),
    "family-new": Place("family", {"id": "new"}),
    "bookings": Place("bookings", {"day": "2026-11-17"}),
    "bookings-month": Place("bookings", {"day": "2026-11-17", "scale": "month"}),
    "contracts": Place("contracts"),
    "contracts-hours": Place("contracts", {"view": "hours"}),
    "registrations": Place("registrations"),
    "rules": Place("rules"),
    "kiosk": Place("kiosk"),
    "links": Place("links"),
    "arrivals": Place("arrivals"),
    "letters": Place("letters"),
    "letters-stopped": Place("letters", {"filter": "stopped"}),
    "forms": Place("forms"),
    "forms-all": Place("forms", {"filter": "all"}),
    "as-family": Place("as_family", {"id": "16"}),
    "family-documents": Place("family", {"id": "16", "tab": "documents"}),
    "pieces-late": Place("documents", {"filter": "late"}),
    "follow-up": Place("follow_up"),
    **{f"follow-up-{view}": Place("follow_up", {"view": view}) for view in ("ending", "roll_over", "figures")},
    "billing-october": Place("billing", {"month": "2026-10"}),
    "attendance-day": Place("attendance", {"day": "2026-10-07"}),
    "attendance-clock": Place("attendance", {"day": "2026-11-16", "beside": "clock"}),
    "attendance-absence": Place("attendance", {"day": "2026-11-16", "beside": "absence"}),
    "invoice": Place("invoices", {"invoice": "1"}),
    "catalog-tariff": Place("catalog", {"slot": "4", "do": "tariff"}),
    "catalog-psu": Place("catalog", {"slot": "1", "do": "tariff"}),
    "catalog-service": Place("catalog", {"service": "2", "do": "edit"}),
    "catalog-facts": Place("catalog", {"slot": "4", "tab": "facts"}),
    "catalog-end": Place("catalog", {"slot": "4", "do": "end"}),
    "catalog-structure": Place("catalog", {"structure": "4", "tab": "closures"}),
    "catalog-figures": Place("catalog", {"figures": "yes"}),
    "administration-type": Place("administration", {"tab": "types", "type": "1"}),
    "administration-new-type": Place("administration", {"tab": "types", "type": "new"}),
    "administration-words": Place("administration", {"tab": "letters", "kind": "documents_decided"}),
    **{f"administration-{tab}": Place("administration", {"tab": tab})
       for tab in ("imports", "types", "letters", "appearance", "agents", "upkeep", "about")},
}

# What is written on what, as style.py and the delegates pair them.
TEXTS = ("text", "text_secondary", "text_muted", "link", "danger", "warning", "success", "info")
GROUNDS = ("window", "surface", "header", "nav")
PAIRS = (
    *itertools.product(TEXTS, GROUNDS),
    *((text, "selected") for text in ("text", "text_secondary", "text_muted", "danger", "warning", "success")),
    ("accent_text", "accent"),
    ("accent_text", "accent_hover"),
    ("danger_text", "danger_fill"),
    ("tooltip_text", "tooltip"),
    ("text", "danger_soft"),
    ("text", "warning_soft"),
    ("text", "success_soft"),
    ("text", "info_soft"),
    ("text", "accent_soft"),
    ("success", "success_soft"),
    ("warning", "warning_soft"),
    ("text_muted", "surface_sunken"),
    ("text_secondary", "surface_sunken"),
    ("text_secondary", "success_soft"),
    ("text_secondary", "warning_soft"),
    ("text", "hover"),
    ("accent", "surface"),
    ("accent", "window"),
)
READABLE = 4.5


@pytest.fixture(scope="module", autouse=True)
def _dressed(qapp: QApplication) -> Iterator[None]:
    """The tests after these begin at 100 %, in the light theme."""
    make_qt([])
    yield
    wear(Theme())
    qapp.setProperty("worn", None)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    made = make_demo(DemoFolder(tmp_path_factory.mktemp("every-page") / "demo"), None, CLOCK, silent)
    app = open_application(made.address, CLOCK)
    yield app
    app.database.close()


def wear(theme: Theme) -> None:
    """Dressing is slow: only when the clothes change."""
    qt = QApplication.instance()
    assert isinstance(qt, QApplication)
    if qt.property("worn") != repr(theme):
        apply(qt, theme)
        qt.setProperty("worn", repr(theme))


@contextmanager
def visiting(qtbot: QtBot, app: Application, folder: Path, place: Place, theme: Theme) -> Iterator[MainWindow]:
    wear(theme)
    window = MainWindow(theme, Preferences("visite", folder), Jobs(), lambda: None, place)
    qtbot.addWidget(window)
    window.receive(app)
    window.resize(1366, 768)
    window.show()
    try:
        settle(window)
        yield window
    finally:
        window.jobs.cancel_all()
        window.jobs.wait(-1)


def test_nothing_of_the_navigation_is_forgotten() -> None:
    assert {entry.screen for entry in PLACES} == {place.screen for place in VISITED.values()}


@pytest.mark.parametrize("place", list(VISITED.values()), ids=list(VISITED))
def test_every_control_has_a_name_and_a_key_of_its_own_and_no_word_is_cut_at_200_percent(
    qtbot: QtBot, town: Application, tmp_path: Path, place: Place
) -> None:
    with visiting(qtbot, town, tmp_path, place, Theme(scale=2.0)) as window:
        assert window.here().screen == place.screen
        nameless = [f"{_where(widget)} has no name" for widget in _controls(window) if not _name(widget)]
        cut = list(_cut(window))
        shared = list(_shared_keys(window))
    assert not nameless + cut + shared, "\n".join(nameless + cut + shared)


@pytest.mark.parametrize("screen", ["home", "attendance", "billing", "invoices", "catalog"])
def test_what_a_page_leaves_out_is_said_whole_at_200_percent(
    qtbot: QtBot, town: Application, tmp_path: Path, screen: str
) -> None:
    with visiting(qtbot, town, tmp_path, Place(screen), Theme(scale=2.0)) as window:
        window.context.choose_structure(5, "Le point rencontre jeunes")
        window.context.choose_year(SchoolYear(2025))
        settle(window)
        cut = list(_cut(window))
        bar = window.top_bar
        pieces = sorted(
            (QRect(piece.mapTo(bar, QPoint(0, 0)), piece.size()) for piece in bar.findChildren(QWidget)
             if piece.isVisible() and isinstance(piece, QLineEdit | QToolButton | QLabel | Selector)
             and not isinstance(piece.parentWidget(), QLineEdit)),
            key=lambda piece: piece.left(),
        )  # fmt: skip
    assert not cut, "\n".join(cut)
    assert len(pieces) == 8  # three gestures, the search, two choices, the appearance, the agent
    assert all(first.right() < second.left() for first, second in itertools.pairwise(pieces))
    assert pieces[-1].right() < bar.width()


def test_on_the_narrowest_window_the_structure_and_the_year_are_still_read_at_200_percent(
    qtbot: QtBot, town: Application, tmp_path: Path
) -> None:
    with visiting(qtbot, town, tmp_path, Place("home"), Theme(scale=2.0)) as window:
        window.resize(window.minimumSize())
        window.context.choose_structure(5, "Le point rencontre jeunes")
        settle(window)
        bar = window.top_bar
        assert bar.minimumSizeHint().width() <= bar.width()
        for choice in (bar.context.structure.selector, bar.context.year.selector):
            assert choice.width() >= choice.minimumSizeHint().width()


@pytest.mark.parametrize("name", ThemeName)
def test_every_text_can_be_read_on_its_ground(name: ThemeName) -> None:
    theme = Theme(name)
    pale = [
        f"{text} on {ground}: {ratio:.2f}"
        for text, ground in PAIRS
        if (ratio := _contrast(_on(theme, text, ground), theme.colour(ground))) < READABLE
    ]
    assert not pale, "\n".join(pale)


@pytest.mark.parametrize(
    ("name", "screens"),
    [
        (ThemeName.DARK, ("families", "billing", "catalog")),
        (ThemeName.HIGH_CONTRAST, ("attendance", "invoices", "administration")),
    ],
)
def test_pages_open_in_the_other_themes(
    qtbot: QtBot, town: Application, tmp_path: Path, name: ThemeName, screens: tuple[str, ...]
) -> None:
    with visiting(qtbot, town, tmp_path, Place("home"), Theme(name)) as window:
        for screen in screens:
            window.go(Place(screen))
            assert window.here().screen == screen
        settle(window)
        assert window.screen_shown is not None
        assert not window.screen_shown.banner.isVisible()


# --- names --------------------------------------------------------------------------------------------------------


def _controls(window: QWidget) -> Iterator[QWidget]:
    """What Tab or a click gives the keyboard to, without the inner parts of composite controls."""
    for widget in window.findChildren(QWidget):
        inner = isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox | QTabBar | QHeaderView)
        if (
            widget.isVisibleTo(window)
            and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
            and not inner
            and not isinstance(widget, QScrollBar)
            and (not isinstance(widget, QAbstractScrollArea) or widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        ):
            yield widget


def _name(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip()


# --- access keys --------------------------------------------------------------------------------------------------


def _shared_keys(window: QWidget) -> Iterator[str]:
    """Alt and a letter press one thing: the navigation, folded or not, or a control of the page."""
    takers: dict[str, list[str]] = {}
    words = [entry.title for entry in PLACES if entry.icon]
    for widget in window.findChildren(QWidget):
        if not widget.isVisibleTo(window):
            continue
        if isinstance(widget, QTabBar):
            words += [widget.tabText(place) for place in range(widget.count())]
        elif isinstance(widget, QPushButton) or (isinstance(widget, QLabel) and _has_buddy(widget)):
            words.append(widget.text())
    for text in dict.fromkeys(words):
        if key := QKeySequence.mnemonic(text).toString():
            takers.setdefault(key, []).append(text)
    return (f"{key}: {', '.join(sharing)}" for key, sharing in takers.items() if len(sharing) > 1)


def _has_buddy(widget: QLabel) -> bool:
    buddy: QWidget | None = widget.buddy()
    return buddy is not None


# --- words --------------------------------------------------------------------------------------------------------


def _cut(window: QWidget) -> Iterator[str]:
    for widget in window.findChildren(QWidget):
        if not widget.isVisibleTo(window) or _in_a_table(widget):
            continue
        if isinstance(widget, QLabel) and widget.text():
            lacking = _lacking_of_label(widget)
        elif isinstance(widget, QPushButton) and widget.text():
            lacking = widget.minimumSizeHint().width() - widget.width()
        else:
            continue
        lacking = max(lacking, _hidden_by_parents(widget))
        if lacking > 1:
            yield f"{_where(widget)} lacks {lacking} px"


def _lacking_of_label(widget: QLabel) -> int:
    if widget.wordWrap():
        return widget.heightForWidth(widget.width()) - widget.height()
    needed = widget.fontMetrics().size(int(Qt.TextFlag.TextShowMnemonic), widget.text()).width()
    return needed - widget.contentsRect().width()


def _hidden_by_parents(widget: QWidget) -> int:
    """How much of its width lies outside a parent, up to the first scroll area that can show it."""
    left, right = 0, widget.width()
    child = widget
    hidden = 0
    while (parent := child.parentWidget()) is not None and not child.isWindow():
        left, right = left + child.x(), right + child.x()
        if isinstance(parent.parentWidget(), QAbstractScrollArea):
            break
        hidden = max(hidden, -left, right - parent.width())
        child = parent
    return hidden


def _in_a_table(widget: QWidget) -> bool:
    return any(isinstance(parent, QAbstractItemView) for parent in _parents(widget))


def _parents(widget: QWidget) -> Iterable[QWidget]:
    parent = widget.parentWidget()
    while parent is not None:
        yield parent
        parent = parent.parentWidget()


def _where(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QLabel | QPushButton) else ""
    path = " < ".join(type(parent).__name__ for parent in (widget, *_parents(widget)))
    return f"« {text[:60]} » {path}"


# --- colours ------------------------------------------------------------------------------------------------------


def _on(theme: Theme, text: str, ground: str) -> str:
    return theme.on_selected(text) if ground == "selected" else theme.colour(text)


def _contrast(first: str, second: str) -> float:
    """As WCAG 2 measures it."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    shade = QColor(colour)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (shade.redF(), shade.greenF(), shade.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
