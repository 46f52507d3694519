"""What waits arrives by the login of an agent who may point and little else; no right is gained by waiting."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from backoffice.agents.appointing import Post, take
from backoffice.agents.roles import Role
from backoffice.attendance.recording import AttendanceEntry
from backoffice.attendance.rules import AttendanceState
from backoffice.bootstrap import open_application
from backoffice.kernel.errors import EnvironmentFault
from backoffice.outbox.sending import Delivery, Outbox
from tests.support.guests import GUEST, guest
from tests.support.keyrings import Notebook, use_keyring
from tests.support.shared import by_administrator
from tests.support.towns import DAYS, NOON, SmallTown


def test_it_arrives_by_her_own_login_and_not_after_her_role_is_gone(
    shared_town: SmallTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keyring(monkeypatch, Notebook())
    slot, family = shared_town.slot(), shared_town.family("MARTIN")
    shared_town.attend(family, slot, DAYS[:2], AttendanceState.BOOKED)

    def gone(*_arguments: object, **_named: object) -> None:
        raise EnvironmentFault("database.unreachable")

    with guest(shared_town, Post(Role.SECRETARY)) as address:
        app = open_application(address)
        outbox = Outbox(app, tmp_path)

        def point(day: int) -> None:
            seen, entry = (
                AttendanceEntry(family.id, family.child, slot, DAYS[day], state)
                for state in (AttendanceState.BOOKED, AttendanceState.PRESENT)
            )
            with monkeypatch.context() as patch:
                patch.setattr(app, "execute", gone)
                outbox.record((entry,), (seen,), uuid4())

        point(0)
        assert outbox.send() == Delivery(1, 0)
        (line,) = [row for row in shared_town.rows("audit_journal") if row["action"] == "attendance.recorded_many"]
        assert line["actor"] == GUEST

        point(1)
        with by_administrator(shared_town.database) as opened, opened.write() as session:
            take(session, GUEST, Post(Role.SECRETARY), NOON)
        assert outbox.send() == Delivery(0, 1)
        app.database.close()
    assert [row["state"] for row in shared_town.rows("attendances")].count("present") == 1
