"""What is not read: every non-empty table and column of the file, with the reason in French.

Complete by construction: the file is walked, not this list. What the list does not name gets a general reason.
"""

from __future__ import annotations

from backoffice.importing.noethys import schema
from backoffice.importing.noethys.file import NoethysFile
from backoffice.importing.noethys.notes import Notes

_ACCESS = "mots de passe et identifiants : jamais repris, les familles recevront un lien pour choisir les leurs"
_AGENTS = "les comptes des agents se créent dans le logiciel ; mots de passe et empreintes ne sont jamais repris"
_HEALTH = "données de santé : jamais reprises, la fiche sanitaire est redemandée aux familles"
_FREE_TEXT = "texte libre, qui peut contenir des informations sensibles : à relire et à ressaisir si besoin"
_BANK = "coordonnées bancaires : à reprendre avec le mandat signé par la famille"
_IDENTITY = "donnée d'identité qui n'est pas nécessaire au service"
_WORK = "situation professionnelle : redemandée avec son justificatif quand un tarif ou une priorité en dépend"
_LAYOUT = "mise en page propre à Noethys ; le logiciel a ses propres modèles"
_SETTINGS = "réglage propre à Noethys"
_JOURNAL = "journal de Noethys : à garder avec une copie du fichier d'origine"
_ACCOUNTING = "comptabilité de la structure, hors du périmètre du logiciel"
_SCHOOL = "scolarité : redemandée à l'inscription de l'année"
_CONTRACTS = "contrats d'accueil : à recréer, leur calcul ne se déduit pas sans risque du fichier"
_TREASURY = "échanges avec la banque ou le Trésor déjà faits : à garder avec une copie du fichier d'origine"
_PORTAL = "ancien portail des familles : remplacé"
_RENTAL = "locations de matériel : hors du périmètre du logiciel"
_PLACES = "places par jour : à régler dans le calendrier de la structure"
_AIDS = "aides : leur effet est déjà dans le montant des prestations ; à recréer pour l'avenir"
_MEMBERSHIP = "carte d'adhésion : la somme due est reprise comme prestation, la carte non"
_CALENDAR = "calendrier : le logiciel connaît les jours fériés et les vacances scolaires"
_PRINTED = "document déjà remis à la famille : à garder avec une copie du fichier d'origine"
_TRIPS = "transports : hors du périmètre du logiciel"
_BADGES = "badgeage : les présences qui en résultent sont reprises"
_OTHER_TARIFF = "ne sert qu'à des tarifs à recréer à la main"
_TRACE = "trace de saisie de Noethys"
_OTHER = "information sans équivalent dans le logiciel"
_UNKNOWN = "table que cet import ne connaît pas"

# Read for a check or for one fact only: they stay in the list of what is left out.
_PARTLY_READ = frozenset({"parametres", "deductions", "questionnaire_filtres"})

