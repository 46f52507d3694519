"""What billing shows to renderers, screens and the command line: frozen, complete, without a database."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from backoffice.kernel.money import ZERO, Money
from backoffice.kernel.periods import Month


class InvoiceKind(StrEnum):
    """What a number stands for. Historic invoices were issued by another program and are never recomputed."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    HISTORIC = "historic"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who issues and in which words, frozen at issue: one for all the invoices of a service in a run.

    Texts are plain paragraphs (several lines allowed); an empty text prints nothing.
    """

    issuer_name: str                    # "Commune de Valbrume"
    issuer_address: tuple[str, ...]
    issuer_identifier: str              # "SIRET 212 345 678 00012", or ""
    signatory: str                      # name, first names and capacity of the issuer (CGCT L1617-5 4°)
    service_name: str
    revenue_office: str                 # "Régie de recettes « Restauration »"
    contact: tuple[str, ...]            # address, phone, e-mail of the service or its régie
    payment_means: tuple[str, ...]      # one line for each way to pay
    appeal_text: str
    legal_text: str


@dataclass(frozen=True, slots=True)
class PayerView:
    """One named debtor as frozen on the invoice; the Treasury pursues only these (product.md G1.13)."""

    name: str
    address: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """One priced line. `quantity` has at most two decimals (hours) and is whole for days and meals."""

    child_name: str                     # "" when the line concerns the family
    label: str                          # "Repas", "Accueil du soir"
    activity: str
    month: Month                        # month of the service; differs from the invoice's when carried over
    quantity: Decimal
    unit: str                           # "repas", "heure", "journée"…
    unit_price: Money | None            # None when a line has one price for the whole (historic, packages)
    amount: Money
    explanation: tuple[str, ...]        # « Expliquer »: rule, date, rounding step, source, one sentence each
    carried: bool                       # True: comes from an earlier month under the threshold
    first_day: date
    last_day: date
    id: int = field(default=0, compare=False)  # of the stored line, to ask which days are behind it


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An issued invoice or credit note, with all that its PDF needs. `total` equals the sum of `lines`."""

    id: int
    number: str
    debt_number: int | None             # numeric reference for the Treasury (domain.md 3.4); None on historic ones
    kind: InvoiceKind
    issued_on: date
    due_on: date | None                 # None on credit notes
    billed_month: Month | None
    family_id: int
    family_name: str
    family_reference: str               # "Dossier 12", printed to help the phone call
    payers: tuple[PayerView, ...]
    quotient_text: str                  # "Quotient familial retenu : 700,00 (attestation CAF…)", or ""
    lines: tuple[LineView, ...]
    total: Money
    already_paid: Money
    letterhead: Letterhead | None       # None on historic invoices
    cancels_number: str | None          # credit note: the invoice it cancels
    reason: str                         # credit note: why
    cancelled_by: str | None            # invoice: the credit note that cancels it

    @property
    def still_due(self) -> Money:
        """What the family still owes on this document: nothing on a credit note, nor on an invoice it cancelled."""
        if self.kind is InvoiceKind.CREDIT_NOTE or self.cancelled_by is not None:
            return ZERO
        return self.total - self.already_paid


@dataclass(frozen=True, slots=True)
class CarriedView:
    """A family's month under the threshold, kept for the next invoice of the service."""

    family_id: int
    family_name: str
    service_code: str
    service_name: str
    month: Month
    amount: Money


@dataclass(frozen=True, slots=True)
class WorkbookService:
    """One service's sheet of the billing workbook."""

    code: str
    name: str
    revenue_office: str
    invoices: tuple[InvoiceView, ...]   # invoices and credit notes, by number
    carried: tuple[CarriedView, ...]


@dataclass(frozen=True, slots=True)
class BillingMonth:
    """What the régie receives for one month."""

    month: Month
    issuer_name: str
    services: tuple[WorkbookService, ...]
