"""Mails as families and hostile people write them: who, what, which files, and never a crash."""

from __future__ import annotations

import random
from email.message import EmailMessage

import pytest

from backoffice.documents.arrivals.mail import file_name, read_mail

PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = headers.get("sender", "Camille Dubois <Camille@Familles.example>")
    message["Subject"] = headers.get("subject", "Attestation de Léa")
    message.set_content("Bonjour,\nvoici la pièce.\n")
    return message


def test_the_sender_the_words_and_the_files() -> None:
    message = mail()
    message.add_attachment(PHOTO, maintype="image", subtype="jpeg", filename="été à la mer.jpg")
    found = read_mail(message.as_bytes())
    assert (found.sender, found.subject) == ("Camille@Familles.example", "Attestation de Léa")
    assert found.body.splitlines() == ["Bonjour,", "voici la pièce."]
    assert [(file.name, file.content) for file in found.files] == [("été à la mer.jpg", PHOTO)]


@pytest.mark.parametrize(
    "told",
    [
        "=?utf-8?q?DUBOIS=2C_L=C3=A9a?= <lea@familles.example>", '"DUBOIS, Camille" <lea@familles.example>',
        "=?utf-8?q?L=C3=A9a_=3Clea=40familles=2Eexample=3E?=", "lea@familles.example",
        "=?utf-8?q?autre=40ailleurs=2Eexample=2C?= <lea@familles.example>",
    ],
)
def test_the_sender_is_an_address_whatever_stands_before_it(told: str) -> None:
    assert read_mail(f"From: {told}\r\n\r\nx".encode()).sender == "lea@familles.example"


def test_a_photo_in_the_midst_of_the_text_is_a_file() -> None:
    message = mail()
    message.add_alternative("<p>Voici :</p><img src='cid:photo'>", subtype="html")
    message.get_payload()[1].add_related(PHOTO, "image", "jpeg", cid="<photo>")  # type: ignore[index,union-attr]
    (file,) = read_mail(message.as_bytes()).files
    assert (file.name, file.content) == ("piece-1.jpg", PHOTO)


def test_the_files_of_a_forwarded_mail_are_taken() -> None:
    inner = mail()
    inner.add_attachment(PHOTO, maintype="image", subtype="png", filename="carte.png")
    outer = mail(sender="accueil@valbrume.example")
    outer.add_attachment(inner)
    found = read_mail(outer.as_bytes())
    assert [file.name for file in found.files] == ["carte.png"]
    assert found.sender == "accueil@valbrume.example"


def test_a_page_alone_is_told_as_text() -> None:
    raw = (
        b"From: a@b.example\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n"
        b"<html><head><title>x</title></head><script>alert(1)</script><p>Bonjour L\xe9a</p><p>merci</p></html>"
    )
    assert read_mail(raw).body == "Bonjour Léa\nmerci"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\Users\\a\\photo.jpg", "photo.jpg"), ("a\r\nb.pdf", "a b.pdf"),
        ("nul\x00.pdf", "nul .pdf"), ("", ""), ("..", ""), ("fdp\u202egpj.exe", "fdp_gpj.exe"),
        ("x" * 400 + ".jpeg", "x" * 120 + ".jpeg"), ("aux?.pdf", "aux_.pdf"),
    ],
)
def test_a_name_is_only_a_name(told: str, kept: str) -> None:
    assert file_name(told) == kept


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x00\x01\x02", b"From: \xff\xfe\r\n\r\n\xff", b"Subject: =?utf-8?b?!!!?=\r\n\r\n",
        b"From: =?nulle-part?q?L=E9a?= <a@b.example>\r\n\r\nx",
        b"Content-Type: text/plain; charset=nulle-part\r\n\r\n\xe9t\xe9",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!not base64!!!!\r\n--a",
        b"Content-Type: image/jpeg; name*=utf-8''%ff%fe.jpg\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin\r\n",
        b"From: " + b"a@b.example, " * 5000 + b"\r\n\r\nx",
        b"Content-Type: message/rfc822\r\n\r\n" * 800 + b"x",
        b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(600)),
    ],
)
def test_a_malformed_mail_is_read_for_what_it_is(raw: bytes) -> None:
    found = read_mail(raw)
    assert "\n" not in found.sender + found.subject


def test_a_mail_damaged_anywhere_is_still_read(long: bool) -> None:
    message = mail()
    message.add_attachment(PHOTO, maintype="image", subtype="jpeg", filename="été.jpg")
    whole, chance = message.as_bytes(), random.Random(7)
    for _ in range(3000 if long else 300):
        raw = bytearray(whole)
        for _ in range(chance.randrange(1, 12)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        found = read_mail(bytes(raw[:chance.randrange(len(raw))]))
        assert len(found.sender) <= 254
        found.sender.encode()
        found.subject.encode()
        found.body.encode()


def test_too_many_files_are_counted() -> None:
    message = mail()
    for number in range(60):
        message.add_attachment(b"x", maintype="image", subtype="png", filename=f"{number}.png")
    found = read_mail(message.as_bytes())
    assert (len(found.files), found.left_out) == (50, 10)
