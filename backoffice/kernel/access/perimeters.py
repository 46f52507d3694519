"""How a row of the shared database finds the services it belongs to: one SQL condition for each kind of perimeter.

Every condition asks the server who is connected (`session_user`), never a setting of the client. A right held on the
whole town is a scope without service: its test depends on no row, so that the server makes it once for a statement.
Subqueries name tables that have policies of their own: what is hidden there is hidden here.

What a condition costs is the number of tables it names, whether or not a row leads there: lists that depend on no row
are made once as arrays, and where a right is held is one number, its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from backoffice.kernel.access.rights import rights

_ME = "session_user::text"


def _held(permission: str, more: str = "") -> str:
    return f"FROM agent_scopes s WHERE s.login = {_ME} AND s.permission = '{permission}'{more}"


def _everywhere(permission: str) -> str:
    return f"EXISTS (SELECT {_held(permission, ' AND s.service_id IS NULL')})"


def _anywhere(_column: str, permission: str) -> str:
    return f"EXISTS (SELECT {_held(permission)})"


def _town(_column: str, permission: str) -> str:
    return _everywhere(permission)


def _open(_column: str, _permission: str) -> str:
    return "true"


def _own(column: str, _permission: str) -> str:
    return f"{column} = {_ME}"


def _within(table: str, permission: str) -> str:
    """A row that carries a service and a structure, within the places where a right is held.

    A place is 0 for the whole town, a service in the high half of a number, and one of its structures in the low half;
    the server draws both keys, far below that half.
    """
    held = f"SELECT coalesce(s.service_id << 32 | coalesce(s.structure_id, 0), 0) {_held(permission)}"
    service = f"{table}.service_id << 32"
    return f"ARRAY[0, {service}, {service} | {table}.structure_id] && ARRAY({held})"


def _services(permission: str) -> str:
    """The services held whole."""
    return f"SELECT s.service_id {_held(permission, ' AND s.structure_id IS NULL')}"


def _service(column: str, permission: str) -> str:
    return f"{_everywhere(permission)} OR {column} = ANY (ARRAY({_services(permission)}))"


def _activities(permission: str, wanted: str = "a.id") -> str:
    return f"SELECT {wanted} FROM activities a WHERE {_within('a', permission)}"


def _activity(column: str, permission: str) -> str:
    return f"{_everywhere(permission)} OR {column} = ANY (ARRAY({_activities(permission)}))"


def _structure(column: str, permission: str) -> str:
    return f"{_everywhere(permission)} OR {column} = ANY (ARRAY({_activities(permission, 'a.structure_id')}))"


def _slot(column: str, permission: str) -> str:
    slots = f"SELECT sl.id FROM slots sl JOIN activities a ON a.id = sl.activity_id WHERE {_within('a', permission)}"
    return f"{_everywhere(permission)} OR {column} = ANY (ARRAY({slots}))"


def _scope(column: str, permission: str) -> str:
    """Rows that carry a service and a structure themselves; `column` is the service."""
    return _within(column.rpartition(".")[0], permission)


def _family(column: str, permission: str) -> str:
    # Reading families, the policy of family_access says it already.
    within = "" if permission == "families.read" else f" AND {_within('a', permission)}"
    return f"{_everywhere(permission)} OR EXISTS (SELECT FROM family_access a WHERE a.family_id = {column}{within})"


def _person(column: str, permission: str) -> str:
    family = "" if permission == "families.read" else f" AND ({_family('m.family_id', permission)})"
    return (
        f"{_everywhere(permission)} OR EXISTS (SELECT FROM memberships m WHERE m.person_id = {column}{family})"
        f" OR EXISTS (SELECT FROM unattached_people u WHERE u.person_id = {column} AND u.login = {_ME})"
    )


def _drawn(column: str, permission: str) -> str:
    """A person whose number one has drawn."""
    return (
        f"{_everywhere(permission)}"
        f" OR EXISTS (SELECT FROM unattached_people u WHERE u.person_id = {column} AND u.login = {_ME})"
    )


def _membership(column: str, permission: str) -> str:
    """A person whom one sees, put in a family that one may change; `column` is the family."""
    table = column.rpartition(".")[0]
    return (
        f"({_family(column, permission)})"
        f" AND ({_everywhere(permission)} OR sees_person({table}.person_id))"
    )


def _attendance(column: str, permission: str) -> str:
    """A child and a family whom one sees, in a slot of one's own; `column` is the slot."""
    table = column.rpartition(".")[0]
    # Whoever sees the child in this family sees both: only a child of no family, or of another one, asks for more.
    together = f"SELECT FROM memberships m WHERE m.person_id = {table}.child_id AND m.family_id = {table}.family_id"
    return (
        f"({_slot(column, permission)})"
        f" AND (EXISTS ({together}) OR sees_family({table}.family_id) AND sees_person({table}.child_id))"
        f" AND ({_own_line(table, permission)})"
    )


