"""The pieces without which a child is not booked: mandatory, said to hold bookings back, and not validated."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from backoffice.bookings.keeping import Comer, keeps_from_booking
from backoffice.catalog.queries import activity_places
from backoffice.documents.kinds import Blocks
from backoffice.documents.obligations import (
    asked_types,
    households,
    in_the_way,
    people_of,
    requirements_of,
)
from backoffice.documents.rules import Registered, holding_back, obligations
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Period


@keeps_from_booking
def missing_for_booking(session: Session, comers: Collection[Comer], today: date) -> Mapping[Comer, Sequence[str]]:
    """What must be validated before each of these children comes, in as many reads as for one."""
    requirements = requirements_of(session)
    if all(one.blocks is not Blocks.BOOKING for one in requirements):
        return {}
    types = asked_types(session)
    families = {comer.family_id for comer in comers}
    people = people_of(session, families)
    houses = households(session, families, types, people, today)
    places = activity_places(session, {comer.activity_id for comer in comers})
    names = {member.person_id: member.name for members in people.values() for member in members}
    found = {}
    for comer in comers:
        house = houses[comer.family_id]
        admitted = [
            one.provisional_until for one in house.registrations
            if one.child_id == comer.child_id and one.activity_id == comer.activity_id
            and one.provisional_until is not None
        ]
        coming = Registered(
            comer.child_id, places[comer.activity_id].service_id, comer.activity_id, Period(comer.first_day),
            max(admitted, default=None),
        )
        asked = obligations(replace(house, registrations=(coming,)), types, requirements, today)
        found[comer] = [in_the_way(one, names) for one in holding_back(asked, Blocks.BOOKING)]
    return found
