"""« Règles » : the rules of each activity, its age groups, and beside them the form of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from backoffice.bookings.activity_rules import RuleLine
from backoffice.bookings.age_groups import GroupLine
from backoffice.bookings.kinds import RuleKind
from ui.drafts import Task, Typed
from ui.presenting import Place
from ui.screen import Screen, Surroundings
from ui.screens.rules.presenter import RulesPresenter
from ui.widgets.basics import Panel, button
from ui.widgets.scrolled import scrolled
from ui.widgets.side import Beside
from ui.widgets.table.columns import Column, Kind
from ui.widgets.table.page import ListPane
from ui.widgets.task_form import ShowsTask, TaskForm
from ui.widgets.task_panel import TaskPanel, follow

_NONE = (
    "Aucune règle : les familles réservent jusqu'au début de chaque créneau, sans limite de places. « Nouvelle règle »"
    " en décide autrement, à partir d'un jour."
)
_NO_GROUP = "Aucun groupe d'âge : tous les enfants d'une activité comptent ensemble."
_LEAST_ROWS = 6
RULES: Sequence[Column[RuleLine]] = (
    Column("Activité", lambda row: row.activity, width=24, strong=True),
    Column("Règle", lambda row: row.kind.label, width=22),
    Column("Ce qu'elle dit", lambda row: row.in_french, width=62, tip=lambda row: row.in_french),
    Column("Du", lambda row: row.period.start, Kind.DATE, width=11),
    Column("Au", lambda row: row.period.end, Kind.DATE, width=11),
    Column("Source", lambda row: row.source, width=26, tip=lambda row: row.source),
)


class RulesView(ShowsTask, Screen):
    """The list of rules above that of groups."""

    follows_structure = True
    keys = (("Ctrl+N", "Nouvelle règle"), ("Entrée, F2", "Modifier la règle ou le groupe"), ("Suppr", "Retirer"))

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Règles de réservation")
        self.presenter = RulesPresenter(self, around.desk, around.preferences.unfinished)
        self._names: Mapping[int, str] = {}
        self.list: ListPane[RuleLine] = ListPane(
            around, "rules", "règles", RULES, placeholder="Activité, règle…", title="Règles de réservation",
        )
        self.groups: ListPane[GroupLine] = ListPane(
            around, "rules/groups", "groupes", self._group_columns(), placeholder="Groupe…", title="Groupes d'âge",
        )
        self.list.say_when_empty(_NONE)
        self.groups.say_when_empty(_NO_GROUP)
        self._build()
        for found, run in ((self.list.opened, self.presenter.edit), (self.groups.opened, self.presenter.edit_group)):
            found.connect(run)
        for key, table, gesture in (
            ("F2", self.list.table, self._with(self.list, self.presenter.edit)),
            ("F2", self.groups.table, self._with(self.groups, self.presenter.edit_group)),
            ("Del", self.list.table, self._with(self.list, self.presenter.remove)),
            ("Del", self.groups.table, self._with(self.groups, self.presenter.remove_group)),
        ):
            QShortcut(QKeySequence(key), table).activated.connect(gesture)
        QShortcut(QKeySequence("Ctrl+N"), self).activated.connect(self._add.showMenu)

    def _build(self) -> None:
        self._add: QPushButton = button("&Nouvelle règle", lambda: None, self.theme, kind="primary", icon_name="plus")
        menu = QMenu(self._add)
        for kind in RuleKind:
            menu.addAction(kind.label, partial(self.presenter.add, kind))
        self._add.setMenu(menu)
        self._add.setVisible(self.presenter.may_edit)
        self.gestures.addWidget(self._add)
        main = QWidget()
        stacked = QVBoxLayout(main)
        stacked.setContentsMargins(0, 0, 0, 0)
        stacked.setSpacing(self.theme.px(12))
        for part in (self.list, self.groups):
            part.setMinimumHeight(self.theme.size("row_height", "table") * _LEAST_ROWS)
        stacked.addWidget(self.list, 3)
        panel = Panel(self.theme, "Groupes d'âge")
        foot = QHBoxLayout()
        add_group = button("Nouveau &groupe", self.presenter.add_group, self.theme, icon_name="plus")
        add_group.setVisible(self.presenter.may_edit)
        foot.addWidget(add_group)
        foot.addStretch(1)
        panel.body.addWidget(self.groups, 1)
        panel.body.addLayout(foot)
        stacked.addWidget(panel, 2)
        self.panel = TaskPanel(self.theme)
        follow(self.panel, self.presenter.drafting)
        self._beside = Beside(self.theme, scrolled(main), self.panel)
        self.body.addWidget(self._beside, 1)

    def _group_columns(self) -> Sequence[Column[GroupLine]]:
        return (
            Column("Activité", lambda row: self._names.get(row.activity_id, ""), width=24, strong=True),
            Column("Groupe", lambda row: row.label, width=24),
            Column("Code", lambda row: row.code, width=12),
            Column("À partir de", lambda row: _age(row.from_months), width=16),
            Column("Jusqu'à la veille de", lambda row: "" if row.to_months is None else _age(row.to_months), width=20),
        )

    # --- what the shell asks ----------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self.presenter.open(place)
        self.list.take_keyboard()

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget:
        return self.list.search

    # --- what the presenter asks ------------------------------------------------------------------------------------

    def is_seen(self) -> bool:
        return self.isVisible()

    def show_rules(self, rules: Sequence[RuleLine]) -> None:
        self.list.set_rows(rules)

    def show_groups(self, groups: Sequence[GroupLine], names: Mapping[int, str]) -> None:
        self._names = names
        self.groups.set_rows(groups)

    @property
    def typing(self) -> TaskForm:
        return self.panel.task_form

    def show_task(self, task: Task, values: Typed) -> None:
        self.panel.show_task(task, values)
        self._beside.open_panel()

    def hide_task(self) -> None:
        self._beside.close_panel()
        self.list.take_keyboard()

    def _with(self, pane: ListPane[RuleLine] | ListPane[GroupLine], run: Callable[..., None]) -> Callable[[], None]:
        def on_row() -> None:
            row = pane.table.current_row()
            if row is not None:
                run(row)

        return on_row


def _age(months: int) -> str:
    """« 6 ans », « 18 mois »."""
    return f"{months // 12} ans" if months % 12 == 0 and months >= 24 else f"{months} mois"
