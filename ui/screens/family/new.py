"""The form of a new family: first adult, second adult, home. The page when nothing is recorded yet."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ui.drafts import Draft, Task, Typed
from ui.merging import Comparison
from ui.presenting import Banner, Desk
from ui.screens.family.creating import ADULTS, NewFamily
from ui.screens.family.likeness import Likely
from ui.screens.family.new_presenter import NewFamilyPresenter
from ui.screens.family.pieces import Columns, said, with_icon
from ui.screens.family.similar import SimilarBox
from ui.theme.tokens import Theme
from ui.widgets.basics import BannerBar, Panel, button, clear
from ui.widgets.form import Form
from ui.widgets.scrolled import scrolled

_TITLES = {"first": "Premier responsable", "second": "Second responsable, s'il y en a un", "home": "Foyer et dossier"}

_WHO = {"first": "Premier responsable", "second": "Second responsable"}


class NewFamilyForm(QWidget):
    """Three groups of fields, one button. Ctrl+S creates, Enter in a field too."""

    def __init__(self, theme: Theme, desk: Desk, unfinished: MutableMapping[str, Draft]) -> None:
        super().__init__()
        self._theme = theme
        self.presenter = NewFamilyPresenter(self, desk, unfinished)
        self.notice = BannerBar(theme)
        self._forms: dict[str, Form] = {}
        self._held = ""
        self._similar: dict[str, SimilarBox] = {}
        self._known: dict[str, QVBoxLayout] = {}
        panels = [[self._panel(group)] for group in _TITLES]
        columns = Columns(theme, panels, (1, 1, 1), 340)
        self._save = button("Créer la famille", self.presenter.drafting.save, theme, kind="primary",
                            shortcut="Ctrl+S")
        for form in self._forms.values():
            form.entered.connect(self._save.click)
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(8))
        foot.addWidget(self._save)
        foot.addWidget(button("Abandonner la saisie", self.presenter.drafting.close, theme))
        foot.addWidget(said("Les enfants et l'entourage s'ajoutent juste après.", "secondary"), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(12))
        layout.addWidget(self.notice)
        layout.addWidget(scrolled(columns), 1)
        alike = QHBoxLayout()
        alike.setSpacing(theme.px(12))
        for box in self._similar.values():
            alike.addWidget(box, 1, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(alike)
        layout.addLayout(foot)

    def _panel(self, group: str) -> Panel:
        panel = Panel(self._theme, _TITLES[group])
        form = self._forms[group] = Form(self._theme)
        form.typed.connect(self.presenter.typed)
        form.left.connect(self.presenter.left)
        if group in ADULTS:
            known = self._known[group] = QVBoxLayout()
            panel.body.addLayout(known)
        panel.body.addWidget(form)
        if group in ADULTS:
            similar = self._similar[group] = SimilarBox(self._theme, "C'est cette personne", _WHO[group])
            similar.taken.connect(partial(self.presenter.take, group))
        return panel

    # --- what the presenter asks ----------------------------------------------------------------------------------

    def show_task(self, task: Task, values: Typed) -> None:
        groups: Mapping[str, Sequence[object]] = task.groups if isinstance(task, NewFamily) else {}
        for group, form in self._forms.items():
            if group in groups and isinstance(task, NewFamily):
                form.show_fields([replace(field, value=values.get(field.key, "")) for field in task.groups[group]])
        self.notice.show_banner(None)
        self._held = ""
        self.show_saving(saving=False)

    def show_value(self, key: str, text: str) -> None:
        for form in self._forms.values():
            form.set_value(key, text)

    def show_error(self, key: str, text: str) -> None:
        for form in self._forms.values():
            form.show_error(key, text)

    def show_notice(self, banner: Banner | None) -> None:
        self.notice.show_banner(banner)

    def put_keyboard(self, key: str) -> None:
        for form in self._forms.values():
            form.focus_on(key)

    def show_comparison(self, comparison: Comparison) -> None:
        """A file that nobody made yet has no other version."""

    def put_keyboard_on_choice(self, key: str) -> None:
        """There is none."""

    def copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)

    def show_saving(self, *, saving: bool) -> None:
        """Nothing is typed while it is saved; refused, the keyboard comes back to its field."""
        held, self._held = self._held, next((form.held() for form in self._forms.values() if form.held()), "")
        self._save.setEnabled(not saving)
        for form in self._forms.values():
            form.setEnabled(not saving)
        if held and not saving:
            self.put_keyboard(held)

    def hide_task(self) -> None:
        """Abandoned or created: an empty form, unless the page is left."""
        if self.isVisible():
            self.presenter.open()

    def show_likely(self, which: str, found: Sequence[Likely]) -> None:
        self._similar[which].show_likely(found)

    def show_known(self, which: str, words: str) -> None:
        clear(self._known[which])
        self._forms[which].setVisible(not words)
        if words:
            self._known[which].addWidget(with_icon(self._theme, "link", words, "strong"))
            self._known[which].addWidget(said("Sa fiche est reprise telle qu'elle est.", "secondary"))
            other = button("Saisir une autre personne", partial(self.presenter.give_back, which), self._theme)
            self._known[which].addWidget(other, 0, Qt.AlignmentFlag.AlignLeft)

    def propose_name(self, name: str) -> None:
        entry = self._forms["home"].entry("name")
        if isinstance(entry, QLineEdit):
            entry.setPlaceholderText(name)
