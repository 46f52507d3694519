"""PDF pages drawn by a child process that may be lost, slow, or given anything."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from reportlab.pdfgen.canvas import Canvas

from backoffice.kernel.errors import Cancelled, EnvironmentFault
from backoffice.kernel.progress import silent
from ui.rendering import PagePicture, PageRenderer, Sheet


@pytest.fixture
def renderer() -> Iterator[PageRenderer]:
    made = PageRenderer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """Two pages that say « Bonjour » and « Au revoir »."""
    file = BytesIO()
    canvas = Canvas(file)
    for words in ("Bonjour", "Au revoir"):
        canvas.drawString(100, 700, words)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def test_a_page_is_pixels_and_words(renderer: PageRenderer, pdf: bytes) -> None:
    picture = renderer.render(pdf, Sheet(page=1, width=300), silent)

    assert (picture.page, picture.pages, picture.text) == (1, 2, "Au revoir")
    assert abs(picture.width - 300) <= 1
    assert len(picture.pixels) == picture.stride * picture.height


def test_the_child_serves_several_pages(renderer: PageRenderer, pdf: bytes) -> None:
    renderer.render(pdf, Sheet(), silent)
    first = renderer.child_id
    renderer.render(pdf, Sheet(page=1), silent)

    assert first is not None
    assert renderer.child_id == first


def test_a_child_that_ended_is_replaced(renderer: PageRenderer, pdf: bytes) -> None:
    renderer.render(pdf, Sheet(), silent)
    assert renderer.child_id is not None
    os.kill(renderer.child_id, signal.SIGTERM)

    assert renderer.render(pdf, Sheet(), silent).text == "Bonjour"  # even when it ended while it was asked


@pytest.mark.parametrize(
    "lie",
    [{"pixels": b"1234"}, {"height": 3}, {"stride": 4}, {"width": 0}, {"page": 1}, {"pages": 0}, {"zoom": 0.0},
     {"height": -2, "stride": -8}],
)
def test_a_picture_whose_pixels_are_not_those_it_says_is_not_given_to_qt(
    renderer: PageRenderer, pdf: bytes, lie: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = PagePicture(0, 1, 1.0, 2, 2, 8, bytes(16), "")
    assert honest.is_whole
    monkeypatch.setattr(renderer._child, "ask", lambda *_: replace(honest, **lie))
    with pytest.raises(EnvironmentFault, match=r"preview\.failed"):
        renderer.render(pdf, Sheet(), silent)


def test_what_is_not_a_pdf_is_said(renderer: PageRenderer, pdf: bytes) -> None:
    with pytest.raises(EnvironmentFault, match=r"preview\.failed"):
        renderer.render(b"not a pdf", Sheet(), silent)

    assert renderer.render(pdf, Sheet(), silent).text == "Bonjour"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP on Windows")
def test_a_child_that_does_not_answer_is_ended(pdf: bytes) -> None:
    renderer = PageRenderer()
    renderer.render(pdf, Sheet(), silent)
    renderer._child._patience = 0.3  # from now on: beginning a process takes its time on a busy machine
    stuck = renderer.child_id
    assert stuck is not None
    os.kill(stuck, signal.SIGSTOP)

    with pytest.raises(EnvironmentFault, match=r"preview\.too_slow"):
        renderer.render(pdf, Sheet(), silent)
    with pytest.raises(ProcessLookupError):
        os.kill(stuck, 0)
    renderer.close()


def test_a_page_nobody_wants_any_more_does_not_answer_the_next(renderer: PageRenderer, pdf: bytes) -> None:
    def stop(done: int, total: int, what: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        renderer.render(pdf, Sheet(page=0), stop)

    assert renderer.render(pdf, Sheet(page=1), silent).text == "Au revoir"
