"""A letter with files: a whole message, and the same one when it is sent twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

from backoffice.letters.posting import Envelope, Sender, as_message
from backoffice.letters.rules import LetterFile

PDF = LetterFile("ŒUVRARD Zoé Fiche sanitaire.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")
LETTER = Envelope(
    1, 2, "camille@familles.example", "Fiches à signer", "Bonjour,\n", "0123abcd",
    datetime(2026, 6, 2, 8, tzinfo=UTC), 1, (PDF, replace(PDF, name="Fiche des autorisations.pdf")),
)
SENDER = Sender("Mairie de Valbrume", "enfance@valbrume.example")


def test_files_leave_with_the_letter_under_their_names() -> None:
    read = message_from_bytes(as_message(LETTER, SENDER).as_bytes(), policy=policy.default)
    body = read.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == "Bonjour,\n"
    attached = list(read.iter_attachments())
    assert [part.get_filename() for part in attached] == [file.name for file in LETTER.files]
    assert attached[0].get_content() == PDF.content
    assert {part.get_content_type() for part in attached} == {"application/pdf"}


def test_sent_twice_it_is_the_same_message() -> None:
    assert as_message(LETTER, SENDER).as_bytes() == as_message(LETTER, SENDER).as_bytes()


def test_a_letter_without_files_stays_plain_text() -> None:
    assert as_message(replace(LETTER, files=()), SENDER).get_content_type() == "text/plain"
