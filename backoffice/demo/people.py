"""The families of Valbrume: those with a story, written by hand, and those drawn from lists of names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from backoffice.kernel.money import Money
from backoffice.kernel.resources import load_toml
from backoffice.kernel.text import folded

T = TypeVar("T")

_WITH_EMAIL = 86
_ADULT_KINDS = (("couple", 52), ("two names", 18), ("single", 20), ("separated", 10))
_CHILDREN = ((1, 42), (2, 38), (3, 15), (4, 5))
_OLDEST_CHILD = 17
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Home:
    street: str
    postcode: str
    city: str


@dataclass(frozen=True, slots=True)
class InventedAdult:
    """An adult who speaks for the family. `pays`: rank on the invoices, None when not named on them.

    `moved_from`: where this adult lived before an agent entered the new address.
    """

    title: str
    last_name: str
    first_name: str
    home: Home
    email: str
    mobile: str
    pays: int | None
    moved_from: Home | None = None


@dataclass(frozen=True, slots=True)
class InventedChild:
    """A child and how it attends. The same `key` in two families is the same child, each with its weeks (`parity`)."""

    key: str
    last_name: str
    first_name: str
    sex: str
    birth_date: date
    rhythms: tuple[str, ...]
    parity: int | None = None


@dataclass(frozen=True, slots=True)
class InventedIncome:
    annual: Money
    dependent_children: int
    disabled_children: int = 0


@dataclass(frozen=True, slots=True)
class InventedFamily:
    """A family and what its invoices depend on. See `resources/demo/families.toml` for the meaning of each."""

    name: str
    adults: tuple[InventedAdult, ...]
    children: tuple[InventedChild, ...]
    billing_email: str
    caf_number: str
    quotient: Decimal | None
    quotient_source: str
    income: InventedIncome | None
    expired: bool = False
    october_quotient: Decimal | None = None
    october_payers: tuple[int, ...] = ()
    correction: tuple[str, str] | None = None


def invent_families(count: int, year: int, random: Random) -> list[InventedFamily]:
    """The hand-written families among drawn ones, `count` in all, in an order that tells nothing."""
    inventor = _Inventor(year, random)
    families = [inventor.written(row) for row in load_toml("demo", "families.toml")["family"]]
    families.extend(inventor.drawn() for _ in range(count - len(families)))
    random.shuffle(families)
    return families


class _Inventor:
    def __init__(self, year: int, random: Random) -> None:
        self._year = year
        self._random = random
        self._names = load_toml("demo", "names.toml")
        self._menus = load_toml("demo", "rhythms.toml")["menu"]
        self._last_names = self._shuffled("last_names")
        self._shared: dict[str, InventedChild] = {}
        self._count = 0

    def written(self, row: Mapping[str, Any]) -> InventedFamily:
        """A family of `families.toml`."""
        self._count += 1
        place = self._names["place"][0]
        homes = [Home(street, place["postcode"], place["city"]) for street in row["homes"]]
        adults = tuple(
            replace(
                self._adult(a["title"], a["last"], a["first"], homes[a.get("home", 0)], a.get("pays")),
                moved_from=homes[a["moved_from"]] if "moved_from" in a else None,
            )
            for a in row["adults"]
        )
        children = tuple(self._written_child(child, adults[0].last_name) for child in row["children"])
        quotient = Decimal(row["quotient"]) if "quotient" in row else None
        source = row.get("quotient_source", "").format(year=self._year)
        return InventedFamily(
            name=row["name"],
            adults=adults,
            children=children,
            billing_email=adults[0].email,
            caf_number=self._caf_number(source),
            quotient=quotient,
            quotient_source=source,
            income=_written_income(row["income"]) if "income" in row else self._income(quotient, children),
            expired=row.get("expired", False),
            october_quotient=Decimal(row["october_quotient"]) if "october_quotient" in row else None,
            october_payers=tuple(row.get("october_payers", ())),
            correction=(row["correction"]["activity"], row["correction"]["slot"]) if "correction" in row else None,
        )

    def _written_child(self, row: Mapping[str, Any], last_name: str) -> InventedChild:
        if "shared" in row:
            other = self._shared[row["shared"]]
            return InventedChild(other.key, other.last_name, other.first_name, other.sex, other.birth_date,
                                 tuple(row["rhythms"]), row["parity"])
        name = row.get("last", last_name)
        key = row.get("key", f"{self._count} {row['first']}")
        child = InventedChild(key, name, row["first"], row["sex"], self._birth_date(row["age"]),
                              tuple(row["rhythms"]), row.get("parity"))
        self._shared[key] = child
        return child

    def drawn(self) -> InventedFamily:
        """A family drawn from the lists."""
        self._count += 1
        kind = self._weighted(_ADULT_KINDS)
        last_name = next(self._last_names)
        home = self._home()
        adults = self._drawn_adults(kind, last_name, home)
        children = self._drawn_children(last_name)
        quotient = self._quotient()
        source = self._chosen(self._names["quotient_source"])["text"].format(year=self._year)
        others = [adult.last_name for adult in adults if adult.last_name != last_name]
        return InventedFamily(
            name=" - ".join([last_name, *others]),
            adults=adults,
            children=children,
            billing_email=adults[0].email,
            caf_number=self._caf_number(source),
            quotient=quotient,
            quotient_source=source,
            income=self._income(quotient, children),
        )

    def _drawn_adults(self, kind: str, last_name: str, home: Home) -> tuple[InventedAdult, ...]:
        """Couples pay together, separated parents too, each at home; nobody is forgotten: stories do that."""
        woman = self._adult("Mme", last_name, self._random.choice(self._names["women"]), home, 1)
        if kind == "single":
            if self._random.randrange(4):
                return (woman,)
            return (self._adult("M.", last_name, self._random.choice(self._names["men"]), home, 1),)
        other_name = last_name if kind == "couple" else next(self._last_names)
        other_home = self._home() if kind == "separated" else home
        man = self._adult("M.", other_name, self._random.choice(self._names["men"]), other_home, 2)
        return (woman, man)

    def _drawn_children(self, last_name: str) -> tuple[InventedChild, ...]:
        age = self._random.randrange(0, 13)
        children: list[InventedChild] = []
        for _ in range(self._weighted(_CHILDREN)):
            sex = self._random.choice("FM")
            taken = {child.first_name for child in children}
            names = [name for name in self._names["girls" if sex == "F" else "boys"] if name not in taken]
            first_name = self._random.choice(names)
            children.append(
                InventedChild(f"{self._count} {first_name}", last_name, first_name, sex, self._birth_date(age),
                              tuple(self._rhythms(age)))
            )
            age = min(age + self._random.randrange(2, 5), _OLDEST_CHILD)
        return tuple(reversed(children))

    def _rhythms(self, age: int) -> Iterator[str]:
        for menu in self._menus:
            youngest, oldest = menu["ages"]
            if youngest <= age <= oldest and self._random.randrange(100) < menu["chance"]:
                yield from self._random.choice(menu["choices"])

    def _adult(self, title: str, last_name: str, first_name: str, home: Home, pays: int | None) -> InventedAdult:
        has_email = self._random.randrange(100) < _WITH_EMAIL
        address = ".".join(re.findall(r"[a-z]+", folded(f"{first_name} {last_name}").replace("'", "")))
        digits = f"{self._random.randrange(10_000):04d}"
        mobile = f"06 39 98 {digits[:2]} {digits[2:]}"
        return InventedAdult(
            title, last_name, first_name, home, f"{address}@courriel.example" if has_email else "", mobile, pays
        )

    def _home(self) -> Home:
        place = self._chosen(self._names["place"])
        street = f"{self._random.randrange(1, 68)} {self._random.choice(self._names['streets'])}"
        if not self._random.randrange(8):
            street += f"\n{self._random.choice(self._names['complements'])}"
        return Home(street, place["postcode"], place["city"])

    def _birth_date(self, age: int) -> date:
        """Of a child of that age on 1 September; the youngest is old enough for a crèche."""
        eldest = 11 if age else 6
        return date(self._year - age, 9, 1) - timedelta(days=self._random.randrange(100, 100 + 24 * eldest))

    def _quotient(self) -> Decimal:
        band = self._chosen(self._names["quotient_band"])
        whole = self._random.randrange(band["from"], band["to"] + 1)
        return Decimal(whole) + Decimal(self._random.choice((0, 0, 25, 40, 75))) / 100

    def _income(self, quotient: Decimal | None, children: Sequence[InventedChild]) -> InventedIncome | None:
        """What a crèche asks of a family that has a little child: about what its quotient tells."""
        little = any(self._year - child.birth_date.year <= 4 for child in children)
        if quotient is None or not little:
            return None
        parts = 2 + len(children) // 2
        return InventedIncome(Money.rounded((quotient * parts * _MONTHS).to_integral_value()), len(children))

    def _caf_number(self, source: str) -> str:
        number = f"{self._random.randrange(10_000_000):07d}"
        return number if "CAF" in source else ""

    def _shuffled(self, name: str) -> Iterator[str]:
        """Every name of the list once, in a drawn order, then again in another."""
        while True:
            yield from self._random.sample(self._names[name], len(self._names[name]))

    def _chosen(self, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        return self._weighted([(row, row["chance"]) for row in rows])

    def _weighted(self, choices: Sequence[tuple[T, int]]) -> T:
        return self._random.choices([choice for choice, _ in choices], [weight for _, weight in choices])[0]


def _written_income(row: Mapping[str, int] | str) -> InventedIncome | None:
    if isinstance(row, str):
        return None
    return InventedIncome(Money(row["annual"]), row["children"], row.get("disabled", 0))