def _registration(column: str, permission: str) -> str:
    """A child whom one sees in this family, to an activity of one's own; `column` is the activity."""
    table = column.rpartition(".")[0]
    together = (
        f"SELECT FROM memberships m WHERE m.person_id = {table}.child_id AND m.family_id = {table}.family_id"
        " AND m.role = 'child'"
    )
    return f"({_activity(column, permission)}) AND EXISTS ({together})"


def _booked(column: str, permission: str) -> str:
    """A child whom one sees in this family, in a slot of one's own; `column` is the slot."""
    table = column.rpartition(".")[0]
    together = f"SELECT FROM memberships m WHERE m.person_id = {table}.child_id AND m.family_id = {table}.family_id"
    return f"({_slot(column, permission)}) AND EXISTS ({together})"


def _clocked(column: str, permission: str) -> str:
    """A child whom one sees, in a structure of one's own; `column` is the structure."""
    return f"({_structure(column, permission)}) AND sees_person({column.rpartition('.')[0]}.child_id)"


def _about(column: str, permission: str) -> str:
    """About a family one may write for, or about somebody whom one sees in it; `column` is the family."""
    table = column.rpartition(".")[0]
    member = f"SELECT FROM memberships m WHERE m.person_id = {table}.person_id AND m.family_id = {column}"
    return f"({_family(column, permission)}) AND ({table}.person_id IS NULL OR EXISTS ({member}))"


def _document(column: str, permission: str) -> str:
    """The same, decided by nobody else."""
    return f"{_about(column, permission)} AND {column.rpartition('.')[0]}.decided_by IN ('', {_ME})"


def _waiver(column: str, permission: str) -> str:
    """The same, given in one's own name and not ended."""
    table = column.rpartition(".")[0]
    return f"{_about(column, permission)} AND {table}.given_by = {_ME} AND {table}.ended_at IS NULL"


def _letter_item(column: str, permission: str) -> str:
    """What is said in a letter to the same family, that is still held; `column` is the family."""
    table = column.rpartition(".")[0]
    held = f"l.id = {table}.letter_id AND l.family_id = {column} AND l.closed_at IS NULL"
    return f"({_family(column, permission)}) AND EXISTS (SELECT FROM letters l WHERE {held})"


def _new_document(column: str, permission: str) -> str:
    """The same, that nobody has decided yet."""
    table = column.rpartition(".")[0]
    return f"({_document(column, permission)}) AND {table}.state = 'pending' AND {table}.decided_at IS NULL"


def _new_file(column: str, permission: str) -> str:
    """A file of a document of the same family that waits for its decision; `column` is the family."""
    table = column.rpartition(".")[0]
    waiting = f"d.id = {table}.document_id AND d.family_id = {column} AND d.decided_at IS NULL"
    return f"({_family(column, permission)}) AND EXISTS (SELECT FROM documents d WHERE {waiting})"


def _of_document(column: str, permission: str) -> str:
    """Of a document whose family one reaches; `column` is the document."""
    family = _family("d.family_id", permission)
    return f"EXISTS (SELECT FROM documents d WHERE d.id = {column} AND ({family}))"


def _own_take(column: str, permission: str) -> str:
    """The same, taken by oneself."""
    return f"{column.rpartition('.')[0]}.login = {_ME} AND {_of_document(column, permission)}"


