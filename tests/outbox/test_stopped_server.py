"""A real server stopped and started again under an agent who points, with confirmations lost on the way."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from backoffice.attendance.recording import AttendanceEntry
from backoffice.attendance.rules import AttendanceState
from backoffice.kernel.address import DatabaseAddress
from backoffice.outbox.sending import Delivery, Outbox
from tests.support.books import broken_promises
from tests.support.cut import Cut, wired
from tests.support.keyrings import Notebook, use_keyring
from tests.support.postgres import stoppable_server
from tests.support.shared import address_of, prepare_shared
from tests.support.towns import CHIEF, Household, SmallTown

BOOKED, PRESENT = AttendanceState.BOOKED, AttendanceState.PRESENT
_BEFORE = 2  # gestures of a round while the server is up, the last of which loses its confirmation
_DURING = 3


def test_what_is_pointed_through_outages_arrives_exactly_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long: bool
) -> None:
    use_keyring(monkeypatch, Notebook())
    october = [date(2025, 10, day) for day in range(1, 32)]
    days = [day for day in october if day.weekday() < 5][:20 if long else 3]
    rounds = len(days)
    with stoppable_server() as server:
        administrator = DatabaseAddress.parse(server.url)
        prepare_shared(administrator)
        address = address_of(administrator, CHIEF.login)
        with SmallTown(address) as town:
            town.describe()
            slot = town.slot()
            families = [town.family(f"FAMILLE {number}") for number in range(_BEFORE + _DURING)]
            for family in families:
                town.attend(family, slot, days, BOOKED)
        names: list[UUID] = []

        def point(outbox: Outbox, family: Household, day: date) -> bool:
            names.append(uuid4())
            seen, entry = (AttendanceEntry(family.id, family.child, slot, day, state) for state in (BOOKED, PRESENT))
            return outbox.record((entry,), (seen,), names[-1]).waiting

        with wired(address) as wire, SmallTown(wire.address(address)) as far:
            outbox = Outbox(far.app, tmp_path)
            for day in days:
                assert not point(outbox, families[0], day)
                wire.closed_to_new, wire.cut = True, Cut.BEFORE_REPLY  # confirmed, and nobody can ask
                assert point(outbox, families[1], day)
                assert wire.cut is Cut.NOWHERE
                server.stop()
                assert all(point(outbox, family, day) for family in families[_BEFORE:])
                outbox = Outbox(far.app, tmp_path)  # as after a computer that stopped too
                outbox.load()
                assert outbox.kept.units == 1 + _DURING
                server.start()
                wire.closed_to_new = False
                assert outbox.send() == Delivery(1 + _DURING, 0)
        with SmallTown(address) as town:
            kept = [row for row in town.rows("attendances") if row["state"] == "present"]
            lines = [row["op_id"] for row in town.rows("audit_journal") if row["action"] == "attendance.recorded_many"]
            assert len(kept) == rounds * (_BEFORE + _DURING)
            assert sorted(lines) == sorted(map(str, names))
            assert broken_promises(town.database) == []
