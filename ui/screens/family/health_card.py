"""« Santé » on the card of a child: closed, or what its sheet says, with who read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from backoffice.families.queries import Member
from backoffice.health.queries import SheetReading
from ui.screens.family.health import HealthPresenter, opened_words, sheet_facts
from ui.screens.family.health_tasks import RECORDED, OpenedSheet
from ui.screens.family.pieces import facts, said, with_icon
from ui.theme.tokens import Theme
from ui.widgets.basics import button, label, line
from ui.widgets.flow import FlowLayout
from ui.widgets.table.columns import shown

_READINGS_SHOWN = 12


def health_section(
    theme: Theme, health: HealthPresenter, child: Member, today: date, *, alert: bool
) -> QWidget | None:
    """None for who may neither open the sheet nor watch who does, when there is nothing to tell them."""
    if not (health.may_watch or alert):
        return None
    health.turn_to(child.person_id)
    found = QWidget()
    found.setAccessibleName(f"Santé : {child.person.first_name}")
    layout = QVBoxLayout(found)
    layout.setContentsMargins(0, theme.px(4), 0, 0)
    layout.setSpacing(theme.px(8))
    layout.addWidget(line())
    layout.addWidget(label("Santé", "strong"))
    if alert:
        layout.addWidget(with_icon(theme, "triangle-alert", "A une allergie ou un PAI", "warning", "warning"))
    opened = health.opened(child)
    if opened is not None:
        layout.addWidget(with_icon(theme, "eye", opened_words(opened), "secondary"))
        layout.addWidget(_said_by_sheet(theme, opened, today))
    elif health.may_read:
        layout.addWidget(with_icon(theme, "lock", f"Fiche fermée. {RECORDED}", "secondary"))
    layout.addWidget(_gestures(theme, health, child, opened))
    readings = health.readings(child)
    if readings is not None:
        layout.addWidget(_readings(theme, readings))
    return found


def _said_by_sheet(theme: Theme, opened: OpenedSheet, today: date) -> QWidget:
    known = [(name, text) for name, text in sheet_facts(opened.sheet.values, today) if text]
    if not known:
        return said("Rien n'est noté sur cette fiche." if opened.sheet.version else "Pas encore de fiche santé.")
    found = QWidget()
    grid = facts(theme, known)
    found.setLayout(grid)
    return found


def _gestures(theme: Theme, health: HealthPresenter, child: Member, opened: OpenedSheet | None) -> QWidget:
    """What can be done, on as many lines as it takes."""
    found = QWidget()
    flow = FlowLayout(theme.px(8), found)
    name = child.person.first_name

    def offer(words: str, icon_name: str, run: Callable[[], None], accessible: str) -> None:
        gesture = button(words, run, theme, icon_name=icon_name)
        gesture.setAccessibleName(f"{accessible} : {name}")
        flow.addWidget(gesture)

    if opened is None and health.may_read:
        offer("Ouvrir la fi&che santé…", "lock", partial(health.ask_why, child), "Ouvrir la fiche santé")
    if opened is not None and health.may_edit:
        words = "Modifier la fi&che santé" if opened.sheet.version else "Remplir la &fiche santé"
        offer(words, "pencil", partial(health.edit, child), words.replace("&", ""))
    if opened is not None:
        offer("&Refermer", "x", health.close, "Refermer la fiche santé")
    if health.may_watch:
        words = "Qui l'a &lue" if health.readings(child) is None else "Masquer qui l'a &lue"
        offer(words, "history", partial(health.show_readings, child), "Qui a lu la fiche santé")
    return found


def _readings(theme: Theme, readings: Sequence[SheetReading]) -> QWidget:
    """When, who and why, the last first."""
    if not readings:
        return said("Personne n'a encore ouvert cette fiche.", "secondary")
    found = QWidget()
    found.setAccessibleName("Lectures de la fiche santé")
    grid = QGridLayout(found)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme.px(12))
    grid.setVerticalSpacing(theme.px(4))
    grid.setColumnStretch(1, 1)
    for row, reading in enumerate(readings[:_READINGS_SHOWN]):
        grid.addWidget(label(shown(reading.at), "secondary"), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(said(f"{reading.agent} : {reading.reason}"), row, 1)
    more = len(readings) - _READINGS_SHOWN
    if more > 0:
        words = f"et {more} lecture{'s' if more > 1 else ''} plus ancienne{'s' if more > 1 else ''}"
        grid.addWidget(said(words, "secondary"), _READINGS_SHOWN, 1)
    return found
