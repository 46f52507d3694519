"""What was read in a Noethys file, in neutral frozen values: the stage before our own tables.

Ids are those of the source file. Amounts are integer cents of euros, days are local days, times of day are
minutes since midnight (0 to 1440). `None` means « the source says nothing ». Portal passwords, password hashes,
free-text notes, health data, social security and bank numbers are never in these values. The `repr` of a record
shows its id only, so that a log or a traceback holds no name.
"""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.importing.noethys.source.base import (
    LeftOut,
    Record,
)
from backoffice.importing.noethys.source.billing import (
    Allocation,
    AttendanceUnit,
    Invoice,
    Payment,
    PricedLine,
)
from backoffice.importing.noethys.source.catalog import (
    Activity,
    ActivityGroup,
    Approval,
    Enrollment,
    Group,
    Opening,
    Tariff,
    TariffBracket,
    TariffCategory,
    TariffShape,
    Unit,
)
from backoffice.importing.noethys.source.households import (
    Address,
    DocumentType,
    Family,
    FamilyQuotient,
    MemberRole,
    Membership,
    Organisation,
    Person,
    Relationship,
    SupportingDocument,
)

__all__ = [
    "Activity",
    "ActivityGroup",
    "Address",
    "Allocation",
    "Approval",
    "AttendanceUnit",
    "DocumentType",
    "Enrollment",
    "Family",
    "FamilyQuotient",
    "Group",
    "Invoice",
    "LeftOut",
    "MemberRole",
    "Membership",
    "NoethysSource",
    "Opening",
    "Organisation",
    "Payment",
    "Person",
    "PricedLine",
    "Relationship",
    "SupportingDocument",
    "Tariff",
    "TariffBracket",
    "TariffCategory",
    "TariffShape",
    "Unit",
]


@dataclass(frozen=True, slots=True, repr=False)
class NoethysSource(Record):
    """Everything read in one file. `warnings` are French sentences without names, to show to the agent.

    `unit_ids_otherwise_priced`: units whose price may also come from a tariff that is left out.
    """

    version: str
    organisations: tuple[Organisation, ...]
    families: tuple[Family, ...]
    people: tuple[Person, ...]
    memberships: tuple[Membership, ...]
    relationships: tuple[Relationship, ...]
    quotients: tuple[FamilyQuotient, ...]
    document_types: tuple[DocumentType, ...]
    documents: tuple[SupportingDocument, ...]
    activity_groups: tuple[ActivityGroup, ...]
    activities: tuple[Activity, ...]
    approvals: tuple[Approval, ...]
    groups: tuple[Group, ...]
    units: tuple[Unit, ...]
    openings: tuple[Opening, ...]
    tariff_categories: tuple[TariffCategory, ...]
    tariffs: tuple[Tariff, ...]
    unit_ids_otherwise_priced: frozenset[int]
    enrollments: tuple[Enrollment, ...]
    attendance: tuple[AttendanceUnit, ...]
    lines: tuple[PricedLine, ...]
    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]
    allocations: tuple[Allocation, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        return f"NoethysSource(version {self.version}, {len(self.families)} families)"
