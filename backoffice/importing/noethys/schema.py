"""The one place that knows the names of Noethys tables and columns: our word → theirs.

Facts from the public description of the tables (Noethys 1.2 and 1.3) and from the two example files. A column
that is not `needed` may be absent in another version: it is then read as empty, with a warning.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Selection:
    """Some columns of one table. `what` is the French plural shown to the agent; `needed` uses our words."""

    table: str
    what: str
    columns: MappingProxyType[str, str]
    needed: frozenset[str]


def _select(table: str, what: str, needed: str, optional: str = "") -> Selection:
    """Columns are written « ours=theirs », or once when the word is the same; the first needed one is the key."""
    columns: dict[str, str] = {}
    for pair in (needed + " " + optional).split():
        ours, _, theirs = pair.partition("=")
        columns[ours] = theirs or ours
    return Selection(table, what, MappingProxyType(columns),
                     frozenset(pair.partition("=")[0] for pair in needed.split()))


# A SQLite file without these is not a Noethys data file.
CORE_TABLES = ("familles", "individus", "rattachements", "parametres")

PARAMETERS = _select("parametres", "paramètres", "id=IDparametre section=categorie name=nom setting=parametre")

ORGANISATIONS = _select(
    "organisateur", "organisateurs", "id=IDorganisateur name=nom",
    "street=rue postcode=cp town=ville phone=tel email=mail siret=num_siret")

PEOPLE = _select(
    "individus", "personnes", "id=IDindividu last_name=nom",
    "civility=IDcivilite birth_name=nom_jfille first_name=prenom birth_day=date_naiss birth_postcode=cp_naiss "
    "birth_town=ville_naiss deceased=deces address_of=adresse_auto street=rue_resid postcode=cp_resid "
    "town=ville_resid sector=IDsecteur home_phone=tel_domicile mobile_phone=tel_mobile work_phone=travail_tel "
    "email=mail work_email=travail_mail created_on=date_creation record_state=etat")
SECTORS = _select("secteurs", "secteurs", "id=IDsecteur name=nom")

FAMILIES = _select(
    "familles", "familles", "id=IDfamille",
    "account=IDcompte_payeur created_on=date_creation fund=IDcaisse beneficiary_number=num_allocataire "
    "beneficiary=allocataire debtor=titulaire_helios accounting_code=code_comptable email_invoices=email_factures "
    "billing_address=autre_adresse_facturation record_state=etat")
FUNDS = _select("caisses", "caisses d'allocations", "id=IDcaisse name=nom", "scheme=IDregime")
SCHEMES = _select("regimes", "régimes sociaux", "id=IDregime name=nom")
ACCOUNTS = _select("comptes_payeurs", "comptes payeurs", "id=IDcompte_payeur family=IDfamille")
MEMBERSHIPS = _select(
    "rattachements", "rattachements", "id=IDrattachement person=IDindividu family=IDfamille role=IDcategorie",
    "holder=titulaire")
RELATIONSHIPS = _select(
    "liens", "liens de parenté", "id=IDlien subject=IDindividu_sujet kind=IDtype_lien object=IDindividu_objet",
    "family=IDfamille guardian=responsable authorization=IDautorisation")
QUOTIENTS = _select(
    "quotients", "quotients", "id=IDquotient family=IDfamille first_day=date_debut quotient=quotient",
    "last_day=date_fin income=revenu kind=IDtype_quotient")
QUOTIENT_KINDS = _select("types_quotients", "types de quotients", "id=IDtype_quotient name=nom")
DOCUMENT_TYPES = _select(
    "types_pieces", "types de pièces", "id=IDtype_piece name=nom", "scope=public validity=duree_validite")
DOCUMENTS = _select(
    "pieces", "pièces remises", "id=IDpiece type=IDtype_piece",
    "person=IDindividu family=IDfamille first_day=date_debut last_day=date_fin")

ACTIVITY_GROUPS = _select("types_groupes_activites", "regroupements d'activités", "id=IDtype_groupe_activite name=nom")
ACTIVITY_GROUP_MEMBERS = _select(
    "groupes_activites", "activités des regroupements",
    "id=IDgroupe_activite group=IDtype_groupe_activite activity=IDactivite")
ACTIVITIES = _select(
    "activites", "activités", "id=IDactivite name=nom",
    "short_name=abrege first_day=date_debut last_day=date_fin capacity=nbre_inscrits_max "
    "accounting_code=code_comptable")
APPROVALS = _select(
    "agrements", "agréments", "id=IDagrement activity=IDactivite number=agrement",
    "first_day=date_debut last_day=date_fin")
GROUPS = _select(
    "groupes", "groupes", "id=IDgroupe activity=IDactivite name=nom",
    "short_name=abrege position=ordre capacity=nbre_inscrits_max")
UNITS = _select(
    "unites", "unités de consommation", "id=IDunite activity=IDactivite name=nom",
    "short_name=abrege position=ordre kind=type start=heure_debut start_fixed=heure_debut_fixe end=heure_fin "
    "end_fixed=heure_fin_fixe meal=repas first_day=date_debut last_day=date_fin")
UNIT_GROUPS = _select("unites_groupes", "groupes des unités", "id=IDunite_groupe unit=IDunite group=IDgroupe")
UNIT_CONFLICTS = _select(
    "unites_incompat", "incompatibilités d'unités", "id=IDunite_incompat unit=IDunite other=IDunite_incompatible")
OPENINGS = _select(
    "ouvertures", "ouvertures", "id=IDouverture activity=IDactivite unit=IDunite day=date", "group=IDgroupe")

TARIFF_CATEGORIES = _select(
    "categories_tarifs", "catégories de tarifs", "id=IDcategorie_tarif name=nom", "activity=IDactivite")
TARIFF_TOWNS = _select(
    "categories_tarifs_villes", "villes des catégories de tarifs", "id=IDville category=IDcategorie_tarif",
    "postcode=cp town=nom")
TARIFF_NAMES = _select("noms_tarifs", "noms de tarifs", "id=IDnom_tarif name=nom")
TARIFFS = _select(
    "tarifs", "tarifs", "id=IDtarif activity=IDactivite kind=type method=methode",
    "name=IDnom_tarif first_day=date_debut last_day=date_fin categories=categories_tarifs groups=groupes "
    "states=etats days_needed=condition_nbre_jours combinations_needed=condition_nbre_combi "
    "consecutive=condition_dates_continues only_billed=condition_conso_facturees memberships=cotisations "
    "funds=caisses school_days=jours_scolaires holidays=jours_vacances options labels=etiquettes "
    "event=IDevenement product=IDproduit")
TARIFF_LINES = _select(
    "tarifs_lignes", "lignes de tarifs", "id=IDligne tariff=IDtarif",
    "code position=num_ligne quotient_min=qf_min quotient_max=qf_max amount=montant_unique "
    "from_question=montant_questionnaire income_min=revenu_min income_max=revenu_max")
TARIFF_COMBINATIONS = _select("combi_tarifs", "combinaisons de tarifs", "id=IDcombi_tarif tariff=IDtarif")
TARIFF_COMBINATION_UNITS = _select(
    "combi_tarifs_unites", "unités des combinaisons de tarifs",
    "id=IDcombi_tarif_unite combination=IDcombi_tarif tariff=IDtarif unit=IDunite")
QUESTION_FILTERS = _select(
    "questionnaire_filtres", "filtres de questionnaire", "id=IDfiltre",
    "category=categorie tariff=IDtarif data=IDdonnee")

ENROLLMENTS = _select(
    "inscriptions", "inscriptions", "id=IDinscription person=IDindividu activity=IDactivite",
    "family=IDfamille account=IDcompte_payeur group=IDgroupe tariff_category=IDcategorie_tarif "
    "enrolled_on=date_inscription left=parti left_on=date_desinscription status=statut")
ATTENDANCE = _select(
    "consommations", "consommations",
    "id=IDconso person=IDindividu activity=IDactivite day=date unit=IDunite state=etat account=IDcompte_payeur",
    "enrollment=IDinscription group=IDgroupe start=heure_debut end=heure_fin entered_on=date_saisie "
    "tariff_category=IDcategorie_tarif line=IDprestation package=forfait quantity=quantite")
LINES = _select(
    "prestations", "prestations", "id=IDprestation day=date amount=montant",
    "account=IDcompte_payeur family=IDfamille person=IDindividu category=categorie label "
    "initial_amount=montant_initial activity=IDactivite tariff=IDtarif tariff_category=IDcategorie_tarif "
    "invoice=IDfacture package=forfait package_first_day=forfait_date_debut package_last_day=forfait_date_fin "
    "billed_time=temps_facture fee_of_payment=reglement_frais accounting_code=code_compta")
DEDUCTIONS = _select("deductions", "déductions", "id=IDdeduction line=IDprestation amount=montant")
INVOICES = _select(
    "factures", "factures", "id=IDfacture number=numero account=IDcompte_payeur issued_on=date_edition total=total",
    "prefix=IDprefixe due_on=date_echeance first_day=date_debut last_day=date_fin paid=regle balance=solde "
    "batch=IDlot state=etat activities=activites people=individus")
INVOICE_PREFIXES = _select("factures_prefixes", "préfixes de factures", "id=IDprefixe prefix=prefixe")
INVOICE_BATCHES = _select("lots_factures", "lots de factures", "id=IDlot name=nom")
PAYMENTS = _select(
    "reglements", "règlements", "id=IDreglement account=IDcompte_payeur day=date amount=montant",
    "method=IDmode issuer=IDemetteur payer=IDpayeur reference=numero_piece receipt_number=numero_quittancier "
    "deposit=IDdepot deferred_to=date_differe pending=encaissement_attente entered_on=date_saisie")
PAYMENT_METHODS = _select("modes_reglements", "modes de règlement", "id=IDmode name=label")
PAYMENT_ISSUERS = _select("emetteurs", "émetteurs de règlements", "id=IDemetteur name=nom")
PAYERS = _select("payeurs", "payeurs", "id=IDpayeur name=nom")
DEPOSITS = _select("depots", "dépôts de règlements", "id=IDdepot", "day=date name=nom")
ALLOCATIONS = _select(
    "ventilation", "ventilations", "id=IDventilation payment=IDreglement line=IDprestation amount=montant")

ALL = tuple(value for value in list(globals().values()) if isinstance(value, Selection))
