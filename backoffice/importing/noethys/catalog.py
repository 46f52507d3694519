"""What is offered: activities with their groups, units, openings and the tariffs that can be described."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from backoffice.importing.noethys import schema
from backoffice.importing.noethys.file import NoethysFile
from backoffice.importing.noethys.notes import DropRecordError, Notes, Row, each, names
from backoffice.importing.noethys.source import (
    Activity,
    ActivityGroup,
    Approval,
    Group,
    Opening,
    Tariff,
    TariffBracket,
    TariffCategory,
    TariffShape,
    Unit,
)

NO_ACTIVITY = "l'activité n'existe pas dans le fichier"
NO_GROUP = "le groupe n'existe pas dans le fichier"
NO_UNIT = "l'unité n'existe pas dans le fichier"
_SHAPES = {"montant_unique": TariffShape.FLAT, "qf": TariffShape.QUOTIENT_BRACKETS}
_PACKAGES = {"JOURN": False, "FORFAIT": True}
_CONDITIONS = ("memberships", "funds", "options", "labels", "event", "product", "consecutive", "only_billed",
               "days_needed")
_WHOLE_WEEK = frozenset("0123456")


@dataclass(frozen=True, slots=True)
class CatalogData:
    """What this module reads."""

    activity_groups: tuple[ActivityGroup, ...]
    activities: tuple[Activity, ...]
    approvals: tuple[Approval, ...]
    groups: tuple[Group, ...]
    units: tuple[Unit, ...]
    openings: tuple[Opening, ...]
    tariff_categories: tuple[TariffCategory, ...]
    tariffs: tuple[Tariff, ...]
    unit_ids_otherwise_priced: frozenset[int]


def read_catalog(source: NoethysFile, notes: Notes) -> CatalogData:
    """Everything a family can be enrolled in, and its price list."""
    activities = tuple(each(source, schema.ACTIVITIES, notes, lambda row: Activity(
        row.id, row.text("name"), row.text("short_name"), row.first_day(), row.last_day(),
        row.whole("capacity", "nombre de places"), row.text("accounting_code"))))
    activity_ids = {activity.id for activity in activities}
    groups = tuple(each(source, schema.GROUPS, notes, lambda row: Group(
        row.id, row.known("activity", activity_ids, NO_ACTIVITY), row.text("name"), row.text("short_name"),
        row.code("position") or 0, row.whole("capacity", "nombre de places"))))
    group_ids = {group.id for group in groups}
    units = _units(source, notes, activity_ids, group_ids)
    unit_ids = {unit.id for unit in units}
    categories = _tariff_categories(source, notes, activity_ids)
    tariffs, otherwise_priced = _tariffs(source, notes, activity_ids, unit_ids)
    return CatalogData(
        activity_groups=_activity_groups(source, notes, activity_ids),
        activities=activities,
        approvals=tuple(each(source, schema.APPROVALS, notes, lambda row: Approval(
            row.id, row.known("activity", activity_ids, NO_ACTIVITY), row.text("number"), row.first_day(),
            row.last_day()))),
        groups=groups,
        units=units,
        openings=tuple(each(source, schema.OPENINGS, notes, lambda row: Opening(
            row.id, row.known("activity", activity_ids, NO_ACTIVITY), row.known("unit", unit_ids, NO_UNIT),
            row.linked("group", group_ids, "groupe", NO_GROUP), row.needed_day("day")))),
        tariff_categories=categories,
        tariffs=tariffs,
        unit_ids_otherwise_priced=otherwise_priced,
    )


def _activity_groups(source: NoethysFile, notes: Notes, activity_ids: Collection[int]) -> tuple[ActivityGroup, ...]:
    headings = names(source, schema.ACTIVITY_GROUPS, notes)
    filed: dict[int, list[int]] = {}
    for heading, activity in each(source, schema.ACTIVITY_GROUP_MEMBERS, notes, lambda row: (
            row.known("group", headings, "le regroupement n'existe pas dans le fichier"),
            row.known("activity", activity_ids, NO_ACTIVITY))):
        filed.setdefault(heading, []).append(activity)
    return tuple(ActivityGroup(heading, name, tuple(filed.get(heading, ()))) for heading, name in headings.items())


def _units(source: NoethysFile, notes: Notes, activity_ids: Collection[int],
           group_ids: Collection[int]) -> tuple[Unit, ...]:
    unit_ids = set(each(source, schema.UNITS, Notes(), lambda row: row.id))
    groups: dict[int, list[int]] = {}
    for unit, group in each(source, schema.UNIT_GROUPS, notes, lambda row: (
            row.known("unit", unit_ids, NO_UNIT), row.known("group", group_ids, NO_GROUP))):
        groups.setdefault(unit, []).append(group)
    conflicts: dict[int, set[int]] = {}
    for unit, other in each(source, schema.UNIT_CONFLICTS, notes, lambda row: (
            row.known("unit", unit_ids, NO_UNIT), row.known("other", unit_ids, NO_UNIT))):
        conflicts.setdefault(unit, set()).add(other)
        conflicts.setdefault(other, set()).add(unit)
    return tuple(each(source, schema.UNITS, notes, lambda row: Unit(
        id=row.id,
        activity_id=row.known("activity", activity_ids, NO_ACTIVITY),
        name=row.text("name"),
        short_name=row.text("short_name"),
        position=row.code("position") or 0,
        kind=row.text("kind"),
        start=row.minutes("start", "heure de début"),
        end=row.minutes("end", "heure de fin"),
        start_fixed=row.flag("start_fixed"),
        end_fixed=row.flag("end_fixed"),
        meal=row.flag("meal"),
        first_day=row.first_day(),
        last_day=row.last_day(),
        group_ids=tuple(groups.get(row.id, ())),
        incompatible_ids=tuple(sorted(conflicts.get(row.id, ()))),
    )))


def _tariff_categories(source: NoethysFile, notes: Notes,
                       activity_ids: Collection[int]) -> tuple[TariffCategory, ...]:
    category_ids = set(each(source, schema.TARIFF_CATEGORIES, Notes(), lambda row: row.id))
    towns: dict[int, list[tuple[str, str]]] = {}
    for category, town in each(source, schema.TARIFF_TOWNS, notes, lambda row: (
            row.known("category", category_ids, "la catégorie de tarif n'existe pas dans le fichier"),
            (row.text("postcode"), row.text("town")))):
        towns.setdefault(category, []).append(town)
    return tuple(each(source, schema.TARIFF_CATEGORIES, notes, lambda row: TariffCategory(
        row.id, row.linked("activity", activity_ids, "activité", NO_ACTIVITY), row.text("name"),
        tuple(towns.get(row.id, ())))))


@dataclass(slots=True)
class _TariffParts:
    """What other tables say of the tariffs, by tariff id. `odd`: a line depends on more than a quotient."""

    names: dict[int, str]
    lines: dict[int, list[TariffBracket]]
    odd: set[int]
    unit_sets: dict[int, list[tuple[int, ...]]]
    questioned: set[int]


def _tariffs(source: NoethysFile, notes: Notes, activity_ids: Collection[int],
             unit_ids: Collection[int]) -> tuple[tuple[Tariff, ...], frozenset[int]]:
    """The tariffs that can be described, and the units that the other ones price."""
    parts = _tariff_parts(source, notes, unit_ids)
    found = tuple(each(source, schema.TARIFFS, notes, lambda row: _tariff(row, activity_ids, parts)))
    described = {tariff.id for tariff in found}
    others = (sets for tariff, sets in parts.unit_sets.items() if tariff not in described)
    return found, frozenset(unit for sets in others for units in sets for unit in units)


def _tariff(row: Row, activity_ids: Collection[int], parts: _TariffParts) -> Tariff:
    activity = row.known("activity", activity_ids, NO_ACTIVITY)
    method, kind = row.text("method"), row.text("kind")
    if kind not in _PACKAGES or method not in _SHAPES:
        how = f"{kind or 'sans type'}, {method or 'sans méthode'}"
        raise DropRecordError(f"calcul à recréer à la main (Noethys : {how})")
    if row.id in parts.questioned or row.id in parts.odd or _conditional(row):
        raise DropRecordError("tarif soumis à une condition, à recréer à la main")
    shape = _SHAPES[method]
    brackets = parts.lines.get(row.id, [])
    if not brackets or (shape is TariffShape.FLAT and len(brackets) != 1):
        raise DropRecordError("tarif sans montant utilisable")
    if shape is TariffShape.FLAT:
        brackets = [TariffBracket(None, None, brackets[0].amount_cents)]
    elif any(bracket.quotient_min_cents is None or bracket.quotient_max_cents is None for bracket in brackets):
        raise DropRecordError("tranche de quotient sans borne")
    else:
        brackets = sorted(brackets, key=lambda bracket: bracket.quotient_min_cents or 0)
    return Tariff(
        id=row.id,
        activity_id=activity,
        name=parts.names.get(row.code("name") or 0, ""),
        shape=shape,
        package=_PACKAGES[kind],
        first_day=row.first_day(),
        last_day=row.last_day(),
        category_ids=row.ids("categories", "catégories de tarifs"),
        group_ids=row.ids("groups", "groupes"),
        billed_states=row.items("states"),
        unit_sets=tuple(parts.unit_sets.get(row.id, ())),
        brackets=tuple(brackets),
    )


def _conditional(row: Row) -> bool:
    if any(row.flag(condition) for condition in _CONDITIONS) or (row.code("combinations_needed") or 1) > 1:
        return True
    return any(days and not days >= _WHOLE_WEEK
               for days in (frozenset(row.items("school_days")), frozenset(row.items("holidays"))))


def _tariff_parts(source: NoethysFile, notes: Notes, unit_ids: Collection[int]) -> _TariffParts:
    tariff_ids = set(each(source, schema.TARIFFS, Notes(), lambda row: row.id))
    no_tariff = "le tarif n'existe pas dans le fichier"
    parts = _TariffParts(names(source, schema.TARIFF_NAMES, notes), {}, set(), {}, set())

    def line(row: Row) -> None:
        tariff = row.known("tariff", tariff_ids, no_tariff)
        if any(row.flag(word) for word in ("from_question", "income_min", "income_max")):
            parts.odd.add(tariff)
            return
        if row.text("code") not in _SHAPES:
            return  # the tariff itself is reported
        found = TariffBracket(row.cents("quotient_min", "borne de quotient"),
                              row.cents("quotient_max", "borne de quotient"), row.needed_cents("amount"))
        parts.lines.setdefault(tariff, []).append(found)

    for _ in each(source, schema.TARIFF_LINES, notes, line):
        pass
    combinations = dict(each(source, schema.TARIFF_COMBINATIONS, notes, lambda row: (
        row.id, row.known("tariff", tariff_ids, no_tariff))))
    sets: dict[int, set[int]] = {}
    for combination, unit in each(source, schema.TARIFF_COMBINATION_UNITS, notes, lambda row: (
            row.known("combination", combinations, "la combinaison n'existe pas dans le fichier"),
            row.known("unit", unit_ids, NO_UNIT))):
        sets.setdefault(combination, set()).add(unit)
    for combination, units in sets.items():
        known = parts.unit_sets.setdefault(combinations[combination], [])
        if (unit_set := tuple(sorted(units))) not in known:
            known.append(unit_set)
    for row_tariffs in each(source, schema.QUESTION_FILTERS, notes, lambda row: (
            row.code("tariff") or 0, row.code("data") or 0 if row.text("category").upper() == "TARIF" else 0)):
        parts.questioned.update(row_tariffs)
    return parts
