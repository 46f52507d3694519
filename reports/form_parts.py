"""What every form to sign is made of: its head with the code, sections, lines to fill in, boxes to tick, signature."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.documents.forms import FormPerson, FormView
from backoffice.kernel.periods import french_day
from reports.invoice_style import (
    ACCENT,
    ACCENT_SOFT,
    BODY,
    LEFT,
    LINE,
    MUTED_SMALL,
    RIGHT,
    SECONDARY,
    SMALL,
    STRONG,
    TEXT,
)
from reports.pdf.flow import Flow
from reports.pdf.fonts import REGULAR, SEMIBOLD
from reports.pdf.page import Colour, Page, Style, mm
from reports.pdf.qr import draw_code
from reports.pdf.text import clean, elide, shrink, wrap

FOOTER_SPACE = mm(4)
LEADING = 12.6
_WRITTEN_LEADING = mm(7.5)  # a line that a hand writes on
_WHITE = Colour.of("#FFFFFF")
_TITLE = Style(SEMIBOLD, 16, ACCENT)
_SECTION = Style(SEMIBOLD, 11, ACCENT)
_LABEL = Style(REGULAR, 8.5, SECONDARY)
_NUMBER = Style(SEMIBOLD, 10, TEXT)
_CODE = mm(21)
_BOX = mm(3.4)
_TOP = mm(15)
_HEAD_LINES = 4
_FEW = 2  # parents who have a column each


# --- the head --------------------------------------------------------------------------------------------------------


def draw_head(flow: Flow, view: FormView) -> None:
    """Who asks, what it is, for which year; the code at the right."""
    page, room = flow.page, RIGHT - LEFT - _CODE - mm(8)
    draw_code(page, RIGHT - _CODE, _TOP - mm(4), _CODE, f"FICHE-{view.printed_number}")
    number = view.printed_number
    page.text(RIGHT - _CODE / 2 - _NUMBER.width(number) / 2, _TOP + _CODE - mm(1), number, _NUMBER)
    y = _TOP
    page.text(LEFT, y, elide(clean(view.town), STRONG.face, STRONG.size, room), STRONG)
    for text in ((*view.contact, *view.town_address) if view.contact else view.town_address)[:_HEAD_LINES]:
        y += 10.6
        page.text(LEFT, y, elide(clean(text), SMALL.face, SMALL.size, room), SMALL)
    y = max(y + mm(8), _TOP + mm(17))
    title = f"{view.kind.label} {view.year}"
    page.text(LEFT, y, title, Style(SEMIBOLD, shrink(title, SEMIBOLD, _TITLE.size, 11, room), ACCENT))
    y += mm(5.5)
    said = ("Vérifiez ce qui est imprimé, corrigez à la main ce qui a changé, complétez, signez et renvoyez toutes les "
            "pages. Ne masquez pas le code : il nous dit à quel enfant appartient la fiche.")
    for line in wrap(said, SMALL.face, SMALL.size, RIGHT - LEFT):
        page.text(LEFT, y, line, SMALL)
        y += 10.8
    flow.y = y + mm(1)


def running_header(page: Page, view: FormView) -> float:
    """On the second page and after: whose it is, and its code again, since sheets are scanned one by one."""
    said = clean(f"{view.kind.label} {view.year} : {view.child}")
    size = mm(13)
    draw_code(page, RIGHT - size, mm(8), size, f"FICHE-{view.printed_number}")
    page.text(LEFT, mm(15), elide(said, STRONG.face, STRONG.size, mm(120)), STRONG)
    page.text_right(RIGHT - size - mm(3), mm(15), view.printed_number, _NUMBER)
    page.rule(LEFT, RIGHT, mm(23), LINE, 0.75)
    return mm(28)


# --- the parts -------------------------------------------------------------------------------------------------------


def section(flow: Flow, title: str, least: float = mm(24)) -> None:
    """A title in its band, never alone at the foot of a page: `least` follows it there."""
    flow.need(mm(9) + least)
    top = flow.y + mm(2)
    flow.page.box(LEFT, top, RIGHT - LEFT, mm(6.4), ACCENT_SOFT)
    flow.page.text(LEFT + mm(2), top + mm(4.6), title, _SECTION)
    flow.y = top + mm(6.4) + mm(3.2)


def filled(flow: Flow, left: float, width: float, top: float, name: str, text: str, most: int = 3) -> float:
    """A name and what is known under it, or a line to write on; returns its foot."""
    page = flow.page
    page.text(left, top + 8, name, _LABEL)
    lines = wrap(clean(text), BODY.face, BODY.size, width, most)
    if not lines:
        foot = top + 8 + mm(6)
        page.rule(left, left + width, foot, LINE, 0.75)
        return foot + mm(2)
    y = top + 8
    for line in lines:
        y += LEADING
        page.text(left, y, line, BODY)
    return y + mm(2.2)


def fields(flow: Flow, rows: Sequence[Sequence[tuple[str, str]]]) -> None:
    """Rows of fields side by side, all of the same width."""
    gap = mm(6)
    for row in rows:
        width = (RIGHT - LEFT - gap * (len(row) - 1)) / len(row)
        flow.need(mm(14))
        flow.y = max(
            filled(flow, LEFT + index * (width + gap), width, flow.y, name, text)
            for index, (name, text) in enumerate(row)
        )


def long_field(flow: Flow, name: str, text: str, blank: int) -> None:
    """What is known, whole, then `blank` lines to write on."""
    lines = [part for line in text.splitlines() for part in wrap(clean(line), BODY.face, BODY.size, RIGHT - LEFT)]
    flow.need(LEADING + (LEADING * min(len(lines), 3) if lines else 0) + blank * _WRITTEN_LEADING)
    flow.page.text(LEFT, flow.y + 9, name, Style(REGULAR, 9.5, SECONDARY))
    flow.y += 9 + mm(0.8)
    for line in lines:
        flow.need(LEADING)
        flow.y += LEADING
        flow.page.text(LEFT, flow.y, line, BODY)
    for _ in range(blank):
        flow.y += _WRITTEN_LEADING
        flow.page.rule(LEFT, RIGHT, flow.y, LINE, 0.75)
    flow.y += mm(3.5)


def tick(page: Page, x: float, baseline: float, words: str, *, ticked: bool = False) -> float:
    """A box to tick and its words; returns where the next one may begin."""
    page.box(x, baseline - _BOX + 0.6, _BOX, _BOX, _WHITE, TEXT)
    if ticked:
        page.text(x + 0.6, baseline, "✓", STRONG)
    page.text(x + _BOX + mm(1.8), baseline, words, BODY)
    return x + _BOX + mm(1.8) + BODY.width(words) + mm(6)


def question(flow: Flow, words: str, *, answer: bool | None = None) -> None:
    """« … □ Oui □ Non », the words cut in lines when they are long; `answer` ticks what is known."""
    room = RIGHT - LEFT - mm(34)
    lines = wrap(clean(words), BODY.face, BODY.size, room)
    flow.need(LEADING * len(lines) + mm(2.5))
    y = flow.y + 9
    x = tick(flow.page, RIGHT - mm(28), y, "Oui", ticked=answer is True)
    tick(flow.page, x, y, "Non", ticked=answer is False)
    for index, line in enumerate(lines):
        flow.page.text(LEFT, y + index * LEADING, line, BODY)
    flow.y = y + LEADING * (len(lines) - 1) + mm(3)


def paragraph(flow: Flow, words: str, style: Style = SMALL) -> None:
    flow.y -= mm(2)
    for line in wrap(clean(words), style.face, style.size, RIGHT - LEFT):
        flow.need(11)
        flow.y += 11
        flow.page.text(LEFT, flow.y, line, style)
    flow.y += mm(2)


def table(
    flow: Flow, titles: Sequence[str], shares: Sequence[float], rows: Sequence[Sequence[str]], blank: int
) -> None:
    """Rows already known, then `blank` rows to write in; a title that ends with « □ » has boxes to tick under it."""
    height = mm(7.6)
    ticked = [title.endswith("□") for title in titles]
    lefts, widths = _columns(shares)
    flow.need(height * (1 + min(len(rows) + blank, 3)))

    def head() -> None:
        for left, title in zip(lefts, titles, strict=True):
            flow.page.text(left + mm(1), flow.y + mm(4.4), title.removesuffix("□"), _LABEL)
        flow.y += mm(6)
        flow.page.rule(LEFT, RIGHT, flow.y, LINE, 0.75)

    head()
    flow.on_table = head
    for row in (*rows, *([""] * len(titles) for _ in range(blank))):
        cells = [wrap(clean(text), BODY.face, BODY.size, width - mm(2), 2)
                 for text, width in zip(row, widths, strict=True)]
        tall = height + LEADING * (max(map(len, cells)) - 1 if any(cells) else 0)
        flow.need(tall)
        for left, lines, has_box in zip(lefts, cells, ticked, strict=True):
            if has_box:
                flow.page.box(left + mm(4), flow.y + mm(2.2), _BOX, _BOX, _WHITE, TEXT)
            for index, line in enumerate(lines):
                flow.page.text(left + mm(1), flow.y + mm(5.2) + index * LEADING, line, BODY)
        flow.y += tall
        flow.page.rule(LEFT, RIGHT, flow.y, LINE, 0.5)
    flow.on_table = None
    flow.y += mm(3)


def _columns(shares: Sequence[float]) -> tuple[list[float], list[float]]:
    widths = [(RIGHT - LEFT) * share / sum(shares) for share in shares]
    lefts = [LEFT + sum(widths[:index]) for index in range(len(widths))]
    return lefts, widths


# --- what both forms say -------------------------------------------------------------------------------------------


def draw_child(flow: Flow, view: FormView) -> None:
    section(flow, "L'enfant")
    born = french_day(view.birth_date) if view.birth_date else ""
    fields(flow, [
        [("Nom et prénom", view.child), ("Né(e) le", born)],
        [("Adresse", ", ".join(view.address)), ("Inscrit à", " ; ".join(view.places))],
    ])


def draw_adults(flow: Flow, view: FormView) -> None:
    section(flow, "Les responsables", mm(40))
    adults = [*view.adults, *([FormPerson("")] * max(0, _FEW - len(view.adults)))]
    for start in range(0, len(adults), _FEW):
        pair = [*adults[start:start + _FEW]]
        pair += [FormPerson("")] * (_FEW - len(pair))
        fields(flow, [
            [("Nom et prénom", adult.name) for adult in pair],
            [("Téléphones", " · ".join(adult.phones)) for adult in pair],
            [("Courriel", adult.email) for adult in pair],
        ])


def draw_signature(flow: Flow, view: FormView) -> None:
    """What the family declares, where it signs; never cut in two."""
    height = mm(44)
    flow.need(height)
    top = flow.y + mm(2)
    flow.page.box(LEFT, top, RIGHT - LEFT, height - mm(4), _WHITE, LINE)
    left, room = LEFT + mm(4), RIGHT - LEFT - mm(8)
    said = (f"Je soussigné(e), responsable de {view.child}, déclare exacts les renseignements portés sur cette fiche "
            "et m'engage à signaler tout changement.")
    y = top + mm(2)
    for line in wrap(clean(said), BODY.face, BODY.size, room, 3):
        y += LEADING
        flow.page.text(left, y, line, BODY)
    y += mm(8)
    for x, words, width in ((left, "Nom du signataire", mm(52)), (left + mm(60), "Le", mm(26)),
                            (left + mm(94), "Signature", mm(72))):
        flow.page.text(x, y, words, _LABEL)
        flow.page.rule(x, x + width, top + height - mm(9), LINE, 0.75)
    flow.y = top + height
    made = f"Fiche éditée le {french_day(view.day)}, dossier {view.family}"
    flow.page.text(LEFT, flow.y, elide(clean(made), MUTED_SMALL.face, MUTED_SMALL.size, RIGHT - LEFT), MUTED_SMALL)
