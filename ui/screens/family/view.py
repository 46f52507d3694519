"""The file of a family: header, tabs, and beside them what is being typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from backoffice.billing.lists import InvoiceListRow
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import FamilyFile
from ui.drafts import Task, Typed
from ui.forms import FieldSpec
from ui.presenting import Paper, Place
from ui.screen import Screen, Surroundings
from ui.screens.family.bank import BankPresenter, Debit
from ui.screens.family.bank_panel import debit_panel
from ui.screens.family.changes import Shown
from ui.screens.family.changes_panel import ChangesPanel
from ui.screens.family.documents import Papers, PapersPresenter
from ui.screens.family.documents_tab import DocumentsTab
from ui.screens.family.health import HealthPresenter
from ui.screens.family.histories import ValuesTab
from ui.screens.family.invoices import InvoicesTab
from ui.screens.family.likeness import Likely
from ui.screens.family.new import NewFamilyForm
from ui.screens.family.people import PeopleTab
from ui.screens.family.presenter import ROLE_OF, FamilyPresenter, Tab
from ui.screens.family.similar import SimilarBox
from ui.screens.family.summary import Gestures, summary
from ui.screens.family.trial import Trial
from ui.screens.family.trial_panel import TrialPanel
from ui.screens.family.words import ADD_WORDS
from ui.widgets.basics import button
from ui.widgets.scrolled import scrolled
from ui.widgets.side import Beside, SidePanel
from ui.widgets.task_form import ShowsTask, TaskForm
from ui.widgets.task_panel import TaskPanel

NEW = "new"
_ADDS = {Tab.VALUES: "Ajouter un quotient", Tab.SUMMARY: "A&jouter"}


class FamilyView(ShowsTask, Screen):
    """`id` in the place is a number, or « new »."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Famille")
        self.presenter = FamilyPresenter(self, around.desk, around.preferences.unfinished)
        beside = (around.desk, self.presenter.drafting)
        self.health, self.bank = HealthPresenter(self, *beside), BankPresenter(self, *beside)
        self.papers = PapersPresenter(self, *beside)
        self.presenter.sides = (self.health, self.bank, self.papers)
        self._papers: Papers | None = None
        self._debit: Debit | None = None
        self._file: FamilyFile | None = None
        self._today = date.min
        self._invoices: Sequence[InvoiceListRow] | None = ()
        self._stale: set[Tab] = set()
        self._coming = False
        self._is_covered = False
        self._build_gestures()
        self._build_tabs()
        self._build_panel()
        self.new = NewFamilyForm(self.theme, around.desk, around.preferences.unfinished)
        self._whole = QStackedWidget()
        self._whole.addWidget(self._file_page)
        self._whole.addWidget(self.new)
        self.body.addWidget(self._whole)
        self._bind_keys()
        self._show_gestures()

    # --- building -------------------------------------------------------------------------------------------------

    def _build_gestures(self) -> None:
        self._record = button("Modifier le &dossier", partial(self.presenter.begin, "record"), self.theme,
                              icon_name="pencil")
        self._add = button("A&jouter", self._add_by_tab, self.theme, icon_name="plus", shortcut="Ctrl+N")
        self._history = button("&Historique", self.presenter.aside.show_changes, self.theme, icon_name="history",
                               shortcut="Ctrl+H")
        self.gestures.addWidget(self._history)
        self.gestures.addWidget(self._record)
        self.gestures.addWidget(self._add)

    def _build_tabs(self) -> None:
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("Parties du dossier")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(True)
        self._pages = QStackedWidget()
        self._summary = scrolled(QWidget())
        self.people = {role: PeopleTab(self.theme, role, self.presenter, self.health) for role in MemberRole}
        self.values = ValuesTab(self.theme, self.presenter)
        self.documents = DocumentsTab(self.theme, self.papers)
        self.invoices = InvoicesTab(self.around, self.presenter)
        widgets: dict[Tab, QWidget] = {
            Tab.SUMMARY: self._summary,
            **{tab: self.people[role] for tab, role in ROLE_OF.items()},
            Tab.VALUES: self.values,
            Tab.DOCUMENTS: self.documents,
            Tab.INVOICES: self.invoices,
        }
        for tab in Tab:
            self.tabs.addTab(tab.label.replace("&", "&&"))
            self._pages.addWidget(widgets[tab])
        self.tabs.currentChanged.connect(self._tab_changed)

    def _build_panel(self) -> None:
        self.panel = TaskPanel(self.theme)
        self.similar = SimilarBox(self.theme, "Rattacher")
        self.panel.below.addWidget(self.similar)
        drafting = self.presenter.drafting
        self.panel.typed.connect(drafting.typed)
        self.panel.left.connect(self.presenter.left)
        self.panel.task_form.follow_choices(drafting)
        self.panel.saved.connect(drafting.save)
        self.panel.closed.connect(drafting.close)
        self.similar.taken.connect(self.presenter.attach)
        self._build_reading()
        self._side = QStackedWidget()
        for panel in (self.panel, self.changes, self.trial):
            self._side.addWidget(panel)
        self._beside = Beside(self.theme, self._pages, self._side)
        self._beside.covered.connect(self._give_room)
        self._file_page = QWidget()
        layout = QVBoxLayout(self._file_page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(self.theme.px(12))
        layout.addWidget(self.tabs)
        layout.addWidget(self._beside, 1)

    def _build_reading(self) -> None:
        """What is only read beside the file: what changed, what a tariff would give."""
        self.changes = ChangesPanel(self.theme)
        self.changes.person_chosen.connect(lambda person: self.presenter.aside.changes.narrow(person=person))
        self.changes.group_chosen.connect(lambda group: self.presenter.aside.changes.narrow(group=group))
        self.changes.closed.connect(self.presenter.aside.changes.close)
        self.trial = TrialPanel(self.theme)
        self.trial.typed.connect(self.presenter.aside.trial.typed)
        self.trial.closed.connect(self.presenter.aside.trial.close)

    def _bind_keys(self) -> None:
        page = self._file_page
        keys: list[tuple[str, QWidget, Callable[[], object]]] = [
            ("F2", page, self._edit_by_tab),
            ("Ctrl+Tab", page, partial(self._next_tab, 1)),
            ("Ctrl+Shift+Tab", page, partial(self._next_tab, -1)),
            ("Esc", self._pages, self.presenter.close),  # the panels have their own
        ]
        for key, where, run in keys:
            shortcut = QShortcut(QKeySequence(key), where)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(run)

    # --- what the shell asks --------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        if place.parameters.get("id") == NEW:
            self.presenter.leave()
            self.show_title("Nouvelle famille", "les champs marqués * sont nécessaires")
            self._whole.setCurrentWidget(self.new)
            self._show_gestures()
            self.new.presenter.open()
            return
        self._whole.setCurrentWidget(self._file_page)
        self._coming = True
        self.presenter.open(place)
        self._show_gestures()

    def refresh(self) -> None:
        if self._whole.currentWidget() is self._file_page:
            self.presenter.load()

    def search_entry(self) -> QWidget | None:
        return self.invoices.list.search if self._tab is Tab.INVOICES else None

    # --- what the presenter asks ----------------------------------------------------------------------------------

    def show_file(self, file: FamilyFile | None, today: date) -> None:
        self._file, self._today = file, today
        self._stale = set(Tab)
        self._beside.setVisible(file is not None)
        self.tabs.setVisible(file is not None and not self._is_covered)
        self._show_gestures()
        self._fill()
        if self._coming and file is not None:
            self._coming = False
            self._focus_tab()

    def show_invoices(self, rows: Sequence[InvoiceListRow] | None) -> None:
        self._invoices = rows
        self._stale |= {Tab.SUMMARY, Tab.INVOICES}
        self._fill()

    def show_debit(self, debit: Debit | None) -> None:
        self._debit = debit
        self._stale.add(Tab.SUMMARY)
        self._fill()

    def show_papers(self, papers: Papers | None) -> None:
        self._papers = papers
        self._stale.add(Tab.DOCUMENTS)
        self._fill()

    def show_paper(self, paper: Paper) -> None:
        self.around.show_paper(paper)

    def show_health(self) -> None:
        self.people[MemberRole.CHILD].show_health()

    def show_alerts(self, children: frozenset[int]) -> None:
        self.people[MemberRole.CHILD].show_alerts(children)

    def show_tab(self, tab: Tab) -> None:
        self.tabs.setCurrentIndex(tuple(Tab).index(tab))

    def choose_person(self, person_id: int) -> None:
        for people in self.people.values():
            people.choose_person(person_id)
        shown = self._pages.currentWidget()
        if isinstance(shown, PeopleTab):
            shown.table.setFocus()

    def show_likely(self, which: str, found: Sequence[Likely]) -> None:  # noqa: ARG002 - only one person is typed here
        self.similar.show_likely(found)

    @property
    def typing(self) -> TaskForm:
        return self.panel.task_form

    def show_task(self, task: Task, values: Typed) -> None:
        self.panel.show_task(task, values)
        self._settle_side()

    def hide_task(self) -> None:
        self.similar.show_likely(())
        self._settle_side()

    def show_changes(self, shown: Shown) -> None:
        arriving = self._side.currentWidget() is not self.changes or not self._beside.is_open
        self.changes.show_changes(shown)
        self._settle_side()
        if arriving:
            self.changes.person.setFocus()

    def hide_changes(self) -> None:
        self._settle_side()

    def show_trial(self, specs: Sequence[FieldSpec]) -> None:
        self.trial.show_fields(specs)
        self._settle_side()
        self.trial.form.focus_first()

    def show_trial_errors(self, errors: Mapping[str, str]) -> None:
        self.trial.show_errors(errors)

    def show_price(self, trial: Trial) -> None:
        self.trial.show_price(trial)

    def hide_trial(self) -> None:
        self._settle_side()

    def _settle_side(self) -> None:
        """One thing beside the file: what is read, else what is typed, else nothing and the keyboard goes back."""
        aside = self.presenter.aside
        shown: SidePanel | None = None
        if aside.changes.is_open:
            shown = self.changes
        elif aside.trial.is_open:
            shown = self.trial
        elif self.presenter.drafting.task is not None:
            shown = self.panel
        for people in self.people.values():
            people.show_card(seen=shown is None)
        if shown is None:
            self._beside.close_panel()
            self._focus_tab()
            return
        back = shown is self.panel and self._side.currentWidget() is not self.panel
        self._side.setCurrentWidget(shown)
        self._beside.open_panel()
        if back:
            self.panel.form.focus_first()

    # --- by tab -----------------------------------------------------------------------------------------------------

    @property
    def _tab(self) -> Tab:
        return tuple(Tab)[self.tabs.currentIndex()]

    def _tab_changed(self, index: int) -> None:
        self._pages.setCurrentIndex(index)
        self._fill()
        self._show_gestures()

    def _fill(self) -> None:
        """Only the tab seen is filled: the others wait until they are."""
        file, tab = self._file, self._tab
        if file is None or tab not in self._stale:
            return
        self._stale.discard(tab)
        if tab is Tab.SUMMARY:
            aside = self.presenter.aside
            gestures = Gestures(self.show_tab, self.presenter.begin, self.presenter.open_invoice,
                                self.presenter.open_family, aside.try_tariff, self.presenter.may_edit,
                                aside.trial.allowed)
            debit = [] if self._debit is None else [debit_panel(self.theme, self.bank, self._debit, self._today)]
            inside = summary(self.theme, file, self._invoices, self._today, gestures, debit)
            self._summary.setWidget(inside)
            inside.setAutoFillBackground(False)
        elif tab in ROLE_OF:
            self.people[ROLE_OF[tab]].show_file(file, self._today)
        elif tab is Tab.VALUES:
            self.values.show_file(file, self._today)
        elif tab is Tab.DOCUMENTS:
            self.documents.show_papers(self._papers)
        else:
            self.invoices.show_rows(self._invoices)

    def _give_room(self, covered: bool) -> None:
        """At 200 % text what is typed takes the whole page."""
        self._is_covered = covered
        self.tabs.setVisible(self._file is not None and not covered)
        self._show_gestures()

    def _show_gestures(self) -> None:
        on_file = self._file is not None and self._whole.currentWidget() is self._file_page
        seen = on_file and not self._is_covered
        self._history.setVisible(seen)
        self._record.setVisible(seen and self.presenter.may_edit)
        self._add.setVisible(seen and self.presenter.may_edit and self._tab not in {Tab.INVOICES, Tab.DOCUMENTS})
        role = ROLE_OF.get(self._tab)
        words = ADD_WORDS[role] if role else _ADDS.get(self._tab, "")
        self._add.setText(words)
        self._add.setAccessibleName(words.replace("&", ""))

    def _focus_tab(self) -> None:
        shown = self._pages.currentWidget()
        target = shown.table if isinstance(shown, PeopleTab | DocumentsTab) else self.tabs
        target.setFocus()

    def _next_tab(self, step: int) -> None:
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + step) % len(Tab))

    def _add_by_tab(self) -> None:
        tab = self._tab
        if tab in ROLE_OF:
            self.presenter.add(ROLE_OF[tab])
        elif tab is Tab.VALUES:
            self.presenter.begin(self.values.task)
        elif tab is Tab.SUMMARY:
            menu = QMenu(self)
            for role, words in ADD_WORDS.items():
                menu.addAction(_with_key(words), partial(self.presenter.add, role))
            menu.addAction("Ajouter un &quotient", partial(self.presenter.begin, "quotient"))
            menu.addAction("Ajouter des re&ssources", partial(self.presenter.begin, "income"))
            menu.popup(self._add.mapToGlobal(QPoint(0, self._add.height())))
            menu.setActiveAction(menu.actions()[0])

    def _edit_by_tab(self) -> None:
        shown = self._pages.currentWidget()
        if isinstance(shown, PeopleTab) and (member := shown.table.current_row()) is not None:
            self.presenter.edit_person(member)
        elif shown is self.values and (line := self.values.current()) is not None:
            self.presenter.correct(line)
        elif shown is self._summary:
            self.presenter.begin("record")


def _with_key(words: str) -> str:
    """« Ajouter un &enfant »: in a menu, the word that tells it from the others has the key."""
    article, noun = words.split(" ", 2)[1:]
    return words.replace(f"{article} {noun}", f"{article} &{noun}")
