"""One theme applied to the whole program: palette first, style sheet only for shapes and named kinds."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from backoffice.kernel.resources import resource_path
from ui.theme.fonts import font
from ui.theme.tokens import Theme

_ROLES = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "surface",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "surface",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "danger",
    QPalette.ColorRole.PlaceholderText: "text_muted",
    QPalette.ColorRole.Highlight: "selected",
    QPalette.ColorRole.HighlightedText: "text",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Link: "link",
    QPalette.ColorRole.LinkVisited: "link",
    QPalette.ColorRole.ToolTipBase: "tooltip",
    QPalette.ColorRole.ToolTipText: "tooltip_text",
    QPalette.ColorRole.Light: "surface",
    QPalette.ColorRole.Midlight: "header",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Dark: "border_control",
    QPalette.ColorRole.Shadow: "border_control",
}
_DISABLED = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)


def palette(theme: Theme) -> QPalette:
    """Every colour Qt paints with."""
    found = QPalette()
    for role, token in _ROLES.items():
        found.setColor(role, QColor(theme.colour(token)))
    if theme.name.value == "high_contrast":
        found.setColor(QPalette.ColorRole.HighlightedText, QColor(theme.colour("accent_text")))
    for role in _DISABLED:
        found.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.colour("text_disabled")))
    return found


def apply(application: QApplication, theme: Theme) -> None:
    """Dress the running program; called again when the theme or the text size changes."""
    application.setPalette(palette(theme))
    application.setFont(font(theme))
    application.setStyleSheet(style_sheet(theme))


def style_sheet(theme: Theme) -> str:
    """Shapes, and the kinds set by `kind` and `state` properties on widgets."""
    values: dict[str, object] = dict(theme.colours())
    for step in ("caption", "small", "body", "group", "title", "figure"):
        values[f"{step}_px"] = theme.type(step).px
    selected_text = theme.colour("accent_text") if theme.name.value == "high_contrast" else theme.colour("text")
    values |= {
        "field": theme.size("control", "field") - 4,  # its frame: 1 px and room for 1 more
        "button": theme.size("control", "button") - 2,
        "chip": theme.size("control", "chip") - 2,
        "question": theme.px(320),
        "chip_radius": theme.size("control", "chip") // 2,
        "radius": theme.line("control"),
        "panel_radius": theme.line("panel"),
        "touch": theme.size("control", "kiosk_button") - theme.px(4),
        "pad": theme.px(12),
        "pad_small": theme.px(8),
        "pad_held": theme.px(8) - 1,
        "row": theme.size("row_height", "table"),
        "tree_row": theme.size("row_height", "table_compact"),
        "header_row": theme.size("row_height", "table_header"),
        "menu_item": theme.size("row_height", "menu_item"),
        "selected_text": selected_text,
        "mark": theme.px(16),
        "mark_radius": theme.px(16) // 2 + 1,
        "mark_radius_wide": theme.px(16) // 2 + 2,
        "check": _glyph("check", theme.colour("accent_text")),
        "chevron": _glyph("chevron-down", theme.colour("text")),
        "bar": theme.px(10),
    }
    return _SHEET % values


def _glyph(name: str, colour: str) -> str:
    """The file of a sign that the sheet draws itself, in white or black, whichever is nearer to the colour."""
    shade = QColor(colour)
    light = shade.red() + shade.green() + shade.blue() > 3 * 127
    return resource_path("icons", f"{name}-{'white' if light else 'black'}.svg").as_posix()


# Colours come from the palette; what stands here is shape, and the colours of kinds that no palette role names.
_SHEET = """
QToolTip { background: %(tooltip)s; color: %(tooltip_text)s; border: 1px solid %(border)s; padding: 4px 8px; }
QLabel[kind="title"] { font-size: %(title_px)spx; font-weight: 600; }
QLabel[kind="group"] { font-size: %(group_px)spx; font-weight: 600; }
QLabel[kind="figure"] { font-size: %(figure_px)spx; font-weight: 600; }
QLabel[kind="strong"] { font-weight: 600; }
QLabel#qt_msgbox_label { font-size: %(group_px)spx; font-weight: 600; }
QLabel#qt_msgbox_informativelabel { min-width: %(question)spx; }
QLabel[kind="secondary"] { color: %(text_secondary)s; }
QLabel[kind="small"] { font-size: %(small_px)spx; color: %(text_secondary)s; }
QLabel[kind="caption"] { font-size: %(caption_px)spx; color: %(text_muted)s; }
QLabel[kind="error"] { font-size: %(small_px)spx; color: %(danger)s; }
QLabel[kind="accent"] { color: %(accent)s; font-weight: 600; }
QLabel[kind="danger"] { color: %(danger)s; font-weight: 600; }
QLabel[kind="warning"] { color: %(warning)s; font-weight: 600; }
QLabel[kind="success"] { color: %(success)s; font-weight: 600; }
QPushButton { background: %(surface)s; border: 1px solid %(border_control)s; border-radius: %(radius)spx;
  min-height: %(button)spx; padding: 0 %(pad)spx; font-weight: 600; }
