"""Invented invoices that the tests, the benchmark and a curious eye can share. Valbrume does not exist."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from backoffice.billing.views import (
    BillingMonth,
    CarriedView,
    InvoiceKind,
    InvoiceView,
    Letterhead,
    LineView,
    PayerView,
    WorkbookService,
)
from backoffice.clocking.badges import Card, CardSheet
from backoffice.clocking.lists import Called, Inside, InsideRow, MealRow, MealsOfDay, PresenceRow
from backoffice.documents.forms import FormKind, FormPerson, FormView
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from backoffice.letters.queries import PaperLetter
from reports.table_pdf import PrintedColumn, PrintedTable

OCTOBER = Month(2025, 10)
SEPTEMBER = Month(2025, 9)

LETTERHEAD = Letterhead(
    issuer_name="Commune de Valbrume",
    issuer_address=("Hôtel de ville", "1 place de la Mairie", "38999 VALBRUME"),
    issuer_identifier="SIRET 213 899 990 00012",
    signatory="Mme Hélène ROUVIER, maire de Valbrume",
    service_name="Restauration scolaire",
    revenue_office="Régie de recettes « Restauration »",
    contact=("Service régie, 1 place de la Mairie, 38999 VALBRUME", "04 76 00 00 01", "regie@valbrume.example",
             "du lundi au vendredi, de 8 h 30 à 12 h"),
    payment_means=(
        "en ligne, par carte ou prélèvement : www.payfip.gouv.fr, identifiant 099999, avec la référence à rappeler",
        "par prélèvement automatique : demande et mandat à retirer au service régie",
        "par chèque à l’ordre de « Régie Restauration Valbrume », avec la référence au dos",
        "en espèces (300 € au plus) ou par carte au guichet",
    ),
    appeal_text="Dans le délai de deux mois suivant la réception de cette facture (article L. 1617-5 du code général "
                "des collectivités territoriales), vous pouvez en contester le bien-fondé en saisissant directement "
                "le tribunal compétent selon la nature de la créance.\nUne réclamation auprès du service ne suspend "
                "pas ce délai.",
    legal_text="Titre exécutoire en application de l’article L. 252 A du livre des procédures fiscales, pris, émis et "
               "rendu exécutoire conformément aux articles R. 2342-4 et D. 3342-11 du code général des collectivités "
               "territoriales. Le paiement en plusieurs fois n’est pas autorisé.",
)

MARTIN = PayerView("Mme Camille MARTIN", ("12 rue des Tilleuls", "38999 VALBRUME"))


def meal(child: str = "Léa MARTIN", *, quantity: str = "17", price: int = 415, label: str = "Repas",
         activity: str = "Restaurant scolaire", unit: str = "repas", month: Month = OCTOBER, carried: bool = False,
         amount: int | None = None, explanation: tuple[str, ...] = ()) -> LineView:
    """One priced line; `price` and `amount` in cents."""
    number = Decimal(quantity)
    found = Money(amount) if amount is not None else Money.rounded(number * price / 100)
    return LineView(child_name=child, label=label, activity=activity, month=month, quantity=number, unit=unit,
                    unit_price=Money(price), amount=found, explanation=explanation, carried=carried,
                    first_day=month.first_day, last_day=month.last_day)


def invoice(*lines: LineView, number: str = "CANT-F251100001", debt: int | None = 251100001,
            payers: tuple[PayerView, ...] = (MARTIN,), paid: int = 0, family: str = "MARTIN Camille",
            letterhead: Letterhead | None = LETTERHEAD) -> InvoiceView:
    """An invoice whose total is the sum of its lines."""
    return InvoiceView(id=1, number=number, debt_number=debt, kind=InvoiceKind.INVOICE, issued_on=date(2025, 11, 15),
                       due_on=date(2025, 12, 10), billed_month=OCTOBER, family_id=12, family_name=family,
                       family_reference="Dossier 12", payers=payers,
                       quotient_text="Quotient familial retenu : 700,00 (attestation CAF du 03/09/2025)",
                       lines=lines, total=Money.total(line.amount for line in lines), already_paid=Money(paid),
                       letterhead=letterhead, cancels_number=None, reason="", cancelled_by=None)


def one_child() -> InvoiceView:
    return invoice(meal())


def siblings() -> InvoiceView:
    """Two children, three activities, a part already settled."""
    lines = []
    for child in ("Léa MARTIN", "Noé MARTIN"):
        lines += [
            meal(child),
            meal(child, quantity="2", price=620, label="Repas non réservé"),
            meal(child, quantity="12", price=145, label="Accueil du matin", activity="Accueil périscolaire",
                 unit="accueil"),
            meal(child, quantity="9", price=210, label="Accueil du soir", activity="Accueil périscolaire",
                 unit="accueil"),
            meal(child, quantity="4", price=1180, label="Mercredi, journée avec repas", activity="Centre de loisirs",
                 unit="journée"),
        ]
    return invoice(*lines, paid=3000)


def with_carried() -> InvoiceView:
    return invoice(meal(), meal(quantity="3", month=SEPTEMBER, carried=True),
                   meal("Noé MARTIN", quantity="1", month=SEPTEMBER, carried=True))


def two_payers() -> InvoiceView:
    """Separated parents: two names, two addresses."""
    second = PayerView("M. Julien DELORME", ("3 impasse du Vieux Lavoir", "Bâtiment B", "38998 SAINT-ARVEY"))
    return invoice(meal(), payers=(MARTIN, second))


def hourly() -> InvoiceView:
    """A crèche month priced by the hour (PSU), with the steps of its rate."""
    steps = ("Ressources mensuelles retenues : 2 500,00 € (CAF, année 2023)",
             "Taux d’effort : 0,0516 % pour 2 enfants à charge, accueil collectif, barème en vigueur au 01/09/2025",
             "2 500,00 € × 0,0516 % = 1,29 € de l’heure")
    return invoice(meal("Zoé MARTIN", quantity="86.5", price=129, label="Accueil régulier, heures facturées",
                        activity="Multi-accueil Les Lucioles", unit="heure", explanation=steps),
                   number="CRE-F251100007", debt=251100007)


def many_lines(count: int = 120) -> InvoiceView:
    lines = [meal(f"Enfant n° {index // 12 + 1} MARTIN", quantity=str(index % 20 + 1), price=415 + index,
                  label=f"Prestation {index + 1}", activity=f"Activité {index // 4 + 1}") for index in range(count)]
    return invoice(*lines)


def credit_note() -> InvoiceView:
    line = meal(quantity="-17")
    return replace(invoice(line, number="CANT-A251100001", debt=251100090), kind=InvoiceKind.CREDIT_NOTE, due_on=None,
                   cancels_number="CANT-F251100001", reason="Repas du 6 au 31 octobre facturés deux fois.")


def cancelled() -> InvoiceView:
    return replace(siblings(), cancelled_by="CANT-A251100001")


def historic() -> InvoiceView:
    line = replace(meal(label="Cantine octobre", activity="", unit=""), unit_price=None, quantity=Decimal(1))
    return replace(invoice(line, number="pop-F200300001", debt=None, letterhead=None), kind=InvoiceKind.HISTORIC,
                   quotient_text="")


HOSTILE_NAMES = (
    "LE <GALL", "D<b>X</b>", "O'BRIEN & FILS", "José 🎉 MARTÍNEZ-ØDEGÅRD", "Łukasz ŻÓŁĆ", "محمد", "\u202eNOM\u202c",
    "A\x00B\x07C\ttab\nligne", "(parenthèse \\ antislash", "e\u0301te\u0301", "X" * 80,
    "Marie-Antoinette-Joséphine-Éléonore DE LA TOUR D’AUVERGNE-LAURAGUAIS DU BOIS-ROBERT",
)


def hostile() -> InvoiceView:
    lines = [meal(name, label=name, activity=name) for name in HOSTILE_NAMES]
    payer = PayerView(HOSTILE_NAMES[-1], (HOSTILE_NAMES[0], "1 rue de l’Église", "38999 VALBRUME"))
    return invoice(*lines, payers=(payer,), family=HOSTILE_NAMES[-1])


def billing_month() -> BillingMonth:
    """Two services: one full, one with nothing but a month carried over."""
    canteen = WorkbookService(
        "CANT", "Restauration scolaire", "Régie « Restauration »",
        (replace(siblings(), cancelled_by="CANT-A251100001"),
         replace(with_carried(), id=2, number="CANT-F251100002", debt_number=251100002, family_name="=1+1"),
         replace(two_payers(), id=3, number="CANT-F251100003", debt_number=251100003),
         replace(credit_note(), id=4, cancels_number="CANT-F251100001",
                 total=-siblings().total, lines=tuple(replace(line, quantity=-line.quantity, amount=-line.amount)
                                                      for line in siblings().lines))),
        (CarriedView(31, "DUPONT Alix", "CANT", "Restauration scolaire", OCTOBER, Money(830)),))
    creche = WorkbookService("CRE", "Multi-accueil : Les Lucioles / été", "Régie « Crèche »",
                             (replace(hourly(), id=9),),
                             (CarriedView(32, "+CMD|' /C calc'!A0", "CRE", "Multi-accueil", OCTOBER, Money(415)),))
    return BillingMonth(OCTOBER, "Commune de Valbrume", (canteen, creche))


INVOICES = {maker.__name__: maker for maker in (one_child, siblings, with_carried, two_payers, hourly, many_lines,
                                                credit_note, cancelled, historic, hostile)}


def a_list(count: int, *more: PrintedColumn, said: tuple[str, ...] = ("octobre 2025", "à payer")) -> PrintedTable:
    """A list of families with a day and an amount each, and empty columns for the shape of it."""
    columns = (PrintedColumn("Famille"), PrintedColumn("Émise le", whole=True),
               PrintedColumn("Total (€)", to_the_right=True, whole=True), *more)
    rows = [(f"MARTIN {number}", "15/11/2025", f"1\u202f{number:03d},50", *("" for _ in more))
            for number in range(1, count + 1)]
    return PrintedTable("Factures", said, f"{count} factures", date(2025, 11, 20), columns, rows)


def a_letter(lines: int = 3, family: str = "MARTIN") -> PaperLetter:
    """A letter to print, with so many lines to say."""
    said = "\n".join(f"- Pièce {number} : à renvoyer" for number in range(1, lines + 1))
    return PaperLetter(
        ("Commune de Valbrume", *LETTERHEAD.issuer_address), (MARTIN.name, *MARTIN.address), family,
        date(2025, 11, 20), "Vos pièces : à renvoyer", f"Bonjour,\n\n{said}\n",
    )


def a_form() -> FormView:
    """A health form as it is mailed: nothing of health is filled in."""
    return FormView(
        kind=FormKind.HEALTH, number=1234, town="Commune de Valbrume", town_address=("1 place de la Mairie",),
        contact=("Service Enfance", "04 76 00 00 00"), year="2026-2027", child="ŒUVRARD-MARTIN Zoé", family="ŒUVRARD",
        birth_date=date(2019, 3, 12), address=("1 rue des Tilleuls", "38999 VALBRUME"), places=("Cantine : Midi",),
        adults=(FormPerson("ŒUVRARD Anaïs", ("06 12 34 56 78",), "anais@familles.example"),),
        others=(FormPerson("MARTIN Jeanne", ("06 99 99 99 99",)),), day=date(2026, 6, 12),
    )


# --- the lists of a day ------------------------------------------------------------------------------------------

A_DAY = date(2026, 10, 7)
_GROUPS = ("Maternels", "Élémentaires", "")


def expected_children(count: int = 40) -> list[PresenceRow]:
    """By section; every third one is clocked, one has a long name, one begins like a formula."""
    rows = []
    for section in _GROUPS:
        for number in range(count // 2 if section else 2):
            name = f"=SOMME(A{number}) Lou" if number == 1 else f"MARTIN{number:02d} Léa"
            name = "DE LA VILLARDIÈRE-MONTALEMBERT Anne-Charlotte" if number == 2 else name
            there = number % 3 == 0
            rows.append(PresenceRow(
                "Accueil de loisirs", section, name, date(2019, 1 + number % 12, 3), number % 7 == 3,
                ("Matin", "Repas", "Après-midi"), 450, 1080, 512 if there else None,
                1021 if there and number % 2 else None,
            ))
    return rows


def children_inside() -> Inside:
    called = (Called("MARTIN Camille", "06 12 34 56 78"), Called("DUBOIS Noé", "04 76 00 00 01"))
    rows = tuple(
        InsideRow(section, f"MARTIN{number:02d} Léa", date(2019, 1 + number % 12, 3), number == 2,
                  None if number == 1 else 512, "Accueil de loisirs, Matin", () if number == 3 else called)
        for section in _GROUPS for number in range(6)
    )
    return Inside(datetime(2026, 10, 7, 8, 5, tzinfo=UTC), rows)


def meals_of_a_day() -> MealsOfDay:
    rows = tuple(
        MealRow("Restaurant scolaire", slot, section, menu, 12 + place, 11)
        for slot in ("Premier service", "Second service") for section in _GROUPS
        for place, menu in enumerate(("Menu ordinaire", "Sans porc", "Panier-repas fourni par la famille"))
    )
    totals = tuple((menu, 6 * (12 + place), 66) for place, menu in enumerate(
        ("Menu ordinaire", "Sans porc", "Panier-repas fourni par la famille")))
    return MealsOfDay(rows, totals)


def some_cards(count: int = 3) -> CardSheet:
    """The cards of invented children, one of them with a long name."""
    names = ["DUPONT Léa", "LE GOUÉZIGOU-MONTCLAR DE SAINT-AUBIN Jean-Malo", "ROUX Zoé"]
    cards = tuple(Card(number, names[number % len(names)], "BCDEFGHJKLNPRSTU") for number in range(count))
    return CardSheet("Les Lucioles", date(2025, 10, 8), cards)
