"""The pages of the window: what the navigation shows, and how each is built. Adding one is adding a line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from ui.screen import Screen, Surroundings


@dataclass(frozen=True, slots=True)
class PlaceEntry:
    """A page: its name in places, its words and icon in the navigation (none: reached from another page).

    `module` and `view` name the class, loaded at the first visit so that the window opens at once.
    """

    screen: str
    title: str
    module: str
    view: str
    icon: str = ""
    group: int = 0
    permission: str = ""
    under: str = ""  # the entry that stays lit in the navigation when this page has none
    tab: str = ""  # the words of its tab, beside those of the other pages of its section
    follows: frozenset[str] = frozenset()  # tables of the base: when another agent changes them, the page is told

    def load(self) -> Callable[[Surroundings], Screen]:
        """The class of the page; may be called ahead, on any thread."""
        return cast("Callable[[Surroundings], Screen]", getattr(import_module(self.module), self.view))

    def build(self, around: Surroundings) -> Screen:
        return self.load()(around)


_FAMILIES = frozenset({"families", "people", "memberships", "payers", "quotients", "incomes"})
_CATALOG = frozenset({"town", "services", "structures", "activities", "slots", "closures", "tariffs", "town_figures"})
_LINKS = frozenset({"link_requests"})
_DOCUMENTS = frozenset({"documents", "document_takes", "document_types"})
_FORMS = frozenset({"document_forms", "letters", "registrations"})
_BILLING = frozenset({"billing_runs", "invoices", "charges", "payments"})
_ATTENDANCE = frozenset({"attendances"})
_BOOKINGS = frozenset({"activity_rules", "age_groups", "booking_wishes", "registrations"})

PLACES: Sequence[PlaceEntry] = (
    PlaceEntry("home", "&Accueil", "ui.screens.home.view", "HomeView", "house", 0,
               follows=_FAMILIES | _ATTENDANCE | _BILLING | _LINKS),
    PlaceEntry("families", "&Familles", "ui.screens.families.view", "FamiliesView", "users", 1, "families.read",
               follows=_FAMILIES),
    PlaceEntry("family", "Famille", "ui.screens.family.view", "FamilyView", permission="families.read",
               under="families", follows=_FAMILIES | _BILLING | frozenset({"health_sheets", "bank_details"})),
    PlaceEntry("links", "Rattachements", "ui.screens.links.view", "LinksView", permission="families.read",
               under="families", follows=_LINKS),
    PlaceEntry("documents", "Pi&èces", "ui.screens.documents.view", "PiecesView", "inbox", 1, "documents.read",
               tab="À valider", follows=_DOCUMENTS),
    PlaceEntry("arrivals", "À classer", "ui.screens.arrivals.view", "ArrivalsView", permission="documents.sort",
               under="documents", tab="À classer", follows=frozenset({"document_arrivals"})),
    PlaceEntry("follow_up", "Suivi des pièces", "ui.screens.follow_up.view", "FollowUpView",
               permission="documents.read", under="documents", tab="Suivi",
               follows=frozenset({"documents", "document_types", "document_requirements", "document_waivers",
                                  "registrations"})),
    PlaceEntry("forms", "Fiches à signer", "ui.screens.forms.view", "FormsView", permission="documents.read",
               under="documents", tab="Fiches", follows=_DOCUMENTS | _FORMS),
    PlaceEntry("letters", "Courriels", "ui.screens.letters.view", "LettersView", permission="letters.read",
               under="documents", tab="Courriels", follows=frozenset({"letters"})),
    PlaceEntry("as_family", "Vu par la famille", "ui.screens.as_family.view", "AsFamilyView",
               permission="documents.read", under="families", follows=_DOCUMENTS | frozenset({"document_waivers"})),
    PlaceEntry("attendance", "&Pointage", "ui.screens.attendance.view", "AttendanceView", "clock", 1,
               "attendance.read", tab="Journée", follows=_ATTENDANCE | _CATALOG),
    PlaceEntry("bookings", "Réservations", "ui.screens.bookings.view", "BookingsView", permission="attendance.read",
               under="attendance", tab="Réservations", follows=_ATTENDANCE | _CATALOG | _BOOKINGS),
    PlaceEntry("registrations", "Inscriptions", "ui.screens.registrations.view", "RegistrationsView",
               permission="registrations.read", under="attendance", tab="Inscriptions",
               follows=frozenset({"registrations", "people"})),
    PlaceEntry("contracts", "Contrats", "ui.screens.contracts.view", "ContractsView", permission="attendance.read",
               under="attendance", tab="Contrats", follows=_ATTENDANCE | frozenset({"contracts"})),
    PlaceEntry("kiosk", "Kiosque", "ui.screens.kiosk.view", "KioskView", permission="attendance.edit",
               under="attendance", tab="Kiosque", follows=_ATTENDANCE),
    PlaceEntry("billing", "Fact&uration", "ui.screens.billing.view", "BillingView", "receipt", 2, "billing.read",
               follows=_FAMILIES | _ATTENDANCE | _BILLING | _CATALOG),
    PlaceEntry("invoices", "Fac&tures et avoirs", "ui.screens.invoices.view", "InvoicesView", "file-text", 2,
               "billing.read", follows=_BILLING),
    PlaceEntry("catalog", "&Services et tarifs", "ui.screens.catalog.view", "CatalogView", "tag", 3,
               "tariffs.read", tab="Tarifs", follows=_CATALOG),
    PlaceEntry("rules", "Règles de réservation", "ui.screens.rules.view", "RulesView", permission="catalog.read",
               under="catalog", tab="Règles", follows=frozenset({"activity_rules", "age_groups"})),
    PlaceEntry("administration", "Ad&ministration", "ui.screens.administration.view", "AdministrationView",
               "settings", 3, "catalog.edit"),
)

BY_NAME = {entry.screen: entry for entry in PLACES}


def siblings_of(entry: PlaceEntry, may: Callable[[str], bool]) -> Sequence[PlaceEntry]:
    """The pages of its section that have a tab and that the agent may open; none when it would be alone."""
    section = entry.under or entry.screen
    found = [
        each for each in PLACES
        if each.tab and section in {each.screen, each.under} and (not each.permission or may(each.permission))
    ]
    return found if entry in found and len(found) > 1 else ()