def _unit(column: str, permission: str) -> str:
    """A day in a slot of one's own, and on a line of one's own if it is billed; `column` is the slot."""
    return f"({_slot(column, permission)}) AND ({_own_line(column.rpartition('.')[0], permission)})"


def _own_line(table: str, permission: str) -> str:
    # By a function: whoever clocks days may have no right at all on the lines that bill them.
    return (
        f"{table}.charge_id IS NULL OR {_everywhere(permission)} OR bills_line('{permission}', {table}.charge_id)"
    )


def _invoice(column: str, permission: str) -> str:
    """A document of a service; one that came from another program and names none follows its family."""
    table = column.rpartition(".")[0]
    family = _family(f"{table}.family_id", permission)
    return f"{_service(column, permission)} OR ({column} IS NULL AND ({family}))"


def _own_invoice(column: str, permission: str) -> str:
    """An invoice numbered as its service numbers them; `column` is the service."""
    table = column.rpartition(".")[0]
    debt = "lpad(v.accounting_number::text, 3, '0')"
    return (
        f"{table}.kind = 'invoice' AND ({_service(column, permission)}) AND EXISTS (SELECT FROM services v"
        f" WHERE v.id = {column} AND left({table}.number, -5) = v.prefix || '-F' || to_char({table}.issued_on, 'YYMM')"
        f" AND lpad({table}.debt_number::text, 12, '0')"
        f" = to_char({table}.issued_on, 'YYMM') || {debt} || right({table}.number, 5))"
    )


def _own_note(column: str, permission: str) -> str:
    """A credit note numbered as its service numbers them; `column` is the service."""
    table = column.rpartition(".")[0]
    return (
        f"{table}.kind = 'credit_note' AND ({_service(column, permission)}) AND EXISTS (SELECT FROM services v"
        f" WHERE v.id = {column} AND left({table}.number, -5) = v.prefix || '-A' || to_char({table}.issued_on, 'YYMM')"
        f" AND right({table}.number, 5) ~ '^[0-9]+$')"
    )


def _history(column: str, permission: str) -> str:
    """A document of another program."""
    return f"{column.rpartition('.')[0]}.kind = 'historic' AND ({_invoice(column, permission)})"


def _own_charge(column: str, permission: str) -> str:
    """A line that was priced here, or one with a stored price that is open again; `column` is the service."""
    table = column.rpartition(".")[0]
    return (
        f"({_service(column, permission)})"
        f" AND (NOT {table}.stored_price OR ({table}.replaces_id IS NOT NULL AND {table}.invoice_id IS NULL))"
    )


def _series(column: str, permission: str) -> str:
    """The series of numbers of a service."""
    return (
        f"{_everywhere(permission)} OR EXISTS (SELECT FROM services v WHERE v.id IN ({_services(permission)})"
        f" AND left({column}, length(v.prefix) + 1) = v.prefix || '-')"
    )


def _of_invoice(column: str, _permission: str) -> str:
    return f"EXISTS (SELECT FROM invoices i WHERE i.id = {column})"


def _of_target(column: str, _permission: str) -> str:
    """A request about a family that one sees; `column` is the request."""
    return f"EXISTS (SELECT FROM link_targets t WHERE t.request_id = {column})"


def _of_arrival(column: str, permission: str) -> str:
    """A file of something that arrived, and waits to be sorted in one's own services."""
    arrived = f"SELECT FROM document_arrivals a WHERE a.id = {column}"
    return f"EXISTS ({arrived} AND ({_service('a.service_id', permission)}))"


def _of_own_invoice(column: str, permission: str) -> str:
    """Of a document of the services where the permission itself is held: seeing it is not enough."""
    return f"EXISTS (SELECT FROM invoices i WHERE i.id = {column} AND ({_invoice('i.service_id', permission)}))"


def _of_payment(column: str, _permission: str) -> str:
    return f"EXISTS (SELECT FROM payments p WHERE p.id = {column})"


def _of_own_payment(column: str, permission: str) -> str:
    return f"EXISTS (SELECT FROM payments p WHERE p.id = {column} AND ({_family('p.family_id', permission)}))"


