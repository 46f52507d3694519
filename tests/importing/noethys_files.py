"""Small made-up Noethys files, and a way to look at every text that was read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from backoffice.importing.noethys import schema

Rows = dict[str, list[dict[str, Any]]]


def write_file(path: Path, rows: Rows, without: tuple[str, ...] = ()) -> Path:
    """A file with all the tables we read; `without`: « table » or « table.column » that this version lacks."""
    columns: dict[str, set[str]] = {}
    for selection in schema.ALL:
        columns.setdefault(selection.table, set()).update(selection.columns.values())
    for table, records in rows.items():
        columns.setdefault(table, set()).update(column for record in records for column in record)
    connection = sqlite3.connect(path)
    for table, names in columns.items():
        kept = sorted(name for name in names if f"{table}.{name}" not in without)
        if table in without:
            continue
        connection.execute(f"CREATE TABLE {table} ({', '.join(kept)})")
        for record in rows.get(table, []):
            values = {name: cell for name, cell in record.items() if name in kept}
            marks = ", ".join("?" for _ in values)
            connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))
    connection.commit()
    connection.close()
    return path


def small() -> Rows:
    """One family of three, one activity, one priced and invoiced meal, half paid."""
    return {
        "parametres": [{"IDparametre": 1, "categorie": "fichier", "nom": "version", "parametre": "1.2.6.0"}],
        "familles": [{"IDfamille": 1, "IDcompte_payeur": 1, "internet_mdp": "s3cr3t-clair", "memo": "à rappeler"}],
        "comptes_payeurs": [{"IDcompte_payeur": 1, "IDfamille": 1}],
        "individus": [
            {"IDindividu": 1, "IDcivilite": 3, "nom": "DUPONT", "prenom": "Marie", "rue_resid": "1 rue Haute",
             "cp_resid": "29000", "ville_resid": "QUIMPER", "tel_mobile": "06.01.02.03.04."},
            {"IDindividu": 2, "IDcivilite": 1, "nom": "MARTIN", "prenom": "Paul", "adresse_auto": 3},
            {"IDindividu": 3, "IDcivilite": 4, "nom": "MARTIN", "prenom": "Léo", "date_naiss": "2015-02-29",
             "adresse_auto": 1},
        ],
        "rattachements": [
            {"IDrattachement": 1, "IDindividu": 1, "IDfamille": 1, "IDcategorie": 1, "titulaire": 1},
            {"IDrattachement": 2, "IDindividu": 2, "IDfamille": 1, "IDcategorie": 1, "titulaire": 1},
            {"IDrattachement": 3, "IDindividu": 3, "IDfamille": 1, "IDcategorie": 2, "titulaire": 0},
        ],
        "activites": [{"IDactivite": 1, "nom": "Cantine", "date_debut": "1977-01-01", "date_fin": "2999-01-01"}],
        "groupes": [{"IDgroupe": 1, "IDactivite": 1, "nom": "Enfants"}],
        "unites": [{"IDunite": 1, "IDactivite": 1, "nom": "Repas", "type": "Unitaire", "heure_debut": "12:00",
                    "heure_fin": "13:30", "repas": 1}],
        "consommations": [{"IDconso": 1, "IDindividu": 3, "IDactivite": 1, "date": "2024-01-08", "IDunite": 1,
                           "IDgroupe": 1, "heure_debut": "12:00", "heure_fin": "13:30", "etat": "present",
                           "IDcompte_payeur": 1, "IDprestation": 1, "quantite": 3}],
        "prestations": [{"IDprestation": 1, "IDcompte_payeur": 1, "IDfamille": 1, "date": "2024-01-08",
                         "categorie": "consommation", "label": "Repas", "montant_initial": 7.35, "montant": 7.35,
                         "IDactivite": 1, "IDfacture": 1, "IDindividu": 3}],
        "factures": [{"IDfacture": 1, "numero": 42, "IDcompte_payeur": 1, "date_edition": "2024-02-01", "total": 7.35,
                      "activites": "1", "individus": "0;3"}],
        "reglements": [{"IDreglement": 1, "IDcompte_payeur": 1, "date": "2024-02-10", "montant": 4.1}],
        "ventilation": [{"IDventilation": 1, "IDreglement": 1, "IDprestation": 1, "montant": 3.0}],
    }


def every_text(value: object) -> Iterator[str]:
    """All strings and numbers, as text, anywhere inside."""
    if is_dataclass(value) and not isinstance(value, type):
        yield repr(value)
        for field in fields(value):
            yield from every_text(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from every_text(item)
    elif isinstance(value, str):
        yield value
