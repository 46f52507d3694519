"""F1: the keys of the window, in one page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from ui.theme.tokens import Theme
from ui.widgets.basics import button, label

KEYS = (
    ("Ctrl+K", "Chercher une famille, un enfant, un téléphone, une facture"),
    ("Ctrl+1 … Ctrl+8", "Aller à une page de la navigation"),
    ("Ctrl+Pg. préc. / Ctrl+Pg. suiv.", "Les autres pages de la rubrique"),
    ("Alt+← / Alt+→", "Page précédente, page suivante"),
    ("Ctrl+Maj+S", "Choisir la structure active"),
    ("Ctrl+Maj+A", "Choisir l'année scolaire"),
    ("F3 ou Ctrl+F", "Chercher dans la page"),
    ("F2", "Modifier ce qui est choisi"),
    ("F4", "Les vues du tableau : en choisir une, enregistrer ce qui est affiché"),
    ("F5", "Relire la page"),
    ("Ctrl+P", "Imprimer ce qui est affiché"),
    ("Ctrl+N", "Ajouter"),
    ("Ctrl+S", "Enregistrer ; Entrée aussi, dans un champ"),
    ("Ctrl+Z", "Annuler ce qui vient d'être enregistré"),
    ("Ctrl+H", "Historique du dossier famille"),
    ("Ctrl+L", "Verrouiller, sur une base partagée"),
    ("Ctrl+C", "Copier les lignes choisies avec leurs en-têtes"),
    ("Entrée", "Ouvrir la ligne"),
    ("Échap", "Fermer le volet, abandonner la saisie"),
)


class KeysHelp(QDialog):
    """What each key does."""

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, page: str = "", keys: Sequence[tuple[str, str]] = ()
    ) -> None:
        """`page` and `keys`: those of the page that is shown, before those that work everywhere."""
        super().__init__(parent)
        self.setWindowTitle("Les touches")
        layout = QVBoxLayout(self)
        margin = theme.px(20)
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.px(16))
        layout.addWidget(label("Tout se fait au clavier", "title"))
        columns = QHBoxLayout()
        columns.setSpacing(theme.px(32))
        if keys:
            columns.addLayout(self._column(theme, page, keys))
        columns.addLayout(self._column(theme, "Partout" if keys else "", KEYS))
        layout.addLayout(columns)
        layout.addWidget(button("&Fermer", self.accept, theme, kind="primary"))

    @staticmethod
    def _column(theme: Theme, title: str, keys: Sequence[tuple[str, str]]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.px(8))
        if title:
            column.addWidget(label(title, "group"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(24))
        grid.setVerticalSpacing(theme.px(8))
        for row, (key, what) in enumerate(keys):
            grid.addWidget(label(key, "strong"), row, 0)
            grid.addWidget(label(what), row, 1)
        column.addLayout(grid)
        column.addStretch(1)
        return column
