"""The catalog as a tree of lines: services, activities and slots with the price in force, structures, figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from backoffice.catalog.overview import ActivityView, Catalog, ServiceView, SlotView
from backoffice.catalog.queries import is_inside
from backoffice.kernel.money import NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE, Money, amount_digits
from backoffice.kernel.periods import french_day
from backoffice.kernel.text import folded, needles
from backoffice.tariffs.overview import TariffView
from backoffice.tariffs.rules import BracketTariff, FlatTariff, LinearEffortTariff, PsuHourlyTariff, Tariff

NO_PRICE = "sans tarif"


class NodeKind(StrEnum):
    HEADING = "heading"
    SERVICE = "service"
    ACTIVITY = "activity"
    SLOT = "slot"
    STRUCTURE = "structure"     # id 0: all of them
    FIGURES = "figures"


@dataclass(frozen=True, slots=True)
class Node:
    """One line of the tree. `note` stands at its right; `warns` when nothing can be billed as it is."""

    kind: NodeKind
    id: int
    title: str
    note: str = ""
    warns: bool = False
    children: tuple[Node, ...] = ()

    @property
    def key(self) -> str:
        """« slot 12 »: also the subject of its journal lines."""
        return f"{self.kind.value} {self.id}"


def inside(catalog: Catalog, structure_id: int | None) -> Catalog:
    """The catalog of a structure (None: of all). A service without activities is of whoever gives it its first."""
    if structure_id is None:
        return catalog
    services = []
    for service in catalog.services:
        own = tuple(activity for activity in service.activities if is_inside(activity.structure_id, structure_id))
        if own or not service.activities:
            services.append(replace(service, activities=own))
    structures = tuple(structure for structure in catalog.structures if structure.id == structure_id)
    return replace(catalog, services=tuple(services), structures=structures)


def nodes_of(catalog: Catalog, in_force: Mapping[int, TariffView], today: date) -> tuple[Node, ...]:
    """The whole tree, under three headings."""
    structures = tuple(
        Node(NodeKind.STRUCTURE, structure.id, structure.name, structure.kind.label)
        for structure in catalog.structures
    )
    everywhere = Node(NodeKind.STRUCTURE, 0, "Toutes les structures", "fermetures communes")
    return (
        Node(NodeKind.HEADING, 1, "Services, activités, créneaux",
             children=tuple(_service(service, in_force, today) for service in catalog.services)),
        Node(NodeKind.HEADING, 2, "Structures et fermetures", children=(everywhere, *structures)),
        Node(NodeKind.HEADING, 3, "Montants nationaux",
             children=(Node(NodeKind.FIGURES, 0, "Planchers et plafonds PSU", "publiés par la CAF"),)),
    )


def _service(view: ServiceView, in_force: Mapping[int, TariffView], today: date) -> Node:
    activities = tuple(_activity(activity, in_force, today) for activity in view.activities)
    note = _ended(view.service.last_day, today)
    return Node(NodeKind.SERVICE, view.service.id, view.service.name, note, children=activities)


def _activity(view: ActivityView, in_force: Mapping[int, TariffView], today: date) -> Node:
    where = "" if not view.structure_name or folded(view.structure_name) in folded(view.name) else view.structure_name
    note = _ended(view.last_day, today) or where
    slots = tuple(_slot(slot, in_force.get(slot.slot.id), today) for slot in view.slots)
    return Node(NodeKind.ACTIVITY, view.id, view.name, note, children=slots)


def _slot(view: SlotView, tariff: TariffView | None, today: date) -> Node:
    if ended := _ended(view.slot.last_day, today):
        return Node(NodeKind.SLOT, view.slot.id, view.slot.label, ended)
    if tariff is None:
        return Node(NodeKind.SLOT, view.slot.id, view.slot.label, NO_PRICE, warns=True)
    return Node(NodeKind.SLOT, view.slot.id, view.slot.label, price_in_short(tariff.tariff))


def _ended(last_day: date | None, today: date) -> str:
    """« arrêté le 31/08/2026 »; empty while it is offered."""
    return f"arrêté le {french_day(last_day)}" if last_day is not None and last_day < today else ""


def price_in_short(tariff: Tariff) -> str:
    """« 2,00 à 5,30 € »: what a list has room for."""
    if isinstance(tariff, FlatTariff):
        return _span(tariff.price, tariff.price)
    if isinstance(tariff, BracketTariff):
        prices = [bracket.price for bracket in tariff.brackets]
        return _span(min(prices), max(prices))
    if isinstance(tariff, LinearEffortTariff):
        return _span(tariff.floor, tariff.ceiling)
    if isinstance(tariff, PsuHourlyTariff):
        return "barème PSU"
    return tariff.label


def _span(least: Money, most: Money) -> str:
    digits = [amount_digits(amount).replace(NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE) for amount in (least, most)]
    words = digits[0] if least == most else f"{digits[0]} à {digits[1]}"
    return f"{words}{NO_BREAK_SPACE}€"


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every line, top to bottom."""
    for node in nodes:
        yield node
        yield from walk(node.children)


def kept(nodes: Sequence[Node], words: str) -> tuple[Node, ...]:
    """The lines that hold every word, under those that lead to them; what is under a found line is kept too."""
    wanted = needles(words)
    return tuple(nodes) if not wanted else _kept(nodes, wanted, "")


def _kept(nodes: Sequence[Node], wanted: Sequence[str], above: str) -> tuple[Node, ...]:
    found = []
    for node in nodes:
        said = f"{above} {folded(node.title)} {folded(node.note)}"
        if node.kind is not NodeKind.HEADING and all(word in said for word in wanted):
            found.append(node)
            continue
        children = _kept(node.children, wanted, "" if node.kind is NodeKind.HEADING else said)
        if children:
            found.append(Node(node.kind, node.id, node.title, node.note, node.warns, children))
    return tuple(found)


def in_words(catalog: Catalog, in_force: Mapping[int, TariffView], today: date) -> str:
    """« 4 services, 23 créneaux dont 2 sans tarif »; what has ended is not counted."""
    every = (slot for service in catalog.services for activity in service.activities for slot in activity.slots)
    slots = [slot for slot in every if slot.slot.is_offered_on(today)]
    if not catalog.services:
        return ""
    missing = sum(1 for slot in slots if slot.slot.id not in in_force)
    words = f"{_counted(len(catalog.services), 'service')}, {_counted(len(slots), 'créneau', 'créneaux')}"
    return f"{words} dont {missing} sans tarif" if missing else words


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {(many or one + 's') if number > 1 else one}"
