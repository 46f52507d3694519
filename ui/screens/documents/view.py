"""« Pièces à valider » : the queue, the piece, the decision. Everything has its key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QButtonGroup, QComboBox, QPushButton, QSplitter, QStackedWidget, QWidget

from backoffice.documents.delays import Urgency
from backoffice.documents.queue import QueueLine
from ui.forms import FieldSpec
from ui.presenting import Place
from ui.rendering import PageRenderer
from ui.screen import Screen, Surroundings
from ui.screens.documents.comparing import Compared, Found
from ui.screens.documents.decision import DecisionPanel, Gestures
from ui.screens.documents.evidence import Evidence
from ui.screens.documents.presenter import Counts, PiecesPresenter, Sight
from ui.screens.documents.queue_list import QueueList
from ui.screens.documents.rows import Kept
from ui.widgets.basics import Empty, chip
from ui.widgets.flow import FlowLayout
from ui.widgets.folding import Foldaway
from ui.widgets.preview.pages import PreviewDocument
from ui.widgets.preview.view import FullScreen
from ui.widgets.table.columns import shown

_THREE_FROM = 980  # logical pixels: narrower, the queue goes over the piece
_ALL_TYPES = "Tous les types"


class PiecesView(Screen):
    """Letters are keys wherever the keyboard is, but in a field, where they are letters."""

    follows_structure = True
    structure_remark = "les enfants qui y sont inscrits et leurs familles"
    keys = (
        ("V", "Valider la pièce avec les dates proposées, et passer à la suivante"),
        ("X, puis 1 … 9, Entrée", "Rejeter avec ce motif ; le texte se corrige avant Entrée"),
        ("P", "Passer : la pièce reviendra en dernier"),
        ("T", "Changer le type de la pièce ou la personne"),
        ("D", "Accorder une dérogation"),
        ("Ctrl+Z", "Annuler la dernière décision, tant que le courriel n'est pas parti"),
        ("R / Maj+R", "Tourner la page à droite, à gauche ; gardé pour le fichier"),
        ("Pg. préc. / Pg. suiv.", "Parcourir les pages"),
        ("Ctrl + / Ctrl − / Ctrl 0", "Agrandir, réduire, ajuster à la largeur ou à la page"),
        ("C", "Contraste renforcé, noir et blanc, tel que reçu"),
        ("Ctrl+B", "Comparer à la version acceptée avant"),
        ("F11", "Aperçu en plein écran, sur l'autre écran s'il y en a un ; Échap en sort"),
        ("F2", "Ouvrir le dossier de la famille"),
        ("F8", "Voir comme la famille : ce que son portail lui montre"),
        ("?", "Ces touches"),
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Pièces à valider")
        theme = self.theme
        self._sight: Sight | None = None
        self._chips: dict[str, QPushButton] = {}
        self._was_narrow = False
        self.presenter = PiecesPresenter(self, around.desk)
        presenter = self.presenter
        self.list = QueueList(theme)
        self.evidence = Evidence(theme, around.desk.run, PageRenderer)
        self.preview = self.evidence.preview
        self.decision = DecisionPanel(theme, Gestures(
            presenter.validate, self.reject, presenter.pass_, presenter.change, presenter.waive, presenter.undo,
            presenter.open_family,
        ))  # fmt: skip
        self._build()
        self._listen()
        self._bind(self, own=True)

    def _build(self) -> None:
        theme = self.theme
        self._choices = QWidget()
        choices = FlowLayout(theme.px(8), self._choices)
        group = QButtonGroup(self)
        for key, words, kept in (
            ("all", "T&outes", Kept()),
            *((urgency.value, urgency.label.replace("En retard", "&En retard"), Kept(urgency)) for urgency in Urgency),
            ("blocking", "&Bloque une ouverture", Kept(blocking=True)),
        ):
            found = self._chips[key] = chip(words, partial(self._keep, kept), checked=key == "all")
            found.setProperty("words", words)
            group.addButton(found)
            choices.addWidget(found)
        self.types = QComboBox()
        self.types.setAccessibleName("Type de pièce")
        self.types.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.types.setMinimumContentsLength(16)
        self.types.activated.connect(self._keep_type)
        choices.addWidget(self.types)
        self._filters = Foldaway(theme, "Filtres", self._choices)
        self._queue_button = chip("Fi&le", self._show_list)
        self._queue_button.hide()
        self.gestures.addWidget(self._queue_button)
        self.gestures.addWidget(self._filters)
        self.gestures.addWidget(self._choices)
        self.body.setSpacing(theme.px(8))
        split = self.split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        for part in (self.list, self.evidence, self.decision):
            split.addWidget(part)
        split.setSizes([theme.size("width", "queue"), theme.px(560), theme.size("width", "decision")])
        for place, factor in enumerate((0, 1, 0)):
            split.setStretchFactor(place, factor)
        split.setProperty("kind", "gap")
        split.setHandleWidth(theme.px(8))
        self.around.preferences.remember_splitter("pieces/split", split)
        self.empty = Empty(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(split)
        self._stack.addWidget(self.empty)
        self.body.addWidget(self._stack, 1)

    def _listen(self) -> None:
        presenter = self.presenter
        self.list.picked.connect(self._picked)
        self.preview.turned.connect(presenter.rotated)
        self.preview.earlier_wanted.connect(presenter.compare)
        self.preview.painted.connect(self._page_painted)
        self.preview.went_full.connect(self._went_full)
        self.decision.entered.connect(presenter.validate)
        self.decision.typed.connect(presenter.typed)
        self.decision.saved.connect(presenter.save_form)
        self.decision.left.connect(self._leave_form)
        reasons = self.decision.reasons
        reasons.changed.connect(presenter.show_letter_of)
        reasons.rejected.connect(presenter.reject)
        reasons.given_up.connect(self._leave_reasons)

    def _bind(self, where: QWidget, *, own: bool) -> None:
        """On the page, and on the other screen while the preview is there."""
        presenter, preview = self.presenter, self.preview
        letters: dict[str, Callable[[], object]] = {
            "V": presenter.validate,
            "P": presenter.pass_,
            "R": partial(preview.rotate, 1),
            "Shift+R": partial(preview.rotate, -1),
            "C": preview.next_look,
            "PgDown": partial(preview.page_on, 1),
            "PgUp": partial(preview.page_on, -1),
            "Ctrl+Z": presenter.undo,
        }
        back: dict[str, Callable[[], object]] = {
            "X": self.reject, "T": presenter.change, "D": presenter.waive, "?": self.show_keys,
            "F2": presenter.open_family, "F8": presenter.see_as_family,
        }
        for key, run in (letters | back).items():
            shortcut = QShortcut(QKeySequence(key), where)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self._press, run, back=key in back and not own))
        if own:
            escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.decision)
            escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            escape.activated.connect(self._escape)

    def _press(self, run: Callable[[], object], *, back: bool) -> None:
        """What needs the column is done on the window of the program."""
        if back and self.preview.full is not None:
            self.preview.toggle_full()
            self.window().activateWindow()
        run()

    # --- what the shell asks ----------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self._take_keyboard()
        self.presenter.open(place)

    def refresh(self) -> None:
        self.presenter.load()

    def changed_elsewhere(self, *, perhaps_mine: bool) -> None:
        if not perhaps_mine:
            self.presenter.load()

    def is_seen(self) -> bool:
        return self.isVisible()

    def is_asking(self) -> bool:
        return self.decision.is_asking

    def left(self) -> None:
        self.presenter.leave()

    def show_keys(self) -> None:
        from ui.shell.help import KeysHelp

        KeysHelp(self.theme, self.window(), self.title_label.text(), self.keys).exec()

    # --- what the presenter asks ------------------------------------------------------------------------------

    def show_counts(self, counts: Counts, kept: Kept) -> None:
        place = f"{shown(counts.place)} sur {shown(counts.total)}" if counts.total else ""
        self.show_title("Pièces à valider", place)
        known = {"all": counts.waiting, "blocking": counts.blocking,
                 **{urgency.value: counts.by_urgency.get(urgency, 0) for urgency in Urgency}}
        chosen = kept.urgency.value if kept.urgency else "blocking" if kept.blocking else "all"
        for key, found in self._chips.items():
            found.setText(f"{found.property('words')} {shown(known[key])}")
            found.setAccessibleName(found.text().replace("&", ""))
            found.setChecked(key == chosen)
        self._queue_button.setText(f"Fi&le {shown(counts.waiting)}")
        self._filters.say(kept.words)
        self._show_types(counts.by_type, kept.type)

    def _show_types(self, by_type: Mapping[str, int], chosen: str) -> None:
        options = [(_ALL_TYPES, "")] + [(f"{name} ({shown(count)})", name) for name, count in sorted(by_type.items())]
        if options != [(self.types.itemText(place), self.types.itemData(place)) for place in range(self.types.count())]:
            self.types.clear()
            for words, name in options:
                self.types.addItem(words, name)
        self.types.setCurrentIndex(max(self.types.findData(chosen), 0))

    def show_queue(self, lines: Sequence[QueueLine]) -> None:
        self.list.show_lines(lines)

    def drop_line(self, document_id: int) -> None:
        self.list.drop(document_id)

    def show_current(self, document_id: int | None) -> None:
        self.list.show_current(document_id)

    def show_piece(self, sight: Sight, document: PreviewDocument | None, refusal: str) -> None:
        self._sight = sight
        held = self._stack.currentIndex() == 1 or self.decision.isAncestorOf(QApplication.focusWidget() or self)
        self._stack.setCurrentIndex(0)
        self.decision.show_sight(sight)
        self._fold_letter()
        if document is None:
            self.preview.say(refusal)
        elif self.preview.leaf.document != document:
            self.preview.show_document(document)
        if held:
            self._take_keyboard()

    def show_compared(self, lines: Sequence[tuple[Compared, Found]]) -> None:
        self.decision.show_compared(lines)

    def show_empty(self, text: str, released: Sequence[str], gesture: str) -> None:
        self._sight = None
        if self.preview.full is not None:
            self.preview.toggle_full()
        names = f"\n\nInscription de nouveau possible : {', '.join(released)}." if released else ""
        self.empty.say(f"{text}{names}", gesture, self.presenter.show_all)
        self._stack.setCurrentIndex(1)
        self.empty.take_keyboard()

    def show_earlier(self, document: PreviewDocument | None) -> None:
        self.preview.show_earlier(document)

    def make_ready(self, document: PreviewDocument) -> None:
        self.preview.make_ready(document)

    def show_letter(self, said: str, note: str) -> None:
        self.evidence.show_letter(said, note)

    def show_form(self, title: str, fields: Sequence[FieldSpec], save_words: str) -> None:
        self.decision.show_form(title, fields, save_words)

    def hide_form(self) -> None:
        self.decision.hide_form()

    def set_value(self, key: str, text: str) -> None:
        self.decision.set_value(key, text)

    def show_errors(self, errors: Mapping[str, str]) -> None:
        self.decision.show_errors(errors)

    def values(self) -> Mapping[str, str]:
        return self.decision.values()

    # --- gestures ---------------------------------------------------------------------------------------------

    def reject(self) -> None:
        """« X » : why ?"""
        if self._sight is not None and self._sight.may_decide and not self.decision.is_asking:
            self.decision.begin_rejecting(self._sight)
            self._fold_letter()

    def _leave_reasons(self) -> None:
        self.decision.stop_rejecting()
        self._fold_letter()
        self.presenter.show_letter_of(None, "")
        self._take_keyboard()

    def _leave_form(self) -> None:
        self.presenter.close_form()
        self._take_keyboard()

    def _escape(self) -> None:
        if self.decision.is_rejecting:
            self._leave_reasons()
        elif self.decision.is_asking:
            self._leave_form()
        else:
            self._take_keyboard()

    def _keep(self, kept: Kept) -> None:
        self.presenter.keep(replace(kept, type=self.presenter.kept.type))
        self._take_keyboard()

    def _keep_type(self, _place: int) -> None:
        self.presenter.keep(replace(self.presenter.kept, type=str(self.types.currentData() or "")))
        self._take_keyboard()

    def _picked(self, line: QueueLine) -> None:
        self.presenter.choose(line)
        if self._is_narrow:
            self._queue_button.setChecked(False)
            self._arrange()

    def _page_painted(self) -> None:
        shown_page = self.preview.leaf.shown
        if shown_page is not None:
            self.presenter.page_read(shown_page.text)

    def _went_full(self, full: FullScreen) -> None:
        self._bind(full, own=False)

    # --- room -------------------------------------------------------------------------------------------------

    @property
    def _is_narrow(self) -> bool:
        return self.width() < self.theme.px(_THREE_FROM)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        self._arrange()

    def _show_list(self) -> None:
        self._arrange()
        self._take_keyboard()

    def _arrange(self) -> None:
        """Two columns where three would be too narrow: the queue comes over the piece when it is asked for."""
        narrow = self._is_narrow
        over = narrow and self._queue_button.isChecked()
        self._queue_button.setVisible(narrow)
        self.list.setVisible(not narrow or over)
        self.evidence.setVisible(not over)
        self._filters.fold(short=self.is_short or narrow)
        self.decision.fold(folded=self.is_short)
        self._fold_letter()
        if narrow and not self._was_narrow:
            half = self.split.width() // 2
            self.split.setSizes([half, half, half])
        self._was_narrow = narrow

    def _fold_letter(self) -> None:
        """On a short page the piece keeps the room, until the words for the family are being written."""
        self.evidence.fold(folded=self.is_short, seen=not self.is_short or self.decision.is_rejecting)

    def _take_keyboard(self) -> None:
        (self.list if self.list.isVisibleTo(self) else self.preview.leaf.desk).setFocus(
            Qt.FocusReason.OtherFocusReason
        )
