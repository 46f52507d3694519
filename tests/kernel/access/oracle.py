"""What the rights table says, worked out in Python over the rows of the borough, without a line of SQL.

It reads the same `rights.toml` as the program and nothing else of it: what it expects of the server was written twice,
in two ways, and both must agree.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from backoffice.kernel.resources import resource_path
from backoffice.kernel.schema import Base
from tests.kernel.access.borough import Borough, Row

Scope = tuple[int | None, int | None]  # a service and a structure; None: all of them
Key = tuple[Any, ...]

FORBIDDEN, CLOSED, NOTHING, DONE = "forbidden", "closed", "nothing", "done"


@dataclass(frozen=True)
class Agent:
    """A login, and where each permission is held."""

    login: str
    held: Mapping[str, frozenset[Scope]]

    def everywhere(self, permission: str) -> bool:
        return (None, None) in self.held.get(permission, ())

    def whole(self, permission: str, service: int | None) -> bool:
        return self.everywhere(permission) or (service is not None and (service, None) in self.held.get(permission, ()))

    def at(self, permission: str, service: int, structure: int | None) -> bool:
        """In a place: everywhere, in the whole service, or in that very structure of it."""
        return self.whole(permission, service) or (
            structure is not None and (service, structure) in self.held.get(permission, ())
        )


@dataclass
class Oracle:
    """The rights table, and every row of the borough."""

    borough: Borough
    raw: Mapping[str, Any] = field(
        default_factory=lambda: tomllib.loads(resource_path("rights.toml").read_text("utf-8"))
    )

    # --- rows ------------------------------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> Mapping[str, Sequence[Row]]:
        return {name: self.borough.rows(name) for name in self.tables}

    @property
    def tables(self) -> Iterable[str]:
        return sorted(self.raw["tables"])

    @cached_property
    def _by_id(self) -> Mapping[str, Mapping[int, Row]]:
        return {name: {row["id"]: row for row in rows} for name, rows in self.rows.items() if rows and "id" in rows[0]}

    def key(self, table: str, row: Row) -> Key:
        return tuple(row[column] for column in self.keys(table))

    def keys(self, table: str) -> tuple[str, ...]:
        return tuple(column.name for column in Base.metadata.tables[table].primary_key.columns)

    def columns(self, table: str) -> tuple[str, ...]:
        return tuple(column.name for column in Base.metadata.tables[table].columns)

    def _place_of_slot(self, slot: int) -> tuple[int, int | None]:
        activity = self._by_id["activities"][self._by_id["slots"][slot]["activity_id"]]
        return activity["service_id"], activity["structure_id"]

    # --- agents and grants -----------------------------------------------------------------------------------------

    def agent(self, login: str, posts: Iterable[tuple[str, str | None, str | None]]) -> Agent:
        """Posts: role, code of the service, code of the structure."""
        held: dict[str, set[Scope]] = {}
        for role, service, structure in posts:
            scope = (
                self.borough.services[service] if service else None,
                self.borough.structures[structure] if structure else None,
            )
            for permission in self.raw["roles"][role]["permissions"]:
                held.setdefault(permission, set()).add(scope)
        return Agent(login, {permission: frozenset(scopes) for permission, scopes in held.items()})

    def _grants(self, table: str, verb: str, agent: Agent) -> Iterator[tuple[str, str]]:
        """The permissions the agent holds somewhere that reach a verb, and the perimeter of each."""
        entry = self.raw["tables"][table]
        usual = entry.get(f"{'change' if verb == 'hold' else verb}_in", entry["perimeter"])
        for text in entry.get(verb, ()):
            permission, _, other = text.partition(": ")
            if permission in agent.held:
                yield permission, other or usual

    def _reaches(self, table: str, verb: str, agent: Agent, row: Row) -> bool:
        return any(self.within(perimeter, table, row, permission, agent)
                   for permission, perimeter in self._grants(table, verb, agent))

    # --- verbs -----------------------------------------------------------------------------------------------------

    def sees(self, agent: Agent, table: str) -> frozenset[Key] | None:
        """The rows that a plain SELECT shows; None when the table itself is closed."""
        if not any(self._grants(table, "see", agent)):
            return None
        return frozenset(self.key(table, row) for row in self.rows[table] if self._reaches(table, "see", agent, row))

    def locks(self, agent: Agent, table: str) -> frozenset[Key] | None:
        """The rows that SELECT … FOR UPDATE holds."""
        if not any(self._grants(table, "see", agent)) or not self._writable(agent, table):
            return None
        return frozenset(self.key(table, row) for row in self.rows[table] if self._found(agent, table, row))

    def _found(self, agent: Agent, table: str, row: Row) -> bool:
        """An UPDATE comes to this row at all."""
        return self._reaches(table, "see", agent, row) and (
            self._reaches(table, "change", agent, row) or self._reaches(table, "hold", agent, row)
        )

    def _writable(self, agent: Agent, table: str) -> set[str]:
        """The columns an agent may name after SET."""
        entry = self.raw["tables"][table]
        found: set[str] = set()
        for text, columns in entry.get("change", {}).items():
            if text.partition(": ")[0] in agent.held:
                free = set(self.columns(table)) - set(self.keys(table)) - set(entry.get("fixed", ()))
                found |= free if columns == "*" else set(columns)
        if any(self._grants(table, "hold", agent)):
            found |= {"version"} if "version" in self.columns(table) else set(self.keys(table))
        return found

    def changes(self, agent: Agent, table: str, column: str, row: Row) -> str:
        """A column set to what it is, with the next version where there is one."""
        named = {column, "version"} & set(self.columns(table))
        if not any(self._grants(table, "see", agent)) or not named <= self._writable(agent, table):
            return FORBIDDEN
        if not self._found(agent, table, row):
            return NOTHING
        if table == "invoices" or (table == "charges" and row["invoice_id"] is not None):
            return CLOSED
        entry = self.raw["tables"][table]
        left_in = [(permission, entry.get("change_to", perimeter))
                   for permission, perimeter in self._grants(table, "change", agent)]
        allowed = any(self.within(perimeter, table, row, permission, agent) for permission, perimeter in left_in)
        return DONE if allowed else FORBIDDEN

    def adds(self, agent: Agent, table: str, row: Row) -> str:
        """A row like this one, with a new key unless whoever adds says it."""
        if not any(self._grants(table, "add", agent)):
            return FORBIDDEN
        if self._refused_first(agent, table, row):
            return CLOSED
        if table == "attendances" and row["charge_id"] is not None and not self._bills(row["charge_id"], agent):
            return FORBIDDEN
        return DONE if self._reaches(table, "add", agent, row) else FORBIDDEN

    def _refused_first(self, agent: Agent, table: str, row: Row) -> bool:
        """What the triggers of the books refuse before anybody asks where the row is. They see what the agent sees."""

        def seen(other: str, **wanted: object) -> bool:
            return any(all(one[name] == value for name, value in wanted.items())
                       and self._reaches(other, "see", agent, one) for one in self.rows[other])

        if table == "invoices" and row["kind"] == "credit_note":
            return not seen("invoices", id=row["cancels_id"])
        # Each document was issued with all its payers.
        return table == "invoice_payers" and seen("invoices", id=row["invoice_id"])

    def removes(self, agent: Agent, table: str, row: Row) -> str:
        """A row given to the function that deletes."""
        if not any(self._grants(table, "remove", agent)):
            return FORBIDDEN
        kept = "see" in (self.raw["tables"][table].get("kept") or ())  # only functions look at it
        if not ((kept or self._reaches(table, "see", agent, row)) and self._reaches(table, "remove", agent, row)):
            return NOTHING
        closed = {"charges": "invoice_id", "attendances": "charge_id"}.get(table)
        return CLOSED if closed and row[closed] is not None else DONE

    # --- perimeters ------------------------------------------------------------------------------------------------

    def within(self, perimeter: str, table: str, row: Row, permission: str, agent: Agent) -> bool:
        """Whether a row is in the perimeter of a permission. Raises KeyError for one that nobody described here."""
        usual, test = _PERIMETERS[perimeter]
        column = self.raw["tables"][table].get("column", usual)
        return test(self, row, row.get(column), permission, agent)

    def _family(self, family: int, permission: str, agent: Agent) -> bool:
        return agent.everywhere(permission) or any(
            agent.at(permission, known["service_id"], known["structure_id"])
            and agent.at("families.read", known["service_id"], known["structure_id"])
            for known in self.rows["family_access"] if known["family_id"] == family
        )

    def _person(self, person: int, permission: str, agent: Agent) -> bool:
        return (
            agent.everywhere(permission)
            or self._drawn(person, permission, agent)
            or any(
                self._family(m["family_id"], permission, agent) and self._family(m["family_id"], "families.read", agent)
                for m in self.rows["memberships"] if m["person_id"] == person
            )
        )

    def _drawn(self, person: int, permission: str, agent: Agent) -> bool:
        return agent.everywhere(permission) or any(
            u["person_id"] == person and u["login"] == agent.login for u in self.rows["unattached_people"]
        )

    def _together(self, family: int, person: int, agent: Agent) -> bool:
        """A person whom the agent sees in this family."""
        return any(row["family_id"] == family and row["person_id"] == person
                   and self._reaches("memberships", "see", agent, row) for row in self.rows["memberships"])

    def _about(self, row: Row, permission: str, agent: Agent) -> bool:
        """About the family, or somebody in it."""
        return self._family(row["family_id"], permission, agent) and (
            row["person_id"] is None or self._together(row["family_id"], row["person_id"], agent)
        )

    def _document(self, row: Row, permission: str, agent: Agent) -> bool:
        """Decided by nobody else."""
        return self._about(row, permission, agent) and row["decided_by"] in {"", agent.login}

    def _slot(self, slot: int | None, permission: str, agent: Agent) -> bool:
        if slot is None:
            return agent.everywhere(permission)
        return agent.at(permission, *self._place_of_slot(slot))

    def _line(self, charge: int | None, permission: str, agent: Agent) -> bool:
        """No line, or one that is seen in a service where the permission is held, even in one structure."""
        if charge is None or agent.everywhere(permission):
            return True
        row = self._by_id["charges"][charge]
        here = any(service == row["service_id"] for service, _ in agent.held.get(permission, ()))
        return here and self._reaches("charges", "see", agent, row)

    def _bills(self, charge: int, agent: Agent) -> bool:
        """Only who bills the service of a line hangs days on it."""
        service = self._by_id["charges"][charge]["service_id"]
        scopes = agent.held.get("billing.issue", frozenset()) | agent.held.get("billing.cancel", frozenset())
        return any(held in {None, service} for held, _ in scopes)

    def _invoice(self, row: Row, permission: str, agent: Agent) -> bool:
        if row["service_id"] is None and self._family(row["family_id"], permission, agent):
            return True
        return agent.whole(permission, row["service_id"])

    def _numbered(self, row: Row, mark: str) -> bool:
        """The number is one of its service and of the month of issue."""
        prefix = self._by_id["services"][row["service_id"]]["prefix"]
        return bool(row["number"][:-5] == f"{prefix}-{mark}{row['issued_on']:%y%m}")

    def _seen_by_id(self, table: str, row_id: int, agent: Agent) -> Row | None:
        row = self._by_id[table].get(row_id)
        return row if row is not None and self._reaches(table, "see", agent, row) else None

    def _structure(self, structure: int | None, permission: str, agent: Agent) -> bool:
        return agent.everywhere(permission) or any(
            agent.at(permission, activity["service_id"], structure)
            for activity in self.rows["activities"] if structure is not None and activity["structure_id"] == structure
        )

    def _codes(self, codes: Iterable[str], permission: str, agent: Agent) -> list[bool]:
        ids = {row["code"]: row["id"] for row in self.rows["services"]}
        return [agent.whole(permission, ids[code]) for code in codes]

    def _line_of_journal(self, row: Row, permission: str, agent: Agent) -> bool:
        entry = self.raw["tables"][row["table_name"]]
        readers = {see.partition(": ")[0] for see in entry.get("see", ())}
        follows = entry.get("key", "id") == "id" and permission in readers
        return follows and self._seen_by_id(row["table_name"], row["row_id"], agent) is not None

    def _of_own(self, table: str, row_id: int, permission: str, agent: Agent,
                test: Callable[[Row], bool]) -> bool:
        row = self._seen_by_id(table, row_id, agent)
        return row is not None and test(row)


Test = Callable[[Oracle, Row, Any, str, Agent], bool]

# Each perimeter: the column it looks at, and whether a row is inside for a permission of an agent.
_PERIMETERS: Mapping[str, tuple[str, Test]] = {
    "open": ("", lambda o, row, value, p, a: True),
    "nobody": ("", lambda o, row, value, p, a: False),
    "town": ("", lambda o, row, value, p, a: a.everywhere(p)),
    "anywhere": ("", lambda o, row, value, p, a: p in a.held),
    "own": ("login", lambda o, row, value, p, a: value == a.login),
    "service": ("service_id", lambda o, row, value, p, a: a.whole(p, value)),
    "activity": ("activity_id", lambda o, row, value, p, a: a.at(
        p, o._by_id["activities"][value]["service_id"], o._by_id["activities"][value]["structure_id"])),
    "structure": ("structure_id", lambda o, row, value, p, a: o._structure(value, p, a)),
    "slot": ("slot_id", lambda o, row, value, p, a: o._slot(value, p, a)),
    "scope": ("service_id", lambda o, row, value, p, a: a.at(p, value, row["structure_id"])),
    "family": ("family_id", lambda o, row, value, p, a: o._family(value, p, a)),
    "person": ("person_id", lambda o, row, value, p, a: o._person(value, p, a)),
    "drawn": ("id", lambda o, row, value, p, a: o._drawn(value, p, a)),
    "membership": ("family_id", lambda o, row, value, p, a: o._family(value, p, a) and (
        a.everywhere(p) or o._person(row["person_id"], "families.read", a))),
    "attendance": ("slot_id", lambda o, row, value, p, a: o._slot(value, p, a) and o._line(row["charge_id"], p, a)
                   and o._seen_by_id("families", row["family_id"], a) is not None
                   and o._seen_by_id("people", row["child_id"], a) is not None),
    "registration": ("activity_id", lambda o, row, value, p, a: a.at(
        p, o._by_id["activities"][value]["service_id"], o._by_id["activities"][value]["structure_id"])
        and o._together(row["family_id"], row["child_id"], a)),
    "booked": ("slot_id", lambda o, row, value, p, a: o._slot(value, p, a)
               and o._together(row["family_id"], row["child_id"], a)),
    "clocked": ("structure_id", lambda o, row, value, p, a: o._structure(value, p, a)
                and o._seen_by_id("people", row["child_id"], a) is not None),
    "about": ("family_id", lambda o, row, value, p, a: o._about(row, p, a)),
    "document": ("family_id", lambda o, row, value, p, a: o._document(row, p, a)),
    "new_document": ("family_id", lambda o, row, value, p, a: o._document(row, p, a)
                     and row["state"] == "pending" and row["decided_at"] is None),
    "waiver": ("family_id", lambda o, row, value, p, a: o._about(row, p, a) and row["given_by"] == a.login
               and row["ended_at"] is None),
    "letter_item": ("family_id", lambda o, row, value, p, a: o._family(value, p, a) and o._of_own(
        "letters", row["letter_id"], p, a,
        lambda letter: letter["family_id"] == value and letter["closed_at"] is None)),
    "new_file": ("family_id", lambda o, row, value, p, a: o._family(value, p, a) and o._of_own(
        "documents", row["document_id"], p, a,
        lambda document: document["family_id"] == value and document["decided_at"] is None)),
    "of_document": ("document_id", lambda o, row, value, p, a: o._of_own(
        "documents", value, p, a, lambda document: o._family(document["family_id"], p, a))),
    "own_take": ("document_id", lambda o, row, value, p, a: row["login"] == a.login and o._of_own(
        "documents", value, p, a, lambda document: o._family(document["family_id"], p, a))),
    "of_arrival": ("arrival_id", lambda o, row, value, p, a: o._of_own(
        "document_arrivals", value, p, a, lambda arrival: a.whole(p, arrival["service_id"]))),
    "unit": ("slot_id", lambda o, row, value, p, a: o._slot(value, p, a) and o._line(row["charge_id"], p, a)),
    "invoice": ("service_id", lambda o, row, value, p, a: o._invoice(row, p, a)),
    "own_invoice": ("service_id", lambda o, row, value, p, a: row["kind"] == "invoice" and a.whole(p, value)
                    and o._numbered(row, "F")),
    "own_note": ("service_id", lambda o, row, value, p, a: row["kind"] == "credit_note" and a.whole(p, value)
                 and o._numbered(row, "A")),
    "history": ("service_id", lambda o, row, value, p, a: row["kind"] == "historic" and o._invoice(row, p, a)),
    "own_charge": ("service_id", lambda o, row, value, p, a: a.whole(p, value) and (
        not row["stored_price"] or (row["replaces_id"] is not None and row["invoice_id"] is None))),
    "series": ("series", lambda o, row, value, p, a: any(
        a.whole(p, service["id"]) and value.startswith(service["prefix"] + "-") for service in o.rows["services"])),
    "of_invoice": ("invoice_id", lambda o, row, value, p, a: o._seen_by_id("invoices", value, a) is not None),
    "of_own_invoice": ("invoice_id", lambda o, row, value, p, a: o._of_own(
        "invoices", value, p, a, lambda invoice: o._invoice(invoice, p, a))),
    "of_target": ("id", lambda o, row, value, p, a: any(
        target["request_id"] == value and o._reaches("link_targets", "see", a, target)
        for target in o.rows["link_targets"])),
    "of_payment": ("payment_id", lambda o, row, value, p, a: o._seen_by_id("payments", value, a) is not None),
    "of_own_payment": ("payment_id", lambda o, row, value, p, a: o._of_own(
        "payments", value, p, a, lambda payment: o._family(payment["family_id"], p, a))),
    "of_own_charge": ("charge_id", lambda o, row, value, p, a: o._of_own(
        "charges", value, p, a, lambda charge: a.whole(p, charge["service_id"]))),
    "services": ("services", lambda o, row, value, p, a: a.everywhere(p) or any(o._codes(value, p, a))),
    "all_services": ("services", lambda o, row, value, p, a: row["actor"] == a.login and (
        a.everywhere(p) or all(o._codes(value, p, a)))),
    "journal": ("table_name", lambda o, row, value, p, a: o._line_of_journal(row, p, a)),
}
