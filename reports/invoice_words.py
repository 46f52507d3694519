"""What an invoice says, decided before anything is drawn: groups of lines, quantities, titles, who is in the window."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from backoffice.billing.views import InvoiceKind, InvoiceView, LineView, PayerView
from backoffice.kernel.money import MINUS, NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE, ZERO, Money
from backoffice.kernel.periods import Month, french_day

# Hours come from a calculation that a family cannot redo from two numbers (PSU: resources, effort rate, floor and
# ceiling), so their explanation is printed.
_EXPLAINED_UNITS = frozenset({"heure", "heures", "h"})

FAMILY_GROUP = "Famille"
CARRIED_REASON = "montant inférieur au seuil de mise en recouvrement"


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of a child, of the family, or of a month carried over, with their sum."""

    title: str
    period: str                         # "du 01/10/2025 au 31/10/2025"
    lines: tuple[LineView, ...]
    total: Money
    carried: bool


def groups(lines: Iterable[LineView]) -> tuple[Group, ...]:
    """Children in the order they come, each one's lines by activity; the family; then months carried over."""
    children: dict[str, list[LineView]] = {}
    family: list[LineView] = []
    carried: dict[Month, list[LineView]] = {}
    for line in lines:
        if line.carried:
            carried.setdefault(line.month, []).append(line)
        elif line.child_name:
            children.setdefault(line.child_name, []).append(line)
        else:
            family.append(line)
    found = [_group(name, _by_activity(own), carried=False) for name, own in children.items()]
    if family:
        found.append(_group(FAMILY_GROUP, _by_activity(family), carried=False))
    for month in sorted(carried):
        title = f"Report {of_month(month)} ({CARRIED_REASON})"
        found.append(_group(title, carried[month], carried=True))
    return tuple(found)


def _by_activity(lines: list[LineView]) -> list[LineView]:
    order: dict[str, list[LineView]] = {}
    for line in lines:
        order.setdefault(line.activity, []).append(line)
    return [line for own in order.values() for line in own]


def _group(title: str, lines: list[LineView], *, carried: bool) -> Group:
    first, last = min(line.first_day for line in lines), max(line.last_day for line in lines)
    period = f"le {french_day(first)}" if first == last else f"du {french_day(first)} au {french_day(last)}"
    return Group(title, period, tuple(lines), Money.total(line.amount for line in lines), carried)


def of_month(month: Month) -> str:
    """« de septembre 2025 », « d'octobre 2025 »."""
    name = month.in_french
    return f"d’{name}" if name[0] in "aeiouy" else f"de {name}"


def title(view: InvoiceView) -> str:
    """« Facture n° CANT-F251100001 »."""
    return f"{'Avoir' if view.kind is InvoiceKind.CREDIT_NOTE else 'Facture'} n° {view.number}"


def subtitle(view: InvoiceView) -> tuple[str, ...]:
    """The lines under the title: what is cancelled, day of issue, month billed."""
    said = []
    if view.cancels_number:
        said.append(f"annulant la facture {view.cancels_number}")
    issued = "Émis le" if view.kind is InvoiceKind.CREDIT_NOTE else "Émise le"
    said.append(f"{issued} {french_day(view.issued_on)}")
    if view.billed_month:
        said.append(f"Prestations {of_month(view.billed_month)}")
    return tuple(said)


def cancellation(view: InvoiceView) -> str:
    """« Annulée par l'avoir … », or "" for an invoice that stands."""
    return f"Annulée par l’avoir {view.cancelled_by}" if view.cancelled_by else ""


def asks_for_payment(view: InvoiceView) -> bool:
    """False for credit notes, cancelled invoices and settled ones: no due date, no way to pay."""
    return view.kind is not InvoiceKind.CREDIT_NOTE and not view.cancelled_by and view.still_due > ZERO


def quantity(number: Decimal) -> str:
    """« 17 », « 7,5 », « 1 234,25 »."""
    whole, _, fraction = f"{abs(number):,f}".partition(".")
    fraction = fraction.rstrip("0")
    sign = MINUS if number < 0 else ""
    return sign + whole.replace(",", NARROW_NO_BREAK_SPACE) + (f",{fraction}" if fraction else "")


def unit(name: str, number: Decimal) -> str:
    """The unit in the plural from two on (French rule): « 1,5 heure », « 17 journées », « 3 repas »."""
    head, space, rest = name.partition(" ")
    if abs(number) < 2 or len(head) < 3 or head[-1] in "sxz":
        return name
    return f"{head}s{space}{rest}"


def label(line: LineView, view: InvoiceView) -> str:
    """The label, with the month when it is neither the invoice's nor said by its group."""
    if line.carried or view.billed_month is None or line.month == view.billed_month:
        return line.label
    return f"{line.label} ({line.month.in_french})"


def needs_explanation(line: LineView) -> bool:
    """True when quantity × unit price does not say it all: hours, packages, capped or rounded amounts."""
    if not line.explanation:
        return False
    if line.unit_price is None or line.unit in _EXPLAINED_UNITS:
        return True
    return line.quantity * line.unit_price.cents != line.amount.cents


@dataclass(frozen=True, slots=True)
class Window:
    """What shows through the envelope's window, and the payers who live elsewhere.

    The first `names` of `lines` are names, the others the address they share.
    """

    lines: tuple[str, ...]
    names: int
    others: tuple[PayerView, ...]


def unbroken_town(line: str) -> str:
    """« 38000 GRENOBLE » kept on one line, where an address runs on in a text."""
    return re.sub(r"^(\d{5}) +", rf"\1{NO_BREAK_SPACE}", line.strip())


def window(payers: tuple[PayerView, ...], most_names: int = 4) -> Window:
    """The first payer's address under all the names that share it; nobody is left out."""
    if not payers:
        return Window((), 0, ())
    address = payers[0].address
    together = [payer for payer in payers if payer.address == address][:most_names]
    others = tuple(payer for payer in payers if payer not in together)
    return Window((*(payer.name for payer in together), *address), len(together), others)
