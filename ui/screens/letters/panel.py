"""One letter beside the list: whom it goes to, where it is, what the family reads, and what can be done with it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from backoffice.letters.kinds import STOPPED
from backoffice.letters.queries import LetterLine
from ui.screens.letters.presenter import LettersPresenter
from ui.screens.letters.rows import facts_of
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty, button, label
from ui.widgets.facts import Facts
from ui.widgets.flow import FlowLayout
from ui.widgets.reading import ReadingView
from ui.widgets.side import SidePanel

_LEAST_READ = 140
_NOTHING = "Choisissez un courriel dans la liste pour le lire ici."


class LetterPanel(SidePanel):
    """The letter as its family reads it."""

    def __init__(self, theme: Theme, presenter: LettersPresenter) -> None:
        super().__init__(theme, "Courriel")
        self._presenter = presenter
        self.nothing = Empty(theme)
        self.nothing.say(_NOTHING)
        self.subject = label(kind="strong", wrap=True)
        self.facts = Facts(theme)
        self.facts.setProperty("kind", "")  # the panel it stands in has a frame already
        self.facts.body.setContentsMargins(0, 0, 0, 0)
        self.words = ReadingView(theme, "Texte du courriel")
        self.words.setMinimumHeight(theme.px(_LEAST_READ))
        self._letter = QWidget()
        column = QVBoxLayout(self._letter)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addWidget(self.facts)
        column.addWidget(self.subject)
        column.addWidget(self.words, 1)
        column.addLayout(self._gestures(theme))
        self._theme = theme
        self.body.addWidget(self.nothing, 1)
        self.body.addWidget(self._letter, 1)
        self.show_letter(None)

    def _gestures(self, theme: Theme) -> FlowLayout:
        presenter = self._presenter
        gestures = FlowLayout(theme.px(8))
        self.again = button("&Renvoyer", presenter.send_again, theme, kind="primary", icon_name="mail")
        self.again.setToolTip("À l'adresse que la famille a maintenant ; tous ceux que vous avez choisis dans la liste")
        self.print_button = button("&Voir sur papier…", presenter.print_, theme, icon_name="printer")
        self.print_button.setToolTip("À lire, imprimer ou enregistrer (Ctrl+P) ; tous ceux que vous avez choisis")
        self.posted = button("&Imprimé, envoyé par courrier", presenter.mark_printed, theme, icon_name="check")
        self.family = button("Famille (F2)", presenter.open_family, theme, icon_name="users")
        self.family.setAccessibleName("Ouvrir la famille")
        for gesture in (self.again, self.print_button, self.posted, self.family):
            gestures.addWidget(gesture)
        return gestures

    def show_letter(self, line: LetterLine | None) -> None:
        """Show a letter, or invite to choose one."""
        self.nothing.setVisible(line is None)
        self._letter.setVisible(line is not None)
        if line is None:
            self.show_title("Courriel")
            return
        letter = line.letter
        self.show_title(line.family)
        self.subject.setText(letter.subject)
        self.show_facts(line)
        with self.words.written() as writer:
            for text in letter.body.rstrip("\n").splitlines():
                writer.line(text, "body", "text", above=0)
        stopped = letter.state in STOPPED and self._presenter.may_write
        self.again.setVisible(stopped)
        self.posted.setVisible(stopped)

    def show_facts(self, line: LetterLine) -> None:
        self.facts.show_facts(facts_of(line.letter, self._presenter.now))

    def read(self) -> None:
        """Put the keyboard on what is read."""
        self.words.setFocus()
