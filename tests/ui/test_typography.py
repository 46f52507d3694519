"""French spaces, wherever a sentence is shown."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ui.typography import typeset
from ui.widgets.basics import label

_SPACE = "\u00a0"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("« Un » : deux ; trois !", f"«{_SPACE}Un{_SPACE}»{_SPACE}: deux{_SPACE}; trois{_SPACE}!"),
        ("Fermer sans enregistrer ?", f"Fermer sans enregistrer{_SPACE}?"),
        ("50 % de 12,50 €", f"50{_SPACE}% de 12,50{_SPACE}€"),
        ("de 8:30 à 9:00", "de 8:30 à 9:00"),
        ("rien", "rien"),
        ("", ""),
    ],
)
def test_no_sign_begins_a_line(typed: str, shown: str) -> None:
    assert typeset(typed) == shown
    assert typeset(shown) == shown


def test_a_label_is_typeset_whenever_it_changes(qtbot: QtBot) -> None:
    found = label("Aucun : rien")
    qtbot.addWidget(found)
    assert found.text() == f"Aucun{_SPACE}: rien"
    found.setText("« Léa »")
    assert found.text() == f"«{_SPACE}Léa{_SPACE}»"
