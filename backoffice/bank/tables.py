"""Bank details: mandates of direct debit, apart from everything else that is known of a family."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.bank.rules import BIC_LENGTH, HOLDER_LENGTH, IBAN_LENGTH, REFERENCE_LENGTH
from backoffice.kernel.schema import Base, Versioned


class BankDetailsRow(Versioned, Base):
    """The account that a family's invoices are debited from, from a day to another, and the mandate that allows it.

    No CHECK nor UNIQUE here: what they refuse is copied into the log of the server, account and all.
    """

    __tablename__ = "bank_details"

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    holder: Mapped[str] = mapped_column(String(HOLDER_LENGTH))
    iban: Mapped[str] = mapped_column(String(IBAN_LENGTH))
    bic: Mapped[str] = mapped_column(String(BIC_LENGTH))
    mandate_reference: Mapped[str] = mapped_column(String(REFERENCE_LENGTH))
    signed_on: Mapped[date]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
