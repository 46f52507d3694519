"""Measures and styles shared by the parts of an invoice."""

from reports.pdf.fonts import REGULAR, SEMIBOLD
from reports.pdf.page import Colour, Style, mm

LEFT, RIGHT = mm(18), mm(192)
BOTTOM = mm(281)
FOOTER = mm(287)
WINDOW_LEFT = mm(110)

TEXT = Colour.of("#1D1F23")
SECONDARY = Colour.of("#4C4F56")
MUTED = Colour.of("#5A5D64")
ACCENT = Colour.of("#2253A0")
ACCENT_SOFT = Colour.of("#E9F0F9")
DANGER = Colour.of("#A8231C")
DANGER_SOFT = Colour.of("#FCE7E4")
HEADER = Colour.of("#F2F1EE")
LINE = Colour.of("#C9C6BF")
PAPER = Colour.of("#FFFFFF")
GRID = Colour.of("#E6E4DF")

BODY = Style(REGULAR, 9.5, TEXT)
BODY_SECONDARY = Style(REGULAR, 9.5, SECONDARY)
STRONG = Style(SEMIBOLD, 9.5, TEXT)
SMALL = Style(REGULAR, 8.5, SECONDARY)
MUTED_SMALL = Style(REGULAR, 8, MUTED)
LEGAL = Style(REGULAR, 7.5, SECONDARY)
LEGAL_STRONG = Style(SEMIBOLD, 7.5, SECONDARY)
