"""Decides what the page of rules shows, and which form each gesture opens. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from functools import partial
from typing import Protocol

from backoffice.bookings.activity_rules import ActivityRulesChanged, ListRules, RemoveRule, RuleLine, SetRule
from backoffice.bookings.age_groups import AgeGroupsChanged, GroupLine, ListGroups, RemoveGroup, SetGroup
from backoffice.bookings.kinds import RuleKind
from backoffice.catalog.queries import ActivityPlace, ListActivities, is_inside
from backoffice.kernel.application import Command
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.periods import SchoolYear
from ui.command_task import CommandTask, Made
from ui.drafting import Drafting
from ui.drafts import Draft, Saved, Task, TaskPage, undoable
from ui.forms import Entry, FieldSpec, Reader, typed_day
from ui.presenting import Desk, FaultPage, Place, read_for, write_for
from ui.screens.rules.forms import FORMS

_MOST_MONTHS = 300


class RulesPage(TaskPage, FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_rules(self, rules: Sequence[RuleLine]) -> None: ...

    def show_groups(self, groups: Sequence[GroupLine], names: Mapping[int, str]) -> None: ...

    def is_seen(self) -> bool: ...


class RulesPresenter:
    """The rules of the active structure, and the age groups of its activities."""

    def __init__(self, page: RulesPage, desk: Desk, unfinished: MutableMapping[str, Draft]) -> None:
        self._page = page
        self._desk = desk
        self._context = desk.context
        self.may_edit = desk.app.actor.may("catalog.edit")
        self._activities: Sequence[ActivityPlace] = ()
        self.drafting = Drafting(page, desk, unfinished, self._saved, self.load, day=desk.context.day)
        for kind in (ActivityRulesChanged, AgeGroupsChanged):
            desk.hear(kind, self._changed)
        self._context.listen(self._follow)

    def open(self, _place: Place) -> None:
        self._page.show_banner(None)
        self.load()

    def load(self) -> None:
        app = self._desk.app
        read_for(self._page, self._desk, lambda progress: (
            app.ask(ListActivities(), progress=progress), app.ask(ListRules(), progress=progress),
            app.ask(ListGroups(), progress=progress),
        ), self._read, self.load, "rules")

    def _read(self, found: tuple[Sequence[ActivityPlace], Sequence[RuleLine], Sequence[GroupLine]]) -> None:
        places, rules, groups = found
        structure = self._context.structure_id
        self._activities = [one for one in places if structure is None or is_inside(one.structure_id, structure)]
        names = {one.id: one.activity for one in self._activities}
        kept = [rule for rule in rules if rule.activity_id in names]
        self._page.show_title("Règles de réservation", f"{len(kept)} règles" if len(kept) > 1 else "")
        self._page.show_rules(kept)
        self._page.show_groups([group for group in groups if group.activity_id in names], names)

    # --- rules ------------------------------------------------------------------------------------------------------

    def add(self, kind: RuleKind) -> None:
        """A new rule of that kind: for which activity, from when, and what it says."""
        year = SchoolYear.of(self._desk.app.clock.today())
        activities = tuple((str(one.id), one.activity) for one in self._activities if one.last_day is None)
        first = FieldSpec("activity", "&Activité", Entry.CHOICE, required=True, options=(("", "Choisir…"), *activities))
        fields = [first, *_held(typed_day(year.first_day), "", "", {}, kind)]
        self.drafting.begin(CommandTask(
            f"rule/{kind.value}", kind.label, fields, partial(_rule, kind, None), "Règle enregistrée.", beside=_beside,
        ))

    def edit(self, line: RuleLine) -> None:
        if not self.may_edit:
            return
        end = typed_day(line.period.end) if line.period.end else ""
        fields = _held(typed_day(line.period.start), end, line.source, line.value.to_data(), line.kind)
        self.drafting.begin(CommandTask(
            f"rule/{line.id}", f"{line.kind.label} : {line.activity}", fields, partial(_rule, line.kind, line),
            "Règle modifiée.", version=line.version, beside=_beside,
        ))

    def remove(self, line: RuleLine) -> None:
        again = SetRule(line.activity_id, line.kind, line.period.start, line.period.end, line.value.to_data(),
                        line.source)
        self._do(RemoveRule(line.id, line.version), Saved("Règle retirée.", again))

    # --- groups -----------------------------------------------------------------------------------------------------

    def add_group(self) -> None:
        activities = tuple((str(one.id), one.activity) for one in self._activities if one.last_day is None)
        first = FieldSpec("activity", "&Activité", Entry.CHOICE, required=True, options=(("", "Choisir…"), *activities))
        self.drafting.begin(CommandTask(
            "group/new", "Nouveau groupe d'âge", [first, *_group_fields(None)], partial(_group, None),
            "Groupe enregistré.", beside=_beside,
        ))

    def edit_group(self, line: GroupLine) -> None:
        if self.may_edit:
            self.drafting.begin(CommandTask(
                f"group/{line.id}", f"Groupe {line.label}", _group_fields(line), partial(_group, line),
                "Groupe modifié.", version=line.version, beside=_beside,
            ))

    def remove_group(self, line: GroupLine) -> None:
        again = SetGroup(line.activity_id, line.code, line.label, line.from_months, line.to_months, line.position)
        self._do(RemoveGroup(line.id, line.version), Saved(f"Groupe {line.label} supprimé.", again))

    # --- answers ----------------------------------------------------------------------------------------------------

    def _do(self, command: Command[None], saved: Saved) -> None:
        def done(_: None) -> None:
            undoable(self._page, self._desk, saved)
            self.load()

        app = self._desk.app
        write_for(self._page, self._desk, lambda progress: app.execute(command, progress=progress), done)

    def _saved(self, _task: Task, saved: Saved) -> None:
        self._desk.tell(saved.told, None)
        self.load()

    def _changed(self, _event: Event) -> None:
        if self._page.is_seen():
            self.load()

    def _follow(self) -> None:
        if self._page.is_seen():
            self.load()


def _held(first: str, last: str, source: str, data: Mapping[str, object], kind: RuleKind) -> list[FieldSpec]:
    return [
        FieldSpec("first_day", "D&u", Entry.DAY, first, required=True, width=12),
        FieldSpec("last_day", "a&u", Entry.DAY, last, width=12, beside=True, hint="Vide : jusqu'à nouvel ordre."),
        *FORMS[kind].fields(data),
        FieldSpec("source", "&D'où vient cette règle", Entry.TEXT, source, required=True,
                  placeholder="Règlement intérieur, délibération du…"),
    ]


def _rule(kind: RuleKind, line: RuleLine | None, reader: Reader) -> Made:
    first, last = reader.day("first_day"), reader.optional_day("last_day")
    source, data = reader.text("source"), FORMS[kind].read(reader)
    activity = line.activity_id if line is not None else int(reader.text("activity") or 0)
    if reader.errors or not activity:
        return None
    return SetRule(activity, kind, first, last, data, source, line.id if line else None, line.version if line else 0)


def _group_fields(line: GroupLine | None) -> list[FieldSpec]:
    end = "" if line is None or line.to_months is None else str(line.to_months)
    return [
        FieldSpec("code", "&Code", Entry.TEXT, line.code if line else "", required=True, width=12, placeholder="MAT"),
        FieldSpec("label", "&Nom", Entry.TEXT, line.label if line else "", required=True, placeholder="Maternels"),
        FieldSpec("from_months", "D&e (mois)", Entry.NUMBER, str(line.from_months if line else 36), required=True,
                  width=8),
        FieldSpec("to_months", "&jusqu'à la veille de (mois)", Entry.NUMBER, end, width=8, beside=True,
                  hint="72 mois : le jour des 6 ans. Vide : sans limite."),
    ]


def _group(line: GroupLine | None, reader: Reader) -> Made:
    start = reader.integer("from_months", 0, _MOST_MONTHS)
    end = reader.integer("to_months", 1, _MOST_MONTHS) if reader.text("to_months") else None
    code, label = reader.text("code"), reader.text("label")
    activity = line.activity_id if line is not None else int(reader.text("activity") or 0)
    if reader.errors or not activity:
        return None
    return SetGroup(activity, code, label, start, end, line.position if line else start, line.id if line else None,
                    line.version if line else 0)


def _beside(error: UserError) -> str:
    return {"dated.overlap": "first_day", "period.ends_before_start": "last_day", "catalog.code_taken": "code",
            "group.bad_ages": "to_months"}.get(error.code, "")
