"""What invented families confide: one whole health sheet, one account."""

from __future__ import annotations

from datetime import date

from backoffice.health.rules import SheetValues

SHEET = SheetValues(
    allergies="Arachides", menu="packed", has_pai=True, pai_until=date(2027, 7, 6), pai_conduct="Appeler le 15",
    treatments="Ventoline au besoin", vaccines_until=date(2029, 5, 4), doctor_name="Dr Martin",
    doctor_phone="02 98 00 00 00", remarks="Porte des lunettes",
)  # fmt: skip

FRENCH_ACCOUNT = "FR7630001007941234567890185"  # the specimen that banks print
GERMAN_ACCOUNT = "DE89370400440532013000"