QPushButton:hover { background: %(hover)s; }
QPushButton:focus { border: 2px solid %(focus)s; }
QPushButton:disabled { color: %(text_disabled)s; border-color: %(border)s; background: %(window)s; }
QPushButton[kind="primary"] { background: %(accent)s; color: %(accent_text)s; border-color: %(accent)s; }
QPushButton[kind="primary"]:hover { background: %(accent_hover)s; }
QPushButton[kind="primary"]:focus { border: 2px solid %(focus_gap)s; outline: 2px solid %(focus)s; }
QPushButton[kind="primary"]:disabled { background: %(surface_sunken)s; color: %(text_disabled)s;
  border-color: %(border)s; }
QPushButton[kind="danger"] { color: %(danger)s; border-color: %(danger)s; }
QPushButton[kind="link"] { border: 1px solid transparent; background: transparent; color: %(link)s; padding: 0 4px; }
QPushButton[kind="link"]:focus { border: 2px solid %(focus)s; }
QPushButton[kind="link"]:disabled { color: %(text_disabled)s; }
QPushButton[touch="true"], QComboBox[touch="true"], QLineEdit[touch="true"] { min-height: %(touch)spx; }
QPushButton[kind="chip"] { min-height: %(chip)spx; border-radius: %(chip_radius)spx; font-weight: 400;
  border: 1px solid %(border_control)s; padding: 0 %(pad)spx; }
QPushButton[kind="chip"]:checked { background: %(accent_soft)s; border: 2px solid %(accent)s; font-weight: 600; }
QPushButton[kind="chip"]:focus { border: 2px solid %(focus)s; }
QPushButton[kind="legend"] { min-height: %(chip)spx; border: 2px solid transparent; background: transparent;
  padding: 0 4px 0 0; font-weight: 400; text-align: left; }
QPushButton[kind="legend"]:hover { background: %(hover)s; }
QPushButton[kind="legend"]:checked { background: %(accent_soft)s; border: 2px solid %(accent)s; }
QPushButton[kind="legend"]:focus { border: 2px solid %(focus)s; }
QToolButton { border: 1px solid transparent; border-radius: %(radius)spx; padding: 4px; background: transparent; }
QToolButton:hover { background: %(hover)s; }
QToolButton:focus { border: 2px solid %(focus)s; }
QToolButton:checked { background: %(accent_soft)s; }
QToolButton::menu-indicator { image: none; }
QLineEdit, QComboBox, QDateEdit, QSpinBox, QPlainTextEdit, QTextEdit { background: %(surface)s;
  border: 1px solid %(border_control)s; border-radius: %(radius)spx; padding: 1px %(pad_small)spx;
  selection-background-color: %(accent)s; selection-color: %(accent_text)s; }
