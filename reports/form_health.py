"""What a « Fiche sanitaire de liaison » asks, in the order of the form that families know."""

from __future__ import annotations

from backoffice.documents.forms import FormView
from backoffice.health.rules import SheetValues
from backoffice.kernel.periods import french_day
from reports.form_parts import fields, long_field, paragraph, question, section, table
from reports.pdf.flow import Flow
from reports.pdf.page import mm

_VACCINES = (
    "Diphtérie, tétanos, poliomyélite", "Coqueluche", "Haemophilus influenzae b", "Hépatite B",
    "Pneumocoque", "Rougeole, oreillons, rubéole", "Méningocoques B et ACWY",
)  # fmt: skip
_ILLNESSES = "Rubéole, varicelle, scarlatine, coqueluche, rougeole, oreillons, otites, asthme : soulignez."


def draw(flow: Flow, view: FormView) -> None:
    """Known health data only when the view holds it; otherwise its lines are blank."""
    known = view.health or SheetValues()
    section(flow, "Médecin traitant", mm(14))
    fields(flow, [[("Nom", known.doctor_name), ("Téléphone", known.doctor_phone)]])
    section(flow, "Vaccinations", mm(40))
    until = f" Vaccins à jour jusqu'au {french_day(known.vaccines_until)}." if known.vaccines_until else ""
    paragraph(flow, f"Joignez la copie des pages de vaccination du carnet de santé.{until}")
    table(flow, ("Vaccin", "Oui / Non", "Dernier rappel", "Prochain rappel"), (5, 2, 3, 3),
          [(vaccine, "", "", "") for vaccine in _VACCINES], 0)
    section(flow, "Maladies, allergies, traitements", mm(22))
    long_field(flow, f"Maladies déjà eues. {_ILLNESSES}", "", 1)
    sheet = view.health
    question(flow, "L'enfant a-t-il une allergie (alimentaire, médicament, asthme, autre) ?",
             answer=bool(sheet.allergies) or None if sheet else None)
    long_field(flow, "Si oui, laquelle, et que faire ?", known.allergies, 1 if known.allergies else 2)
    question(flow, "Un projet d'accueil individualisé (PAI) est-il en place ? Si oui, joignez-le.",
             answer=(sheet.has_pai or None) if sheet else None)
    conduct = known.pai_conduct
    if known.pai_until:
        conduct = f"PAI jusqu'au {french_day(known.pai_until)}.\n{conduct}"
    long_field(flow, "Conduite à tenir", conduct, 1)
    question(flow, "L'enfant suit-il un traitement ? Si oui, joignez l'ordonnance et les médicaments dans leur boîte.",
             answer=bool(known.treatments) or None if sheet else None)
    long_field(flow, "Lequel ?", known.treatments, 1)
    fields(flow, [[("Menu", view.menu), ("Lunettes, appareils, autres précautions", "")]])
    long_field(flow, "Recommandations utiles des responsables", known.remarks, 1 if known.remarks else 2)
    section(flow, "En cas d'urgence", mm(14))
    question(flow, "J'autorise le responsable de la structure à prendre, s'il y a lieu, toutes les mesures rendues "
                   "nécessaires par l'état de l'enfant (appel des secours, hospitalisation).")
