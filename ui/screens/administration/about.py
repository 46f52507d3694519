"""What the program is made of, and under which licences. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from backoffice.kernel.resources import resource_path

EUPL = "https://eupl.eu/1.2/fr/"


@dataclass(frozen=True, slots=True)
class Part:
    """Something of others that the program carries. `text`: where its licence is among the resources."""

    name: str
    use: str
    licence: str
    version: str = ""
    text: tuple[str, ...] = ()


_LIBRARIES = (
    ("Qt et PySide6", "PySide6_Essentials", "fenêtres", "LGPL 3"),
    ("SQLAlchemy", "SQLAlchemy", "base de données", "MIT"),
    ("Alembic", "alembic", "mises à niveau de la base", "MIT"),
    ("psycopg", "psycopg", "base partagée PostgreSQL", "LGPL 3"),
    ("ReportLab", "reportlab", "factures en PDF", "BSD"),
    ("pypdfium2", "pypdfium2", "aperçu des PDF", "Apache 2.0 ou BSD"),
    ("openpyxl", "openpyxl", "classeurs", "MIT"),
    ("holidays", "holidays", "jours fériés", "MIT"),
    ("keyring", "keyring", "mots de passe", "MIT"),
    ("platformdirs", "platformdirs", "dossiers", "MIT"),
)


def parts() -> tuple[Part, ...]:
    """The font and icons first, whose licences ask to be readable; then the libraries."""
    libraries = tuple(Part(name, use, licence, _version(package)) for name, package, use, licence in _LIBRARIES)
    return (
        Part("Source Sans 3", "police", "SIL Open Font License 1.1", text=("fonts", "OFL.txt")),
        Part("Lucide", "icônes", "ISC", text=("icons", "LICENSE")),
        Part("Mots BIP-39", "phrases de passe", "MIT", text=("passwords", "LICENSE")),
        *libraries,
    )


def licence_text(part: Part) -> str:
    """The words of its licence; empty when they come with the library itself. Raises EnvironmentFault."""
    return resource_path(*part.text).read_text(encoding="utf-8") if part.text else ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
