"""Kiosks that clock while their server is stopped: what they touched is in the base, once."""

from __future__ import annotations

from collections import Counter

from tests.support.kiosks import Morning, live


def test_two_kiosks_through_a_stop_of_the_server(long: bool) -> None:
    morning = Morning(kiosks=2, children=20, minutes=10, seconds=20 if long else 8, stops=1, processes=1)
    found = live(morning)
    touches = 2 * morning.kiosks * morning.children
    assert len(found.sent) == len(set(found.sent)) == touches
    assert sorted(found.kept) == sorted(found.sent)
    assert Counter(found.units) == {("present", True): morning.kiosks * morning.children}
    assert len(found.touches_ms) == touches
