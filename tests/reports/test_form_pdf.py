"""Forms to sign as families receive them: what is known, what is asked, and the code that brings them back."""

from __future__ import annotations

from dataclasses import replace

from backoffice.documents.forms import FormKind, FormPerson
from backoffice.health.rules import SheetValues
from reports import RENDERERS
from reports.form_pdf import render_form, render_forms_together
from tests.reports.reading import pages_of, text_of
from tests.reports.samples import a_form

FORM = a_form()
KNOWN = SheetValues(allergies="Arachide", has_pai=True, doctor_name="Dr Ruiz", pai_conduct="Appeler le 15.")


def test_what_is_known_is_printed_and_every_sheet_has_the_number() -> None:
    pages = pages_of(render_form(FORM))
    assert len(pages) > 1
    assert all("001234-27" in page for page in pages)
    for known in ("ŒUVRARD-MARTIN Zoé", "12/03/2019", "06 12 34 56 78", "2026-2027", "Signature"):
        assert known in text_of(render_form(FORM)), known


def test_health_is_printed_only_when_the_view_holds_it() -> None:
    blank, full = text_of(render_form(FORM)), text_of(render_form(replace(FORM, health=KNOWN)))
    for said in ("Arachide", "Dr Ruiz", "Appeler le 15."):
        assert said not in blank
        assert said in full
    assert "✓" not in blank
    assert full.count("✓") == 2  # an allergy, a PAI; the treatment is left to answer


def test_authorisations_name_who_may_collect_the_child() -> None:
    text = text_of(render_form(replace(FORM, kind=FormKind.AUTHORISATIONS)))
    for said in ("MARTIN Jeanne", "06 99 99 99 99", "Récupérer", "Prévenir", "quitter seul"):
        assert said in text, said


def test_a_long_family_loses_nobody() -> None:
    name = "DE LA TOUR-D’AUVERGNE Népomucène"
    others = tuple(FormPerson(f"{name} {number}", ("06 00 00 00 00",)) for number in range(40))
    text = text_of(render_form(replace(FORM, kind=FormKind.AUTHORISATIONS, others=others, adults=FORM.adults * 5)))
    assert all(f"Népomucène {number}" in " ".join(text.split()) for number in range(40))


def test_the_same_form_gives_the_same_bytes_alone_and_together() -> None:
    assert RENDERERS["form.pdf"](FORM) == render_form(FORM)
    run = render_forms_together("Fiches", (FORM, replace(FORM, number=1235, kind=FormKind.AUTHORISATIONS)))
    assert len(pages_of(run)) == len(pages_of(render_form(FORM))) + len(
        pages_of(render_form(replace(FORM, number=1235, kind=FormKind.AUTHORISATIONS)))
    )