def _of_own_charge(column: str, permission: str) -> str:
    return f"EXISTS (SELECT FROM charges c WHERE c.id = {column} AND ({_service('c.service_id', permission)}))"


def _some_service(column: str, permission: str) -> str:
    """A list of service codes, one of which is ours."""
    return (
        f"{_everywhere(permission)} OR EXISTS (SELECT FROM json_array_elements_text({column}) c"
        f" JOIN services v ON v.code = c WHERE v.id IN ({_services(permission)}))"
    )


def _all_services(column: str, permission: str) -> str:
    """A list of service codes, all of which are ours, in a run that says who makes it."""
    return (
        f"{column.rpartition('.')[0]}.actor = {_ME} AND ({_everywhere(permission)}"
        f" OR NOT EXISTS (SELECT FROM json_array_elements_text({column}) c"
        f" WHERE c NOT IN (SELECT v.code FROM services v WHERE v.id IN ({_services(permission)}))))"
    )


def _journal(column: str, permission: str) -> str:
    """The lines of rows that one sees; `column` names their table. The rest is for who reads the whole journal."""
    table = column.rpartition(".")[0]
    told = []
    for name, entry in sorted(rights().tables.items()):
        kinds = {grant.perimeter for grant in entry.see if grant.permission == permission}
        if entry.key != "id" or not kinds:
            continue
        seen = f"{name} x WHERE x.id = {table}.row_id"
        if kinds == {"family"} and not entry.column:
            # What was removed from a family is still told to who sees the family.
            seen = f"families x WHERE x.id = (coalesce({table}.after, {table}.before) ->> 'family_id')::bigint"
        told.append(f"({column} = '{name}' AND EXISTS (SELECT FROM {seen}))")
    return " OR ".join(told)


Condition = Callable[[str, str], str]

# Each kind: the column it looks at unless the table says otherwise, and its condition.
PERIMETERS: Mapping[str, tuple[str, Condition]] = MappingProxyType(
    {
        "open": ("", _open),
        "town": ("", _town),
        "anywhere": ("", _anywhere),
        "own": ("login", _own),
        "service": ("service_id", _service),
        "activity": ("activity_id", _activity),
        "structure": ("structure_id", _structure),
        "slot": ("slot_id", _slot),
        "scope": ("service_id", _scope),
        "family": ("family_id", _family),
        "person": ("person_id", _person),
        "drawn": ("id", _drawn),
        "membership": ("family_id", _membership),
        "attendance": ("slot_id", _attendance),
        "registration": ("activity_id", _registration),
        "booked": ("slot_id", _booked),
        "clocked": ("structure_id", _clocked),
        "about": ("family_id", _about),
        "document": ("family_id", _document),
        "new_document": ("family_id", _new_document),
        "waiver": ("family_id", _waiver),
        "letter_item": ("family_id", _letter_item),
        "new_file": ("family_id", _new_file),
        "of_document": ("document_id", _of_document),
        "own_take": ("document_id", _own_take),
        "unit": ("slot_id", _unit),
        "invoice": ("service_id", _invoice),
        "own_invoice": ("service_id", _own_invoice),
        "own_note": ("service_id", _own_note),
        "history": ("service_id", _history),
        "own_charge": ("service_id", _own_charge),
        "series": ("series", _series),
        "of_invoice": ("invoice_id", _of_invoice),
        "of_own_invoice": ("invoice_id", _of_own_invoice),
        "of_payment": ("payment_id", _of_payment),
        "of_arrival": ("arrival_id", _of_arrival),
        "of_target": ("id", _of_target),
        "of_own_payment": ("payment_id", _of_own_payment),
        "of_own_charge": ("charge_id", _of_own_charge),
        "services": ("services", _some_service),
        "journal": ("table_name", _journal),
        "all_services": ("services", _all_services),
    }
)


def condition(table: str, column: str, perimeter: str, permission: str) -> str:
    """The condition under which `permission` reaches a row of `table`. Raises KeyError for an unknown perimeter."""
    usual, make = PERIMETERS[perimeter]
    return make(f"{table}.{column or usual}", permission)
