"""« Essayer un tarif » : what the program would bill this family for one unit on a day, and why. Nothing is written.
No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from backoffice.attendance.attended import AttendedSlot, SlotsOfFamily
from backoffice.catalog.overview import Catalog, CatalogOverview, SlotView
from backoffice.catalog.queries import Slot
from backoffice.families.queries import FamilyFile
from backoffice.kernel.errors import BackofficeError, UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import NO_BREAK_SPACE, euros
from backoffice.kernel.progress import Progress
from backoffice.tariffs.overview import TryFamily
from backoffice.tariffs.rules import UnitPrice
from ui.days import long_day
from ui.explanations import Chapter, Entry, on_screen
from ui.forms import Entry as Typing
from ui.forms import FieldSpec, Reader, typed_day
from ui.presenting import Action, Desk, banner_for

# What gives a family the value that a tariff lacks: the button's words, and the task of the file.
_REMEDIES: Mapping[str, tuple[str, str]] = {
    "tariff.no_quotient": ("Ajouter un quotient", "quotient"),
    "tariff.no_income": ("Ajouter des ressources", "income"),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """A price that explains itself, or the sentence that says why there is none and what to do about it."""

    chapters: tuple[Chapter, ...] = ()
    problem: str = ""
    gesture: Action | None = None


class TrialPage(Protocol):
    """What is asked of the page."""

    def show_trial(self, specs: Sequence[FieldSpec]) -> None: ...

    def show_trial_errors(self, errors: Mapping[str, str]) -> None: ...

    def show_price(self, trial: Trial) -> None: ...

    def hide_trial(self) -> None: ...


@dataclass(frozen=True)
class _Known:
    """Read once when the panel opens: the slots by id, and those the family's children attend."""

    slots: Mapping[int, Slot]
    attended: tuple[AttendedSlot, ...]


class TrialPresenter:
    """Prices as one types. `begin` opens the form of the value that is missing."""

    def __init__(
        self, page: TrialPage, desk: Desk, begin: Callable[[str], None], failed: Callable[[Exception], None]
    ) -> None:
        self._page = page
        self._desk = desk
        self._begin = begin
        self._failed = failed
        self._file: FamilyFile | None = None
        self._known = _Known({}, ())
        self._asked: TryFamily | None = None  # whose answer is awaited
        self._specs: tuple[FieldSpec, ...] = ()
        self._typed: Mapping[str, str] = {}

    @property
    def is_open(self) -> bool:
        return self._file is not None

    @property
    def allowed(self) -> bool:
        actor = self._desk.app.actor
        return actor.may("tariffs.read") and actor.may("catalog.read")

    def open(self, file: FamilyFile, person_id: int | None = None) -> None:
        """Begin with what this child attends; without one, with what the family attended last."""
        if self.allowed:
            self._file = file
            self._desk.run.read(
                lambda progress: self._read(file.id, progress),
                lambda known: self._show(file, known, person_id),
                self._failed,
                "trial",
            )

    def refresh(self, file: FamilyFile) -> None:
        """The file has changed: the price may have too."""
        self._file = file
        if self._specs:
            self._price()

    def close(self) -> None:
        if self.is_open:
            self._file, self._specs, self._asked = None, (), None
            self._page.hide_trial()

    def typed(self, values: Mapping[str, str]) -> None:
        self._typed = dict(values)
        self._price()

    def _read(self, family_id: int, progress: Progress) -> _Known:
        app = self._desk.app
        catalog = app.ask(CatalogOverview(), progress=progress)
        attended = app.ask(SlotsOfFamily(family_id)) if app.actor.may("attendance.read") else ()
        return _Known({view.slot.id: view.slot for view in _slots(catalog)}, attended)

    def _show(self, file: FamilyFile, known: _Known, person_id: int | None) -> None:
        if self._file is None or self._file.id != file.id:
            return
        self._known = known
        today = self._desk.app.clock.today()
        options = _options(file, known, today)
        own = [slot.slot_id for slot in known.attended if person_id is None or person_id in slot.children]
        first = str(own[0]) if own else options[0][0] if options else ""
        self._specs = (
            FieldSpec("slot", "&Créneau", Typing.CHOICE, first, options=options),
            FieldSpec("day", "&Jour", Typing.DAY, typed_day(today), required=True,
                      hint="Le quotient, les ressources et le tarif de ce jour."),
        )
        self._typed = {"slot": first, "day": typed_day(today)}
        self._page.show_trial(self._specs)
        self._price()

    def _price(self) -> None:
        file, self._asked = self._file, None
        reader = Reader(self._specs, self._typed, self._desk.app.clock.today())
        day, slot = reader.day("day"), self._known.slots.get(int(reader.text("slot") or 0))
        self._page.show_trial_errors(reader.errors)
        if file is None or reader.errors:
            self._page.show_price(Trial(problem="Corrigez la saisie pour voir le prix."))
        elif slot is None:
            self._page.show_price(Trial(problem="Aucun créneau : ajoutez-en d'abord un dans « Services et tarifs »."))
        else:
            asked = self._asked = TryFamily(slot.id, file.id, day)
            self._desk.run.read(
                lambda progress: self._desk.app.ask(asked, progress=progress),
                lambda price: self._answered(asked, _trial(file, slot, day, price)),
                lambda error: self._answered(asked, self._refused(error)),
                "trial-price",
            )

    def _answered(self, asked: TryFamily, trial: Trial) -> None:
        if asked is self._asked:  # else what is typed since has no price, and says why
            self._page.show_price(trial)

    def _refused(self, error: Exception) -> Trial:
        if not isinstance(error, UserError):
            banner = banner_for(error)
            return Trial(problem=banner.text if banner else "")
        return Trial(problem=on_screen(sentence(error)), gesture=self._remedy(error))

    def _remedy(self, error: BackofficeError) -> Action | None:
        remedy = _REMEDIES.get(error.code)
        if remedy is None or not self._desk.app.actor.may("families.edit"):
            return None
        words, task = remedy
        return Action(words, lambda: self._begin(task))


def _slots(catalog: Catalog) -> list[SlotView]:
    return [
        view for service in catalog.services for activity in service.activities for view in activity.slots
    ]


def _options(file: FamilyFile, known: _Known, today: date) -> tuple[tuple[str, str], ...]:
    """What the children attend first, with their names; then whatever is still open."""
    names = {member.person_id: member.person.first_name for member in file.members}
    found: list[tuple[str, str]] = []
    for attended in known.attended:
        slot = known.slots[attended.slot_id]
        children = ", ".join(names[child] for child in attended.children if child in names)
        found.append((str(slot.id), f"{_named(slot)} ({children})" if children else _named(slot)))
    seen = {attended.slot_id for attended in known.attended}
    others = (slot for slot in known.slots.values() if slot.id not in seen and slot.is_offered_on(today))
    return (*found, *((str(slot.id), _named(slot)) for slot in others))


def _named(slot: Slot) -> str:
    return f"{slot.activity} · {slot.label}"


def _trial(file: FamilyFile, slot: Slot, day: date, price: UnitPrice) -> Trial:
    said = f"1{NO_BREAK_SPACE}{slot.unit} = {euros(price.price)}"
    reasons = tuple(on_screen(step) for step in price.steps)
    entry = Entry(f"{file.name}, le {long_day(day)}", on_screen(said), reasons)
    return Trial((Chapter(_named(slot), price.price, (entry,)),))