_TABLES: dict[str, tuple[str, str]] = {
    "abonnements": ("abonnements aux listes de diffusion", _SETTINGS),
    "adresses_mail": ("comptes d'envoi de courriels et leurs mots de passe", _ACCESS),
    "aides": ("aides", _AIDS),
    "aides_beneficiaires": ("bénéficiaires des aides", _AIDS),
    "aides_combi_unites": ("unités des aides", _AIDS),
    "aides_combinaisons": ("combinaisons des aides", _AIDS),
    "aides_montants": ("montants des aides", _AIDS),
    "attestations": ("attestations éditées", _PRINTED),
    "banques": ("banques", _BANK),
    "categories_medicales": ("catégories médicales", _HEALTH),
    "categories_travail": ("catégories socio-professionnelles", _WORK),
    "classes": ("classes", _SCHOOL),
    "comptes_bancaires": ("comptes bancaires de l'organisateur", "à saisir dans les réglages de la régie"),
    "contrats": ("contrats", _CONTRACTS),
    "contrats_tarifs": ("tarifs de contrats", _CONTRACTS),
    "cotisations": ("cotisations", _MEMBERSHIP),
    "cotisations_activites": ("cotisations demandées par activité", _MEMBERSHIP),
    "deductions": ("déductions", "déjà retirées du montant des prestations, dont le montant initial est aussi repris"),
    "depots_cotisations": ("dépôts de cotisations", _MEMBERSHIP),
    "droits": ("droits des utilisateurs", _AGENTS),
    "ecoles": ("écoles", _SCHOOL),
    "evenements": ("évènements", "évènements à recréer comme activités ponctuelles"),
    "factures_messages": ("messages de factures", _LAYOUT),
    "factures_regies": ("régies", "à saisir dans les réglages de la régie"),
    "historique": ("historique des actions", _JOURNAL),
    "individus_photos": ("photos", "les photos ne sont pas reprises"),
    "jours_feries": ("jours fériés", _CALENDAR),
    "listes_diffusion": ("listes de diffusion", _SETTINGS),
    "lots_prelevements": ("lots de prélèvements", _TREASURY),
    "lots_rappels": ("lots de rappels", _PRINTED),
    "mandats": ("mandats de prélèvement", _BANK),
    "medecins": ("médecins", _HEALTH),
    "memo_journee": ("mémos de journée", _FREE_TEXT),
    "messages": ("messages", _FREE_TEXT),
    "messages_categories": ("catégories de messages", _SETTINGS),
    "niveaux_scolaires": ("niveaux scolaires", _SCHOOL),
    "parametres": ("paramètres", _SETTINGS),
    "pes_lots": ("lots PES ORMC", _TREASURY),
    "pes_pieces": ("pièces PES ORMC", _TREASURY),
    "pieces_activites": ("pièces demandées par activité", "à régler dans la liste des pièces du logiciel"),
    "portail_actions": ("demandes reçues par le portail", _PORTAL),
    "prelevements": ("prélèvements", _TREASURY),
    "problemes_sante": ("problèmes de santé", _HEALTH),
    "questionnaire_filtres": ("conditions de tarif tirées d'un questionnaire", _OTHER_TARIFF),
    "rappels": ("lettres de rappel", _PRINTED),
    "recus": ("reçus de règlements", _PRINTED),
    "remplissage": ("places par jour", _PLACES),
    "renseignements_activites": ("renseignements demandés par activité", _SETTINGS),
    "responsables_activite": ("responsables d'activité", _SETTINGS),
    "restaurateurs": ("restaurateurs", _SETTINGS),
    "scolarite": ("scolarités", _SCHOOL),
    "textes_rappels": ("textes de rappel", _LAYOUT),
    "types_cotisations": ("types de cotisations", _MEMBERSHIP),
    "types_maladies": ("types de maladies", _HEALTH),
    "types_sieste": ("types de sieste", _HEALTH),
    "types_vaccins": ("types de vaccins", _HEALTH),
    "unites_cotisations": ("unités de cotisation", _MEMBERSHIP),
    "unites_remplissage": ("unités de remplissage", _PLACES),
    "unites_remplissage_unites": ("unités des unités de remplissage", _PLACES),
    "utilisateurs": ("utilisateurs et leurs mots de passe", _AGENTS),
    "vacances": ("périodes de vacances", _CALENDAR),
    "vaccins": ("vaccins", _HEALTH),
    "vaccins_maladies": ("maladies des vaccins", _HEALTH),
}

# Links that the file repeats: read from the other side, or deduced.
_REPEATED = frozenset({
    ("comptes_payeurs", "idindividu"), ("noms_tarifs", "idactivite"), ("noms_tarifs", "idcategorie_tarif"),
    ("tarifs_lignes", "idactivite"), ("payeurs", "idcompte_payeur"), ("emetteurs", "idmode"),
    ("ventilation", "idcompte_payeur"), ("reglements", "idprestation_frais"), ("combi_tarifs", "type"),
    ("tarifs", "idcategorie_tarif"), ("tarifs", "condition_periode"),
})

# The start of a table name, for families of tables.
_TABLE_STARTS = (
    ("badgeage", "badgeage", _BADGES), ("commandes", "commandes de repas", _SETTINGS),
    ("compta_", "comptabilité", _ACCOUNTING), ("contrats", "contrats", _CONTRACTS),
    ("corrections", "corrections de mots", _SETTINGS), ("documents_", "modèles de documents", _LAYOUT),
    ("etat_nomin", "états nominatifs", _SETTINGS), ("etiquettes", "étiquettes", _SETTINGS),
    ("locations", "locations", _RENTAL), ("menus", "menus", _SETTINGS), ("modeles_", "modèles", _LAYOUT),
    ("nomade", "appareils mobiles", _SETTINGS), ("periodes_gestion", "périodes de gestion", _SETTINGS),
    ("perceptions", "perceptions", _SETTINGS), ("portail", "portail", _PORTAL), ("produits", "locations", _RENTAL),
    ("profils", "profils de réglages", _SETTINGS), ("questionnaire", "questionnaires", _FREE_TEXT),
    ("sauvegardes", "sauvegardes automatiques et leurs mots de passe", _ACCESS),
    ("transports", "transports", _TRIPS),
)

