"""Events told on the thread of a job, heard by pages that come and go."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtWidgets import QWidget

from backoffice.families.events import FamilyChanged
from backoffice.kernel.events import Event, EventBus
from ui.events import EventLine


@pytest.mark.usefixtures("qapp")
def test_a_page_that_goes_while_an_event_is_told_breaks_nothing() -> None:
    bus, page = EventBus(), QWidget()
    heard: list[Event] = []
    # The listener before the page's takes the page away: a publication goes on with those it had when it began.
    bus.subscribe(FamilyChanged, lambda _event: shiboken6.delete(page))
    EventLine(bus, page).hear(FamilyChanged, heard.append)
    bus.publish(FamilyChanged(1))
    assert not shiboken6.isValid(page)
    assert not heard
