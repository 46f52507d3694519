"""The words of letters: those that are shipped, those of the town, and what cannot be written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backoffice.kernel.errors import InvalidFields
from backoffice.kernel.messages import sentence
from backoffice.letters.commands import EditTemplate
from backoffice.letters.kinds import LetterKind
from backoffice.letters.queries import ListTemplates, PreviewLetter, PreviewTemplate
from backoffice.letters.rules import Template, filled, is_address, template_problems
from backoffice.letters.templates import models
from tests.letters.saying import DECIDED, decide
from tests.support.towns import SmallTown

USUAL = models()[DECIDED].usual


@pytest.mark.parametrize("kind", LetterKind)
def test_what_is_shipped_can_be_written(town: SmallTown, kind: LetterKind) -> None:
    model = models()[kind]
    assert template_problems(model.usual, model.outcomes) == {}
    seen = town.ask(PreviewTemplate(kind, model.usual))
    assert "Commune de Valbrume" in seen.body
    assert "Attestation d'assurance (Léa MARTIN)" in seen.body
    assert not any(sign in seen.body + seen.subject for sign in "{}[]")


@pytest.mark.parametrize(
    ("field", "words", "said"),
    [
        ("subject", "Vos pièces : {nombre}", "Le mot {nombre} n'existe pas ici. Vous pouvez écrire : {famille}"),
        ("body", "{validées} {rejetées} {personne}", "Le mot {personne} n'existe pas ici."),
        ("body", "{validées}", "ajoutez {rejetées} là où elles doivent être citées"),
        ("body", "{validées} {rejetées} {", "Une accolade n'a pas sa paire"),
        ("body", "{validées} {rejetées} [a [b] c]", "Un crochet n'a pas sa paire"),
        ("body", "  ", "Ce texte est vide"),
        ("subject", "x" * 241, "Ce texte est trop long : 240 signes au plus."),
        ("accepted", "- {validées}", "Le mot {validées} n'existe pas ici. Vous pouvez écrire : {pièce}"),
    ],
)
def test_what_cannot_be_written_is_said(town: SmallTown, field: str, words: str, said: str) -> None:
    wrong = {
        "subject": replace(USUAL, subject=words),
        "body": replace(USUAL, body=words),
        "accepted": replace(USUAL, lines={**USUAL.lines, "accepted": words}),
    }[field]
    with pytest.raises(InvalidFields) as caught:
        town.do(EditTemplate(DECIDED, 0, wrong))
    assert set(caught.value.fields) == {field}
    assert said in sentence(caught.value.fields[field])
    with pytest.raises(InvalidFields):
        town.ask(PreviewTemplate(DECIDED, wrong))


def test_the_words_of_the_town_are_those_that_leave(either_town: SmallTown) -> None:
    home = either_town.family("DUBOIS")
    lines = {"accepted": "+ {pièce}", "rejected": "- {pièce}"}
    own = Template("{commune} : {résumé}", "{famille}\n{validées}\n{rejetées}", lines)
    version = either_town.do(EditTemplate(DECIDED, 0, own))
    decide(either_town, home, 1)
    decide(either_town, home, 2, outcome="rejected")
    (letter,) = either_town.ask(PreviewLetter(home.id))
    assert letter.subject == "Commune de Valbrume : 1 validée, 1 à renvoyer"
    assert letter.body == "DUBOIS\n+ Pièce 1\n- Pièce 2\n"
    assert either_town.refused(EditTemplate(DECIDED, 0, own)) == "record.changed_meanwhile"
    assert either_town.do(EditTemplate(DECIDED, version, None)) == version + 1
    (shown,) = [view for view in either_town.ask(ListTemplates()) if view.kind is DECIDED]
    assert shown.template == shown.usual == USUAL


def test_a_value_is_never_read_as_words_of_the_template() -> None:
    assert filled("[a {x}] {y}", {"x": "{y} [z]", "y": "{x}"}) == "a {y} [z] {x}"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("camille@familles.example", True), ("a.b+c@d-e.example", True), ("", False), ("a@b", False),
        ("a@b.example\nBcc: c@d.example", False), ("a@b.example,c@d.example", False), ("<a@b.example>", False),
        ("é@b.example", False), ("a@b..example", False), ("x" * 65 + "@b.example", False),
    ],
)
def test_an_address_is_one_plain_address(text: str, right: bool) -> None:
    assert is_address(text) is right