QLineEdit, QComboBox, QDateEdit, QSpinBox { min-height: %(field)spx; }
QPlainTextEdit, QTextEdit { padding: 4px; }
QLineEdit:focus, QComboBox:focus, QDateEdit:focus, QSpinBox:focus { padding: 0 %(pad_held)spx; }
QPlainTextEdit:focus, QTextEdit:focus { padding: 3px; }
QLineEdit:focus, QComboBox:focus, QDateEdit:focus, QSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border: 2px solid %(focus)s; }
QLineEdit[state="error"], QComboBox[state="error"] { padding: 0 %(pad_held)spx; }
QLineEdit[state="error"], QComboBox[state="error"], QPlainTextEdit[state="error"] { border: 2px solid %(danger)s; }
QLineEdit:read-only { background: %(window)s; border-color: %(border)s; }
QLineEdit:disabled, QComboBox:disabled { background: %(window)s; color: %(text_disabled)s; }
QTextBrowser[kind="reading"] { border: 2px solid transparent; background: transparent; padding: 0 2px; }
QTextBrowser[kind="reading"]:focus { border: 2px solid %(focus)s; }
QScrollArea[kind="sunken"] { background: %(surface_sunken)s; border: 1px solid %(border)s; }
QScrollArea[kind="sunken"]:focus { border: 2px solid %(focus)s; }
QLabel[kind="info"] { color: %(info)s; font-weight: 600; }
QComboBox::drop-down { border: 0; width: %(mark)spx; margin-right: 6px; }
QComboBox::down-arrow { image: url("%(chevron)s"); width: %(mark)spx; height: %(mark)spx; }
QComboBox QAbstractItemView { background: %(surface)s; border: 1px solid %(border_control)s;
  selection-background-color: %(selected)s; selection-color: %(selected_text)s; outline: 0; }
QMenu { background: %(surface)s; border: 1px solid %(border_control)s; padding: 4px; }
QMenu::item { min-height: %(menu_item)spx; padding: 0 24px 0 12px; border-radius: %(radius)spx; }
QMenu::item:selected { background: %(selected)s; color: %(selected_text)s; }
QMenu::item:disabled { color: %(text_disabled)s; }
QMenu::separator { height: 1px; background: %(border)s; margin: 4px 0; }
QMenuBar { background: %(nav)s; }
QMenuBar::item { padding: 4px 10px; background: transparent; }
QMenuBar::item:selected { background: %(selected)s; color: %(selected_text)s; }
QTableView { background: %(surface)s; border: 1px solid %(border)s; padding: 1px; gridline-color: %(gridline)s;
  selection-background-color: %(selected)s; selection-color: %(selected_text)s; outline: 0; }
QTableView:focus { border: 2px solid %(focus)s; padding: 0; }
QHeaderView { background: %(header)s; }
QHeaderView::section { background: %(header)s; border: 0; border-bottom: 1px solid %(border)s; font-weight: 600;
  padding: 0 %(pad_small)spx; min-height: %(header_row)spx; color: %(text_secondary)s; }
QListView { background: %(surface)s; border: 1px solid %(border)s; outline: 0;
  selection-background-color: %(selected)s; selection-color: %(selected_text)s; }
QTreeView { background: %(surface)s; border: 1px solid %(border)s; padding: 1px; outline: 0;
  selection-background-color: %(selected)s; selection-color: %(selected_text)s; }
