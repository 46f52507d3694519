"""Touches of a kiosk in the outbox, and the day it keeps under seal for when the base is away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from backoffice.clocking.codes import SetOwnCode
from backoffice.clocking.receiving import ReceiveEvents
from backoffice.clocking.roster import ReadRoster
from backoffice.kernel.application import Application
from backoffice.kernel.errors import EnvironmentFault
from backoffice.outbox.day import DayFile
from backoffice.outbox.rules import Added, Gesture, read_fact, written
from backoffice.outbox.sending import Delivery, Outbox
from tests.clocking.days import DAY, WHOLE, Centre, at, centre_in
from tests.support.keyrings import Locked, Notebook, use_keyring
from tests.support.towns import Household, SmallTown


@pytest.fixture(autouse=True)
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    notebook = Notebook()
    use_keyring(monkeypatch, notebook)
    return notebook


@pytest.fixture
def centre(either_town: SmallTown) -> Centre:
    return centre_in(either_town)


@pytest.fixture
def lea(centre: Centre) -> Household:
    lea = centre.child()
    centre.book(lea, WHOLE)
    return lea


@contextmanager
def away(app: Application, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def gone(*_arguments: object, **_named: object) -> None:
        raise EnvironmentFault("database.unreachable")

    with monkeypatch.context() as patch:
        patch.setattr(app, "execute", gone)
        yield


def test_a_touch_is_written_and_read_as_it_was(centre: Centre, lea: Household) -> None:
    touch = replace(centre.arrives(lea, at(8, 32)), author="c.martin", replaces=uuid4(), reason="Oubli de pointage")
    fact = Added(Gesture(touch.uid, at(8, 32), clocks=(touch,)))
    assert read_fact(written(fact)) == fact


def test_touches_wait_and_arrive_once_in_one_sending(
    centre: Centre, lea: Household, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, app = Outbox(centre.town.app, tmp_path), centre.town.app
    outbox.clock((centre.arrives(lea, at(8, 32)),))
    outbox.clock((centre.leaves(lea, at(17, 5)),))
    with away(app, monkeypatch), pytest.raises(EnvironmentFault):
        outbox.send()
    again = Outbox(app, tmp_path)  # as after a computer that stopped
    again.load()
    assert again.kept.units == 2
    assert again.send() == Delivery(0, 0, 2)
    assert again.send() == Delivery(0, 0, 0)
    assert centre.units(lea) == {WHOLE: ("present", 512, 1025)}
    lines = [row for row in centre.town.rows("audit_journal") if row["action"] == "clocking.received"]
    assert len(lines) == 1
    assert list(tmp_path.glob("*.envois")) == []


def test_a_lost_answer_clocks_nothing_twice(
    centre: Centre, lea: Household, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, app = Outbox(centre.town.app, tmp_path), centre.town.app
    outbox.clock((centre.arrives(lea, at(8, 32)),))
    execute = app.execute

    def answered_nowhere(command: ReceiveEvents, **options: object) -> None:
        execute(command)
        raise EnvironmentFault("database.in_doubt")

    with monkeypatch.context() as patch:
        patch.setattr(app, "execute", answered_nowhere)
        with pytest.raises(EnvironmentFault):
            outbox.send()
    assert outbox.send() == Delivery(0, 0, 1)
    assert len(centre.town.rows("clock_events")) == 1


def test_what_the_server_does_not_take_stops_nothing_else(
    centre: Centre, lea: Household, tmp_path: Path
) -> None:
    outbox = Outbox(centre.town.app, tmp_path)
    outbox.clock((replace(centre.arrives(lea, at(8, 32)), child_id=999_999),))
    outbox.clock((centre.arrives(lea, at(8, 40)),))
    delivery = outbox.send()
    assert (delivery.refused, delivery.touches) == (1, 1)
    assert centre.units(lea) == {WHOLE: ("present", 520, None)}
    assert outbox.kept.refused[0].gesture.day == DAY


# --- the day under seal ---------------------------------------------------------------------------------------------


def day_file(centre: Centre, folder: Path) -> DayFile:
    return DayFile(centre.town.address, "cheffe", centre.structure, folder)


def test_the_day_is_kept_whole_and_sealed(centre: Centre, lea: Household, tmp_path: Path) -> None:
    centre.receive(centre.arrives(lea, at(8, 32)))
    centre.town.do(SetOwnCode("4821"))
    roster = centre.town.ask(ReadRoster(centre.structure, "Les Lucioles", DAY))
    file = day_file(centre, tmp_path)
    file.keep(roster)
    assert day_file(centre, tmp_path).read(DAY) == roster
    content = file.path.read_bytes()
    for word in ("MARTIN", "Lucioles", "Léa", "cheffe"):
        assert word.encode() not in content


def test_the_day_before_goes_away(centre: Centre, lea: Household, tmp_path: Path) -> None:
    assert lea.child
    file = day_file(centre, tmp_path)
    file.keep(centre.town.ask(ReadRoster(centre.structure, "", DAY)))
    assert file.read(DAY + timedelta(days=1)) is None
    assert not file.path.exists()


@pytest.mark.parametrize("harm", ["other key", "no key", "cut", "another file"])
def test_a_day_that_cannot_be_read_is_no_day(
    centre: Centre, lea: Household, tmp_path: Path, notebook: Notebook, harm: str
) -> None:
    assert lea.child
    file = day_file(centre, tmp_path)
    file.keep(centre.town.ask(ReadRoster(centre.structure, "", DAY)))
    if harm == "no key":
        notebook.kept.clear()
    elif harm == "other key":
        notebook.kept = dict.fromkeys(notebook.kept, "A" * 43 + "=")
    elif harm == "cut":
        file.path.write_bytes(file.path.read_bytes()[:-5])
    else:
        file.path.write_bytes(b"something else")
    assert file.read(DAY) is None
    assert not file.path.exists()


def test_without_a_keyring_no_name_is_kept(
    centre: Centre, lea: Household, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lea.child
    use_keyring(monkeypatch, Locked())
    with pytest.raises(EnvironmentFault) as caught:
        day_file(centre, tmp_path).keep(centre.town.ask(ReadRoster(centre.structure, "", DAY)))
    assert caught.value.code == "outbox.no_keyring"
    assert list(tmp_path.glob("*.journee")) == []