_COLUMNS: dict[tuple[str, str], tuple[str, str]] = {
    ("familles", "internet_actif"): ("accès des familles à l'ancien portail", _PORTAL),
    ("familles", "internet_identifiant"): ("identifiants du portail", _ACCESS),
    ("familles", "internet_mdp"): ("mots de passe du portail", _ACCESS),
    ("familles", "memo"): ("mémos des familles", _FREE_TEXT),
    ("familles", "autorisation_cafpro"): ("autorisations de consulter la CAF", "à redemander aux familles"),
    ("individus", "memo"): ("mémos des personnes", _FREE_TEXT),
    ("individus", "num_secu"): ("numéros de sécurité sociale", "numéro de sécurité sociale : jamais repris"),
    ("individus", "idnationalite"): ("nationalités", _IDENTITY),
    ("individus", "idpays_naiss"): ("pays de naissance", _IDENTITY),
    ("individus", "annee_deces"): ("années de décès", _IDENTITY),
    ("individus", "idcategorie_travail"): ("catégories socio-professionnelles des personnes", _WORK),
    ("individus", "profession"): ("professions", _WORK),
    ("individus", "employeur"): ("employeurs", _WORK),
    ("individus", "idmedecin"): ("médecins traitants", _HEALTH),
    ("individus", "idtype_sieste"): ("types de sieste des enfants", _HEALTH),
    ("quotients", "observations"): ("observations des quotients", _FREE_TEXT),
    ("reglements", "observations"): ("observations des règlements", _FREE_TEXT),
    ("depots", "observations"): ("observations des dépôts", _FREE_TEXT),
    ("types_groupes_activites", "observations"): ("observations des regroupements", _FREE_TEXT),
    ("consommations", "badgeage_debut"): ("heures d'arrivée badgées", _BADGES),
    ("consommations", "badgeage_fin"): ("heures de départ badgées", _BADGES),
    ("prestations", "tva"): ("taux de TVA des prestations", "les services de l'enfance n'y sont pas soumis"),
    ("prestations", "idcontrat"): ("contrats des prestations", _CONTRACTS),
    ("prestations", "date_valeur"): ("dates de valeur des prestations", _ACCOUNTING),
    ("activites", "regie"): ("régies des activités", "à saisir dans les réglages de la régie"),
    ("organisateur", "logo"): ("logo de l'organisateur", _LAYOUT),
}

_COLUMN_STARTS = (
    ("prelevement_", _BANK), ("internet_", _ACCESS), ("mdp", _ACCESS), ("motdepasse", _ACCESS),
    ("portail_", _PORTAL), ("psu_", _CONTRACTS), ("idutilisateur", _TRACE), ("date_saisie", _TRACE),
    ("date_creation", _TRACE), ("observations", _FREE_TEXT), ("memo", _FREE_TEXT), ("image", _LAYOUT),
    ("logo", _LAYOUT), ("verrouillage", _TRACE), ("vaccin", _HEALTH), ("code_compta", _ACCOUNTING),
    ("type_comptable", _ACCOUNTING), ("largeur", _LAYOUT), ("touche_raccourci", _SETTINGS),
)


def report_left_out(source: NoethysFile, notes: Notes) -> None:
    """Notes every table and every column of the file that says something and is not read."""
    selections: dict[str, list[schema.Selection]] = {}
    for selection in schema.ALL:
        selections.setdefault(selection.table.lower(), []).append(selection)
    for table, columns in source.tables.items():
        count = source.count(table)
        if not count:
            continue
        if table not in selections or table in _PARTLY_READ:
            notes.leave_all(table, *_table(table), count)
            continue
        unusable = [selection for selection in selections[table]
                    if set(source.missing(selection)) & selection.needed]
        if unusable:
            absent = ", ".join(sorted(selection.columns[word] for selection in unusable
                                      for word in set(source.missing(selection)) & selection.needed))
            notes.leave_all(table, unusable[0].what, f"colonnes indispensables absentes du fichier : {absent}", count)
            continue
        read = {theirs.lower() for selection in selections[table] for theirs in selection.columns.values()}
        unread = tuple(column for column in columns if column.lower() not in read)
        _report_columns(source, notes, table, unread, selections[table][0].what)


def _report_columns(source: NoethysFile, notes: Notes, table: str, unread: tuple[str, ...], what: str) -> None:
    """The known columns one by one, the others together under their reason."""
    together: dict[str, tuple[list[str], int]] = {}
    for column, filled in zip(unread, source.filled(table, unread), strict=True):
        key = (table, column.lower())
        if not filled or key in _REPEATED:
            continue
        if key in _COLUMNS:
            notes.leave_all(table, *_COLUMNS[key], filled)
            continue
        why = _why(*key)
        listed, most = together.get(why, ([], 0))
        together[why] = ([*listed, f"« {column} »"], max(most, filled))
    for why, (listed, most) in together.items():
        notes.leave_all(table, f"{what} : {'champ' if len(listed) == 1 else 'champs'} {', '.join(listed)}", why, most)


def _table(table: str) -> tuple[str, str]:
    if table in _TABLES:
        return _TABLES[table]
    for start, label, why in _TABLE_STARTS:
        if table.startswith(start):
            return f"{label} (« {table} »)", why
    return f"table « {table} »", _UNKNOWN


def _why(table: str, column: str) -> str:
    if table in ("tarifs", "tarifs_lignes", "combi_tarifs"):
        return _OTHER_TARIFF
    return next((why for start, why in _COLUMN_STARTS if column.startswith(start)), _OTHER)