QTreeView:focus { border: 2px solid %(focus)s; padding: 0; }
QTreeView::item { min-height: %(tree_row)spx; padding: 0 2px; }
QScrollBar:vertical { width: %(bar)spx; background: transparent; margin: 0; }
QScrollBar:horizontal { height: %(bar)spx; background: transparent; margin: 0; }
QScrollBar::handle { background: %(border_control)s; border-radius: 4px; min-height: 24px; min-width: 24px;
  margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: %(border)s; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter[kind="gap"]::handle { background: transparent; }
QTabBar::tab { padding: %(pad_small)spx %(pad)spx; border: 0; border-bottom: 3px solid transparent;
  color: %(text_secondary)s; background: transparent; }
QTabBar::tab:selected { color: %(text)s; border-bottom-color: %(accent)s; font-weight: 600; }
QTabBar::tab:focus { color: %(accent)s; }
QTabWidget::pane { border: 0; border-top: 1px solid %(border)s; }
QProgressBar { border: 1px solid %(border_control)s; border-radius: 3px; background: %(surface)s; text-align: center; }
QProgressBar::chunk { background: %(accent)s; }
QCheckBox { spacing: 8px; }
QCheckBox::indicator { width: %(mark)spx; height: %(mark)spx; border: 1px solid %(border_control)s;
  border-radius: 3px; background: %(surface)s; }
QCheckBox::indicator:checked { background: %(accent)s; border-color: %(accent)s; image: url("%(check)s"); }
QCheckBox::indicator:focus { border: 2px solid %(focus)s; }
QCheckBox::indicator:disabled { border-color: %(border)s; background: %(window)s; }
QRadioButton { spacing: 8px; font-weight: 600; }
QRadioButton::indicator { width: %(mark)spx; height: %(mark)spx; border: 1px solid %(border_control)s;
  border-radius: %(mark_radius)spx; background: %(surface)s; }
QRadioButton::indicator:checked { border-color: %(accent)s; background: qradialgradient(cx:0.5, cy:0.5, radius:0.5,
  fx:0.5, fy:0.5, stop:0 %(accent_text)s, stop:0.4 %(accent_text)s, stop:0.5 %(accent)s, stop:1 %(accent)s); }
QRadioButton::indicator:focus { border: 2px solid %(focus)s; border-radius: %(mark_radius_wide)spx; }
QRadioButton:disabled { color: %(text_disabled)s; }
QFrame[kind="panel"] { background: %(surface)s; border: 1px solid %(border)s; border-radius: %(panel_radius)spx; }
QFrame[kind="choice"] { background: %(surface)s; border: 1px solid %(border_control)s; border-radius: %(radius)spx; }
QFrame[kind="choice"][state="chosen"] { background: %(accent_soft)s; border: 2px solid %(accent)s; }
QFrame[kind="choice"] QRadioButton { font-weight: 400; }
QFrame[kind="page"] { background: %(window)s; }
QFrame[kind="topbar"], QFrame[kind="nav"], QFrame[kind="status"] { background: %(nav)s; }
QFrame[kind="topbar"] { border-bottom: 1px solid %(border)s; }
QFrame[kind="nav"] { border-right: 1px solid %(border)s; }
QFrame[kind="status"] { border-top: 1px solid %(border)s; }
QFrame[kind="line"] { background: %(gridline)s; max-height: 1px; min-height: 1px; border: 0; }
QFrame[kind="scope"] { background: %(accent_soft)s; border: 1px solid %(accent)s; border-radius: %(radius)spx; }
QFrame[kind="banner"] { border-radius: %(radius)spx; }
QFrame[kind="banner"][state="danger"] { background: %(danger_soft)s; border: 1px solid %(danger)s;
  border-left: 4px solid %(danger)s; }
QFrame[kind="banner"][state="warning"] { background: %(warning_soft)s; border: 1px solid %(warning)s;
  border-left: 4px solid %(warning)s; }
QFrame[kind="banner"][state="success"] { background: %(success_soft)s; border: 1px solid %(success)s;
  border-left: 4px solid %(success)s; }
QFrame[kind="banner"][state="info"] { background: %(info_soft)s; border: 1px solid %(info)s;
  border-left: 4px solid %(info)s; }
QPushButton[kind="nav"] { text-align: left; border: 0; border-left: 3px solid transparent; border-radius: 0;
  background: transparent; font-weight: 400; padding: 0 %(pad)spx; min-height: %(row)spx; }
QPushButton[kind="nav"][folded="true"] { text-align: center; padding: 0 3px 0 0; }
QPushButton[kind="nav"]:hover { background: %(hover)s; }
QPushButton[kind="nav"]:checked { background: %(accent_soft)s; border-left: 3px solid %(accent)s; font-weight: 600; }
QPushButton[kind="nav"]:focus { border: 2px solid %(focus)s; border-left: 3px solid %(focus)s; }
QScrollArea { border: 0; background: transparent; }
QAbstractScrollArea::corner { border: 0; background: transparent; }
QScrollArea > QWidget > QWidget[kind="page"] { background: %(window)s; }
"""
