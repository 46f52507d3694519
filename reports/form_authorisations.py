"""What a « Fiche des autorisations » asks: who may collect the child or be told, and what the family agrees to."""

from __future__ import annotations

from backoffice.documents.forms import FormPerson, FormView
from reports.form_parts import fields, paragraph, question, section, table
from reports.pdf.flow import Flow
from reports.pdf.page import mm

_BLANK_ROWS = 3
_QUESTIONS = (
    "Mon enfant peut quitter seul la structure à la fin de l'accueil.",
    "Mon enfant peut être photographié ou filmé pendant les activités, pour un usage interne à la structure.",
    "Ces images peuvent paraître sur les supports de la commune (bulletin, site, presse locale).",
    "Mon enfant peut prendre part aux sorties et être transporté en car ou dans un véhicule de la commune.",
    "Mon enfant peut se baigner lors des activités encadrées.",
)


def draw(flow: Flow, view: FormView) -> None:
    section(flow, "Personnes autorisées", mm(40))
    paragraph(flow, "Autorisées à venir chercher l'enfant, ou à être prévenues en cas de problème (grand-parent, "
                    "voisin…). Les responsables le sont déjà. Cochez ce que chacune peut faire.")
    table(flow, ("Nom et prénom", "Lien avec l'enfant", "Téléphone", "Récupérer□", "Prévenir□"), (6, 4, 4, 2, 2),
          [_row(person) for person in view.others], _BLANK_ROWS)
    section(flow, "Autorisations", mm(40))
    paragraph(flow, "Répondez à chaque ligne ; chaque réponse peut être changée à tout moment.")
    for words in _QUESTIONS:
        question(flow, words)
    fields(flow, [[("Si l'enfant part seul : à partir de quelle heure", ""), ("Précision", "")]])


def _row(person: FormPerson) -> tuple[str, ...]:
    return person.name, "", " · ".join(person.phones), "", ""
