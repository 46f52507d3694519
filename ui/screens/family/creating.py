"""A new family in one form: its first adult, perhaps a second, the home, how invoices reach them. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import uuid4

from backoffice.families.commands import CreateFamily, KnownPerson
from backoffice.families.kinds import MemberRole
from backoffice.families.rules import FamilyValues, PersonValues, person_problems, proposed_family_name
from backoffice.families.rules import family_problems as rules_of_family
from backoffice.kernel.application import Application
from backoffice.kernel.errors import InvalidFields
from backoffice.kernel.progress import Progress
from ui.drafts import Saved, Task, Typed
from ui.forms import YES, Entry, FieldSpec, Reader
from ui.screens.family.tasks import (
    family_fields,
    found_problems,
    person_fields,
    read_family_values,
    read_person,
    task_key,
)

ADULTS = ("first", "second")
_NOBODY = PersonValues("", "")
_HOME = ("street", "postcode", "city")
NAME = "proposed_name"


def known_key(which: str) -> str:
    """Where the id of somebody already recorded is kept, instead of what is typed."""
    return f"{which}.known"


class NewFamily(Task):
    """Keys begin with the adult: « first.last_name ». Both adults take the address of the home."""

    title = "Nouvelle famille"
    save_words = "Créer la famille"

    def __init__(self) -> None:
        self.key = task_key("new", "family")
        self.groups: Mapping[str, list[FieldSpec]] = {
            "first": _adult("first", required=True),
            "second": [
                *_adult("second", required=False),
                FieldSpec("second_pays", "Les factures nomment les deux responsables", Entry.FLAG, YES),
            ],
            "home": [
                *person_fields(_NOBODY, MemberRole.ADULT)[-3:],
                *family_fields(FamilyValues(""), proposed=True),
            ],
        }
        self.fields = [field for group in self.groups.values() for field in group]
        self._op_id = uuid4()

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader((), values, today)
        found: dict[str, str] = {}
        for which in ADULTS:
            adult = self._adult(which, reader)
            if isinstance(adult, PersonValues):
                problems = person_problems(adult, today)
                at_home = {key: problems.pop(key) for key in _HOME if key in problems}
                found |= found_problems(reader, problems, f"{which}.") | found_problems(reader, at_home)
        family = read_family_values(reader)
        named = replace(family, name=family.name or "à proposer")
        return found | found_problems(reader, rules_of_family(named))

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        reader = Reader((), values, today)
        first, second = self._adult("first", reader) or _NOBODY, self._adult("second", reader)
        family = read_family_values(reader)
        command = CreateFamily(
            first,
            second,
            name=family.name,
            billing_email=family.billing_email,
            caf_number=family.caf_number,
            second_pays=second is not None and reader.flag("second_pays"),
            op_id=self._op_id,
        )
        try:
            family_id = app.execute(command, confirmed=confirmed, progress=progress)
        except InvalidFields as error:
            raise InvalidFields({_of_home(key): problem for key, problem in error.fields.items()}) from error
        return Saved("Famille créée.", result=family_id)

    def proposed_name(self, values: Typed) -> str:
        """« DUPONT Marie et Jean », from what is typed so far; nothing when somebody's name is in another file."""
        if any(values.get(known_key(which)) for which in ADULTS):
            return ""
        names = []
        for which in ADULTS:
            pair = (values.get(f"{which}.last_name", ""), values.get(f"{which}.first_name", ""))
            if any(part.strip() for part in pair):
                names.append(pair)
        return proposed_family_name(names)

    def _adult(self, which: str, reader: Reader) -> PersonValues | KnownPerson | None:
        known = reader.text(known_key(which))
        if known:
            return KnownPerson(int(known))
        prefix = f"{which}."
        person = read_person(reader, self.groups[which], _NOBODY, prefix)
        if which == "second" and person == _NOBODY and f"{prefix}birth_date" not in reader.errors:
            return None
        return replace(person, street=reader.text("street"), postcode=reader.text("postcode"), city=reader.text("city"))


def _adult(which: str, *, required: bool) -> list[FieldSpec]:
    """The fields of one adult, without the address: it is that of the home."""
    return [
        replace(field, key=f"{which}.{field.key}", required=field.required and required,
                title=field.title if required else field.title.replace("&", ""))
        for field in person_fields(_NOBODY, MemberRole.ADULT, address=False)
    ]


def _of_home(key: str) -> str:
    which, _, name = key.partition(".")
    return name if which in ADULTS and name in _HOME else key
