"""The grid and the head counts, answered from a board."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from backoffice.agents.overview import agent_names
from backoffice.attendance.cells import AlikeUnits
from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.board import Board, SlotDay, WishAsked, read_board
from backoffice.bookings.counting import Counting, is_meal
from backoffice.bookings.grid import (
    Column,
    Filled,
    Grid,
    GridCell,
    GridChild,
    GridRegistration,
    GridSlot,
    HeadCount,
    HeadCounts,
    Place,
    ReadGrid,
)
from backoffice.bookings.kinds import Channel, Wish
from backoffice.bookings.rules.states import CellFacts, cell_state, why_locked
from backoffice.catalog.queries import Slot
from backoffice.health.choices import menus
from backoffice.health.queries import children_with_alert
from backoffice.kernel.application import Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Period
from backoffice.kernel.text import folded, words_of

_STATES = {state.value: state for state in AttendanceState}
_CHANNELS = {channel.value: channel.label for channel in Channel}
_WISHES = {wish.value: wish for wish in Wish}
_REFUSED = AttendanceState.REFUSED.value
_RIGHT: Mapping[date, str] = {}
_LETTERS = 3
_SAID = AlikeUnits._fields.index("days") + 1  # from there on, what two units that look alike have in common


@read(ReadGrid, permission="attendance.read")
def read_grid(query: ReadGrid, reading: Reading) -> Grid:
    """Raises UserError `period.ends_before_start`, `catalog.no_town`, and that of a rule that cannot be read."""
    session, period = reading.session, Period(query.first_day, query.last_day)
    board = read_board(session, period, query.structure_id, query.activity_ids, reading.now)
    counting = Counting(session, board)
    filled = {(column.slot.id, column.day): counting.filled(column) for column in counting.columns()}
    return Grid(
        days=board.days,
        columns=_columns(board),
        children=_children(session, board, counting),
        cells=_Cells(board, counting, filled, agent_names(session)).read(),
        closed={(column.slot.id, column.day): column.closed for column in counting.columns() if column.closed},
        filled={key: one for key, one in filled.items() if one.filled or one.waiting or one.limit is not None
                or one.full_for or any(group.limit is not None for group in one.groups)},
        meals={(column.slot.id, column.day): meals for column in counting.columns()
               if (meals := counting.meals(column))},
        adults={(column.slot.id, column.day): adults for column in counting.columns()
                if (adults := counting.adults(column)) is not None},
        stamp=reading.now,
    )


@read(HeadCounts, permission="attendance.read")
def head_counts(query: HeadCounts, reading: Reading) -> tuple[HeadCount, ...]:
    """Raises UserError as `read_grid` does."""
    session, period = reading.session, Period(query.first_day, query.last_day)
    board = read_board(session, period, query.structure_id, query.activity_ids, reading.now)
    counting, slots = Counting(session, board), _columns(board)
    found = []
    for day in board.days:
        for slot in slots:
            column = board.columns[slot.slot_id][day]
            if column.shut and not column.expected and not column.taking:
                continue
            found.append(HeadCount(
                slot, day, column.shut, counting.filled(column), counting.meals(column), counting.adults(column)
            ))
    return tuple(found)


# --- columns and lines -------------------------------------------------------------------------------------------


def _columns(board: Board) -> tuple[GridSlot, ...]:
    letters = _letters(board.slots)
    return tuple(
        GridSlot(
            slot.id, slot.activity_id, slot.structure_id, slot.activity, slot.code, slot.label, letters[slot.id],
            slot.start_minute, slot.end_minute, slot.weekdays, is_meal(slot),
        )
        for slot in board.slots
    )


def _letters(slots: tuple[Slot, ...]) -> dict[int, str]:
    """The initials of each label (« AM » for « Acc matin »), or its first letters; two slots of an activity that would
    have the same are numbered."""
    found: dict[int, str] = {}
    used: dict[int, Counter[str]] = defaultdict(Counter)
    for slot in slots:
        words = words_of(slot.label) or [slot.code]
        letters = ("".join(word[0] for word in words) if len(words) > 1 else words[0][0]).upper()[:_LETTERS]
        used[slot.activity_id][letters] += 1
        again = used[slot.activity_id][letters]
        found[slot.id] = letters if again == 1 else f"{letters[:_LETTERS - 1]}{again}"
    return found


def _children(session: Session, board: Board, counting: Counting) -> tuple[GridChild, ...]:
    alerts = children_with_alert(session, board.names.keys())
    words = menus()
    families = _families(board)
    registered: dict[int, list[GridRegistration]] = defaultdict(list)
    for activity_id, by_child in board.coming.items():
        labels = {group.code: group.label for _, group in board.groups.get(activity_id, ())}
        for child_id, some in by_child.items():
            for one in some:
                code = counting.group_on(activity_id, child_id, max(board.days[0], one.first_day))
                registered[child_id].append(GridRegistration(
                    one.id, one.family_id, activity_id, Period(one.first_day, one.last_day), labels.get(code, ""), code
                ))
    order = sorted(board.names.values(), key=lambda child: (folded(child.name), child.id))
    found = []
    for child in order:
        registrations = tuple(sorted(registered[child.id], key=lambda one: one.registration_id))
        found.append(GridChild(
            child.id, registrations[0].family_id if registrations else families[child.id], registrations, child.name,
            child.birth_date, ", ".join(dict.fromkeys(one.group for one in registrations if one.group)),
            child.id in alerts, words.get(counting.menus.get(child.id, ""), "") if child.id in counting.menus else "",
        ))
    return tuple(found)


def _families(board: Board) -> dict[int, int]:
    """The family of each child who is not registered but booked, or asked for."""
    found = {wish.child_id: wish.family_id for wish in board.wishes}
    found.update((unit.child_id, unit.family_id) for unit in board.units)
    return found


# --- cells -------------------------------------------------------------------------------------------------------


class _Cells:
    """The cells that hold something. Two that say the same are one object."""

    def __init__(
        self, board: Board, counting: Counting, filled: Mapping[Column, Filled], agents: Mapping[str, str]
    ) -> None:
        self._board = board
        self._counting = counting
        self._filled = filled
        self._agents = agents
        self._known: dict[tuple[object, ...], dict[tuple[object, ...], GridCell]] = defaultdict(dict)

    def read(self) -> Mapping[Place, GridCell]:
        board, columns = self._board, self._board.columns
        wishes = {(wish.child_id, wish.slot_id, wish.day): wish for wish in board.wishes}
        wrong = self._wrong_choices()
        cells: dict[Place, GridCell] = {}
        activities = {slot.id: slot.activity_id for slot in board.slots}
        for unit in board.units:
            child_id, slot_id, refused = unit.child_id, unit.slot_id, unit.state == _REFUSED
            activity_id, in_slot = activities[slot_id], columns[slot_id]
            known = self._known[unit[_SAID:]]
            wrong_days = wrong.get((child_id, activity_id), _RIGHT)
            for day in unit.days:
                place, column = (child_id, slot_id, day), in_slot[day]
                missing = wrong_days.get(day, "")
                if refused or (wishes and place in wishes):
                    cells[place] = self._made(column, unit, wishes.pop(place, None), missing)
                    continue
                alike = (missing, column.kept, column.payable, column.package)
                cell = known.get(alike)
                if cell is None:
                    cell = known[alike] = self._made(column, unit, None, missing)
                cells[place] = cell
        for place, wish in wishes.items():
            cells[place] = self._made(columns[wish.slot_id][wish.day], None, wish, "")
        return cells

    def _made(self, column: SlotDay, unit: AlikeUnits | None, wish: WishAsked | None, missing: str) -> GridCell:
        stored = _STATES[unit.state] if unit else None
        empty = stored in {None, AttendanceState.REFUSED}
        facts = CellFacts(
            stored=stored,
            special=unit.special if unit else False,
            clocked=unit is not None and (unit.clocked or stored is AttendanceState.PRESENT),
            priced=unit.priced if unit else False,
            closed=column.closed if empty else column.kept,
            full=unit is not None and self._is_full(column, unit.child_id),
            wrong_choice=missing,
            pending=wish is not None,
            payable=column.payable,
            package=column.package,
        )
        who, when, channel, note = ("", None, "", "")
        if wish is not None:
            when, channel, note = wish.received_at, wish.channel, wish.note
        elif unit is not None:
            who, when, channel, note = unit.changed_by, unit.changed_at, unit.channel, unit.note
        family = unit.family_id if unit else wish.family_id if wish else 0
        return GridCell(
            cell_state(facts), stored, facts.special, family, _WISHES[wish.wish] if wish else None, why_locked(facts),
            missing if facts.takes_place else "", self._agents.get(who, who), when, _CHANNELS.get(channel, channel),
            note, unit.queued_at if unit else None,
        )

    def _is_full(self, column: SlotDay, child_id: int) -> bool:
        group = self._counting.group_on(column.slot.activity_id, child_id, column.day)
        return self._filled[column.slot.id, column.day].is_full(group)

    def _wrong_choices(self) -> dict[tuple[int, int], dict[date, str]]:
        """Why the slots of an activity that a child has on a day do not go together: by child and activity, by day."""
        board = self._board
        ruled = {
            slot.id: slot for slot in board.slots
            if any(column.rules.combinations for column in board.columns[slot.id].values())
        }
        bits = {slot_id: 1 << index for index, slot_id in enumerate(ruled)}
        chosen: dict[tuple[int, int], dict[date, int]] = defaultdict(dict)
        for unit in board.units:
            if unit.slot_id in ruled and unit.state != _REFUSED:
                own, bit = chosen[unit.child_id, ruled[unit.slot_id].activity_id], bits[unit.slot_id]
                for day in unit.days:
                    own[day] = own.get(day, 0) | bit
        judged: dict[tuple[int, date, int], str] = {}
        wrong: dict[tuple[int, int], dict[date, str]] = defaultdict(dict)
        for (child_id, activity_id), own in chosen.items():
            for day, choice in own.items():
                asked = (activity_id, day, choice)
                if asked not in judged:
                    judged[asked] = self._judge(activity_id, day, [s for s in ruled.values() if choice & bits[s.id]])
                if judged[asked]:
                    wrong[child_id, activity_id][day] = judged[asked]
        return wrong

    def _judge(self, activity_id: int, day: date, chosen: Sequence[Slot]) -> str:
        """Why these slots do not go together that day; "" when they do."""
        rule = self._board.rules.on(activity_id, day).combinations
        verdict = rule.verdict([slot.code for slot in chosen], day.weekday()) if rule else None
        names = {slot.code: slot.label for slot in self._board.slots if slot.activity_id == activity_id}
        return verdict.sentence(names) if verdict else ""
