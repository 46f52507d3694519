"""What was read and has no place in the program yet: counted, with the reason and where it will go."""

from __future__ import annotations

from backoffice.importing.noethys.source import NoethysSource
from backoffice.importing.noethys.writing.leftovers import Leftovers

_BOOKINGS = "à venir avec le module des inscriptions et réservations"
_DOCUMENTS = "à venir avec le module des pièces justificatives"
_TREASURY = "à venir avec le module de la régie et du Trésor"
_FAMILY_FILE = "à venir avec le dossier complet de la famille"
_IDENTITY = "donnée d'identité qui n'est pas nécessaire au service"


def note_remaining(source: NoethysSource, left: Leftovers) -> None:
    """Everything the reader gave that no other module of this folder writes."""
    _note_households(source, left)
    _note_catalog(source, left)
    _note_money(source, left)
    for item in source.left_out:
        left.add(item.what, item.why, item.count)
    for sentence in source.warnings:
        left.add("avertissement de lecture", sentence)


def _note_households(source: NoethysSource, left: Leftovers) -> None:
    people, families = source.people, source.families
    left.add("autres organisateurs", "un seul émetteur de factures", len(source.organisations) - 1)
    left.add("liens de parenté et responsables légaux", _FAMILY_FILE, len(source.relationships))
    left.add("décès", f"{_FAMILY_FILE} ; ces personnes ne sont pas désignées comme payeurs",
             sum(1 for person in people if person.deceased))
    left.add("secteurs des personnes", _FAMILY_FILE, sum(1 for person in people if person.sector))
    left.add("téléphones professionnels", _FAMILY_FILE, sum(1 for person in people if person.work_phone))
    left.add("adresses de messagerie professionnelles", _FAMILY_FILE, sum(1 for p in people if p.work_email))
    left.add("lieux de naissance", _IDENTITY, sum(1 for p in people if p.birth_town or p.birth_postcode))
    left.add("civilité « Mademoiselle »", "remplacée par « Madame » (circulaire n° 5575/SG du 21 février 2012)",
             sum(1 for person in people if person.civility == "Mademoiselle"))
    left.add("archivage de fiches", "ces fiches sont reprises comme les autres",
             sum(1 for p in people if p.record_state) + sum(1 for f in families if f.record_state))
    left.add("dates de création des fiches", "elles ne servent qu'à dater les payeurs",
             sum(1 for p in people if p.created_on) + sum(1 for f in families if f.created_on))
    left.add("caisses et régimes des familles", "à venir avec les échanges avec la CAF",
             sum(1 for family in families if family.fund or family.scheme))
    left.add("allocataires désignés", "à venir avec les échanges avec la CAF",
             sum(1 for family in families if family.beneficiary_person_id is not None))
    left.add("autres adresses de facturation", "gardées sur les factures reprises : à ressaisir pour les prochaines",
             sum(1 for family in families if family.billing_address is not None or family.billing_name))
    left.add("revenus des familles", "le nombre d'enfants à charge manque pour s'en servir : à redemander",
             sum(1 for quotient in source.quotients if quotient.income_cents is not None))
    left.add("types de pièces", _DOCUMENTS, len(source.document_types))
    left.add("pièces remises", _DOCUMENTS, len(source.documents))


def _note_catalog(source: NoethysSource, left: Leftovers) -> None:
    activities = source.activities
    left.add("structures", "Noethys ne dit pas où se tiennent les activités : à rattacher à leur structure",
             len(activities))
    left.add("inscriptions aux activités", _BOOKINGS, len(source.enrollments))
    left.add("groupes d'enfants", _BOOKINGS, len(source.groups))
    left.add("ouvertures jour par jour", f"les jours de la semaine en sont tirés, le détail est {_BOOKINGS}",
             len(source.openings))
    left.add("incompatibilités entre créneaux", _BOOKINGS,
             sum(len(unit.incompatible_ids) for unit in source.units) // 2)
    left.add("périodes et places des activités", _BOOKINGS,
             sum(1 for a in activities if a.first_day or a.last_day or a.capacity))
    left.add("périodes des unités", _BOOKINGS, sum(1 for unit in source.units if unit.first_day or unit.last_day))
    left.add("regroupements d'activités", "chaque activité devient un service", len(source.activity_groups))
    left.add("agréments", "à venir avec les déclarations à la CAF", len(source.approvals))
    left.add("catégories de tarifs", "le logiciel a un tarif par créneau", len(source.tariff_categories))


def _note_money(source: NoethysSource, left: Leftovers) -> None:
    left.add("groupe et catégorie de tarif des présences", _BOOKINGS,
             sum(1 for unit in source.attendance if unit.group_id or unit.tariff_category_id))
    left.add("dates de saisie des présences", "trace de saisie de Noethys",
             sum(1 for unit in source.attendance if unit.entered_on))
    left.add("lots de factures", _TREASURY, sum(1 for invoice in source.invoices if invoice.batch))
    left.add("soldes des factures à leur émission", "ils se déduisent des règlements, qui sont repris",
             sum(1 for i in source.invoices if i.paid_at_issue_cents or i.balance_at_issue_cents))
    left.add("dépôts de règlements", _TREASURY,
             sum(1 for payment in source.payments if payment.deposited_on or payment.deposit_name))
    left.add("codes comptables", _TREASURY,
             sum(1 for activity in source.activities if activity.accounting_code)
             + sum(1 for family in source.families if family.accounting_code)
             + sum(1 for line in source.lines if line.accounting_code))
    left.add("règlements sans ventilation complète", "le reste est un avoir de la famille, à utiliser en régie",
             sum(1 for payment in source.payments if payment.allocated_cents < payment.amount_cents))
