"""What representative invoices say, word for word, in reading order.

After a wanted change of wording or layout: BACKOFFICE_REWRITE_GOLDEN=1 pytest tests/reports, then read the diff.
"""

import os
from pathlib import Path

import pytest

from reports.invoice_pdf import render_invoice
from tests.reports.reading import text_of
from tests.reports.samples import INVOICES

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", INVOICES)
def test_an_invoice_reads_as_its_golden_text(name: str) -> None:
    text = text_of(render_invoice(INVOICES[name]()))
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("BACKOFFICE_REWRITE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
