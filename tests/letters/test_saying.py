"""What is said to a family and taken back: one held letter of a kind, sixty seconds after the last word."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from backoffice.letters.kinds import LetterKind
from backoffice.letters.saying import say
from tests.letters.saying import DECIDED, acting, decide, undo
from tests.support.towns import Household, SmallTown


@pytest.fixture
def home(either_town: SmallTown) -> Household:
    return either_town.family("DUBOIS")


def test_what_is_decided_of_a_family_goes_in_one_letter(either_town: SmallTown, home: Household) -> None:
    decide(either_town, home, 1, person="Léa DUBOIS", until="2027-08-31")
    decide(either_town, home, 2, 20, outcome="rejected", reason="Illisible", comment="Merci de refaire la photo.")
    (letter,) = either_town.rows("letters")
    assert letter["subject"] == "Vos pièces : 1 validée, 1 à renvoyer"
    assert "- Pièce 1 (Léa DUBOIS), valable jusqu'au 31 août 2027\n" in letter["body"]
    assert "- Pièce 2 : Illisible\n  Merci de refaire la photo.\n" in letter["body"]
    assert "Commune de Valbrume" in letter["body"]
    assert letter["state"] == "held"
    assert str(letter["send_after"]).startswith("2026-08-31 11:01:20")


def test_what_is_undone_is_no_longer_said(either_town: SmallTown, home: Household) -> None:
    decide(either_town, home, 1)
    decide(either_town, home, 2)
    assert undo(either_town, 1) is True
    (letter,) = either_town.rows("letters")
    assert "Pièce 1" not in letter["body"]
    assert "Pièce 2" in letter["body"]


def test_a_letter_that_says_nothing_more_is_cancelled(either_town: SmallTown, home: Household) -> None:
    decide(either_town, home, 1)
    assert undo(either_town, 1) is True
    (letter,) = either_town.rows("letters")
    assert (letter["state"], letter["subject"], letter["body"]) == ("cancelled", "", "")
    decide(either_town, home, 1)
    assert [row["state"] for row in either_town.rows("letters")] == ["cancelled", "held"]


def test_said_twice_it_is_said_once(either_town: SmallTown, home: Household) -> None:
    decide(either_town, home, 1)
    decide(either_town, home, 1, outcome="rejected", reason="Périmée")
    (letter,) = either_town.rows("letters")
    assert letter["subject"] == "Vos pièces : 1 à renvoyer"
    assert letter["body"].count("Pièce 1") == 1


def test_what_was_never_said_can_be_taken_back(either_town: SmallTown, home: Household) -> None:
    assert undo(either_town, 7) is True


def test_each_kind_and_each_family_has_its_letter(either_town: SmallTown, home: Household) -> None:
    decide(either_town, home, 1)
    decide(either_town, either_town.family("PETIT"), 2)
    decide(either_town, home, 3, kind=LetterKind.DOCUMENTS_REMINDER, outcome="missing")
    assert len(either_town.rows("letters")) == 3


@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"outcome": "lost"}])
def test_a_fact_that_no_letter_knows_is_a_bug(
    either_town: SmallTown, home: Household, wrong: dict[str, object]
) -> None:
    told = {"document": "Assurance"} | wrong
    with pytest.raises(ValueError, match=r"unknown facts|does not tell"):
        acting(either_town, lambda context: say(context, home.id, DECIDED, "document", 1, told))


def test_two_agents_who_decide_at_once_write_one_letter(either_town: SmallTown, home: Household) -> None:
    start = Barrier(4)

    def work(document: int) -> None:
        start.wait(30)
        decide(either_town, home, document)

    agents = [Thread(target=work, args=(document,)) for document in range(4)]
    for agent in agents:
        agent.start()
    for agent in agents:
        agent.join(60)
    (letter,) = either_town.rows("letters")
    assert letter["subject"] == "Vos pièces : 4 validées"
    assert len(either_town.rows("letter_items")) == 4


def test_the_family_is_written_to_where_it_is(either_town: SmallTown, home: Household) -> None:
    def mend(table: str, column: str, value: str, key: int) -> None:
        change = f"UPDATE {table} SET {column} = :value, version = version + 1 WHERE id = :key"
        either_town.sql(change, value=value, key=key)

    decide(either_town, home, 1)
    mend("families", "billing_email", "factures@familles.example", home.id)
    decide(either_town, home, 2)
    first = either_town.rows("letters")[0]["to_address"]
    mend("people", "email", "camille@familles.example", home.parent)
    decide(either_town, home, 3)
    assert (first, either_town.rows("letters")[0]["to_address"]) == (
        "factures@familles.example", "camille@familles.example"
    )


def test_the_journal_keeps_no_word_of_a_letter(either_town: SmallTown, home: Household) -> None:
    decide(either_town, home, 1, comment="SECRET-COMMENTAIRE", outcome="rejected")
    undo(either_town, 1)
    lines = [row for row in either_town.rows("row_journal") if row["table_name"] in {"letters", "letter_items"}]
    assert lines
    assert "SECRET-COMMENTAIRE" not in repr(lines)
