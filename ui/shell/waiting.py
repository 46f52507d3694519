"""What stands where the pages will be: the town being opened, not opened, or left once the last work has ended."""

from __future__ import annotations

from ui.presenting import Action
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty

OPENING = "Ouverture…"
CLOSING = "Fermeture… fin du travail en cours."


class WaitingPane(Empty):
    """One quiet sentence in the middle."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.show_words(OPENING)

    def show_words(self, words: str) -> None:
        self.say(words)
        self.setAccessibleName(words)

    def show_nothing_open(self, otherwise: Action) -> None:
        words = "Aucune base n'est ouverte."
        self.say(words, otherwise.label, otherwise.run)
        self.setAccessibleName(words)
