"""Where a family is written to, and whose address wrote to the town."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import func, select

from backoffice.families.kinds import MemberRole
from backoffice.families.tables import FamilyRow, MembershipRow, PersonRow
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session


def mail_addresses(session: Session, family_ids: Collection[int]) -> dict[int, str]:
    """The address of each family: that of the adult who speaks for it, else of another adult, else the one its
    invoices go to. A family without any is absent from the answer."""
    found: dict[int, str] = {}
    for some in batches(family_ids):
        billing = select(FamilyRow.id, FamilyRow.billing_email).where(
            FamilyRow.id.in_(some), FamilyRow.billing_email != ""
        )
        found.update((family, email) for family, email in session.execute(billing))
        adults = (
            select(MembershipRow.family_id, PersonRow.email)
            .join(PersonRow, PersonRow.id == MembershipRow.person_id)
            .where(MembershipRow.family_id.in_(some), MembershipRow.role == MemberRole.ADULT.value)
            .where(PersonRow.email != "")
            .order_by(MembershipRow.is_holder, MembershipRow.id.desc())  # the last one told wins
        )
        found.update((family, email) for family, email in session.execute(adults))
    return found


def families_of_addresses(session: Session, addresses: Collection[str]) -> dict[str, tuple[int, ...]]:
    """For each address in small letters, the families of which an adult has it, or which are billed there; an address
    that nobody has is absent from the answer."""
    found: dict[str, set[int]] = defaultdict(set)
    for some in batches({address.strip().lower() for address in addresses} - {""}):
        email = func.lower(PersonRow.email)
        adults = (
            select(email, MembershipRow.family_id)
            .join(PersonRow, PersonRow.id == MembershipRow.person_id)
            .where(MembershipRow.role == MemberRole.ADULT.value, email.in_(some))
        )
        billed = func.lower(FamilyRow.billing_email)
        for address, family in session.execute(adults.union(select(billed, FamilyRow.id).where(billed.in_(some)))):
            found[address].add(family)
    return {address: tuple(sorted(families)) for address, families in found.items()}
